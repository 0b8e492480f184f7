#!/usr/bin/python3
"""Proves from the log of the mail farm that a scan was polite.

    contacts.py LOG [--interval S] [--per-network N]

No address has two connections at once, nor two within the interval (from the
end of one to the start of the next); no /24 or /48 has more than N at once; QUIT
was said unless the server itself left the usual way; MAIL was never said. Exit
0: so it was.
"""

from __future__ import annotations

import argparse
import ipaddress
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Of the times that the servers note.
TOLERANCE_S = 0.05
SHOWN = 5


@dataclass
class Contact:
    """One connection; times in seconds of the monotonic clock."""

    address: str
    start: float
    end: float
    starttls: bool
    handshake: bool
    quit: bool
    mail: bool
    left: bool
    ehlo: str

    @property
    def network(self) -> str:
        prefix = 48 if ":" in self.address else 24
        return str(ipaddress.ip_network(f"{self.address}/{prefix}", strict=False))


def read(path: Path) -> Iterator[Contact]:
    with path.open(encoding="ascii") as file:
        for line in file:
            address, start, end, *flags, ehlo = line.split()
            told = [flag == "1" for flag in flags]
            yield Contact(address, int(start) / 1e9, int(end) / 1e9, *told, ehlo)


def most_at_once(contacts: list[Contact]) -> int:
    """Of connections to one network."""
    steps = [(c.start, 1) for c in contacts]
    steps += [(max(c.start, c.end - TOLERANCE_S), -1) for c in contacts]
    most = now = 0
    for _, step in sorted(steps):
        now += step
        most = max(most, now)
    return most


def shortest_pause(contacts: list[Contact]) -> float:
    """Between the connections to one address; negative: two at once."""
    contacts.sort(key=lambda c: c.start)
    pauses = [b.start - a.end for a, b in zip(contacts, contacts[1:])]
    return min(pauses, default=float("inf"))


def faults(contacts: list[Contact], interval: float, per_network: int) -> list[str]:
    addresses: dict[str, list[Contact]] = defaultdict(list)
    networks: dict[str, list[Contact]] = defaultdict(list)
    for contact in contacts:
        addresses[contact.address].append(contact)
        networks[contact.network].append(contact)
    found = []
    for address, several in addresses.items():
        pause = shortest_pause(several)
        if pause < interval - TOLERANCE_S:
            found.append(f"{address}: contacted again after {pause:.3f} s")
    for network, several in networks.items():
        most = most_at_once(several)
        if most > per_network:
            found.append(f"{network}: {most} connections at once")
    found += [f"{c.address}: MAIL" for c in contacts if c.mail]
    found += [f"{c.address}: no QUIT" for c in contacts if not (c.quit or c.left)]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("log", type=Path)
    parser.add_argument("--interval", type=float, default=1.0)
    parser.add_argument("--per-network", type=int, default=4)
    a = parser.parse_args()
    contacts = list(read(a.log))
    wrong = faults(contacts, a.interval, a.per_network)
    for line in wrong[:SHOWN]:
        print(line, file=sys.stderr)
    each = Counter(contact.address for contact in contacts)
    print(
        f"{len(contacts)} connections to {len(each)} addresses, at most "
        f"{max(each.values(), default=0)} to one; {len(wrong)} against the limits"
    )
    return 1 if wrong or not contacts else 0


if __name__ == "__main__":
    sys.exit(main())
