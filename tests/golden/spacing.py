#!/usr/bin/env python3
"""Writes spacing.json: logarithmic and symlog edges, and the counts of numpy.histogram between them.

Needs numpy. Edges are hexadecimal. The values are v = sign * exp(step * i) for i in 0..n, so that a test can make them.
"""
import json
import pathlib

import numpy as np


def symlog(lo, hi, n):
    unit = max(abs(lo), abs(hi)) / 1e3
    place = lambda x: np.sign(x) * np.log1p(abs(x) / unit)
    at = np.linspace(place(lo), place(hi), n + 1)
    edges = np.sign(at) * np.expm1(abs(at)) * unit
    edges[0], edges[-1] = lo, hi
    return edges


cases = []
for lo, hi in [(1e-6, 1.0), (3.0, 5.0), (0.001, 1000.0), (1e-30, 1e30)]:
    for n in [1, 6, 64, 512]:
        cases.append(("log", lo, hi, n, np.geomspace(lo, hi, n + 1)))
for lo, hi in [(-0.11, 9.0), (-2.0, 2.0), (0.0, 7.0), (-3.0, 0.0), (1.0, 50.0)]:
    for n in [1, 6, 64, 512]:
        cases.append(("symlog", lo, hi, n, symlog(lo, hi, n)))
values = np.array([sign * np.exp(i / 7) for sign in (-1, 1) for i in range(-120, 40)] + [0.0])
written = [
    {
        "spacing": spacing,
        "lo": lo.hex(),
        "hi": hi.hex(),
        "n": n,
        "edges": [float(edge).hex() for edge in edges],
        "counts": np.histogram(values, bins=edges)[0].tolist(),
    }
    for spacing, lo, hi, n, edges in cases
]
out = {"numpy": np.__version__, "values": [float(value).hex() for value in values], "cases": written}
pathlib.Path(__file__).with_name("spacing.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")
