"""The whole of METHOD's sections 2 to 6 again, in numpy and networkx, on small made volumes.

python affinity.py > affinity.json
"""

import itertools
import json

import networkx as nx
import numpy as np
import scipy.stats
from girvan_newman import levels
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from skimage.transform import resize
from sklearn.decomposition import PCA

# Institutions with their counts of cases; the last is the target's.
INSTITUTIONS = [("01", 4), ("06", 2), ("a-b", 3), ("16", 2)]
MODALITIES = ["FLAIR", "T1", "T2"]
OBJECTIVES = ["ED", "NCR"]
SHAPE = {"01": (9, 8, 7), "06": (9, 8, 7), "a-b": (10, 8, 6), "16": (8, 8, 8)}


def stream(seed):
    """A small congruential generator, so that the volumes need not be stored."""
    while True:
        seed = (seed * 1103515245 + 12345) % 2**31
        yield seed >> 8


def image(institution, case, modality):
    i, m = [name for name, _ in INSTITUTIONS].index(institution), MODALITIES.index(modality)
    draw = stream(1000 * i + 10 * case + m)
    x, y, z = SHAPE[institution]
    voxels = np.zeros(SHAPE[institution])
    for k, j, h in itertools.product(range(z), range(y), range(x)):
        voxels[h, j, k] = (h * (m + 2) + j * k * (i + 1) + k * 5 + next(draw) % (20 + 10 * m)) * (3 + i)
    voxels[0, 0, :] = 0
    return voxels


def mask(institution, case, objective):
    i, o = [name for name, _ in INSTITUTIONS].index(institution), OBJECTIVES.index(objective)
    draw = stream(77 * i + 7 * case + 3 * o + 1)
    x, y, z = SHAPE[institution]
    centre = [2 + next(draw) % (n - 4) for n in (x, y, z)]
    radius = 2 + next(draw) % (4 - o * 2)
    h, j, k = np.indices(SHAPE[institution])
    return (h - centre[0]) ** 2 + (j - centre[1]) ** 2 + (k - centre[2]) ** 2 < radius**2


def normalised(voxels, intensity):
    inside = voxels != 0
    values, out = voxels[inside], voxels.copy()
    if intensity == "zscore":
        out[inside] = (values - values.mean()) / values.std()
    if intensity == "minmax":
        out[inside] = (values - values.min()) / (values.max() - values.min())
    return out


def scores(voxels, o):
    voxels = normalised(voxels, o["intensity"])
    if voxels.shape != tuple(o["size"]):
        voxels = resize(voxels, o["size"], order=1, mode="reflect", anti_aliasing=True, clip=True, preserve_range=True)
    x = np.moveaxis(voxels, o["axis"], -1)
    x = x.reshape(-1, x.shape[-1])
    fit = PCA(n_components=o["variance"], svd_solver="full").fit(x)
    lead = np.abs(fit.components_).argmax(axis=1)
    cloud = fit.transform(x) * np.sign(fit.components_[np.arange(len(lead)), lead])
    cloud = np.concatenate([cloud, -cloud]) if o["sign"] == "symmetric" else cloud
    return cloud if o["distance"] == "exact" else cloud.ravel()


def matched(a, b):
    """Exact W1 of two clouds of one size, the narrower one padded with zeros."""
    wide = max(a.shape[1], b.shape[1])
    a, b = (np.pad(cloud, [(0, 0), (0, wide - cloud.shape[1])]) for cloud in (a, b))
    costs = cdist(a, b)
    return costs[linear_sum_assignment(costs)].mean()


def ssim(p, q, o):
    x, y = p.astype(float).ravel(), q.astype(float).ravel()
    c1, c2 = o["k1"] ** 2, o["k2"] ** 2
    cov = ((x - x.mean()) * (y - y.mean())).mean()
    value = (2 * x.mean() * y.mean() + c1) * (2 * cov + c2)
    return value / ((x.mean() ** 2 + y.mean() ** 2 + c1) * (x.var() + y.var() + c2))


def mean_over_pairs(a, b, o, function):
    """`a` and `b` are (institution, values by case)."""
    same = o["pairs"] == "patient" and a[0] == b[0]
    return float(np.mean([function(x, y) for i, x in enumerate(a[1]) for j, y in enumerate(b[1]) if not same or i == j]))


def square(groups, o, function):
    return {u: {v: mean_over_pairs(groups[u], groups[v], o, function) for v in groups} for u in groups}


def scaled(value, values):
    return (value - min(values)) / (max(values) - min(values))


def golden(name, k, **options):
    o = dict(size=[6, 7, 5], variance=0.75, axis=2, sign="loading", intensity="raw", distance="w1", pairs="all", k1=0.3, k2=0.3)
    o |= dict(label_grid=list(SHAPE["01"]), reading="dissimilarity") | options
    tasks = [(i, m, b) for i, _ in INSTITUTIONS for m in MODALITIES for b in OBJECTIVES]
    # One target knows no other of its modality or objective's institutions; all of institution 16 are targets.
    sources, targets = [t for t in tasks if t[0] != "16"], [t for t in tasks if t[0] == "16"]
    cases = dict(INSTITUTIONS)
    image_of = {(i, m): (i, [scores(image(i, c, m), o) for c in range(n)]) for i, n in INSTITUTIONS for m in MODALITIES}
    grid = lambda v: v if v.shape == tuple(o["label_grid"]) else resize(v, o["label_grid"], order=0, anti_aliasing=False)
    label_of = {(i, b): (i, [grid(mask(i, c, b)) for c in range(n)]) for i, n in INSTITUTIONS for b in OBJECTIVES}
    h = square(image_of, o, matched if o["distance"] == "exact" else scipy.stats.wasserstein_distance)
    r = square(label_of, o, lambda p, q: ssim(p, q, o))
    parts = {(u, v): (h[u[0], u[1]][v[0], v[1]], r[u[0], u[2]][v[0], v[2]]) for u in tasks for v in tasks}
    block = [parts[u, v] for u in sources for v in sources]
    hs, rs = [p[0] for p in block], [1 - p[1] for p in block]

    def cost(u, v):
        distance, similarity = parts[u, v]
        if o["reading"] == "dissimilarity":
            return 0.0044 * distance + 2.4756 * (1 - similarity)
        if o["reading"] == "literal":
            return 0.0044 * distance - 2.4756 * similarity
        return 0.5 * scaled(distance, hs) + 0.5 * scaled(1 - similarity, rs)

    related = lambda u, v: u != v and (u[1] == v[1] or u[2] == v[2])
    text = "-".join
    graph = nx.Graph()
    graph.add_nodes_from(text(t) for t in sources)
    for u, v in itertools.combinations(sources, 2):
        if related(u, v):
            graph.add_edge(text(u), text(v), length=cost(u, v))
    weight = "unweighted" if o["reading"] == "literal" else "newman"
    groups = next(level for level in levels(graph, weight, k) if len(level["groups"]) == k)["groups"]
    by_text = {text(t): t for t in tasks}

    def centroid(u):
        return sum(cost(u, v) / (cases[u[0]] + cases[v[0]]) for v in sources if v != u)

    def representative(group, by):
        rank = lambda name: (-cases[by_text[name][0]] if by == "size" else 0, round(centroid(by_text[name]), 9), name)
        return min(group, key=rank)

    def paths(target, length, by):
        found = []
        for group in groups:
            first = representative(group, by)
            for rest in itertools.permutations([n for n in group if n != first], length - 1):
                nodes = [by_text[n] for n in (first, *rest)]
                steps = [(nodes[0], target), *itertools.pairwise([*nodes, target])]
                if all(related(u, v) for u, v in steps):
                    found.append((sum(cost(u, v) for u, v in steps), [text(n) for n in nodes] + [text(target)]))
        return sorted(found, key=lambda path: (round(path[0], 9), path[1]))

    sheet = lambda m: {"names": [text(u) for u in m], "values": [list(row.values()) for row in m.values()]}
    return {
        "name": name,
        "options": {key: value for key, value in o.items()},
        "h": sheet(h),
        "r": sheet(r),
        "t": {"names": [text(t) for t in sources + targets], "values": [[cost(u, v) for v in sources + targets] for u in sources + targets]},
        "k": k,
        "weight": weight,
        "groups": groups,
        "representatives": {by: [representative(group, by) for group in groups] for by in ["size", "centroid"]},
        "paths": [
            {"target": text(t), "length": length, "by": by, "best": [list(path) for path in found[:4]], "count": len(found)}
            for t in targets[:4]
            for length, by in [(1, "size"), (2, "size"), (2, "centroid"), (3, "size"), (4, "centroid")]
            for found in [paths(t, length, by)]
        ],
    }


print(
    json.dumps(
        [
            golden("defaults", 3),
            golden("minmax", 3, reading="minmax", intensity="minmax", sign="symmetric", k1=0.01, k2=0.03),
            golden("literal", 2, reading="literal", axis=0, variance=0.9),
            golden("patient", 4, pairs="patient", intensity="zscore", label_grid=[5, 6, 4]),
            golden("exact", 3, distance="exact", reading="minmax", intensity="minmax", variance=0.6),
            golden("exact symmetric", 3, distance="exact", reading="minmax", sign="symmetric", axis=1),
        ],
        separators=(",", ":"),
    )
)
