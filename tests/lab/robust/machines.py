"""Machines: networks of their own beside that of a laboratory, each joined to it
by a cable."""

from __future__ import annotations

import copy
import subprocess

from program import Failure, Run
from stage import Lab, namespace

# The laboratory's own addresses are 198.18.0.0/15 and fd00::/8.
NETWORKS = ("198.18.0.0/15", "fd00::/8")
ADDRESSES = ("10.99.{}.{}/24", "fc99:{}::{}/64")
GATEWAYS = ("10.99.{}.1", "fc99:{}::1")


def ip(lab: Lab, *words: object) -> None:
    command = [*lab.enter, "ip", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"ip {' '.join(map(str, words))}: {done.stderr.strip()}")


def families() -> range:
    """IPv4, and IPv6 where the kernel has it."""
    return range(2 if namespace("self", "net") and _has_ipv6() else 1)


def _has_ipv6() -> bool:
    try:
        with open("/proc/net/if_inet6", encoding="ascii"):
            return True
    except OSError:
        return False


def address(lab: Lab, device: str, number: int, end: int) -> None:
    for family in families():
        words = ("nodad",) if family else ()
        value = ADDRESSES[family].format(number, end)
        ip(lab, "address", "add", value, "dev", device, *words)
    ip(lab, "link", "set", device, "up")


def machine(lab: Lab, number: int) -> Lab:
    """The laboratory as it is seen from another machine."""
    command = [*lab.enter, "unshare", "--net", "--", "cat"]
    holder = Run(lab.stage, command, stdin=subprocess.PIPE)
    mine = namespace(lab_pid(lab), "net")
    holder.await_(
        "it has a network of its own",
        lambda: namespace(holder.pid, "net") not in ("", mine, namespace("self", "net")),
    )
    other = copy.copy(lab)
    other.enter = [*lab.enter]
    other.enter[lab.enter.index("--target") + 1] = str(holder.pid)
    ip(lab, "link", "add", f"m{number}", "type", "veth",
       "peer", "name", "cable", "netns", holder.pid)  # fmt: skip
    address(lab, f"m{number}", number, 1)
    ip(other, "link", "set", "lo", "up")
    address(other, "cable", number, 2)
    for family in families():
        gateway = GATEWAYS[family].format(number)
        ip(other, "route", "add", NETWORKS[family], "via", gateway)
    return other


def lab_pid(lab: Lab) -> str:
    return lab.enter[lab.enter.index("--target") + 1]
