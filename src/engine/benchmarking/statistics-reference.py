"""Writes statistics-reference.json: what numpy and scipy compute, for statistics.test.ts.

Run with numpy and scipy installed: python3 statistics-reference.py > statistics-reference.json
"""

import json

import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(20261123)
samples = {
    "lognormal_200": np.round(rng.lognormal(4.0, 0.35, 200), 6),
    "normal_37": np.round(rng.normal(120, 9, 37), 6),
    "two_humps_700": np.round(np.concatenate([rng.normal(40, 3, 600), rng.normal(180, 20, 100)]), 6),
}
rng.shuffle(samples["two_humps_700"])
# Successive values hang together: an ordinary bootstrap takes its mean for surer than it is.
drift = [0.0]
for step in rng.normal(0, 1, 799):
    drift.append(0.9 * drift[-1] + step)
samples["autocorrelated_800"] = np.round(100 + 5 * np.array(drift), 6)

quantiles = {"p50": 0.50, "p90": 0.90, "p95": 0.95, "p99": 0.99}


def bootstrap(data, statistic, seed):
    result = stats.bootstrap(
        (data,), statistic, n_resamples=20000, method="percentile", rng=np.random.default_rng(seed), batch=500
    )
    return [float(result.confidence_interval.low), float(result.confidence_interval.high)]


def block_bootstrap_mean(data, length, seed):
    """Circular block bootstrap of the mean, written with array indexing."""
    generator = np.random.default_rng(seed)
    n = len(data)
    blocks = -(-n // length)
    means = []
    for _ in range(20000):
        starts = generator.integers(0, n, blocks)
        index = (starts[:, None] + np.arange(length)[None, :]).ravel()[:n] % n
        means.append(data[index].mean())
    return [float(value) for value in np.percentile(means, [2.5, 97.5])]


def ratio(a, b, statistic, seed):
    result = stats.bootstrap(
        (a, b),
        lambda x, y, axis: statistic(x, axis=axis) / statistic(y, axis=axis),
        n_resamples=20000,
        method="percentile",
        rng=np.random.default_rng(seed),
        batch=500,
        vectorized=True,
    )
    return [float(result.confidence_interval.low), float(result.confidence_interval.high)]


def minimum_samples(quantile):
    n = 1
    while stats.binom.cdf(1, n, 1 - quantile) > 0.01:
        n += 1
    return n


def describe(name, data):
    q1, q3 = np.percentile(data, [25, 75])
    spread = q3 - q1
    beyond = lambda k: int(np.sum((data < q1 - k * spread) | (data > q3 + k * spread)))
    return {
        "values": data.tolist(),
        "mean": float(np.mean(data)),
        "std": float(np.std(data, ddof=1)),
        "min": float(np.min(data)),
        "max": float(np.max(data)),
        **{key: float(np.percentile(data, 100 * q)) for key, q in quantiles.items()},
        "outliers": {"mild": beyond(1.5) - beyond(3), "severe": beyond(3)},
        "intervals": {
            "mean": bootstrap(data, np.mean, 1),
            "p50": bootstrap(data, np.median, 2),
            "p90": bootstrap(data, lambda x, axis: np.percentile(x, 90, axis=axis), 3),
        },
    }


a, b = samples["lognormal_200"], samples["normal_37"]
close_a, close_b = np.round(rng.normal(100, 10, 60), 6), np.round(rng.normal(101, 10, 60), 6)
print(
    json.dumps(
        {
            "made_with": {"numpy": np.__version__, "scipy": scipy.__version__},
            "samples": {name: describe(name, data) for name, data in samples.items()},
            "block_mean": {
                "sample": "autocorrelated_800",
                "length": 32,
                "interval": block_bootstrap_mean(samples["autocorrelated_800"], 32, 4),
            },
            "ratios": [
                {"a": b.tolist(), "b": a.tolist(), "statistic": "mean", "interval": ratio(b, a, np.mean, 5)},
                {"a": b.tolist(), "b": a.tolist(), "statistic": "p50", "interval": ratio(b, a, np.median, 6)},
                {
                    "a": close_a.tolist(),
                    "b": close_b.tolist(),
                    "statistic": "mean",
                    "interval": ratio(close_a, close_b, np.mean, 7),
                },
            ],
            "minimum_samples": {
                "p90_ms": minimum_samples(0.90),
                "p95_ms": minimum_samples(0.95),
                "p99_ms": minimum_samples(0.99),
                "p999_ms": minimum_samples(0.999),
            },
        },
        indent=1,
    )
)
