"""The kinds of domains in a population of the size of the Internet.

Those of kinds.py, in the shares in which they are found: most mail is at
providers, few domains have a mail server of their own, and of ten thousand with
DANE a few are broken.
"""

from __future__ import annotations

from typing import Any

import kinds
from expected import Verdict
from kinds import Kind, Make, Maker, at, degraded, nothing, outage, own, records
from providers import Host

HOSTING = 64  # addresses of shared hosting
UNSIGNED_ZONE = {"signed": False}
# Like a silent one, with more customers.
GONE = {"drop": ["*"]}
PARKED_LINES = ["@ TXT parked"]


def hosted(*, implicit: bool = False, signed: bool = False) -> Make:
    """A mail server by name, at an address which it shares with many."""

    def make(maker: Maker, domain: str) -> None:
        address = maker.world.hosting[maker.random.randrange(HOSTING)]
        owner = "@" if implicit else "mail"
        lines = [f"{owner} A {address}"]
        maker.zone(domain, lines + ([] if implicit else ["@ MX 10 mail"]),
                   signed=signed)  # fmt: skip

    return make


def dual(*tlsa: str) -> Make:
    """A mail server with an RSA and an EC certificate: {cert} and {ec}."""

    def make(maker: Maker, domain: str) -> None:
        name = f"mx.{domain}"
        maker.world.keys[f"ec-{name}"] = {"names": [name]}
        host = Host(name, cert={"key": "rsa"})
        host.behaviour["cert"] = [name, f"ec-{name}"]
        lines = maker.servers.add(host, domain)
        names = {"cert": f"@{name}", "ec": f"@ec-{name}"}
        lines += [f"_25._tcp.mx TLSA {text.format(**names)}" for text in tlsa]
        maker.zone(domain, ["@ MX 10 mx", *lines])

    return make


def half_lame(maker: Maker, domain: str) -> None:
    """At a provider; one of two name servers does not know the zone."""
    hosts = maker.markets["dane"].hosts()
    lame = maker.name_server("", {"lame": True})
    maker.zone(domain, [f"@ MX 10 {host}." for host in hosts], server=f"leaf,{lame}")


def dead(maker: Maker, domain: str) -> None:
    """Delegated to two name servers that are not there any more."""
    pair = [maker.name_server("", gone) for gone in ({"silent": True}, GONE)]
    maker.zone(domain, PARKED_LINES, signed=False, server=",".join(pair))


def broken_server(behaviour: dict[str, Any]) -> Make:
    return own("3 1 1 {cert}", server=behaviour)


def broken_mail(**behaviour: Any) -> Make:
    return own(kinds.MIXED, behaviour=behaviour)


VALID, NO_TLSA, UNSIGNED = kinds.VALID, kinds.NO_TLSA, kinds.UNSIGNED
PARKED = records(*PARKED_LINES)
OTHER_CA, EMPTY = kinds.OTHER_CA, kinds.EMPTY

# Shares of signed domains follow the text above each group; DANE is 17.9 %.
KINDS = [
    Kind("signed", 17.2, VALID, at("dane")),
    Kind("unsigned", 55, UNSIGNED, at("unsigned", signed=False)),
    Kind("signed", 46, Verdict("no-tlsa", "mxhost-unsigned"), at("unsigned")),
    Kind("signed", 20, NO_TLSA, at("signed")),
    Kind("signed", 9, NO_TLSA, hosted(signed=True)),
    Kind("signed", 2, NO_TLSA, hosted(signed=True, implicit=True)),
    Kind("signed", 1.2, Verdict("no-mail", "null-mx"), records("@ MX 0 .")),
    Kind("signed", 3, Verdict("no-mail", "no-address"), PARKED),
    Kind("signed", 0.2, Verdict("no-mail", "mx-target-nxdomain"),
         records("@ MX 10 gone")),
    Kind("unsigned", 5, UNSIGNED, at("dane", signed=False)),
    Kind("unsigned", 10, UNSIGNED, at("signed", signed=False)),
    Kind("unsigned", 20, UNSIGNED, hosted()),
    Kind("unsigned", 2, UNSIGNED, hosted(implicit=True)),
    Kind("unsigned", 2, Verdict("no-mail", "null-mx"),
         records("@ MX 0 .", signed=False)),
    Kind("unsigned", 5, Verdict("no-mail", "no-address"),
         records("@ TXT parked", signed=False)),
    Kind("unsigned", 0.01, UNSIGNED, kinds.at_broken_host),
    Kind("any", 1.5, Verdict("no-mail", "nxdomain"), nothing,
         {"example": 0.6, "test": 0.4}),
    Kind("any", 0.3, kinds.LAME, own(server={"lame": True}, zone=UNSIGNED_ZONE)),
    Kind("any", 0.15, kinds.SILENT, own(server={"silent": True}, zone=UNSIGNED_ZONE)),

    # Self-hosters: 1.5 % of the domains with DANE
    Kind("signed", 0.2, VALID, own(kinds.MIXED)),
    Kind("signed", 0.01, VALID, own(kinds.MIXED, implicit=True)),
    Kind("signed", 0.01, VALID, own(kinds.MIXED, backup={"tlsa": ["3 1 1 {cert}"]})),
    Kind("signed", 0.01, VALID,
         own("3 1 1 {cert}", cert={"issuer": "self", "chain": []})),
    Kind("signed", 0.01, VALID, own("3 1 1 {cert}", cert={"not_after_days": -10})),
    Kind("signed", 0.01, VALID, own("3 1 1 {cert}", "3 1 1 {other}")),
    Kind("signed", 0.01, VALID, own("3 1 1 {cert}", second={"kind": "refused"})),
    Kind("signed", 0.01, VALID, dual("3 1 1 {cert}", "3 1 1 {ec}")),
    Kind("signed", 0.03, VALID, half_lame),

    # Partial: 0.3 % of those; unusable and out of reach
    Kind("signed", 0.04, Verdict("partial", "tlsa-none"), own(kinds.MIXED, also="signed")),
    Kind("signed", 0.02, Verdict("partial", "addr-insecure"),
         own(kinds.MIXED, also="unsigned")),
    Kind("signed", 0.005, Verdict("unusable", "pkix-usage"), own("1 1 1 {cert}")),
    Kind("signed", 0.005, kinds.UNREACHABLE, broken_mail(kind="refused")),
    Kind("signed", 0.003, kinds.UNREACHABLE, broken_mail(kind="blackhole")),
    Kind("signed", 0.003, kinds.UNREACHABLE, broken_mail(never="banner")),
    Kind("signed", 0.003, kinds.UNREACHABLE, broken_mail(reset="banner")),
    Kind("signed", 0.003, kinds.UNREACHABLE, broken_mail(banner="421 4.7.0 Busy")),
    Kind("signed", 0.003, kinds.UNREACHABLE, broken_mail(banner="554 5.7.1 No")),

    # Broken at the mail server: 0.08 % of those, in the shares of the causes
    Kind("signed", 0.0085, outage("dane-no-match"), own("3 1 1 {other}")),
    Kind("signed", 0.0012, outage("ta-not-in-chain"), own(f"2 1 1 {OTHER_CA}")),
    Kind("signed", 0.0008, outage("ta-not-in-chain"),
         own("2 1 1 {cert}:issuer", cert={"chain": []})),
    Kind("signed", 0.0012, outage("starttls-absent"),
         own("3 1 1 {cert}", behaviour={"starttls": "no"})),
    Kind("signed", 0.0005, outage("cert-expired"),
         own("2 1 1 {cert}:issuer", cert={"not_after_days": -3})),
    Kind("signed", 0.0005, outage("cert-name-mismatch"),
         own("2 1 1 {cert}:issuer", cert={"names": [kinds.ELSEWHERE]})),
    Kind("signed", 0.0006, degraded("dane-no-match"), dual("3 1 1 {ec}")),
    Kind("signed", 0.0006, degraded("dane-no-match"),
         own("3 1 1 {cert}", second={"cert": "other"})),
    Kind("signed", 0.0006, outage("dane-no-match"), own("3 1 1 {cert}:issuer")),
    Kind("signed", 0.0003, outage("dane-no-match"), own(f"3 1 1 {EMPTY}")),
    Kind("signed", 0.0003, outage("tls-alert-40"),
         own("3 1 1 {cert}", behaviour={"cert": None})),
    Kind("signed", 0.0003, outage("tls-eof"),
         own("3 1 1 {cert}", behaviour={"close": "handshake"})),
    Kind("signed", 0.0003, outage("starttls-454"),
         own("3 1 1 {cert}", behaviour={"starttls": "454"})),
    Kind("signed", 0.0003, degraded("dane-no-match"),
         own("3 1 1 {cert}", backup={"tlsa": ["3 1 1 {other}"]})),

    # Broken in the DNS: 0.56 % of the signed ones, most of them parked
    Kind("signed", 0.14, kinds.BOGUS,
         records("@ TXT parked", faults=["expired-sigs"])),
    Kind("signed", 0.15, kinds.BOGUS, records("@ TXT parked", faults=["no-denial"])),
    Kind("signed", 0.02, outage("tlsa-bogus"),
         own(ipv6=True, zone={"faults": ["no-denial"]})),
    Kind("signed", 0.03, kinds.BOGUS, records("@ TXT parked", faults=["bad-sig:SOA"])),
    Kind("signed", 0.03, kinds.BOGUS, own(kinds.MIXED, zone={"ds": "wrong"})),
    Kind("signed", 0.02, kinds.BOGUS, own(kinds.MIXED, zone={"faults": ["no-sigs"]})),
    Kind("signed", 0.02, outage("tlsa-servfail"),
         broken_server({"rcode": {"TLSA": "SERVFAIL"}})),
    Kind("signed", 0.02, outage("tlsa-notimp"),
         broken_server({"rcode": {"TLSA": "NOTIMPL"}})),
    Kind("signed", 0.02, outage("tlsa-refused"),
         broken_server({"rcode": {"TLSA": "REFUSED"}})),
    Kind("signed", 0.04, outage("tlsa-timeout"), broken_server({"drop": ["TLSA"]})),
    Kind("signed", 0.02, Verdict("no-dnssec", "mx-denial-insecure"),
         own("3 1 1 {cert}", implicit=True, zone=kinds.MANY_ITERATIONS)),
]  # fmt: skip

# As many mail servers as domains, for measuring probes.
HOST_KINDS = [
    Kind("signed", 100, VALID, own("3 1 1 {cert}")),
    Kind("unsigned", 100, UNSIGNED, own(zone=UNSIGNED_ZONE)),
]

# For measuring the price of a domain: nothing is broken, unless a share of all
# is dead.
BENCH_KINDS = [
    Kind("signed", 50, VALID, at("dane")),
    Kind("signed", 50, Verdict("no-tlsa", "mxhost-unsigned"), at("unsigned")),
    Kind("unsigned", 100, UNSIGNED, at("unsigned", signed=False)),
]  # fmt: skip


def bench_kinds(dead_percent: float) -> list[Kind]:
    if dead_percent == 0:
        return BENCH_KINDS
    return [*BENCH_KINDS, Kind("any", dead_percent, kinds.SILENT, dead)]
