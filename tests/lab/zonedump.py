"""Reads the file of compile (zonedb.h) for tests: zones as text."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

HEADER = struct.Struct("@8sQQQQQII")
ZONE = struct.Struct("@QIIIIHBB4H4x")
HASH = struct.Struct("@20s4xQ")
RRSET = struct.Struct("@HHIHH")
SIGNED, NSEC3 = 1, 2


@dataclass
class CompiledZone:
    """One zone; nodes and hashes are places in the file."""

    name: str  # without the last dot
    nodes: list[int]
    hashes: list[int]
    flags: int
    servers: tuple[int, ...]


class ZoneFile:
    """The compiled zones of a population."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self.data = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        magic, *places = HEADER.unpack_from(self.data)
        if magic != b"labzone1":
            raise ValueError(f"{path} is not a file of compile")
        self.zones_at, _, self.nodes_at, self.hashes_at, _, self.count, _ = places

    def zones(self) -> Iterator[CompiledZone]:
        for number in range(self.count):
            fields = ZONE.unpack_from(self.data, self.zones_at + number * ZONE.size)
            name, node, nodes, first, hashes, _, flags, servers, *numbers = fields
            node_list = struct.unpack_from(
                f"@{nodes}Q", self.data, self.nodes_at + 8 * node
            )
            at = self.hashes_at + first * HASH.size
            chain = [
                HASH.unpack_from(self.data, at + i * HASH.size)[1]
                for i in range(hashes)
            ]
            yield CompiledZone(
                self._name(name).to_text().rstrip("."), list(node_list), chain,
                flags, tuple(numbers[:servers]),
            )  # fmt: skip

    def lines(self, zone: CompiledZone) -> Iterator[str]:
        """Master-file lines, the SOA first."""
        for place in [*zone.nodes, *zone.hashes]:
            yield from self._node(place)

    def _name(self, place: int) -> dns.name.Name:
        length = self.data[place]
        return dns.name.from_wire(self.data[place + 1 : place + 1 + length], 0)[0]

    def _node(self, place: int) -> Iterator[str]:
        owner = self._name(place).to_text()
        at = place + 1 + self.data[place]
        left, at = self.data[at], at + 1
        found = []
        for _ in range(left):
            rtype, count, ttl, size, signature = RRSET.unpack_from(self.data, at)
            at += RRSET.size
            end = at + size
            for _ in range(count):
                length = int.from_bytes(self.data[at : at + 2], "big")
                found.append((rtype, ttl, at + 2, length))
                at += 2 + length
            if signature:
                found.append((dns.rdatatype.RRSIG, ttl, end, signature))
            at = end + signature
        found.sort(key=lambda record: record[0] != dns.rdatatype.SOA)
        for rtype, ttl, start, length in found:
            yield f"{owner} {ttl} IN {self._text(rtype, start, length)}"

    def _text(self, rtype: int, start: int, length: int) -> str:
        octets = self.data[start : start + length]
        rdata = dns.rdata.from_wire(dns.rdataclass.IN, rtype, octets, 0, length)
        return f"{dns.rdatatype.to_text(rtype)} {rdata.to_text()}"
