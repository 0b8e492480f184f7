"""What the oracles are asked about: the addresses that DANE was applied to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# A policy that holds or is broken; all else was not reached.
JUDGED = {"ok": True, "fail": False}


@dataclass(frozen=True)
class Endpoint:
    """One address of one MX host of one domain, and the scanner's verdict."""

    domain: str
    host: str
    base: str
    address: str
    next_hop: tuple[str, ...]  # the domain, what it is an alias of
    only_host: bool
    passes: bool
    reason: str

    @property
    def names(self) -> list[str]:
        """The reference identifiers (RFC 7672 section 3.2.2)."""
        return list(dict.fromkeys([self.base, *self.next_hop]))

    @property
    def is_ipv6(self) -> bool:
        return ":" in self.address

    @property
    def socket(self) -> str:
        return f"[{self.address}]:25" if self.is_ipv6 else f"{self.address}:25"


def next_hop_names(record: dict[str, Any]) -> tuple[str, ...]:
    """Those that the MX answer vouches for."""
    mx = record["mx"] or {}
    if mx.get("trust") != "secure":
        return ()
    alias = None if mx.get("implicit") else mx.get("alias")
    return (record["domain"], alias) if alias else (record["domain"],)


def of_record(record: dict[str, Any]) -> list[Endpoint]:
    next_hop = next_hop_names(record)
    return [
        Endpoint(
            domain=record["domain"],
            host=host["host"],
            base=host["base"],
            address=endpoint["address"],
            next_hop=next_hop,
            only_host=len(record["hosts"]) == 1,
            passes=JUDGED[endpoint["class"]],
            reason=endpoint["reason"] or "ok",
        )
        for host in record["hosts"]
        if (host["tlsa"] or {}).get("state") == "usable"
        for endpoint in host["endpoints"]
        if endpoint["class"] in JUDGED
    ]


def read(path: Path) -> list[Endpoint]:
    """All endpoints of a scan's records."""
    with path.open(encoding="utf-8") as file:
        return [end for line in file for end in of_record(json.loads(line))]
