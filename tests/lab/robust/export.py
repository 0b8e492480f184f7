"""A stored scan, written as the scan itself writes it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from cluster import Database, scan_into, shared
from program import Run, demand
from stage import Population, Stage

FULL = Path("/dev/full")


def scanned(stage: Stage) -> tuple[Population, Database, Path]:
    """One scan into a database and into a file at the same time."""

    def scan() -> tuple[Population, Database, Path]:
        population, database = stage.population(), shared(stage).database()
        found = stage.fresh("export.ndjson")
        scan_into(population, database, "-q", "-o", found).finish()
        return population, database, found

    return stage.once("export", scan)


def export(stage: Stage, database: Database, *words: object, **options: object) -> Run:
    scan = ("--scan", database.scan())
    return stage.run("export", "--db", database.dsn, *scan, *words, **options)


def test_ndjson(stage: Stage) -> None:
    """export: NDJSON, octet for octet what the scan has written"""
    population, database, found = scanned(stage)
    run = export(stage, database)
    run.finish()
    lines = found.read_text().splitlines()
    lines.sort(key=lambda line: json.loads(line)["line"])
    exported = run.out().splitlines()
    demand(len(exported) == population.total, f"{len(exported)} records")
    for one, other in zip(exported, lines):
        demand(one == other, f"exported {one}\nwritten  {other}")


def test_csv(stage: Stage) -> None:
    """export: CSV, the columns and fields that a scan writes"""
    population, database, found = scanned(stage)
    target, written = stage.fresh("exported.csv"), stage.fresh("written.csv")
    export(stage, database, "--format", "csv", "-o", target).finish()
    words = ("--format", "csv", "-o", written, population.names)
    population.lab.begin("scan", "-q", *words).finish()

    def rows(path: Path) -> list[list[str]]:
        with path.open(newline="") as file:
            header, *rest = csv.reader(file)
        demand(header[:3] == ["scan", "time", "line"], f"header {header}")
        rest.sort(key=lambda row: int(row[2]))
        return [header, *rest]

    def same(table: list[list[str]]) -> list[list[str]]:
        """Of another scan are the time, the time for which a record may be kept,
        and the servers' words of a failure."""
        header = table[0]
        other = {header.index(name) for name in ("scan", "time", "mx_ttl", "mx_why")}
        return [[f for i, f in enumerate(row) if i not in other] for row in table]

    mine, theirs = rows(target), rows(written)
    ttl = mine[0].index("mx_ttl")
    facts = {row["domain"]: row["mx"]["ttl"] for row in map(json.loads, found.open())}
    for row in mine[1:]:
        wanted = facts[row[3]]
        demand(row[ttl] == ("" if wanted is None else str(wanted)), f"TTL of {row}")
    mine, theirs = same(mine), same(theirs)
    demand(len(mine) == population.total + 1, f"{len(mine)} lines")
    for one, other in zip(mine, theirs):
        demand(one == other, f"exported {one}\nwritten  {other}")


def test_trouble(stage: Stage) -> None:
    """export: no such scan, no scan given, no database, a full disk"""
    _, database, _ = scanned(stage)
    words = ("export", "--db", database.dsn)
    run = stage.run(*words, "--scan", "4711")
    run.finish(3)
    demand("there is no scan 4711" in run.err(), run.err())
    stage.run(*words).finish(2)
    stage.run("export", "--scan", "1").finish(2)
    stage.run("export", "--db", "host=127.0.0.1 port=1", "--scan", "1").finish(3)
    for format_ in ("ndjson", "csv"):
        run = export(stage, database, "--format", format_, "-o", FULL)
        run.finish(3)
        demand("cannot be written" in run.err() or "No space" in run.err(), run.err())
