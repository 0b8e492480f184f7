#!/bin/sh
# Install the Debian 12 packages that the named sets need and that are missing.
#
#   scripts/deps.sh [build] [test] [demo] [bench]     (no set: all but bench)
#
# Where nothing is missing nothing is done: no root, no network. Packages that
# bring a service (PostgreSQL, Postfix, NSD, Unbound) are installed without
# starting or enabling it: the project starts its own, private ones.
set -eu

build='make gcc libc6-dev pkg-config uthash-dev dns-root-data
	libunbound-dev libssl-dev libuv1-dev libpq-dev libjansson-dev
	libidn2-dev libpsl-dev libarchive-dev libinih-dev libldns-dev
	libc-ares-dev libcurl4-openssl-dev ca-certificates libxml2-dev
	libxslt1-dev'
laboratory='python3 python3-dnspython python3-cryptography iproute2 util-linux
	nsd ldnsutils libgnutls30 postfix uidmap openssl postgresql
	postgresql-client'
demo="$laboratory"
test="$laboratory clang clang-format libclang-rt-14-dev llvm binutils
	libcmocka-dev pgtap procps unbound zstd libxml2-utils tidy
	rsync systemd nodejs chromium fonts-dejavu-core"
# Some packages of Node.js bring npm along, and do not get on with Debian's.
command -v npm >/dev/null || test="$test npm"
bench="$laboratory unbound dnsperf"

die() {
	echo "deps: $*" >&2
	exit 3
}

# missing PACKAGE...: those that dpkg does not know as installed.
missing() {
	for package; do
		case "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" in
		*' ok installed') ;;
		*) echo "$package" ;;
		esac
	done
}

# As root, or through sudo.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "not root and no sudo; as root: apt-get install" $packages
	fi
}

# What a package brings up by itself: told not to by Debian's policy hook, and
# not at the next boot either.
keep_services_down() {
	hook=/usr/sbin/policy-rc.d
	[ ! -e $hook ] || return 0
	printf '#!/bin/sh\nexit 101\n' | as_root tee $hook >/dev/null
	trap 'as_root rm -f $hook' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	as_root chmod 755 $hook
}

disable_services() {
	command -v systemctl >/dev/null || return 0
	for package in $packages; do
		case $package in
		nsd | postfix | postgresql | unbound)
			as_root systemctl --quiet disable $package || true
			;;
		esac
	done
}

# The log is shown only when something goes wrong.
quietly() {
	log=$(mktemp)
	if as_root "$@" >"$log" 2>&1; then
		rm -f "$log"
		return 0
	fi
	tail -n 30 "$log" >&2
	echo "deps: failed: $* (whole log: $log)" >&2
	return 1
}

# Postfix asks what it is for; the answer opens nothing to the network.
answer_questions() {
	case " $packages " in
	*postfix*)
		echo 'postfix postfix/main_mailer_type select Local only' |
			as_root debconf-set-selections
		;;
	esac
}

install_packages() {
	echo "deps: installing" $packages >&2
	keep_services_down
	answer_questions
	quietly apt-get -q update ||
		echo "deps: going on with the package lists that are there" >&2
	quietly env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o Dpkg::Options::=--force-confold \
		install --no-install-recommends $packages || exit 3
	disable_services
}

[ $# -gt 0 ] || set -- build test demo
wanted=
for set; do
	case $set in
	build) wanted="$wanted $build" ;;
	test) wanted="$wanted $test" ;;
	demo) wanted="$wanted $demo" ;;
	bench) wanted="$wanted $bench" ;;
	*) die "no set named $set; there are: build test demo bench" ;;
	esac
done

command -v dpkg-query >/dev/null ||
	die "this is not Debian; install the like of:" $wanted
packages=$(missing $wanted | sort -u)
[ -z "$packages" ] || install_packages
case " $* " in
*' test '*) "$(dirname "$0")/mail-servers.sh" ;;
esac
