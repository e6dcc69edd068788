"""Transferability metrics in numpy and scikit-learn, each by its definition on full matrices.

python transferability.py > transferability.json

The first sample is made by a formula and its values are known from elsewhere to ten digits (`known`); the others are drawn.
"""

import json

import numpy as np
import sklearn
from scipy.special import entr, softmax
from scipy.stats import multivariate_normal
from sklearn.metrics import mutual_info_score

KNOWN = {
    "leep plain": -0.6161040361,
    "nce": -0.5718541947,
    "logme icml": -1.0429199070,
    "logme fixed_point": -1.0437126455,
    "h_score": 0.0227178376,
    "transrate": 1.1748080541,
    "gbc spherical": -1.9432598654,
    "gbc diagonal": -1.8125591848,
}


def leep(theta, y, weights):
    onehot = np.eye(y.max() + 1)[y]
    joint = (onehot * weights[:, None]).T @ theta
    marginal = joint.sum(axis=0)
    given = np.divide(joint, marginal, out=np.zeros_like(joint), where=marginal > 0)
    return float(weights @ np.log((onehot @ given * theta).sum(axis=1)))


def nce(theta, y):
    share = np.bincount(y) / len(y)
    return float(mutual_info_score(y, theta.argmax(axis=1)) - entr(share).sum())


def h_score(f, y):
    means = np.array([f[y == c].mean(axis=0) for c in y])
    return float(np.trace(np.linalg.pinv(np.cov(f.T), rcond=1e-12) @ np.cov(means.T)))


def logme(f, y, version):
    """By the posterior itself: A = alpha I + beta F'F, m = beta A^-1 F'y. Eleven steps at most."""
    n, d = f.shape
    ridge, tolerance = {"icml": (0.0, 1e-2), "fixed_point": (1e-5, 1e-3)}[version]
    values = []
    for c in range(y.max() + 1):
        label = (y == c).astype(float)
        alpha = beta = 1.0
        for _ in range(11):
            a = alpha * np.eye(d) + beta * f.T @ f
            m = beta * np.linalg.solve(a, f.T @ label)
            gamma = d - alpha * np.trace(np.linalg.inv(a))
            weights, residual = m @ m, ((label - f @ m) ** 2).sum()
            old = alpha / beta
            alpha, beta = gamma / (weights + ridge), (n - gamma) / (residual + ridge)
            if abs(alpha / beta - old) / old <= tolerance:
                break
        # With fewer directions than features the authors' product runs over those there are.
        squares = np.linalg.eigvalsh(f.T @ f)
        squares = squares[squares > 1e-9 * squares.max()]
        value = d * np.log(alpha) + n * np.log(beta) - np.log(alpha + beta * squares).sum()
        value -= beta * residual + alpha * weights + n * np.log(2 * np.pi)
        values.append(value / 2 / n)
        if len(squares) == d and version == "icml":
            # The evidence is the density of the labels under the model.
            density = multivariate_normal(np.zeros(n), np.eye(n) / beta + f @ f.T / alpha).logpdf(label) / n
            assert abs(density - values[-1]) < 2e-3, (density, values[-1])
    return float(np.mean(values))


def transrate(f, y, eps=1e-4):
    rate = lambda z: 0.5 * np.linalg.slogdet(np.eye(len(z)) + z @ z.T / (len(z) * eps))[1]
    z = f - f.mean(axis=0)
    return float(rate(z) - np.mean([rate(z[y == c]) for c in range(y.max() + 1)]))


def gbc(f, y, spherical):
    sum_ = 0.0
    classes = range(y.max() + 1)
    mean = [f[y == c].mean(axis=0) for c in classes]
    variance = [f[y == c].var(axis=0) for c in classes]
    for a in classes:
        for b in classes:
            if a == b:
                continue
            v, w = variance[a], variance[b]
            if spherical:
                v, w = v.mean(), w.mean()
            both = (v + w) / 2
            distance = ((mean[a] - mean[b]) ** 2 / both).sum() / 8
            distance += 0.5 * np.log(np.prod(both) / np.sqrt(np.prod(v) * np.prod(w)))
            sum_ -= np.exp(-distance)
    return float(sum_)


def values(f, theta, y):
    n, sizes = len(y), np.bincount(y)
    return {
        "leep plain": leep(theta, y, np.full(n, 1 / n)),
        "leep balanced": leep(theta, y, 1 / sizes[y] / len(sizes)),
        "nce": nce(theta, y),
        "h_score": h_score(f, y),
        "logme icml": logme(f, y, "icml"),
        "logme fixed_point": logme(f, y, "fixed_point"),
        "transrate": transrate(f, y),
        "gbc spherical": gbc(f, y, True),
        "gbc diagonal": gbc(f, y, False),
    }


def formula():
    i, j = np.arange(12)[:, None], np.arange(3)[None]
    f = np.sin(1 + 0.9 * i + 1.7 * j) + 0.15 * j * (i % 2)
    y = (np.arange(12) % 3 == 0).astype(int)
    p = 1 / (1 + np.exp(-(0.8 * np.sin(1 + 0.9 * i[:, 0]) + 0.5 * y - 0.3)))
    got = values(f, np.c_[1 - p, p], y)
    assert all(abs(got[name] - known) < 5e-11 for name, known in KNOWN.items()), got
    return {"made": "formula", "values": got, "known": KNOWN}


def drawn(rng, n, d, classes, outputs, apart, repeat=False, silent=False):
    y = rng.choice(classes, n, p=np.arange(1, classes + 1) / (classes * (classes + 1) / 2))
    f = np.round(rng.normal(size=(n, d)) * rng.uniform(0.5, 2, d) + apart * rng.normal(size=(classes, d))[y] + 0.3, 5)
    if repeat:
        f[:, -1] = f[:, 0]
    theta = softmax(rng.normal(size=(n, outputs)) + apart * np.eye(classes, outputs)[y], axis=1)
    if silent:
        theta[:, 0] = 0
    theta /= theta.sum(axis=1, keepdims=True)
    return {
        "made": "drawn",
        "features": f.tolist(),
        "probabilities": theta.tolist(),
        "labels": y.tolist(),
        "values": values(f, theta, y),
    }


rng = np.random.default_rng(99)
print(
    json.dumps(
        {
            "numpy": np.__version__,
            "sklearn": sklearn.__version__,
            "samples": [
                formula(),
                drawn(rng, 150, 6, 2, 2, 0.8),
                drawn(rng, 240, 9, 4, 3, 1.5),
                drawn(rng, 90, 5, 3, 5, 0.2, repeat=True),
                drawn(rng, 60, 4, 2, 3, 0.7, silent=True),
            ],
        },
        separators=(",", ":"),
    )
)
