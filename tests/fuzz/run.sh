#!/bin/sh
# One fuzzer over its corpus, as one TAP test.
#
#   tests/fuzz/run.sh PROGRAM SECONDS      0: the corpus once, no mutation
#
# New inputs and crashes are left beside the program.
set -eu
program=$1
seconds=$2
name=$(basename "$program" | sed 's/^fuzz_//')
seeds=tests/fuzz/corpus/$name
found=$(dirname "$program")/found/$name
mkdir -p "$found"

if [ "$seconds" = 0 ]; then
	set -- -runs=0 "$seeds"
else
	set -- -max_total_time="$seconds" "$found" "$seeds"
fi

echo 1..1
if [ -z "$(ls "$seeds" 2>/dev/null)" ]; then
	echo "not ok 1 - fuzz $name: $seeds holds no input"
elif "$program" -artifact_prefix="$found/" -print_final_stats=1 -timeout=10 \
	-verbosity=0 "$@"; then
	echo "ok 1 - fuzz $name"
else
	echo "not ok 1 - fuzz $name"
fi
