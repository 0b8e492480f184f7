"""PostgreSQL goes away in mid-scan and comes back: nothing lost, nothing twice."""

from __future__ import annotations

import re
import signal
import time

import cluster
import interruption
from cluster import Cluster, Database
from program import Run, count_rows, demand
from stage import Population, Stage

OUTAGE_SECONDS = 20
UNDER_WAY = 0.2  # of the domains
AWAY = re.compile(r"\b([\d,]+)/[\d,]+ .* waiting: PostgreSQL away since \d+ s: \S")
BACKENDS = """select count(pg_terminate_backend(pid)) from pg_stat_activity
where application_name like 'danescan scan %' and datname = current_database()"""

# No chunk of the list is left for others.
FREE = "select loaded::text || free from dane.progress"


def under_way(
    population: Population, database: Database, seconds: float, *options: object
) -> Run:
    pace = population.pace(seconds)
    run = cluster.scan_into(population, database, *pace, *options)
    cluster.await_rows(run, database, UNDER_WAY * population.total)
    return run


def test_outage(stage: Stage) -> None:
    """stopped for 20 s: told in the progress line, the scan goes on, the same rows"""
    population, server = stage.population(), Cluster(stage)
    database = server.database()
    run = under_way(population, database, 12)
    committed = database.count()
    server.halt()
    began = time.monotonic()
    run.await_("the outage is told", lambda: AWAY.search(run.err()))
    run.await_("the outage is over", lambda: time.monotonic() > began + OUTAGE_SECONDS)
    done = int(AWAY.findall(run.err())[-1].replace(",", ""))
    server.start()
    run.finish()
    demand(done > committed, f"{committed} rows before, only {done} domains done after")
    database.compare(population)


def test_outage_at_the_end(stage: Stage) -> None:
    """away when the last rows are to be committed: waited for, the same rows"""
    population, server = stage.population(), Cluster(stage)
    database, found = server.database(), stage.fresh("outage.ndjson")
    run = under_way(
        population, database, 8, "-q", "--window", population.total, "-o", found
    )
    run.await_("the list is its own", lambda: database.sql(FREE).strip() == "true0")
    server.halt()
    run.await_("all is scanned", lambda: count_rows(found) == population.total)
    server.start()
    run.finish()
    database.compare(population)
    population.compare(found)


def test_interrupted_in_an_outage(stage: Stage) -> None:
    """interrupted while it is away: drained when it is back, and resumed"""
    population, server = stage.population(), Cluster(stage)
    database, found = server.database(), stage.fresh("away.ndjson")
    run = under_way(population, database, 6, "-q", "-o", found)
    server.halt()
    rows = count_rows(found) + 1
    run.await_("more is scanned", lambda: count_rows(found) > rows)
    run.signal(signal.SIGINT)
    server.start()
    run.finish(4)
    interruption.resume(population, run).finish()
    database.compare(population)


def test_stopped_in_an_outage(stage: Stage) -> None:
    """stopped at once while it is away: what was lost is scanned again"""
    population, server = stage.population(), Cluster(stage)
    database, found = server.database(), stage.fresh("stopped.ndjson")
    run = under_way(population, database, 6, "-q", "-o", found)
    server.halt()
    rows = count_rows(found) + 1
    run.await_("more is scanned", lambda: count_rows(found) > rows)
    interruption.interrupt_twice(run)
    run.finish(4, interruption.AT_ONCE_SECONDS)
    server.start()
    words = ("-q", "--resume", database.scan())
    cluster.scan_into(population, database, *words).finish()
    database.compare(population)


def test_connections_ended(stage: Stage) -> None:
    """its connection ended by the server again and again: the same rows"""
    population, database = stage.population(), cluster.shared(stage).database()
    run = under_way(population, database, 15, "-q")
    for share in (0.3, 0.5, 0.7):
        cluster.await_rows(run, database, share * population.total)
        demand(int(database.sql(BACKENDS)) > 0, "the scan has no connection")
    run.finish()
    database.compare(population)
