"""Reads case files: a case is a set-up and the record expected from it.

A case starts at the left margin with its id and its title; its lines are
indented. Words written as KEY=VALUE have JSON or plain text as value.

    A01  MX and host secure, TLSA matches
      @ MX 10 mx
      host mx tlsa=311
      expect valid hosts.mx.v4=ok

domain NAME           the name on the scan list; default: the id below .example
tld NAME              another top-level domain for the default: test, internal
zone NAME [...]       the following lines belong to this zone ("@": the
                      domain's); words: the fields of world.Zone
host NAME [...]       a mail server: address records, TLSA records, certificate.
                      family=4|6|46|none, tlsa=311,211:root,311:next (usage,
                      selector and matching type, of which certificate; "next"
                      is a key that the server does not have), san=, key=ec|rsa|
                      both|rsa512|rsa1024, issuer=, chain=, expired=true,
                      padding=OCTETS, kind=,
                      default=next (seen by who gives no server name); all
                      other words: smtpfarm.py, or policyfarm.py
cert NAME [...]       a certificate of nobody's, for issuer=, chain= ("{id}/NAME")
                      and records: is_ca=true, cn=, seed=, path_length=,
                      permitted=, and what certificates of hosts have
nameserver NAME [...] a name server for "zone ... server=NAME[,NAME]":
                      world.NameServer
options WORDS         of the scan for this case, besides the usual ones
expect [...]          compare.py
todo WHY              the scanner does not do this yet: reported, not counted as
                      a failure; once it does, the word has to go
stale RECORD          of the zone's older version: world.Zone
repeat A B RECORD     the record for each number from A to B in place of {n}
anything else         a record of the zone; in TLSA data "@HOST" is the
                      certificate of a host of the case; $HOST its address

{id} and {domain} stand for the case's id in lower case and its domain.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compare import Expectation, parse_expectations
from world import MailServer, NameServer, World, Zone

FIRST_IPV4 = "198.18.8.1"
FIRST_IPV6 = "fd00:0:0:8::1"
WORD = re.compile(r'([a-z_]+)=("(?:[^"\\]|\\.)*"|\S*)\s*')
SAME_WORDS = (
    "issuer", "client_only", "cn", "seed", "is_ca", "path_length", "padding",
)
CERT_WORDS = (*SAME_WORDS, "san", "key", "chain", "expired", "permitted")
HOST_WORDS = ("family", "tlsa", "kind", "cert", "default")


class CaseError(Exception):
    """A case file cannot be understood."""


@dataclass
class Case:
    """One case: its share of the world, and what the scan must say."""

    id: str
    title: str
    domain: str = ""
    todo: str = ""
    options: tuple[str, ...] = ()
    world: World = field(default_factory=World)
    expectations: list[Expectation] = field(default_factory=list)

    @property
    def a_label(self) -> str:
        """The domain as a record names it."""
        if self.domain.isascii():
            return self.domain
        return self.domain.encode("idna").decode()

    @property
    def waits(self) -> str:
        """Who lets a scan wait until its time limit: a server of "dns", of "smtp",
        or ""."""
        servers = [server.behaviour for server in self.world.servers]
        if any("silent" in b or "drop" in b for b in servers):
            return "dns"
        hosts = [host.behaviour for host in self.world.hosts]
        slow = any("never" in b or "tarpit" in b for b in hosts)
        return "smtp" if slow or "blackhole" in self.kinds else ""

    @property
    def kinds(self) -> set[str]:
        """Of its mail servers."""
        return {host.behaviour["kind"] for host in self.world.hosts}


class Addresses:
    """Hands out the addresses of mail servers."""

    def __init__(self) -> None:
        self.next4 = ipaddress.ip_address(FIRST_IPV4)
        self.next6 = ipaddress.ip_address(FIRST_IPV6)

    def take(self, family: str) -> str:
        if family == "6":
            self.next6 += 1
            return str(self.next6 - 1)
        self.next4 += 1
        return str(self.next4 - 1)


def parse_words(text: str) -> dict[str, Any]:
    words: dict[str, Any] = {}
    position = 0
    while position < len(text):
        match = WORD.match(text, position)
        if not match:
            raise CaseError(f"not KEY=VALUE: {text[position:]}")
        words[match[1]] = parse_value(match[2])
        position = match.end()
    return words


def parse_value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else str(value).split(",")


class CaseParser:
    """Turns the lines of one case into its world."""

    def __init__(self, header: str, addresses: Addresses) -> None:
        identifier, _, title = header.partition(" ")
        self.case = Case(id=identifier, title=title.strip())
        self.addresses = addresses
        self.local = identifier.lower()
        self.case.domain = f"{self.local}.example"
        self.zone: Zone | None = None
        self.first_zone: Zone | None = None
        self.host_addresses: dict[str, str] = {}
        self.seen_hosts: set[str] = set()

    def line(self, text: str) -> None:
        text = text.replace("{id}", self.local).replace("{domain}", self.case.domain)
        word, _, rest = text.partition(" ")
        directive = getattr(self, f"_do_{word}", None)
        if directive is not None:
            directive(rest.strip())
        else:
            self._record(text)

    def _do_domain(self, rest: str) -> None:
        self.case.domain = rest

    def _do_tld(self, rest: str) -> None:
        self.case.domain = f"{self.local}.{rest}"

    def _do_expect(self, rest: str) -> None:
        self.case.expectations += parse_expectations(rest)

    def _do_options(self, rest: str) -> None:
        self.case.options = tuple(rest.split())

    def _do_todo(self, rest: str) -> None:
        self.case.todo = rest

    def _do_zone(self, rest: str) -> None:
        name, _, rest = rest.partition(" ")
        words = parse_words(rest)
        if "faults" in words:
            words["faults"] = listed(words["faults"])
        if "server" in words:
            words["server"] = ",".join(
                server if server == "leaf" else f"{self.local}-{server}"
                for server in listed(words["server"])
            )
        name = self.case.domain if name == "@" else name
        self.zone = Zone(name=name, **words)
        self.case.world.zones.append(self.zone)

    def _do_nameserver(self, rest: str) -> None:
        name, _, rest = rest.partition(" ")
        words = parse_words(rest)
        if "drop" in words:
            words["drop"] = listed(words["drop"])
        if "rcode" in words:
            pairs = [pair.split(":") for pair in listed(words["rcode"])]
            words["rcode"] = dict(pairs)
        server = NameServer(name=f"{self.local}-{name}", behaviour=words)
        self.case.world.servers.append(server)

    def _do_cert(self, rest: str) -> None:
        name, _, rest = rest.partition(" ")
        spec = {"cn": f"{self.local} {name}"} | self._spec([], parse_words(rest))
        self.case.world.keys[f"{self.local}/{name}"] = spec

    def _do_repeat(self, rest: str) -> None:
        first, last, record = rest.split(" ", 2)
        for number in range(int(first), int(last) + 1):
            self._record(record.replace("{n}", str(number)))

    def _do_stale(self, rest: str) -> None:
        self._zone().stale.append(self._resolve(rest))

    def _do_host(self, rest: str) -> None:
        name, _, rest = rest.partition(" ")
        words = parse_words(rest)
        fqdn = self._zone().name if name == "@" else f"{name}.{self._zone().name}"
        if name not in self.seen_hosts:
            self._certificates(name, fqdn, words)
            for token in listed(words["tlsa"]) if "tlsa" in words else []:
                self._tlsa(name, str(token))
        self.seen_hosts.add(name)
        self._servers(name, words)

    def _certificates(self, name: str, fqdn: str, words: dict[str, Any]) -> None:
        spec = self._spec([fqdn], words)
        kinds = {"both": ("ec", "rsa")}.get(words.get("key", "ec"))
        kinds = kinds or (words.get("key", "ec"),)
        keys = self.case.world.keys
        for kind in kinds:
            keys[f"{self.local}/{name}-{kind}"] = spec | {"key": kind}
        keys[f"{self.local}/{name}"] = spec | {"key": kinds[0]}
        keys[f"{self.local}/{name}-next"] = spec | {"label": "next"}

    @staticmethod
    def _spec(names: list[str], words: dict[str, Any]) -> dict[str, Any]:
        spec: dict[str, Any] = {"names": names}
        if "san" in words:
            spec["names"] = listed(words["san"]) if words["san"] else []
        spec |= {key: words[key] for key in SAME_WORDS if key in words}
        for key in ("chain", "permitted"):
            if key in words:
                spec[key] = [name for name in listed(words[key]) if name]
        if words.get("expired"):
            spec |= {"not_before_days": -400, "not_after_days": -30}
        return spec

    def _tlsa(self, name: str, token: str) -> None:
        numbers, _, which = token.partition(":")
        which = which or ("issuer" if numbers[0] in "02" else "leaf")
        depth = which in ("leaf", "issuer", "root")
        reference = f"{name}:{which}" if depth else f"{name}-{which}"
        owner = "_25._tcp" if name == "@" else f"_25._tcp.{name}"
        self._record(f"{owner} TLSA {' '.join(numbers)} @{reference}")

    def _servers(self, name: str, words: dict[str, Any]) -> None:
        behaviour = {
            key: value
            for key, value in words.items()
            if key not in CERT_WORDS and key not in HOST_WORDS
        }
        behaviour["kind"] = words.get("kind", "smtp")
        local = f"{self.local}/{name}"
        both = words.get("key") == "both"
        behaviour["cert"] = [f"{local}-ec", f"{local}-rsa"] if both else local
        if "cert" in words:
            behaviour["cert"] = words["cert"]
        if "default" in words:
            behaviour["default"] = f"{local}-{words['default']}"
        families = str(words.get("family", 4))
        for family in families if families != "none" else "4":
            address = self.addresses.take(family)
            self.host_addresses[name] = address
            self.case.world.hosts.append(MailServer(address, behaviour))
            if families != "none":
                kind = "AAAA" if family == "6" else "A"
                self._record(f"{name} {kind} {address}")

    def _resolve(self, text: str) -> str:
        text = re.sub(r"(TLSA[\s\d]+)@", rf"\1@{self.local}/", text)
        return re.sub(r"\$(\w+)", lambda m: self.host_addresses[m[1]], text)

    def _record(self, text: str) -> None:
        self._zone().records.append(self._resolve(text))

    def _zone(self) -> Zone:
        """The domain's own zone where none was named."""
        if self.zone is None:
            self._do_zone("@")
        assert self.zone is not None
        return self.zone


def blocks(path: Path) -> Iterator[tuple[int, str, list[str]]]:
    """Line number, header and lines of each case of a file."""
    start, header, lines = 0, "", []
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        if raw[0].isspace():
            lines.append(raw.strip())
            continue
        if header:
            yield start, header, lines
        start, header, lines = number, raw, []
    if header:
        yield start, header, lines


def load(paths: list[Path]) -> list[Case]:
    cases: dict[str, Case] = {}
    addresses = Addresses()
    for path in paths:
        for number, header, lines in blocks(path):
            parser = CaseParser(header, addresses)
            try:
                for line in lines:
                    parser.line(line)
            except (CaseError, KeyError, TypeError, ValueError) as error:
                raise CaseError(f"{path.name}:{number}: {header}: {error}") from error
            case = parser.case
            if case.id in cases or not case.expectations:
                raise CaseError(f"{path.name}:{number}: double, or expects nothing")
            cases[case.id] = case
    return list(cases.values())


def merge(cases: list[Case]) -> World:
    """One world for all cases."""
    world = World()
    for case in cases:
        world.zones += case.world.zones
        world.servers += case.world.servers
        world.hosts += case.world.hosts
        world.keys |= case.world.keys
    return world
