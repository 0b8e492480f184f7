#!/usr/bin/python3
"""Proves that populations are whole, repeatable and of the promised shape."""

from __future__ import annotations

import unittest

import population
from expected import Verdict, differences
from kinds import KINDS
from population import Population, apportion, populate, shares
from zones import TLSA_REFERENCE

CLASSES = {
    "no-dnssec", "no-tlsa", "valid", "broken",
    "partial", "unusable", "indeterminate", "no-mail",
}  # fmt: skip


def demo(total: int, seed: int = 1, signed_share: float = 0.5) -> Population:
    return populate(KINDS, total, seed, signed_share, "smtp")


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


class BenchTest(unittest.TestCase):
    def test_half_signed_with_p256_and_hosts_elsewhere(self) -> None:
        p = population.bench(400, 1, 0.5, 50)
        zones = {zone.name: zone for zone in p.world.zones}
        signed = [name for name in p.names if zones[name].signed]
        self.assertEqual(len(signed), 200)
        self.assertEqual({z.alg for z in p.world.zones}, {"ECDSAP256SHA256"})
        self.assertEqual({z.server for z in p.world.zones}, {"far"})
        for name in p.names:
            for record in zones[name].records:
                self.assertNotIn(name, record)


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
