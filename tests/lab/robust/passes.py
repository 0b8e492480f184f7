"""Outcomes that pass: a second pass finds them mended, or as they were."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import cluster
import interruption
import kinds
from cluster import Database
from population import populate
from program import Run, demand, descendants, one_clear_line
from stage import Population, Stage

DOMAINS = 60
LATER = {"banner": "451 4.3.2 later", "times": 1}
BUSY = kinds.Kind("signed", 20, kinds.VALID,
                  kinds.own(kinds.MIXED, behaviour=LATER))  # fmt: skip
AWAY = kinds.Kind("signed", 10, kinds.VALID,
                  kinds.own(kinds.MIXED, server={"delay_ms": 1}))  # fmt: skip
LOST = kinds.Kind("signed", 10, kinds.UNREACHABLE,
                  kinds.own(kinds.MIXED, behaviour={"kind": "refused"}))  # fmt: skip
CALM = kinds.Kind("signed", 60, kinds.VALID, kinds.at("dane"))
SOON = ("--retries", 1, "--retry-delay", 2)
LATE = ("--retries", 1, "--retry-delay", 600)


def inhabit(stage: Stage, name: str, *which: kinds.Kind) -> Population:
    """Servers remember who was there: a laboratory for each test."""

    def write() -> None:
        populate(list(which), DOMAINS, 1, 1.0, "smtp").save(stage.folder / name)

    return stage.inhabit(name, write)


def with_servers(population: Population) -> set[str]:
    """Domains with a mail server of their own: all but the calm ones."""
    world = population.names.with_suffix(".json").read_text()
    return set(re.findall(r'"mx\.([^"]+)"', world)) & set(population.promised)


def proxy_of(population: Population) -> int:
    """The process that stands before the name servers of some."""
    for pid in descendants(population.lab.run_of_lab.pid):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if words[0].endswith(b"/proxy"):
            return pid
    raise AssertionError("there is no proxy")


def await_second_pass(run: Run) -> None:
    """It begins with resolvers that know nothing."""
    known = set(run.children())
    run.await_("the resolvers are others", lambda: not known & set(run.children()))


def scan_twice(population: Population, database: Database, *words: object) -> Run:
    """The name servers of some are away until the second pass begins."""
    calm = population.total - len(with_servers(population))
    proxy = proxy_of(population)
    os.kill(proxy, signal.SIGSTOP)
    try:
        run = cluster.scan_into(population, database, *SOON, *words)
        cluster.await_rows(run, database, calm)
        await_second_pass(run)
    finally:
        os.kill(proxy, signal.SIGCONT)
    return run.finish()


def test_mended(stage: Stage) -> None:
    """a busy mail server and a name server that was away: valid in the second pass"""
    population = inhabit(stage, "mended", CALM, BUSY, AWAY, LOST)
    database, found = cluster.shared(stage).database(), stage.fresh("mended.ndjson")
    summary, deferred = stage.fresh("summary.json"), with_servers(population)
    words = ("--dns-timeout", 12, "-o", found, "--summary", summary)
    run = scan_twice(population, database, *words)
    population.compare(found)
    database.compare(population)
    rows = map(json.loads, found.read_text().splitlines())
    twice = {row["domain"] for row in rows if row["passes"] == 2}
    demand(deferred and twice == deferred, f"{twice ^ deferred}")
    report = json.loads(summary.read_text())["passes"]
    stayed = len(population.all_of("indeterminate"))
    counts = [report[key] for key in ("passes", "deferred", "mended", "stayed")]
    n = len(deferred)
    demand(counts == [2, n, n - stayed, stayed], f"{report}")
    line = f"{n} domains deferred, 2 passes: .* indeterminate {n} -> {stayed}"
    demand(re.search(line, run.err()), f"no /{line}/ in: {run.err()}")
    kept = json.loads(database.sql("select runs->0->'passes' from dane.scans"))
    demand(kept == report, f"the database has {kept}")
    rows_twice = database.sql("select count(*) from dane.domain_results where passes=2")
    demand(int(rows_twice) == n, f"{rows_twice} rows of two passes")


def test_interrupted(stage: Stage) -> None:
    """SIGINT while names wait for the second pass: drained at once, gone on with"""
    population = inhabit(stage, "waiting", CALM, BUSY)
    database = cluster.shared(stage).database()
    calm = population.total - len(with_servers(population))
    run = cluster.scan_into(population, database, "-q", *LATE)
    cluster.await_rows(run, database, calm)
    run.signal(signal.SIGINT)
    run.finish(4, interruption.AT_ONCE_SECONDS)
    demand(database.count() == calm, f"{database.count()} rows, not {calm}")
    interruption.resume(population, run).finish()
    database.compare(population)


def test_no_room(stage: Stage) -> None:
    """no place for the names that wait: one clear line, exit 3"""
    population, names = stage.population(), stage.fresh("one.list")
    reasons = {v.reason: name for name, v in population.promised.items()}
    names.write_text(reasons["unreachable"] + "\n")
    environment = dict(os.environ) | {"TMPDIR": str(stage.folder / "missing")}
    words = ("-q", *SOON, "-o", os.devnull, names)
    run = population.lab.begin("scan", *words, env=environment)
    one_clear_line(run.finish(3), "next pass: .*/missing/.*No such file")
