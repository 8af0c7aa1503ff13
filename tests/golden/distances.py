#!/usr/bin/env python3
"""Writes distances.json: distances between pairs of small arrays, computed by numpy and SciPy. Needs numpy and scipy."""
import json
import pathlib

import numpy as np
import scipy
from scipy import stats
from scipy.spatial.distance import jensenshannon


def psi(a, b):
    """Population stability index over the ten quantile bins of `a`, with shares of at least 0.0001."""
    ends = [min(a.min(), b.min()), max(a.max(), b.max())]
    edges = np.unique(np.concatenate([ends, np.quantile(a, np.arange(1, 10) / 10)]))
    if len(edges) == 1:
        edges = [edges[0] - 0.5, edges[0] + 0.5]
    shares = [np.clip(np.histogram(x, edges)[0] / len(x), 1e-4, 1) for x in (a, b)]
    return ((shares[0] - shares[1]) * np.log(shares[0] / shares[1])).sum()


def js(a, b):
    """Jensen–Shannon distance with base 2 over 64 common bins."""
    ends = min(a.min(), b.min()), max(a.max(), b.max())
    return jensenshannon(*(np.histogram(x, 64, ends)[0] for x in (a, b)), 2)


def pairs():
    chance = np.random.default_rng(7)
    yield "same", *[np.arange(20.0)] * 2
    yield "shifted", chance.normal(size=100), chance.normal(1, 1, size=80)
    yield "scaled", chance.normal(size=60), chance.normal(0, 10, size=60)
    yield "disjoint", chance.random(30), 5 + chance.random(40)
    yield "ties", chance.integers(0, 5, 50).astype(float), chance.integers(2, 7, 60).astype(float)
    yield "constants", np.full(10, 2.0), np.full(5, 3.0)
    yield "equal constants", np.full(10, 2.0), np.full(5, 2.0)
    yield "single", np.array([1.5]), chance.normal(size=20)
    yield "sparse", np.where(chance.random(90) < 0.9, 0, chance.normal(size=90)), chance.normal(size=70)
    yield "array", *(chance.normal(size=40) * 1e100 for _ in range(2))


cases = []
for name, a, b in pairs():
    case = {"name": name, "a": a.tolist(), "b": b.tolist(), "w1": stats.wasserstein_distance(a, b)}
    case |= {"ks": float(stats.ks_2samp(a, b).statistic), "js": float(js(a, b)), "psi": float(psi(a, b))}
    with np.errstate(all="ignore"):
        case |= {"mean_delta": b.mean() - a.mean(), "std_ratio": float(b.std() / a.std())}
    if a.shape == b.shape:
        norm = np.linalg.norm
        case |= {"max_abs_diff": np.abs(a - b).max(), "relative_l2": norm(a - b) / norm(b)}
    case = {name: None if isinstance(x, float) and not np.isfinite(x) else x for name, x in case.items()}
    cases.append(json.dumps(case))
text = ",\n".join(cases)
pathlib.Path(__file__).with_suffix(".json").write_text(
    f'{{"numpy": "{np.__version__}", "scipy": "{scipy.__version__}", "cases": [\n{text}\n]}}\n'
)
