"""The kinds of domains in a generated population: share, set-up, verdict.

Shares and the mix of failures follow published surveys of DANE for SMTP; where
these give only categories the numbers are assumptions. Broken domains are
commoner here than out there (one in some thousands), so that each cause can be
met in a thousand domains.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from expected import Verdict
from providers import Host, Providers, Servers, tlsa_like_most
from world import NameServer, World, Zone

ALGORITHMS = {"ECDSAP256SHA256": 0.75, "RSASHA256": 0.25}
DENIALS = {"nsec": 0.4, "nsec3": 0.6}
MIXED = "mixed"  # TLSA parameters as most have them
OTHER_CA = hashlib.sha256(b"a certification authority of the past").hexdigest()
EMPTY = hashlib.sha256(b"").hexdigest()
# More than a validator accepts: what is absent is absent without proof.
MANY_ITERATIONS = {"denial": "nsec3", "iterations": 200}
ELSEWHERE = "vhost.elsewhere.example"


class Maker:
    """What the kinds build with."""

    def __init__(
        self,
        random_: random.Random,
        world: World,
        servers: Servers,
        markets: dict[str, Providers],
    ) -> None:
        self.random = random_
        self.world = world
        self.servers = servers
        self.markets = markets  # "dane", "signed", "unsigned"

    def zone(self, name: str, records: list[str], **fields: Any) -> None:
        drawn = {"alg": self._one(ALGORITHMS), "denial": self._one(DENIALS)}
        self.world.zones.append(Zone(name, records, **(drawn | fields)))

    def name_server(self, name: str, behaviour: dict[str, Any]) -> str:
        if all(server.name != name for server in self.world.servers):
            self.world.servers.append(NameServer(name, behaviour))
        return name

    def _one(self, weights: dict[str, float]) -> str:
        return self.random.choices(list(weights), list(weights.values()))[0]


Make = Callable[[Maker, str], None]


@dataclass
class Kind:
    """part: "signed" or "unsigned" with a share of these in per cent, or "any"
    with a share of all."""

    part: str
    share: float
    verdict: Verdict
    make: Make
    tlds: dict[str, float] = field(default_factory=dict)  # default: all


def at(*markets: str, **zone: Any) -> Make:
    """Mail at providers: one of each market named, the first preferred."""

    def make(maker: Maker, domain: str) -> None:
        records = []
        for preference, market in enumerate(markets, 1):
            hosts = maker.markets[market].hosts()
            records += [f"@ MX {preference * 10} {host}." for host in hosts]
        maker.zone(domain, records, **zone)

    return make


def own(
    *tlsa: str,
    implicit: bool = False,
    backup: dict[str, Any] | None = None,
    also: str | None = None,
    server: dict[str, Any] | None = None,
    zone: dict[str, Any] | None = None,
    **host: Any,
) -> Make:
    """A mail server of one's own, in one's own zone. `backup`: a second one of
    that sort; `also`: a provider as the second; `server`: how the name server
    behaves."""

    def make(maker: Maker, domain: str) -> None:
        name = domain if implicit else f"mx.{domain}"
        published = [tlsa_like_most(maker.random) if t == MIXED else t for t in tlsa]
        records = maker.servers.add(Host(name, published, **host), domain)
        if not implicit:
            records.append("@ MX 10 mx")
        if backup is not None:
            records += maker.servers.add(Host(f"mx2.{domain}", **backup), domain)
            records.append("@ MX 20 mx2")
        if also is not None:
            hosts = maker.markets[also].hosts()
            records += [f"@ MX 20 {host}." for host in hosts]
        fields = dict(zone or {})
        if server is not None:
            fields["server"] = maker.name_server(f"ns-{domain}", server)
        maker.zone(domain, records, **fields)

    return make


def records(*lines: str, **zone: Any) -> Make:
    """A zone with these records."""
    return lambda maker, domain: maker.zone(domain, list(lines), **zone)


def nothing(_maker: Maker, _domain: str) -> None:
    """A name that does not exist."""


def at_broken_host(maker: Maker, domain: str) -> None:
    """An unsigned domain with its mail in a signed one whose record is stale."""
    label, _, tld = domain.partition(".")
    other = f"mail-of-{label}.{tld}"
    own("3 1 1 {other}")(maker, other)
    maker.zone(domain, [f"@ MX 10 mx.{other}."], signed=False)


VALID = Verdict("valid")
UNSIGNED = Verdict("no-dnssec", "mx-insecure")
NO_TLSA = Verdict("no-tlsa", "tlsa-none")
BOGUS = Verdict("broken", "mx-bogus", "outage")
UNREACHABLE = Verdict("indeterminate", "unreachable")
LAME = Verdict("indeterminate", "mx-refused")
SILENT = Verdict("indeterminate", "mx-timeout")


def outage(reason: str) -> Verdict:
    return Verdict("broken", reason, "outage")


def degraded(reason: str) -> Verdict:
    return Verdict("broken", reason, "degraded")


# In the order in which the rare ones are taken where there is room for few.
KINDS = [
    Kind("signed", 16.5, VALID, at("dane")),
    Kind("unsigned", 62, UNSIGNED, at("unsigned", signed=False)),
    Kind("signed", 50, Verdict("no-tlsa", "mxhost-unsigned"), at("unsigned")),
    Kind("signed", 0.55, outage("dane-no-match"), own("3 1 1 {other}")),
    Kind("any", 1.5, Verdict("no-mail", "nxdomain"), nothing,
         {"example": 0.6, "test": 0.4}),
    Kind("signed", 0.08, Verdict("partial", "tlsa-none"), own(MIXED, also="signed")),
    Kind("signed", 0.05, Verdict("unusable", "pkix-usage"), own("1 1 1 {cert}")),
    Kind("signed", 0.10, UNREACHABLE, own(MIXED, behaviour={"kind": "refused"})),
    Kind("signed", 20, NO_TLSA, at("signed")),
    Kind("signed", 8, NO_TLSA, own()),
    Kind("signed", 1, VALID, own(MIXED)),
    Kind("signed", 0.14, BOGUS, own(MIXED, zone={"faults": ["expired-sigs"]})),
    Kind("signed", 0.08, outage("starttls-absent"),
         own("3 1 1 {cert}", behaviour={"starttls": "no"})),
    Kind("signed", 0.17, outage("tlsa-bogus"),
         own(ipv6=True, zone={"faults": ["no-denial"]})),
    Kind("signed", 0.08, outage("ta-not-in-chain"), own(f"2 1 1 {OTHER_CA}")),
    Kind("signed", 0.04, degraded("dane-no-match"),
         own("3 1 1 {cert}", second={"cert": "other"})),
    Kind("signed", 0.08, outage("tlsa-servfail"),
         own("3 1 1 {cert}", server={"rcode": {"TLSA": "SERVFAIL"}})),
    Kind("signed", 0.03, outage("cert-expired"),
         own("2 1 1 {cert}:issuer", cert={"not_after_days": -3})),
    Kind("signed", 0.03, outage("cert-name-mismatch"),
         own("2 1 1 {cert}:issuer", cert={"names": [ELSEWHERE]})),
    Kind("unsigned", 9, UNSIGNED, at("dane", signed=False)),
    Kind("unsigned", 12, UNSIGNED, at("signed", signed=False)),
    Kind("unsigned", 13, UNSIGNED, own(zone={"signed": False})),
    Kind("any", 0.4, LAME, own(server={"lame": True}, zone={"signed": False})),
    Kind("signed", 1.2, Verdict("no-mail", "null-mx"), records("@ MX 0 .")),

    # Valid in other ways
    Kind("signed", 0.2, VALID, own(MIXED, implicit=True)),
    Kind("signed", 0.2, VALID, own(MIXED, backup={"tlsa": ["3 1 1 {cert}"]})),
    Kind("signed", 0.1, VALID,
         own("3 1 1 {cert}", cert={"issuer": "self", "chain": []})),
    Kind("signed", 0.1, VALID, own("3 1 1 {cert}", cert={"not_after_days": -10})),
    Kind("signed", 0.1, VALID, own("3 1 1 {cert}", "3 1 1 {other}")),
    Kind("signed", 0.1, VALID, own("3 1 1 {cert}", second={"kind": "refused"})),

    # Broken certificates, records and servers
    Kind("signed", 0.05, outage("ta-not-in-chain"),
         own("2 1 1 {cert}:issuer", cert={"chain": []})),
    Kind("signed", 0.04, outage("dane-no-match"), own("3 1 1 {cert}:issuer")),
    Kind("signed", 0.02, outage("dane-no-match"), own(f"3 1 1 {EMPTY}")),
    Kind("signed", 0.02, outage("tls-alert-40"),
         own("3 1 1 {cert}", behaviour={"cert": None})),
    Kind("signed", 0.02, outage("tls-eof"),
         own("3 1 1 {cert}", behaviour={"close": "handshake"})),
    Kind("signed", 0.02, outage("starttls-454"),
         own("3 1 1 {cert}", behaviour={"starttls": "454"})),
    Kind("signed", 0.02, degraded("dane-no-match"),
         own("3 1 1 {cert}", backup={"tlsa": ["3 1 1 {other}"]})),
    Kind("signed", 0.02, degraded("dane-no-match"),
         own("3 1 1 {other}", also="unsigned")),

    # Broken zones and name servers
    Kind("signed", 0.03, BOGUS, own(MIXED, zone={"ds": "wrong"})),
    Kind("signed", 0.03, outage("tlsa-notimp"),
         own("3 1 1 {cert}", server={"rcode": {"TLSA": "NOTIMPL"}})),
    Kind("signed", 0.08, outage("tlsa-timeout"),
         own("3 1 1 {cert}", server={"drop": ["TLSA"]})),
    Kind("any", 0.2, SILENT, own(server={"silent": True}, zone={"signed": False})),

    # Neither broken nor whole
    Kind("signed", 0.05, Verdict("no-dnssec", "mx-denial-insecure"),
         own("3 1 1 {cert}", implicit=True, zone=MANY_ITERATIONS)),
    Kind("signed", 0.05, Verdict("partial", "addr-insecure"),
         own(MIXED, also="unsigned")),
    Kind("signed", 0.05, UNREACHABLE, own(MIXED, behaviour={"never": "banner"})),

    # No TLSA, no mail, no DNSSEC
    Kind("signed", 1.5, NO_TLSA, own(implicit=True)),
    Kind("signed", 0.5, NO_TLSA, own(zone={"denial": "nsec3-optout"})),
    Kind("signed", 1, Verdict("no-mail", "no-address"), records("@ TXT parked")),
    Kind("signed", 0.2, Verdict("no-mail", "mx-target-nxdomain"),
         records("@ MX 10 gone")),
    Kind("signed", 0.1, Verdict("no-mail", "mx-target-noaddr"),
         records("@ MX 10 mx", "mx TXT empty")),
    Kind("unsigned", 1, Verdict("no-mail", "null-mx"),
         records("@ MX 0 .", signed=False)),
    Kind("unsigned", 0.5, Verdict("no-mail", "no-address"),
         records("@ TXT parked", signed=False)),
    Kind("unsigned", 1.5, UNSIGNED, own(implicit=True, zone={"signed": False})),
    Kind("unsigned", 0.3, UNSIGNED, at("dane", "unsigned", signed=False)),
    Kind("unsigned", 0.1, UNSIGNED, at_broken_host),
]  # fmt: skip
