"""Populations of the size and the shape of the Internet, as tables.

A world of objects is too large for a million domains; here each zone becomes a
line for compile when it is made, and only name servers, mail servers and their
certificates are kept. Shares follow the published surveys: one domain in six of
those with DNSSEC has DANE, one provider has a third of these, some in ten
thousand are broken; what is too rare for the number of domains is taken once.

    zones.tsv, servers.tsv   input of compile
    addresses                of authority
    mail.tsv, certificates   of farm
    world.json               how to run it (lab.py run --world)
    world.list, expected.tsv the list to scan, and what each domain deserves
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certs
import expected
import world
from expected import Verdict
from internet_kinds import HOSTING
from kinds import Kind, Maker
from mint import Mint
from nameservers import rules
from providers import (
    DANE_LARGEST,
    DANE_SIZES,
    SIGNED_SIZES,
    UNSIGNED_SIZES,
    Choice,
    Providers,
    Servers,
)
from world import MailServer, World, Zone
from zones import TLSA_REFERENCE, has_ipv6

SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
TLDS = {"example": 0.35, "test": 0.2, "internal": 0.45}
# After the 20 largest a power law, so that 12 have three quarters of all.
SIZES = {
    "dane": [*DANE_LARGEST, *(2470 * rank**-1.6 for rank in range(21, 4000))],
    "signed": [*SIGNED_SIZES, *(8 / rank for rank in range(12, 400))],
    "unsigned": [*UNSIGNED_SIZES, *(6 / rank for rank in range(30, 1500))],
}
# The same few providers for any number of domains.
FEW_SIZES = {"dane": DANE_SIZES, "signed": SIGNED_SIZES, "unsigned": UNSIGNED_SIZES}
OPERATOR_NETWORK = ipaddress.ip_address("198.18.1.0")
OPERATOR_NETWORK6 = ipaddress.ip_address("fd00:0:0:18::")
OPERATORS = 120
OPERATOR_IPV6 = 0.4
# Name servers that misbehave are all over the place: so many networks of 256.
ODD_NETWORK = ipaddress.ip_address("198.18.8.1")
ODD_NETWORKS = 200
# Domains that share a name server which misbehaves, at most.
CUSTOMERS = {"lame": 40, "silent": 3}
OTHER_CUSTOMERS = 8
SHARED = "shared.hosting.example"


@dataclass
class NameServer:
    """A line of servers.tsv, and of the addresses of the authority."""

    label: str
    addresses: list[str]
    words: list[str]


class ZoneTable:
    """In place of the list of zones: each is written and forgotten."""

    def __init__(self, path: Path, mint: Mint, servers: Callable[[str], str]) -> None:
        self.file = path.open("w", encoding="ascii")
        self.mint = mint
        self.servers = servers  # numbers for the names of a zone

    def append(self, zone: Zone) -> None:
        records = [
            TLSA_REFERENCE.sub(self._data, line) if " TLSA " in line else line
            for line in zone.records
        ]
        fields = (
            f"zone\t{zone.name}.",
            zone.denial if zone.signed else "-",
            str(zone.iterations),
            zone.ds,
            ",".join(zone.faults) or "-",
            self.servers(zone.server),
            "|".join(records) + "\n",
        )
        self.file.write("\t".join(fields))

    def _data(self, match: re.Match[str]) -> str:
        usage, selector, mtype, reference = match.groups()
        value = self.mint.tlsa(int(selector), int(mtype), reference)
        return f"TLSA {usage} {selector} {mtype} {value}"


class Network:
    """The name servers: operators of many zones, and those that misbehave."""

    def __init__(self, random_: random.Random) -> None:
        self.random = random_
        self.ipv6 = has_ipv6()
        self.taken = self.odd = 0
        six = [world.ROOT_ADDRESS6] if self.ipv6 else []
        self.servers = [
            NameServer("root", [world.ROOT_ADDRESS, *six], []),
            NameServer("tld", list(world.TLD_ADDRESSES), []),
        ]
        self.choice = Choice(random_, [1 / rank for rank in range(1, OPERATORS + 1)])
        self.pairs = [self._operator(number) for number in range(OPERATORS)]
        self.special: dict[str, int] = {}
        self.customers: dict[str, int] = defaultdict(int)

    def numbers(self, names: str) -> str:
        """Those of a zone: "leaf" is one of the operators."""
        if names == "leaf":
            return self.pairs[self.choice.draw()]
        found = []
        for name in names.split(","):
            pair = self.pairs[self.choice.draw()] if name == "leaf" else ""
            found.append(pair.partition(",")[0] or name)
        return ",".join(found)

    def misbehaving(self, behaviour: dict[str, Any]) -> str:
        """A server of that sort; each has but some customers."""
        key = json.dumps(behaviour, sort_keys=True)
        most = OTHER_CUSTOMERS
        for word, number in CUSTOMERS.items():
            most = number if word in behaviour else most
        if self.customers[key] % most == 0:
            label = f"odd-{len(self.servers)}"
            self.special[key] = self._add_odd(label, rules(behaviour))
        self.customers[key] += 1
        return str(self.special[key])

    def _operator(self, number: int) -> str:
        six = self.ipv6 and self.random.random() < OPERATOR_IPV6
        pair = [self._add(f"{x}-op{number + 1}", [], six) for x in "ab"]
        return ",".join(map(str, pair))

    def _add_odd(self, label: str, words: list[str]) -> int:
        row, network = divmod(self.odd, ODD_NETWORKS)
        self.odd += 1
        address = str(ODD_NETWORK + 256 * network + row)
        self.servers.append(NameServer(label, [address], words))
        return len(self.servers) - 1

    def _add(self, label: str, words: list[str], ipv6: bool) -> int:
        self.taken += 1
        addresses = [str(OPERATOR_NETWORK + self.taken)]
        if ipv6:
            addresses.append(str(OPERATOR_NETWORK6 + self.taken))
        self.servers.append(NameServer(label, addresses, words))
        return len(self.servers) - 1


class Internet(World):
    """A world whose zones go to a table."""

    def __init__(self, folder: Path, mint: Mint, network: Network) -> None:
        super().__init__()
        self.mint = mint
        self.network = network
        self.keys = mint.specs
        self.hosting: list[str] = []
        self.zones: Any = ZoneTable(folder / "zones.tsv", mint, network.numbers)

    def write(self, folder: Path) -> None:
        self.zones.file.close()
        names, addresses, mail = [], [], []
        for number, server in enumerate(self.network.servers):
            at_ = ",".join(server.addresses)
            names.append(f"server\t{number}\t{server.label}\t{at_}")
            for address in server.addresses:
                addresses.append(" ".join([address, str(number), *server.words]))
        names += [f"tld\t{name}.\t{denial}" for name, denial in world.TLDS.items()]
        used: dict[str, None] = {}
        for host in self.hosts:
            if host.behaviour.get("kind") != "refused":
                mail.append(self._mail_line(host, used))
        (folder / "servers.tsv").write_text("\n".join(names) + "\n")
        (folder / "addresses").write_text("\n".join(addresses) + "\n")
        (folder / "mail.tsv").write_text("\n".join(mail) + "\n")
        self.mint.write(folder / "certificates", list(used))

    @staticmethod
    def _mail_line(host: MailServer, used: dict[str, None]) -> str:
        behaviour = dict(host.behaviour)
        cert = behaviour.pop("cert") or []
        cert = [cert] if isinstance(cert, str) else cert
        used.update(dict.fromkeys(cert))
        words = []
        if behaviour.pop("kind", None) == "blackhole":
            words.append("blackhole")
        words += [f"{key}={value}" for key, value in behaviour.items()]
        return "\t".join([host.address, ",".join(cert) or "-", *words])


class TableMaker(Maker):
    """Makes zones without what tables do not have."""

    def zone(self, name: str, records: list[str], **fields: Any) -> None:
        fields.setdefault("denial", "nsec" if self.random.random() < 0.4 else "nsec3")
        self.world.zones.append(Zone(name, records, **fields))

    def name_server(self, name: str, behaviour: dict[str, Any]) -> str:
        found: str = self.world.network.misbehaving(behaviour)
        return found


class Names:
    """Names, none twice: the numbers of a full cycle, in syllables."""

    def __init__(self, random_: random.Random, total: int) -> None:
        self.random = random_
        self.digits = 3
        while len(SYLLABLES) ** self.digits < 3 * total:
            self.digits += 1
        self.size = len(SYLLABLES) ** self.digits
        self.step = self.size * 5 // 8 // 70 * 70 + 1  # prime to 70
        self.number = random_.randrange(self.size)

    def next(self, tlds: dict[str, float]) -> str:
        self.number = (self.number + self.step) % self.size
        number, label = self.number, ""
        for _ in range(self.digits):
            number, digit = divmod(number, len(SYLLABLES))
            label += SYLLABLES[digit]
        point = self.random.random()
        for tld, share in tlds.items():
            point -= share
            if point < 0:
                break
        return f"{label}.{tld}"


def shared_hosting(internet: Internet, servers: Servers) -> None:
    internet.keys[SHARED] = {"names": [SHARED]}
    for _ in range(HOSTING):
        address = servers.addresses.take()
        internet.hosts.append(MailServer(address, {"cert": SHARED}))
        internet.hosting.append(address)


def made_of(arguments: dict[str, Any]) -> str:
    """Tells one set of tables from another."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    text = "".join(path.read_text() for path in sources)
    key = json.dumps([arguments, str(certs.monday()), has_ipv6()])
    return hashlib.sha256((text + key).encode()).hexdigest()[:32]


def populate(
    folder: Path, kinds: list[Kind], counts: list[int], seed: int, few: bool
) -> tuple[Internet, dict[str, Verdict]]:
    random_ = random.Random(seed)
    internet = Internet(folder, Mint(), Network(random_))
    servers = Servers(internet, has_ipv6())
    shared_hosting(internet, servers)
    markets = {
        kind: Providers(kind, weights, random_, servers)
        for kind, weights in (FEW_SIZES if few else SIZES).items()
    }
    maker = TableMaker(random_, internet, servers, markets)
    names = Names(random_, sum(counts))
    verdicts: dict[str, Verdict] = {}
    for kind, count in zip(kinds, counts):
        for _ in range(count):
            domain = names.next(kind.tlds or TLDS)
            kind.make(maker, domain)
            verdicts[domain] = kind.verdict
    return internet, verdicts


def make(
    folder: Path,
    kinds: list[Kind],
    counts: list[int],
    seed: int,
    run: dict[str, Any],
    few: bool = False,
) -> None:
    """Write the tables of as many domains of each kind; `run`: of the name
    servers (delay_ms, loss); `few`: mail at few providers only. What is there
    already is not made again."""
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / "world.json"
    key = made_of({"kinds": len(kinds), "counts": counts, "seed": seed, "few": few})
    made = json.loads(mark.read_text())["tables"]["key"] if mark.exists() else ""
    if made != key:
        mark.unlink(missing_ok=True)
        internet, verdicts = populate(folder, kinds, counts, seed, few)
        internet.write(folder)
        expected.write(folder / "expected.tsv", verdicts)
        listed = list(verdicts)
        random.Random(seed).shuffle(listed)
        (folder / "world.list").write_text("\n".join(listed) + "\n")
    mark.write_text(json.dumps({"tables": {"key": key, "seed": seed, **run}}))
