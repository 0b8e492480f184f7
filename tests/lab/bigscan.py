#!/usr/bin/python3
"""One whole scan of a large population, with the limits as they are: TAP.

    bigscan.py [--build DIR] [--domains N] [--signed-share X] [--delay-ms D]
               [--loss PERCENT] [--db] [--folder DIR] [-- SCAN-OPTIONS]

Afterwards every domain has to be there once with the class, reason and severity
that it deserves, the counts have to be equal, and the log of the mail servers
has to show no contact against the limits. Memory (PSS, sampled each second) and
CPU of the scanner's processes are printed. The population and the records are
kept in DIR where one is given.

With --db the rows go to a private PostgreSQL, and are read back from there; its
own memory and CPU are told beside. There is one pass, unless SCAN-OPTIONS say
otherwise: `-- --retries 1 --retry-delay 5`.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import expected
from sampler import SAMPLE_SECONDS, Sampler, Watch

HERE = Path(__file__).resolve().parent
PG = HERE.parents[1] / "scripts" / "pg.sh"
PR_SET_CHILD_SUBREAPER = 36
SHOWN = 5
ROWS = """select domain, class, reason, severity from dane.domain_results
 where scan_id = (select max(scan_id) from dane.scans where state = 'complete')"""
OPTIONS = """--allow-reserved --ehlo scanner.example --connect-timeout 20
 --smtp-timeout 20 --retries 0 -q""".split()


def measure(command: list[str]) -> dict[str, Any]:
    """Run the scanner; orphans of it come to us, so no process is left out."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    began = time.monotonic()
    child = subprocess.Popen(command)
    sampler = Sampler(child.pid)
    while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        sampler.sample()
        time.sleep(SAMPLE_SECONDS)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    usages = [usage]
    while True:
        try:
            usages.append(os.wait4(-1, 0)[2])
        except ChildProcessError:
            break
    tenths = range(1, 11)
    sums = sampler.sums or [0.0]
    loop = sampler.peak.pop(child.pid, 0.0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "wall": wall,
        "cpu": sum(u.ru_utime + u.ru_stime for u in usages),
        "loop": sampler.cpu.get(child.pid, 0.0),
        "peak": max(sums),
        "peaks": [loop, *sorted(sampler.peak.values(), reverse=True)],
        "course": [sums[(len(sums) - 1) * tenth // 10] for tenth in tenths],
    }


def inside(build: Path, results: Path, options: list[str]) -> int:
    """In the laboratory: scan, and tell what it took."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    command = [str(build / "danescan"), "scan", *OPTIONS]
    command += ["--root-hints", os.environ["LAB_HINTS"]]
    command += ["--trust-anchor", os.environ["LAB_ANCHOR"]]
    command += ["--summary", str(results / "summary.json"), *options]
    figures = measure([*command, os.environ["LAB_LIST"]])
    contacts = Path(os.environ["LAB_CONTACTS"])
    (results / "contacts.log").write_bytes(contacts.read_bytes())
    (results / "figures.json").write_text(json.dumps(figures))
    return int(figures["code"])


class Suite:
    """The population, its scan, and what it shows."""

    def __init__(self, a: argparse.Namespace, folder: Path) -> None:
        self.a = a
        self.folder = folder
        self.found = folder / ("found.tsv" if a.db else "found.ndjson")

    def scan(self) -> Iterator[str]:
        if self.a.db:
            return self._scan_into_database()
        return self._scan("-o", str(self.found))

    def _scan_into_database(self) -> Iterator[str]:
        """The cluster is not older than the scan, and is gone after it."""
        self._cluster("remove")
        dsn = self._cluster("start")
        try:
            command = [self.a.build / "danescan", "db", "init", "--db", dsn]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            pid = (self.folder / "pg" / "data" / "postmaster.pid").read_text()
            with Watch(int(pid.split()[0])) as sampler:
                yield from self._scan("--db", dsn)
            print(
                f"# PostgreSQL: {max(sampler.sums or [0.0]):.0f} MB at most, "
                f"{sum(sampler.cpu.values()):.1f} s of CPU"
            )
            command = ["psql", dsn, "-XAtq", "-F", "\t", "-c", ROWS]
            with self.found.open("wb") as file:
                subprocess.run(command, check=True, stdout=file)
        finally:
            self._cluster("remove")

    def _cluster(self, word: str) -> str:
        command = [PG, word, self.folder / "pg"]
        return subprocess.check_output(command, text=True).strip()

    def _scan(self, *sink: str) -> Iterator[str]:
        a = self.a
        command = [HERE / "population.py", "--kind", "internet", self.folder]
        command += [f"--domains={a.domains}", f"--signed-share={a.signed_share}"]
        command += [f"--delay-ms={a.delay_ms}", f"--loss={a.loss}"]
        subprocess.run(command, check=True)
        command = [HERE / "lab.py", "--build", a.build, "run", "--world"]
        command += [self.folder / "world.json", "--", __file__, "--build", a.build]
        command += ["--inside", self.folder, "--", *sink, *a.options]
        done = subprocess.run(command, stdout=subprocess.DEVNULL)
        if done.returncode != 0:
            yield f"exit code {done.returncode}"

    def verdicts(self) -> Iterator[str]:
        promised = dict(expected.rows(self.folder / "expected.tsv"))
        counts: Counter[expected.Verdict] = Counter()

        def counted() -> Iterator[tuple[str, expected.Verdict]]:
            for domain, verdict in expected.rows(self.found):
                counts[verdict] += 1
                yield domain, verdict

        for text, domains in expected.differences(promised, counted()).items():
            yield f"{len(domains)} × {text}: {', '.join(domains[:SHOWN])}"
        wanted = Counter(promised.values())
        for verdict in wanted.keys() | counts.keys():
            if counts[verdict] != wanted[verdict]:
                yield f"{verdict}: {counts[verdict]}, not {wanted[verdict]}"

    def contacts(self) -> Iterator[str]:
        command = [HERE / "contacts.py", self.folder / "contacts.log"]
        done = subprocess.run(command, capture_output=True, text=True)
        print(f"# {done.stdout.strip()}")
        if done.returncode != 0:
            yield from done.stderr.splitlines() or ["no contacts"]

    def figures(self) -> None:
        figures = json.loads((self.folder / "figures.json").read_text())
        each = figures["cpu"] / self.a.domains * 1e6
        print(
            f"# {figures['wall']:.1f} s, {self.a.domains / figures['wall']:.0f} "
            f"domains/s, {figures['cpu']:.1f} s of CPU ({figures['loop']:.1f} in "
            f"the loop), {each:.0f} µs a domain"
        )
        peaks = ", ".join(f"{peak:.0f}" for peak in figures["peaks"])
        course = ", ".join(f"{point:.0f}" for point in figures["course"])
        print(f"# memory: {figures['peak']:.0f} MB at most ({peaks} of loop, resolvers)")
        print(f"# memory, tenth by tenth: {course} MB")
        passes = json.loads((self.folder / "summary.json").read_text())["passes"]
        print(
            f"# {passes['passes']} passes: {passes['deferred']} domains put off, "
            f"{passes['mended']} mended"
        )


def passes(test: Callable[[], Iterator[str]], title: str) -> bool:
    wrong = list(test())
    print(f"{'not ok' if wrong else 'ok'} {title}")
    for line in wrong:
        print(f"#   {line}")
    sys.stdout.flush()
    return not wrong


def run(a: argparse.Namespace, folder: Path) -> int:
    folder.chmod(0o755)
    suite = Suite(a, folder)
    print("1..3")
    if not passes(suite.scan, f"1 - a scan of {a.domains} domains"):
        return 1
    suite.figures()
    right = passes(suite.verdicts, "2 - each domain once, as it deserves")
    polite = passes(suite.contacts, "3 - no contact against the limits")
    return 0 if right and polite else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=Path("build"))
    parser.add_argument("--domains", type=int, default=2000)
    parser.add_argument("--signed-share", type=float, default=0.1)
    parser.add_argument("--delay-ms", type=int, default=0, help="of DNS answers")
    parser.add_argument("--loss", type=float, default=0, help="of these, per cent")
    parser.add_argument("--db", action="store_true", help="rows to PostgreSQL")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("options", nargs="*", metavar="SCAN-OPTION")
    a = parser.parse_args()
    a.build = a.build.resolve()
    if a.inside:
        return inside(a.build, a.inside, a.options)
    if a.folder:
        a.folder.mkdir(parents=True, exist_ok=True)
        return run(a, a.folder.resolve())
    with tempfile.TemporaryDirectory(prefix="danescan-big-", dir="/tmp") as folder:
        return run(a, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
