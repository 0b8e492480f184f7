#!/bin/sh
# From a list to a published site, in one run: scan, report, publish, prune.
#
#   danescan-publish [CONFIG]      default: /etc/danescan/publish.conf where it is
#
# For a timer or cron. A scan that was interrupted is gone on with by the next
# run; the site that is published stays until a whole new one is there. Nobody
# minds a second run: while one is under way the other says so and ends.
#
# CONFIG is a list of NAME=VALUE lines, as systemd's EnvironmentFile= and sh read
# them; the same names in the environment do without it:
#
#   PUBLISH_LIST        the domain list to scan
#   PUBLISH_DB          the database, a libpq connection string without password
#   PUBLISH_STATE       folder of the sites and of what is under way
#                       ($STATE_DIRECTORY, else /var/lib/danescan)
#   PUBLISH_SITE        the published site, a symbolic link that is replaced at
#                       once ($PUBLISH_STATE/site)
#   PUBLISH_RSYNC       where rsync takes the site before that, or nothing
#   PUBLISH_LABEL       label of a scan, a format of date(1) (%Y-%m-%d); scans whose
#                       labels differ in the date alone are one series
#   PUBLISH_EVERY_DAYS  end at once where the last site is not that old and
#                       nothing was interrupted (0)
#   PUBLISH_KEEP_SCANS  observations of that many scans are kept (12)
#   PUBLISH_KEEP_SITES  that many sites are kept beside the published one (2)
#   PUBLISH_RESUMES     how often a scan that dies is gone on with (3)
#   PUBLISH_REPORT      more options of `danescan report`, or nothing
#   DANESCAN_...        options of danescan itself; /etc/danescan.ini is read, too
#
# Exit codes: 0 published, or not due yet · 2 configuration · 3 environment
# (database, disk), a scan or report that failed: the site is what it was ·
# 4 interrupted: the next run goes on · 5 another run is under way
set -eu

EXIT_CONFIGURATION=2 EXIT_ENVIRONMENT=3 EXIT_INTERRUPTED=4 EXIT_BUSY=5

say() {
	echo "danescan-publish: $*"
}

die() {
	code=$1
	shift
	echo "danescan-publish: $*" >&2
	exit "$code"
}

configure() {
	file=${1:-/etc/danescan/publish.conf}
	case $file in */*) ;; *) file=./$file ;; esac
	if [ -r "$file" ]; then
		set -a
		# shellcheck source=/dev/null
		. "$file"
		set +a
	elif [ $# -gt 0 ]; then
		die $EXIT_CONFIGURATION "cannot read $file"
	fi
	list=${PUBLISH_LIST:-} db=${PUBLISH_DB:-}
	state=${PUBLISH_STATE:-${STATE_DIRECTORY:-/var/lib/danescan}}
	site=${PUBLISH_SITE:-$state/site}
	if [ -z "$list" ] || [ -z "$db" ]; then
		die $EXIT_CONFIGURATION "PUBLISH_LIST and PUBLISH_DB are needed"
	fi
	for name in PUBLISH_EVERY_DAYS=0 PUBLISH_KEEP_SCANS=12 \
		PUBLISH_KEEP_SITES=2 PUBLISH_RESUMES=3; do
		number "${name%%=*}" "${name#*=}"
	done
	[ ! -e "$site" ] || [ -L "$site" ] ||
		die $EXIT_CONFIGURATION "$site is there and no symbolic link"
}

# number NAME DEFAULT
number() {
	eval ": \${$1:=$2}"
	eval "case \$$1 in *[!0-9]*) false ;; esac" ||
		die $EXIT_CONFIGURATION "$1 is not a number"
}

# One run at a time; the kernel forgets the lock of a run that died.
lock() {
	mkdir -p "$state/sites" || die $EXIT_ENVIRONMENT "no folder $state"
	exec 9>"$state/lock"
	flock -n 9 || die $EXIT_BUSY "another run is under way"
}

not_due() {
	[ "$PUBLISH_EVERY_DAYS" -gt 0 ] && [ ! -e "$state/under-way" ] &&
		[ -n "$(find "$state/published" \
			-mmin "-$((PUBLISH_EVERY_DAYS * 1440))" 2>/dev/null)" ]
}

# A command that a signal to this script reaches too, once: it drains and commits,
# then this script ends. In a session of its own it gets no other from a terminal.
attend() {
	unless_signalled
	setsid "$@" 9>&- &
	child=$!
	[ -z "$signalled" ] || kill -TERM $child
	code=0
	wait $child || code=$?
	while [ -n "$signalled" ] && kill -0 $child 2>/dev/null; do
		code=0
		wait $child || code=$?
	done
	child=
	return $code
}

interrupted() {
	signalled=yes
	[ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true
}

# The newest scan with a label after that of a number, and its state.
scan_of() {
	danescan db status --db "$db" | awk -v label="  $1" -v after="$2" '
		$1 ~ /^[0-9]+$/ && $1 > after + 0 &&
		substr($0, length($0) - length(label) + 1) == label {
			found = $1 " " $2
		}
		END { print found }'
}

# The list is copied: a scan that is gone on with must find the lines where they
# were. under-way has the label and the last scan before; it is there until the
# scan is published.
begin_scan() {
	[ -r "$list" ] || die $EXIT_ENVIRONMENT "cannot read $list"
	cp --reflink=auto "$list" "$state/list.new"
	mv "$state/list.new" "$state/list"
	label=$(date "+${PUBLISH_LABEL:-%Y-%m-%d}")
	last=$(scan_of "$label" 0) || die $EXIT_ENVIRONMENT "no answer from $db"
	printf '%s\n%s\n' "$label" "${last%% *}" >"$state/under-way.new"
	mv "$state/under-way.new" "$state/under-way"
}

find_scan() {
	{
		read -r label
		read -r last
	} <"$state/under-way"
	found=$(scan_of "$label" "${last:-0}") ||
		die $EXIT_ENVIRONMENT "no answer from $db"
	id=${found% *}
}

scan_once() {
	find_scan
	case $found in
	*' complete') return 0 ;;
	'') set -- --label "$label" ;;
	*) set -- --resume "$id" ;;
	esac
	attend danescan scan -q --db "$db" "$@" "$state/list"
}

# What ended without a word about its surroundings is gone on with at once.
scan() {
	tries=0
	until scan_once; do
		unless_signalled
		[ $code != 2 ] || die $EXIT_CONFIGURATION "the scan cannot begin"
		[ $code != 3 ] || die $EXIT_ENVIRONMENT "the scan failed"
		[ $tries -lt "$PUBLISH_RESUMES" ] ||
			die $EXIT_ENVIRONMENT "the scan ended $((tries + 1)) times"
		tries=$((tries + 1))
		say "the scan ended with $code; going on with it"
	done
	unless_signalled
	find_scan
	say "scan $id ($label) is complete"
}

unless_signalled() {
	[ -z "$signalled" ] || die $EXIT_INTERRUPTED "interrupted"
}

# What the site says of scans whose observations are gone is only in the site: so
# the new one begins with the files of the old one. Their names are links, and
# the report replaces files and never writes into them.
report() {
	new=$state/sites/new
	rm -rf "$new"
	[ ! -e "$site" ] || cp -al "$site/." "$new" ||
		keep_site "the old site cannot be copied"
	# shellcheck disable=SC2086
	attend danescan report --db "$db" --out "$new" ${PUBLISH_REPORT:-} ||
		keep_site "the report failed"
	unless_signalled
	[ -s "$new/index.html" ] || keep_site "the report has no first page"
	made=$state/sites/$(date -u +%Y%m%dT%H%M%SZ)-scan-$id
	mv -T "$new" "$made"
}

keep_site() {
	unless_signalled
	die $EXIT_ENVIRONMENT "$*; $site is what it was"
}

replace_link() {
	ln -sfn "$made" "$site.new" && mv -T "$site.new" "$site"
}

publish() {
	if [ -n "${PUBLISH_RSYNC:-}" ]; then
		rsync -a --delay-updates --delete-after "$made/" "$PUBLISH_RSYNC" ||
			keep_site "rsync failed"
	fi
	replace_link || keep_site "the link cannot be replaced"
	touch "$state/published"
	rm -f "$state/under-way" "$state/list"
	say "published: $site -> $made"
}

# Names of sites sort by time.
prune() {
	danescan db prune --db "$db" --keep "$PUBLISH_KEEP_SCANS"
	find "$state/sites" -mindepth 1 -maxdepth 1 -name '*-scan-*' | sort -r |
		tail -n "+$((PUBLISH_KEEP_SITES + 2))" | while read -r old; do
		rm -rf "$old"
	done
}

umask 022
[ $# -le 1 ] || die $EXIT_CONFIGURATION "usage: danescan-publish [CONFIG]"
configure "$@"
lock
if not_due; then
	say "the last site is younger than $PUBLISH_EVERY_DAYS days"
	exit 0
fi
signalled='' child='' code=0 label='' last='' found='' id=''
trap interrupted INT TERM HUP
[ -s "$state/under-way" ] || begin_scan
scan
report
publish
prune
