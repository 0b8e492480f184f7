"""Mail servers from Debian packages that are unpacked and not installed.

Each runs with a view of the file system of its own, in which there are the
users that its package would have made, and empty folders where it writes.
"""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import namespace
from processes import Processes

REPOSITORY = Path(__file__).resolve().parents[2]
TREES = REPOSITORY / ".lab" / "mta"
# Nobody's on a Debian machine, by its policy on ids.
FIRST_ID = 63000


def program(name: str, file: str) -> Path:
    return TREES / name / "usr" / "sbin" / file


@functools.cache
def may_mount() -> bool:
    """Refused in some containers."""
    probe = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/run"]
    return subprocess.run(probe, capture_output=True).returncode == 0


def why_not(name: str, file: str) -> str | None:
    """The reason for which a server cannot run here, or None."""
    if not program(name, file).exists():
        return f"{name} is not unpacked: scripts/mail-servers.sh"
    if not namespace.has_all_users():
        return f"no subordinate user ids: {name} needs users of its own"
    if not may_mount():
        return f"nothing can be mounted here: {name} needs folders of its own"
    return None


def copy_certificates(
    folder: Path, servers: dict[str, list[str]], owner: int, mode: int
) -> None:
    """ADDRESS.pem, for a server that is particular about who may read it."""
    for address, files in servers.items():
        path = folder / f"{address}.pem"
        shutil.copyfile(files[0], path)
        path.chmod(mode)
        os.chown(path, owner, -1)


def write_users(folder: Path, users: list[str]) -> None:
    """passwd and group of this machine, and the users."""
    passwd = Path("/etc/passwd").read_text(encoding="utf-8")
    group = Path("/etc/group").read_text(encoding="utf-8")
    for number, user in enumerate(users, FIRST_ID):
        passwd += f"{user}:x:{number}:{number}::/nonexistent:/usr/sbin/nologin\n"
        group += f"{user}:x:{number}:\n"
    (folder / "passwd").write_text(passwd, encoding="utf-8")
    (folder / "group").write_text(group, encoding="utf-8")


def start(
    processes: Processes,
    name: str,
    command: list[Any],
    users: list[str],
    empty: tuple[str, ...] = (),
    inside: tuple[str, ...] = (),
) -> None:
    """Start a server. `empty`: folders that shall be empty; `inside`: folders
    to make in these."""
    folder = processes.folder / name
    write_users(folder, users)
    script = [
        f"mount --bind {folder}/passwd /etc/passwd",
        f"mount --bind {folder}/group /etc/group",
        *(f"mount -t tmpfs -o mode=755 none {path}" for path in empty),
        *(f"mkdir -p {path}" for path in inside),
        f"exec {shlex.join(str(word) for word in command)}",
    ]
    libraries = ":".join(map(str, TREES.glob(f"{name}/**/*-linux-gnu")))
    environment = dict(os.environ) | {"LD_LIBRARY_PATH": libraries}
    words = ["unshare", "--mount", "sh", "-ec", "\n".join(script)]
    processes.start(name, words, env=environment)
