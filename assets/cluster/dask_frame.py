#!/usr/bin/env python3
"""Count the numeric columns of a Dask DataFrame on its workers.

    python dask_frame.py OUTPUT SCHEDULER data/*.parquet

Writes OUTPUT/COLUMN.counts for each column. Every worker needs rebin on its PATH: `pip install rebin-tui`.
"""

import os
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

REBIN = os.environ.get("REBIN", "rebin")


def rebin(*arguments, data=None):
    try:
        done = subprocess.run([REBIN, *arguments], input=data, capture_output=True)
    except FileNotFoundError:
        raise RuntimeError(f"{REBIN} is not installed on this worker; run: pip install rebin-tui") from None
    if done.returncode:
        raise RuntimeError(done.stderr.decode().strip())
    return done.stdout


def find_ranges(frame, columns):
    """Return the smallest and the largest finite value of each column, found in one pass."""
    finite = [frame[column][abs(frame[column]) < float("inf")] for column in columns]
    found = dask.compute([(values.min(), values.max()) for values in finite])[0]
    # Python's own numbers are printed with all their digits.
    ranges = {column: (lo, hi) for column, (lo, hi) in zip(columns, found) if not pd.isna(lo)}
    return {c: [end.item() if hasattr(end, "item") else end for end in ends] for c, ends in ranges.items()}


@dask.delayed
def count_partition(frame, part, ranges):
    """Return the content of a count file for each column of a partition."""
    parts = {}
    for column, (lo, hi) in ranges.items():
        # pandas would write NaN as null.
        values = pa.array(frame[column], from_pandas=False)
        batch = pa.record_batch([values], [column])
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        # The name of the part: merge rejects a partition that is there twice, because Dask repeated its task.
        options = ["--range", f"{lo!r},{hi!r}", "--part", str(part), "--format", "binary"]
        parts[column] = rebin("count", *options, "-", data=sink.getvalue())
    return parts


def count(frame, output):
    """Count the numeric columns of a DataFrame into files in the directory `output`."""
    columns = list(frame.select_dtypes("number").columns)
    ranges = find_ranges(frame, columns)
    for column in set(columns) - set(ranges):
        print(f"{column}: no finite values", file=sys.stderr)
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
