#!/usr/bin/env python3
"""Writes statistics.json: statistics of small arrays, computed by numpy and SciPy.

Needs numpy and scipy. Values that are not finite are written as null, and so are undefined statistics.
"""
import json
import pathlib
import warnings

import numpy as np
import scipy
from scipy import stats

warnings.simplefilter("ignore")
QUANTILES = [0, 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 1, 1 / 3]


def number(value):
    value = float(value)
    return value if np.isfinite(value) else None


def arrays():
    chance = np.random.default_rng(13)
    yield "normal", chance.normal(size=200)
    yield "offset", chance.normal(size=100) + 1e9
    yield "lognormal", chance.lognormal(sigma=2, size=150)
    yield "heavy", chance.standard_cauchy(size=120)
    yield "float32", chance.normal(size=100).astype(np.float32)
    yield "float16", chance.normal(size=60).astype(np.float16)
    yield "integers", chance.integers(-50, 50, 90)
    yield "bytes", chance.integers(0, 256, 80).astype(np.uint8)
    yield "booleans", np.array([True, False, True, True])
    yield "sparse", np.where(chance.random(100) < 0.8, 0.0, chance.normal(size=100))
    yield "constant", np.full(20, 0.1)
    yield "nearly constant", np.array([1.0, 1.0 + 1e-9, 1.0, 1.0])
    yield "one", np.array([-3.5])
    yield "two", np.array([1.0, 2.0])
    yield "large", chance.normal(size=50) * 1e300
    yield "small", chance.normal(size=50) * 1e-300
    yield "ends", np.array([-1.7e308, 1.7e308, 1.0])
    yield "with NaN", np.array([np.nan, 1.0, 2.0, np.inf, 5.0, -np.inf, np.nan, 0.0])
    yield "empty", np.array([])


def describe(name, values):
    wide = values.astype(np.float64)
    finite = wide[np.isfinite(wide)]
    # numpy's sums overflow beyond this, where exact arithmetic does not.
    unit = np.abs(finite).max(initial=0.0)
    unit = unit if not 1e-60 < unit < 1e60 and unit > 0 else 1.0
    scaled = finite / unit
    case = {"name": name, "dtype": str(values.dtype), "values": [None if np.isnan(x) else str(float(x)) for x in wide]}
    case |= {"n": len(finite), "nan": int(np.isnan(wide).sum()), "zeros": int((finite == 0).sum())}
    case |= {"posinf": int((wide == np.inf).sum()), "neginf": int((wide == -np.inf).sum())}
    if len(finite):
        case |= {
            "mean": number(scaled.mean() * unit),
            "std": number(scaled.std() * unit),
            "skewness": number(stats.skew(scaled)),
            "kurtosis": number(stats.kurtosis(scaled)),
            "min": number(finite.min()),
            "max": number(finite.max()),
            "mean_abs": number(np.abs(scaled).mean() * unit),
            "l2": number(np.linalg.norm(scaled) * unit),
            # numpy rounds probabilities to the type of the array, so narrow floats are widened first.
            "quantiles": [[p, number(np.quantile(finite, p))] for p in QUANTILES],
        }
    return case


cases = [describe(name, values) for name, values in arrays()]
text = ",\n".join(json.dumps(case) for case in cases)
here = pathlib.Path(__file__).parent
here.joinpath("statistics.json").write_text(
    f'{{"numpy": "{np.__version__}", "scipy": "{scipy.__version__}", "cases": [\n{text}\n]}}\n'
)
