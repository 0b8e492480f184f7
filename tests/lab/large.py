"""Realises the tables of a population: compile, authority and farm.

The compiled zones are kept by the hash of what went into them, and made again
when their signatures end within a day.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import world
from cache import DAY, Cache
from processes import LabError, Processes
from zones import has_ipv6

KEEP = 3
ZONES, ANCHOR = "zones.db", "root.key"


def is_large(path: Path) -> bool:
    """Is this world one of tables?"""
    return "tables" in json.loads(path.read_text(encoding="utf-8"))


class CompiledZones:
    """Files of compile below one folder."""

    def __init__(self, folder: Path, compiler: Path) -> None:
        self.compiler = compiler
        self.cache = Cache(folder, "compiled", KEEP)

    def get(self, inputs: list[Path]) -> Path:
        return self.cache.get(
            self._digest(inputs), lambda folder: self._compile(folder, inputs)
        )

    def _digest(self, inputs: list[Path]) -> str:
        digest = hashlib.sha256(self.compiler.read_bytes())
        for path in inputs:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()[:32]

    def _compile(self, folder: Path, inputs: list[Path]) -> int:
        now = int(time.time())
        expires = now + int(world.Zone.valid_days) * DAY
        command = [self.compiler, folder / ZONES, folder / ANCHOR, now - DAY, expires]
        child = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE)
        assert child.stdin is not None
        with child.stdin as pipe:
            for source in inputs:
                with source.open("rb") as file:
                    shutil.copyfileobj(file, pipe, 1 << 20)
        if child.wait() != 0:
            raise LabError("the zones were not compiled")
        return expires


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
        files = (self.tables / "mail.tsv", self.tables / "certificates")
        self._start_tool("farm", *files, self.contacts)

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
