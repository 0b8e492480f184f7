#!/usr/bin/python3
"""What a domain costs: the scanner beside other ways to do it.

    bench.py [--build DIR] [--domains N]... [--rounds N] [--window N]
             [--processes N] [--only near|far|dead]...

All programs ask the same name servers about the same domains, with the same
number of processes (or threads) for DNS and as many questions in flight; they
take turns, and of each the median round is printed. CPU is user and system
time of a program and all its processes; name servers, mail servers and
PostgreSQL are not in it, but have to share the machine, so that times say less
than CPU. Memory is the sum over the processes of a program.

near    the name servers on this machine, no delay
far     every answer 30 ms late, every 200th question over UDP lost
dead    the same, and one domain in twenty at name servers that never answer

Without --domains both SIZES are taken; of those above ONE_ROUND one round, and
what is told of the machine and of a process for each address at the first size
only; above SCANNER_ONLY far and dead have the scanner alone, with the window as
by default. Where name servers are dead, so is the window of the bare program,
since they would fill a small one. `most` is the rate at which the first nine
tenths of the rows came: what is left of them has the last dead servers to wait
for. The tables go to standard output, and with all that they are made of to
BUILD/bench/bench.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import arithmetic
import assembled
import meter
from meter import Run

REPOSITORY = Path(__file__).resolve().parents[2]
LAB = REPOSITORY / "tests" / "lab"
PG = REPOSITORY / "scripts" / "pg.sh"
sys.path.insert(0, str(LAB))
sys.dont_write_bytecode = True

# As handshakes.py knows them.
measure = meter.run
PR_SET_CHILD_SUBREAPER = meter.PR_SET_CHILD_SUBREAPER

SIZES = [20_000, 200_000]
ONE_ROUND = 50_000
SCANNER_ONLY = 300_000
DEFAULT_WINDOW = 10_000
DEAD_PERCENT = 5
FAR = ["--delay-ms=30", "--loss=0.5"]
CONDITIONS = {
    "near": "name servers on this machine",
    "far": "answers 30 ms late, 0.5 % of questions lost",
    "dead": "the same, one domain in twenty at name servers that never answer",
}
POPULATIONS = {
    "near": [],
    "far": FAR,
    "dead": [*FAR, f"--dead={DEAD_PERCENT}"],
}
BARE = "bare libunbound, MX only"
NDJSON = "danescan, NDJSON"
POSTGRES = "danescan, PostgreSQL"
DEFAULTS = "danescan, window as by default"
DNSPERF = "unbound + dnsperf, MX only"
S_CLIENT = "openssl s_client, each address"
# Without addresses and TLSA records looked up, judged or stored.
TOGETHER = "the last two together"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build")
    parser.add_argument("--domains", type=int, action="append")
    parser.add_argument("--rounds", type=int, default=3, help="of the near ones")
    parser.add_argument("--window", type=int, default=500)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--only", choices=CONDITIONS, action="append")
    parser.add_argument("--inside", choices=CONDITIONS, help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    a = parser.parse_args()
    a.domains = a.domains or SIZES
    return a


class Size:
    """One size of the population: what is measured of it."""

    def __init__(self, a: argparse.Namespace, domains: int) -> None:
        self.domains = domains
        self.rounds = a.rounds if domains <= ONE_ROUND else 1
        self.first = domains == a.domains[0]
        self.folder: Path = a.build / "bench" / str(domains)


class Programs:
    """The programs with equal settings. To be used inside a laboratory."""

    def __init__(self, a: argparse.Namespace) -> None:
        self.a = a
        self.folder = Path(os.environ["LAB_DIR"])
        self.log = self.folder / "bench.log"
        self.rows = self.folder / "rows.ndjson"
        self.names = Path(os.environ["LAB_LIST"])
        self.lab = [
            *("--root-hints", os.environ["LAB_HINTS"]),
            *("--trust-anchor", os.environ["LAB_ANCHOR"]),
            "--allow-reserved",
        ]

    def bare_command(self) -> list[str]:
        program = str(self.a.build / "tests" / "bench" / "bare")
        return [program, *self.lab, *self._size("--processes"), str(self.names)]

    def bare(self) -> Run:
        return measure(self.bare_command(), self.log)

    def bare_wide(self) -> Run:
        command = [*self.bare_command(), "--window", str(DEFAULT_WINDOW)]
        return measure(command, self.log)

    def scan_command(self, *sink: str, window: bool = True) -> list[str]:
        size = self._size("--resolvers")[: None if window else 2]
        options = [*self.lab, *size, "--ehlo", "scanner.example", "-q"]
        options += ["--retries", "0"]
        program = str(self.a.build / "danescan")
        return [program, "scan", *options, *sink, str(self.names)]

    def ndjson(self, window: bool = True) -> Run:
        command = self.scan_command("-o", str(self.rows), window=window)
        began = time.time()
        run = measure(command, self.log)
        run.most_s = most(self.rows) - began
        return run

    def postgres(self) -> Run:
        sink = ("--db", os.environ["BENCH_DSN"])
        return measure(self.scan_command(*sink), self.log)

    def dnsperf(self) -> Run:
        a = self.a
        return assembled.resolve(self.folder, self.names, a.processes, a.window)

    def s_client(self) -> Run:
        return assembled.talk(assembled.endpoints(self.rows), self.log)

    def _size(self, processes: str) -> list[str]:
        return [processes, str(self.a.processes), "--window", str(self.a.window)]


def most(rows: Path) -> float:
    """The time of the last one of the first nine tenths, to the second."""
    with rows.open(encoding="utf-8") as file:
        times = sorted(json.loads(line)["time"] for line in file)
    last = datetime.fromisoformat(times[len(times) * 9 // 10])
    return last.timestamp() + 0.5


def take_turns(rounds: int, programs: dict[str, Callable[[], Run]]) -> dict[str, Run]:
    runs: dict[str, list[Run]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, program in programs.items():
            runs[name].append(program())
    return {name: meter.medians(of_one) for name, of_one in runs.items()}


def near(size: Size, programs: Programs) -> dict[str, Run]:
    turns = {
        BARE: programs.bare,
        NDJSON: programs.ndjson,
        DEFAULTS: lambda: programs.ndjson(window=False),
        POSTGRES: programs.postgres,
    }
    if not assembled.missing():
        turns[DNSPERF] = programs.dnsperf
    found = take_turns(size.rounds, turns)
    if DNSPERF in found and size.first:
        found[S_CLIENT] = programs.s_client()
        talks = len(assembled.endpoints(programs.rows))
        each = found[S_CLIENT].cpu_s / talks * 1e3
        print(f"{talks} addresses with TLSA records; s_client: {each:.1f} ms each\n")
        found[TOGETHER] = together(found[DNSPERF], found[S_CLIENT])
    return found


def together(one: Run, other: Run) -> Run:
    """One after the other."""
    return Run(
        one.cpu_s + other.cpu_s,
        one.wall_s + other.wall_s,
        max(one.memory_mb, other.memory_mb),
        one.datagrams + other.datagrams,
    )


def trouble(size: Size, programs: Programs, condition: str) -> dict[str, Run]:
    """Far or dead: once each."""
    defaults = {DEFAULTS: lambda: programs.ndjson(window=False)}
    if size.domains > SCANNER_ONLY:
        return take_turns(1, defaults)
    bare = programs.bare_wide if condition == "dead" else programs.bare
    turns = {BARE: bare, NDJSON: programs.ndjson, **defaults}
    if size.first and not assembled.missing():
        turns[DNSPERF] = programs.dnsperf
    return take_turns(1, turns)


def table(condition: str, found: dict[str, Run], domains: int) -> str:
    """Ratios are to the first program under the same condition."""
    first = next(iter(found.values()))
    lines = [
        f"{domains:,} domains, {CONDITIONS[condition]}",
        f"{'':32}{'CPU/domain':>11}{'ratio':>7}{'wall':>9}{'domains/s':>11}"
        f"{'most':>7}{'memory':>9}{'sent':>7}",
    ]
    for name, run in found.items():
        sent = run.datagrams / 2 / domains
        most_per_s = f"{0.9 * domains / run.most_s:7.0f}" if run.most_s else f"{'':7}"
        lines.append(
            f"{name:32}{run.cpu_s / domains * 1e6:8.0f} µs"
            f"{run.cpu_s / first.cpu_s:7.2f}{run.wall_s:7.1f} s"
            f"{domains / run.wall_s:11.0f}{most_per_s}{run.memory_mb:6.0f} MB"
            # Elsewhere questions are repeated that were lost or not answered.
            + (f"{sent:7.2f}" if condition == "near" and sent >= 0.01 else "")
        )
    return "\n".join(lines) + "\n"


def measure_inside(a: argparse.Namespace, size: Size) -> None:
    """Writes what it found for main(), which is outside."""
    meter.prepare()
    programs = Programs(a)
    # What is asked for the first time is slower for those who serve it.
    if size.first and size.domains <= SCANNER_ONLY:
        programs.bare()
    if a.inside == "near":
        found = near(size, programs)
    else:
        found = trouble(size, programs, a.inside)
    print(table(a.inside, found, size.domains), flush=True)
    result = {name: asdict(run) for name, run in found.items()}
    path = result_file(size, a.inside)
    if a.inside == "near" and size.first:
        command = programs.bare_command()
        counted = arithmetic.count(command, size.domains, programs.folder)
        print(sums(counted, found, size.domains), flush=True)
        path.with_name("arithmetic.json").write_text(json.dumps(asdict(counted)))
    path.write_text(json.dumps(result))


def sums(found: arithmetic.Arithmetic, runs: dict[str, Run], domains: int) -> str:
    """What no scanner on this validator, or on any, can be cheaper than."""
    scanner = runs[NDJSON].cpu_s / domains * 1e6
    nettle = found.verifications * found.nettle_us
    openssl = found.verifications * found.openssl_us
    return (
        f"signatures: {found.verifications:.2f} P-256 verifications a domain; in "
        f"nettle {found.nettle_us:.0f} µs each,\n"
        f"{nettle:.0f} µs a domain, {nettle / scanner:.0%} of {NDJSON}; in OpenSSL "
        f"{found.openssl_us:.0f} µs each, {openssl:.0f} µs a domain\n"
    )


def rates(size: Size, conditions: list[str]) -> str:
    """The throughput of the scanner under each condition, beside the one before:
    of the whole scan, and of the first nine tenths of its rows."""
    lines = []
    for program in (NDJSON, DEFAULTS):
        before: tuple[str, float, float] | None = None
        for condition in conditions:
            found = json.loads(result_file(size, condition).read_text())
            if program not in found:
                continue
            run = found[program]
            whole = size.domains / run["wall_s"]
            most = 0.9 * size.domains / run["most_s"]
            line = f"{program}: {condition} {whole:.0f} domains/s"
            if before:
                line += f", {whole / before[1]:.2f} of {before[0]}"
                line += f"; of nine tenths {most / before[2]:.2f}"
            lines.append(line)
            before = condition, whole, most
    return "\n".join(lines) + "\n"


def result_file(size: Size, condition: str) -> Path:
    return size.folder / f"{condition}.json"


def populate(size: Size, condition: str) -> Path:
    """The same domains under each condition, but for those that are dead."""
    folder = size.folder / ("dead" if condition == "dead" else "alive")
    command = [LAB / "population.py", "--kind=bench", "--signed-share=0.5"]
    command += [f"--domains={size.domains}", *POPULATIONS[condition], folder]
    subprocess.run(command, check=True)
    return folder / "world.json"


def in_laboratory(a: argparse.Namespace, size: Size, condition: str) -> None:
    world = populate(size, condition)
    fields = ("build", "rounds", "window", "processes")
    again = [f"--{name}={getattr(a, name)}" for name in fields]
    again += [f"--domains={domains}" for domains in a.domains]
    again.append(f"--size={size.domains}")
    command = [LAB / "lab.py", "--build", a.build, "run", "--world", world]
    command += ["--", __file__, f"--inside={condition}", *again]
    subprocess.run(command, check=True)


def database(a: argparse.Namespace) -> str:
    """A fresh private cluster; returns its connection string."""
    folder = a.build / "bench" / "pg"
    subprocess.run([PG, "remove", folder], check=True)
    dsn = subprocess.check_output([PG, "start", folder], text=True).strip()
    command = [a.build / "danescan", "db", "init", "--db", dsn]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return dsn


def cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(": ")[2]
    return platform.machine()


def collect(a: argparse.Namespace, conditions: list[str]) -> None:
    """All figures in one file, for a program."""
    version = subprocess.check_output([a.build / "danescan", "version"], text=True)
    result: dict[str, object] = {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "versions": version.splitlines(),
        "rounds": a.rounds,
        "window": a.window,
        "processes": a.processes,
    }
    for domains in a.domains:
        size = Size(a, domains)
        names = conditions + ["arithmetic"] * (size.first and "near" in conditions)
        files = {name: result_file(size, name) for name in names}
        result[str(domains)] = {
            name: json.loads(path.read_text()) for name, path in files.items()
        }
    path = a.build / "bench" / "bench.json"
    path.write_text(json.dumps(result, indent=1) + "\n")


def main() -> int:
    a = arguments()
    a.build = a.build.resolve()
    if a.inside:
        measure_inside(a, Size(a, a.size))
        return 0
    conditions = a.only or list(CONDITIONS)
    absent = assembled.missing()
    if absent:
        print(f"bench: left out: {absent}", file=sys.stderr)
    print(
        f"{a.processes} processes for DNS, window {a.window}; median of {a.rounds} "
        f"rounds (near, up to {ONE_ROUND:,} domains), else one\n",
        flush=True,
    )
    try:
        os.environ["BENCH_DSN"] = database(a)
        for domains in a.domains:
            for condition in conditions:
                in_laboratory(a, Size(a, domains), condition)
            print(rates(Size(a, domains), conditions), flush=True)
    except subprocess.CalledProcessError as error:
        return error.returncode
    finally:
        subprocess.run([PG, "remove", a.build / "bench" / "pg"])
    collect(a, conditions)
    return 0


if __name__ == "__main__":
    sys.exit(main())
