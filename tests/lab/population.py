#!/usr/bin/python3
"""Populations: many domains of a realistic shape, and what each deserves.

    population.py [--domains N] [--seed S] [--kind demo|bench|internet|hosts]
                  [--signed-share X] [--dead P] [--delay-ms D] [--loss P] [--epoch E]
                  FOLDER

Writes world.json (for lab.py run --world), world.list and expected.tsv
(domain, class, reason, severity) into FOLDER. The same arguments make the same
population.

`demo` has the shape that surveys report: a few providers serve most domains,
most signed domains have no TLSA records, one in six has DANE, few are broken,
and those as they are broken out there. What is too rare for N is taken once.
`internet` has the shares that surveys report, for up to millions of domains; it
is written as tables (internet.py) and has few domains with DNSSEC unless told
otherwise. `bench`, tables too, has signed and unsigned domains, each in a zone of
its own, all with their mail at providers in other zones; nothing is broken, but
of every hundred P are at dead name servers. `hosts`, tables, has a mail server
for each domain.

--epoch makes a `demo` one of several that follow on one another: in each, some
domains break, are mended, move, come or go (epochs.py, stories.py).
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path

import epochs
import expected
import internet
import internet_kinds
import namespace
import policies
import postfix
from expected import Verdict
from kinds import KINDS, Kind, Maker
from providers import DANE_SIZES, SIGNED_SIZES, UNSIGNED_SIZES, Providers, Servers
from world import World
from zones import has_ipv6

# Rare kinds are taken once each, but fill no more than this share.
RARE_SHARE = 0.6
SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
TLDS = {"example": 0.5, "test": 0.3, "internal": 0.2}

# Those which are written as tables.
TABLES = ("bench", "internet", "hosts")


@dataclass
class Population:
    world: World = field(default_factory=World)
    names: list[str] = field(default_factory=list)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    epochs: epochs.Epochs | None = None

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.world.save(folder / "world.json")
        expected.write(folder / "expected.tsv", self.verdicts)
        if self.epochs is None:
            (folder / "world.list").write_text("\n".join(self.names) + "\n")
        else:
            epochs.write_list(folder / "world.list", self.names)
            self.epochs.save(folder)


def shares(kinds: list[Kind], signed_share: float) -> list[float]:
    """Per cent of all domains."""
    sums = {"any": 100.0, "signed": 0.0, "unsigned": 0.0}
    for kind in kinds:
        if kind.part != "any":
            sums[kind.part] += kind.share
    rest = 100.0 - sum(kind.share for kind in kinds if kind.part == "any")
    wholes = {
        "any": 100.0,
        "signed": rest * signed_share,
        "unsigned": rest * (1 - signed_share),
    }
    return [wholes[kind.part] * kind.share / sums[kind.part] for kind in kinds]


def apportion(total: int, parts: list[float]) -> list[int]:
    """How many domains of each kind: by share; the rare ones once, in the order
    of the table, as far as there is room."""
    counts = [int(total * part / 100) for part in parts]
    room = int(total * RARE_SHARE)
    for i, part in enumerate(parts):
        if counts[i] == 0 and part > 0 and room > 0:
            counts[i] = 1
            room -= 1
    commonest = sorted(range(len(parts)), key=lambda i: -parts[i])[:4]
    turn = 0
    while sum(counts) != total:
        i = commonest[turn % len(commonest)]
        counts[i] = max(0, counts[i] + (1 if sum(counts) < total else -1))
        turn += 1
    return counts


def domain_name(
    random_: random.Random, tlds: dict[str, float], taken: set[str]
) -> str:
    while True:
        label = "".join(random_.choices(SYLLABLES, k=random_.choice((2, 3, 3, 4))))
        name = f"{label}.{random_.choices(list(tlds), list(tlds.values()))[0]}"
        if name not in taken:
            taken.add(name)
            return name


def markets(
    random_: random.Random, servers: Servers, first: str
) -> dict[str, Providers]:
    sizes = {"dane": DANE_SIZES, "signed": SIGNED_SIZES, "unsigned": UNSIGNED_SIZES}
    return {
        name: Providers(name, weights, random_, servers, first)
        for name, weights in sizes.items()
    }


def populate(
    kinds: list[Kind],
    total: int,
    seed: int,
    signed_share: float,
    first: str,
    epoch: int | None = None,
) -> Population:
    """`first`: the kind of mail server at the largest providers."""
    random_ = random.Random(seed)
    population = Population()
    servers = Servers(population.world, has_ipv6())
    maker = Maker(
        random_, population.world, servers, markets(random_, servers, first)
    )
    taken: set[str] = set()
    still = total if epoch is None else max(0, total - epochs.domains(total))
    counts = apportion(still, shares(kinds, signed_share))
    for kind, count in zip(kinds, counts):
        for _ in range(count):
            domain = domain_name(random_, kind.tlds or TLDS, taken)
            kind.make(maker, domain)
            population.verdicts[domain] = kind.verdict
            population.names.append(domain)
    if epoch is not None:
        policies.publish(maker, population.names)
        told = epochs.Epochs(maker, total, lambda: domain_name(random_, TLDS, taken))
        for number in range(1, epoch + 1):
            told.go_on(number)
        population.epochs = told
        population.verdicts |= told.verdicts
        population.names += told.verdicts
    random_.shuffle(population.names)
    return population


def table_kinds(kind: str, dead_percent: float) -> list[Kind]:
    if kind == "bench":
        return internet_kinds.bench_kinds(dead_percent)
    return internet_kinds.KINDS if kind == "internet" else internet_kinds.HOST_KINDS


def postfix_works() -> bool:
    if not postfix.MASTER.exists():
        return False
    return namespace.has_all_users() if os.geteuid() == 0 else namespace.subordinate_ids()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--domains", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=("demo", *TABLES), default="demo")
    parser.add_argument("--signed-share", type=float, help="0.5; internet: 0.1")
    parser.add_argument("--dead", type=float, default=0, help="bench: per cent")
    parser.add_argument("--delay-ms", type=int, default=0, help="of all answers")
    parser.add_argument("--loss", type=float, default=0, help="tables: per cent")
    parser.add_argument("--epoch", type=int, choices=range(epochs.LAST + 1))
    parser.add_argument("folder", type=Path)
    a = parser.parse_args()
    if a.dead and a.kind != "bench":
        parser.error("--dead is for --kind bench")
    if a.epoch is not None and a.kind != "demo":
        parser.error("--epoch is for --kind demo")
    if a.loss and a.kind not in TABLES:
        parser.error("--loss is for tables")
    if a.signed_share is None:
        a.signed_share = 0.1 if a.kind == "internet" else 0.5
    if a.kind in TABLES:
        kinds = table_kinds(a.kind, a.dead)
        counts = apportion(a.domains, shares(kinds, a.signed_share))
        run = {"delay_ms": a.delay_ms, "loss": a.loss}
        internet.make(a.folder, kinds, counts, a.seed, run, a.kind == "bench")
        return 0
    first = "postfix" if postfix_works() else "smtp"
    populate(KINDS, a.domains, a.seed, a.signed_share, first, a.epoch).save(a.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
