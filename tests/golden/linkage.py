"""Average linkage and the order of its leaves by scipy.

python linkage.py > linkage.json
"""

import json

import numpy as np
import scipy
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

draw = np.random.default_rng(9)
cases = []
for n in [2, 3, 7, 21, 40]:
    points = draw.normal(size=(n, 3)) + draw.integers(0, 3, size=(n, 1)) * 4
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    tree = linkage(squareform(apart, checks=False), "average")
    cases.append({"distance": apart.tolist(), "linkage": tree.tolist(), "leaves": leaves_list(tree).tolist()})
print(json.dumps({"scipy": scipy.__version__, "cases": cases}, separators=(",", ":")))
