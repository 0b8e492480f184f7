"""A private network for a laboratory: namespaces that end with their process.

The laboratory runs as the first process of its own PID namespace: when it
ends, however it ends, the kernel ends all that it started, and the network
with it. No root is needed where user namespaces are allowed.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from processes import LabError, die_with_parent

CLONE_NEWNS = 0x00020000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
USER_MARK = "DANESCAN_LAB_USER_NAMESPACE"
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_libc = ctypes.CDLL(None, use_errno=True)


def become_root() -> None:
    """Without root: start this program again as root of a user namespace, with
    the subordinate ids of the user where the machine has them."""
    if os.geteuid() == 0:
        return
    if os.environ.get(USER_MARK):
        raise LabError("user namespaces do not work on this machine")
    command = ["unshare", "--user", "--map-root-user"]
    if subordinate_ids():
        command.append("--map-auto")
    environment = dict(os.environ) | {USER_MARK: "1"}
    os.execvpe("unshare", [*command, sys.executable, *sys.argv], environment)


def subordinate_ids() -> bool:
    if not shutil.which("newuidmap"):
        return False
    probe = ["unshare", "--user", "--map-root-user", "--map-auto", "true"]
    return subprocess.run(probe, capture_output=True).returncode == 0


def has_all_users() -> bool:
    """Are there other users than root here (Postfix wants its own)?"""
    with open("/proc/self/uid_map", encoding="ascii") as file:
        return sum(int(line.split()[2]) for line in file) > 60000


def run(inside: Callable[[], int]) -> int:
    """Run inside() in namespaces of its own; its result is the exit code."""
    flags = CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID
    if _libc.unshare(flags) != 0:
        raise LabError(f"unshare: {os.strerror(ctypes.get_errno())}")
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        die_with_parent()
        os._exit(first_process(inside))
    for number in FORWARDED:
        signal.signal(number, lambda got, _frame: os.kill(child, got))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def first_process(inside: Callable[[], int]) -> int:
    """A first process ignores signals for which it has no handler."""

    def stop(number: int, _frame: object) -> None:
        for forwarded in FORWARDED:
            signal.signal(forwarded, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for number in FORWARDED:
        signal.signal(number, stop)
    try:
        mount_proc()
        configure_network()
        return inside()
    except SystemExit as end:
        return int(end.code or 0)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 3
    except Exception:
        traceback.print_exc()
        return 3
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def mount_proc() -> None:
    """Refused in some containers; then /proc shows the outer processes."""
    _libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None)
    _libc.mount(b"proc", b"/proc", b"proc", 0, None)


def configure_network() -> None:
    def ip(*words: str) -> None:
        done = subprocess.run(["ip", *words], capture_output=True, text=True)
        if done.returncode != 0:
            raise LabError(f"ip {' '.join(words)}: {done.stderr.strip()}")

    ip("link", "set", "lo", "up")
    ip("address", "add", "198.18.0.0/15", "dev", "lo")
    if os.path.exists("/proc/net/if_inet6"):
        ip("-6", "route", "add", "local", "fd00::/8", "dev", "lo")
        Path("/proc/sys/net/ipv6/ip_nonlocal_bind").write_text("1")
