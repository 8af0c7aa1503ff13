#!/usr/bin/env python3
"""Count one series of many files on the workers of Dask. The files must have the same path on all of them.

    python dask_files.py OUTPUT SCHEDULER KEY data/*.npz

Every machine needs rebin on its PATH: `pip install rebin-tui`. rebin reads all its formats, also those that Dask cannot read.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from dask.distributed import Client

REBIN = os.environ.get("REBIN", "rebin")


def rebin(*arguments):
    try:
        done = subprocess.run([REBIN, *arguments], capture_output=True)
    except FileNotFoundError:
        raise RuntimeError(f"{REBIN} is not installed on this worker; run: pip install rebin-tui") from None
    if done.returncode:
        raise RuntimeError(done.stderr.decode().strip())
    return done.stdout


def ends(path, series):
    """Return the smallest and the largest finite value of a file."""
    found = json.loads(rebin("ls", "--json", "-k", series, path))[0]
    return found["min"], found["max"]


def count_file(path, series, lo, hi):
    """Return the content of a count file. It names `path`, so that merge cannot add it twice."""
    return rebin("count", "-k", series, "--range", f"{lo!r},{hi!r}", "--format", "binary", path)


def count(client, paths, key, output):
    """Count a series of all files into the file `output`."""
    if shutil.which(REBIN) is None:
        sys.exit(f"{REBIN} is not installed; run: pip install rebin-tui")
    found = [pair for pair in client.gather(client.map(ends, paths, series=key, pure=False)) if None not in pair]
    if not found:
        sys.exit(f"{key}: no finite values")
    lo, hi = min(lo for lo, _ in found), max(hi for _, hi in found)
    parts = client.gather(client.map(count_file, paths, series=key, lo=lo, hi=hi, pure=False))
    with tempfile.TemporaryDirectory() as folder:
        for i, part in enumerate(parts):
            Path(folder, f"{i}.counts").write_bytes(part)
        rebin("merge", "--force", "-o", output, folder)


if __name__ == "__main__":
    output, scheduler, key, *paths = sys.argv[1:]
    with Client(scheduler) as client:
        # The workers follow symbolic links themselves.
        count(client, [os.path.abspath(path) for path in paths], key, output)
