"""Realises the tables of a population: compile, authority and farm.

The compiled zones are kept by the hash of what went into them, and made again
when their signatures end within a day.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import world
from processes import LabError, Processes
from zones import DAY, has_ipv6

KEEP = 3
ZONES, ANCHOR, EXPIRES = "zones.db", "root.key", "expires"


def is_large(path: Path) -> bool:
    """Is this world one of tables?"""
    return "tables" in json.loads(path.read_text(encoding="utf-8"))


class CompiledZones:
    """Files of compile below one folder, the least recently used dropped."""

    def __init__(self, folder: Path, compiler: Path) -> None:
        self.folder = folder
        self.compiler = compiler

    def get(self, inputs: list[Path]) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"compiled-{self._digest(inputs)}"
        if not self._fresh(path):
            self._make(path, inputs)
        os.utime(path)
        known = sorted(
            self.folder.glob("compiled-*"), key=lambda p: p.stat().st_mtime
        )
        for old in known[:-KEEP]:
            shutil.rmtree(old, ignore_errors=True)
        return path

    def _digest(self, inputs: list[Path]) -> str:
        digest = hashlib.sha256(self.compiler.read_bytes())
        for path in inputs:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()[:32]

    @staticmethod
    def _fresh(path: Path) -> bool:
        try:
            return int((path / EXPIRES).read_text()) > time.time() + DAY
        except FileNotFoundError:
            return False

    def _make(self, path: Path, inputs: list[Path]) -> None:
        """Built aside and renamed: who has the old file open keeps it."""
        aside = Path(tempfile.mkdtemp(prefix="new-", dir=self.folder))
        now = int(time.time())
        expires = now + int(world.Zone.valid_days) * DAY
        command = [self.compiler, aside / ZONES, aside / ANCHOR, now - DAY, expires]
        try:
            child = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.PIPE
            )
            assert child.stdin is not None
            with child.stdin as pipe:
                for source in inputs:
                    with source.open("rb") as file:
                        shutil.copyfileobj(file, pipe, 1 << 20)
            if child.wait() != 0:
                raise LabError("the zones were not compiled")
            (aside / EXPIRES).write_text(str(expires))
            shutil.rmtree(path, ignore_errors=True)
            aside.rename(path)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


class LargeLaboratory:
    """One running world of tables. To be used inside its own namespace."""

    def __init__(self, mark: Path, tools: Path, cache: Path, folder: Path) -> None:
        self.tables = mark.parent.resolve()
        self.run: dict[str, Any] = json.loads(mark.read_text())["tables"]
        self.tools = tools
        self.cache = cache
        self.folder = folder
        self.processes = Processes(folder)
        self.hints = folder / "root.hints"
        self.anchor = folder / ANCHOR
        self.contacts = folder / "contacts.log"

    def __enter__(self) -> LargeLaboratory:
        try:
            self._start()
        except BaseException:
            self.processes.stop()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        self.processes.stop()

    def environment(self) -> dict[str, str]:
        return {
            "LAB_HINTS": str(self.hints),
            "LAB_ANCHOR": str(self.anchor),
            "LAB_DIR": str(self.folder),
            "LAB_CONTACTS": str(self.contacts),
            "LAB_TABLES": str(self.tables),
            "LAB_ZONES": str(self.zones / ZONES),
        }

    def _start(self) -> None:
        inputs = [self.tables / "servers.tsv", self.tables / "zones.tsv"]
        self.zones = CompiledZones(self.cache, self._tool("compile")).get(inputs)
        self.anchor.write_bytes((self.zones / ANCHOR).read_bytes())
        self._write_hints()
        words = ["--delay-ms", self.run["delay_ms"], "--loss", self.run["loss"]]
        words += ["--seed", self.run["seed"], self.zones / ZONES]
        self._start_tool("authority", *words, self.tables / "addresses")
        self._start_tool(
            "farm", self.tables / "mail.tsv", self.tables / "certificates",
            self.contacts,
        )  # fmt: skip

    def _write_hints(self) -> None:
        lines = [". 3600000 NS root-server."]
        lines.append(f"root-server. 3600000 A {world.ROOT_ADDRESS}")
        if has_ipv6():
            lines.append(f"root-server. 3600000 AAAA {world.ROOT_ADDRESS6}")
        self.hints.write_text("\n".join(lines) + "\n")

    def _start_tool(self, name: str, *words: Any) -> None:
        self.processes.start_ready(name, [self._tool(name), *words])

    def _tool(self, name: str) -> Path:
        path = self.tools / name
        if not path.exists():
            raise LabError(f"{path} is missing: make lab-tools")
        return path
