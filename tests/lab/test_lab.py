#!/usr/bin/python3
"""Proves that the laboratory starts, answers, stops clean, and runs twice."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path

import casefile
from compare import differences, parse_expectations
from world import MailServer, NameServer, World, Zone

HERE = Path(__file__).resolve().parent
LAB = HERE / "lab.py"
VALIDATOR = HERE / "validator.py"
BUILD = os.environ.get("BUILD", str(HERE.parents[1] / "build"))
LIMIT_SECONDS = 300.0
NOBODY = 65534
BANNER = """import socket, sys
print(socket.create_connection((sys.argv[1], 25), 60).recv(99))"""


def lab_command(*words: str) -> list[str]:
    return [sys.executable, str(LAB), "--build", BUILD, *words]


def run_lab(*words: str) -> str:
    done = subprocess.run(
        lab_command(*words), capture_output=True, text=True, timeout=LIMIT_SECONDS
    )
    if done.returncode != 0:
        raise AssertionError(f"{words}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def wait_until(what: str, ready: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT_SECONDS
    while not ready():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {LIMIT_SECONDS:g} s")
        time.sleep(0.01)


def small_world() -> World:
    zones = [
        Zone("good.example", ["@ MX 10 mx", "mx A 198.18.8.1"]),
        Zone("good.test", ["@ MX 10 mx.good.example."], denial="nsec3"),
        Zone("plain.internal", ["@ MX 10 mx.good.example."], signed=False),
        Zone("stale.example", ["@ MX 10 mx"], faults=["expired-sigs"]),
        Zone("sick.example", ["@ MX 10 mx", "@ TXT x"], server="sick"),
        Zone("slow.example", ["@ MX 10 mx"], server="slow"),
        Zone("short.example", ["@ MX 10 mx"], server="short"),
    ]
    zones[0].records.append("_25._tcp.mx TLSA 3 1 1 @mx")
    servers = [
        NameServer("sick", {"rcode": {"MX": "SERVFAIL"}}),
        NameServer("slow", {"delay_ms": 5}),
        NameServer("short", {"truncate": True}),
    ]
    hosts = [
        MailServer("198.18.8.1", {"cert": "mx"}),
        MailServer("fd00::25", {"cert": "mx"}),
    ]
    keys = {"mx": {"names": ["mx.good.example"]}}
    return World(zones=zones, servers=servers, hosts=hosts, keys=keys)


class RunningLab:
    """A laboratory whose command waits; knows what must be gone afterwards."""

    def __init__(self, folder: Path) -> None:
        self.mark = folder / "up"
        script = (
            'readlink /proc/self/ns/net > "$0.new"; echo "$LAB_DIR" >> "$0.new"; '
            'mv "$0.new" "$0"; exec sleep 600'
        )
        self.process = subprocess.Popen(
            lab_command("run", "--cases", "A01", "--", "sh", "-c", script, self.mark)
        )

    def wait(self) -> None:
        ended = self.process.poll
        wait_until("up", lambda: self.mark.exists() or ended() is not None)
        self.network, self.folder = self.mark.read_text().split()

    def processes(self) -> list[int]:
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(path / "ns" / "net") == self.network:
                    found.append(int(path.name))
            except OSError:
                continue
        return found


class LabTest(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def test_answers(self) -> None:
        world = self.folder / "world.json"
        small_world().save(world)
        names = ["good.example", "good.test", "plain.internal", "stale.example"]
        names += ["sick.example", "slow.example", "short.example", "no.example"]
        questions = [word for name in names for word in (name, "MX")]
        text = run_lab("run", "--world", str(world), "--", str(VALIDATOR), *questions)
        expected = """0 secure 1 good.example
            0 secure 1 good.test
            0 insecure 1 plain.internal
            0 bogus 1 stale.example
            2 insecure 0 sick.example
            0 secure 1 slow.example
            2 insecure 0 short.example
            3 secure 0 no.example"""
        got = [line.split(" MX")[0] for line in text.splitlines()]
        self.assertEqual(got, [line.strip() for line in expected.splitlines()])

    def test_mail_servers_greet(self) -> None:
        world = self.folder / "world.json"
        small_world().save(world)
        for address in ("198.18.8.1", "fd00::25"):
            words = (sys.executable, "-c", BANNER, address)
            text = run_lab("run", "--world", str(world), "--", *words)
            self.assertIn("220 ", text)

    def test_command_sees_environment_and_returns(self) -> None:
        script = 'test -s "$LAB_HINTS" -a -s "$LAB_ANCHOR" -a -s "$LAB_LIST"'
        run_lab("run", "--cases", "A01", "--", "sh", "-c", script)
        words = ("run", "--cases", "A01", "--", "sh", "-c", "exit 42")
        self.assertEqual(subprocess.run(lab_command(*words)).returncode, 42)

    def test_two_at_once(self) -> None:
        labs = []
        for name in ("first", "second"):
            (self.folder / name).mkdir()
            labs.append(RunningLab(self.folder / name))
        for lab in labs:
            lab.wait()
        self.assertNotEqual(labs[0].network, labs[1].network)
        self.assertNotEqual(labs[0].folder, labs[1].folder)
        for lab in labs:
            self.assertGreater(len(lab.processes()), 4)
            lab.process.terminate()
            lab.process.wait(LIMIT_SECONDS)

    def test_nothing_left_behind(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            with self.subTest(signal=number.name):
                self._stop_with(number)

    def _stop_with(self, number: signal.Signals) -> None:
        folder = self.folder / number.name
        folder.mkdir()
        lab = RunningLab(folder)
        lab.wait()
        self.assertTrue(lab.processes())
        lab.process.send_signal(number)
        lab.process.wait(LIMIT_SECONDS)
        wait_until("processes gone", lambda: not lab.processes())
        if number != signal.SIGKILL:
            self.assertFalse(Path(lab.folder).exists())
        subprocess.run(["rm", "-rf", lab.folder], check=True)

    @unittest.skipUnless(os.geteuid() == 0, "runs without root anyway")
    def test_without_root(self) -> None:
        self.folder.chmod(0o777)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "LAB_CACHE": str(self.folder / "cache"),
        }
        words = ("run", "--cases", "A01", "--", str(VALIDATOR), "a01.example", "MX")
        done = subprocess.run(
            lab_command(*words),
            env=environment,
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.stdout.strip(), "0 secure 1 a01.example MX", done.stderr)


class CaseLanguageTest(unittest.TestCase):
    def load(self, text: str) -> list[casefile.Case]:
        with tempfile.NamedTemporaryFile("w", suffix=".case") as file:
            file.write(text)
            file.flush()
            return casefile.load([Path(file.name)])

    def test_shorthand(self) -> None:
        (case,) = self.load(
            "X1  Title\n  @ MX 10 mx\n"
            "  host mx tlsa=311,201:root family=46 starttls=454\n  expect broken\n"
        )
        (zone,) = case.world.zones
        self.assertEqual(zone.name, "x1.example")
        self.assertEqual(
            zone.records,
            [
                "@ MX 10 mx",
                "_25._tcp.mx TLSA 3 1 1 @x1/mx:leaf",
                "_25._tcp.mx TLSA 2 0 1 @x1/mx:root",
                "mx A 198.18.8.1",
                "mx AAAA fd00:0:0:8::1",
            ],
        )
        self.assertEqual([h.behaviour["starttls"] for h in case.world.hosts], [454] * 2)

    def test_mistakes_are_named(self) -> None:
        for text, wanted in (
            ("X1 T\n  @ MX 10 mx\n", "expects nothing"),
            ("X1 T\n  zone a.example colour=red\n  expect valid\n", "colour"),
            ("X1 T\n  host mx nonsense\n  expect valid\n", "not KEY=VALUE"),
            ("X1 T\n  expect valid\nX1 T\n  expect valid\n", "double"),
        ):
            with self.subTest(text=text):
                with self.assertRaisesRegex(casefile.CaseError, re.escape(wanted)):
                    self.load(text)

    def test_all_case_files_load(self) -> None:
        cases = casefile.load(sorted((HERE / "cases").glob("*.case")))
        self.assertGreater(len(cases), 50)


class CompareTest(unittest.TestCase):
    RECORD = json.loads(
        """{"class":"broken","reason":"dane-no-match","severity":null,
        "mx":{"status":"data","trust":"secure"},"flags":["a-flag"],
        "hosts":[{"host":"mx.x1.example","class":"broken","reason":"r",
        "tlsa":{"state":"usable","records":[{"usage":3,"selector":1,"mtype":1,
        "match":false}]},"endpoints":[{"address":"192.0.2.1","class":"ok"},
        {"address":"2001:db8::1","class":"fail"},
        {"address":"192.0.2.2","class":"plain"}]}]}"""
    )

    def wrong(self, text: str) -> list[str]:
        return differences(self.RECORD, parse_expectations(text))

    def test_what_holds(self) -> None:
        for text in (
            "broken",
            "broken/dane-no-match severity=null flags~a-flag",
            "mx=data/secure mx.trust=secure hosts.mx=broken/r",
            "hosts.mx.v4=ok hosts.mx.v4b=plain hosts.mx.v6=fail hosts.0.class=broken",
            "hosts.mx.tlsa=usable hosts.mx.tlsa.records.311.match=false",
        ):
            self.assertEqual(self.wrong(text), [], text)

    def test_what_does_not(self) -> None:
        for text in (
            "valid",
            "broken/other",
            "severity=outage",
            "flags~other",
            "nothing~x",
            "hosts.mx.v6b=ok",
            "hosts.other=broken",
            "hosts.mx.tlsa.records.311.match=true",
        ):
            self.assertEqual(len(self.wrong(text)), 1, text)


if __name__ == "__main__":
    unittest.main()
