#!/usr/bin/python3
"""Compares the scanner with other programs, over the laboratory's cases.

    oracles.py [--build DIR] [--only GLOB]

Every address that DANE was applied to is shown to each oracle. Where it does
not agree, and allowed.toml does not explain why, one of the two is wrong. The
last line is the sum: `N passed, N failed`.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import fnmatch
import os
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import endpoints
from endpoints import Endpoint
from opinions import PROGRAMS, LdnsDane, OpensslClient, PosttlsFinger
from resolver import Resolver

HERE = Path(__file__).resolve().parent
LAB = HERE.parent / "lab" / "lab.py"
BUILD = HERE.parents[1] / "build"
ALLOWED = HERE / "allowed.toml"
SCAN_OPTIONS = """--allow-reserved --ehlo scanner.example --resolvers 1 -q
 --dns-timeout 8 --connect-timeout 5 --smtp-timeout 5 --session-timeout 8
 --per-address-interval 0 --per-network 1000 --retries 0""".split()
JOBS = 8
SAYS = {True: "pass", False: "fail", None: "nothing"}
COLUMNS = ("compared", "agreed", "explained", "unexplained", "no opinion")


@dataclass
class Allowed:
    """A disagreement that stands: an entry of allowed.toml."""

    oracle: str
    host: str
    says: str
    reason: str
    section: str
    used: bool = field(default=False, compare=False)

    def fits(self, oracle: str, end: Endpoint, says: str) -> bool:
        same = self.says == says and fnmatch.fnmatch(oracle, self.oracle)
        return same and fnmatch.fnmatch(end.host, self.host)


def read_allowed() -> list[Allowed]:
    with ALLOWED.open("rb") as file:
        return [Allowed(**entry) for entry in tomllib.load(file)["allowed"]]


def scan(danescan: Path, output: Path) -> None:
    lab = os.environ
    command = [danescan, "scan", *SCAN_OPTIONS]
    command += ["--root-hints", lab["LAB_HINTS"], "--trust-anchor", lab["LAB_ANCHOR"]]
    command += ["-o", output, lab["LAB_LIST"]]
    subprocess.run([str(word) for word in command], check=True)


def weigh(
    oracle: str, end: Endpoint, opinion: bool | None, allowed: list[Allowed]
) -> str:
    """The column in which an opinion counts; disagreements are printed. Silence
    about a server that passes is one; about one that fails it is not: there may
    be nothing to judge."""
    if opinion == end.passes:
        return "agreed"
    if opinion is None and not end.passes:
        return "no opinion"
    says = SAYS[opinion]
    where = f"{oracle}: {end.domain} {end.host}[{end.address}]"
    print(f"{where}: {says}, danescan: {end.reason}", end="")
    for entry in allowed:
        if entry.fits(oracle, end, says):
            entry.used = True
            print(f"\n    {entry.reason} ({entry.section})")
            return "explained"
    print(" -- unexplained")
    return "unexplained"


def count(
    oracle: str,
    ends: list[Endpoint],
    opinions: Iterable[bool | None],
    allowed: list[Allowed],
) -> Counter[str]:
    counts: Counter[str] = Counter()
    silent = []
    for end, opinion in zip(ends, opinions):
        column = weigh(oracle, end, opinion, allowed)
        counts[column] += 1
        if column == "no opinion":
            silent.append(end.host)
        else:
            counts["compared"] += 1
    if silent:
        print(f"{oracle}: no opinion on {' '.join(sorted(silent))}")
    return counts


def consult(
    oracles: list[Any], ends: list[Endpoint], allowed: list[Allowed]
) -> dict[str, Counter[str]]:
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        answers = {oracle.name: pool.map(oracle.judge, ends) for oracle in oracles}
    return {name: count(name, ends, answers[name], allowed) for name in answers}


def show(table: dict[str, Counter[str]]) -> None:
    print(f"\n{'':16}" + "".join(f"{name:>13}" for name in COLUMNS))
    for oracle, counts in table.items():
        print(f"{oracle:16}" + "".join(f"{counts[name]:13}" for name in COLUMNS))


def inside(danescan: Path) -> int:
    """All of it, in a running laboratory."""
    folder = Path(os.environ["LAB_DIR"])
    scan(danescan, folder / "records.ndjson")
    ends = endpoints.read(folder / "records.ndjson")
    allowed = read_allowed()
    resolver = Resolver(folder)
    resolver.start()
    oracles: list[Any] = [OpensslClient(), LdnsDane()]
    if PosttlsFinger.works():
        oracles.insert(0, PosttlsFinger(folder))
    else:
        print("posttls-finger is left out: it cannot become the user postfix here")
    table = consult(oracles, ends, allowed)
    resolver.stop()
    show(table)
    for entry in allowed:
        met = any(fnmatch.fnmatch(end.host, entry.host) for end in ends)
        if met and not entry.used:
            print(f"allowed and not met: {entry.oracle} {entry.host} {entry.section}")
    total = sum(table.values(), Counter())
    print(f"{total['agreed'] + total['explained']} passed,", end=" ")
    print(f"{total['unexplained']} failed")
    return 1 if total["unexplained"] or not total["compared"] else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=BUILD)
    parser.add_argument("--only", default="*", metavar="GLOB", help="of case ids")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    for program in (build / "danescan", *PROGRAMS):
        if not program.exists():
            print(f"oracles: {program} is missing", file=sys.stderr)
            return 3
    if arguments.inside:
        return inside(build / "danescan")
    lab = [sys.executable, LAB, "--build", build, "run", "--cases", arguments.only]
    lab += ["--", sys.executable, __file__, "--build", build, "--inside"]
    return subprocess.run([str(word) for word in lab]).returncode


if __name__ == "__main__":
    sys.exit(main())
