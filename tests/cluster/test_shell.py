"""Test of xargs.sh and slurm.sh. A script stands for Slurm: it runs the tasks of each job twice, as after a failed node."""

import os
import subprocess
import sys
from pathlib import Path

import common

SBATCH = """#!/usr/bin/env bash
# Run a job at once, on two cores. Each task is killed at a random time first, and then repeated.
set -euo pipefail
tasks=0 script=
for argument in "$@"; do
    case $argument in
        --array=0-*) tasks=$(seq 0 "${argument#--array=0-}") ;;
        *.sh) script=$argument ;;
    esac
done
export script
printf '%s\\n' $tasks | SLURM_JOB_ID=1 xargs -P 2 -I{} bash -c '
    export SLURM_ARRAY_TASK_ID={}
    if [ "$STAGE" != merge ]; then timeout -s KILL "0.0$((RANDOM % 10))" bash "$script" 2>/dev/null || true; fi
    bash "$script"'
echo "$RANDOM"
"""

scratch = sys.argv[1]
paths, values, missing = common.write_files(scratch)
recipes = str(common.RECIPES)
environment = os.environ | {"PATH": f"{scratch}/bin:{os.environ['PATH']}"}


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, cwd=scratch, env=environment | more)
    return done.returncode, done.stderr


for recipe in ["xargs.sh", "slurm.sh"]:
    code, error = run(f"{recipes}/{recipe}", "none.counts", "f64")
    assert code == 2 and "usage: " in error, error
for key in ["f64", "i64"]:
    code, error = run(f"{recipes}/xargs.sh", f"{key}.counts", key, *paths)
    assert code == 0, error
    common.compare(f"{scratch}/{key}.counts", values[key], missing[key])
Path(scratch, "-s.parquet").write_bytes(Path(paths[0]).read_bytes())
code, error = run(f"{recipes}/xargs.sh", "-s.counts", "f64", "-s.parquet")
assert code == 0 and Path(scratch, "-s.counts").exists(), error
code, error = run(f"{recipes}/xargs.sh", "none.counts", "void", *paths)
assert code == 1 and error.endswith("no finite values\n"), error
code, error = run(f"{recipes}/xargs.sh", "none.counts", "f64", *paths, __file__)
assert code != 0 and __file__ in error and not Path(scratch, "none.counts").exists(), error
code, error = run(f"{recipes}/xargs.sh", "none.counts", "f64", *paths, REBIN="/nowhere/rebin")
assert code == 1 and "is not installed" in error, error

code, error = run(f"{recipes}/slurm.sh", "slurm.counts", "f64", *paths)
assert code == 1 and "sbatch is not installed" in error, error
Path(scratch, "bin").mkdir()
Path(scratch, "bin/sbatch").write_text(SBATCH)
Path(scratch, "bin/sbatch").chmod(0o755)
code, error = run(f"{recipes}/slurm.sh", "slurm.counts", "grad/f32", *paths, TASKS="4")
assert code == 0, error
common.compare(f"{scratch}/slurm.counts", values["grad/f32"], missing["grad/f32"])
assert not Path(scratch, "slurm.counts.parts").exists()
code, error = run(f"{recipes}/slurm.sh", "-s.counts", "f64", "-s.parquet")
assert code == 0, error
Path(scratch, "slurm.counts.parts").mkdir()
code, error = run(f"{recipes}/slurm.sh", "slurm.counts", "f64", *paths)
assert code == 1 and "slurm.counts.parts exists; delete it" in error, error
code, error = run(f"{recipes}/slurm.sh", "none.counts", "f64", *paths, REBIN="/nowhere/rebin")
assert code == 1 and "is not installed" in error, error
