#!/bin/sh
# Everything that is tested, on a machine with nothing but git: packages, both
# compilers, unit, scenario, SQL and laboratory tests, and the sanitizers.
# The last line: N passed, N failed.
set -eu
cd "$(dirname "$0")/.."
scripts/deps.sh build test
parallel="make --no-print-directory -j$(nproc)"
$parallel variants || {
	echo "the build failed"
	echo "0 passed, 1 failed"
	exit 1
}
exec $parallel test-all
