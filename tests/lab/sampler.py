"""Memory and CPU of processes, looked at now and then."""

from __future__ import annotations

import os
import threading
from pathlib import Path

SAMPLE_SECONDS = 1.0
TICKS = os.sysconf("SC_CLK_TCK")


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


class Watch:
    """Samples a process and its children between enter and exit."""

    def __init__(self, pid: int) -> None:
        self.sampler = Sampler(pid)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Sampler:
        self.thread.start()
        return self.sampler

    def __exit__(self, *_exception: object) -> None:
        self.ended.set()
        self.thread.join()

    def _watch(self) -> None:
        while not self.ended.wait(SAMPLE_SECONDS):
            self.sampler.sample()
