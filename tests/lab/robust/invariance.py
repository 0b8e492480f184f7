"""The verdicts of all cases are the same however they are scanned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import casefile
from lab import CASES
from program import Run, demand
from stage import Lab, Stage

# What does not answer here never will; so short, one after the other is bearable.
LIMITS = (
    *("--dns-timeout", 20, "--connect-timeout", 1),
    *("--smtp-timeout", 1, "--session-timeout", 4),
)
OF_DOMAIN = ("class", "reason", "reasons", "severity", "half_dane")


def digest(row: dict[str, Any]) -> dict[str, Any]:
    """The verdict, also that of each host and address."""
    verdict = {key: row[key] for key in OF_DOMAIN}
    for host in row["hosts"]:
        name = host["host"]
        verdict[name] = (host["class"], host["reason"], host["tlsa"]["state"])
        for endpoint in host["endpoints"]:
            where = f"{name} {endpoint['address']}"
            verdict[where] = (endpoint["class"], endpoint["reason"])
    return verdict


def fickle() -> set[str]:
    """Domains with a server that does otherwise when a scan comes again."""
    cases = casefile.load(sorted(CASES.glob("*.case")))
    return {
        case.a_label
        for case in cases
        if any("times" in host.behaviour for host in case.world.hosts)
    }


def begin(lab: Lab, found: Path, *words: object) -> Run:
    return lab.begin("scan", "-q", "--order", "list", *LIMITS, "-o", found, *words)


def verdicts(found: Path) -> dict[str, Any]:
    rows = [json.loads(line) for line in found.read_text().splitlines()]
    demand(len({row["domain"] for row in rows}) == len(rows), "a domain has two rows")
    return {row["domain"]: digest(row) for row in rows}


def usual(stage: Stage) -> dict[str, Any]:
    """As one process and a wide window find it."""
    lab, found = stage.cases(), stage.fresh("usual.ndjson")
    begin(lab, found, "--resolvers", 1, "--window", 5000, lab.names).finish()
    return verdicts(found)


def same(stage: Stage, name: str, names: Path, *words: object) -> None:
    found = stage.fresh(f"{name}.ndjson")
    begin(stage.cases(), found, *words, names).finish()
    now = verdicts(found)
    once = stage.once("verdicts", lambda: usual(stage))
    demand(once.keys() == now.keys(), f"{len(once)} domains, and now {len(now)}")
    comparable = once.keys() - fickle()
    wrong = [
        f"{domain}: {key} was {value}, is {now[domain].get(key)}"
        for domain in sorted(comparable)
        for key, value in once[domain].items()
        if now[domain].get(key) != value
    ]
    demand(not wrong, "\n".join(wrong))


def test_window_of_one(stage: Stage) -> None:
    """one domain at a time"""
    names = stage.cases().names
    same(stage, "one", names, "--window", 1, "--resolvers", 1)


def test_reversed(stage: Stage) -> None:
    """the list reversed"""
    lines = stage.cases().names.read_text().splitlines()
    names = stage.fresh("reversed.list")
    names.write_text("".join(f"{line}\n" for line in reversed(lines)))
    same(stage, "reversed", names, "--window", 5000, "--resolvers", 1)


def test_three_processes(stage: Stage) -> None:
    """three resolver processes"""
    same(stage, "three", stage.cases().names, "--window", 5000, "--resolvers", 3)


def test_few_conversations(stage: Stage) -> None:
    """two SMTP conversations at a time"""
    names = stage.cases().names
    same(stage, "few", names, "--window", 5000, "--resolvers", 2, "--probes", 2)


def test_again(stage: Stage) -> None:
    """once more, the same way"""
    same(stage, "again", stage.cases().names, "--window", 5000, "--resolvers", 1)
