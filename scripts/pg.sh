#!/bin/sh
# A private PostgreSQL cluster in a folder of its own.
#
#   scripts/pg.sh start DIR     make the cluster where it is missing, start it,
#                               print its libpq connection string
#   scripts/pg.sh stop DIR      stop it; the data stay
#   scripts/pg.sh dsn DIR       print the connection string
#   scripts/pg.sh remove DIR    stop it and delete it
#
# It listens on a unix socket only and lets in nobody but the user who made it
# (and root, when root made it). PostgreSQL refuses to run as root, so root's
# cluster belongs to the user postgres. Where that user cannot reach DIR, or
# where the path of the socket would be too long, the cluster lies in a folder
# under /tmp and DIR is a symbolic link to it.
set -eu

role=danescan
socket_path_max=107 # sun_path of unix(7), less the final NUL

die() {
	echo "pg: $*" >&2
	exit 3
}

usage() {
	sed -n '4,8s/^# *//p' "$0" >&2
	exit 2
}

owner=$(id -un)
[ "$owner" != root ] || {
	owner=postgres
	getent passwd $owner >/dev/null || owner=nobody
}

as_owner() {
	if [ "$(id -un)" = "$owner" ]; then
		"$@"
	else
		setpriv --reuid="$owner" --regid="$(id -g "$owner")" \
			--clear-groups env HOME=/ "$@"
	fi
}

# The server's own programs, of the newest version that is installed.
bindir=$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null |
	sort -V | tail -n 1 | xargs -r dirname)
[ -n "$bindir" ] || die "no PostgreSQL server; run scripts/deps.sh demo"

# May the owner use a folder at this path, is a socket in it possible, and
# does its name go into a connection string without quotes?
suitable() {
	name=$1/.s.PGSQL.5432
	case $name in *[!A-Za-z0-9/._+-]*) return 1 ;; esac
	[ ${#name} -le $socket_path_max ] || return 1
	as_owner test -x "$1" -a -w "$1" 2>/dev/null
}

make_home() {
	mkdir -p "$(dirname "$1")"
	mkdir -m 755 "$1"
	[ "$(id -un)" = "$owner" ] || chown "$owner" "$1"
	home=$(readlink -f "$1")
	suitable "$home" && return 0
	rmdir "$1"
	home=$(mktemp -d /tmp/danescan-pg.XXXXXX)
	chmod 755 "$home"
	[ "$(id -un)" = "$owner" ] || chown "$owner" "$home"
	ln -s "$home" "$1"
}

# Peer authentication: whoever the kernel says this is, if the map knows him.
let_in() {
	echo 'local all all peer map=owners' |
		as_owner tee "$1/data/pg_hba.conf" >/dev/null
	for user in root "$owner" "$(id -un)"; do
		echo "owners $user $role"
	done | sort -u | as_owner tee "$1/data/pg_ident.conf" >/dev/null
}

make_cluster() {
	as_owner "$bindir/initdb" -D "$1/data" -U $role -E UTF8 --no-locale \
		--no-sync -A peer >"$1/initdb.log" 2>&1 ||
		die "initdb failed: $1/initdb.log"
	let_in "$1"
}

running() {
	as_owner "$bindir/pg_ctl" -D "$1/data" status >/dev/null 2>&1
}

start() {
	# A broken link is a cluster under /tmp that was cleaned away.
	[ -e "$1" ] || rm -f "$1"
	[ -d "$1" ] || make_home "$1"
	home=$(readlink -f "$1")
	[ -d "$home/data" ] || make_cluster "$home"
	running "$home" || as_owner "$bindir/pg_ctl" -D "$home/data" -w -t 600 -s \
		-l "$home/server.log" \
		-o "-k '$home' -c listen_addresses= -c port=5432" \
		start >&2 || die "the server does not start: $home/server.log"
	as_owner "$bindir/psql" -h "$home" -U $role -d postgres -XAtq \
		-c "select datname from pg_database" | grep -qx $role ||
		as_owner "$bindir/createdb" -h "$home" -U $role $role
	dsn "$1"
}

dsn() {
	home=$(readlink -e "$1") || die "no cluster at $1"
	echo "host=$home user=$role dbname=$role"
}

stop() {
	[ -d "$1" ] || return 0
	home=$(readlink -f "$1")
	running "$home" || return 0
	as_owner "$bindir/pg_ctl" -D "$home/data" -w -t 600 -s -m fast stop >&2
}

remove() {
	stop "$1"
	[ ! -d "$1" ] || [ -d "$1/data" ] || die "$1 holds no cluster"
	[ ! -L "$1" ] || rm -rf "$(readlink -f "$1")"
	rm -rf "$1"
}

[ $# = 2 ] || usage
case $2 in
/*) dir=$2 ;;
*) dir=$PWD/$2 ;;
esac
cd / # the owner may not be able to read the current folder

case $1 in
start | stop | dsn | remove) "$1" "$dir" ;;
*) usage ;;
esac
