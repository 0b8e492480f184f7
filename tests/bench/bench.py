#!/usr/bin/python3
"""What a domain costs: the scanner beside other ways to do it.

    bench.py [--build DIR] [--domains N] [--rounds N] [--window N]
             [--processes N] [--only near|far|dead]

All programs ask the same name servers about the same domains, with the same
number of processes (or threads) for DNS and as many questions in flight; they
take turns, and of each the median round is printed. CPU is user and system
time of a program and all its processes; name servers, mail servers and
PostgreSQL are not in it, but have to share the machine, so that times say less
than CPU. Memory is the sum over the processes of a program.

near    the name servers on this machine, no delay
far     every answer 30 ms late, every 200th question over UDP lost
dead    one domain in twenty at name servers that never answer

The table goes to standard output, and with all that it is made of to
BUILD/bench/bench.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
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

import population  # noqa: E402
from world import NameServer  # noqa: E402

# As handshakes.py knows them.
measure = meter.run
PR_SET_CHILD_SUBREAPER = meter.PR_SET_CHILD_SUBREAPER

SEED = 1
DEAD_EVERY = 20
FAR = {"delay_ms": 30, "loss": 0.5}
# Far away the window decides how much waits at once.
WIDE = 5000
CONDITIONS = {
    "near": "name servers on this machine",
    "far": f"answers {FAR['delay_ms']} ms late, {FAR['loss']} % of questions lost",
    "dead": f"one domain in {DEAD_EVERY} at name servers that never answer",
}
BARE = "bare libunbound, MX only"
NDJSON = "danescan, NDJSON"
POSTGRES = "danescan, PostgreSQL"
DNSPERF = "unbound + dnsperf, MX only"
S_CLIENT = "openssl s_client, each address"
# Without addresses and TLSA records looked up, judged or stored.
TOGETHER = "the last two together"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build")
    parser.add_argument("--domains", type=int, default=20000)
    parser.add_argument("--rounds", type=int, default=3, help="of the near ones")
    parser.add_argument("--window", type=int, default=500)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--only", choices=CONDITIONS, action="append")
    parser.add_argument("--inside", choices=CONDITIONS, help=argparse.SUPPRESS)
    return parser.parse_args()


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

    def scan_command(self, *sink: str, window: int | None = None) -> list[str]:
        size = self._size("--resolvers", window)
        options = [*self.lab, *size, "--ehlo", "scanner.example", "-q"]
        options += ["--retries", "0"]
        program = str(self.a.build / "danescan")
        return [program, "scan", *options, *sink, str(self.names)]

    def ndjson(self, window: int | None = None) -> Run:
        command = self.scan_command("-o", str(self.rows), window=window)
        return measure(command, self.log)

    def postgres(self) -> Run:
        sink = ("--db", os.environ["BENCH_DSN"])
        return measure(self.scan_command(*sink), self.log)

    def dnsperf(self) -> Run:
        a = self.a
        return assembled.resolve(self.folder, self.names, a.processes, a.window)

    def s_client(self) -> Run:
        return assembled.talk(assembled.endpoints(self.rows), self.log)

    def _size(self, processes: str, window: int | None = None) -> list[str]:
        window = window or self.a.window
        return [processes, str(self.a.processes), "--window", str(window)]


def take_turns(rounds: int, programs: dict[str, Callable[[], Run]]) -> dict[str, Run]:
    runs: dict[str, list[Run]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, program in programs.items():
            runs[name].append(program())
    return {name: meter.medians(of_one) for name, of_one in runs.items()}


def near(a: argparse.Namespace, programs: Programs) -> dict[str, Run]:
    turns = {
        BARE: programs.bare,
        NDJSON: programs.ndjson,
        POSTGRES: programs.postgres,
    }
    if not assembled.missing():
        turns[DNSPERF] = programs.dnsperf
    found = take_turns(a.rounds, turns)
    if DNSPERF in found:
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


def trouble(_a: argparse.Namespace, programs: Programs) -> dict[str, Run]:
    """Far or dead: once each."""
    turns = {
        BARE: programs.bare,
        NDJSON: programs.ndjson,
        f"danescan, window {WIDE:,}": lambda: programs.ndjson(WIDE),
    }
    if not assembled.missing():
        turns[DNSPERF] = programs.dnsperf
    return take_turns(1, turns)


def table(condition: str, found: dict[str, Run], domains: int) -> str:
    """Ratios are to the bare program under the same condition."""
    lines = [
        f"{CONDITIONS[condition]}",
        f"{'':32}{'CPU/domain':>11}{'ratio':>7}{'wall':>9}{'domains/s':>11}"
        f"{'memory':>9}{'sent':>7}",
    ]
    for name, run in found.items():
        sent = run.datagrams / 2 / domains
        lines.append(
            f"{name:32}{run.cpu_s / domains * 1e6:8.0f} µs"
            f"{run.cpu_s / found[BARE].cpu_s:7.2f}{run.wall_s:7.1f} s"
            f"{domains / run.wall_s:11.0f}{run.memory_mb:6.0f} MB"
            # Elsewhere the proxy that delays or drops sends them again.
            + (f"{sent:7.2f}" if condition == "near" and sent >= 0.01 else "")
        )
    return "\n".join(lines) + "\n"


def measure_inside(a: argparse.Namespace) -> None:
    """Writes what it found for main(), which is outside."""
    meter.prepare()
    programs = Programs(a)
    # What is asked for the first time is slower for those who serve it.
    programs.bare()
    found = (near if a.inside == "near" else trouble)(a, programs)
    print(table(a.inside, found, a.domains), flush=True)
    result = {name: asdict(run) for name, run in found.items()}
    path = result_file(a, a.inside)
    if a.inside == "near":
        counted = arithmetic.count(programs.bare_command(), a.domains, programs.folder)
        print(sums(counted, found, a.domains), flush=True)
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


def result_file(a: argparse.Namespace, condition: str) -> Path:
    return Path(a.build / "bench" / f"{condition}.json")


def populate(a: argparse.Namespace, condition: str) -> Path:
    """The same domains under each condition."""
    world = population.bench(a.domains, SEED, 0.5, 0)
    zones = world.world.zones
    if condition == "far":
        world.world.servers.append(NameServer("far", FAR))
        for zone in zones:
            zone.server = "far"
    if condition == "dead":
        world.world.servers.append(NameServer("dead", {"drop": ["*"]}))
        dead = set(world.names[::DEAD_EVERY])
        for zone in zones:
            if zone.name in dead:
                zone.server = "dead"
    folder = Path(a.build / "bench" / condition)
    world.save(folder)
    return folder / "world.json"


def in_laboratory(a: argparse.Namespace, condition: str) -> None:
    world = populate(a, condition)
    fields = ("build", "domains", "rounds", "window", "processes")
    again = [f"--{name}={getattr(a, name)}" for name in fields]
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
    result = {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "versions": version.splitlines(),
        "domains": a.domains,
        "rounds": a.rounds,
        "window": a.window,
        "processes": a.processes,
    }
    for name in conditions + ["arithmetic"] * ("near" in conditions):
        result[name] = json.loads(result_file(a, name).read_text())
    path = a.build / "bench" / "bench.json"
    path.write_text(json.dumps(result, indent=1) + "\n")


def main() -> int:
    a = arguments()
    a.build = a.build.resolve()
    if a.inside:
        measure_inside(a)
        return 0
    conditions = a.only or list(CONDITIONS)
    absent = assembled.missing()
    if absent:
        print(f"bench: left out: {absent}", file=sys.stderr)
    print(
        f"{a.domains} domains, {a.processes} processes for DNS, window {a.window}, "
        f"median of {a.rounds} (near) or one round\n"
    )
    try:
        os.environ["BENCH_DSN"] = database(a)
        for condition in conditions:
            in_laboratory(a, condition)
    except subprocess.CalledProcessError as error:
        return error.returncode
    finally:
        subprocess.run([PG, "remove", a.build / "bench" / "pg"])
    collect(a, conditions)
    return 0


if __name__ == "__main__":
    sys.exit(main())
