#!/usr/bin/env python3
"""Count numeric columns of a Ray dataset on its workers, as an aggregation.

    python ray_data.py OUTPUT data/*.parquet

Writes OUTPUT/COLUMN.counts for each column of integers, floats, booleans or decimals, and names the others on stderr.
Every worker needs rebin on its PATH: `pip install rebin-tui`.
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


def counted_as(kind):
    """Return the type in which to count a column of this type, or None to skip the column."""
    if pa.types.is_boolean(kind):
        return pa.int8()
    if pa.types.is_decimal(kind):
        return pa.float64()
    return kind if pa.types.is_integer(kind) or pa.types.is_floating(kind) else None


class Counts(AggregateFnV2):
    """The counts of a column over a range, as the content of a count file. Its accumulator is a list of such files."""

    def __init__(self, column, kind, lo, hi):
        super().__init__(f"counts({column})", zero_factory=list, on=column, ignore_nulls=False)
        self.column, self.kind, self.range = column, kind, f"{lo!r},{hi!r}"

    def aggregate_block(self, block):
        values = BlockAccessor.for_block(block).to_arrow()[self.column]
        if len(values) == 0:
            return []
        table = pa.table({self.column: values.cast(self.kind)})
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


def find_ranges(dataset, kinds):
    """Return the smallest and the largest finite value of each column."""

    def finite(table):
        for i, (column, kind) in enumerate(kinds.items()):
            values = table[column].cast(kind)
            if pa.types.is_floating(kind):
                # Arrow does not have a minimum of float16. All floats are exact as float64.
                values = values.cast(pa.float64())
                values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, values.type))
            table = table.set_column(i, column, values)
        return table

    finite = dataset.select_columns(list(kinds)).map_batches(finite, batch_format="pyarrow")
    found = finite.aggregate(*[end(column) for column in kinds for end in (Min, Max)])
    ranges = {column: (found[f"min({column})"], found[f"max({column})"]) for column in kinds}
    return {column: ends for column, ends in ranges.items() if ends[0] is not None}


def count(dataset, output):
    """Count the numeric columns of a dataset into files in the directory `output`."""
    schema = dataset.schema()
    kinds = {}
    for column, kind in zip(schema.names, schema.types):
        if (to := counted_as(kind)) is not None:
            kinds[column] = to
        else:
            print(f"{column}: skipped, type {kind}", file=sys.stderr)
    ranges = find_ranges(dataset, kinds) if kinds else {}
    for column in kinds.keys() - ranges:
        print(f"{column}: skipped, no finite values", file=sys.stderr)
    if not ranges:
        sys.exit("no column can be counted")
    counts = dataset.aggregate(*[Counts(column, kinds[column], *ends) for column, ends in ranges.items()])
    Path(output).mkdir(parents=True, exist_ok=True)
    for column in ranges:
        Path(output, quote(column, safe="") + ".counts").write_bytes(counts[f"counts({column})"])


if __name__ == "__main__":
    output, *paths = sys.argv[1:]
    count(ray.data.read_parquet(paths), output)
