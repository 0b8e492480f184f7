"""Mail servers of a world: the scripted farm, and real ones; web servers of
policies."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import exim
import opensmtpd
import postfix
from certs import CertStore
from processes import LabError, Processes
from world import MailServer

FARM = Path(__file__).with_name("smtpfarm.py")
POLICY_FARM = Path(__file__).with_name("policyfarm.py")
SCRIPTED = ("smtp", "blackhole")
GREETING_SECONDS = 30
# The modules of the real ones.
REAL = {"postfix": postfix, "exim": exim, "opensmtpd": opensmtpd}


def certificate_files(behaviour: dict[str, Any], certs: CertStore) -> list[str]:
    names = behaviour.get("cert") or []
    names = [names] if isinstance(names, str) else names
    return [str(certs.get(name).pem) for name in names]


def speaks(address: str) -> bool:
    """Is there a banner?"""
    try:
        with socket.create_connection((address, 25), timeout=GREETING_SECONDS) as sock:
            return sock.recv(3) == b"220"
    except OSError:
        return False


def why_not(kind: str) -> str | None:
    """The reason for which servers of a kind cannot run here, or None."""
    return REAL[kind].why_not() if kind in REAL else None


class MailServers:
    """The mail servers of one running laboratory."""

    def __init__(self, processes: Processes, certs: CertStore) -> None:
        self.processes = processes
        self.certs = certs
        self.log = processes.folder / "smtp.ndjson"

    def start(self, hosts: list[MailServer]) -> None:
        kinds: dict[str, list[MailServer]] = {
            kind: [] for kind in (*SCRIPTED, *REAL, "refused", "policy")
        }
        for host in hosts:
            kind = host.behaviour.get("kind", "smtp")
            if kind not in kinds:
                raise LabError(f"unknown kind of mail server: {kind}")
            kinds[kind].append(host)
        self._start_farm([host for kind in SCRIPTED for host in kinds[kind]])
        if kinds["policy"]:
            self._start_policies(kinds["policy"])
        for kind, server in REAL.items():
            if kinds[kind] and server.why_not() is None:
                self._start_real(kind, kinds[kind])

    def _start_farm(self, hosts: list[MailServer]) -> None:
        entries = [self._farm_entry(host) for host in hosts]
        self._start_script("smtpfarm", FARM, entries, self.log)

    def _start_policies(self, hosts: list[MailServer]) -> None:
        entries = [self._policy_entry(host) for host in hosts]
        self._start_script("policyfarm", POLICY_FARM, entries)

    def _start_script(
        self, name: str, script: Path, entries: list[dict[str, Any]], *words: Path
    ) -> None:
        config = self.processes.folder / f"{name}.json"
        config.write_text(json.dumps(entries))
        self.processes.start_ready(name, [sys.executable, script, config, *words])

    def _farm_entry(self, host: MailServer) -> dict[str, Any]:
        behaviour = dict(host.behaviour)
        if behaviour.get("kind") == "blackhole":
            behaviour["blackhole"] = True
        pem = certificate_files(behaviour, self.certs)
        default = certificate_files({"cert": behaviour.get("default")}, self.certs)
        return {
            "address": host.address,
            "pem": pem,
            "default": default,
            "behaviour": behaviour,
        }

    def _policy_entry(self, host: MailServer) -> dict[str, Any]:
        pem = certificate_files(host.behaviour, self.certs)
        return {"address": host.address, "pem": pem, "behaviour": host.behaviour}

    def _start_real(self, kind: str, hosts: list[MailServer]) -> None:
        servers = {h.address: certificate_files(h.behaviour, self.certs) for h in hosts}
        REAL[kind].start(self.processes, servers)
        for address in servers:
            self.processes.wait_for(
                f"{kind} at {address}",
                lambda address=address: speaks(address),
            )
