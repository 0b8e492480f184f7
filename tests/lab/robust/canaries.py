"""Names that must resolve do not: the fault is the scanner's own."""

from __future__ import annotations

import json
import os
import signal

import cluster
import kinds
from passes import inhabit, proxy_of
from program import demand
from stage import Population, Stage

SECONDS = 25  # twice what it takes to be sure of a fault
# An unsigned zone: what is not in a signed one, a validator may prove by itself.
SLOW = {"delay_ms": 1}
BEHIND = kinds.Kind("unsigned", 10, kinds.UNSIGNED,
                    kinds.own(zone={"signed": False}, server=SLOW))  # fmt: skip
OTHER = kinds.Kind("unsigned", 90, kinds.UNSIGNED,
                   kinds.at("unsigned", signed=False))  # fmt: skip
WARNING = "names that must resolve do not"


def zone_behind_proxy(population: Population) -> str:
    world = json.loads(population.names.with_suffix(".json").read_text())
    return min(server["name"].removeprefix("ns-") for server in world["servers"])


def test_fault_of_our_own(stage: Stage) -> None:
    """their name server is away for a while: told, flagged, recorded, and over"""
    population = inhabit(stage, "canaries", OTHER, BEHIND)
    database, summary = cluster.shared(stage).database(), stage.fresh("summary.json")
    proxy = proxy_of(population)
    words = ("--canary", zone_behind_proxy(population), *population.pace(SECONDS))
    os.kill(proxy, signal.SIGSTOP)
    try:
        run = cluster.scan_into(population, database, *words, "--summary", summary)
        run.await_("the fault is told", lambda: WARNING in run.err())
    finally:
        os.kill(proxy, signal.SIGCONT)
    run.finish()
    demand(run.err().count(WARNING) == 1, f"told more than once: {run.err()}")
    demand("in all, 1 interval;" in run.err(), f"not told at the end: {run.err()}")
    report = json.loads(summary.read_text())["canary"]
    intervals = report["intervals"]
    demand(len(intervals) == 1 and all(intervals[0].values()), f"{report}")
    kept = json.loads(database.sql("select runs->0->'canary' from dane.scans"))
    demand(kept == report, f"the database has {kept}")
    outside = database.sql(
        "select count(*) filter (where 'canary-failing' = any(flags)), count(*) filter "
        "(where 'canary-failing' = any(flags) and not time between "
        f"'{intervals[0]['start']}' and timestamptz '{intervals[0]['end']}' + "
        "interval '1 s') from dane.domain_results"
    ).split()
    demand(outside[0] != "0" and outside[1] == "0", f"rows with the flag: {outside}")
