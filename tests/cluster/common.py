"""Data for the tests of the recipes, and the comparison of their counts with numpy's."""

import importlib.util
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
        "void": lambda: np.full(rows, np.nan),
    }[name]()
    if values.dtype.kind == "f" and name != "void":
        values[rng.random(rows) < 0.01] = np.nan
        values[rng.random(rows) < 0.002] = np.inf
        values[rng.random(rows) < 0.001] = -np.inf
    return values


COLUMNS = ["f64", "grad/f32", "i64", "i32.x", "void"]


def write_files(folder, nulls=True):
    """Write Parquet files. Returns their paths, and the values and the number of nulls of each column."""
    rng = np.random.default_rng(7)
    folder = Path(folder, "data")
    folder.mkdir()
    values, missing = {name: [] for name in COLUMNS}, dict.fromkeys(COLUMNS, 0)
    for i in range(FILES):
        # The fourth file is empty, and so is its partition.
        rows = 0 if i == 3 else ROWS + 1000 * i
        arrays = []
        for name in COLUMNS:
            array = column(rng, name, rows)
            null = rng.random(rows) < (0.03 if nulls and name != "void" else 0)
            arrays.append(pa.array(array, mask=null))
            values[name].append(array[~null])
            missing[name] += int(null.sum())
        table = pa.table([*arrays, pa.array(["text"] * rows)], names=[*COLUMNS, "text"])
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


def compare_all(folder, values, missing):
    """Compare the count files of all columns. A column without finite values has none."""
    names = {"f64": "f64", "grad%2Ff32": "grad/f32", "i64": "i64", "i32.x": "i32.x"}
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
    except Exception as error:
        # Engines wrap the message of a worker.
        assert text in str(error), f"expected {text!r} in: {str(error)[-1500:]}"
    else:
        raise AssertionError(f"no error with {text!r}")
