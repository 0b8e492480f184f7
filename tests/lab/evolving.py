#!/usr/bin/python3
"""Scans of a laboratory that changes between them, into one database: TAP.

    evolving.py [--build DIR] [--domains N]

After the scan of each epoch every domain has to have its verdict, and what the
database tells about the epochs has to be what was done: each change with its
cause and host, each roll-over with its outcome, and nothing else.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import certs
import epochs
from endtoend import Database, Failure, Suite, passes

SHOWN = 10
# The verdicts of what never answers are not in question here, and none depends
# on what else is looked up.
OPTIONS = (
    *("--probe", "all", "--extras", "all"),
    *("--dns-timeout", "20", "--per-address-interval", "0"),
)
CHANGES = """select domain, change, cause, host, old_class, old_reason, new_class,
new_reason from dane.changes({}, {})"""
ROLLOVERS = """select host, scan_id - 1, outcome, depth from dane.rollovers(1, {})"""


class Evolving:
    def __init__(self, build: Path, domains: int, folder: Path) -> None:
        self.build = build
        self.domains = domains
        self.folder = folder
        self.results: list[bool] = []

    def run(self) -> int:
        folder = self.folder / "pg"
        with Database(self.build / "danescan", folder) as self.database:
            for epoch in range(epochs.LAST + 1):
                self.scan(epoch)
        print(f"1..{len(self.results)}")
        return 0 if all(self.results) else 1

    def scan(self, epoch: int) -> None:
        words = ("--domains", str(self.domains), "--epoch", str(epoch))
        suite = Suite(self.build, self.folder / str(epoch), *words)
        suite.scan("--db", self.database.dsn, "--label", f"epoch {epoch}", *OPTIONS)
        self.test(lambda: suite.compare_stored(self.database),
                  f"epoch {epoch}: verdicts")  # fmt: skip
        if epoch == 0:
            return
        self.test(lambda: self.changes(suite.folder, epoch),
                  f"epoch {epoch}: changes and their causes")  # fmt: skip
        self.test(lambda: self.rollovers(suite.folder, epoch),
                  f"epoch {epoch}: roll-overs")  # fmt: skip

    def test(self, test: Callable[[], None], title: str) -> None:
        self.results.append(passes(test, f"{len(self.results) + 1} - {title}"))

    def changes(self, folder: Path, epoch: int) -> None:
        promised = lines(folder / "changes.tsv")
        if not promised:
            raise Failure("nothing was changed")
        found = self.database.query(CHANGES.format(epoch, epoch + 1)).splitlines()
        strangers = {row.split("\t")[0] for row in promised if "\t*\t" in row}
        same([without_stranger(row, strangers) for row in found], promised)

    def rollovers(self, folder: Path, epoch: int) -> None:
        found = self.database.query(ROLLOVERS.format(epoch + 1)).splitlines()
        same(found, lines(folder / "rollovers.tsv"))


def without_stranger(row: str, domains: set[str]) -> str:
    """A host of somebody else is "*" where one is promised."""
    fields = row.split("\t")
    if fields[0] in domains and fields[3] not in ("", f"mx.{fields[0]}"):
        fields[3] = "*"
    return "\t".join(fields)


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def same(found: list[str], promised: list[str]) -> None:
    left, right = Counter(found), Counter(promised)
    wrong = [f"too much: {row}" for row in left - right]
    wrong += [f"missing: {row}" for row in right - left]
    if wrong:
        raise Failure("\n".join(wrong[:SHOWN]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=Path("build"))
    parser.add_argument("--domains", type=int, default=400)
    a = parser.parse_args()
    certs.keep_date()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="danescan-epochs-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        return Evolving(a.build.resolve(), a.domains, Path(folder)).run()


if __name__ == "__main__":
    sys.exit(main())
