#!/usr/bin/python3
"""One whole scan of a large population, with the limits as they are: TAP.

    bigscan.py [--build DIR] [--domains N] [--signed-share X] [--delay-ms D]
               [--loss PERCENT] [--folder DIR] [-- SCAN-OPTIONS]

Afterwards every domain has to be there once with the class, reason and severity
that it deserves, the counts have to be equal, and the log of the mail servers
has to show no contact against the limits. Memory (PSS, sampled each second) and
CPU of the scanner's processes are printed. The population and the records are
kept in DIR where one is given.
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

HERE = Path(__file__).resolve().parent
PR_SET_CHILD_SUBREAPER = 36
SAMPLE_SECONDS = 1.0
TICKS = os.sysconf("SC_CLK_TCK")
SHOWN = 5
OPTIONS = """--allow-reserved --ehlo scanner.example --connect-timeout 3
 --smtp-timeout 5 --retries 0 -q""".split()


class Sampler:
    """Memory and CPU of a process and its children, second by second."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.peak: dict[int, float] = {}  # MB by process
        self.cpu: dict[int, float] = {}  # seconds by process
        self.sums: list[float] = []  # MB of all

    def sample(self) -> None:
        total = 0.0
        for pid in self._processes():
            try:
                pss = self._pss(pid)
                self.cpu[pid] = self._cpu(pid)
            except (OSError, IndexError):
                continue  # it has just ended
            self.peak[pid] = max(self.peak.get(pid, 0.0), pss)
            total += pss
        if total:
            self.sums.append(total)

    def _processes(self) -> list[int]:
        path = f"/proc/{self.pid}/task/{self.pid}/children"
        try:
            return [self.pid, *map(int, Path(path).read_text().split())]
        except OSError:
            return [self.pid]

    @staticmethod
    def _pss(pid: int) -> float:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
        return 0.0

    @staticmethod
    def _cpu(pid: int) -> float:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / TICKS


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
    command += ["-o", str(results / "found.ndjson"), *options]
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
        self.found = folder / "found.ndjson"

    def scan(self) -> Iterator[str]:
        a = self.a
        command = [HERE / "population.py", "--kind", "internet", self.folder]
        command += [f"--domains={a.domains}", f"--signed-share={a.signed_share}"]
        command += [f"--delay-ms={a.delay_ms}", f"--loss={a.loss}"]
        subprocess.run(command, check=True)
        command = [HERE / "lab.py", "--build", a.build, "run", "--world"]
        command += [self.folder / "world.json", "--", __file__, "--build", a.build]
        command += ["--inside", self.folder, "--", *a.options]
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
