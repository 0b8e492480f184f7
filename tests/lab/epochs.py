"""Populations that change: the stories, told up to an epoch.

The domains of the stories are a part of the population, the rest stays what it
is. Beside what populations have, an epoch has

    changes.tsv    domain, change, cause, host, old class, old reason, new class,
                   new reason: against the epoch before
    rollovers.tsv  host, epoch, outcome, depth: of this epoch and of those before

and its list is CSV with a registrar and a sector of each domain. Some domains
have policies of MTA-STS (policies.py).
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import stories
from expected import Verdict
from kinds import Maker
from stories import STORIES, Actor, Step, Story

LAST = len(STORIES[0].steps)
# Of this many domains each story is told once, at a provider by one customer.
TOLD_SHARE, CUSTOMER_SHARE = 800, 150
REGISTRARS = {"Aster": 5, "Borage": 3, "Clover & Sons": 1, "Dill (Wholesale)": 1}
SECTORS = {"commerce": 6, "government": 1, "health": 1, "education": 1, "press": 1}
Names = Callable[[], str]


@dataclass(frozen=True)
class Change:
    """One row of dane.changes()."""

    domain: str
    change: str
    cause: str
    host: str  # "*": of somebody else
    old: Verdict | None
    new: Verdict | None

    def row(self) -> list[str]:
        row = [self.domain, self.change, self.cause, self.host]
        for verdict in (self.old, self.new):
            row += [verdict.verdict_class, verdict.reason] if verdict else ["", ""]
        return row


@dataclass(frozen=True)
class Rollover:
    """One row of dane.rollovers()."""

    host: str
    epoch: int
    outcome: str
    depth: str

    def row(self) -> list[str]:
        return [self.host, str(self.epoch), self.outcome, self.depth]


class Epochs:
    """The stories of one population."""

    def __init__(self, maker: Maker, total: int, names: Names) -> None:
        self.maker = maker
        self.names = names
        self.verdicts: dict[str, Verdict] = {}  # of the domains that are listed
        self.changes: list[Change] = []
        self.rollovers: list[Rollover] = []
        self.cast = list(self._begin(total))
        for story, actor in self.cast:
            self._judge(actor, story.verdict)

    def _begin(self, total: int) -> Iterator[tuple[Story, Actor]]:
        for story in STORIES:
            if story.provider:
                customers = [self.names() for _ in range(customers_of(total))]
                zone = f"{self.names().replace('.', '-mail.', 1)}"
                yield story, stories.begin(story, self.maker, customers, zone)
                continue
            for _ in range(told(total)):
                name = self.names()
                yield story, stories.begin(story, self.maker, [name], name)

    def go_on(self, epoch: int) -> None:
        """From the epoch before to this one."""
        self.changes.clear()
        self.rollovers = [later(r, self.cast) for r in self.rollovers]
        for story, actor in self.cast:
            step = story.steps[epoch - 1]
            step.act(actor)
            self._tell(actor, step, epoch)

    def _tell(self, actor: Actor, step: Step, epoch: int) -> None:
        before = {name: self.verdicts.get(name) for name in actor.customers}
        self._judge(actor, step.verdict)
        if step.rollover:
            self.rollovers.append(Rollover(actor.host, epoch, *step.rollover.split()))
        for domain in actor.customers if step.change else []:
            host = "*" if step.other_host else actor.host
            old, new = before[domain], self.verdicts.get(domain)
            self.changes.append(Change(domain, step.change, step.cause, host, old, new))

    def _judge(self, actor: Actor, verdict: Verdict) -> None:
        for name in actor.customers:
            self.verdicts.pop(name, None)
            if actor.listed:
                self.verdicts[name] = verdict

    def save(self, folder: Path) -> None:
        for name, rows in (("changes", self.changes), ("rollovers", self.rollovers)):
            lines = sorted("\t".join(row.row()) + "\n" for row in rows)
            (folder / f"{name}.tsv").write_text("".join(lines))


def later(rollover: Rollover, cast: list[tuple[Story, Actor]]) -> Rollover:
    """What the epoch after its own makes of a roll-over."""
    story = next(s for s, actor in cast if actor.host == rollover.host)
    told_ = story.steps[rollover.epoch - 1].later
    return Rollover(rollover.host, rollover.epoch, *told_.split()) if told_ else rollover


def told(total: int) -> int:
    """How often a story is told."""
    return max(1, total // TOLD_SHARE)


def customers_of(total: int) -> int:
    """Of a provider in a story."""
    return max(2, total // CUSTOMER_SHARE)


def domains(total: int) -> int:
    """How many domains of a population are in stories."""
    return sum(customers_of(total) if s.provider else told(total) for s in STORIES)


def write_list(path: Path, names: list[str]) -> None:
    """The list with the tags of each name, which are the same in each epoch."""
    with path.open("w", encoding="ascii", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["domain", "registrar", "sector"])
        for name in names:
            random_ = random.Random(name)
            drawn = [
                random_.choices(list(weights), list(weights.values()))[0]
                for weights in (REGISTRARS, SECTORS)
            ]
            table.writerow([name, *drawn])
