#!/usr/bin/python3
"""Asks a validating resolver, independent of the scanner, about one name.

    validator.py NAME TYPE [NAME TYPE...]

To be run inside a laboratory (lab.py run). Prints for each question: rcode,
standing (secure, insecure, bogus), number of records, name, type.
"""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass

import dns.rdatatype

OPTIONS = {
    "root-hints:": os.environ.get("LAB_HINTS", ""),
    "trust-anchor-file:": os.environ.get("LAB_ANCHOR", ""),
    "infra-cache-max-rtt:": "2000",
}


class Result(ctypes.Structure):
    """struct ub_result of unbound.h."""

    _fields_ = [
        ("qname", ctypes.c_char_p),
        ("qtype", ctypes.c_int),
        ("qclass", ctypes.c_int),
        ("data", ctypes.POINTER(ctypes.c_void_p)),
        ("len", ctypes.POINTER(ctypes.c_int)),
        ("canonname", ctypes.c_char_p),
        ("rcode", ctypes.c_int),
        ("answer_packet", ctypes.c_void_p),
        ("answer_len", ctypes.c_int),
        ("havedata", ctypes.c_int),
        ("nxdomain", ctypes.c_int),
        ("secure", ctypes.c_int),
        ("bogus", ctypes.c_int),
        ("why_bogus", ctypes.c_char_p),
        ("was_ratelimited", ctypes.c_int),
        ("ttl", ctypes.c_int),
    ]


@dataclass
class Answer:
    rcode: int
    standing: str
    records: int
    why: str


class Validator:
    """One libunbound context with the laboratory's root."""

    def __init__(self) -> None:
        self.library = ctypes.CDLL("libunbound.so.8")
        self.library.ub_ctx_create.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.library.ub_ctx_create())
        for name, value in OPTIONS.items():
            self._set(name, value)
        # libunbound answers "test." itself unless told not to.
        self.library.ub_ctx_zone_remove(self.context, b"test.")

    def ask(self, name: str, rrtype: str) -> Answer:
        result = ctypes.POINTER(Result)()
        number = int(dns.rdatatype.from_text(rrtype))
        status = self.library.ub_resolve(
            self.context, name.encode(), number, 1, ctypes.byref(result)
        )
        if status != 0:
            raise RuntimeError(f"ub_resolve: {status}")
        found = result.contents
        standing = "bogus" if found.bogus else "secure" if found.secure else "insecure"
        count = 0
        while found.havedata and found.data[count]:
            count += 1
        why = (found.why_bogus or b"").decode()
        answer = Answer(found.rcode, standing, count, why)
        self.library.ub_resolve_free(result)
        return answer

    def _set(self, name: str, value: str) -> None:
        status = self.library.ub_ctx_set_option(
            self.context, name.encode(), value.encode()
        )
        if status != 0:
            raise RuntimeError(f"{name} {value}: {status}")


def main() -> None:
    validator = Validator()
    words = sys.argv[1:]
    for name, rrtype in zip(words[::2], words[1::2]):
        answer = validator.ask(name, rrtype)
        print(answer.rcode, answer.standing, answer.records, name, rrtype, answer.why)


if __name__ == "__main__":
    main()
