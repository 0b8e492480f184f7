"""A real OpenSMTPD for the lab's addresses: STARTTLS and no delivery."""

from __future__ import annotations

import unpacked
from processes import Processes

USERS = ["opensmtpd", "opensmtpq"]
EMPTY = ("/var/spool", "/var/lib", "/run")
INSIDE = ("-m 711 /var/spool/smtpd", "/var/lib/opensmtpd/empty")

RULES = "match from any for any reject\n"
SERVICE = """pki "{address}" cert "{folder}/{address}.pem"
pki "{address}" key "{folder}/{address}.pem"
listen on {address} tls pki "{address}" hostname "mx.lab"
"""


def why_not() -> str | None:
    """The reason for which OpenSMTPD cannot run here, or None."""
    return unpacked.why_not("opensmtpd", "smtpd")


def start(processes: Processes, servers: dict[str, list[str]]) -> None:
    """Start one instance; `servers`: the certificate files by address."""
    folder = processes.folder / "opensmtpd"
    folder.mkdir(mode=0o755)
    unpacked.copy_certificates(folder, servers, 0, 0o400)
    config = folder / "smtpd.conf"
    services = [SERVICE.format(address=a, folder=folder) for a in servers]
    config.write_text("".join([*services, RULES]))
    command = [unpacked.program("opensmtpd", "smtpd"), "-d", "-f", config]
    unpacked.start(processes, "opensmtpd", command, USERS, EMPTY, INSIDE)
