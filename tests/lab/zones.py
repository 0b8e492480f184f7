"""Zone files of a world: text, delegations, signatures, and their cache.

The signed zones of a world are kept by the hash of what went into them, and
made again when their signatures end within a day.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from collections import defaultdict
from dataclasses import asdict, replace
from pathlib import Path

import world
from cache import DAY, Cache
from certs import CertStore
from world import World, Zone

FORMAT = 2  # of the cached folder; a new number makes old folders useless
KEEP_WORLDS = 6
HOST_LETTERS = re.compile(r"[^a-z0-9-]")
TLSA_REFERENCE = re.compile(r"\bTLSA\s+(\d+)\s+(\d+)\s+(\d+)\s+@(\S+)")

HEAD = """$ORIGIN {origin}
$TTL 3600
@ SOA {server}. hostmaster.{server}. {serial} 7200 3600 1209600 300
"""


SERIAL, STALE_SERIAL = 2, 1


def has_ipv6() -> bool:
    return os.path.exists("/proc/net/if_inet6")


def parent_of(name: str, names: set[str]) -> str:
    """The closest zone above: of the world, else the top-level domain."""
    labels = name.split(".")
    for i in range(1, len(labels)):
        above = ".".join(labels[i:])
        if above in names or i == len(labels) - 1:
            return above
    raise ValueError(f"{name} is a top-level domain")


def owner_and_type(record: str) -> tuple[str, str]:
    """Of a record without TTL."""
    owner, rtype = record.split()[:2]
    return owner, rtype


def older_version(zone: Zone) -> Zone:
    """As a stale name server has it."""
    replaced = {owner_and_type(record) for record in zone.stale}
    kept = [r for r in zone.records if owner_and_type(r) not in replaced]
    return replace(zone, records=kept + zone.stale, signed=zone.stale_signed)


def server_name(server: str, zone: str) -> str:
    """Name servers live in the TLD of the zones which they serve, so that a
    delegation brings their addresses along."""
    return f"{HOST_LETTERS.sub('-', server.lower())}.ns.{zone.split('.')[-1]}"


class ZoneBuilder:
    """Writes and signs all zones of one world below `folder`."""

    def __init__(
        self,
        plan: World,
        certs: CertStore,
        addresses: dict[str, list[str]],
        folder: Path,
        signer: Path,
        keys: Path,
    ) -> None:
        self.certs = certs
        self.addresses = addresses  # of each name server
        self.folder = folder
        self.signer = signer
        self.keys = keys
        self.zones = {z.name: z for z in self._infrastructure() + plan.zones}
        self.delegations: dict[str, list[str]] = defaultdict(list)
        self.now = int(time.time())

    def build(self) -> int:
        """Deepest zones first: a parent needs the DS of its children. Returns the
        time when the first signatures end."""
        (self.folder / "text").mkdir(parents=True)
        (self.folder / "zones").mkdir()
        levels = defaultdict(list)
        for zone in self.zones.values():
            levels[zone.name.count(".") + 1 if zone.name else 0].append(zone)
        for depth in sorted(levels, reverse=True):
            self._build_level(levels[depth])
        shutil.rmtree(self.folder / "text")
        days = min(zone.valid_days for zone in self.zones.values())
        return int(self.now + days * DAY)

    def _infrastructure(self) -> list[Zone]:
        root = Zone(name="", server="root")
        tlds = [
            Zone(name=tld, denial=denial, server="tld")
            for tld, denial in world.TLDS.items()
        ]
        return [root, *tlds]

    def _build_level(self, zones: list[Zone]) -> None:
        keys = self._write(zones)
        self._write([older_version(z) for z in zones if z.has_stale], stale=True)
        for zone in zones:
            if zone.name:
                self._delegate(zone, keys.get(zone.name))
            else:
                self._write_anchor(keys[""])

    def _write(self, zones: list[Zone], stale: bool = False) -> dict[str, str]:
        """Write, sign, and return the DS of each signed zone."""
        for zone in zones:
            folder = self.folder / ("text" if zone.signed else "zones")
            text = self._text(zone, STALE_SERIAL if stale else SERIAL)
            (folder / self.file_name(zone.name, stale)).write_text(text)
        return self._sign([z for z in zones if z.signed], stale)

    @staticmethod
    def file_name(name: str, stale: bool = False) -> str:
        return f"{name or 'root'}.{'stale' if stale else 'zone'}"

    def _text(self, zone: Zone, serial: int) -> str:
        origin = f"{zone.name}."
        server = self._server_names(zone)[0]
        lines = [HEAD.format(origin=origin, server=server, serial=serial)]
        lines += [f"@ NS {name}." for name in self._server_names(zone)]
        lines += self._glue(zone)
        lines += [self._resolve(line) for line in zone.records]
        lines += self.delegations[zone.name]
        return "\n".join(lines) + "\n"

    def _server_names(self, zone: Zone) -> list[str]:
        if zone.server in ("root", "tld"):
            suffix = f".{zone.name}" if zone.name else ""
            return [f"{zone.server}-server{suffix}"]
        return [server_name(name, zone.name) for name in zone.server.split(",")]

    def _glue(self, zone: Zone) -> list[str]:
        if zone.server == "root":
            return self._addresses("root-server.", "root")
        if zone.server != "tld":
            return []
        lines = self._addresses(f"tld-server.{zone.name}.", "tld")
        for server in self.addresses:
            if server not in ("root", "tld", "stale"):
                name = f"{server_name(server, zone.name)}."
                lines += self._addresses(name, server)
        return lines

    def _addresses(self, name: str, server: str) -> list[str]:
        return [
            f"{name} {'AAAA' if ':' in address else 'A'} {address}"
            for address in self.addresses[server]
        ]

    def _resolve(self, line: str) -> str:
        """Put the data of the certificate where a record names one."""

        def data(match: re.Match[str]) -> str:
            usage, selector, mtype, reference = match.groups()
            reference, _, more = reference.partition("+")
            value = self.certs.tlsa(int(selector), int(mtype), reference)
            return f"TLSA {usage} {selector} {mtype} {value}{more}"

        return TLSA_REFERENCE.sub(data, line)

    def _delegate(self, zone: Zone, ds: str | None) -> None:
        above = parent_of(zone.name, set(self.zones)) if "." in zone.name else ""
        lines = self.delegations[above]
        lines += [f"{zone.name}. NS {name}." for name in self._server_names(zone)]
        if zone.server == "tld":
            lines += self._addresses(f"tld-server.{zone.name}.", "tld")
        if ds is None or zone.ds == "none":
            return
        for kind in zone.ds.split("+"):
            lines.append(f"{zone.name}. DS {self._ds(kind, ds)}")

    @staticmethod
    def _ds(kind: str, ds: str) -> str:
        """The DS data in the form that the zone asks for."""
        tag, algorithm, digest_type, digest = ds.split()
        word, _, number = kind.partition("=")
        if word == "wrong":
            digest = digest[:-1] + ("0" if digest[-1] != "0" else "1")
        elif word == "algorithm":
            algorithm = number
        elif word == "digest":
            digest_type = number
        return f"{tag} {algorithm} {digest_type} {digest}"

    def _sign(self, zones: list[Zone], stale: bool) -> dict[str, str]:
        """Sign and return the DS of each zone."""
        lines = [self._job(zone, self.file_name(zone.name, stale)) for zone in zones]
        done = subprocess.run(
            [self.signer, self.keys],
            input="".join(lines),
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"signing failed: {done.stderr.strip()}")
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        return {row[0].removesuffix("."): row[1] for row in rows}

    def _job(self, zone: Zone, file: str) -> str:
        faults, expired = list(zone.faults), "expired-sigs" in zone.faults
        if expired:
            faults.remove("expired-sigs")
        shift = 30 * DAY if expired else 0
        fields = [
            f"{zone.name}.",
            self.folder / "text" / file,
            self.folder / "zones" / file,
            zone.alg,
            zone.denial,
            zone.iterations,
            self.now - DAY - shift,
            int(self.now + zone.valid_days * DAY) - shift,
            ",".join(faults) or "-",
        ]
        return "\t".join(str(field) for field in fields) + "\n"

    def _write_anchor(self, ds: str) -> None:
        (self.folder / "root.key").write_text(f". IN DS {ds}\n")
        hints = [". 3600000 NS root-server."]
        hints += self._addresses("root-server. 3600000", "root")
        (self.folder / "root.hints").write_text("\n".join(hints) + "\n")
        index: dict[str, list[str]] = defaultdict(list)
        for zone in self.zones.values():
            server = zone.server if zone.server in ("root", "tld") else "leaf"
            index[server].append(zone.name)
            if zone.has_stale:
                index["stale"].append(zone.name)
        (self.folder / "index.json").write_text(json.dumps(index))


class ZoneCache:
    """Signed worlds below one folder."""

    def __init__(self, folder: Path, signer: Path) -> None:
        self.folder = folder
        self.signer = signer
        self.cache = Cache(folder, "zones", KEEP_WORLDS)

    def get(
        self, plan: World, certs: CertStore, addresses: dict[str, list[str]]
    ) -> Path:
        keys = self.folder / "keys"
        keys.mkdir(parents=True, exist_ok=True)

        def build(folder: Path) -> int:
            return ZoneBuilder(
                plan, certs, addresses, folder, self.signer, keys
            ).build()

        return self.cache.get(self._digest(plan, certs, addresses), build)

    def _digest(
        self, plan: World, certs: CertStore, addresses: dict[str, list[str]]
    ) -> str:
        references = {
            match.groups()
            for zone in plan.zones
            for record in zone.records + zone.stale
            for match in TLSA_REFERENCE.finditer(record)
        }
        data = {
            "/".join(r): certs.tlsa(int(r[1]), int(r[2]), r[3].partition("+")[0])
            for r in references
        }
        zones = [asdict(zone) for zone in plan.zones]
        tool = hashlib.sha256(self.signer.read_bytes()).hexdigest()
        text = json.dumps([FORMAT, zones, data, addresses, tool], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]
