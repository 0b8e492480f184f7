"""Something of the system is killed at any moment: each row is there once."""

from __future__ import annotations

import os
import random
import signal
import time

import cluster
from cluster import Cluster, Database
from program import Run, demand, is_alive
from stage import Population, Stage

SECONDS = 3  # of a scan that nobody disturbs, at least
BACKENDS = """select count(pg_terminate_backend(pid)) from pg_stat_activity
where application_name like 'danescan%' and datname = current_database()"""
# What a row points to is there, and as it was when the row was made.
DANGLING = """select count(*) from dane.mx_obs m left join dane.host_obs h
using (scan_id, host, run) where h.host is null"""


def kill_scanner(run: Run, _server: Cluster, _database: Database) -> None:
    run.kill()


def kill_resolver(run: Run, _server: Cluster, _database: Database) -> None:
    for pid in run.children()[:1]:
        os.kill(pid, signal.SIGKILL)


def crash_server(_run: Run, server: Cluster, _database: Database) -> None:
    server.halt()
    server.start()


def cut_connection(_run: Run, _server: Cluster, database: Database) -> None:
    database.sql(BACKENDS)


def interrupt(run: Run, _server: Cluster, _database: Database) -> None:
    run.signal(signal.SIGINT)


def crash_all(run: Run, server: Cluster, _database: Database) -> None:
    """As when the machine loses its power."""
    server.halt()
    run.kill()
    server.start()


MISHAPS = (
    kill_scanner,
    kill_resolver,
    crash_server,
    cut_connection,
    interrupt,
    crash_all,
)


def begun(run: Run, database: Database) -> bool:
    """Before it has a row in the database there is nothing to resume."""
    return run.ended() or database.scan() != ""


def complete(
    population: Population, database: Database, run: Run, options: list[object]
) -> None:
    """Wait for its end, and go on with it where it did not reach its own."""
    run.process.wait(run.stage.limit)
    if database.state() != "complete":
        resumed = ("--resume", database.scan(), *options)
        cluster.scan_into(population, database, *resumed).finish()
    else:
        run.finish()


def disturb(stage: Stage, server: Cluster, seed: int) -> None:
    population, database = stage.population(), server.database()
    chance = random.Random(seed)
    mishap = chance.choice(MISHAPS)
    seconds = chance.uniform(0, 1.2 * SECONDS)
    options = ["-q", "--resolvers", 2]
    pace = population.pace(SECONDS)
    run = cluster.scan_into(population, database, *options, *pace)
    stage.await_("the scan is registered", lambda: begun(run, database))
    end = time.monotonic() + seconds
    stage.await_("its moment", lambda: run.ended() or time.monotonic() > end)
    mishap(run, server, database)
    complete(population, database, run, options)
    database.compare(population)
    dangling = database.sql(DANGLING).strip()
    demand(dangling == "0", f"{dangling} rows point to no host")
    left = [pid for pid in run.children() if is_alive(pid)]
    demand(not left, f"{len(left)} resolver processes are left")


def test_kills(stage: Stage) -> None:
    """a random process dies at a random moment, round after round: every row once"""
    server = Cluster(stage)
    for seed in range(stage.rounds):
        try:
            disturb(stage, server, seed)
        except Exception as error:
            raise type(error)(f"round {seed}: {error}") from error
