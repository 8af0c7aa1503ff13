#!/usr/bin/env python3
"""Compare the speed of rebin with other programs.

    cargo build --release --bins --examples && python3 benches/side_by_side.py [WORD]...

Prints the ratio between the time of each program and the time of rebin, and a table of goals and results at the end.
Absolute times depend on the machine. The programs take turns, and the minimum of several rounds counts.

Arguments select the comparisons whose names contain one of the words. REBIN_SAMPLES sets the number of samples,
REBIN_ROUNDS the number of rounds. Programs that are not installed are skipped: numpy, scipy, pandas, polars, duckdb,
boost-histogram, fast-histogram, gguf, torch, wandb, visidata, uproot-browser.
"""

import fcntl
import functools
import importlib.util
import json
import os
import pathlib
import pty
import random
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import zlib

REBIN = pathlib.Path(__file__).parent.parent / "target/release/rebin"
MEASURE, FRAME, BAR_CHART = (REBIN.parent / "examples" / name for name in ("measure", "frame", "bar_chart"))
SAMPLES = int(os.environ.get("REBIN_SAMPLES", "100_000_000"))
TEXT_SAMPLES = 10_000_000
ROUNDS = int(os.environ.get("REBIN_ROUNDS", "5"))
BLOCK = 32768
# Programs of Python packages are in the directory of the Python interpreter.
os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])
MISSING = set()
TABLE = []

COMPARISONS = []


def comparison(function):
    """Register a comparison."""
    COMPARISONS.append(function)
    return function


def has(*modules):
    """Return True if Python has all modules. Missing ones are listed at the end."""
    absent = {module for module in modules if importlib.util.find_spec(module) is None}
    MISSING.update(absent)
    return not absent


def row(what, against, reached, goal, unit="×"):
    """Add a row to the table. A positive goal is a minimum, a negative one is a maximum."""
    met = "–" if goal is None else "yes" if (reached >= goal if goal > 0 else reached <= -goal) else "**no**"
    aim = "–" if goal is None else f"≥ {goal:,g} {unit}" if goal > 0 else f"≤ {-goal:,g} {unit}"
    TABLE.append((what, against, f"{reached:,.3g} {unit}", aim, met))


def best_of(commands, rounds=ROUNDS):
    """Return the minimum time of each command. The first round, which fills the file cache, does not count."""
    best = [float("inf")] * len(commands)
    for turn in range(rounds + 1):
        for i, command in enumerate(commands):
            start = time.perf_counter()
            run = functools.partial(subprocess.run, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
            try:
                run([str(part) for part in command])
            except subprocess.CalledProcessError as error:
                print(f"    failed: {error.stderr.decode().strip()[-200:]}")
                best[i] = float("nan")
            if turn > 0:
                best[i] = min(best[i], time.perf_counter() - start)
    return best


def compare(what, ours, others):
    """Time complete programs. `others` is a list of (name, command, goal)."""
    own, *theirs = best_of([ours] + [command for _, command, _ in others])
    print(f"  rebin: {own:.3f} s")
    for (name, _, goal), took in zip(others, theirs):
        print(f"  {name}: {took:.3f} s, {took / own:.1f} times the time of rebin")
        if took == took:
            row(what, name, took / own, goal)


def python(program, *arguments):
    return [sys.executable, "-c", program, *arguments]


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, content):
    """Encode a protobuf field: an integer or bytes."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def framed(records):
    """Encode records as in a .wandb file: chunks with checksums that do not cross block boundaries."""
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
            chunk, record = record[: left - 7], record[left - 7 :]
            kind = bytes([{(True, False): 1, (True, True): 2, (False, True): 3, (False, False): 4}[first, bool(record)]])
            yield struct.pack("<IH", zlib.crc32(kind + chunk), len(chunk)) + kind + chunk
            at += 7 + len(chunk)
            first = False


@functools.cache
def shapes(bins, key=b"w"):
    """Return the items of 64 histograms, flattened like the W&B SDK does."""
    rng = random.Random(1)
    all_items = []
    for _ in range(64):
        start = rng.uniform(-1, 0)
        edges = [start + i / bins for i in range(bins + 1)]
        counts = [rng.randrange(1000) for _ in range(bins)]
        leaves = {"bins": json.dumps(edges), "_type": '"histogram"', "values": json.dumps(counts)}
        items = [field(2, key) + field(2, name.encode()) + field(16, text.encode()) for name, text in leaves.items()]
        all_items.append(b"".join(field(1, item) for item in items))
    return all_items


def rows(count, bins):
    """Yield history rows with one histogram each."""
    for step in range(count):
        yield field(2, shapes(bins)[step % 64] + field(2, field(1, step)))


@comparison
def open_a_run(folder):
    """List a run with 100,000 histograms of 64 bins."""
    leet = shutil.which("wandb")
    if not leet:
        MISSING.add("wandb")
        return
    log = folder / "run-side.wandb"
    with log.open("wb") as file:
        file.writelines(framed(rows(100_000, 64)))
    others = [("`wandb leet inspect --json`", [leet, "leet", "inspect", "--json", log], 10)]
    compare("list a run of 100,000 histograms", [REBIN, "ls", "--json", log], others)


def samples_file(folder, size=SAMPLES):
    import numpy

    path = folder / "samples.npy"
    numpy.save(path, numpy.random.default_rng(1).random(size))
    return path


@comparison
def first_histogram(folder):
    """Print the exact histogram of a .npy file."""
    if not has("numpy"):
        return
    path = samples_file(folder)
    others = [("numpy", python("import sys, numpy; numpy.histogram(numpy.load(sys.argv[1]), 64)", path), 12)]
    if has("fast_histogram"):
        program = """
import sys, numpy, fast_histogram
samples = numpy.load(sys.argv[1], mmap_mode="r")
fast_histogram.histogram1d(samples, 64, (samples.min(), samples.max()))
"""
        others.append(("memmap + fast-histogram", python(program, path), 1.3))
    command = [REBIN, "export", path, "--bins", "64"]
    compare(f"first histogram of {SAMPLES:.0e} float64 in a .npy", command, others)
    memory = peak(command)
    print(f"  rebin's memory: {memory / 2**20:.0f} MiB")
    row(f"memory, {SAMPLES:.0e} float64 in a .npy", "mapped file", memory / 2**20, -32, "MiB")


def gguf_file(path, values):
    """Write a GGUF file with one tensor of the type Q4_K: codes at random, and scales like those of a real model."""
    import numpy

    rows, blocks = values // 4096, values // 256
    rng = numpy.random.default_rng(1)
    name = b"blk.0.ffn_down.weight"
    header = b"GGUF" + struct.pack("<IQQ", 3, 1, 0)
    header += struct.pack("<Q", len(name)) + name + struct.pack("<IQQIQ", 2, 4096, rows, 12, 0)
    with open(path, "wb") as file:
        file.write(header + bytes(-len(header) % 32))
        for first in range(0, blocks, 1 << 16):
            data = rng.integers(0, 256, (min(1 << 16, blocks - first), 144), dtype=numpy.uint8)
            data[:, 0:4] = rng.uniform(1e-4, 1e-3, (len(data), 2)).astype("<f2").view(numpy.uint8)
            file.write(data)


@comparison
def quantized_tensor(folder):
    """Print the exact histogram of a Q4_K tensor in a GGUF file."""
    if not has("numpy", "gguf"):
        return
    values = max(SAMPLES * 2**28 // 100_000_000 // 4096, 1) * 4096
    path = folder / "model.gguf"
    gguf_file(path, values)
    program = """
import sys, numpy, gguf
[tensor] = gguf.GGUFReader(sys.argv[1]).tensors
numpy.histogram(gguf.quants.dequantize(tensor.data, tensor.tensor_type), 64)
"""
    command = [REBIN, "export", path, "--bins", "64"]
    compare(f"first histogram of {values:.1e} Q4_K values in a .gguf", command, [("gguf + numpy", python(program, path), 5)])
    path.unlink()


@comparison
def checkpoint(folder):
    """Print the exact histogram of a tensor in a PyTorch checkpoint."""
    if not has("numpy", "torch"):
        return
    import torch

    path, size = folder / "model.pt", 2 * SAMPLES
    weights = torch.empty(size).normal_(generator=torch.Generator().manual_seed(1))
    torch.save({"model": {"weight": weights, "bias": torch.zeros(8)}}, path)
    program = """
import sys, numpy, torch
weights = torch.load(sys.argv[1], mmap=True)["model"]["weight"]
numpy.histogram(weights.numpy(), 64)
"""
    command = [REBIN, "export", path, "--key", "model.weight", "--bins", "64"]
    others = [("torch.load(mmap=True) + numpy", python(program, path), 10)]
    compare(f"first histogram of {size:.0e} float32 in a .pt", command, others)


@comparison
def statistics(folder):
    """Print exact statistics of a .npy file."""
    if not has("numpy", "scipy"):
        return
    import numpy

    path = folder / "normal.npy"
    numpy.save(path, numpy.random.default_rng(1).standard_normal(SAMPLES))
    program = """
import sys, numpy, scipy.stats
samples = numpy.load(sys.argv[1])
print(samples.mean(), samples.std(), samples.min(), samples.max())
print(numpy.quantile(samples, [0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999]))
print(scipy.stats.skew(samples), scipy.stats.kurtosis(samples))
"""
    others = [("numpy + SciPy", python(program, path), 10)]
    compare(f"statistics of {SAMPLES:.0e} float64 in a .npy", [REBIN, "stats", "--json", path], others)


def peak(command):
    """Return the peak memory of a program in bytes."""
    program = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    return 1024 * int(subprocess.check_output(python(program, *map(str, command))))


@comparison
def json_array(folder):
    """Print the histogram of a JSON array."""
    if not has("numpy"):
        return
    import numpy

    path = folder / "numbers.json"
    path.write_text(json.dumps(numpy.random.default_rng(1).standard_normal(TEXT_SAMPLES).tolist()))
    program = "import sys, json, numpy; numpy.histogram(numpy.array(json.load(open(sys.argv[1]))), 64)"
    others = [("json.load + numpy", python(program, path), 12)]
    lines = folder / "numbers.jsonl"
    if has("polars") or has("duckdb"):
        # Neither reads a bare array, so they get JSON lines with one number each.
        with lines.open("w") as file:
            file.writelines(f'{{"x":{x!r}}}\n' for x in json.loads(path.read_text()))
    if has("polars"):
        program = "import sys, polars, numpy; numpy.histogram(polars.read_ndjson(sys.argv[1])['x'].to_numpy(), 64)"
        others.append(("polars, from JSON lines", python(program, lines), 6))
    if has("duckdb"):
        program = """
import sys, duckdb, numpy
numpy.histogram(duckdb.sql(f"select x from read_json('{sys.argv[1]}')").fetchnumpy()["x"], 64)
"""
        others.append(("duckdb, from JSON lines", python(program, lines), 3))
    compare(f"first histogram of {TEXT_SAMPLES:.0e} numbers in JSON", [REBIN, "export", path, "--bins", "64"], others)


@comparison
def csv_column(folder):
    """Print the histogram of a CSV column."""
    if not has("numpy"):
        return
    import numpy

    path = folder / "numbers.csv"
    with path.open("w") as file:
        file.write("x\n")
        file.writelines(f"{x!r}\n" for x in numpy.random.default_rng(1).standard_normal(TEXT_SAMPLES).tolist())
    programs = {
        "pandas": "numpy.histogram(pandas.read_csv(sys.argv[1])['x'].to_numpy(), 64)",
        "polars": "numpy.histogram(polars.read_csv(sys.argv[1])['x'].to_numpy(), 64)",
        "duckdb": "numpy.histogram(duckdb.sql(f\"select x from read_csv('{sys.argv[1]}')\").fetchnumpy()['x'], 64)",
    }
    others = [(name, python(f"import sys, numpy, {name}; {code}", path), 3) for name, code in programs.items() if has(name)]
    compare(f"first histogram of {TEXT_SAMPLES:.0e} numbers in a CSV", [REBIN, "export", path, "--bins", "64"], others)


@comparison
def parquet_column(folder):
    """Print the histogram of a Parquet column."""
    if not has("numpy", "polars"):
        return
    import numpy, polars

    path, size = folder / "normal.parquet", SAMPLES // 2
    polars.DataFrame({"x": numpy.random.default_rng(1).standard_normal(size)}).write_parquet(path, compression="zstd")
    programs = {
        "duckdb": """
import sys, duckdb
file = f"read_parquet('{sys.argv[1]}')"
[(lo, hi)] = duckdb.sql(f"select min(x), max(x) from {file}").fetchall()
bin = f"least(floor((x - {lo!r}) / ({hi!r} - {lo!r}) * 64), 63)"
print(duckdb.sql(f"select {bin} as bin, count(*) from {file} group by bin order by bin").fetchall())
""",
        "polars": "import sys, polars; print(polars.read_parquet(sys.argv[1])['x'].hist(bin_count=64))",
    }
    others = [(name, python(code, path), 2.5) for name, code in programs.items() if has(name)]
    command = [REBIN, "export", path, "--bins", "64"]
    compare(f"first histogram of {size:.0e} float64 in Parquet (zstd)", command, others)
    memory = peak(command)
    print(f"  rebin's memory: {memory / 2**20:.0f} MiB")
    row(f"memory, {size:.0e} float64 in Parquet", "–", memory / 2**20, -128, "MiB")


# Prints the name and the minimum time in nanoseconds of each installed library.
COUNTING = """
import sys, time, numpy
samples = numpy.load(sys.argv[1])
limits = (samples.min(), samples.max())
functions = {"numpy": lambda: numpy.histogram(samples, 64), "numpy.sum": lambda: samples.sum()}
try:
    import boost_histogram
    functions["boost-histogram"] = lambda: boost_histogram.numpy.histogram(samples, 64, threads=2)
except ImportError:
    pass
try:
    import fast_histogram
    functions["fast-histogram"] = lambda: fast_histogram.histogram1d(samples, 64, limits)
except ImportError:
    pass
for name, function in functions.items():
    best = float("inf")
    for _ in range(2):
        start = time.perf_counter_ns()
        function()
        best = min(best, time.perf_counter_ns() - start)
    print(name, best, sep="\\t")
"""


def counting_times(path):
    """Return the minimum time of each counting function, of rebin and of the libraries."""
    best = {}
    for _ in range(ROUNDS):
        for command in [[MEASURE, path, "2"], python(COUNTING, path)]:
            printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            for line in printed.splitlines():
                name, took = line.split("\t")
                best[name] = min(int(took), best.get(name, float("inf")))
    return best


@comparison
def counting(folder):
    """Count samples in memory, without reading the file."""
    if not has("numpy") or not MEASURE.exists():
        return
    import numpy

    has("boost_histogram"), has("fast_histogram")
    rng = numpy.random.default_rng(1)
    distributions = {
        "uniform": lambda n: rng.random(n),
        "lognormal": lambda n: rng.lognormal(size=n),
        "normal": lambda n: rng.standard_normal(n),
        "integers": lambda n: rng.integers(0, 1000, n).astype(float),
    }
    shorter = None
    for size in (SAMPLES // 10, SAMPLES):
        for name, samples in distributions.items():
            if size < SAMPLES and name != "uniform":
                continue
            path = folder / "samples.npy"
            numpy.save(path, samples(size))
            best = counting_times(path)
            print(f"  {size:.0e} {name}: " + ", ".join(f"{what} {took / 1e6:.2f} ms" for what, took in best.items()))
            if size < SAMPLES:
                shorter = best
                continue
            what = f"{size:.0e} float64, {name}"
            for own, other, goal in [("direct pass", "numpy", 10), ("direct pass", "boost-histogram", 3),
                                     ("direct pass", "fast-histogram", 2), ("table", "numpy", 1),
                                     ("lookup, first", "numpy", 10_000)]:
                if other in best and own in best:
                    row(f"{own}, {what}", other, best[other] / best[own], goal)
            if name == "uniform":
                for own in ("direct pass", "table"):
                    row(f"{own}, ten times the samples", "rebin", best[own] / shorter[own], -13)
                row(f"a key before the table is ready, {what}", "numpy.sum", best["direct pass"] / best["numpy.sum"], -3)


class Terminal:
    """A program in a terminal of 200 × 50 cells."""

    def __init__(self, command):
        self.start = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
            time.sleep(0.05)
            os.execvp(str(command[0]), [str(part) for part in command])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.start += 0.05
        self.sent = b""

    def read(self, patience):
        """Read output for up to `patience` seconds and answer terminal queries."""
        if not select.select([self.fd], [], [], patience)[0]:
            return b""
        try:
            new = os.read(self.fd, 1 << 16)
        except OSError:
            return b""
        for query, answer in [(b"\x1b[6n", b"\x1b[1;1R"), (b"\x1b[c", b"\x1b[?62;22c"),
                                 (b"\x1b]11;?", b"\x1b]11;rgb:0000/0000/0000\x1b\\"), (b"\x1b[?u", b"\x1b[?0u")]:
            if query in new:
                os.write(self.fd, answer)
        self.sent += new
        return new

    def until(self, mark, longest=20):
        """Return the seconds until `mark` was drawn, or NaN."""
        while mark not in self.sent and time.perf_counter() - self.start < longest:
            self.read(0.1)
        return time.perf_counter() - self.start if mark in self.sent else float("nan")

    def quiet(self):
        while self.read(0.4):
            pass

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


@comparison
def first_picture(folder):
    """Start in a terminal and draw the first frame of a small file."""
    table = folder / "small.csv"
    rng = random.Random(1)
    table.write_text("zebra\n" + "".join(f"{rng.gauss(0, 1)}\n" for _ in range(1000)))
    log = folder / "run-small.wandb"
    log.write_bytes(b"".join(framed(rows(10, 64))))
    programs = [("rebin", [REBIN, table], "█".encode(), None)]
    if shutil.which("vd"):
        programs.append(("VisiData", ["vd", table], b"zebra", 10))
    if shutil.which("wandb"):
        programs.append(("LEET", ["wandb", "leet", "run", log], b"\xe2", 5))
    if shutil.which("uproot-browser") and has("uproot", "numpy"):
        import numpy
        import uproot

        with uproot.recreate(folder / "small.root") as file:
            file["h"] = numpy.histogram(numpy.random.default_rng(1).standard_normal(1000), 64)
        programs.append(("uproot-browser", ["uproot-browser", "plot", f"{folder}/small.root:h"], "█".encode(), 50))
    best = {}
    for _ in range(ROUNDS):
        for name, command, mark, _ in programs:
            terminal = Terminal(command)
            best[name] = min(terminal.until(mark), best.get(name, float("inf")))
            terminal.close()
    for name, _, _, goal in programs:
        print(f"  {name}: {best[name] * 1000:.0f} ms")
        if goal and best[name] == best[name]:
            row("first frame of a small file", name, best[name] / best["rebin"], goal)
    row("first frame of a small file", "absolute", best["rebin"] * 1000, -10, "ms")


def sent(command):
    """Return the number of bytes that a program sends after each of many keys, sorted."""
    terminal = Terminal(command)
    terminal.until("█".encode())
    terminal.quiet()
    sizes = []
    for key in b"+" * 40 + b"-" * 40:
        terminal.sent = b""
        os.write(terminal.fd, bytes([key]))
        terminal.quiet()
        sizes.append(len(terminal.sent))
    terminal.close()
    return sorted(sizes)


@comparison
def bytes_sent(folder):
    """Count the bytes sent to a terminal of 200 × 50 cells for one bin more or less."""
    table = folder / "small.csv"
    rng = random.Random(1)
    table.write_text("x\n" + "".join(f"{rng.gauss(0, 1)}\n" for _ in range(10_000)))
    own = sent([REBIN, table])
    what = "bytes sent for one bin more or less, maximum"
    row(what, "absolute", own[-1], -2200, "bytes")
    everyone = [("rebin", own)]
    if BAR_CHART.exists():
        everyone.append(("ratatui's BarChart", sent([BAR_CHART, table])))
        row(what, "ratatui's BarChart", everyone[1][1][-1] / own[-1], 1)
    for name, sizes in everyone:
        print(f"  {name}: {sizes[len(sizes) // 2]} bytes median, {sizes[-1]} maximum")


def safetensors_of(path, count):
    """Write a checkpoint of `count` tensors of one number."""
    tensors = {f"layer{i}.weight": {"dtype": "F32", "shape": [1], "data_offsets": [4 * i, 4 * i + 4]} for i in range(count)}
    header = json.dumps(tensors).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(4 * count))


def histograms_of(path, count):
    """Write an object of `count` histograms."""
    one = {"_type": "histogram", "values": [1, 2, 3], "bins": [0.0, 0.5, 1.0, 1.5]}
    path.write_text(json.dumps({f"layer{i}": one for i in range(count)}))


def columns_of(path, count):
    """Write a Parquet file of `count` columns of one number."""
    import polars

    polars.DataFrame({f"column{i}": [float(i)] for i in range(count)}).write_parquet(path)


@comparison
def series_of_one_file(folder):
    """Time per series of `rebin ls --json`, compared with a file of fewer series."""
    kinds = [("safetensors", safetensors_of), ("json", histograms_of)]
    kinds += [("parquet", columns_of)] if has("polars") else []
    for extension, write in kinds:
        # The widest Parquet file of the goal has 20,000 columns.
        counts = [1_000, 10_000, 20_000 if extension == "parquet" else 100_000]
        commands = []
        for count in counts:
            path = folder / f"{count}.{extension}"
            write(path, count)
            commands.append([REBIN, "ls", "--json", path])
        times = best_of(commands)
        for count, took in zip(counts, times):
            print(f"  {extension}, {count:,} series: {took:.3f} s, {took / count * 1e6:.1f} µs each")
        for i in (1, 2):
            ratio = times[i] / counts[i] / (times[i - 1] / counts[i - 1])
            what = f"time per series of a {extension} file, {counts[i]:,} series"
            row(what, f"{counts[i - 1]:,} series", ratio, -1.3)


@comparison
def frames(folder):
    """Time from a key to its frame, in a run of 10,000 histograms of 64 bins."""
    if not FRAME.exists():
        return
    log = folder / "run-steps.wandb"
    with log.open("wb") as file:
        file.writelines(framed(rows(10_000, 64)))
    printed = subprocess.check_output([FRAME, log], text=True)
    for (name, took), goal in zip((line.split("\t") for line in printed.splitlines()), (16, 0.5)):
        print(f"  {name}: {int(took) / 1e6:.2f} ms")
        row(f"{name}, update and redraw", "absolute", int(took) / 1e6, -goal, "ms")


def many_runs(folder, count):
    """Write a folder of W&B runs with 20 series of 20 steps. From 1,000 runs on, the logs are links to the first ones."""
    originals = []
    for run in range(count):
        name = f"{run:06d}"
        path = folder / "wandb" / f"offline-run-20260101_{name}-{name}" / f"run-{name}.wandb"
        path.parent.mkdir(parents=True)
        if run >= 1000:
            os.link(originals[run % 1000], path)
            continue
        originals.append(path)
        record = field(17, field(1, name.encode()) + field(8, f"seed{run}".encode()))
        with path.open("wb") as file:
            file.writelines(framed([record, *(wide_row(step) for step in range(20))]))


def wide_row(step):
    """Return a history row with 20 histograms."""
    layers = (shapes(64, b"layer%d.weight" % layer)[(7 * step + layer) % 64] for layer in range(20))
    return field(2, b"".join(layers) + field(2, field(1, step)))


@comparison
def findings_of_a_log(folder):
    """Search a log of 900,000 histograms (1.7 GB) for findings, compared with listing it."""
    log = folder / "run-long.wandb"
    with log.open("wb") as file:
        file.writelines(framed(wide_row(step) for step in range(45_000)))
    listed, searched = best_of([[REBIN, "ls", log], [REBIN, "check", log]])
    print(f"  ls: {listed:.2f} s, check: {searched:.2f} s")
    row("findings of a log of 900,000 histograms", "rebin ls", searched / listed, -3)


def peak_memory(pid):
    """Return the peak resident memory of a process in MiB."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


@comparison
def open_many_runs(folder):
    """Open folders of many runs: until the list is complete, compared with `rebin ls`, and keys meanwhile."""
    before = None
    for count in (100, 1_000, 10_000):
        runs = folder / str(count)
        many_runs(runs, count)
        listed = best_of([[REBIN, "ls", runs]], 1)[0]
        terminal = Terminal([REBIN, runs])
        terminal.until("█".encode())
        worst, last = 0.0, time.perf_counter()
        while time.perf_counter() - last < 1.5:
            # Help opens and closes while the list grows.
            sent, terminal.sent = time.perf_counter(), b""
            os.write(terminal.fd, b"?")
            while b"one bin fewer" not in terminal.sent and time.perf_counter() - sent < 5:
                terminal.read(0.01)
            worst = max(worst, time.perf_counter() - sent)
            os.write(terminal.fd, b"\x1b")
            drawn = time.perf_counter()
            while time.perf_counter() - drawn < 0.2:
                if terminal.read(0.02) and time.perf_counter() - drawn > 0.05:
                    last = time.perf_counter()
        memory = peak_memory(terminal.pid)
        terminal.close()
        # The title of the list counts its series. Only a redrawn screen (Ctrl-L) contains the whole text.
        terminal = Terminal([REBIN, runs])
        terminal.until("█".encode())
        title, complete = f"series {20 * count:,} ".encode(), float("nan")
        while complete != complete and time.perf_counter() - terminal.start < 120:
            asked, terminal.sent = time.perf_counter(), b""
            os.write(terminal.fd, b"\x0c")
            while complete != complete and time.perf_counter() - asked < 0.05:
                terminal.read(0.01)
                if title in terminal.sent:
                    complete = time.perf_counter() - terminal.start
        terminal.close()
        what = f"a folder of {count:,} runs"
        print(f"  {count:,} runs: list complete after {complete:.2f} s, ls {listed:.2f} s, {memory:.0f} MiB")
        row(f"{what}: list complete", "rebin ls", complete / listed, -1.5)
        row(f"{what}: slowest key", "absolute", worst * 1000, -50, "ms")
        row(f"{what}: peak memory", "absolute", memory, -150 if count > 1000 else -100, "MiB")
        if before:
            row(f"{what}: list complete", "a tenth of the runs", complete / before, -12)
        before = complete
        # LEET opens a folder as a workspace and lists its runs without their histograms.
        if shutil.which("wandb"):
            leet = Terminal(["wandb", "leet", runs / "wandb"])
            print(f"  LEET: first picture after {leet.until(b'seed'):.2f} s")
            leet.close()


def main():
    if not REBIN.exists():
        sys.exit(f"{REBIN} is missing; build it with cargo build --release --bins --examples")
    words = sys.argv[1:]
    for function in COMPARISONS:
        if words and not any(word in function.__name__ for word in words):
            continue
        with tempfile.TemporaryDirectory() as folder:
            print(function.__doc__, flush=True)
            function(pathlib.Path(folder))
    print("\n| measurement | compared with | result | goal | met |\n|---|---|---|---|---|")
    for line in TABLE:
        print("| " + " | ".join(line) + " |")
    if MISSING:
        print("\nskipped, not installed: " + ", ".join(sorted(MISSING)))


if __name__ == "__main__":
    main()
