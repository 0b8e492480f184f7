"""Mail providers and mail servers of a generated population: who receives the
mail of how many domains, with which TLSA records and certificates."""

from __future__ import annotations

import bisect
import ipaddress
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from world import MailServer, World, Zone

# Domains with DANE at the largest providers, in thousands (survey of 2024, 4,160
# in all); the tail is a power law that makes up the rest.
DANE_LARGEST = (
    1300, 312, 232, 201, 174, 171, 167, 131, 112, 111, 107, 88,
    83, 81, 44, 41, 39, 37, 30, 29,
)  # fmt: skip
DANE_SIZES = [*DANE_LARGEST, *(580 / rank for rank in range(21, 65))]
# Shares of all mail (2021): three giants, none of which had DANE.
UNSIGNED_SIZES = [28.5, 10.8, 15.0] + [6 / rank for rank in range(1, 30)]
SIGNED_SIZES = [10 / rank for rank in range(1, 12)]
# TLSA parameters and their share in per cent; the reference is what of the
# chain the record speaks about.
TLSA_MIX = (
    ("3 1 1", "", 82.0),
    ("3 0 1", "", 6.5),
    ("2 1 1", ":issuer", 6.5),
    ("3 1 2", "", 2.0),
    ("2 0 1", ":issuer", 1.5),
    ("3 0 2", "", 1.5),
)
RSA_SHARE = 0.4
IPV6_SHARE = 0.27
NETWORK4 = "198.19.0.0"
NETWORK6 = "fd00:0:0:19::"


class Addresses:
    """Of mail servers; neighbours are spread over the /24 networks, because a
    scanner is polite to a network."""

    def __init__(self) -> None:
        self.numbers = itertools.count()

    def take(self) -> str:
        number = next(self.numbers)
        if number >= 254 * 256:
            raise ValueError("198.19.0.0/16 is full")
        offset = (number % 256) * 256 + number // 256 + 1
        return str(ipaddress.ip_address(NETWORK4) + offset)

    def take6(self) -> str:
        return str(ipaddress.ip_address(NETWORK6) + next(self.numbers) + 1)


@dataclass
class Host:
    """A mail server to be: what it publishes and what it does."""

    name: str  # without trailing dot
    tlsa: list[str] = field(default_factory=list)  # "{cert}" is its certificate
    cert: dict[str, Any] = field(default_factory=dict)  # CertSpec beside names
    behaviour: dict[str, Any] = field(default_factory=dict)
    ipv6: bool = False
    # A second address (IPv6 where there is IPv6) which behaves otherwise.
    second: dict[str, Any] | None = None


class Servers:
    """Puts hosts into the world."""

    def __init__(self, world: World, ipv6: bool) -> None:
        self.world = world
        self.ipv6 = ipv6  # does this machine have it?
        self.addresses = Addresses()

    def add(self, host: Host, zone: str) -> list[str]:
        """Start the host; returns its records for the zone."""
        owner = host.name.removesuffix(zone).rstrip(".") or "@"
        below = "_25._tcp" if owner == "@" else f"_25._tcp.{owner}"
        self._certificates(host)
        lines = [f"{owner} A {self._serve4(host, {})}"]
        if host.second is not None and not self.ipv6:
            lines.append(f"{owner} A {self._serve4(host, host.second)}")
        elif host.second is not None or host.ipv6:
            lines.append(f"{owner} AAAA {self._serve6(host, host.second or {})}")
        names = {"cert": f"@{host.name}", "other": f"@other-{host.name}"}
        return lines + [f"{below} TLSA {t.format(**names)}" for t in host.tlsa]

    def _serve4(self, host: Host, changes: dict[str, Any]) -> str:
        address = self.addresses.take()
        self._serve(address, host, changes)
        return address

    def _serve6(self, host: Host, changes: dict[str, Any]) -> str:
        address = self.addresses.take6()
        if self.ipv6:
            self._serve(address, host, changes)
        return address

    def _serve(self, address: str, host: Host, changes: dict[str, Any]) -> None:
        behaviour = {"cert": host.name} | host.behaviour | changes
        if behaviour["cert"] == "other":
            behaviour["cert"] = f"other-{host.name}"
        self.world.hosts.append(MailServer(address, behaviour))

    def _certificates(self, host: Host) -> None:
        spec = {"names": [host.name]} | host.cert
        self.world.keys[host.name] = spec
        if host.second or any("{other}" in text for text in host.tlsa):
            self.world.keys[f"other-{host.name}"] = spec | {"label": "other"}


class Choice:
    """Draws from things of unequal weight."""

    def __init__(self, random_: random.Random, weights: list[float]) -> None:
        self.random = random_
        self.sums = list(itertools.accumulate(weights))

    def draw(self) -> int:
        point = self.random.random() * self.sums[-1]
        return bisect.bisect_right(self.sums, point)


class Providers:
    """Providers of one kind, made when they get their first customer."""

    def __init__(
        self,
        kind: str,
        sizes: list[float],
        random_: random.Random,
        servers: Servers,
        first: str = "smtp",
    ) -> None:
        self.kind = kind  # "dane" | "signed" | "unsigned"
        self.random = random_
        self.servers = servers
        self.first = first  # kind of mail server at the largest
        self.choice = Choice(random_, sizes)
        self.known: dict[int, list[str]] = {}

    def hosts(self) -> list[str]:
        """The exchanges of a provider drawn by size, best first."""
        rank = self.choice.draw()
        if rank not in self.known:
            self.known[rank] = list(self._make(rank))
        return self.known[rank]

    def _make(self, rank: int) -> Iterator[str]:
        zone = f"{self.kind}-mail-{rank + 1:02}.{self._tld()}"
        records: list[str] = []
        for number in range(1 if rank and self.random.random() < 0.4 else 2):
            host = Host(f"mx{number + 1}.{zone}", ipv6=self._chance(IPV6_SHARE))
            if self.kind == "dane":
                host.cert["key"] = "rsa" if self._chance(RSA_SHARE) else "ec"
                host.tlsa = [tlsa_like_most(self.random, rank == 0)]
            if rank == 0:
                host.behaviour["kind"] = self.first
            records += self.servers.add(host, zone)
            yield host.name
        self.servers.world.zones.append(
            Zone(zone, records, signed=self.kind != "unsigned", denial="nsec3")
        )

    def _tld(self) -> str:
        return self.random.choice(("example", "test"))

    def _chance(self, share: float) -> bool:
        return self.random.random() < share


def tlsa_like_most(random_: random.Random, usual: bool = False) -> str:
    """TLSA parameters as they are found; `usual`: those of most."""
    weights = [share for _, _, share in TLSA_MIX]
    number = Choice(random_, weights).draw()
    parameters, reference, _ = TLSA_MIX[0 if usual else number]
    return f"{parameters} {{cert}}{reference}"
