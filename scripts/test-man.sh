#!/bin/bash
# Does the manual page have every option of every command? TAP.
#
#   scripts/test-man.sh PROGRAM
set -euo pipefail
program=$1
page=$("$(dirname "$0")/man.sh" "$program" | tr -d '\\')
count=0
failed=0
while read -r command; do
	count=$((count + 1))
	section=$(sed -n "/^\.SS danescan $command\$/,/^\.S[SH]/{//!p}" <<<"$page")
	missing=$("$program" "$command" --help | grep -oE -- '--[a-z0-9-]+' |
		sort -u | while read -r option; do
		grep -qF -- "$option" <<<"$section" || echo "$option"
	done)
	if [ -z "$missing" ] && [ -n "$section" ]; then
		echo "ok $count - manual page: danescan $command"
	else
		echo "not ok $count - manual page: danescan $command:" $missing
		failed=1
	fi
done < <("$program" --help |
	sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p')
echo "1..$count"
exit $failed
