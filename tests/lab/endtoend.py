#!/usr/bin/python3
"""Whole scans of a population, into a file and into PostgreSQL: TAP.

    endtoend.py [--build DIR] [--domains N]

After each scan every domain has to be there once, with the class and reason
that the population promises.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import expected

HERE = Path(__file__).resolve().parent
PG = HERE.parents[1] / "scripts" / "pg.sh"
LIMIT_SECONDS = 1400
SCAN = """exec "$0" scan --root-hints "$LAB_HINTS" --trust-anchor "$LAB_ANCHOR" \
--allow-reserved --ehlo scanner.example --connect-timeout 20 --smtp-timeout 20 \
--rate 150 --retries 0 -q "$@" "$LAB_LIST" """
RESULTS = """select domain, class, reason, severity from dane.domain_results
where scan_id = (select max(scan_id) from dane.scans)"""


class Failure(Exception):
    """A test has failed, and why."""


class Database:
    """A private PostgreSQL with the schema."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program = program
        self.folder = folder

    def __enter__(self) -> Database:
        self.dsn = self._cluster("start")
        command = [self.program, "db", "init", "--db", self.dsn]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._cluster("remove")

    def query(self, sql: str) -> str:
        """Rows as lines, fields between tabs."""
        command = ["psql", self.dsn, "-XAtq", "-F", "\t", "-c", sql]
        return subprocess.check_output(command, text=True)

    def _cluster(self, word: str) -> str:
        command = [PG, word, self.folder]
        return subprocess.check_output(command, text=True).strip()


class Suite:
    """The population and its scans."""

    def __init__(self, build: Path, folder: Path, *population: str) -> None:
        self.build = build
        self.program = build / "danescan"
        self.folder = folder
        subprocess.run([HERE / "population.py", *population, folder], check=True)
        self.promised = dict(expected.rows(folder / "expected.tsv"))

    def ndjson(self) -> None:
        found = self.folder / "found.ndjson"
        self.scan("-o", str(found))
        self.compare(found)

    def postgresql(self) -> None:
        with Database(self.program, self.folder / "pg") as database:
            self.scan("--db", database.dsn)
            self.compare_stored(database)

    def compare_stored(self, database: Database) -> None:
        found = self.folder / "found.tsv"
        found.write_text(database.query(RESULTS))
        self.compare(found)

    def scan(self, *options: str) -> None:
        command = [HERE / "lab.py", "--build", self.build, "run"]
        command += ["--world", self.folder / "world.json", "--"]
        command += ["sh", "-c", SCAN, self.program, *options]
        done = subprocess.run(
            command, stderr=subprocess.PIPE, text=True, timeout=LIMIT_SECONDS
        )
        if done.returncode != 0:
            raise Failure(f"exit code {done.returncode}: {done.stderr}")

    def compare(self, found: Path) -> None:
        wrong = expected.differences(self.promised, expected.rows(found))
        if wrong:
            lines = [f"{len(d)} × {t}: {', '.join(d[:5])}" for t, d in wrong.items()]
            raise Failure("\n".join(lines))


def passes(test: Callable[[], None], title: str) -> bool:
    try:
        test()
    except Failure as failure:
        print(f"not ok {title}")
        print("\n".join(f"# {line}" for line in str(failure).splitlines()), flush=True)
        return False
    print(f"ok {title}", flush=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=Path("build"))
    parser.add_argument("--domains", type=int, default=1000)
    a = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="danescan-e2e-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        words = ("--domains", str(a.domains))
        suite = Suite(a.build.resolve(), Path(folder), *words)
        print("1..2")
        first = passes(suite.ndjson, f"1 - {a.domains} domains as NDJSON")
        second = passes(suite.postgresql, f"2 - {a.domains} domains in PostgreSQL")
    return 0 if first and second else 1


if __name__ == "__main__":
    sys.exit(main())
