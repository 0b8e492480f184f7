"""What the signatures cost by themselves: how many are verified for a domain,
and how long one takes in nettle, which libunbound has, and in OpenSSL."""

from __future__ import annotations

import re
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

import meter

SOURCE = Path(__file__).with_name("preload") / "verifications.c"
COUNTERS = struct.Struct("=QQ")


@dataclass
class Arithmetic:
    verifications: float  # for each domain
    nettle_us: float  # for each verification
    openssl_us: float


def openssl_us() -> float:
    """Of one P-256 verification, on one core."""
    command = ["openssl", "speed", "-mr", "-seconds", "1", "ecdsap256"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    # +F4:index:bits:signatures a second:verifications a second
    match = re.search(r"^\+F4:\d+:256:[^:]+:([^:\s]+)", done.stdout, re.M)
    if match is None:
        raise SystemExit(f"openssl speed says something new: {done.stdout}")
    return 1e6 / float(match[1])


def count(command: list[str], domains: int, folder: Path) -> Arithmetic:
    """Runs the command once more, with nettle's function counted."""
    library, counters = folder / "verifications.so", folder / "counters"
    build = ["cc", "-shared", "-fPIC", "-O2", "-o", library, SOURCE, "-ldl"]
    subprocess.run(build, check=True)
    counters.write_bytes(bytes(COUNTERS.size))
    environment = {"LD_PRELOAD": str(library), "BENCH_COUNTERS": str(counters)}
    meter.run(command, folder / "bench.log", **environment)
    calls, nanoseconds = COUNTERS.unpack(counters.read_bytes())
    return Arithmetic(
        verifications=calls / domains,
        nettle_us=nanoseconds / calls / 1000 if calls else 0.0,
        openssl_us=openssl_us(),
    )
