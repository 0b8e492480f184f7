"""The description of a laboratory world: zones, name servers, mail servers.

A world is plain data. The case loader and the population generator write one,
the laboratory realises it; JSON is the form in which it travels.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT_ADDRESS = "198.18.0.1"
ROOT_ADDRESS6 = "fd00::1"
TLD_ADDRESSES = ("198.18.0.2", "198.18.0.3", "198.18.0.4")
TLDS = {"example": "nsec", "test": "nsec3", "internal": "nsec3-optout"}
LEAF_ADDRESS = "198.18.0.10"
LEAF_ADDRESS6 = "fd00::10"
STALE_ADDRESS = "198.18.0.11"
PROXY_NETWORK = "198.18.0.20"


@dataclass
class Zone:
    """One zone. `name` has no trailing dot; `records` are master-file lines
    relative to the zone; SOA and NS are added where absent, and so are the
    delegation (NS, DS) and the glue in the zone above it.

    Certificate data in a TLSA record may be written as a reference to a
    certificate of `World.keys`: "@NAME" (the leaf), "@NAME:issuer",
    "@NAME:root"; for instance "_25._tcp.mx TLSA 3 1 1 @mx". "+HEX" after it adds
    octets."""

    name: str
    records: list[str] = field(default_factory=list)
    signed: bool = True
    alg: str = "ECDSAP256SHA256"
    denial: str = "nsec"  # "nsec" | "nsec3" | "nsec3-optout" | "nsec3-salt"
    iterations: int = 0
    # "ok" | "none" (island of trust) | "wrong" | "algorithm=N", "digest=N" (DS
    # with another algorithm, another digest type); several: "+" between
    ds: str = "ok"
    # "expired-sigs[:TYPE]", "no-sigs[:OWNER/TYPE]", "bad-sig[:OWNER/TYPE]",
    # "no-denial", "unknown-alg"; OWNER is relative to the zone, "@" its apex.
    faults: list[str] = field(default_factory=list)
    valid_days: float = 14  # that signatures are still to hold
    server: str = "leaf"  # several: commas between
    # Records of the older version that a stale name server has, in place of
    # those of the same owner and type; and whether that version is signed.
    stale: list[str] = field(default_factory=list)
    stale_signed: bool = True

    @property
    def has_stale(self) -> bool:
        return bool(self.stale) or not self.stale_signed


@dataclass
class NameServer:
    """A name server that is not the plain one. Its behaviour is that of the
    proxy before the leaf server: {"silent": true}, {"lame": true},
    {"drop": ["TLSA"]}, {"rcode": {"TLSA": "SERVFAIL"}}, {"delay_ms": 50},
    {"loss": 10} (per cent), {"truncate": true} (UDP cut, TCP closed),
    {"no_tcp": true}, {"ad": true} (all answers claim to be authentic); with
    {"stale": true} it has the older version of its zones."""

    name: str
    behaviour: dict[str, Any] = field(default_factory=dict)


@dataclass
class MailServer:
    """One mail-server address. behaviour["kind"]: "smtp" (default),
    "postfix", "exim", "opensmtpd" (real ones), "refused" (nothing listens),
    "blackhole" (never an answer) or "policy" (no mail server: policyfarm.py);
    behaviour["cert"]: a name in `World.keys`, or a list of one RSA and one EC
    certificate; the other keys: smtpfarm.py."""

    address: str
    behaviour: dict[str, Any] = field(default_factory=dict)


@dataclass
class World:
    zones: list[Zone] = field(default_factory=list)
    servers: list[NameServer] = field(default_factory=list)
    hosts: list[MailServer] = field(default_factory=list)
    # Certificates by name: keyword arguments of certs.CertSpec.
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @staticmethod
    def from_json(text: str) -> World:
        raw = json.loads(text)
        return World(
            zones=[Zone(**z) for z in raw.get("zones", [])],
            servers=[NameServer(**s) for s in raw.get("servers", [])],
            hosts=[MailServer(**h) for h in raw.get("hosts", [])],
            keys=raw.get("keys", {}),
        )

    def save(self, path: Path) -> None:
        path.write_text(self.to_json(), encoding="utf-8")

    @staticmethod
    def load(path: Path) -> World:
        return World.from_json(path.read_text(encoding="utf-8"))
