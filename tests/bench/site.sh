#!/bin/sh
# What the site of a scan costs, and how large its largest page is: a scan of many
# domains in 1,500 top-level domains, made by SQL (figures.sql), with two tags of
# 1,000 values each. It fails when a page has more than 500,000 octets.
#
#   tests/bench/site.sh [PROGRAM [DOMAINS [SHAPE [SCANS]]]]
#
# SHAPE survey: as the surveys report. SHAPE crowd: far worse than anywhere, to
# try what no page may outgrow: of a million domains a fifth is broken, half of
# these in one zone, a quarter at one provider.
set -eu
cd "$(dirname "$0")/../.."
program=${1:-build/danescan}
domains=${2:-1000000}
shape=${3:-survey}
scans=${4:-1}
# shellcheck disable=SC2034 # for stored.sh
extras=1 tlds=1500 groups=1000 crowd=0
case $shape in
survey) ;;
crowd) crowd=1 ;;
*) sed -n '6p' "$0" >&2; exit 2 ;;
esac
page_max=500000
. tests/bench/stored.sh

# CPU of the server's processes that have ended, in seconds.
server_cpu() {
	sql -c "SELECT (f[14]::float + f[15]::float) / 100
		FROM string_to_array(regexp_replace(pg_read_file('/proc/'
			|| split_part(pg_read_file('postmaster.pid'), E'\n', 1)
			|| '/stat'), '^.*\) ', ''), ' ') f"
}

n=1
while [ "$n" -le "$scans" ]; do
	id=$(begin "$n")
	fill "$n" "$id"
	# shellcheck disable=SC2046,SC2183 # two numbers
	printf 'scan %d closed: CPU %s s, %s s\n' "$n" $(price "UPDATE dane.scan
		SET state = 'complete', finished = now(), domains = $domains
		WHERE scan_id = $id")
	n=$((n + 1))
done
sql -c "SELECT format('broken: %s domains, at most %s in a zone; %s hosts, of %s '
		'providers', count(DISTINCT d.domain), (SELECT max(broken)
			FROM dane.report_tlds WHERE scan_id = $id),
		count(DISTINCT host), count(DISTINCT h.provider))
	FROM dane.domain_obs d JOIN dane.mx_obs m USING (scan_id, domain)
	JOIN dane.host_obs h USING (scan_id, host)
	WHERE scan_id = $id AND d.class = 'broken'"

began=$(date +%s.%N)
before=$(server_cpu)
(
	"$program" report --db "$dsn" --out "$folder/site"
	times >"$folder/times"
)
tail -n 1 "$folder/times" | tr 'ms' '  ' |
	awk '{ printf "site: program CPU %.1f s, ", 60 * ($1 + $3) + $2 + $4 }'
echo "$before $(server_cpu) $began $(date +%s.%N)" |
	awk '{ printf "server CPU %.1f s, wall %.1f s\n", $2 - $1, $4 - $3 }'

find "$folder/site" -type f -printf '%s %P\n' >"$folder/files"
awk '{ sum += $1 } $2 ~ /\.html$/ { pages++ }
	END { printf "%d files, %d pages, %.0f MB\n", NR, pages, sum / 1e6 }' "$folder/files"
grep '\.html$' "$folder/files" | sort -rn >"$folder/pages"
sed -n '1,10s/^/page: /p' "$folder/pages"
read -r largest page <"$folder/pages"
if [ "$largest" -gt "$page_max" ]; then
	echo "site: $page has $largest octets, more than $page_max" >&2
	exit 1
fi
