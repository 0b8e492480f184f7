#!/bin/bash
# Is the C as clang-format (.clang-format) would write it? TAP, a test a folder.
#
#   scripts/check-format.sh           tell
#   scripts/check-format.sh --fix     rewrite
set -euo pipefail
cd "$(dirname "$0")/.."
clang_format=${CLANG_FORMAT:-clang-format}

files() {
	find "$1" -name '*.[ch]' | sort
}

folders=(resolver store report scanner tests)
if [ "${1:-}" = --fix ]; then
	for folder in "${folders[@]}"; do
		files "$folder"
	done | xargs -r "$clang_format" -i
	exit
fi

count=0
failed=0
for folder in "${folders[@]}"; do
	count=$((count + 1))
	if files "$folder" | xargs -r "$clang_format" --dry-run -Werror; then
		echo "ok $count - format: $folder"
	else
		echo "not ok $count - format: $folder (make format mends it)"
		failed=1
	fi
done
echo "1..$count"
exit $failed
