"""A scan and its workers: one fleet on one database."""

from __future__ import annotations

import cluster
from cluster import Database
from program import Run
from stage import Population

# Few rows are as many would be.
SMALL = "update dane.fleet_setting set index_size = 0"
# A member that is killed is missed soon; one that is only slow may be, too.
LEASE = "update dane.fleet_setting set lease_time = '4 s', index_size = 0"
# What a row points to is there, and as it was when the row was made.
DANGLING = """select count(*) from dane.mx_obs m left join dane.host_obs h
using (scan_id, host, run) where h.host is null"""
HOSTS_TWICE = "select count(*) - count(distinct host) from dane.host_obs"


def worker(population: Population, database: Database, *options: object) -> Run:
    lab = population.lab
    own = [*lab.roots(), "--ca-file", str(lab.issuers), "--allow-reserved"]
    own += ["--ehlo", "scanner.example", "--per-network", "1000"]
    return lab.begin_raw("worker", *own, "--db", database.dsn, "-q", *options)


class Fleet:
    """One scan with the list, and workers; each takes its part of the rate."""

    def __init__(
        self, population: Population, database: Database, workers: int, seconds: float
    ) -> None:
        self.population = population
        self.database = database
        _, rate = population.pace(seconds)
        # Of a scan that nobody disturbs, at least.
        self.seconds = population.total / float(rate)
        part = f"{float(rate) / (workers + 1):.3f}"
        self.options = ["--resolvers", 1, "--rate", part]
        database.sql(LEASE)
        self.scan = cluster.scan_into(population, database, "-q", *self.options)
        stage = self.scan.stage
        stage.await_("the scan is registered", self._registered)
        self.workers = [self.join() for _ in range(workers)]

    def _registered(self) -> bool:
        """Before it has a row in the database there is nothing to go on with."""
        return self.scan.ended() or self.database.scan() != ""

    def join(self) -> Run:
        return worker(self.population, self.database, *self.options)

    def members(self) -> list[Run]:
        return [self.scan, *self.workers]

    def resume(self) -> None:
        """With the list again, unless others have come to the end."""
        if self.database.state() == "complete":
            return
        words = ("-q", "--resume", self.database.scan(), "--resolvers", 1)
        self.scan = cluster.scan_into(self.population, self.database, *words)

    def end(self) -> None:
        """All members come to their end, and the scan to its own."""
        for run in self.members():
            run.process.wait(run.stage.limit)
        if self.database.state() != "complete":
            self.resume()
            self.scan.finish()
