"""Realises a world: certificates, signed zones, name servers, mail servers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import nameservers
from certs import PEM, ROOT, CertStore
from mailservers import MailServers
from nameservers import NameServers
from processes import LabError, Processes
from world import World
from zones import ZoneCache

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("LAB_CACHE", REPOSITORY / ".lab" / "cache"))


@dataclass
class Tools:
    """The programs built for the laboratory."""

    folder: Path

    @property
    def signer(self) -> Path:
        return self._tool("sign")

    @property
    def proxy(self) -> Path:
        return self._tool("proxy")

    def _tool(self, name: str) -> Path:
        path = self.folder / name
        if not path.exists():
            raise LabError(f"{path} is missing: make lab-tools")
        return path


class Laboratory:
    """One running world. To be used inside its own namespace."""

    def __init__(self, plan: World, tools: Tools, folder: Path) -> None:
        self.plan = plan
        self.tools = tools
        self.folder = folder
        self.processes = Processes(folder)
        self.hints = folder / "root.hints"
        self.anchor = folder / "root.key"
        self.issuers = folder / "issuers.pem"

    def __enter__(self) -> Laboratory:
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
            "LAB_ISSUERS": str(self.issuers),
            "LAB_DIR": str(self.folder),
        }

    def _start(self) -> None:
        certs = CertStore(CACHE / "certs", self.plan.keys)
        addresses = nameservers.server_addresses(self.plan)
        cache = ZoneCache(CACHE, self.tools.signer)
        signed = cache.get(self.plan, certs, addresses)
        for path in (self.hints, self.anchor):
            path.write_bytes((signed / path.name).read_bytes())
        self.issuers.write_bytes(certs.get(ROOT).at("leaf").public_bytes(PEM))
        names = NameServers(self.processes, signed, self.tools.proxy)
        names.start(self.plan.servers, addresses)
        MailServers(self.processes, certs).start(self.plan.hosts)
        certs.prune()
