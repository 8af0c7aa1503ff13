#!/usr/bin/env python3
"""Count the numeric columns of a Spark DataFrame on its workers.

    spark-submit spark.py OUTPUT data/*.parquet

Writes OUTPUT/COLUMN.counts for each column of integers, floats, booleans or decimals, and names the others on stderr.
Every machine needs rebin on its PATH (`pip install rebin-tui`), and the workers need pyarrow.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
from pyspark import TaskContext
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

REBIN = os.environ.get("REBIN", "rebin")
NUMERIC = {"tinyint", "smallint", "int", "bigint", "float", "double"}


def named(column):
    return F.col("`" + column.replace("`", "``") + "`")


def countable(frame):
    """Return the columns of numbers, booleans as tinyint and decimals as double."""
    columns = []
    for column, kind in frame.dtypes:
        to = {"boolean": "tinyint"}.get(kind, "double" if kind.startswith("decimal") else kind)
        if to in NUMERIC:
            columns.append(named(column).cast(to).alias(column))
        else:
            print(f"{column}: skipped, type {kind}", file=sys.stderr)
    return frame.select(columns)


def find_ranges(frame):
    """Return the smallest and the largest finite value of each column, found in one pass."""
    if not frame.columns:
        return {}
    largest = sys.float_info.max
    # For Spark, NaN is larger than all numbers, so `between` leaves it out, like the infinities.
    finite = [F.when(named(column).between(-largest, largest), named(column)) for column in frame.columns]
    found = frame.agg(*[end(value) for value in finite for end in (F.min, F.max)]).first()
    ends = zip(frame.columns, found[::2], found[1::2])
    return {column: (lo, hi) for column, lo, hi in ends if lo is not None}


def counter(ranges):
    """Return a function for `mapInArrow`: one `rebin count` per column counts the batches of a partition."""

    def count(batches):
        part = TaskContext.get().partitionId()
        jobs = {}
        with ExitStack() as stack:
            try:
                for batch in batches:
                    for array, (column, (lo, hi)) in zip(batch.columns, ranges.items()):
                        values = pa.record_batch([array], [column])
                        if column not in jobs:
                            # The name of the part: merge rejects a partition that is there twice, because Spark repeated its task.
                            options = ["--range", f"{lo!r},{hi!r}", "--part", str(part), "--format", "binary"]
                            process = stack.enter_context(start(["count", *options, "-"]))
                            jobs[column] = process, pa.ipc.new_stream(process.stdin, values.schema)
                        jobs[column][1].write_batch(values)
                for _, writer in jobs.values():
                    # Writes the end marker. Without it, rebin rejects the stream: its writer may have been killed.
                    writer.close()
            except BrokenPipeError:
                pass  # A process has failed. Its message follows.
            results = {column: process.communicate() for column, (process, _) in jobs.items()}
            failed = [
                f"{column}: {message.decode().strip()}"
                for column, (_, message) in results.items()
                if jobs[column][0].returncode
            ]
            if failed:
                raise RuntimeError(f"cannot count partition {part}: " + "; ".join(failed))
        # An empty partition has no batches, and no counts.
        names = pa.array(list(results), pa.string())
        counts = pa.array([counts for counts, _ in results.values()], pa.binary())
        yield pa.record_batch([names, pa.array([part] * len(results), pa.int32()), counts], ["column", "part", "counts"])

    return count


def start(arguments):
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen([REBIN, *arguments], stdin=pipe, stdout=pipe, stderr=pipe)
    except FileNotFoundError:
        raise RuntimeError(f"{REBIN} is not installed on this worker; run: pip install rebin-tui") from None


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
    folders = {column: str(i) for i, column in enumerate(ranges)}
    # mapInArrow rejects names with dots.
    frame = frame.select([named(column).alias(f"c{i}") for i, column in enumerate(ranges)])
    parts = frame.mapInArrow(counter(ranges), "column string, part int, counts binary")
    with tempfile.TemporaryDirectory() as folder:
        # A part of 10 million values has up to 84 kB. spark.driver.maxResultSize limits the sum of all parts.
        for column, part, counts in parts.collect():
            path = Path(folder, folders[column], f"{part}.counts")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(counts)
        Path(output).mkdir(parents=True, exist_ok=True)
        for column, parts in folders.items():
            merged = Path(output, quote(column, safe="") + ".counts")
            subprocess.run([REBIN, "merge", "--force", "-o", merged, Path(folder, parts)], check=True)


if __name__ == "__main__":
    output, *paths = sys.argv[1:]
    count(SparkSession.builder.getOrCreate().read.parquet(*paths), output)
