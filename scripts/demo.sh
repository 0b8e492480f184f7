#!/bin/bash
# The demonstration: a signed Internet of about 1,000 domains on this machine,
# which changes between three scans into a private PostgreSQL; what they found
# and what changed, from SQL; one domain explained; the site of the figures.
#
#   scripts/demo.sh [DOMAINS]
#
# Nothing leaves the machine: the laboratory has a network of its own. All that
# is left behind lies in .demo/ (results, logs, the stopped database).
set -euo pipefail
cd "$(dirname "$0")/.."

domains=${DEMO_DOMAINS:-${1:-1000}}
demo=.demo
database=$demo/pg
program=build/danescan
log=
if [ -t 1 ]; then
	bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'
else
	bold='' dim='' red='' plain=''
fi

step() {
	printf '\n%s==> %s%s\n' "$bold" "$*" "$plain"
}

say() {
	printf '    %s\n' "$*"
}

fail() {
	printf '\n%s%s%s\n' "$red$bold" "demo: $*" "$plain" >&2
	exit 3
}

# quietly FILE COMMAND...: output into a log, which is named on failure.
quietly() {
	log=$demo/$1
	shift
	"$@" >"$log" 2>&1 || {
		tail -n 15 "$log" >&2
		fail "that did not work; the whole log is $log"
	}
}

sql() {
	psql "$DEMO_DSN" -X -q -v ON_ERROR_STOP=1 -P pager=off "$@"
}

newest="scan_id = (select max(scan_id) from dane.scans)"
before="(select max(scan_id) - 1 from dane.scans)"
last="(select max(scan_id) from dane.scans)"

# One scan, inside the laboratory with its name servers and mail servers up. The
# last one is looked at.
inside() {
	local options=(--root-hints "$LAB_HINTS" --trust-anchor "$LAB_ANCHOR"
		--ca-file "$LAB_ISSUERS"
		--allow-reserved --ehlo scanner.example --dns-timeout 5
		--connect-timeout 3 --smtp-timeout 5 --retries 0)

	say "$DEMO_LABEL"
	"$program" scan --db "$DEMO_DSN" --label "$DEMO_LABEL" "${options[@]}" \
		--probe all --extras all "$LAB_LIST"
	compare "$(dirname "$LAB_LIST")"
	[ "$DEMO_EPOCH" = 2 ] || return 0
	summary
	changes
	local domain
	domain=$(sql -At -c "select domain from dane.changes($before, $last)
		where change = 'broke' and cause = 'certificate-changed'
		order by domain limit 1")
	[ -n "$domain" ] || return 0
	step "One that broke, explained: danescan check $domain"
	"$program" check "${options[@]}" "$domain" || [ $? = 1 ]
}

summary() {
	step "The last scan: select class, reason, domains from dane.summary"
	sql -P footer=off -P linestyle=unicode -P border=1 -c "
		select class, coalesce(reason, '') as reason, domains,
			round(100 * domains / sum(domains) over (), 1) as \"%\",
			repeat('▪', ceil(40 * domains / sum(domains) over ())::int)
				as \" \"
		from dane.summary where $newest
		order by sum(domains) over (partition by class) desc, class,
			domains desc, reason"
}

changes() {
	step "Since the scan before, and why: dane.changes(2, 3)"
	sql -P footer=off -P linestyle=unicode -P border=1 -c "
		select change, cause, count(*) as domains, min(domain) as \"one of them\"
		from dane.changes($before, $last)
		group by change, cause order by domains desc, change, cause"
}

# The population knows what each of its domains deserves.
compare() {
	sql -At -F $'\t' -c "select domain, class, reason, severity
		from dane.domain_results where $newest" >"$1/found.tsv"
	local sum status=0
	sum=$(tests/lab/expected.py "$1/expected.tsv" "$1/found.tsv") || status=$?
	say "$sum"
	return $status
}

finish() {
	local status=$?
	trap - EXIT
	trap '' INT TERM
	scripts/pg.sh stop $database || true
	case $status in
	0 | 3) ;;
	130 | 143) echo "demo: interrupted; nothing is left running" >&2 ;;
	*) echo "demo: ended with $status; the logs are in $demo/" >&2 ;;
	esac
	exit $status
}

# scan_epoch N: a laboratory of its own for each epoch.
scan_epoch() {
	export DEMO_EPOCH=$1
	DEMO_LABEL=$(date -d "$(date +%Y-%m-15) $((2 - $1)) months ago" +%Y-%m)
	export DEMO_LABEL
	tests/lab/lab.py run --world "$demo/$1/world.json" -- \
		scripts/demo.sh --inside && return
	local status=$?
	[ $status -le 128 ] || exit $status # interrupted
	fail "the run in the laboratory ended with $status; the logs are in $demo/"
}

site() {
	step "The site of the figures: danescan report --db … --out $demo/site"
	rm -rf $demo/site
	quietly report.log "$program" report --db "$DEMO_DSN" --out $demo/site \
		--site-title "DANE for SMTP in a laboratory"
	say "$(find $demo/site -name index.html | wc -l) pages of the three scans:" \
		"classes over time, causes and remedies, providers, changes."
	say "Open it in a browser; it needs no server:"
	say "${bold}file://$PWD/$demo/site/index.html$plain"
}

farewell() {
	step "The same with a list of your own, on the real Internet"
	say "createdb danescan && $program db init --db dbname=danescan"
	say "$program scan --db dbname=danescan my-domains.txt"
	step "Look at the demo's database again"
	say "scripts/pg.sh start $database     # stop: scripts/pg.sh stop $database"
	say "psql '$DEMO_DSN'"
	printf '\n%sDone in %s s. The list: %s, the logs: %s/%s\n' \
		"$dim" "$SECONDS" "$demo/2/world.list" "$demo" "$plain"
}

if [ "${1:-}" = --inside ]; then
	inside
	exit
fi

printf '%sdanescan: DNSSEC and DANE for SMTP, measured%s\n' "$bold" "$plain"
mkdir -p $demo
scripts/deps.sh build demo

step "Building"
quietly build.log make -s -j"$(nproc)" all lab-tools
say "$($program version | head -n 1)"

step "Making a signed Internet of $domains domains, and how it changes twice"
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
for epoch in 0 1 2; do
	quietly population.log tests/lab/population.py --domains "$domains" \
		--epoch $epoch $demo/$epoch
done
say "root, 3 top-level domains, $(grep -o '"denial"' $demo/0/world.json | wc -l) zones," \
	"$(grep -o '"address"' $demo/0/world.json | wc -l) mail servers"
say "then: certificates renewed, records forgotten, zones signed, STARTTLS lost,"
say "providers changed, names registered and given up"

step "Starting a private PostgreSQL in $database"
quietly pg.log scripts/pg.sh remove $database
quietly pg.log scripts/pg.sh start $database
DEMO_DSN=$(scripts/pg.sh dsn $database)
export DEMO_DSN
LAB_DATE=$(date -u +%F) # of all three
export LAB_DATE
quietly db.log $program db init --db "$DEMO_DSN"
say "$DEMO_DSN"

step "Scanning it three times: danescan scan --db … --label …"
say "Each scan stands for a month and is labelled with one; all are made today."
for epoch in 0 1 2; do
	scan_epoch $epoch
done
site
farewell
