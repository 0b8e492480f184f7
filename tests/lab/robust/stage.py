"""Where the tests play: laboratories, populations, and what all tests share."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

LAB_FOLDER = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(LAB_FOLDER))

import expected  # noqa: E402
from expected import Verdict  # noqa: E402
from program import Failure, Run, demand, descendants  # noqa: E402

# For anything to happen, in all and for each domain of the population.
LIMIT_SECONDS = 300.0
LIMIT_SECONDS_EACH = 0.03
POLL_SECONDS = 0.02
# Domains per second that a laboratory bears beside others on a small machine.
RATE_MAX = 150
# Waits on its standard input, which ends with the stage.
HOLD = """echo "$LAB_HINTS $LAB_ANCHOR ${LAB_ISSUERS:--} $LAB_LIST ${LAB_CONTACTS:--}"
exec cat"""
PACE = ("--per-address-interval", "0", "--per-network", "1000")
LIMITS = (
    *("--connect-timeout", "20", "--smtp-timeout", "20", "--session-timeout", "60"),
    *("--retries", "0"),
)
# Their time limits or retries make these the last: at the head of the list.
SLOW_REASONS = (
    *("mx-servfail", "mx-timeout", "mx-refused", "unreachable"),
    *("tlsa-servfail", "tlsa-timeout", "tlsa-refused", "tlsa-notimp"),
)

Made = TypeVar("Made")


def namespace(pid: int | str, kind: str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/ns/{kind}")
    except OSError:
        return ""


class Lab:
    """One laboratory. The program runs in its network, and is otherwise an
    ordinary child of ours."""

    def __init__(self, stage: Stage, *world: object) -> None:
        self.stage = stage
        command = [LAB_FOLDER / "lab.py", "--build", stage.build, "run", *world]
        self.run_of_lab = Run(
            stage,
            [*command, "--", "sh", "-c", HOLD],
            cleans_up=True,
            stdin=subprocess.PIPE,
        )
        self.run_of_lab.await_(
            "the laboratory is up", lambda: "\n" in self.run_of_lab.out()
        )
        paths = map(Path, self.run_of_lab.out().split())
        # A population of the kind "internet" has no issuers; who talks to one of
        # its mail servers is in contacts.
        self.hints, self.anchor, self.issuers, self.names, self.contacts = paths
        self.enter = self._entrance()

    def _entrance(self) -> list[str]:
        own = namespace("self", "net")
        for pid in descendants(self.run_of_lab.pid):
            if namespace(pid, "net") not in ("", own):
                break
        else:
            raise Failure("the laboratory has no network of its own")
        command = ["nsenter", "--target", str(pid), "--net"]
        if namespace(pid, "user") != namespace("self", "user"):
            command += ["--user", "--preserve-credentials"]
        # The runs must not outlive the tests.
        return [*command, "--", "setpriv", "--pdeathsig", "KILL", "--"]

    def roots(self) -> list[str]:
        return ["--root-hints", str(self.hints), "--trust-anchor", str(self.anchor)]

    def begin_raw(self, *words: object, **options: Any) -> Run:
        return Run(self.stage, [*self.enter, self.stage.program, *words], **options)

    def begin(self, command: str, *words: object, **options: Any) -> Run:
        """Run a command of the program with what the laboratory asks for."""
        own = [*self.roots(), "--ca-file", str(self.issuers)]
        own += ["--allow-reserved", "--ehlo", "scanner.example"]
        own += ["--rate", str(RATE_MAX)] if command == "scan" else []
        return self.begin_raw(command, *own, *PACE, *LIMITS, *words, **options)


@dataclass
class Population:
    """Domains, what they deserve, and the laboratory that they live in."""

    lab: Lab
    names: Path
    promised: dict[str, Verdict]

    @property
    def total(self) -> int:
        return len(self.promised)

    def pace(self, seconds: float) -> tuple[str, str]:
        """Options for a scan that takes at least so long."""
        return "--rate", str(min(self.total / seconds, RATE_MAX))

    def compare(self, found: Path) -> None:
        wrong = expected.differences(self.promised, expected.rows(found))
        lines = [f"{len(d)} × {text}: {', '.join(d[:5])}" for text, d in wrong.items()]
        demand(not wrong, "\n".join(lines))

    def one(self, verdict_class: str) -> str:
        """A domain that deserves this class."""
        return min(self.all_of(verdict_class))

    def all_of(self, verdict_class: str) -> list[str]:
        verdicts = self.promised.items()
        return [name for name, v in verdicts if v.verdict_class == verdict_class]


class Stage:
    """All that the tests start; it ends with the stage."""

    def __init__(self, build: Path, folder: Path, domains: int, rounds: int) -> None:
        self.build = build
        self.program = build / "danescan"
        self.folder = folder
        self.domains = domains
        self.rounds = rounds
        self.limit = LIMIT_SECONDS + LIMIT_SECONDS_EACH * domains
        self.closed = False
        self._runs: list[Run] = []
        self._closers: list[Callable[[], None]] = []
        self._made: dict[str, Any] = {}
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def started(self, run: Run) -> None:
        with self._lock:
            self._runs.append(run)
            late = self.closed
        if late:
            run.kill()
            raise Failure("the tests are being ended")

    def await_(self, what: str, ready: Callable[[], object]) -> None:
        end = time.monotonic() + self.limit
        while not ready():
            demand(not self.closed, "the tests are being ended")
            demand(time.monotonic() < end, f"not within {self.limit:g} s: {what}")
            time.sleep(POLL_SECONDS)

    def at_end(self, closer: Callable[[], None]) -> None:
        with self._lock:
            self._closers.append(closer)

    def fresh(self, name: str) -> Path:
        """A path of this name that nobody else uses."""
        return Path(tempfile.mkdtemp(prefix="file-", dir=self.folder)) / name

    def run(self, *words: object, **options: Any) -> Run:
        """The program outside of every laboratory."""
        return Run(self, [self.program, *words], **options)

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """What many tests use is made for the first that asks."""
        with self._lock:
            lock = self._locks[name]
        with lock:
            if name not in self._made:
                self._made[name] = make()
            return self._made[name]

    def alone(self, name: str) -> threading.Lock:
        """To be held for what is not to be done by two tests at once."""
        with self._lock:
            return self._locks[f"alone: {name}"]

    def cases(self) -> Lab:
        return self.once("cases", lambda: Lab(self, "--cases"))

    def population(self) -> Population:
        folder = self.folder / "population"
        return self.inhabit("population", lambda: self._populate(folder))

    def inhabit(self, name: str, populate: Callable[[], None]) -> Population:
        """The laboratory of the population that populate() writes to the folder
        of that name."""
        folder = self.folder / name

        def make() -> Lab:
            populate()
            return Lab(self, "--world", folder / "world.json")

        lab = self.once(name, make)
        promised = dict(expected.rows(folder / "expected.tsv"))
        return Population(lab, folder / "world.list", promised)

    def _populate(self, folder: Path) -> None:
        command = [LAB_FOLDER / "population.py", "--domains", self.domains, folder]
        Run(self, command).finish()
        promised = dict(expected.rows(folder / "expected.tsv"))
        slow = [name for name in promised if promised[name].reason in SLOW_REASONS]
        rest = [name for name in promised if name not in slow]
        (folder / "world.list").write_text("\n".join(slow + rest) + "\n")

    def close(self) -> None:
        with self._lock:
            self.closed = True
        for run in self._runs:
            run.end()
        for closer in self._closers:
            closer()
