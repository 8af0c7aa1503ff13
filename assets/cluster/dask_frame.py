#!/usr/bin/env python3
"""Count the numeric columns of a Dask DataFrame on its workers.

    python dask_frame.py OUTPUT SCHEDULER data/*.parquet

Writes OUTPUT/COLUMN.counts for each column of integers, floats, booleans or decimals, and names the others on stderr.
Every machine needs rebin on its PATH: `pip install rebin-tui`.
"""

import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import dask
import dask.dataframe as dd
import pandas as pd
import pyarrow as pa
from dask.distributed import Client
from pandas.api import types

REBIN = os.environ.get("REBIN", "rebin")


def rebin(*arguments, data=None):
    try:
        done = subprocess.run([REBIN, *arguments], input=data, capture_output=True)
    except FileNotFoundError:
        raise RuntimeError(f"{REBIN} is not installed on this worker; run: pip install rebin-tui") from None
    if done.returncode:
        raise RuntimeError(done.stderr.decode().strip())
    return done.stdout


def countable(frame):
    """Return the columns of numbers, booleans as int8 and decimals as float64."""
    columns, casts = [], {}
    for column, kind in frame.dtypes.items():
        if types.is_bool_dtype(kind):
            casts[column] = "int8[pyarrow]"
        elif isinstance(kind, pd.ArrowDtype) and pa.types.is_decimal(kind.pyarrow_dtype):
            casts[column] = "double[pyarrow]"
        elif not types.is_integer_dtype(kind) and not types.is_float_dtype(kind):
            print(f"{column}: skipped, type {kind}", file=sys.stderr)
            continue
        columns.append(column)
    return frame[columns].astype(casts)


def finite(values):
    """Return the finite values of a column. Integers are not compared with floats, which cannot hold all of them."""
    if not types.is_float_dtype(values.dtype):
        return values
    # Arrow does not compare float16. All floats are exact as float64.
    values = values.astype("double[pyarrow]")
    return values[(values > -math.inf) & (values < math.inf)]


def find_ranges(frame):
    """Return the smallest and the largest finite value of each column, found in one pass."""
    found = dask.compute([(finite(frame[column]).min(), finite(frame[column]).max()) for column in frame.columns])[0]
    # Python's own numbers are printed with all their digits.
    ranges = {column: (lo, hi) for column, (lo, hi) in zip(frame.columns, found) if not pd.isna(lo)}
    return {c: [end.item() if hasattr(end, "item") else end for end in ends] for c, ends in ranges.items()}


@dask.delayed
def count_partition(frame, part, ranges):
    """Return the content of a count file for each column of a partition."""
    parts = {}
    for column, (lo, hi) in ranges.items():
        # pandas would write NaN as null.
        table = pa.table({column: pa.array(frame[column], from_pandas=False)})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        # The name of the part: merge rejects a partition that is there twice, because Dask repeated its task.
        options = ["--range", f"{lo!r},{hi!r}", "--part", str(part), "--format", "binary"]
        parts[column] = rebin("count", *options, "-", data=sink.getvalue())
    return parts


def count(frame, output):
    """Count the numeric columns of a DataFrame into files in the directory `output`."""
    if shutil.which(REBIN) is None:
        sys.exit(f"{REBIN} is not installed; run: pip install rebin-tui")
    frame = countable(frame)
    ranges = find_ranges(frame)
    for column in set(frame.columns) - set(ranges):
        print(f"{column}: skipped, no finite values", file=sys.stderr)
    if not ranges:
        sys.exit("no column can be counted")
    partitions = frame[list(ranges)].to_delayed()
    parts = dask.compute([count_partition(partition, i, ranges) for i, partition in enumerate(partitions)])[0]
    Path(output).mkdir(parents=True, exist_ok=True)
    for column in ranges:
        with tempfile.TemporaryDirectory() as folder:
            for i, part in enumerate(parts):
                Path(folder, f"{i}.counts").write_bytes(part[column])
            rebin("merge", "--force", "-o", Path(output, quote(column, safe="") + ".counts"), folder)


if __name__ == "__main__":
    output, scheduler, *paths = sys.argv[1:]
    with Client(scheduler):
        # pandas' own types cannot distinguish a null from NaN.
        count(dd.read_parquet(paths, dtype_backend="pyarrow"), output)
