"""MTA-STS and TLS reporting (RFC 8461, RFC 8460) for a part of a population."""

from __future__ import annotations

from typing import Any

from kinds import Maker
from world import MailServer, Zone

# One domain in so many; what its policy is like, in turns.
EVERY = 14
MODES = ("enforce", "testing", "enforce", "none", "enforce")
# Of the policies, one in so many names other servers than the domain has.
WRONG_EVERY = 6


def publish(maker: Maker, domains: list[str]) -> None:
    """Policies for some of these domains; no verdict depends on them."""
    zones = {zone.name: zone for zone in maker.world.zones}
    with_mail = [zones[d] for d in domains if d in zones and exchanges(zones[d])]
    for number, zone in enumerate(with_mail[::EVERY]):
        mode = MODES[number % len(MODES)]
        hosts = exchanges(zone)
        if number % WRONG_EVERY == WRONG_EVERY - 1:
            hosts = ["mail.elsewhere.example"]
        serve(maker, zone, policy(mode, hosts))
        if number % 2 == 0:
            report = f"v=TLSRPTv1; rua=mailto:reports@{zone.name}"
            zone.records.append(f'_smtp._tls TXT "{report}"')


def exchanges(zone: Zone) -> list[str]:
    """The MX hosts of a zone, but not the null MX."""
    found = []
    for record in zone.records:
        words = record.split()
        if words[:2] == ["@", "MX"] and words[3] != ".":
            absolute = words[3].endswith(".")
            found.append(words[3][:-1] if absolute else f"{words[3]}.{zone.name}")
    return found


def policy(mode: str, hosts: list[str]) -> str:
    lines = ["version: STSv1", f"mode: {mode}"]
    lines += [f"mx: {host}" for host in hosts] if mode != "none" else []
    return "\r\n".join([*lines, "max_age: 604800", ""])


def serve(maker: Maker, zone: Zone, body: str) -> None:
    name = f"mta-sts.{zone.name}"
    address = maker.servers.addresses.take()
    behaviour: dict[str, Any] = {"kind": "policy", "cert": name, "body": body}
    maker.world.keys[name] = {"names": [name]}
    maker.world.hosts.append(MailServer(address, behaviour))
    zone.records += [f"mta-sts A {address}", '_mta-sts TXT "v=STSv1; id=20260101;"']
