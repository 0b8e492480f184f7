"""Name servers of a world: nsd for the root, the TLDs and the leaves, one with
older versions of the leaves, and the proxy before the leaf servers for those that
misbehave."""

from __future__ import annotations

import ipaddress
import json
import socket
from pathlib import Path
from typing import Any

import dns.flags
import dns.message

import world
from processes import LabError, Processes
from world import NameServer, World
from zones import ZoneBuilder, has_ipv6

ANSWER_SECONDS = 5.0
NSD_CONFIG = """server:
  {addresses}
  port: 53
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "{zones}"
  database: ""
  pidfile: ""
  xfrdfile: "{folder}/{name}.xfrd"
  zonelistfile: "{folder}/{name}.zones"
  xfrdir: "{folder}"
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
  tcp-count: 250
  receive-buffer-size: 4194304
  send-buffer-size: 4194304
  verbosity: 0
remote-control:
  control-enable: no
"""
NSD_ZONE = 'zone:\n  name: "{name}."\n  zonefile: "{file}"\n'
# What nsd answers for a zone that it does not serve.
WORDS = {
    "lame": "rcode=*:REFUSED",
    "silent": "silent",
    "truncate": "truncate",
    "no_tcp": "no_tcp",
    "ad": "ad",
}


def server_addresses(plan: World) -> dict[str, list[str]]:
    """Where each name server of a world listens."""
    root, leaf = [world.ROOT_ADDRESS], [world.LEAF_ADDRESS]
    if has_ipv6():
        root.append(world.ROOT_ADDRESS6)
        leaf.append(world.LEAF_ADDRESS6)
    addresses = {"root": root, "tld": list(world.TLD_ADDRESSES), "leaf": leaf}
    if any(zone.has_stale for zone in plan.zones):
        addresses["stale"] = [world.STALE_ADDRESS]
    first = ipaddress.ip_address(world.PROXY_NETWORK)
    for number, server in enumerate(plan.servers):
        addresses[server.name] = [str(first + number)]
    return addresses


def rules(behaviour: dict[str, Any]) -> list[str]:
    """The words of the proxy for a behaviour."""
    words = [WORDS[key] for key in WORDS if behaviour.get(key)]
    words += [f"drop={qtype}" for qtype in behaviour.get("drop", [])]
    for qtype, rcode in behaviour.get("rcode", {}).items():
        words.append(f"rcode={qtype}:{rcode}")
    for key in ("delay_ms", "loss"):
        if key in behaviour:
            words.append(f"{key}={behaviour[key]}")
    known = {"drop", "rcode", "delay_ms", "loss", "stale"}
    unknown = set(behaviour) - set(WORDS) - known
    if unknown:
        raise LabError(f"unknown behaviour of a name server: {sorted(unknown)}")
    return words


def answers(address: str, zone: str, port: int = 53) -> bool:
    """One question over UDP: does the server know its zone?"""
    query = dns.message.make_query(f"{zone}.", "SOA")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(ANSWER_SECONDS)
        try:
            sock.connect((address, port))
            sock.send(query.to_wire())
            reply = dns.message.from_wire(sock.recv(4096))
        except OSError:
            return False
    return bool(reply.answer) and bool(reply.flags & dns.flags.AA)


class NameServers:
    """The name servers of one running laboratory."""

    def __init__(self, processes: Processes, signed: Path, proxy: Path) -> None:
        self.processes = processes
        self.signed = signed
        self.proxy = proxy
        self.index = json.loads((signed / "index.json").read_text())

    def start(self, servers: list[NameServer], addresses: dict[str, list[str]]) -> None:
        nsds = [n for n in ("root", "tld", "leaf", "stale") if n in addresses]
        for name in nsds:
            self._start_nsd(name, addresses[name])
        self._start_proxy(servers, addresses)
        for name in nsds:
            zones = self.index.get(name)
            if zones:
                self._await(name, addresses[name], zones[-1])

    def _await(self, name: str, addresses: list[str], zone: str) -> None:
        for address in addresses:
            self.processes.wait_for(
                f"name server {name} at {address}",
                lambda address=address: answers(address, zone),
            )

    def _start_nsd(self, name: str, addresses: list[str]) -> None:
        folder = self.processes.folder
        config = folder / f"nsd-{name}.conf"
        lines = "\n  ".join(f"ip-address: {address}" for address in addresses)
        text = NSD_CONFIG.format(
            addresses=lines, zones=self.signed / "zones", folder=folder, name=name
        )
        for zone in self.index.get(name, []):
            file = ZoneBuilder.file_name(zone, stale=name == "stale")
            text += NSD_ZONE.format(name=zone, file=file)
        config.write_text(text)
        self.processes.start(f"nsd-{name}", ["/usr/sbin/nsd", "-d", "-c", config])

    def _start_proxy(
        self, servers: list[NameServer], addresses: dict[str, list[str]]
    ) -> None:
        if not servers:
            return
        lines = []
        for server in servers:
            words = rules(server.behaviour)
            listen = addresses[server.name][0]
            stale = server.behaviour.get("stale")
            upstream = world.STALE_ADDRESS if stale else world.LEAF_ADDRESS
            lines.append(" ".join([listen, upstream, *words]))
        text = "\n".join([*lines, "", ""]).encode()
        self.processes.start_ready("proxy", [self.proxy], text)
