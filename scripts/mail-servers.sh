#!/bin/sh
# Unpack the mail servers that Debian does not let stand beside Postfix, Exim
# and OpenSMTPD, into .lab/mta, with those of their libraries that are missing.
# Nothing is installed, and nothing is done where they lie there already. What
# cannot be had is said, and its cases are left out: never a failure.
set -eu
cd "$(dirname "$0")/.."

libraries='libcrypt1 libdb5.3 libevent-2.1-7 libgnutls-dane0 libgnutls30
	libidn12 libidn2-0 libnsl2 libpam0g libpcre2-8-0 libssl3'
trees=.lab/mta

[ ! -e $trees/exim ] || [ ! -e $trees/opensmtpd ] || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir -p $trees

missing() {
	for package; do
		case "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" in
		*' ok installed') ;;
		*) echo "$package" ;;
		esac
	done
}

# Lists of packages of our own: there need be none on the machine, and nobody
# need be root to fetch them. The 6.8.0 of OpenSMTPD in Debian 12 fails at every
# handshake with the OpenSSL beside it; the one in its backports does not.
update() {
	mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' \
		'Created-By: Packages' | sed -n 's/ bookworm$//p' | head -n 1)
	: "${mirror:=http://deb.debian.org/debian}"
	signed=/usr/share/keyrings/debian-archive-keyring.gpg
	for suite in bookworm bookworm-backports; do
		echo "deb [signed-by=$signed] $mirror $suite main"
	done >"$work/sources.list"
	mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
	fetcher update
}

fetcher() {
	apt-get -q -o Dir::Etc::SourceList="$work/sources.list" \
		-o Dir::Etc::SourceParts=- -o Dir::State::Lists="$work/lists" \
		-o Dir::Cache="$work/cache" "$@" >>"$work/log" 2>&1
}

# unpack NAME PACKAGE...
unpack() {
	name=$1
	shift
	[ ! -e "$trees/$name" ] || return 0
	echo "mail-servers: unpacking" "$@" >&2
	mkdir -p "$work/$name/tree"
	if ! (cd "$work/$name" && fetcher download "$@"); then
		tail -n 5 "$work/log" >&2
		echo "mail-servers: no $name" >&2
		return 0
	fi
	for package in "$work/$name"/*.deb; do
		dpkg-deb -x "$package" "$work/$name/tree"
	done
	# Run by root alone: nothing needs to be set-user-ID.
	find "$work/$name/tree" -type f -perm /6000 -exec chmod ug-s {} +
	mv "$work/$name/tree" "$trees/$name"
}

update || true
needed=$(missing $libraries)
unpack exim exim4-daemon-light $needed
unpack opensmtpd opensmtpd/bookworm-backports $needed
