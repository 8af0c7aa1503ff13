#!/usr/bin/env python3
"""Count numeric columns of a Ray dataset on its workers, as an aggregation.

    python ray_data.py OUTPUT data/*.parquet

Writes OUTPUT/COLUMN.counts for each column. Every worker needs rebin on its PATH: `pip install rebin-tui`.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import ray
from ray.data.aggregate import AggregateFnV2, Max, Min
from ray.data.block import BlockAccessor

REBIN = os.environ.get("REBIN", "rebin")
# Parts to keep before they are merged into one.
PARTS = 64


def rebin(*arguments, data=None):
    try:
        done = subprocess.run([REBIN, *arguments], input=data, capture_output=True)
    except FileNotFoundError:
        raise RuntimeError(f"{REBIN} is not installed on this worker; run: pip install rebin-tui") from None
    if done.returncode:
        raise RuntimeError(done.stderr.decode().strip())
    return done.stdout


def merge(parts):
    """Add up count files."""
    with tempfile.TemporaryDirectory() as folder:
        for i, part in enumerate(parts):
            Path(folder, f"{i}.counts").write_bytes(part)
        return rebin("merge", "--format", "binary", "-o", "-", folder)


class Counts(AggregateFnV2):
    """The counts of a column over a range, as the content of a count file. Its accumulator is a list of such files."""

    def __init__(self, column, lo, hi):
        super().__init__(f"counts({column})", zero_factory=list, on=column, ignore_nulls=False)
        self.column, self.range = column, f"{lo!r},{hi!r}"

    def aggregate_block(self, block):
        table = BlockAccessor.for_block(block).to_arrow().select([self.column])
        if table.num_rows == 0:
            return []
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return [rebin("count", "--range", self.range, "--format", "binary", "-", data=sink.getvalue())]

    def combine(self, parts, more):
        parts = [*parts, *more]
        # Each part has a random identifier, so that merge notices if it were added twice.
        return parts if len(parts) < PARTS else [merge(parts)]

    def finalize(self, parts):
        return merge(parts)


def find_ranges(dataset, columns):
    """Return the smallest and the largest finite value of each column."""

    def finite(table):
        for i, column in enumerate(columns):
            values = table[column]
            values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, values.type))
            table = table.set_column(i, column, values)
        return table

    finite = dataset.select_columns(columns).map_batches(finite, batch_format="pyarrow")
    found = finite.aggregate(*[end(column) for column in columns for end in (Min, Max)])
    ranges = {column: (found[f"min({column})"], found[f"max({column})"]) for column in columns}
    return {column: ends for column, ends in ranges.items() if ends[0] is not None}


def count(dataset, output):
    """Count the numeric columns of a dataset into files in the directory `output`."""
    schema = dataset.schema()
    numeric = lambda kind: pa.types.is_floating(kind) or pa.types.is_integer(kind)
    columns = [name for name, kind in zip(schema.names, schema.types) if numeric(kind)]
    ranges = find_ranges(dataset, columns)
    for column in set(columns) - set(ranges):
        print(f"{column}: no finite values", file=sys.stderr)
    if ranges:
        counts = dataset.aggregate(*[Counts(column, *ends) for column, ends in ranges.items()])
        Path(output).mkdir(parents=True, exist_ok=True)
        for column in ranges:
            Path(output, quote(column, safe="") + ".counts").write_bytes(counts[f"counts({column})"])


if __name__ == "__main__":
    output, *paths = sys.argv[1:]
    count(ray.data.read_parquet(paths), output)
