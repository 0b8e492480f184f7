"""A validating resolver for the oracles: Debian's Unbound, with the
laboratory's root, where programs look for one."""

from __future__ import annotations

import ctypes
import os
import subprocess
import time
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rdatatype

UNBOUND = Path("/usr/sbin/unbound")
ADDRESS = "127.0.0.1"
START_SECONDS = 20.0
POLL_SECONDS = 0.02
ASK_SECONDS = 10.0
MS_BIND = 0x1000
# Unbound answers "test." itself unless told not to.
CONFIG = """server:
  interface: {address}
  access-control: 127.0.0.0/8 allow
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  root-hints: "{hints}"
  trust-anchor-file: "{anchor}"
  local-zone: "test." nodefault
remote-control:
  control-enable: no
"""
# The C library takes the AD bit away unless the server is to be trusted.
RESOLV_CONF = f"nameserver {ADDRESS}\noptions edns0 trust-ad\n"

_libc = ctypes.CDLL(None, use_errno=True)


def ask(name: str, rrtype: str) -> dns.message.Message:
    query = dns.message.make_query(name, rrtype, use_edns=0, payload=1232)
    query.flags |= dns.flags.AD
    reply, _ = dns.query.udp_with_fallback(query, ADDRESS, timeout=ASK_SECONDS)
    return reply


def secure_tlsa(base: str) -> list[str]:
    """The TLSA records of a base domain that DANE for SMTP knows, as text: the
    usages 2 and 3 (RFC 7672 section 3.1.3)."""
    reply = ask(f"_25._tcp.{base}", "TLSA")
    if not reply.flags & dns.flags.AD:
        return []
    records = [
        record
        for rrset in reply.answer
        if rrset.rdtype == dns.rdatatype.TLSA
        for record in rrset
        if record.usage in (2, 3)
    ]
    return [f"{r.usage} {r.selector} {r.mtype} {r.cert.hex()}" for r in records]


def is_up() -> bool:
    try:
        return bool(ask(".", "SOA").flags & dns.flags.AD)
    except (OSError, dns.exception.DNSException):
        return False


class Resolver:
    """To be used inside a laboratory; ends with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "resolver"
        self.folder.mkdir()

    def start(self) -> None:
        config = self.folder / "unbound.conf"
        text = CONFIG.format(
            address=ADDRESS,
            folder=self.folder,
            hints=os.environ["LAB_HINTS"],
            anchor=os.environ["LAB_ANCHOR"],
        )
        config.write_text(text)
        with (self.folder / "log").open("wb") as log:
            command = [str(UNBOUND), "-d", "-c", str(config)]
            self.child = subprocess.Popen(command, stdout=log, stderr=log)
        self._await()
        self._tell_programs()

    def stop(self) -> None:
        self.child.terminate()
        self.child.wait()

    def _await(self) -> None:
        end = time.monotonic() + START_SECONDS
        while not is_up():
            if self.child.poll() is not None or time.monotonic() > end:
                log = (self.folder / "log").read_text(errors="replace")
                raise RuntimeError(f"Unbound does not answer:\n{log}")
            time.sleep(POLL_SECONDS)

    def _tell_programs(self) -> None:
        """The laboratory's view of the file system is its own."""
        mine = self.folder / "resolv.conf"
        mine.write_text(RESOLV_CONF)
        theirs = os.path.realpath("/etc/resolv.conf")
        if _libc.mount(os.fsencode(mine), theirs.encode(), None, MS_BIND, None):
            raise RuntimeError(f"{theirs}: {os.strerror(ctypes.get_errno())}")
