"""Wasserstein-1 of point clouds by POT 0.9.7: exact by the network simplex, sliced along given directions.

python clouds.py > clouds.json
"""

import json

import numpy as np
import ot

rng = np.random.default_rng(11)


def case(points, p, q):
    a, b = rng.normal(0, 2, (points, p)), rng.normal(1, 1, (points, q))
    wide = max(p, q)
    x, y = (np.pad(cloud, [(0, 0), (0, wide - cloud.shape[1])]) for cloud in (a, b))
    directions = rng.normal(size=(wide, 9))
    mass = np.full(points, 1 / points)
    return {
        "points": points,
        "a": a.ravel().tolist(),
        "b": b.ravel().tolist(),
        "directions": directions.T.ravel().tolist(),
        "exact": float(ot.emd2(mass, mass, ot.dist(x, y, metric="euclidean"))),
        "sliced": float(ot.sliced_wasserstein_distance(x, y, projections=directions, p=1)),
    }


print(json.dumps([case(*shape) for shape in [(1, 1, 1), (12, 2, 2), (40, 1, 3), (64, 5, 2)]], separators=(",", ":")))
