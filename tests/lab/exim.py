"""A real Exim for the lab's addresses: STARTTLS and no delivery."""

from __future__ import annotations

import os

import unpacked
from processes import Processes

USER = "Debian-exim"

# Without an ACL no recipient is accepted.
CONFIG = """exim_path = {program}
primary_hostname = mx.lab
daemon_smtp_ports = 25
local_interfaces = <; {addresses}
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
pid_file_path = {folder}/exim.pid
never_users =
tls_advertise_hosts = *
tls_certificate = <; {folder}/$received_ip_address.pem
keep_environment = LD_LIBRARY_PATH
"""


def why_not() -> str | None:
    """The reason for which Exim cannot run here, or None."""
    return unpacked.why_not("exim", "exim4")


def start(processes: Processes, servers: dict[str, list[str]]) -> None:
    """Start one instance; `servers`: the certificate files by address."""
    folder = processes.folder / "exim"
    folder.mkdir(mode=0o755)
    os.chown(folder, unpacked.FIRST_ID, unpacked.FIRST_ID)
    unpacked.copy_certificates(folder, servers, unpacked.FIRST_ID, 0o400)
    config = folder / "exim.conf"
    program = unpacked.program("exim", "exim4")
    text = CONFIG.format(
        program=program, addresses=" ; ".join(servers), folder=folder
    )
    config.write_text(text)
    command = [program, "-C", config, "-bdf"]
    unpacked.start(processes, "exim", command, [USER])
