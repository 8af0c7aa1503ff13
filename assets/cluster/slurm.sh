#!/usr/bin/env bash
# Count one series of many files with a Slurm array. Submits three jobs that follow each other:
#
#   TASKS=16 ./slurm.sh OUTPUT KEY data/*.parquet
#
# All nodes need rebin and python3, and the same view of the files.
set -euo pipefail
: "${REBIN:=rebin}" "${TASKS:=16}" "${STAGE:=submit}"
export REBIN TASKS STAGE
[ "$STAGE" != submit ] || [ $# -ge 3 ] || { echo "usage: $0 OUTPUT KEY FILE..." >&2; exit 2; }
command -v "$REBIN" >/dev/null || { echo "$REBIN is not installed; run: pip install rebin-tui" >&2; exit 1; }

if [ "$STAGE" = submit ]; then
    command -v sbatch >/dev/null || { echo "sbatch is not installed; run this on a node that submits jobs" >&2; exit 1; }
    output=$(realpath -ms -- "$1") key=$2
    parts=$output.parts
    shift 2
    [ ! -e "$parts" ] || { echo "$parts exists; delete it, or wait for its jobs" >&2; exit 1; }
    mkdir "$parts" "$parts/ranges" "$parts/counts"
    printf '%s\n' "$@" >"$parts/files"
    export output key parts
    script=$(realpath "$0") array="--array=0-$((TASKS - 1))" cancel=--kill-on-invalid-dep=yes
    ranges=$(STAGE=range sbatch --parsable "$array" -J rebin-range "$script")
    # If a job fails, Slurm cancels those that wait for it.
    counts=$(STAGE=count sbatch --parsable "$array" $cancel -J rebin-count -d "afterok:$ranges" "$script")
    STAGE=merge sbatch --parsable $cancel -J rebin-merge -d "afterok:$counts" "$script"
    exit
fi

if [ "$STAGE" = merge ]; then
    "$REBIN" merge --force -o "$output" "$parts/counts"
    rm -r "$parts"
    exit
fi

# The files of this task: every TASKS-th one.
task=$SLURM_ARRAY_TASK_ID
mapfile -t files < <(awk -v tasks="$TASKS" -v task="$task" 'NR % tasks == task' "$parts/files")
if [ ${#files[@]} = 0 ]; then
    exit
fi
if [ "$STAGE" = range ]; then
    # The smallest and the largest finite value of each file, as JSON.
    "$REBIN" ls --json --key="$key" -- "${files[@]}" >"$parts/ranges/$task.json"
else
    range=$(python3 -c '
import json, sys
series = [s for path in sys.stdin for s in json.load(open(path.rstrip())) if s.get("min") is not None]
if not series:
    sys.exit("no finite values")
print(min(s["min"] for s in series), max(s["max"] for s in series), sep=",")
' < <(find "$parts/ranges" -name '*.json'))
    # A repeated task replaces its own part, which appears only when it is complete.
    "$REBIN" count --key="$key" --range="$range" --force -o "$parts/counts/$task.counts" -- "${files[@]}"
fi
