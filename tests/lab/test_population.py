#!/usr/bin/python3
"""Proves that populations are whole, repeatable and of the promised shape."""

from __future__ import annotations

import os
import random
import re
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import certs
import epochs
import expected
import internet
import internet_kinds
import population
from expected import Verdict, differences
from kinds import KINDS
from population import Population, apportion, populate, shares
from stories import STORIES
from zones import TLSA_REFERENCE

# What dane.changes() and dane.rollovers() can say (sql/).
CHANGES = {"appeared", "gone", "broke", "fixed", "moved", "other"}
CAUSES = {
    "first-seen", "not-in-scan", "mail-began", "mail-ended", "ds-gained", "ds-lost",
    "dnssec-broken", "dnssec-repaired", "dns-broken", "dns-repaired", "mx-moved",
    "mx-changed", "certificate-changed", "records-changed", "records-published",
    "records-withdrawn", "provider-records-changed", "provider-records-published",
    "provider-records-withdrawn", "records-and-certificate-changed",
    "server-changed",
}  # fmt: skip
OUTCOMES = {"correct", "early-retirement", "late", "no-introduction", "same-time",
            "not-rollover", "no-data"}  # fmt: skip
CLASSES = {
    "no-dnssec", "no-tlsa", "valid", "broken",
    "partial", "unusable", "indeterminate", "no-mail",
}  # fmt: skip


def demo(total: int, seed: int = 1, signed_share: float = 0.5) -> Population:
    return populate(KINDS, total, seed, signed_share, "smtp")


class DateTest(unittest.TestCase):
    def test_certificates_stay_in_their_week(self) -> None:
        with mock.patch.dict(os.environ, {"LAB_DATE": "2026-11-29"}):
            certs.keep_date()
            self.assertEqual(str(certs.monday()), "2026-11-23")
        with mock.patch.dict(os.environ):
            os.environ.pop("LAB_DATE", None)
            certs.keep_date()
            self.assertEqual(os.environ["LAB_DATE"], str(certs.today()))
            self.assertEqual(certs.monday().weekday(), 0)


class ApportionTest(unittest.TestCase):
    def test_all_domains_are_apportioned(self) -> None:
        for total in (1, 2, 10, 57, 100, 1000, 20000):
            for share in (0.0, 0.1, 0.5, 1.0):
                counts = apportion(total, shares(KINDS, share))
                self.assertEqual(sum(counts), total, (total, share))
                self.assertGreaterEqual(min(counts), 0)

    def test_every_kind_at_a_thousand(self) -> None:
        self.assertGreater(min(apportion(1000, shares(KINDS, 0.5))), 0)

    def test_signed_share(self) -> None:
        counts = apportion(20000, shares(KINDS, 0.3))
        signed = sum(c for c, kind in zip(counts, KINDS) if kind.part == "signed")
        self.assertAlmostEqual(signed / 20000, 0.3, delta=0.02)


class DemoTest(unittest.TestCase):
    def test_same_arguments_same_population(self) -> None:
        one, other, third = demo(300), demo(300), demo(300, seed=2)
        self.assertEqual(one.world.to_json(), other.world.to_json())
        self.assertEqual(one.names, other.names)
        self.assertNotEqual(one.names, third.names)

    def test_every_class_occurs(self) -> None:
        found = {v.verdict_class for v in demo(1000).verdicts.values()}
        self.assertEqual(found, CLASSES)

    def test_few_domains_have_most_classes(self) -> None:
        found = {v.verdict_class for v in demo(10).verdicts.values()}
        self.assertGreaterEqual(len(found), 7)

    def test_the_world_is_whole(self) -> None:
        p = demo(1000)
        zones = [zone.name for zone in p.world.zones]
        servers = {server.name for server in p.world.servers} | {"leaf"}
        addresses = [host.address for host in p.world.hosts]
        self.assertEqual(len(set(zones)), len(zones))
        self.assertEqual(len(set(addresses)), len(addresses))
        self.assertEqual(sorted(p.names), sorted(p.verdicts))
        for zone in p.world.zones:
            self.assertIn(zone.server, servers)
            for match in TLSA_REFERENCE.finditer("\n".join(zone.records)):
                self.assertIn(match[4].partition(":")[0], p.world.keys)
        for host in p.world.hosts:
            self.assertIn(host.behaviour["cert"], {None, *p.world.keys})

    def test_only_absent_domains_have_no_zone(self) -> None:
        p = demo(1000)
        zones = {zone.name for zone in p.world.zones}
        absent = {d for d, v in p.verdicts.items() if v.reason == "nxdomain"}
        self.assertEqual(set(p.names) - zones, absent)

    def test_one_provider_in_three(self) -> None:
        p = demo(20000)
        largest = sum(
            any("mx1.dane-mail-01." in record for record in zone.records)
            for zone in p.world.zones
            if zone.signed and p.verdicts.get(zone.name) == Verdict("valid")
        )
        valid = sum(v == Verdict("valid") for v in p.verdicts.values())
        self.assertAlmostEqual(largest / valid, 0.31, delta=0.06)


class EpochsTest(unittest.TestCase):
    TOTAL = 500

    def at(self, epoch: int) -> Population:
        return populate(KINDS, self.TOTAL, 1, 0.5, "smtp", epoch)

    def test_same_arguments_same_population(self) -> None:
        one, other = self.at(2), self.at(2)
        self.assertEqual(one.world.to_json(), other.world.to_json())
        self.assertEqual(one.names, other.names)

    def test_only_what_is_told_changes(self) -> None:
        for epoch in range(1, epochs.LAST + 1):
            before, after = self.at(epoch - 1), self.at(epoch)
            domains = {*before.verdicts, *after.verdicts}
            differ = {
                d for d in domains if before.verdicts.get(d) != after.verdicts.get(d)
            }
            failed = {
                d for p in (before, after) for d, verdict in p.verdicts.items()
                if verdict.verdict_class == "indeterminate"
            }  # fmt: skip
            told = {c.domain for c in after.epochs.changes if c.change != "moved"}
            self.assertEqual(differ - failed, told)
            self.assertLess(len(domains) - self.TOTAL, 5)

    def test_every_change_cause_and_outcome_is_told(self) -> None:
        steps = [step for story in STORIES for step in story.steps]
        self.assertEqual({s.change for s in steps} - {""}, CHANGES)
        self.assertEqual({s.cause for s in steps} - {""}, CAUSES)
        outcomes = {s.rollover.split()[0] for s in steps if s.rollover}
        outcomes |= {s.later.split()[0] for s in steps if s.later}
        self.assertEqual(outcomes, OUTCOMES)

    def test_a_list_with_tags(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "list"
            epochs.write_list(path, self.at(0).names)
            head, *rows = path.read_text().splitlines()
        self.assertEqual(head, "domain,registrar,sector")
        self.assertEqual([row.split(",")[0] for row in rows], self.at(0).names)
        for place in (1, 2):
            self.assertGreater(len({row.split(",")[place] for row in rows}), 3)


class InternetTest(unittest.TestCase):
    DOMAINS = 3000

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def tables(self, name: str, seed: int = 1, signed_share: float = 0.5) -> Path:
        kinds = internet_kinds.KINDS
        counts = apportion(self.DOMAINS, shares(kinds, signed_share))
        folder = self.folder / name
        internet.make(folder, kinds, counts, seed, {"delay_ms": 0, "loss": 0})
        return folder

    def test_same_arguments_same_population(self) -> None:
        """Certificates apart: they are made anew."""
        one, other = self.tables("one"), self.tables("other")
        third = self.tables("third", seed=2)
        for name in ("world.list", "expected.tsv", "addresses", "servers.tsv"):
            self.assertEqual(
                (one / name).read_text(), (other / name).read_text(), name
            )
        names = [(folder / "world.list").read_text() for folder in (one, third)]
        self.assertNotEqual(*names)

    def test_the_tables_are_whole(self) -> None:
        folder = self.tables("one")
        names = (folder / "world.list").read_text().split()
        promised = dict(expected.rows(folder / "expected.tsv"))
        self.assertEqual(len(names), self.DOMAINS)
        self.assertEqual(set(names), set(promised))
        found = {v.verdict_class for v in promised.values()}
        self.assertEqual(found, CLASSES)
        lines = (folder / "zones.tsv").read_text().splitlines()
        zones = {line.split("\t")[1].rstrip(".") for line in lines}
        absent = {d for d, v in promised.items() if v.reason == "nxdomain"}
        self.assertEqual(set(names) - zones, absent)
        self.assertEqual(len(zones), len(lines))
        certificates = (folder / "certificates").read_text()
        known = set(re.findall("^certificate (.*)$", certificates, re.M))
        addresses = set()
        for line in (folder / "mail.tsv").read_text().splitlines():
            address, wanted, *_ = line.split("\t")
            addresses.add(address)
            self.assertLessEqual(set(wanted.split(",")) - {"-"}, known)
        self.assertGreater(len(addresses), 200)

    def test_shape(self) -> None:
        folder = self.tables("one")
        rows = [line.split("\t") for line in
                (folder / "zones.tsv").read_text().splitlines()]  # fmt: skip
        names = set((folder / "world.list").read_text().split())
        signed = [r for r in rows if r[2] != "-" and r[1].rstrip(".") in names]
        self.assertAlmostEqual(len(signed) / self.DOMAINS, 0.5, delta=0.03)
        dane = [r for r in signed if "dane-mail-" in r[7]]
        first = [r for r in dane if "dane-mail-01." in r[7]]
        self.assertAlmostEqual(len(dane) / len(signed), 0.17, delta=0.03)
        self.assertAlmostEqual(len(first) / len(dane), 0.31, delta=0.08)

    def test_half_signed_and_some_dead(self) -> None:
        kinds = internet_kinds.bench_kinds(5)
        counts = apportion(self.DOMAINS, shares(kinds, 0.5))
        internet.make(self.folder, kinds, counts, 1, {"delay_ms": 0, "loss": 0}, True)
        rows = [line.split("\t") for line in
                (self.folder / "zones.tsv").read_text().splitlines()]  # fmt: skip
        names = set((self.folder / "world.list").read_text().split())
        rows = [row for row in rows if row[1].rstrip(".") in names]
        dead = [row for row in rows if row[7] == "@ TXT parked"]
        self.assertEqual(len(dead), self.DOMAINS * 5 // 100)
        signed = [row for row in rows if row[2] != "-"]
        self.assertAlmostEqual(len(signed) / (len(rows) - len(dead)), 0.5, delta=0.01)
        servers = {line.split()[1]: line.split()[2:] for line in
                   (self.folder / "addresses").read_text().splitlines()}  # fmt: skip
        for row in dead:
            pair = [servers[number] for number in row[6].split(",")]
            self.assertEqual(pair, [["silent"], ["drop=*"]])
        addresses = (self.folder / "addresses").read_text().split("\n")
        self.assertEqual(len(addresses), len(set(addresses)))

    def test_no_name_twice(self) -> None:
        names = internet.Names(random.Random(1), 200000)
        found = {names.next(internet.TLDS).partition(".")[0] for _ in range(200000)}
        self.assertEqual(len(found), 200000)


class DifferencesTest(unittest.TestCase):
    PROMISED = {"a.test": Verdict("valid"), "b.test": Verdict("no-tlsa", "tlsa-none")}

    def test_nothing_wrong(self) -> None:
        self.assertEqual(differences(self.PROMISED, self.PROMISED.items()), {})

    def test_each_sort(self) -> None:
        valid, other = Verdict("valid"), Verdict("no-tlsa", "mxhost-unsigned")
        rows = [("a.test", valid), ("a.test", valid), ("c.test", valid)]
        self.assertEqual(
            differences(self.PROMISED, rows),
            {"more than one row": ["a.test"], "not asked for": ["c.test"],
             "no row": ["b.test"]},
        )  # fmt: skip
        rows = [("a.test", valid), ("b.test", other)]
        text = "expected no-tlsa/tlsa-none, found no-tlsa/mxhost-unsigned"
        self.assertEqual(differences(self.PROMISED, rows), {text: ["b.test"]})


if __name__ == "__main__":
    unittest.main()
