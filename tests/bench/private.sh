# A private database with the schema, gone when the script ends that sources
# this, and psql on it. program and domains are set there; also variables, further
# options for psql, where there are any.
# shellcheck shell=sh disable=SC2154 # as it says
folder=$(mktemp -d /tmp/danescan-bench.XXXXXX)

finish() {
	scripts/pg.sh remove "$folder/pg" || true
	rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

chmod 755 "$folder"
dsn=$(scripts/pg.sh start "$folder/pg")
"$program" db init --db "$dsn" >/dev/null
# shellcheck disable=SC2086 # several options
sql() {
	psql "$dsn" -XAtq -v ON_ERROR_STOP=1 -v domains="$domains" \
		${variables-} "$@"
}
