#!/usr/bin/python3
"""What a probe costs: the scanner beside OpenSSL's own client.

    handshakes.py [--build DIR] [--hosts N] [--rounds N] [--signed-share X]

A world of N domains, each with a mail server of its own. The floor is
handshakes.c: OpenSSL and blocking sockets, one conversation after the other,
over as many as the scanner holds: two with each host, for the second asks for
the other kind of key, which these hosts do not have. The scanner's own part of a probe is the CPU
of a scan with --probe all less that of one with --probe none. What
`openssl s_client` takes, one process for each host, is told besides.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

from bench import LAB, PR_SET_CHILD_SUBREAPER, REPOSITORY, measure

S_CLIENT_SHARE = 50  # one host in so many


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build")
    parser.add_argument("--hosts", type=int, default=10000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--signed-share", type=float, default=1.0)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


class Bench:
    """The programs in the laboratory."""

    def __init__(self, a: argparse.Namespace) -> None:
        self.a = a
        self.log = Path(os.environ["LAB_DIR"]) / "bench.log"
        self.contacts = Path(os.environ["LAB_CONTACTS"])
        table = Path(os.environ["LAB_TABLES"]) / "mail.tsv"
        rows = [line.split("\t") for line in table.read_text().splitlines()]
        self.hosts = [(row[0], row[1]) for row in rows if ".hosting." not in row[1]]

    def scan(self, probe: str) -> tuple[float, int]:
        """CPU, and how many handshakes the farm has seen."""
        before = self.handshakes()
        lab = ["--root-hints", os.environ["LAB_HINTS"]]
        lab += ["--trust-anchor", os.environ["LAB_ANCHOR"], "--allow-reserved"]
        options = ["--ehlo", "scanner.example", "-q", "-o", os.devnull]
        command = [str(self.a.build / "danescan"), "scan", *lab, *options]
        command += ["--probe", probe, "--retries", "0", os.environ["LAB_LIST"]]
        cpu = measure(command, self.log).cpu_s
        return cpu, self.handshakes() - before

    def handshakes(self) -> int:
        with self.contacts.open() as file:
            return sum(line.split()[4] == "1" for line in file)

    def bare(self, count: int, *options: str) -> float:
        """CPU of so many conversations."""
        program = self.a.build / "tests" / "bench" / "handshakes"
        rows = [self.hosts[i % len(self.hosts)] for i in range(count)]
        text = "".join(f"{address} {name}\n" for address, name in rows)
        done = subprocess.run(
            [program, *options], input=text, stdout=subprocess.PIPE, text=True
        )
        good, bad, user, system = done.stdout.split()
        if int(bad) or int(good) != count:
            raise SystemExit(f"{bad} of {count} conversations failed")
        return float(user) + float(system)

    def s_client(self) -> float:
        """CPU of a conversation."""
        some = self.hosts[::S_CLIENT_SHARE]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        for address, name in some:
            at = f"[{address}]:25" if ":" in address else f"{address}:25"
            subprocess.run(
                ["openssl", "s_client", "-starttls", "smtp", "-connect", at]
                + ["-servername", name, "-quiet"],
                input=b"QUIT\r\n", capture_output=True,
            )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return used / len(some)


def row(name: str, cpu_s: float, count: int, floor_s: float) -> str:
    ratio = cpu_s / floor_s if floor_s else 0.0
    return f"{name:44}{cpu_s:8.2f} s{cpu_s / count * 1e6:8.0f} µs{ratio:8.2f}"


def inside(a: argparse.Namespace) -> None:
    bench = Bench(a)
    rounds = []
    for _ in range(a.rounds):
        none, _ = bench.scan("none")
        scan, count = bench.scan("all")
        bare = [bench.bare(count, *way) for way in ((), ("--plain",), ("--both",))]
        rounds.append((none, scan, *bare))
    columns = (statistics.median(column) for column in zip(*rounds))
    none, scan, once, plain, both = columns
    print(f"{a.hosts} hosts, {count} handshakes, median of {a.rounds}\n")
    print(f"{'':44}{'CPU':>10}{'each':>11}{'ratio':>8}")
    print(row("OpenSSL, both conversations", both, count, both))
    print(row("  of this the one with a handshake", once, count, both))
    print(row("  of this without TLS", plain, count, both))
    print(row("danescan --probe all less --probe none", scan - none, count, both))
    print(row("danescan --probe all, DNS and all", scan, count, both))
    each = bench.s_client()
    print(row("openssl s_client, a process each", each * count, count, both))


def main() -> int:
    a = arguments()
    a.build = a.build.resolve()
    if a.inside:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        inside(a)
        return 0
    world = a.build / "bench" / "hosts"
    command = [LAB / "population.py", "--kind", "hosts", "--domains", str(a.hosts)]
    command += ["--signed-share", str(a.signed_share), world]
    subprocess.run(command, check=True)
    command = [LAB / "lab.py", "--build", a.build, "run", "--world"]
    command += [world / "world.json", "--", __file__, "--inside"]
    command += [f"--build={a.build}", f"--hosts={a.hosts}", f"--rounds={a.rounds}"]
    return subprocess.run(command).returncode


if __name__ == "__main__":
    sys.exit(main())
