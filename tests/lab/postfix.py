"""A real Postfix for the lab's addresses: STARTTLS and no delivery."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import namespace
from processes import Processes

MASTER = Path("/usr/lib/postfix/sbin/master")
QUEUE_OWNED = (
    "active bounce corrupt defer deferred flush hold incoming private saved trace"
)

MAIN = """compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
inet_interfaces = all
myhostname = mx.lab
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = reject
smtpd_recipient_restrictions = reject
smtpd_tls_security_level = may
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
"""

MASTER_CF = """postlog unix-dgram n - n - 1 postlogd
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
anvil unix - - n - 1 anvil
"""


def why_not() -> str | None:
    """The reason for which Postfix cannot run here, or None."""
    if not MASTER.exists():
        return "Postfix is not installed"
    if not namespace.has_all_users():
        return "no subordinate user ids: Postfix needs users of its own"
    return None


def service(address: str, pem: list[str]) -> str:
    where = f"[{address}]" if ":" in address else address
    return (
        f"{where}:25 inet n - n - - smtpd\n"
        f"  -o smtpd_tls_chain_files={','.join(pem)}\n"
    )


def make_folders(folder: Path) -> None:
    """The queue as Postfix's own set-up lays it out."""
    user = pwd.getpwnam("postfix")
    postdrop = os.stat("/usr/sbin/postdrop").st_gid
    queue = folder / "queue"
    for name in [*QUEUE_OWNED.split(), "../data"]:
        path = (queue / name).resolve()
        path.mkdir(parents=True, mode=0o700)
        os.chown(path, user.pw_uid, -1)
    (queue / "pid").mkdir()
    for name, mode in (("maildrop", 0o1730), ("public", 0o2710)):
        (queue / name).mkdir()
        os.chown(queue / name, user.pw_uid, postdrop)
        (queue / name).chmod(mode)


def start(processes: Processes, servers: dict[str, list[str]]) -> None:
    """Start one instance; `servers`: the certificate files by address."""
    folder = processes.folder / "postfix"
    config = folder / "etc"
    config.mkdir(parents=True)
    folder.chmod(0o755)
    make_folders(folder)
    (config / "main.cf").write_text(MAIN.format(folder=folder))
    # Postfix waits until nobody seems to be writing the file any more.
    os.utime(config / "main.cf", (0, 0))
    services = [service(address, pem) for address, pem in servers.items()]
    (config / "master.cf").write_text(MASTER_CF + "".join(services))
    environment = dict(os.environ) | {"MAIL_CONFIG": str(config)}
    processes.start("postfix", [MASTER, "-c", config, "-d"], env=environment)
