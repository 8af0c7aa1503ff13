"""Data for the tests of the recipes, and the comparison of their counts with numpy's."""

import contextlib
import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

REBIN = os.environ["REBIN"]
RECIPES = Path(__file__).parents[2] / "assets" / "cluster"
FILES = 6
ROWS = 12_000


def recipe(name, cloudpickle):
    """Import a recipe as a module whose functions are sent to the workers, like those of a script."""
    spec = importlib.util.spec_from_file_location(f"recipe_{name}", RECIPES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    cloudpickle.register_pickle_by_value(module)
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    return module


def column(rng, name, rows):
    values = {
        "f64": lambda: rng.normal(0.0, 1.0, rows),
        "grad/f32": lambda: (rng.normal(0.0, 1e-3, rows) * rng.lognormal(0.0, 1.0, rows)).astype("f4"),
        "i64": lambda: rng.integers(-(2**40), 2**40, rows),
        "i32.x": lambda: rng.poisson(30.0, rows).astype("i4"),
        "f16": lambda: rng.normal(0.0, 1.0, rows).astype("f2"),
        "..": lambda: rng.integers(-128, 128, rows).astype("i1"),
        "bool": lambda: rng.integers(0, 2, rows).astype("i1"),
        "dec": lambda: rng.integers(-4000, 4000, rows) / 4,
        "void": lambda: np.full(rows, np.nan),
    }[name]()
    if name in ["f64", "grad/f32", "f16"]:
        values[rng.random(rows) < 0.01] = np.nan
        values[rng.random(rows) < 0.002] = np.inf
        values[rng.random(rows) < 0.001] = -np.inf
    return values


COLUMNS = ["f64", "grad/f32", "i64", "i32.x", "..", "bool", "dec", "void"]
STORED = {"bool": pa.bool_(), "dec": pa.decimal128(9, 2)}
SKIPPED = ["list", "text", "time", "void"]


def write_files(folder, *more):
    """Write Parquet files. Returns their paths, and the values and the number of nulls of each column."""
    columns = [*COLUMNS, *more]
    rng = np.random.default_rng(7)
    folder = Path(folder, "data")
    folder.mkdir()
    values, missing = {name: [] for name in columns}, dict.fromkeys(columns, 0)
    for i in range(FILES):
        # The fourth file is empty, and so is its partition.
        rows = 0 if i == 3 else ROWS + 1000 * i
        arrays = []
        for name in columns:
            array = column(rng, name, rows)
            null = rng.random(rows) < (0.03 if name != "void" else 0)
            stored = pa.array(array, mask=null)
            arrays.append(stored.cast(STORED.get(name, stored.type)))
            values[name].append(array[~null])
            missing[name] += int(null.sum())
        others = {"list": ([1.0], pa.list_(pa.float64())), "text": ("text", pa.string()), "time": (1, pa.timestamp("us"))}
        arrays += [pa.array([value] * rows, kind) for value, kind in others.values()]
        table = pa.table(arrays, names=[*columns, *others])
        pq.write_table(table, folder / f"{i}.parquet", row_group_size=3000)
    values = {name: np.concatenate(parts) for name, parts in values.items()}
    return sorted(map(str, folder.iterdir())), values, missing


def rebin(*arguments):
    return subprocess.run([REBIN, *arguments], check=True, capture_output=True, text=True).stdout


def compare(path, values, missing=0):
    """Compare the histograms of a count file with numpy's, bit for bit, and its other numbers."""
    finite = values[np.isfinite(values)]
    ends = finite.min().item(), finite.max().item()
    for bins in [1, 10, 64, 511, 512]:
        histogram = json.loads(rebin("export", "-b", str(bins), str(path)))
        counts, edges = np.histogram(values, bins=bins, range=ends)
        assert histogram["values"] == counts.tolist(), f"{path}: counts of {bins} bins"
        # float32 edges are written with their own digits.
        assert np.array_equal(np.array(histogram["bins"], edges.dtype), edges), f"{path}: edges of {bins} bins"
    stats = json.loads(rebin("stats", "--json", str(path)))[0]
    found = {name: stats[name] for name in ["n", "nan", "posinf", "neginf", "missing", "zeros", "min", "max"]}
    expected = {
        "n": finite.size,
        "nan": np.isnan(values).sum(),
        "posinf": np.isposinf(values).sum(),
        "neginf": np.isneginf(values).sum(),
        "missing": missing,
        "zeros": (values == 0).sum(),
        "min": ends[0],
        "max": ends[1],
    }
    assert found == expected, f"{path}: {found}, expected {expected}"


def count_all(recipe, frame, folder, values, missing):
    """Run a recipe, compare the count files of all columns, and check that it reports the columns without one."""
    with contextlib.redirect_stderr(io.StringIO()) as printed:
        recipe.count(frame, folder)
    lines = [line.split(": skipped, ") for line in printed.getvalue().splitlines() if ": skipped, " in line]
    assert sorted(name for name, _ in lines) == SKIPPED, lines
    names = {name.replace("/", "%2F"): name for name in values if name != "void"}
    assert sorted(path.name for path in Path(folder).iterdir()) == sorted(f"{name}.counts" for name in names)
    for file, name in names.items():
        compare(Path(folder, f"{file}.counts"), values[name], missing[name])


def once(marker):
    """Return true for the first caller with this marker, in any process."""
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
        return True
    except FileExistsError:
        return False


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def assert_killed(folder, *markers):
    """Fail if a worker should have been killed but was not: then the test has not tested it."""
    for marker in markers:
        assert Path(folder, marker).exists(), f"no worker reached the place of {marker}"


def assert_raises(text, function):
    """Call a function that fails with this text in its message."""
    try:
        function()
    except (Exception, SystemExit) as error:
        # Engines wrap the message of a worker.
        assert text in str(error), f"expected {text!r} in: {str(error)[-1500:]}"
    else:
        raise AssertionError(f"no error with {text!r}")
