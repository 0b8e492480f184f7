#!/bin/sh
# The browser tests; the packages that they need are installed where they are not.
#
#   tests/web/run.sh [BUILD]           the tests: TAP
#   tests/web/run.sh --all BUILD       the same of a larger site, and axe on every page
#   tests/web/run.sh --shots BUILD     pictures of the main pages
set -eu
cd "$(dirname "$0")/../.."
locked=tests/web/package-lock.json
installed=tests/web/node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ "$locked" -nt "$installed" ]; then
	npm --prefix tests/web ci --silent >&2
	touch "$installed"
fi
case ${1:-} in
--shots) exec node tests/web/screenshots.mjs "${2:-build}" ;;
*) exec node tests/web/run.mjs "$@" ;;
esac
