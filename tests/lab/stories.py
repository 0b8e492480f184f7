"""What becomes of domains from epoch to epoch, and what has to be said of it.

A story begins like a kind of kinds.py and has a step for each later epoch. The
words for a change and its cause are those of dane.changes(), the outcomes those
of dane.rollovers() (sql/): what a pair of scans must tell, no more, no less.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import certs
from expected import Verdict
from kinds import (
    BOGUS,
    EMPTY,
    NO_TLSA,
    UNREACHABLE,
    UNSIGNED,
    VALID,
    Maker,
    degraded,
    outage,
)
from providers import Host
from world import MailServer, Zone

OTHER_NAME = "other-intermediate"
OTHER_SPEC = {
    "cn": "Other intermediate",
    "issuer": certs.ROOT,
    "is_ca": True,
    "chain": [],
}
OTHER = {"issuer": OTHER_NAME, "chain": [OTHER_NAME]}
NO_HOST_TLSA = Verdict("no-tlsa", "mxhost-unsigned")
NO_DOMAIN = Verdict("no-mail", "nxdomain")
NULL_MX = Verdict("no-mail", "null-mx")
EE, NEXT = "3 1 1 {cert}", "3 1 1 {next}"
TA, TA_NEXT = "2 1 1 {cert}:issuer", "2 1 1 {next}:issuer"


@dataclass
class Actor:
    """A mail server, the zone that it is in, and whose mail it takes: the
    domain of that zone, or the customers of a provider."""

    maker: Maker
    host: str
    zone: Zone
    server: MailServer
    customers: list[str]
    listed: bool = True  # are the customers in the list?

    def customer_zones(self) -> list[Zone]:
        return [z for z in self.maker.world.zones if z.name in self.customers]


Act = Callable[[Actor], None]


@dataclass(frozen=True)
class Step:
    """What happens, the verdict after it, and what two scans tell: the change
    and its cause, whether of a host, and "outcome depth" of a roll-over."""

    act: Act
    verdict: Verdict
    change: str = ""
    cause: str = ""
    rollover: str = ""
    later: str = ""  # what the next epoch makes of this roll-over
    other_host: bool = False  # the cause is told of a host of somebody else


@dataclass(frozen=True)
class Story:
    title: str
    verdict: Verdict
    steps: tuple[Step, Step]
    tlsa: tuple[str, ...] = ()
    ttl: str = ""  # of the TLSA records
    next_cert: dict[str, Any] = field(default_factory=dict)
    same_key: bool = False  # both certificates are of one key
    zone: dict[str, Any] = field(default_factory=dict)
    provider: bool = False
    before: Act | None = None  # is done to epoch 0


def begin(story: Story, maker: Maker, customers: list[str], zone: str) -> Actor:
    """The mail server with its zone, and zones of the customers of a provider."""
    name = f"{'mx1' if story.provider else 'mx'}.{zone}"
    host = Host(name, cert={"seed": name} if story.same_key else {})
    keys = maker.world.keys
    records = maker.servers.add(host, zone)
    keys[next_of(host.name)] = keys[host.name] | {"label": "next"} | story.next_cert
    keys[OTHER_NAME] = OTHER_SPEC
    if not story.provider:
        records.append("@ MX 10 mx")
    maker.zone(zone, records, **story.zone)
    for customer in customers if story.provider else []:
        maker.zone(customer, [f"@ MX 10 {host.name}."])
    made = next(z for z in maker.world.zones if z.name == zone)
    actor = Actor(maker, host.name, made, maker.world.hosts[-1], customers)
    publish(*story.tlsa, ttl=story.ttl)(actor)
    if story.before is not None:
        story.before(actor)
    return actor


def next_of(host: str) -> str:
    return f"next-{host}"


# What can happen


def nothing(_actor: Actor) -> None:
    """The epoch passes."""


def together(*acts: Act) -> Act:
    def act(actor: Actor) -> None:
        for one in acts:
            one(actor)

    return act


def publish(*tlsa: str, ttl: str = "") -> Act:
    """These TLSA records and no others; {next}: of the certificate to come."""

    def act(actor: Actor) -> None:
        names = {"cert": f"@{actor.host}", "next": f"@{next_of(actor.host)}"}
        owner = f"_25._tcp.{actor.host}. {ttl}".strip()
        kept = [r for r in actor.zone.records if " TLSA " not in r]
        new = [f"{owner} TLSA {text.format(**names)}" for text in tlsa]
        actor.zone.records = kept + new

    return act


def renew(actor: Actor) -> None:
    """The server shows the certificate to come."""
    actor.server.behaviour["cert"] = next_of(actor.host)


def serve(**behaviour: Any) -> Act:
    """The mail server does this; None: no longer."""

    def act(actor: Actor) -> None:
        new = actor.server.behaviour | behaviour
        actor.server.behaviour = {k: v for k, v in new.items() if v is not None}

    return act


def set_zone(**fields: Any) -> Act:
    """The zone of the mail server is so."""

    def act(actor: Actor) -> None:
        for name, value in fields.items():
            setattr(actor.zone, name, value)

    return act


def name_server(behaviour: dict[str, Any]) -> Act:
    def act(actor: Actor) -> None:
        name = f"ns-{actor.zone.name}"
        actor.zone.server = actor.maker.name_server(name, behaviour)

    return act


def move_to(market: str) -> Act:
    """The mail goes to a provider."""

    def act(actor: Actor) -> None:
        hosts = actor.maker.markets[market].hosts()
        for zone in actor.customer_zones():
            zone.records = [r for r in zone.records if " MX " not in r]
            zone.records += [f"@ MX 10 {host}." for host in hosts]

    return act


def second_host(*tlsa: str) -> Act:
    """One more mail server, preferred less."""

    def act(actor: Actor) -> None:
        host = Host(f"mx2.{actor.zone.name}", list(tlsa))
        records = actor.maker.servers.add(host, actor.zone.name)
        actor.zone.records += ["@ MX 20 mx2", *records]

    return act


def vanish(actor: Actor) -> None:
    actor.maker.world.zones.remove(actor.zone)


def come(actor: Actor) -> None:
    actor.maker.world.zones.append(actor.zone)


def refuse_mail(actor: Actor) -> None:
    actor.zone.records = [r for r in actor.zone.records if " MX " not in r]
    actor.zone.records.append("@ MX 0 .")


def unlist(actor: Actor) -> None:
    """The list no longer has it."""
    actor.listed = False


def enlist(actor: Actor) -> None:
    actor.listed = True


MISMATCH = outage("dane-no-match")

STORIES = [
    # Certificates
    Story("renewed and forgotten, mended later", VALID, (
        Step(renew, MISMATCH, "broke", "certificate-changed", "no-introduction 1",
             "late 1"),
        Step(publish(NEXT), VALID, "fixed", "records-changed"),
    ), (EE,)),
    Story("renewed and forgotten", VALID, (
        Step(nothing, VALID),
        Step(renew, MISMATCH, "broke", "certificate-changed", "no-introduction 1"),
    ), (EE,)),
    Story("the old certificate is back", VALID, (
        Step(renew, MISMATCH, "broke", "certificate-changed", "no-introduction 1"),
        Step(lambda a: serve(cert=a.host)(a), VALID, "fixed", "certificate-changed"),
    ), (EE,)),
    Story("records and certificate at the same time", VALID, (
        Step(together(renew, publish(NEXT)), VALID, rollover="same-time 1"),
        Step(nothing, VALID),
    ), (EE,)),
    # Two TTLs pass between two scans only where the TTL is this short.
    Story("a roll-over as it should be", VALID, (
        Step(publish(EE, NEXT, ttl="1"), VALID),
        Step(renew, VALID, rollover="correct 1"),
    ), (EE,), ttl="1"),
    Story("the record of the old key goes too early", VALID, (
        Step(publish(NEXT), MISMATCH, "broke", "records-changed"),
        Step(renew, VALID, "fixed", "certificate-changed", "early-retirement 1"),
    ), (EE,)),
    Story("the whole certificate is renewed, its key stays", VALID, (
        Step(renew, MISMATCH, "broke", "certificate-changed", "no-introduction 1",
             "late 1"),
        Step(publish("3 0 1 {next}"), VALID, "fixed", "records-changed"),
    ), ("3 0 1 {cert}",), same_key=True, next_cert={"not_after_days": 300}),
    Story("mended by a new certificate with a new record", MISMATCH, (
        Step(together(renew, publish(NEXT)), VALID, "fixed",
             "records-and-certificate-changed"),
        Step(nothing, VALID),
    ), (f"3 1 1 {EMPTY}",)),
    Story("renewed with the same key, as advised", VALID, (
        Step(renew, VALID), Step(nothing, VALID),
    ), (EE,), same_key=True, next_cert={"not_after_days": 300}),

    # Authorities
    Story("another intermediate below DANE-TA", VALID, (
        Step(renew, outage("ta-not-in-chain"), "broke", "certificate-changed",
             "no-introduction 2",
             "late 2"),
        Step(publish(TA_NEXT), VALID, "fixed", "records-changed"),
    ), (TA,), same_key=True, next_cert=OTHER),
    Story("another intermediate and another key", VALID, (
        Step(nothing, VALID),
        Step(renew, outage("ta-not-in-chain"), "broke", "certificate-changed",
             "no-introduction 0"),
    ), (TA,), next_cert=OTHER),
    Story("another intermediate, announced", VALID, (
        Step(publish(TA, TA_NEXT, ttl="1"), VALID),
        Step(renew, VALID, rollover="correct 0"),
    ), (TA,), ttl="1", next_cert=OTHER),
    Story("another intermediate, which no record is about", VALID, (
        Step(renew, VALID, rollover="not-rollover 2"), Step(nothing, VALID),
    ), (EE,), same_key=True, next_cert=OTHER),

    # Servers
    Story("STARTTLS lost and back", VALID, (
        Step(serve(starttls="no"), outage("starttls-absent"), "broke",
             "server-changed"),
        Step(serve(starttls=None), VALID, "fixed", "server-changed"),
    ), (EE,)),
    Story("STARTTLS temporarily refused", VALID, (
        Step(nothing, VALID),
        Step(serve(starttls="454"), outage("starttls-454"), "broke",
             "server-changed"),
    ), (EE,)),
    Story("not reachable for a while", VALID, (
        Step(serve(kind="refused"), UNREACHABLE), Step(serve(kind=None), VALID),
    ), (EE,)),
    Story("renewed while nobody could look", VALID, (
        Step(serve(kind="refused"), UNREACHABLE),
        Step(together(serve(kind=None), renew, publish(NEXT)), VALID,
             rollover="no-data 1"),
    ), (EE,)),

    # Records
    Story("published for the first time", NO_TLSA, (
        Step(publish(EE), VALID, "appeared", "records-published"),
        Step(nothing, VALID),
    )),
    Story("published wrong, then mended", NO_TLSA, (
        Step(publish(NEXT), MISMATCH, "broke", "records-published"),
        Step(publish(EE), VALID, "fixed", "records-changed"),
    )),
    Story("withdrawn", VALID, (
        Step(publish(), NO_TLSA, "gone", "records-withdrawn"), Step(nothing, NO_TLSA),
    ), (EE,)),

    # Zones
    Story("the DS is removed and comes back", VALID, (
        Step(set_zone(ds="none"), UNSIGNED, "gone", "ds-lost"),
        Step(set_zone(ds="ok"), VALID, "appeared", "ds-gained"),
    ), (EE,)),
    Story("signed for the first time, records were there", UNSIGNED, (
        Step(set_zone(signed=True), VALID, "appeared", "ds-gained"),
        Step(nothing, VALID),
    ), (EE,), zone={"signed": False}),
    Story("signed first, published then", UNSIGNED, (
        Step(set_zone(signed=True), NO_TLSA, "other", "ds-gained"),
        Step(publish(EE), VALID, "appeared", "records-published"),
    ), zone={"signed": False}),
    Story("signatures expire and are renewed", VALID, (
        Step(set_zone(faults=["expired-sigs"]), BOGUS, "broke", "dnssec-broken"),
        Step(set_zone(faults=[]), VALID, "fixed", "dnssec-repaired"),
    ), (EE,)),
    Story("a name server that knows no TLSA, for a while", VALID, (
        Step(name_server({"rcode": {"TLSA": "SERVFAIL"}}), outage("tlsa-servfail"),
             "broke", "dns-broken"),
        Step(set_zone(server="leaf"), VALID, "fixed", "dns-repaired"),
    ), (EE,)),
    Story("a name server that knows no TLSA", VALID, (
        Step(nothing, VALID),
        Step(name_server({"rcode": {"TLSA": "NOTIMPL"}}), outage("tlsa-notimp"),
             "broke", "dns-broken"),
    ), (EE,)),

    # Domains that move, come and go
    Story("to a provider with DANE, and back to one without", NO_TLSA, (
        Step(move_to("dane"), VALID, "appeared", "mx-moved", other_host=True),
        Step(move_to("unsigned"), NO_HOST_TLSA, "gone", "mx-moved", other_host=True),
    )),
    Story("from a server of one's own to a provider", VALID, (
        Step(nothing, VALID),
        Step(move_to("dane"), VALID, "moved", "mx-moved", other_host=True),
    ), (EE,)),
    Story("a second server with wrong records", VALID, (
        Step(second_host("3 1 1 {other}"), degraded("dane-no-match"), "broke",
             "mx-changed", other_host=True),
        Step(nothing, degraded("dane-no-match")),
    ), (EE,)),
    Story("no longer takes mail", VALID, (
        Step(refuse_mail, NULL_MX, "gone", "mail-ended"), Step(nothing, NULL_MX),
    ), (EE,)),
    Story("no longer exists", VALID, (
        Step(nothing, VALID), Step(vanish, NO_DOMAIN, "gone", "mail-ended"),
    ), (EE,)),
    Story("comes to exist", NO_DOMAIN, (
        Step(come, VALID, "appeared", "mail-began"), Step(nothing, VALID),
    ), (EE,), before=vanish),
    Story("new in the list", VALID, (
        Step(enlist, VALID, "appeared", "first-seen"), Step(nothing, VALID),
    ), (EE,), before=unlist),
    Story("no longer in the list", VALID, (
        Step(nothing, VALID), Step(unlist, VALID, "gone", "not-in-scan"),
    ), (EE,)),

    # Providers
    Story("a provider renews and forgets, mends later", VALID, (
        Step(renew, MISMATCH, "broke", "certificate-changed", "no-introduction 1",
             "late 1"),
        Step(publish(NEXT), VALID, "fixed", "provider-records-changed"),
    ), (EE,), provider=True),
    Story("a provider's roll-over as it should be", VALID, (
        Step(publish(EE, NEXT, ttl="1"), VALID),
        Step(renew, VALID, rollover="correct 1"),
    ), (EE,), ttl="1", provider=True),
    Story("a provider publishes", NO_TLSA, (
        Step(nothing, NO_TLSA),
        Step(publish(EE), VALID, "appeared", "provider-records-published"),
    ), provider=True),
    Story("a provider withdraws", VALID, (
        Step(publish(), NO_TLSA, "gone", "provider-records-withdrawn"),
        Step(nothing, NO_TLSA),
    ), (EE,), provider=True),
    Story("a provider loses STARTTLS and finds it", VALID, (
        Step(serve(starttls="no"), outage("starttls-absent"), "broke",
             "server-changed"),
        Step(serve(starttls=None), VALID, "fixed", "server-changed"),
    ), (EE,), provider=True),
]  # fmt: skip
