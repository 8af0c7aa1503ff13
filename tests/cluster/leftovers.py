"""Ends the processes that a test has left running, and fails if there are any.

    leftovers.py MARK

They are those with REBIN_CLUSTER_TEST=MARK in their environment.
"""

import sys
import time

import psutil


def marked(mark):
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("REBIN_CLUSTER_TEST") == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            pass
    return found


deadline = time.monotonic() + 15
while (left := marked(sys.argv[1])) and time.monotonic() < deadline:
    time.sleep(0.5)
for process in left:
    try:
        print(f"left running: {process.pid} {' '.join(process.cmdline())[:200]}", file=sys.stderr)
        process.kill()
    except psutil.Error:
        pass
sys.exit(1 if left else 0)
