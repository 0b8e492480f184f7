#!/usr/bin/python3
"""Proves that laboratories which share their cache do not disturb each other."""

from __future__ import annotations

import json
import os
import tempfile
import time
import unittest
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from cache import EXPIRES, Cache
from certs import KEEP_SECONDS, CertStore
from cryptography.hazmat.primitives import serialization

SIDE_BY_SIDE = 8
ROUNDS = 5
LASTING = int(time.time()) + 14 * 86400
FILES = 50

Result = TypeVar("Result")


def side_by_side(work: Callable[[int], Result]) -> list[Result]:
    """All at once, in one process: of one process id, as laboratories are in
    their namespaces."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return list(pool.map(work, range(SIDE_BY_SIDE)))


def fill(folder: Path) -> int:
    for number in range(FILES):
        (folder / str(number)).write_text("whole")
    return LASTING


def is_whole(path: Path) -> bool:
    files = [path / str(number) for number in range(FILES)]
    return all(file.exists() and file.read_text() == "whole" for file in files)


class CacheTest(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def test_made_once(self) -> None:
        made = []

        def make(folder: Path) -> int:
            made.append(folder)
            return fill(folder)

        paths = side_by_side(lambda _: Cache(self.folder, "x", 1).get("same", make))
        self.assertEqual(len(made), 1)
        self.assertEqual(len(set(paths)), 1)
        self.assertTrue(is_whole(paths[0]))

    def test_stays_while_it_is_used(self) -> None:
        """Each has one of its own in a cache that keeps one."""

        def use(number: int) -> bool:
            for turn in range(ROUNDS):
                cache = Cache(self.folder, "x", 1)
                path = cache.get(f"{number}-{turn}", fill)
                if not is_whole(path):
                    return False
                for used in cache.used:
                    os.close(used)
            return True

        self.assertEqual(side_by_side(use), [True] * SIDE_BY_SIDE)

    def test_unused_ones_go(self) -> None:
        for number in range(4):
            cache = Cache(self.folder, "x", 2)
            path = cache.get(str(number), fill)
            os.utime(path, (number + 1, number + 1))
            os.close(cache.used.pop())
        left = sorted(path.name for path in self.folder.glob("x-*"))
        self.assertEqual(left, ["x-2", "x-3"])

    def test_made_again_before_it_ends(self) -> None:
        path = Cache(self.folder, "x", 1).get("same", lambda _: int(time.time()))
        Cache(self.folder, "x", 1).get("same", fill)
        self.assertEqual((path / EXPIRES).read_text(), str(LASTING))
        self.assertTrue(is_whole(path))

    def test_a_failure_leaves_nothing(self) -> None:
        def fail(folder: Path) -> int:
            fill(folder)
            raise OSError("no more space")

        with self.assertRaises(OSError):
            Cache(self.folder, "x", 1).get("same", fail)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["x.lock"])


class CertificatesTest(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def test_all_have_the_same(self) -> None:
        """A key that is drawn at random, and serial numbers."""
        specs = {"mx": {"names": ["mx.example"], "key": "rsa1024"}}

        def make(_: int) -> tuple[bytes, str]:
            certificate = CertStore(self.folder, specs).get("mx")
            pem = certificate.pem.read_bytes()
            key = serialization.load_pem_private_key(pem, None)
            mine = key.public_key().public_numbers()
            theirs = certificate.at("leaf").public_key().public_numbers()
            self.assertEqual(mine, theirs)
            return pem, json.dumps([c.serial_number for c in certificate.certificates])

        for turn in range(ROUNDS):
            specs["mx"]["label"] = str(turn)
            self.assertEqual(len(set(side_by_side(make))), 1)

    def test_old_ones_go(self) -> None:
        old, new = self.folder / "old.pem", self.folder / "new.pem"
        for path in (old, new):
            path.write_text("x")
        past = time.time() - KEEP_SECONDS - 1
        os.utime(old, (past, past))
        # As if another laboratory had been faster.
        (self.folder / "gone.pem").symlink_to(self.folder / "nothing")
        CertStore(self.folder, {}).prune()
        self.assertFalse(old.exists())
        self.assertTrue(new.exists())

    def test_side_by_side_they_go(self) -> None:
        past = time.time() - KEEP_SECONDS - 1
        for number in range(500):
            path = self.folder / f"{number}.pem"
            path.write_text("x")
            os.utime(path, (past, past))
        side_by_side(lambda _: CertStore(self.folder, {}).prune())
        self.assertEqual(list(self.folder.glob("*.pem")), [])


if __name__ == "__main__":
    unittest.main()
