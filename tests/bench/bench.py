#!/usr/bin/python3
"""What a domain costs: the scanner beside a bare libunbound program.

    bench.py [--build DIR] [--domains N] [--rounds N] [--window N] [--delay MS]

Bare program and scanner ask the same name servers about the same domains with
the same number of resolver processes and the same window, by turns; of each
the median round is printed. CPU is user and system time of the program and
all its processes; name servers, mail servers and PostgreSQL are not in it,
but have to share the machine, so that times say less than CPU.

Then the scanner alone with all answers of the domains' name servers delayed:
throughput has to follow the window.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LAB = REPOSITORY / "tests" / "lab"
PG = REPOSITORY / "scripts" / "pg.sh"
PR_SET_CHILD_SUBREAPER = 36
DELAY_WINDOWS = (50, 500, 5000)


@dataclass
class Run:
    """One run of one program."""

    cpu_s: float
    wall_s: float
    peak_mb: float  # of its largest process


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build")
    parser.add_argument("--domains", type=int, default=20000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--window", type=int, default=500)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--delay", type=int, default=50, help="0: leave out")
    parser.add_argument("--inside", choices=("cost", "delay"), help=argparse.SUPPRESS)
    return parser.parse_args()


def measure(command: list[str], log: Path) -> Run:
    """Orphans of the program come to us, so no process is left out."""
    began = time.monotonic()
    with log.open("ab") as file:
        child = subprocess.Popen(command, stdout=file, stderr=file)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {child.returncode}: {log}")
    usages = [usage]
    while True:
        try:
            usages.append(os.wait4(-1, 0)[2])
        except ChildProcessError:
            break
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    return Run(cpu, wall, max(usage.ru_maxrss for usage in usages) / 1024)


class Programs:
    """Command lines with equal settings."""

    def __init__(self, a: argparse.Namespace) -> None:
        self.a = a
        self.names = os.environ["LAB_LIST"]
        self.lab = [
            *("--root-hints", os.environ["LAB_HINTS"]),
            *("--trust-anchor", os.environ["LAB_ANCHOR"]),
            "--allow-reserved",
        ]

    def bare(self) -> list[str]:
        program = self.a.build / "tests" / "bench" / "bare"
        return [str(program), *self.lab, *self._size("--processes"), self.names]

    def scanner(self, *sink: str, window: int | None = None) -> list[str]:
        program = self.a.build / "danescan"
        size = self._size("--resolvers", window)
        options = [*self.lab, *size, "--ehlo", "scanner.example", "-q"]
        options += ["--retries", "0"]
        return [str(program), "scan", *options, *sink, self.names]

    def _size(self, processes: str, window: int | None = None) -> list[str]:
        window = window or self.a.window
        return [processes, str(self.a.processes), "--window", str(window)]


def cost(a: argparse.Namespace) -> None:
    """Bare program and scanner by turns."""
    programs = Programs(a)
    log = Path(os.environ["LAB_DIR"]) / "bench.log"
    commands = {
        "bare libunbound, MX only": programs.bare(),
        "danescan, NDJSON": programs.scanner("-o", os.devnull),
        "danescan, PostgreSQL": programs.scanner("--db", os.environ["BENCH_DSN"]),
    }
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(a.rounds):
        for name, command in commands.items():
            runs[name].append(measure(command, log))
    print(
        f"{a.domains} domains, {a.processes} resolver processes, window {a.window}, "
        f"median of {a.rounds}\n\n"
        f"{'':26}{'CPU/domain':>12}{'ratio':>8}{'wall':>9}{'domains/s':>11}{'peak':>9}"
    )
    bare = 0.0
    for name in commands:
        median = median_of(runs[name])
        bare = bare or median.cpu_s
        print(row(name, median, a.domains, median.cpu_s / bare))


def median_of(runs: list[Run]) -> Run:
    return Run(
        statistics.median(run.cpu_s for run in runs),
        statistics.median(run.wall_s for run in runs),
        statistics.median(run.peak_mb for run in runs),
    )


def row(name: str, run: Run, domains: int, ratio: float | None = None) -> str:
    shown = f"{ratio:8.2f}" if ratio is not None else " " * 8
    return (
        f"{name:26}{run.cpu_s / domains * 1e6:9.0f} µs{shown}{run.wall_s:7.1f} s"
        f"{domains / run.wall_s:11.0f}{run.peak_mb:6.0f} MB"
    )


def delay(a: argparse.Namespace) -> None:
    """The scanner alone, far from the name servers."""
    programs = Programs(a)
    log = Path(os.environ["LAB_DIR"]) / "bench.log"
    print(f"\nanswers {a.delay} ms away")
    for window in DELAY_WINDOWS:
        run = measure(programs.scanner("-o", os.devnull, window=window), log)
        print(row(f"danescan, window {window}", run, a.domains), flush=True)


def in_laboratory(a: argparse.Namespace, what: str, delay_ms: int) -> int:
    world = a.build / "bench" / what
    subprocess.run(
        [LAB / "population.py", "--kind", "bench", "--domains", str(a.domains)]
        + ["--delay-ms", str(delay_ms), world],
        check=True,
    )
    fields = ("build", "domains", "rounds", "window", "processes", "delay")
    again = [f"--{name}={getattr(a, name)}" for name in fields]
    command = [LAB / "lab.py", "--build", a.build, "run", "--world"]
    command += [world / "world.json", "--", __file__, f"--inside={what}", *again]
    return subprocess.run(command).returncode


def database(a: argparse.Namespace) -> str:
    """A fresh private cluster; returns its connection string."""
    folder = a.build / "bench" / "pg"
    subprocess.run([PG, "remove", folder], check=True)
    dsn = subprocess.check_output([PG, "start", folder], text=True).strip()
    command = [a.build / "danescan", "db", "init", "--db", dsn]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return dsn


def main() -> int:
    a = arguments()
    a.build = a.build.resolve()
    if a.inside:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        cost(a) if a.inside == "cost" else delay(a)
        return 0
    try:
        os.environ["BENCH_DSN"] = database(a)
        code = in_laboratory(a, "cost", 0)
        return code or (in_laboratory(a, "delay", a.delay) if a.delay else 0)
    finally:
        subprocess.run([PG, "remove", a.build / "bench" / "pg"])


if __name__ == "__main__":
    sys.exit(main())
