"""Processes of a laboratory: started with a log, awaited, ended by their id."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
# Nothing of theirs is worth a longer farewell.
STOP_SECONDS = 0.5
POLL_SECONDS = 0.01
# For a server to be up, on a machine that is busy with other things.
START_SECONDS = 180.0

_libc = ctypes.CDLL(None, use_errno=True)


class LabError(Exception):
    """The laboratory cannot do what was asked; the text is for a person."""


def die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Processes:
    """The children of one laboratory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.children: list[tuple[str, subprocess.Popen[bytes]]] = []

    def start(self, name: str, command: list[Any], **options: Any) -> Any:
        """Start a process whose output goes to NAME.log."""
        with (self.folder / f"{name}.log").open("wb") as log:
            child = subprocess.Popen(
                [str(word) for word in command],
                stdout=options.pop("stdout", log),
                stderr=log,
                preexec_fn=die_with_parent,
                **options,
            )
        self.children.append((name, child))
        return child

    def start_ready(self, name: str, command: list[Any], text: bytes = b"") -> None:
        """Start a process, give it the text on its standard input, which stays
        open, and wait for the line "ready" on its standard output."""
        child = self.start(
            name, command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        child.stdin.write(text)
        child.stdin.flush()
        if child.stdout.readline() != b"ready\n":
            raise LabError(f"{name} is not ready:\n{self._log(name)}")

    def wait_for(self, what: str, ready: Callable[[], bool]) -> None:
        """Wait until ready() or until a process ended which should not."""
        end = time.monotonic() + START_SECONDS
        while not ready():
            self._check_alive()
            if time.monotonic() > end:
                raise LabError(f"{what}: not ready after {START_SECONDS:g} s")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        for _, child in reversed(self.children):
            child.terminate()
        end = time.monotonic() + STOP_SECONDS
        for _, child in self.children:
            try:
                child.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.children.clear()

    def _check_alive(self) -> None:
        for name, child in self.children:
            if child.poll() is not None:
                raise LabError(f"{name} ended ({child.returncode}):\n{self._log(name)}")

    def _log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace").strip()
