"""The oracles: programs of others that judge a mail server by its TLSA records.

Each takes an endpoint and says whether a DANE sender would deliver; None where
it can give no opinion. A certificate that matches does not help where the
server then ends the session with an alert.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

from endpoints import Endpoint
from resolver import ADDRESS, UNBOUND, secure_tlsa

POSTTLS_FINGER = Path("/usr/sbin/posttls-finger")
OPENSSL = Path("/usr/bin/openssl")
LDNS_DANE = Path("/usr/bin/ldns-dane")
PROGRAMS = (POSTTLS_FINGER, OPENSSL, LDNS_DANE, UNBOUND)
EHLO = "scanner.example"
ANSWER_SECONDS = 4
LIMIT_SECONDS = 6
# Which address posttls-finger takes is chance.
ATTEMPTS = 12
# A sender may have stricter ideas of keys and protocols than DANE has: these
# are not asked for here.
LENIENT = """-min_protocol TLSv1 -legacy_server_connect
 -cipher ALL:!aNULL:!eNULL:@SECLEVEL=0""".split()
CONNECTED = re.compile(r"Connected to \S+\[(\S+)\]:25")


def output(command: list[str], text: str = "", **environment: str) -> str:
    """What a program says, on both channels, until it ends or is ended."""
    try:
        done = subprocess.run(
            command,
            input=text.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(os.environ) | environment,
            timeout=LIMIT_SECONDS,
        )
    except subprocess.TimeoutExpired as late:
        return (late.stdout or b"").decode(errors="replace")
    return done.stdout.decode(errors="replace")


def is_user(name: str) -> bool:
    """Not all there are can be, where the machine lends no subordinate ids."""
    try:
        subprocess.run(["true"], user=name, group=name, check=True)
    except (OSError, ValueError, LookupError, subprocess.SubprocessError):
        return False
    return True


class PosttlsFinger:
    """Postfix's own client. It looks up MX, addresses and TLSA by itself."""

    name = "posttls-finger"

    def __init__(self, folder: Path) -> None:
        self.config = folder / "posttls-finger"
        self.config.mkdir()
        main = f"compatibility_level = 3.6\nmyhostname = {EHLO}\n"
        (self.config / "main.cf").write_text(main)

    @staticmethod
    def works() -> bool:
        return is_user("postfix")

    def judge(self, end: Endpoint) -> bool | None:
        # Only for a domain with one MX host is it sure which one is taken; a
        # host by its name has no next-hop domain as a reference identifier.
        target = end.domain if end.only_host else f"[{end.host}]"
        for _ in range(ATTEMPTS):
            # What comes before the first address, then addresses with their text.
            first, *pieces = CONNECTED.split(self._run(target, end.is_ipv6))
            talks = dict(zip(pieces[::2], pieces[1::2]))
            if end.address in talks:
                # Its word for DANE that began with an insecure MX.
                word = "Trusted" if "MX RRset insecure" in first else "Verified"
                text = talks[end.address]
                return f" {word} TLS connection" in text and "SSL alert" not in text
        return None

    def _run(self, target: str, ipv6: bool) -> str:
        family = "ipv6" if ipv6 else "ipv4"
        command = f"{POSTTLS_FINGER} -l dane -p >=TLSv1 -t {ANSWER_SECONDS}"
        command += f" -T {ANSWER_SECONDS} -o inet_protocols={family}"
        return output([*command.split(), target], MAIL_CONFIG=str(self.config))


class OpensslClient:
    """openssl s_client. It is told the records and one name to look for, so it
    is asked once for each name that will do."""

    name = "s_client"

    def judge(self, end: Endpoint) -> bool | None:
        records = secure_tlsa(end.base)
        if not records:
            return None
        return any(self._passes(end, name, records) for name in end.names)

    def _passes(self, end: Endpoint, name: str, records: list[str]) -> bool:
        # What it calls the TLSA domain is the one name that it looks for; with
        # DANE-EE none is (RFC 7672 section 3.2.1).
        options = [*LENIENT, "-dane_tlsa_domain", name, "-dane_ee_no_namechecks"]
        for record in records:
            options += ["-dane_tlsa_rrdata", record]
        text = converse(end, options)
        verified = "Verification: OK" in text and "\nDANE TLSA " in text
        return verified and "SSL alert" not in text


class LdnsDane:
    """ldns-dane. It looks up the TLSA records by itself and is given the chain
    that the server sends, because it does not speak SMTP."""

    name = "ldns-dane"

    def judge(self, end: Endpoint) -> bool | None:
        text = converse(end, [*LENIENT, "-showcerts"])
        if "BEGIN CERTIFICATE" not in text or "SSL alert" in text:
            return None
        # RFC 7672 section 3.2.1: with DANE-EE no names are looked at.
        records = secure_tlsa(end.base)
        names = [] if any(r.startswith("2") for r in records) else ["-n"]
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as chain:
            chain.write(text)
            chain.flush()
            command = [str(LDNS_DANE), "-r", ADDRESS, "-c", chain.name, *names]
            said = output([*command, "verify", end.base, "25"])
        return " dane-validated successfully" in said


def converse(end: Endpoint, options: list[str]) -> str:
    """A session by openssl s_client, to the end."""
    command = [str(OPENSSL), "s_client", "-starttls", "smtp", "-name", EHLO]
    # RFC 7672 section 8.1: the server name is the TLSA base domain.
    command += ["-connect", end.socket, "-servername", end.base, "-ign_eof"]
    text = output([*command, *options], f"EHLO {EHLO}\r\nQUIT\r\n")
    # It goes on where STARTTLS is not offered, as no sender would.
    return "" if "Didn't find STARTTLS" in text else text
