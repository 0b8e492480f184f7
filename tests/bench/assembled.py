"""What one would put together today from Debian's packages: a validating
Unbound driven by dnsperf, and one `openssl s_client` for each address."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from meter import Meter, Run

UNBOUND = Path("/usr/sbin/unbound")
PORT = 5335
START_SECONDS = 20.0
PARALLEL = 8
# The caches are those of the scanner's resolver, in all.
CONFIG = """server:
  interface: 127.0.0.1
  port: {port}
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  unblock-lan-zones: yes
  local-zone: "test." nodefault
  local-zone: "internal." transparent
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  root-hints: "{hints}"
  trust-anchor-file: "{anchor}"
  num-threads: {threads}
  outgoing-range: 4096
  num-queries-per-thread: 4096
  msg-cache-size: {msg}m
  rrset-cache-size: {rrset}m
  key-cache-size: {key}m
  infra-cache-max-rtt: 3000
  infra-keep-probing: yes
  so-rcvbuf: 4m
remote-control:
  control-enable: no
"""


def missing() -> str | None:
    for program in ("dnsperf", str(UNBOUND), "openssl"):
        if shutil.which(program) is None:
            return f"{program} is not installed: scripts/deps.sh bench"
    return None


def questions(names: Path, path: Path) -> None:
    path.write_text("".join(f"{name} MX\n" for name in names.read_text().split()))


class Daemon:
    """An Unbound of our own; its CPU is told to the meter when it ends."""

    def __init__(self, folder: Path, threads: int) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        (folder / "unbound.conf").write_text(
            CONFIG.format(
                port=PORT, folder=folder, threads=threads, msg=6 * threads,
                rrset=12 * threads, key=4 * threads,
                hints=os.environ["LAB_HINTS"], anchor=os.environ["LAB_ANCHOR"],
            )  # fmt: skip
        )

    def start(self) -> None:
        command = [str(UNBOUND), "-d", "-c", str(self.folder / "unbound.conf")]
        with (self.folder / "log").open("ab") as log:
            self.child = subprocess.Popen(command, stdout=log, stderr=log)
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.child.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"Unbound does not answer: {self.folder / 'log'}")
            time.sleep(0.05)

    @staticmethod
    def _answers() -> bool:
        """The SOA of the root, AD wanted and given (RFC 6840 section 5.7)."""
        query = bytes.fromhex("abcd01200001000000000000000006 0001".replace(" ", ""))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(2)
            try:
                client.sendto(query, ("127.0.0.1", PORT))
                reply = client.recv(4096)
            except OSError:
                return False
        return len(reply) > 3 and bool(reply[3] & 0x20)

    def stop(self, meter: Meter) -> None:
        self.child.terminate()
        meter.reap(self.child)


def resolve(folder: Path, names: Path, threads: int, window: int) -> Run:
    """The MX question of every name, with so many in flight."""
    daemon = Daemon(folder / "unbound", threads)
    asked = folder / "questions"
    questions(names, asked)
    command = ["dnsperf", "-s", "127.0.0.1", "-p", str(PORT), "-d", str(asked)]
    command += ["-n", "1", "-q", str(window), "-c", "2", "-T", "1", "-t", "20", "-D"]
    daemon.start()
    meter = Meter()
    with meter, (folder / "dnsperf.log").open("ab") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log)
        meter.memory.roots += [child.pid, daemon.child.pid]
        code = meter.reap(child)
    daemon.stop(meter)
    if code != 0:
        raise SystemExit(f"dnsperf ended with {code}: {folder / 'dnsperf.log'}")
    run = meter.result()
    # Between dnsperf and Unbound: not what name servers see.
    run.datagrams -= 2 * len(names.read_text().split())
    return run


@dataclass(frozen=True)
class Endpoint:
    base: str
    address: str
    records: tuple[str, ...]


def endpoints(rows: Path) -> list[Endpoint]:
    """Every address that DANE applies to, from the records of a scan."""
    found = {}
    with rows.open(encoding="utf-8") as file:
        for line in file:
            for host in json.loads(line)["hosts"]:
                for endpoint in of_host(host):
                    found[endpoint] = None
    return list(found)


def of_host(host: dict) -> Iterator[Endpoint]:
    tlsa = host["tlsa"] or {}
    if tlsa.get("state") != "usable":
        return
    records = tuple(
        f"{r['usage']} {r['selector']} {r['mtype']} {r['data']}"
        for r in tlsa["records"]
        if r["usable"]
    )
    for endpoint in host["endpoints"]:
        yield Endpoint(host["base"], endpoint["address"], records)


def s_client(endpoint: Endpoint) -> list[str]:
    address = endpoint.address
    where = f"[{address}]:25" if ":" in address else f"{address}:25"
    command = ["openssl", "s_client", "-starttls", "smtp", "-connect", where]
    command += ["-name", "scanner.example", "-verify_return_error", "-quiet"]
    # No store of CAs, which is most of what it costs otherwise.
    command += ["-no-CAfile", "-no-CApath", "-no-CAstore"]
    command += ["-ignore_unexpected_eof", "-dane_tlsa_domain", endpoint.base]
    for record in endpoint.records:
        command += ["-dane_tlsa_rrdata", record]
    return command


def talk(all_of_them: list[Endpoint], log: Path) -> Run:
    """One process each, a few at once."""
    meter = Meter()
    waiting = list(reversed(all_of_them))
    running: dict[int, subprocess.Popen[bytes]] = {}
    failed = 0
    with meter, log.open("ab") as file:
        while waiting or running:
            while waiting and len(running) < PARALLEL:
                child = subprocess.Popen(
                    s_client(waiting.pop()), stdin=subprocess.PIPE,
                    stdout=file, stderr=file,
                )  # fmt: skip
                assert child.stdin
                child.stdin.write(b"QUIT\r\n")
                child.stdin.close()
                running[child.pid] = child
            pid, status, usage = os.wait4(-1, 0)
            meter.usages.append(usage)
            running.pop(pid).returncode = os.waitstatus_to_exitcode(status)
            failed += status != 0
    if failed:
        print(f"s_client: {failed} of {len(all_of_them)} failed", file=sys.stderr)
    run = meter.result()
    run.memory_mb = max(usage.ru_maxrss for usage in meter.usages) / 1024
    return run
