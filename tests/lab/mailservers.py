"""Mail servers of a world: the scripted farm and a real Postfix."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import postfix
from certs import CertStore
from processes import LabError, Processes
from world import MailServer

START_SECONDS = 30.0
FARM = Path(__file__).with_name("smtpfarm.py")


def certificate_files(behaviour: dict[str, Any], certs: CertStore) -> list[str]:
    names = behaviour.get("cert") or []
    names = [names] if isinstance(names, str) else names
    return [str(certs.get(name).pem) for name in names]


def speaks(address: str) -> bool:
    """Is there a banner?"""
    try:
        with socket.create_connection((address, 25), timeout=1) as sock:
            return sock.recv(3) == b"220"
    except OSError:
        return False


class MailServers:
    """The mail servers of one running laboratory."""

    def __init__(self, processes: Processes, certs: CertStore) -> None:
        self.processes = processes
        self.certs = certs
        self.log = processes.folder / "smtp.ndjson"

    def start(self, hosts: list[MailServer]) -> None:
        kinds: dict[str, list[MailServer]] = {
            "smtp": [], "postfix": [], "refused": [], "blackhole": []
        }  # fmt: skip
        for host in hosts:
            kind = host.behaviour.get("kind", "smtp")
            if kind not in kinds:
                raise LabError(f"unknown kind of mail server: {kind}")
            kinds[kind].append(host)
        self._start_farm(kinds["smtp"] + kinds["blackhole"])
        if kinds["postfix"] and postfix.why_not() is None:
            self._start_postfix(kinds["postfix"])

    def _start_farm(self, hosts: list[MailServer]) -> None:
        config = self.processes.folder / "smtp.json"
        config.write_text(json.dumps([self._farm_entry(host) for host in hosts]))
        child = self.processes.start(
            "smtpfarm",
            [sys.executable, FARM, config, self.log],
            stdout=subprocess.PIPE,
        )
        if child.stdout.readline() != b"ready\n":
            log = self.processes.folder / "smtpfarm.log"
            raise LabError(f"mail servers:\n{log.read_text()}")

    def _farm_entry(self, host: MailServer) -> dict[str, Any]:
        behaviour = dict(host.behaviour)
        if behaviour.get("kind") == "blackhole":
            behaviour["blackhole"] = True
        pem = certificate_files(behaviour, self.certs)
        return {"address": host.address, "pem": pem, "behaviour": behaviour}

    def _start_postfix(self, hosts: list[MailServer]) -> None:
        servers = {h.address: certificate_files(h.behaviour, self.certs) for h in hosts}
        postfix.start(self.processes, servers)
        for address in servers:
            self.processes.wait_for(
                f"Postfix at {address}",
                lambda address=address: speaks(address),
                postfix.START_SECONDS,
            )
