#!/usr/bin/python3
"""Proves that contacts.py sees each breach of politeness, and no other."""

from __future__ import annotations

import unittest
from typing import Any

from contacts import Contact, faults


def contact(address: str, start: float, end: float, **fields: Any) -> Contact:
    usual = {"starttls": True, "handshake": True, "quit": True, "mail": False}
    usual |= {"left": False, "ehlo": "scanner.example"}
    return Contact(address, start, end, **(usual | fields))


class FaultsTest(unittest.TestCase):
    def found(self, *contacts: Contact) -> list[str]:
        return faults(list(contacts), interval=1.0, per_network=2)

    def test_nothing_wrong(self) -> None:
        self.assertEqual(
            self.found(
                contact("198.19.0.1", 0.0, 1.0),
                contact("198.19.0.1", 2.0, 3.0),
                contact("198.19.0.2", 0.0, 3.0),
                contact("198.19.1.3", 0.5, 0.6, quit=False, left=True),
            ),
            [],
        )

    def test_too_soon_after_the_end(self) -> None:
        wrong = self.found(
            contact("198.19.0.1", 2.5, 3.0), contact("198.19.0.1", 0.0, 2.0)
        )
        self.assertEqual(wrong, ["198.19.0.1: contacted again after 0.500 s"])

    def test_two_at_once(self) -> None:
        wrong = self.found(
            contact("fd00::1", 0.0, 9.0), contact("fd00::1", 5.0, 9.5)
        )
        self.assertEqual(wrong, ["fd00::1: contacted again after -4.000 s"])

    def test_network_of_ipv4(self) -> None:
        addresses = ("198.19.0.1", "198.19.0.2", "198.19.0.250", "198.19.1.1")
        wrong = self.found(*(contact(address, 0.0, 1.0) for address in addresses))
        self.assertEqual(wrong, ["198.19.0.0/24: 3 connections at once"])

    def test_network_of_ipv6(self) -> None:
        addresses = ("fd00:0:1:a::1", "fd00:0:1:b::1", "fd00:0:1:c::1", "fd00:0:2::1")
        wrong = self.found(*(contact(address, 0.0, 1.0) for address in addresses))
        self.assertEqual(wrong, ["fd00:0:1::/48: 3 connections at once"])

    def test_words(self) -> None:
        wrong = self.found(
            contact("198.19.0.1", 0.0, 1.0, mail=True),
            contact("198.19.0.2", 0.0, 1.0, quit=False),
        )
        self.assertEqual(wrong, ["198.19.0.1: MAIL", "198.19.0.2: no QUIT"])


if __name__ == "__main__":
    unittest.main()
