#!/usr/bin/env python3
"""The same question to rebin and to other programs, side by side.

    cargo build --release --bins --examples && python3 benches/side_by_side.py

Prints how many times longer the other program takes; times say more about the machine than about the programs. What is
not installed is skipped. Every comparison is a function that is decorated with @comparison and yields pairs of a name
and a command; the first is rebin's. REBIN_SAMPLES sets how many samples are counted.
"""

import functools
import importlib.util
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib

REBIN = pathlib.Path(__file__).parent.parent / "target/release/rebin"
ROUNDS = 5
BLOCK = 32768

COMPARISONS = []


def comparison(function):
    """Enters a function in the list of what is compared."""
    COMPARISONS.append(function)
    return function


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, content):
    """A protobuf field: an integer, or bytes with their length."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def framed(records):
    """Records as a .wandb file holds them: pieces with checksums that do not cross blocks."""
    at = 7
    yield b":W&B\xe1\xbe\0"
    for record in records:
        first = True
        while first or record:
            left = BLOCK - at % BLOCK
            if left < 7:
                yield bytes(left)
                at += left
                continue
            piece, record = record[: left - 7], record[left - 7 :]
            kind = bytes([{(True, False): 1, (True, True): 2, (False, True): 3, (False, False): 4}[first, bool(record)]])
            yield struct.pack("<IH", zlib.crc32(kind + piece), len(piece)) + kind + piece
            at += 7 + len(piece)
            first = False


def rows(count, bins):
    """Rows with one histogram each, flattened as the SDK does it."""
    chance = random.Random(1)
    shapes = []
    for _ in range(64):
        edges = [chance.uniform(-1, 0) + i / bins for i in range(bins + 1)]
        counts = [chance.randrange(1000) for _ in range(bins)]
        leaves = {"bins": json.dumps(edges), "_type": '"histogram"', "values": json.dumps(counts)}
        items = [field(2, b"w") + field(2, name.encode()) + field(16, text.encode()) for name, text in leaves.items()]
        shapes.append(b"".join(field(1, item) for item in items))
    for step in range(count):
        yield field(2, shapes[step % len(shapes)] + field(2, field(1, step)))


@comparison
def open_a_run(folder):
    """a run of 100,000 histograms of 64 bins: which there are, and the last of each"""
    leet = shutil.which("wandb")
    if not leet:
        return
    log = folder / "run-side.wandb"
    with log.open("wb") as file:
        file.writelines(framed(rows(100_000, 64)))
    yield "rebin ls --json", [REBIN, "ls", "--json", log]
    short = folder / "run-short.wandb"
    short.write_bytes(b"".join(framed(rows(1, 64))))
    yield "wandb leet inspect --summary --json, of a run of one", [leet, "leet", "inspect", "--summary", "--json", short]
    yield "wandb leet inspect --summary --json", [leet, "leet", "inspect", "--summary", "--json", log]
    yield "wandb leet inspect --json", [leet, "leet", "inspect", "--json", log]


NUMPY = """
import sys, time, numpy
samples = numpy.load(sys.argv[1])
best = float("inf")
for _ in range(int(sys.argv[2])):
    begun = time.perf_counter_ns()
    numpy.histogram(samples, 64)
    best = min(best, time.perf_counter_ns() - begun)
print(best)
"""


def counting():
    """Inside the programs, where reading the file does not count: rebin's ways of counting beside one numpy.histogram."""
    measure = REBIN.parent / "examples/measure"
    if importlib.util.find_spec("numpy") is None or not measure.exists():
        print("  skipped: it needs numpy, and cargo build --release --example measure")
        return
    import numpy

    size = int(os.environ.get("REBIN_SAMPLES", "10_000_000"))
    chance = numpy.random.default_rng(1)
    lots = {
        "uniform float64": lambda: chance.random(size),
        "lognormal float64": lambda: chance.lognormal(size=size),
        "normal float32": lambda: chance.standard_normal(size, dtype=numpy.float32),
        "whole float64": lambda: chance.integers(0, 1000, size).astype(float),
        "int32": lambda: chance.integers(0, 100_000, size, dtype=numpy.int32),
    }
    for name, samples in lots.items():
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "samples.npy"
            numpy.save(path, samples())
            theirs, ours = float("inf"), {}
            # In turn, so that a busy moment of the machine meets both.
            for _ in range(ROUNDS):
                printed = subprocess.run([measure, path, "2"], capture_output=True, text=True, check=True).stdout
                for line in printed.splitlines():
                    what, took = line.split("\t")
                    ours[what] = min(int(took), ours.get(what, float("inf")))
                command = [sys.executable, "-c", NUMPY, path, "2"]
                theirs = min(theirs, int(subprocess.run(command, capture_output=True, check=True).stdout))
        print(f"  {size:,} {name}: numpy.histogram {theirs / 1e6:.1f} ms")
        for what, took in ours.items():
            print(f"    {what}: {took / 1e6:.3f} ms, numpy.histogram takes {theirs / took:.3g} times as long")


@comparison
def first_histogram(folder):
    """the first exact histogram of samples in a .npy file, as whole programs"""
    if importlib.util.find_spec("numpy") is None:
        return
    import numpy

    path = folder / "samples.npy"
    numpy.save(path, numpy.random.default_rng(1).random(int(os.environ.get("REBIN_SAMPLES", "10_000_000"))))
    yield "rebin export", [REBIN, "export", path, "--bins", "64"]
    program = "import sys, numpy; numpy.histogram(numpy.load(sys.argv[1]), 64)"
    yield "numpy.load and numpy.histogram", [sys.executable, "-c", program, path]


def seconds(command):
    """The shortest of several times; the first run, which fills the file cache, does not count."""
    run = functools.partial(subprocess.run, command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    run()
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - begun)
    return best


def main():
    if not REBIN.exists():
        sys.exit(f"{REBIN} is missing; build it with cargo build --release")
    for function in COMPARISONS:
        with tempfile.TemporaryDirectory() as folder:
            print(function.__doc__)
            own = None
            for name, command in function(pathlib.Path(folder)):
                try:
                    took = seconds(command)
                except subprocess.CalledProcessError as error:
                    print(f"  {name}: it failed: {error.stderr.decode().strip()[-200:]}")
                    continue
                own = own or took
                print(f"  {name}: {took:.3f} s, {took / own:.1f} times as long")
            if own is None:
                print("  skipped: what it is compared with is not installed")
    print(counting.__doc__)
    counting()


if __name__ == "__main__":
    main()
