"""What takes time to make for a laboratory is kept on disk, for all of them.

Several laboratories use one folder at the same time, each in a PID namespace of
its own: process ids do not tell them apart.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

DAY = 86400
EXPIRES = "expires"


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time; a file of this name is all that is left."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def fresh(path: Path) -> bool:
    try:
        return int((path / EXPIRES).read_text()) > time.time() + DAY
    except FileNotFoundError:
        return False


class Cache:
    """Folders of one kind by the hash of what went into them, made again when
    their signatures end within a day; of those that nobody uses the least
    recently used are dropped."""

    def __init__(self, folder: Path, kind: str, keep: int) -> None:
        self.folder = folder
        self.kind = kind
        self.keep = keep
        self.used: list[int] = []

    def get(self, digest: str, make: Callable[[Path], int]) -> Path:
        """make() fills a folder and returns the time when its signatures end.
        The result is there until this process ends."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{self.kind}-{digest}"
        with locked(self.folder / f"{self.kind}.lock"):
            if not fresh(path):
                self._make(path, make)
            os.utime(path)
            self.used.append(os.open(path, os.O_RDONLY))
            fcntl.flock(self.used[-1], fcntl.LOCK_SH)
            self._prune()
        return path

    def _make(self, path: Path, make: Callable[[Path], int]) -> None:
        """Built aside and renamed, so that a half-made folder is never used; who
        has a file of the old one open keeps it."""
        aside = Path(tempfile.mkdtemp(prefix="new-", dir=self.folder))
        aside.chmod(0o755)
        try:
            (aside / EXPIRES).write_text(str(make(aside)))
            shutil.rmtree(path, ignore_errors=True)
            aside.rename(path)
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def _prune(self) -> None:
        known = sorted(
            self.folder.glob(f"{self.kind}-*"), key=lambda path: path.stat().st_mtime
        )
        for path in known[: -self.keep]:
            self._remove_unused(path)

    @staticmethod
    def _remove_unused(path: Path) -> None:
        folder = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(folder)
