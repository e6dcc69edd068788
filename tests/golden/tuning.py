"""Gaussian process posteriors by scikit-learn, expected improvement by scipy, best weights by a bounded search in scipy.

python tuning.py > tuning.json
"""

import json
import warnings

import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize_scalar
from scipy.stats import norm
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, Matern

rng = np.random.default_rng(31)
warnings.filterwarnings("error")


def process(name, n, dimensions, length, noise):
    kernel = {"matern52": Matern(length, nu=2.5), "rbf": RBF(length)}[name]
    points, values = rng.random((n, dimensions)), rng.normal(size=n)
    fit = GaussianProcessRegressor(kernel, alpha=noise, optimizer=None).fit(points, values)
    asked = rng.random((7, dimensions)) * 1.5
    mean, std = fit.predict(asked, return_std=True)
    z = (values.min() - mean) / std
    return {
        "kernel": name,
        "length": length,
        "noise": noise,
        "points": points.tolist(),
        "values": values.tolist(),
        "asked": asked.tolist(),
        "mean": mean.tolist(),
        "std": std.tolist(),
        "log_likelihood": fit.log_marginal_likelihood_value_,
        "least": values.min(),
        "expected_improvement": ((values.min() - mean) * norm.cdf(z) + std * norm.pdf(z)).tolist(),
    }


def weights(n, alpha, beta, noise, targets):
    """Rows of made results; the best angle by a dense grid and then a bounded search around its best place."""
    image, label = rng.gamma(3, 60, n), rng.gamma(2, 0.02, n)
    target = rng.integers(0, targets, n)
    dice = np.clip(0.9 - alpha * image - beta * label + noise * rng.normal(size=n), 0, 1)
    correlation = lambda angle: np.corrcoef(np.cos(angle) * image / 100 + np.sin(angle) * label, dice)[0, 1]
    grid = np.linspace(0, np.pi / 2, 20001)
    at = grid[np.argmin([correlation(angle) for angle in grid])]
    step = grid[1]
    bounds = (max(at - step, 0), min(at + step, np.pi / 2))
    best = minimize_scalar(correlation, bounds=bounds, method="bounded", options={"xatol": 1e-13})
    angle = min([at, best.x], key=correlation)
    a, b = np.cos(angle) / 100, np.sin(angle)
    # The best that weights in [0.001, 10]^2 can do: their ratio is within 1e-4 and 1e4.
    in_box = min(np.corrcoef(ratio * image + label, dice)[0, 1] for ratio in np.logspace(-4, 4, 20001))
    return {
        "rows": [
            {"target": f"t{t}", "image": i, "label": l, "dice": d} for t, i, l, d in zip(target.tolist(), image, label, dice)
        ],
        "alpha": a / (a + b),
        "correlation": correlation(angle),
        "in_box": in_box,
    }


print(
    json.dumps(
        {
            "scipy": scipy.__version__,
            "sklearn": sklearn.__version__,
            "processes": [
                process("matern52", 12, 2, 0.4, 1e-4),
                process("matern52", 30, 2, 1.3, 1e-2),
                process("rbf", 12, 2, 0.25, 1e-6),
                process("rbf", 8, 3, 0.8, 1e-3),
            ],
            "weights": [
                weights(40, 0.0005, 2.0, 0.02, 5),
                weights(84, 0.0002, 0.5, 0.1, 6),
                weights(30, 0.001, -3.0, 0.01, 4),
                weights(30, -0.001, 3.0, 0.01, 4),
            ],
        },
        separators=(",", ":"),
    )
)
