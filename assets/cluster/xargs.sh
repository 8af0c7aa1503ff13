#!/usr/bin/env bash
# Count one series of many files with all cores, and merge the counts.
#
#   ./xargs.sh OUTPUT KEY data/*.parquet
#
# Needs rebin, and python3 to read the range.
set -euo pipefail
[ $# -ge 3 ] || { echo "usage: $0 OUTPUT KEY FILE..." >&2; exit 2; }
: "${REBIN:=rebin}"
command -v "$REBIN" >/dev/null || { echo "$REBIN is not installed; run: pip install rebin-tui" >&2; exit 1; }
output=$1 key=$2
shift 2
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
export REBIN key parts

# Run a command for each file. It gets a number and the path. If one fails, xargs starts no more of them.
each() { # COMMAND FILE...
    local command=$1 i=0 file
    shift
    for file in "$@"; do
        printf '%s\0' "$((i++))" "$file"
    done | xargs -0 -n 2 -P "$(nproc)" bash -c "$command || exit 255" -
}

# The smallest and the largest finite value of each file, as JSON.
each '"$REBIN" ls --json --key="$key" -- "$2" >"$parts/$1.json"' "$@"
range=$(python3 -c '
import json, sys
series = [s for path in sys.stdin for s in json.load(open(path.rstrip())) if s.get("min") is not None]
if not series:
    sys.exit("no finite values")
print(min(s["min"] for s in series), max(s["max"] for s in series), sep=",")
' < <(find "$parts" -name '*.json'))
export range

# A count file names the file that it counted, so merge rejects it twice.
mkdir "$parts/counts"
each '"$REBIN" count --key="$key" --range="$range" -o "$parts/counts/$1.counts" -- "$2"' "$@"
"$REBIN" merge --force --output="$output" "$parts/counts"
