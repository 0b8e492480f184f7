#!/bin/sh
# Run a command in a network namespace of its own, where a signed root zone is
# served on port 53 of 127.0.0.1. The command finds in $TEST_ROOT the files
# `hints`, `public-hints`, `anchor` and `wrong-anchor`, and `special`: a line
# for each of the zones special0, special1 ..., the address of its only name
# server, where nobody listens.
#
# usage: with_root.sh COMMAND [ARGUMENT...]

set -eu

if [ -z "${TEST_ROOT:-}" ]; then
	TEST_ROOT=$(mktemp -d)
	export TEST_ROOT
	trap 'rm -rf "$TEST_ROOT"' EXIT
	unshare --user --map-root-user --net "$0" "$@"
	exit
fi

PATH=$PATH:/usr/sbin:/sbin
cd "$TEST_ROOT"
ip link set lo up

# The root has an address that is globally reachable too (one of AS112, RFC
# 7535, here in this namespace); and zones are delegated to special-purpose
# addresses, of which a test may bind the sockets.
public=192.31.196.53
special="10.0.0.53 100.64.0.53 169.254.0.53 172.16.0.53 192.0.0.53
	192.0.2.53 192.88.99.53 192.168.0.53 198.18.0.53 198.51.100.53
	203.0.113.53"
if [ -e /proc/net/if_inet6 ]; then
	special="$special fd00::53 2001:db8::53 2001::53 3fff::53
		5f00::53 100::53 64:ff9b::a00:35 64:ff9b:1::53 2002:a00:35::53"
	echo 1 >/proc/sys/net/ipv6/ip_nonlocal_bind
fi
ip address add $public/32 dev lo
for address in $special; do
	ip route add local "$address" dev lo
done

cat >root.zone <<'ZONE'
$TTL 300
$ORIGIN .
. SOA a.root. admin.root. 1 3600 600 86400 60
. NS a.root.
a.root. A 127.0.0.1
a.root. A 192.31.196.53
$ORIGIN example.
mail MX 10 mx
mail MX 20 mx2
mx A 127.0.0.2
alias CNAME mail
_25._tcp.mx TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
forged MX 10 mx
*.many MX 10 mx
$ORIGIN .
plain NS ns.plain
ns.plain A 127.0.0.1
silent NS ns.silent
ns.silent A 127.0.0.9
ZONE
cat >plain.zone <<'ZONE'
$TTL 300
$ORIGIN plain.
@ SOA ns admin 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
www MX 10 mx
ZONE

number=0
for address in $special; do
	type=A
	case $address in *:*) type=AAAA ;; esac
	echo "special$number NS ns.special$number"
	echo "ns.special$number $type $address"
	echo "$address" >>special
	number=$((number + 1))
done >>root.zone

key=$(ldns-keygen -a ECDSAP256SHA256 -k .)
wrong=$(ldns-keygen -a ECDSAP256SHA256 -k .)
ldns-signzone root.zone "$key"
sed -i 's/^\(forged.example.*MX.*\)10 mx/\111 mx/' root.zone.signed
cp "$key.ds" anchor
cp "$wrong.ds" wrong-anchor
printf '. 3600 NS a.root.\na.root. 3600 A 127.0.0.1\n' >hints
printf '. 3600 NS a.root.\na.root. 3600 A 127.0.0.9\n' >silent-hints
printf '. 3600 NS a.root.\na.root. 3600 A %s\n' $public >public-hints

cat >nsd.conf <<CONF
server:
  ip-address: 127.0.0.1
  ip-address: $public
  username: ""
  chroot: ""
  zonesdir: "$TEST_ROOT"
  database: ""
  pidfile: ""
  zonelistfile: "$TEST_ROOT/zone.list"
  xfrdfile: "$TEST_ROOT/xfrd.state"
  xfrdir: "$TEST_ROOT"
  logfile: "$TEST_ROOT/nsd.log"
  rrl-ratelimit: 0
zone:
  name: "."
  zonefile: root.zone.signed
zone:
  name: "plain"
  zonefile: plain.zone
remote-control:
  control-enable: no
CONF
nsd -d -c nsd.conf 2>nsd.err &
server=$!
trap 'kill $server; wait $server || true' EXIT

tries=1800
until grep -qs "nsd started" nsd.log; do
	tries=$((tries - 1))
	if [ $tries = 0 ]; then
		cat nsd.err nsd.log >&2 || true
		exit 99
	fi
	sleep 0.1
done
cd "$OLDPWD"
"$@"
