"""The verdicts of all cases are the same however they are scanned."""

from __future__ import annotations

import json
from typing import Any

import casefile
from lab import CASES, LIMITS
from program import Run, demand
from stage import Stage

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


def cases() -> list[casefile.Case]:
    return casefile.load(sorted(CASES.glob("*.case")))


def fickle() -> set[str]:
    """Domains with a server that does otherwise when a scan comes again."""
    return {
        case.a_label
        for case in cases()
        if any("times" in host.behaviour for host in case.world.hosts)
    }


def scan(stage: Stage, name: str, names: list[str], *words: object) -> dict[str, Any]:
    """The rows of these domains. Those that let a scan wait until its time limit
    are scanned beside the others, for their limits are shorter."""
    lab, waits = stage.cases(), {case.domain: case.waits for case in cases()}
    results = []

    def begin(kind: str) -> Run:
        part, found = stage.fresh(f"{name}{kind}.list"), stage.fresh(f"{name}.ndjson")
        part.write_text("".join(f"{n}\n" for n in names if waits[n] == kind))
        results.append(found)
        options = ("-q", "--order", "list", *LIMITS[kind], *words, "-o", found, part)
        return lab.begin("scan", *options)

    waiting = [begin(kind) for kind in LIMITS if kind]
    with stage.alone("all cases"):
        begin("").finish()
    for run in waiting:
        run.finish()
    rows = [json.loads(row) for found in results for row in found.open()]
    demand(len({row["domain"] for row in rows}) == len(rows), "a domain has two rows")
    return {row["domain"]: row for row in rows}


def all_names(stage: Stage) -> list[str]:
    return stage.cases().names.read_text().splitlines()


def verdicts(rows: dict[str, Any]) -> dict[str, Any]:
    return {domain: digest(row) for domain, row in rows.items()}


def usual(stage: Stage) -> dict[str, Any]:
    """As one process and a wide window find it."""
    words = ("--resolvers", 1, "--window", 5000)
    return verdicts(scan(stage, "usual", all_names(stage), *words))


def same(stage: Stage, name: str, names: list[str], *words: object) -> None:
    now = verdicts(scan(stage, name, names, *words))
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
    same(stage, "one", all_names(stage), "--window", 1, "--resolvers", 1)


def test_reversed(stage: Stage) -> None:
    """the list reversed"""
    names = all_names(stage)[::-1]
    same(stage, "reversed", names, "--window", 5000, "--resolvers", 1)


def test_three_processes(stage: Stage) -> None:
    """three resolver processes"""
    same(stage, "three", all_names(stage), "--window", 5000, "--resolvers", 3)


def test_few_conversations(stage: Stage) -> None:
    """two SMTP conversations at a time"""
    words = ("--window", 5000, "--resolvers", 2, "--probes", 2)
    same(stage, "few", all_names(stage), *words)


def test_at_once(stage: Stage) -> None:
    """all at once, and what failed in the crowd once more"""
    words = ("--window", 5000, "--resolvers", 1, "--rate", 0)
    again = ("--retries", 1, "--retry-delay", 1)
    same(stage, "crowd", all_names(stage), *words, *again)
