"""W1, PCA scores, SSIM and statistics by scipy, scikit-learn and numpy.

python numeric.py > numeric.json
"""

import json

import numpy as np
import scipy.stats
from sklearn.decomposition import PCA

rng = np.random.default_rng(2024)


def w1(a, b):
    return {"a": list(map(float, a)), "b": list(map(float, b)), "w1": scipy.stats.wasserstein_distance(a, b)}


def ssim(p, q, k1, k2):
    """One window, the whole volume; population variance and covariance; dynamic range 1."""
    x, y = p.astype(float).ravel(), q.astype(float).ravel()
    c1, c2 = k1**2, k2**2
    cov = ((x - x.mean()) * (y - y.mean())).mean()
    value = (2 * x.mean() * y.mean() + c1) * (2 * cov + c2)
    value /= (x.mean() ** 2 + y.mean() ** 2 + c1) * (x.var() + y.var() + c2)
    counts = [int(p.sum()), int(q.sum()), int((p & q).sum()), int(p.size)]
    return {"counts": counts, "k1": k1, "k2": k2, "ssim": value}


def pca(x, variance):
    fit = PCA(n_components=variance, svd_solver="full").fit(x)
    loadings = fit.components_
    lead = np.abs(loadings).argmax(axis=1)
    signs = np.sign(loadings[np.arange(len(loadings)), lead])
    scores = fit.transform(x) * signs
    return {"x": x.tolist(), "variance": variance, "scores": scores.tolist(), "explained": fit.explained_variance_ratio_.tolist()}


def masks():
    shape = (7, 6, 5)
    for fill_p, fill_q in [(0.5, 0.5), (0.02, 0.02), (0.9, 0.1), (0.0, 0.3), (0.0, 0.0), (1.0, 1.0), (1.0, 0.0)]:
        yield rng.random(shape) < fill_p, rng.random(shape) < fill_q


def statistics():
    x, y = rng.normal(size=25), rng.integers(0, 6, 25).astype(float)
    return {
        "x": x.tolist(),
        "y": y.tolist(),
        "mean": x.mean(),
        "std0": x.std(),
        "std1": x.std(ddof=1),
        "quantiles": [[q, float(np.quantile(x, q))] for q in [0.0, 0.1, 0.25, 0.5, 0.9, 1.0]],
        "pearson": scipy.stats.pearsonr(x, y).statistic,
        "kendall": scipy.stats.kendalltau(x, y).statistic,
    }


print(
    json.dumps(
        {
            "w1": [
                w1(rng.normal(0, 50, n), rng.normal(3, 20, m))
                for n, m in [(1, 1), (1, 7), (12, 12), (12, 18), (13, 17), (64, 96), (50, 49)]
            ]
            + [w1([1, 1, 1, 2], [2, 2, 1]), w1([5, 5], [5]), w1([-1e6, 1e6, 3], [0.1, 0.2])],
            "ssim": [ssim(p, q, *k) for p, q in masks() for k in [(0.3, 0.3), (0.01, 0.03)]],
            "pca": [
                pca(rng.normal(size=(20, 6)) @ rng.normal(size=(6, 6)) + 100.0, 0.75),
                pca(rng.normal(size=(40, 12)) * np.arange(1, 13), 0.9),
                pca(rng.normal(size=(5, 9)), 0.75),
                pca(rng.normal(size=(30, 4)) * 1e-3 + 5.0, 0.99),
            ],
            "statistics": statistics(),
        },
        indent=None,
        separators=(",", ":"),
    )
)
