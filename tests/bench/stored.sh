# A private database for scans that are made by SQL (figures.sql); to be sourced
# by figures.sh and site.sh, which have set program, domains and what is used below.
# shellcheck shell=sh disable=SC2154 # as it says
variables="-v extras=$extras -v tlds=$tlds -v groups=$groups -v crowd=$crowd"
. tests/bench/private.sh

# The number of a scan that began in month n.
begin() {
	sql -c "SELECT dane.scan_begin('2026-0$1', '{}',
		'2026-0$1-01'::timestamptz)"
}

# Domain i is at provider p of domains * 0.13, log-uniform; a provider has two
# hosts. In each scan another hundredth of the providers is broken.
fill() {
	sql -v n="$1" -v id="$2" -f tests/bench/figures.sql
}

# CPU of the server's process, and time, of a statement.
price() {
	sql -v statement="$1" <<-'SQL' | tail -n 1
	CREATE FUNCTION pg_temp.cpu() RETURNS float LANGUAGE sql AS $$
		SELECT (f[12]::float + f[13]::float) / 100
		FROM string_to_array(regexp_replace(pg_read_file('/proc/'
			|| pg_backend_pid() || '/stat'), '^.*\) ', ''), ' ') f
	$$;
	CREATE TEMP TABLE before AS
	SELECT pg_temp.cpu() AS cpu, clock_timestamp() AS time;
	:statement;
	SELECT format('%s %s', round((pg_temp.cpu() - cpu)::numeric, 1), round(
		extract(epoch FROM clock_timestamp() - time), 1))
	FROM before;
	SQL
}
