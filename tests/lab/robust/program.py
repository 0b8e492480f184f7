"""Runs of the program and of what it needs, and what can be said of them."""

from __future__ import annotations

import contextlib
import fcntl
import re
import struct
import subprocess
import tempfile
import termios
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from stage import Stage

FAREWELL_SECONDS = 5


class Failure(Exception):
    """A test has failed, and why."""


def demand(condition: object, text: str) -> None:
    if not condition:
        raise Failure(text)


class Run:
    """One process, its output in files so that it never waits for a reader."""

    def __init__(
        self,
        stage: Stage,
        command: Sequence[object],
        cleans_up: bool = False,
        **options: Any,
    ) -> None:
        self.stage = stage
        self.cleans_up = cleans_up
        self.folder = Path(tempfile.mkdtemp(prefix="run-", dir=stage.folder))
        with self._file("out") as out, self._file("err") as err:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                stdin=options.pop("stdin", subprocess.DEVNULL),
                stdout=options.pop("stdout", out),
                stderr=options.pop("stderr", err),
                **options,
            )
        stage.started(self)

    def _file(self, name: str) -> BinaryIO:
        return (self.folder / name).open("wb")

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

    def end(self) -> None:
        """At the end of the stage, at once unless it has to clean up."""
        if self.cleans_up:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(FAREWELL_SECONDS)
        self.kill()

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
