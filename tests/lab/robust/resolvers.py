"""Resolver processes that die or stop in mid-scan change no verdict."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import cluster
from program import Run, count_rows, demand, is_alive
from stage import Population, Stage

UNDER_WAY = 0.15  # of the domains
SECONDS = 6


def options(population: Population) -> list[object]:
    """As slow as there has to be time for mishaps."""
    return ["-q", "--resolvers", 2, *population.pace(SECONDS)]


def begin(population: Population, found: Path, *more: object) -> Run:
    words = (*options(population), *more, "-o", found, population.names)
    run = population.lab.begin("scan", *words)
    await_rows(run, found, UNDER_WAY * population.total)
    return run


def await_rows(run: Run, found: Path, rows: float) -> None:
    run.await_(f"{rows:g} rows are written", lambda: count_rows(found) >= rows)


def await_successor(run: Run, known: set[int]) -> int:
    """The process that takes the place of a dead one."""
    run.await_("a process took its place", lambda: set(run.children()) - known)
    return min(set(run.children()) - known)


def kill_twice(run: Run) -> None:
    """One of two; and then its successor and the other, both at once."""
    known = set(run.children())
    demand(len(known) == 2, f"{len(known)} resolver processes, not 2")
    first, other = sorted(known)
    os.kill(first, signal.SIGKILL)
    successor = await_successor(run, known)
    known.add(successor)
    for pid in (successor, other):
        os.kill(pid, signal.SIGKILL)
    await_successor(run, known)


def test_killed(stage: Stage) -> None:
    """killed twice: the same rows as NDJSON"""
    population, found = stage.population(), stage.fresh("killed.ndjson")
    run = begin(population, found)
    kill_twice(run)
    run.finish()
    population.compare(found)


def test_killed_with_database(stage: Stage) -> None:
    """killed twice: the same rows in PostgreSQL"""
    population, database = stage.population(), cluster.shared(stage).database()
    run = cluster.scan_into(population, database, *options(population))
    cluster.await_rows(run, database, UNDER_WAY * population.total)
    kill_twice(run)
    run.finish()
    database.compare(population)


def test_paused(stage: Stage) -> None:
    """stopped for a while: the others go on, the same rows"""
    population, found = stage.population(), stage.fresh("paused.ndjson")
    run = begin(population, found)
    paused = run.children()[0]
    os.kill(paused, signal.SIGSTOP)
    try:
        await_rows(run, found, count_rows(found) + population.total / 10)
    finally:
        os.kill(paused, signal.SIGCONT)
    run.finish()
    demand(count_rows(found) == population.total, f"{count_rows(found)} rows")
    population.compare(found)


def test_hung(stage: Stage) -> None:
    """stopped for good: replaced, the same rows"""
    population, found = stage.population(), stage.fresh("hung.ndjson")
    # Enough for what has waited longest already when it is seen that it hangs.
    run = begin(population, found, "--dns-timeout", 60)
    hung = run.children()[0]
    os.kill(hung, signal.SIGSTOP)
    run.await_("the process that hangs is killed", lambda: not is_alive(hung))
    run.finish()
    population.compare(found)


def test_gone_with_the_scan(stage: Stage) -> None:
    """none is left after an ordinary end"""
    population = stage.population()
    found = stage.fresh("gone.ndjson")
    name = population.one("valid")
    out, into = os.pipe()
    try:
        os.write(into, f"{name}\n".encode())
        run = population.lab.begin("scan", "-q", "-o", found, stdin=out)
        run.await_("the resolvers are there", run.children)
        resolvers = run.children()
    finally:
        os.close(into)
        os.close(out)
    run.finish()
    demand(count_rows(found) == 1, f"{count_rows(found)} rows")
    left = [pid for pid in resolvers if is_alive(pid)]
    demand(not left, f"{len(left)} resolver processes are left")
