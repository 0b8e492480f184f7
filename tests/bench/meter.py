"""What a run of programs took: CPU of all their processes, time, memory, and
the datagrams on the laboratory's network."""

from __future__ import annotations

import ctypes
import os
import resource
import statistics
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
SAMPLE_SECONDS = 0.2


@dataclass
class Run:
    """One run, or the medians of several."""

    cpu_s: float
    wall_s: float
    memory_mb: float  # the most that each process has had, summed up
    datagrams: float  # sent over UDP by anybody in the laboratory
    most_s: float = 0.0  # until nine tenths of its rows were there, or 0


def prepare() -> None:
    """Orphans of a program come to us, so no process is left out."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def datagrams() -> int:
    """Of this network namespace, IPv4 and IPv6."""
    heads, values = (
        line.split()
        for line in Path("/proc/net/snmp").read_text().splitlines()
        if line.startswith("Udp:")
    )
    sent = int(values[heads.index("OutDatagrams")])
    for line in Path("/proc/net/snmp6").read_text().splitlines():
        if line.startswith("Udp6OutDatagrams"):
            sent += int(line.split()[1])
    return sent


def family(pid: int) -> Iterator[int]:
    """The process and all that it has started."""
    yield pid
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return
    for child in text.split():
        yield from family(int(child))


class Memory:
    """The largest resident memory of each process of a family, looked at every
    now and then: the kernel tells who waits only that of the largest."""

    def __init__(self) -> None:
        self.peaks: dict[int, int] = {}
        self.roots: list[int] = []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self.ended.wait(SAMPLE_SECONDS):
            for root in self.roots:
                for pid in family(root):
                    self._look(pid)

    def _look(self, pid: int) -> None:
        try:
            text = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return
        for line in text.splitlines():
            if line.startswith("VmHWM:"):
                self.peaks[pid] = int(line.split()[1])

    @property
    def megabytes(self) -> float:
        return sum(self.peaks.values()) / 1024


class Meter:
    """Measures what is started and ended between enter and exit. Processes that
    run on behind it (daemons) are ended by the caller before."""

    def __init__(self) -> None:
        self.usages: list[resource.struct_rusage] = []
        self.memory = Memory()

    def __enter__(self) -> Meter:
        self.memory.thread.start()
        self.began = time.monotonic()
        self.datagrams = datagrams()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.wall_s = time.monotonic() - self.began
        self.datagrams = datagrams() - self.datagrams
        self.memory.ended.set()
        self.memory.thread.join()

    def reap(self, child: subprocess.Popen[bytes]) -> int:
        """The child and, once it is gone, what it has left behind."""
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.usages.append(usage)
        return child.returncode

    def reap_orphans(self) -> None:
        while True:
            try:
                self.usages.append(os.wait4(-1, 0)[2])
            except ChildProcessError:
                return

    def result(self) -> Run:
        cpu = sum(usage.ru_utime + usage.ru_stime for usage in self.usages)
        return Run(cpu, self.wall_s, self.memory.megabytes, self.datagrams)


def run(command: list[str], log: Path, **environment: str) -> Run:
    meter = Meter()
    with meter, log.open("ab") as file:
        child = subprocess.Popen(
            command, stdout=file, stderr=file, env=os.environ | environment
        )
        meter.memory.roots.append(child.pid)
        if meter.reap(child) != 0:
            raise SystemExit(f"{command[0]} ended with {child.returncode}: {log}")
        meter.reap_orphans()
    return meter.result()


def medians(runs: Iterable[Run]) -> Run:
    rows = [asdict(run) for run in runs]
    return Run(**{key: statistics.median(row[key] for row in rows) for key in rows[0]})
