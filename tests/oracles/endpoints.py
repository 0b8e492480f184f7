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
    mx_secure: bool
    only_host: bool
    passes: bool
    reason: str

    @property
    def names(self) -> list[str]:
        """The reference identifiers (RFC 7672 section 3.2.2)."""
        names = [self.base, self.domain] if self.mx_secure else [self.base]
        return list(dict.fromkeys(names))

    @property
    def is_ipv6(self) -> bool:
        return ":" in self.address

    @property
    def socket(self) -> str:
        return f"[{self.address}]:25" if self.is_ipv6 else f"{self.address}:25"


def of_record(record: dict[str, Any]) -> list[Endpoint]:
    mx_secure = (record["mx"] or {}).get("trust") == "secure"
    return [
        Endpoint(
            domain=record["domain"],
            host=host["host"],
            base=host["base"],
            address=endpoint["address"],
            mx_secure=mx_secure,
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
