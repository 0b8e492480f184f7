"""Something of the system is killed at any moment: each row is there once."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable

from cluster import Cluster
from members import DANGLING, HOSTS_TWICE, Fleet
from program import Run, demand, is_alive
from stage import Stage

WORKERS = 3
SECONDS = 4  # of a scan that nobody disturbs, at least; a large one takes longer
BACKENDS = """select count(pg_terminate_backend(pid)) from pg_stat_activity
where application_name like 'danescan%' and datname = current_database()"""


def kill_scanner(fleet: Fleet, _server: Cluster, _chance: random.Random) -> None:
    fleet.scan.kill()
    fleet.resume()


def kill_worker(fleet: Fleet, _server: Cluster, chance: random.Random) -> None:
    chance.choice(fleet.workers).kill()


def replace_worker(fleet: Fleet, server: Cluster, chance: random.Random) -> None:
    kill_worker(fleet, server, chance)
    fleet.workers.append(fleet.join())


def interrupt(fleet: Fleet, _server: Cluster, chance: random.Random) -> None:
    chance.choice(fleet.members()).signal(signal.SIGINT)


def kill_resolver(fleet: Fleet, _server: Cluster, chance: random.Random) -> None:
    for pid in chance.choice(fleet.members()).children()[:1]:
        os.kill(pid, signal.SIGKILL)


def crash_server(_fleet: Fleet, server: Cluster, _chance: random.Random) -> None:
    server.halt()
    server.start()


def cut_connections(fleet: Fleet, _server: Cluster, _chance: random.Random) -> None:
    fleet.database.sql(BACKENDS)


def crash_all(fleet: Fleet, server: Cluster, _chance: random.Random) -> None:
    """As when the machines lose their power."""
    server.halt()
    for run in fleet.members():
        run.kill()
    server.start()


Mishap = Callable[[Fleet, Cluster, random.Random], None]
MISHAPS: tuple[Mishap, ...] = (
    kill_scanner,
    kill_worker,
    crash_server,
    kill_resolver,
    replace_worker,
    cut_connections,
    interrupt,
    crash_all,
)


def none_is_left(runs: list[Run]) -> None:
    left = [pid for run in runs for pid in run.children() if is_alive(pid)]
    demand(not left, f"{len(left)} resolver processes are left")


def disturb(stage: Stage, server: Cluster, seed: int) -> None:
    population, database = stage.population(), server.database()
    chance = random.Random(seed)
    # Each in its turn, so that few rounds have most of them.
    mishap = MISHAPS[seed % len(MISHAPS)]
    fleet = Fleet(population, database, WORKERS, SECONDS)
    end = time.monotonic() + chance.uniform(0, 1.2 * fleet.seconds)
    ended = fleet.scan.ended
    stage.await_("its moment", lambda: ended() or time.monotonic() > end)
    mishap(fleet, server, chance)
    fleet.end()
    database.compare(population)
    dangling = database.sql(DANGLING).strip()
    demand(dangling == "0", f"{dangling} rows point to no host")
    twice = database.sql(HOSTS_TWICE).strip()
    demand(twice == "0", f"{twice} hosts are stored twice")
    none_is_left(fleet.members())


def rounds(stage: Stage, seeds: range) -> None:
    server = Cluster(stage)
    for seed in seeds:
        try:
            disturb(stage, server, seed)
        except Exception as error:
            name = MISHAPS[seed % len(MISHAPS)].__name__
            raise type(error)(f"round {seed}, {name}: {error}") from error


def test_kills(stage: Stage) -> None:
    """a random process of a fleet dies, round after round: every row once"""
    rounds(stage, range(0, stage.rounds, 2))


def test_kills_beside(stage: Stage) -> None:
    """and so in the other half of the rounds, on another server"""
    rounds(stage, range(1, stage.rounds, 2))
