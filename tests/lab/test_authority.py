#!/usr/bin/python3
"""Proves that authority answers as nsd does, and that unbound validates it.

A small population of tables is run; nsd serves the same zones, signatures
included, at other addresses: the root, the TLDs and the leaves each in a server
of its own, at another port, since at this one each address that serves nothing
is a silent server.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

import nameservers
from nameservers import NSD_CONFIG, NSD_ZONE
from processes import Processes
from validator import Validator
from zonedump import NSEC3, SIGNED, CompiledZone, ZoneFile

HERE = Path(__file__).resolve().parent
BUILD = os.path.abspath(os.environ.get("BUILD", HERE.parents[1] / "build"))
DOMAINS = 400
LIMIT_SECONDS = 60.0
# Where nsd serves, by the depth of the zone.
NSD = ("198.18.240.1", "198.18.240.2", "198.18.240.3")
NSD_PORT = 5300
TYPES = ("SOA", "NS", "MX", "DNSKEY", "DS", "A", "TLSA", "NSEC3PARAM", "TXT")
BELOW = ("mx", "_25._tcp.mx", "_tcp.mx", "nothing.at.all", "mail", "zzz", "-")
SAMPLE = 120


def depth(zone: CompiledZone) -> int:
    return 2 if "." in zone.name else 1 if zone.name else 0


def sections(message: dns.message.Message) -> list[Any]:
    """What is compared: the glue without its signatures, for those are left out
    where there is no room."""
    found: list[Any] = [
        dns.rcode.to_text(message.rcode()),
        bool(message.flags & dns.flags.AA),
        bool(message.flags & dns.flags.TC),
    ]
    for section in (message.answer, message.authority):
        found.append(sorted(line for rrset in section for line in lines(rrset)))
    glue = [s for s in message.additional if s.rdtype != dns.rdatatype.RRSIG]
    found.append(sorted(line for rrset in glue for line in lines(rrset)))
    return found


def lines(rrset: Any) -> list[str]:
    head = f"{rrset.name} {rrset.ttl} {dns.rdatatype.to_text(rrset.rdtype)}"
    return [f"{head} {rdata}".lower() for rdata in rrset]


class AuthorityTest(unittest.TestCase):
    processes: Processes

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(os.environ["LAB_DIR"])
        cls.file = ZoneFile(Path(os.environ["LAB_ZONES"]))
        cls.zones = list(cls.file.zones())
        tables = Path(os.environ["LAB_TABLES"])
        cls.addresses: dict[int, str] = {}
        cls.odd: set[int] = set()
        for line in (tables / "addresses").read_text().splitlines():
            address, number, *words = line.split()
            cls.addresses.setdefault(int(number), address)
            if words:
                cls.odd.add(int(number))
        cls.processes = Processes(cls.folder)
        for level, address in enumerate(NSD):
            cls.start_nsd(level, address)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.processes.stop()

    @classmethod
    def start_nsd(cls, level: int, address: str) -> None:
        folder = cls.folder / f"nsd-{level}"
        folder.mkdir()
        text = NSD_CONFIG.format(
            addresses=f"ip-address: {address}@{NSD_PORT}\n  minimal-responses: yes",
            zones=folder, folder=folder, name=level,
        )  # fmt: skip
        zones = [zone for zone in cls.zones if depth(zone) == level]
        for number, zone in enumerate(zones):
            path = folder / f"{number}.zone"
            path.write_text("\n".join(cls.file.lines(zone)) + "\n")
            text += NSD_ZONE.format(name=zone.name, file=path.name)
        config = folder / "nsd.conf"
        config.write_text(text)
        command = ["/usr/sbin/nsd", "-d", "-c", config]
        cls.processes.start(f"check-nsd-{level}", command)
        cls.processes.wait_for(
            f"nsd at {address}",
            lambda: nameservers.answers(address, zones[-1].name, NSD_PORT),
        )

    def ask(self, address: str, query: Any, tcp: bool, port: int = 53) -> Any:
        way = dns.query.tcp if tcp else dns.query.udp
        return way(query, address, port=port, timeout=LIMIT_SECONDS)

    def compare(self, zone: CompiledZone, name: str, rrtype: str) -> None:
        address = self.addresses[zone.servers[0]]
        for do, tcp in ((True, False), (True, True), (False, False)):
            query = dns.message.make_query(
                f"{name}.", rrtype, want_dnssec=do, payload=1232 if do else None
            )
            query.flags &= ~dns.flags.RD
            ours = sections(self.ask(address, query, tcp))
            theirs = sections(self.ask(NSD[depth(zone)], query, tcp, NSD_PORT))
            self.assertEqual(ours, theirs, f"{name} {rrtype} do={do} tcp={tcp}")

    def leaves(self) -> list[CompiledZone]:
        """A sample with every sort of zone whose server is well."""
        well = [
            zone
            for zone in self.zones
            if depth(zone) == 2 and zone.servers[0] not in self.odd
        ]
        step = max(1, len(well) // SAMPLE)
        return well[::step]

    def test_leaves_as_nsd(self) -> None:
        for zone in self.leaves():
            for rrtype in TYPES:
                self.compare(zone, zone.name, rrtype)
            for label in BELOW:
                self.compare(zone, f"{label}.{zone.name}", "A")
                self.compare(zone, f"{label}.{zone.name}", "TLSA")

    def test_delegations_as_nsd(self) -> None:
        above = {zone.name: zone for zone in self.zones if depth(zone) == 1}
        for zone in self.leaves():
            tld = above[zone.name.partition(".")[2]]
            for name, rrtype in (
                (zone.name, "DS"),
                (zone.name, "MX"),
                (f"a.b.{zone.name}", "A"),
                (f"x{zone.name}", "MX"),
                (f"b.x{zone.name}", "DS"),
            ):
                self.compare(tld, name, rrtype)

    def test_root_and_tlds_as_nsd(self) -> None:
        root = next(zone for zone in self.zones if not zone.name)
        for zone in self.zones:
            if depth(zone) == 1:
                self.compare(root, zone.name, "DS")
                self.compare(root, f"a.{zone.name}", "A")
                for rrtype in TYPES:
                    self.compare(zone, zone.name, rrtype)
                self.compare(zone, f"ns.{zone.name}", "A")
                self.compare(zone, f"tld-server.{zone.name}", "AAAA")
        self.compare(root, "nowhere", "A")
        self.compare(root, "", "NS")

    def test_what_is_not_served(self) -> None:
        leaf = self.leaves()[0]
        tld = self.addresses[1]
        for name, rrtype, rcode in (
            (leaf.name, "MX", "REFUSED"),
            ("nowhere", "A", "REFUSED"),
        ):
            query = dns.message.make_query(f"{name}.", rrtype)
            elsewhere = self.addresses[max(self.addresses)]
            address = elsewhere if name == leaf.name else tld
            reply = self.ask(address, query, False)
            self.assertEqual(dns.rcode.to_text(reply.rcode()), rcode)

    def test_edns_version(self) -> None:
        query = dns.message.make_query("example.", "SOA")
        query.use_edns(edns=1)
        reply = self.ask(self.addresses[1], query, False)
        self.assertEqual(reply.rcode(), dns.rcode.BADVERS)

    def test_unbound_validates(self) -> None:
        tables = Path(os.environ["LAB_TABLES"]) / "zones.tsv"
        faults = {}
        for line in tables.read_text().splitlines():
            _, name, _, iterations, ds, fault, _, _ = line.split("\t")
            faults[name.rstrip(".")] = (ds, fault) != ("ok", "-") or iterations != "0"
        validator = Validator()
        for zone in self.leaves():
            if faults[zone.name]:
                continue
            wanted = "secure" if zone.flags & SIGNED else "insecure"
            for name, rrtype in (
                (zone.name, "MX"),
                (zone.name, "CAA"),
                (f"nothing.{zone.name}", "A"),
                (f"_25._tcp.mx.{zone.name}", "TLSA"),
            ):
                answer = validator.ask(name, rrtype)
                self.assertEqual(answer.standing, wanted, f"{name} {rrtype}")

    def other(self, address: str, words: str, *options: str) -> None:
        """The same zones at one more address, by a server that misbehaves."""
        number = self.leaves()[0].servers[0]
        servers = self.folder / f"servers-{address}"
        servers.write_text(f"{address} {number} {words}\n")
        command = [Path(BUILD) / "tests" / "lab" / "authority", *options]
        command += [os.environ["LAB_ZONES"], servers]
        self.processes.start_ready(f"authority-{address}", command)

    def lost(self, address: str, count: int) -> list[bool]:
        """Which of many questions got no answer. When a server has answered
        twice over TCP, it has answered over UDP or never will."""
        query = dns.message.make_query(f"{self.leaves()[0].name}.", "SOA")
        found = []
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect((address, 53))
            for _ in range(count):
                sock.send(query.to_wire())
                self.ask(address, query, True)
                self.ask(address, query, True)
                try:
                    found.append(not sock.recv(4096, socket.MSG_DONTWAIT))
                except BlockingIOError:
                    found.append(True)
        return found

    def test_loss_follows_the_seed(self) -> None:
        for number, seed in ((1, 7), (2, 7), (3, 8)):
            self.other(f"198.18.241.{number}", "loss=40", "--seed", str(seed))
        one, same, third = (self.lost(f"198.18.241.{n}", 30) for n in (1, 2, 3))
        self.assertEqual(one, same)
        self.assertNotEqual(one, third)
        self.assertEqual(set(one), {False, True})

    def test_silence_is_no_error(self) -> None:
        tables = Path(os.environ["LAB_TABLES"])
        lines = (tables / "addresses").read_text().splitlines()
        silent = [line.split()[0] for line in lines if "silent" in line]
        self.assertTrue(silent)
        query = dns.message.make_query(f"{self.leaves()[0].name}.", "SOA")
        for address in silent:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            with socket.socket(family, socket.SOCK_DGRAM) as sock:
                sock.connect((address, 53))
                for _ in range(3):
                    sock.send(query.to_wire())
                with self.assertRaises(BlockingIOError):
                    sock.recv(4096, socket.MSG_DONTWAIT)

    def test_delay_keeps_answers_back(self) -> None:
        self.other("198.18.241.4", "", "--delay-ms", "40")
        query = dns.message.make_query(f"{self.leaves()[0].name}.", "SOA")
        reply = self.ask("198.18.241.4", query, False)
        self.assertGreaterEqual(reply.time, 0.04)
        self.assertTrue(reply.answer)

    def test_rules_and_truncation(self) -> None:
        self.other("198.18.241.5", "truncate rcode=TLSA:NOTIMPL")
        name = f"{self.leaves()[0].name}."
        query = dns.message.make_query(name, "SOA")
        reply = self.ask("198.18.241.5", query, False)
        self.assertTrue(reply.flags & dns.flags.TC)
        self.assertFalse(reply.answer)
        self.assertTrue(self.ask("198.18.241.5", query, True).answer)
        reply = self.ask("198.18.241.5", dns.message.make_query(name, "TLSA"), False)
        self.assertEqual(reply.rcode(), dns.rcode.NOTIMP)

    def test_both_denials_occur(self) -> None:
        signed = [z for z in self.leaves() if z.flags & SIGNED]
        self.assertEqual({bool(z.flags & NSEC3) for z in signed}, {False, True})


def main() -> int:
    if "LAB_ZONES" in os.environ:
        unittest.main()
    with tempfile.TemporaryDirectory(prefix="danescan-authority-") as folder:
        Path(folder).chmod(0o755)
        command = [HERE / "population.py", "--kind", "internet", folder]
        command += [f"--domains={DOMAINS}", "--signed-share=0.5"]
        subprocess.run(command, check=True)
        command = [HERE / "lab.py", "--build", BUILD, "run", "--world"]
        command += [f"{folder}/world.json", "--", sys.executable, __file__]
        return subprocess.run([*command, *sys.argv[1:]]).returncode


if __name__ == "__main__":
    sys.exit(main())
