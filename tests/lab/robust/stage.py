"""Where the tests play: laboratories, runs of the program, and waiting."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LAB_FOLDER = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(LAB_FOLDER))

import expected  # noqa: E402
from expected import Verdict  # noqa: E402

# For anything to happen, in all and for each domain of the population.
LIMIT_SECONDS = 90.0
LIMIT_SECONDS_EACH = 0.03
POLL_SECONDS = 0.02
# Its standard input is held open by the stage; at the end of it the laboratory
# goes.
HOLD = 'echo "$LAB_HINTS $LAB_ANCHOR $LAB_LIST"; exec cat'
PACE = ("--per-address-interval", "0", "--per-network", "1000")
LIMITS = ("--connect-timeout", "3", "--smtp-timeout", "5", "--session-timeout", "20")


class Failure(Exception):
    """A test has failed, and why."""


def demand(condition: object, text: str) -> None:
    if not condition:
        raise Failure(text)


class Run:
    """One process, its output in files so that it never waits for a reader."""

    def __init__(self, stage: Stage, command: Sequence[object], **options: Any) -> None:
        self.stage = stage
        self.folder = Path(tempfile.mkdtemp(prefix="run-", dir=stage.folder))
        with (self.folder / "out").open("wb") as out, (self.folder / "err").open(
            "wb"
        ) as err:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                stdin=options.pop("stdin", subprocess.DEVNULL),
                stdout=options.pop("stdout", out),
                stderr=options.pop("stderr", err),
                **options,
            )
        stage.started(self)

    @property
    def pid(self) -> int:
        return self.process.pid

    def out(self) -> str:
        return (self.folder / "out").read_text("utf-8", "replace")

    def err(self) -> str:
        return (self.folder / "err").read_text("utf-8", "replace")

    def ended(self) -> bool:
        return self.process.poll() is not None

    def finish(self, code: int = 0, limit: float | None = None) -> Run:
        """Wait for its end; the exit code has to be this one."""
        limit = limit or self.stage.limit
        try:
            found = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure(f"does not end within {limit:g} s: {self.err()}") from None
        demand(found == code, f"exit code {found}, not {code}: {self.err()}")
        return self

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        if not self.ended():
            self.process.kill()
            self.process.wait()

    def children(self) -> list[int]:
        return [pid for pid in children(self.pid) if is_alive(pid)]

    def await_(self, what: str, ready: Callable[[], object]) -> None:
        """Until something is so, while the process runs."""

        def ready_or_ended() -> bool:
            ended = self.ended()
            if ready():
                return True
            demand(not ended, f"ended before {what}: {self.err()}")
            return False

        self.stage.await_(what, ready_or_ended)


def children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def descendants(pid: int) -> Iterable[int]:
    for child in children(pid):
        yield child
        yield from descendants(child)


def is_alive(pid: int) -> bool:
    """A zombie is dead, whether somebody has looked or not."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] not in "ZX"


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
            stage, [*command, "--", "sh", "-c", HOLD], stdin=subprocess.PIPE
        )
        self.run_of_lab.await_(
            "the laboratory is up", lambda: "\n" in self.run_of_lab.out()
        )
        hints, anchor, names = self.run_of_lab.out().split()
        self.hints, self.anchor, self.names = Path(hints), Path(anchor), Path(names)
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
        own = [*self.roots(), "--allow-reserved", "--ehlo", "scanner.example"]
        return self.begin_raw(command, *own, *PACE, *LIMITS, *words, **options)

    def close(self) -> None:
        if self.run_of_lab.process.stdin is not None:
            self.run_of_lab.process.stdin.close()


@dataclass
class Population:
    """Domains, what they deserve, and the laboratory that they live in."""

    lab: Lab
    names: Path
    promised: dict[str, Verdict]

    @property
    def total(self) -> int:
        return len(self.promised)

    def compare(self, found: Path) -> None:
        wrong = expected.differences(self.promised, expected.rows(found))
        lines = [f"{len(d)} × {text}: {', '.join(d[:5])}" for text, d in wrong.items()]
        demand(not wrong, "\n".join(lines))

    def one(self, verdict_class: str) -> str:
        """A domain that deserves this class."""
        return min(d for d, v in self.promised.items() if v.verdict_class == verdict_class)


# Their time limits or retries make these the last: at the head of the list.
SLOW_REASONS = ("mx-servfail", "tlsa-servfail", "unreachable")


class Stage:
    """All that the tests start; it ends with the stage."""

    def __init__(self, build: Path, folder: Path, domains: int) -> None:
        self.build = build
        self.program = build / "danescan"
        self.folder = folder
        self.domains = domains
        self.limit = LIMIT_SECONDS + LIMIT_SECONDS_EACH * domains
        self.closed = False
        self._runs: list[Run] = []
        self._labs: dict[str, Lab] = {}
        self._closers: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._lab_lock = threading.Lock()

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

    def lab(self, name: str, make: Callable[[], Lab]) -> Lab:
        """Each laboratory once, whoever asks first."""
        with self._lab_lock:
            if name not in self._labs:
                self._labs[name] = make()
            return self._labs[name]

    def cases(self) -> Lab:
        return self.lab("cases", lambda: Lab(self, "--cases"))

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

        lab = self.lab(name, make)
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
        for lab in self._labs.values():
            lab.close()
        for run in self._runs:
            run.process.terminate()
        for run in self._runs:
            try:
                run.process.wait(5)
            except subprocess.TimeoutExpired:
                run.kill()
        for closer in self._closers:
            closer()


def queued(pipe: int) -> int:
    """Octets that wait in a pipe."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


def count_rows(path: Path) -> int:
    """Whole lines; the file need not be there yet."""
    try:
        return path.read_bytes().count(b"\n")
    except OSError:
        return 0


def one_clear_line(run: Run, pattern: str) -> None:
    """Its complaint is one line on standard error, and nothing else is said."""
    lines = run.err().splitlines()
    demand(len(lines) == 1, f"{len(lines)} lines, not one: {run.err()}")
    demand(lines[0].startswith("danescan"), f"who says it? {lines[0]}")
    demand(re.search(pattern, lines[0]), f"no /{pattern}/ in: {lines[0]}")
    demand(run.out() == "", f"on standard output: {run.out()[:200]}")
