"""Scans that are interrupted or killed, and gone on with."""

from __future__ import annotations

import json
import os
import shlex
import signal

import cluster
import kinds
import slow_servers
from cluster import Database
from program import Run, count_rows, demand, is_alive, one_clear_line
from stage import Population, Stage

# Far less than the time limits that a drain would have to wait for.
AT_ONCE_SECONDS = 100
# Of a scan that nobody disturbs, at least: what is seen of it is seen late.
SECONDS = 20
UNDER_WAY = 0.1  # of the domains


def under_way(population: Population, database: Database) -> Run:
    pace = population.pace(SECONDS)
    run = cluster.scan_into(population, database, "-q", *pace)
    cluster.await_rows(run, database, UNDER_WAY * population.total)
    return run


def resume(population: Population, run: Run) -> Run:
    """What the interrupted scan told to do, to the letter."""
    found = [line for line in run.err().splitlines() if " --resume " in line]
    demand(len(found) == 1, f"no resume command: {run.err()}")
    words = shlex.split(found[0])
    demand(words[0] == "danescan", f"not a command: {found[0]}")
    return population.lab.begin_raw(*words[1:])


def interrupt_twice(run: Run) -> None:
    """Two signals sent at once could become one."""
    run.signal(signal.SIGINT)
    run.await_("the first signal is taken", lambda: not pending(run.pid))
    run.signal(signal.SIGINT)


def pending(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            fields = dict(line.split(":", 1) for line in file)
    except OSError:
        return False
    return bool(int(fields["ShdPnd"], 16))


def test_interrupted(stage: Stage) -> None:
    """SIGINT, then SIGTERM to what goes on: the commands printed end it"""
    population, database = stage.population(), cluster.shared(stage).database()
    run = under_way(population, database)
    for share, number in ((UNDER_WAY, signal.SIGINT), (0.4, signal.SIGTERM)):
        # More than there were: a signal before the scan has begun just ends it.
        rows = max(share * population.total, database.count() + 1)
        cluster.await_rows(run, database, rows)
        run.signal(number)
        run.finish(4)
        demand(database.state() == "interrupted", f"state {database.state()}")
        demand(database.count() < population.total, "it was not interrupted")
        run = resume(population, run)
    run.finish()
    database.compare(population)


def test_killed(stage: Stage) -> None:
    """SIGKILL: no resolver survives it, --resume ends it"""
    population, database = stage.population(), cluster.shared(stage).database()
    run = under_way(population, database)
    resolvers = run.children()
    demand(resolvers, "there are no resolver processes")
    run.kill()
    stage.await_("the resolvers are gone", lambda: not any(map(is_alive, resolvers)))
    words = ("-q", "--resume", database.scan())
    cluster.scan_into(population, database, *words).finish()
    database.compare(population)


def test_resolvers_outlive_the_signal(stage: Stage) -> None:
    """SIGINT to the whole process group, as a terminal sends it"""
    population, database = stage.population(), cluster.shared(stage).database()
    words = ("--db", database.dsn, "-q", *population.pace(SECONDS), population.names)
    run = population.lab.begin("scan", *words, start_new_session=True)
    cluster.await_rows(run, database, UNDER_WAY * population.total)
    os.killpg(run.pid, signal.SIGINT)
    run.finish(4)
    resume(population, run).finish()
    database.compare(population)


def test_interrupted_file(stage: Stage) -> None:
    """SIGINT to a scan without a database: whole rows of what was finished"""
    population, found = stage.population(), stage.fresh("interrupted.ndjson")
    words = ("-q", *population.pace(SECONDS), "-o", found, population.names)
    run = population.lab.begin("scan", *words)
    rows = UNDER_WAY * population.total
    run.await_("there are rows", lambda: count_rows(found) > rows)
    run.signal(signal.SIGINT)
    run.finish(4)
    one_clear_line(run, "interrupted")
    rows = [json.loads(line)["domain"] for line in found.read_text().splitlines()]
    demand(len(set(rows)) == len(rows) < population.total, f"{len(rows)} rows")


def test_second_signal(stage: Stage) -> None:
    """the second SIGINT stops at once, whatever is under way"""
    population = slow_servers.slow_population(stage)
    found, names = stage.fresh("second.ndjson"), stage.fresh("second.list")
    silent = slow_servers.names_of(population, kinds.UNREACHABLE)
    names.write_text("\n".join([*sorted(silent), population.one("valid")]) + "\n")
    # Servers that never speak keep the drain after the first signal waiting.
    limits = ("--smtp-timeout", 300, "--session-timeout", 300)
    run = population.lab.begin("scan", "-q", *limits, "-o", found, names)
    run.await_("the other one is done", lambda: count_rows(found) == 1)
    interrupt_twice(run)
    run.finish(4, AT_ONCE_SECONDS)
    one_clear_line(run, "stopped at once")


def test_resume_what_is_not_there(stage: Stage) -> None:
    """--resume of a scan that does not exist, is complete, or without a database"""
    population, database = stage.population(), cluster.shared(stage).database()
    empty = stage.fresh("empty.list")
    empty.write_text("")
    one = ["--db", database.dsn, empty]
    for code, words, pattern in (
        (3, ["--resume", 4711, *one], "no scan 4711"),
        (0, one, ""),
        (3, ["--resume", 1, *one], "complete"),
        (2, ["--resume", 1, empty], "needs the database"),
    ):
        run = population.lab.begin("scan", "-q", *words).finish(code)
        if code != 0:
            one_clear_line(run, pattern)
