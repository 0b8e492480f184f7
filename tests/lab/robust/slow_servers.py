"""Servers that never answer cost their own domains time, and nobody else."""

from __future__ import annotations

import json

import kinds
from expected import Verdict
from population import populate
from program import count_rows, demand
from stage import Population, Stage
from world import PROXY_NETWORK

DOMAINS = 120
SILENT = Verdict("indeterminate", "mx-timeout")
KINDS = [
    kinds.Kind("any", 60, kinds.VALID, kinds.at("dane")),
    kinds.Kind("any", 30, kinds.UNSIGNED, kinds.at("unsigned", signed=False)),
    kinds.Kind("any", 5, SILENT,
               kinds.own(server={"silent": True}, zone={"signed": False})),
    kinds.Kind("any", 5, kinds.UNREACHABLE,
               kinds.own(kinds.MIXED, behaviour={"never": "banner"})),
]  # fmt: skip
SLOW = (SILENT, kinds.UNREACHABLE)
# Far from what all others take together.
LIMITS = ("--dns-timeout", 30, "--smtp-timeout", 30)
# Of the first of the silent name servers.
SILENT_ADDRESS = PROXY_NETWORK


def slow_population(stage: Stage) -> Population:
    """The slow domains come first in its list."""

    def write() -> None:
        population = populate(KINDS, DOMAINS, 1, 0.5, "smtp")
        population.names.sort(key=lambda name: population.verdicts[name] not in SLOW)
        population.save(stage.folder / "slow")

    return stage.inhabit("slow", write)


def names_of(population: Population, *verdicts: Verdict) -> set[str]:
    return {name for name, v in population.promised.items() if v in verdicts}


def test_nobody_else_waits(stage: Stage) -> None:
    """silent name servers and mail servers: all others are written before"""
    population, found = slow_population(stage), stage.fresh("slow.ndjson")
    slow = names_of(population, *SLOW)
    rest = population.total - len(slow)
    run = population.lab.begin("scan", "-q", *LIMITS, "-o", found, population.names)
    run.await_("the others are written", lambda: count_rows(found) >= rest)
    demand(not run.ended(), "no server was slow")
    run.finish()
    rows = [json.loads(line) for line in found.read_text().splitlines()]
    early = [row["domain"] for row in rows[:rest] if row["domain"] in slow]
    demand(len(slow) >= 10 and not early, f"before the others: {early}")
    demand(
        max(row["time"] for row in rows[:rest]) <= min(r["time"] for r in rows[rest:]),
        "the times of the rows are not in this order",
    )
    population.compare(found)


def test_time_limit_of_dns(stage: Stage) -> None:
    """a silent name server is given up after the time limit of DNS"""
    population, found = slow_population(stage), stage.fresh("limit.ndjson")
    names = stage.fresh("limit.list")
    silent = sorted(names_of(population, SILENT))
    names.write_text("\n".join(silent) + "\n")
    words = ("scan", "-q", "--dns-timeout", 10, "-o", found, names)
    population.lab.begin(*words).finish()
    rows = [json.loads(line) for line in found.read_text().splitlines()]
    reasons = {row["domain"]: row["reason"] for row in rows}
    demand(reasons == dict.fromkeys(silent, "mx-timeout"), f"{reasons}")


def test_admission_goes_on(stage: Stage) -> None:
    """in a window that does not hold all, the others pass them"""
    population, found = slow_population(stage), stage.fresh("window.ndjson")
    slow = names_of(population, *SLOW)
    rest = population.total - len(slow)
    words = ("-q", *LIMITS, "--window", len(slow) + rest // 2)
    run = population.lab.begin("scan", *words, "-o", found, population.names)
    run.await_("the others are written", lambda: count_rows(found) >= rest)
    early = [line for line in found.read_text().splitlines()[:rest]
             if json.loads(line)["domain"] in slow]  # fmt: skip
    demand(not early, f"{len(early)} slow domains before the others")
    run.finish()
    population.compare(found)
