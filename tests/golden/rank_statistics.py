"""Weighted Kendall, Spearman and ranks by scipy, on values with and without ties; a judgement of costs in plain numpy.

python rank_statistics.py > rank_statistics.json
"""

import json

import numpy as np
import scipy
import scipy.stats

rng = np.random.default_rng(404)


def pair(x, y):
    return {
        "x": list(map(float, x)),
        "y": list(map(float, y)),
        "weighted": scipy.stats.weightedtau(x, y).statistic,
        "spearman": scipy.stats.spearmanr(x, y).statistic,
        "ranks": scipy.stats.rankdata(x).tolist(),
    }


def pairs():
    for n in [2, 3, 5, 20, 84]:
        x = rng.normal(size=n)
        yield pair(x, rng.normal(size=n))
        yield pair(x, 2 * x + rng.normal(size=n))
    for n, levels in [(6, 3), (12, 4), (40, 5), (84, 20)]:
        yield pair(rng.integers(0, levels, n), rng.integers(0, levels, n))
        yield pair(rng.normal(size=n), rng.integers(0, levels, n))
    yield pair([0, 0, 1, 1, 1], [0, 0, 1, 1, 1])
    yield pair([1, 2, 3, 4], [4, 3, 2, 1])


def judgement():
    """Costs of 12 candidates for each of 5 targets; all means over targets. No ties, so the order cannot matter."""
    trials, rows = [], []
    for target in range(5):
        cost = rng.uniform(0.1, 2, 12)
        dice = np.clip(0.8 - 0.2 * cost + rng.normal(0, 0.1, 12), 0, 1)
        trials.append({"target": f"t{target}", "values": cost.tolist(), "dice": dice.tolist()})
        order = np.argsort(cost)
        rows.append(
            [
                scipy.stats.pearsonr(-cost, dice).statistic,
                scipy.stats.kendalltau(-cost, dice).statistic,
                scipy.stats.weightedtau(-cost, dice).statistic,
                scipy.stats.spearmanr(-cost, dice).statistic,
                100 * (dice.max() - dice[order[0]]),
                float(dice.argmax() in order[:4]),
            ]
        )
    regret = np.array(rows)[:, 4]
    interval = scipy.stats.bootstrap((regret,), np.mean, n_resamples=200_000, method="percentile", rng=rng)
    return {
        "trials": trials,
        "top": 4,
        "rows": rows,
        "means": np.mean(rows, axis=0).tolist(),
        "regret_interval": [interval.confidence_interval.low, interval.confidence_interval.high],
    }


print(
    json.dumps(
        {"scipy": scipy.__version__, "numpy": np.__version__, "pairs": list(pairs()), "judgement": judgement()},
        separators=(",", ":"),
    )
)
