"""Private PostgreSQL clusters, each with as many databases as are asked for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from program import Failure, Run, demand, is_alive
from stage import LAB_FOLDER, Population, Stage

PG = LAB_FOLDER.parents[1] / "scripts" / "pg.sh"
RESULTS = "select domain, class, reason, severity from dane.domain_results"


class Database:
    """One database with the program's schema."""

    def __init__(self, stage: Stage, dsn: str) -> None:
        self.stage = stage
        self.dsn = dsn

    def sql(self, text: str) -> str:
        command = ["psql", self.dsn, "-XAtq", "-F", "\t", "-c", text]
        done = subprocess.run(command, capture_output=True, text=True)
        demand(done.returncode == 0, f"psql: {done.stderr}")
        return done.stdout

    def initialise(self) -> None:
        self.stage.run("db", "init", "--db", self.dsn).finish()

    def count(self) -> int:
        return int(self.sql("select count(*) from dane.domain_results"))

    def scan(self) -> str:
        """The number of the only scan."""
        return self.sql("select scan_id from dane.scans").strip()

    def state(self) -> str:
        return self.sql("select state from dane.scans").strip()

    def compare(self, population: Population) -> None:
        """Each domain of the only scan once, with the verdict it deserves."""
        rows = self.sql(RESULTS)
        with tempfile.NamedTemporaryFile("w", dir=self.stage.folder) as found:
            found.write(rows)
            found.flush()
            population.compare(Path(found.name))
        demand(self.state() == "complete", f"the scan's state is {self.state()}")
        count, said = self.count(), self.sql("select domains from dane.scans").strip()
        demand(count == population.total, f"{count} rows")
        demand(said == str(count), f"the scan counts {said} domains, not {count}")


class Cluster:
    """One server of our own."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.folder = Path(tempfile.mkdtemp(prefix="cluster-", dir=stage.folder)) / "pg"
        stage.at_end(self.remove)
        self.folder.parent.chmod(0o755)
        self.dsn = self.start()
        self.databases = 0
        self.lock = threading.Lock()

    def _pg(self, word: str) -> str:
        command = [str(PG), word, str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"pg.sh {word}: {done.stderr}")
        return done.stdout.strip()

    def empty_database(self) -> Database:
        with self.lock:
            self.databases += 1
            name = f"robust{self.databases}"
        Database(self.stage, self.dsn).sql(f"create database {name}")
        return Database(self.stage, self.dsn.rpartition("=")[0] + f"={name}")

    def database(self) -> Database:
        database = self.empty_database()
        database.initialise()
        return database

    def halt(self) -> None:
        """As pg_ctl -m immediate: without a farewell to anybody."""
        file = self.folder / "data" / "postmaster.pid"
        pid = int(file.read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        self.stage.await_("PostgreSQL is down", lambda: not is_alive(pid))

    def start(self) -> str:
        dsn = self._pg("start")
        if self.stage.closed:
            self.remove()
            raise Failure("the tests are being ended")
        return dsn

    def remove(self) -> None:
        try:
            self._pg("remove")
        except Failure as failure:
            print(failure, file=sys.stderr)


def shared(stage: Stage) -> Cluster:
    """For all tests that leave the server alone."""
    return stage.once("cluster", lambda: Cluster(stage))


def scan_into(population: Population, database: Database, *options: object) -> Run:
    words = ("--db", database.dsn, *options, population.names)
    return population.lab.begin("scan", *words)


def await_rows(run: Run, database: Database, rows: float) -> None:
    run.await_(f"{rows:g} rows are committed", lambda: database.count() >= rows)
