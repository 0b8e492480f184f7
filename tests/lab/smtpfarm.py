#!/usr/bin/python3
"""Scripted mail servers: one process speaks SMTP on many addresses.

    smtpfarm.py CONFIG LOG

CONFIG is a JSON list of {"address", "pem": [files], "default": [files],
"behaviour"}, default what clients see who give no server name, if not the same;
one line "ready" on standard output tells that all addresses listen. Each connection
becomes one line of JSON in LOG when it ends. A stage is one of connect,
banner, ehlo, starttls, handshake (the client has begun it), ehlo-tls. Keys of
a behaviour:

  never, close, reset  the stage at which nothing more comes, the connection
                       is closed, or reset, in place of the answer
  banner, ehlo         text of the reply, lines divided by "\\n"
  banner_delay         seconds before the banner
  tarpit               seconds between two octets of each reply
  starttls             "yes", "no" (not offered), or the reply: one that refuses
                       it, or another 2xx (a mere code gets a text)
  flood                "banner" or "ehlo": a reply of 1,100 lines
  raw                  octets, in hexadecimal, sent before the handshake
  inject               plain text sent together with the 220 to STARTTLS
  plaintext            true: text in place of a handshake after the 220
  tls_min, tls_max     "1.0" to "1.3"
  ciphers              OpenSSL's list for TLS up to 1.2
  cert                 no certificate where null: every handshake fails
  client_cert          true: a client certificate is required
  sni                  names that are served; others get alert 112
  gnutls               TLS by that library, with this priority string
  ehlo_tls             the EHLO reply inside TLS
  times                so many connections follow the script; later ones find
                       a server without fault
  blackhole            true: the address does not answer at all
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import math
import resource
import socket
import ssl
import struct
import sys
import time
import warnings
from dataclasses import dataclass, field
from typing import Any, TextIO

import gnutls

SMTP_PORT = 25
BACKLOG = 512
LIMIT_SECONDS = 600
DRAIN_SECONDS = 60
RECEIVE = 16384
FLOOD_LINES = 1100
SO_ATTACH_FILTER = 26
IPV6_FREEBIND = 78
DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)  # BPF: return 0 octets
VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


class Finished(Exception):
    """The script ends the conversation here."""


@dataclass
class Server:
    """One address and what it does."""

    address: str
    pem: list[str]
    behaviour: dict[str, Any]
    default: list[str] = field(default_factory=list)
    context: ssl.SSLContext | None = None
    default_context: ssl.SSLContext | None = None
    connections: int = 0

    def next_behaviour(self) -> dict[str, Any]:
        """What the next connection finds."""
        self.connections += 1
        recovered = self.connections > self.behaviour.get("times", math.inf)
        return {} if recovered else self.behaviour


@dataclass
class Trace:
    """What one client did, for the log."""

    address: str
    peer: str
    time: float = field(default_factory=time.time)
    phase: str = "connect"
    sni: str | None = None
    ehlo: str | None = None
    ehlo_tls: str | None = None
    tls: str | None = None
    error: str | None = None


def tls_context(server: Server, files: list[str]) -> ssl.SSLContext:
    behaviour = server.behaviour
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(behaviour.get("ciphers", "DEFAULT") + ":@SECLEVEL=0")
    context.minimum_version = VERSIONS[behaviour.get("tls_min", "1.0")]
    context.maximum_version = VERSIONS[behaviour.get("tls_max", "1.3")]
    for pem in files:
        context.load_cert_chain(pem)
    if behaviour.get("client_cert"):
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class Channel:
    """Octets to and from the client, plain at first, inside TLS later."""

    def __init__(self, sock: socket.socket, server: Server) -> None:
        self.loop = asyncio.get_running_loop()
        self.sock = sock
        self.server = server
        self.input = b""
        self.tls: ssl.SSLObject | None = None
        self.incoming = ssl.MemoryBIO()
        self.outgoing = ssl.MemoryBIO()

    async def line(self) -> str:
        while b"\n" not in self.input:
            self.input += await self._read()
        line, _, self.input = self.input.partition(b"\n")
        return line.decode("latin-1").rstrip("\r")

    async def write(self, text: str) -> None:
        data = text.encode("latin-1")
        pause = self.server.behaviour.get("tarpit")
        if not pause:
            await self._send(data)
            return
        for octet in data:
            await self._send(bytes([octet]))
            await asyncio.sleep(pause)

    async def write_raw(self, data: bytes) -> None:
        await self.loop.sock_sendall(self.sock, data)

    async def client_hello(self) -> None:
        """Wait for the start of the handshake. What came in plain text after
        STARTTLS is not carried over (RFC 3207 section 4.2)."""
        self.input = b""
        await self._pump()

    async def handshake(self) -> None:
        context = self.server.context
        assert context is not None
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                await self._flush()
                await self._pump()
            except ssl.SSLError:
                await self._flush()
                raise
        await self._flush()

    async def _read(self) -> bytes:
        if self.tls is None:
            data = await self.loop.sock_recv(self.sock, RECEIVE)
            if not data:
                raise Finished
            return data
        while True:
            try:
                data = self.tls.read(RECEIVE)
                if not data:
                    raise Finished
                return data
            except ssl.SSLWantReadError:
                await self._flush()
                await self._pump()
            except ssl.SSLError:
                await self._flush()
                raise

    async def _send(self, data: bytes) -> None:
        if self.tls is None:
            await self.loop.sock_sendall(self.sock, data)
        else:
            self.tls.write(data)
            await self._flush()

    async def _pump(self) -> None:
        data = await self.loop.sock_recv(self.sock, RECEIVE)
        if not data:
            raise Finished
        self.incoming.write(data)

    async def _flush(self) -> None:
        if self.outgoing.pending:
            await self.loop.sock_sendall(self.sock, self.outgoing.read())


class Conversation:
    """One connection played by the server's script."""

    def __init__(self, sock: socket.socket, server: Server, trace: Trace) -> None:
        self.sock = sock
        self.behaviour = server.next_behaviour()
        self.trace = trace
        self.channel = Channel(sock, server)

    async def run(self) -> None:
        await self._stage("connect")
        await asyncio.sleep(float(self.behaviour.get("banner_delay", 0)))
        await self._stage("banner")
        greeting = self.behaviour.get("banner", "220 mx.lab ESMTP")
        await self._reply(self._flood("banner", greeting))
        while await self._command(await self.channel.line()):
            pass

    async def _command(self, line: str) -> bool:
        verb, _, argument = line.partition(" ")
        verb = verb.upper()
        if verb in ("EHLO", "HELO"):
            await self._ehlo(argument)
        elif verb == "STARTTLS":
            await self._starttls()
        elif verb == "QUIT":
            await self._reply("221 2.0.0 Bye")
            return False
        else:
            await self._reply("502 5.5.1 Command not implemented")
        return True

    async def _ehlo(self, name: str) -> None:
        if self.channel.tls is not None:
            await self._stage("ehlo-tls")
            self.trace.ehlo_tls = name
            reply = "250-mx.lab\n250 8BITMIME"
            await self._reply(self.behaviour.get("ehlo_tls", reply))
            return
        await self._stage("ehlo")
        self.trace.ehlo = name
        offered = self.behaviour.get("starttls", "yes") != "no"
        reply = "250-mx.lab\n250-STARTTLS\n250 8BITMIME" if offered else "250 mx.lab"
        await self._reply(self._flood("ehlo", self.behaviour.get("ehlo", reply)))

    async def _starttls(self) -> None:
        await self._stage("starttls")
        answer = str(self.behaviour.get("starttls", "yes"))
        if answer != "yes" and not answer.startswith("2"):
            refusal = "502 5.5.1 Command not implemented"
            refusal = refusal if answer == "no" else answer
            await self._reply(refusal + (" No TLS" if refusal.isdigit() else ""))
            return
        extra = self.behaviour.get("inject")
        lines = "220 2.0.0 Ready" if answer == "yes" else answer
        lines += f"\n{extra}" if extra else ""
        await self._reply(lines)
        if "gnutls" in self.behaviour:
            await self._gnutls(self.behaviour["gnutls"])
            raise Finished
        await self.channel.client_hello()
        await self._stage("handshake")
        if self.behaviour.get("plaintext"):
            await self._reply("454 4.3.0 TLS is not available after all")
            raise Finished
        await self.channel.write_raw(bytes.fromhex(str(self.behaviour.get("raw", ""))))
        await self.channel.handshake()
        assert self.channel.tls is not None
        self.trace.tls = self.channel.tls.version()
        self.trace.sni = getattr(self.channel.tls, "lab_sni", None)

    async def _gnutls(self, priority: str) -> None:
        loop = asyncio.get_running_loop()
        pem = self.channel.server.pem[0]
        await loop.run_in_executor(None, gnutls.serve, self.sock, pem, priority)

    async def _reply(self, text: str) -> None:
        await self.channel.write(text.replace("\n", "\r\n") + "\r\n")

    def _flood(self, stage: str, text: str) -> str:
        if self.behaviour.get("flood") != stage:
            return text
        return f"{text[:3]}-more\n" * FLOOD_LINES + text

    async def _stage(self, stage: str) -> None:
        self.trace.phase = stage
        if self.behaviour.get("never") == stage:
            await self._until_gone()
        if self.behaviour.get("reset") == stage:
            linger = struct.pack("ii", 1, 0)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.sock.close()
            raise Finished
        if self.behaviour.get("close") == stage:
            raise Finished

    async def _until_gone(self) -> None:
        loop = asyncio.get_running_loop()
        while await loop.sock_recv(self.sock, RECEIVE):
            pass
        raise Finished


class Farm:
    """All servers of the process."""

    def __init__(self, servers: list[Server], log: TextIO) -> None:
        self.servers = servers
        self.log = log
        self.tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        for server in self.servers:
            self._listen(server)
        print("ready", flush=True)
        await asyncio.Event().wait()

    def _listen(self, server: Server) -> None:
        ipv6 = ":" in server.address
        sock = socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if ipv6:
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
        sock.setblocking(False)
        if server.behaviour.get("blackhole"):
            ignore_everything(sock)
        sock.bind((server.address, SMTP_PORT))
        sock.listen(BACKLOG)
        asyncio.get_running_loop().add_reader(sock, self._accept, sock, server)

    def _accept(self, listener: socket.socket, server: Server) -> None:
        try:
            sock, peer = listener.accept()
        except OSError:
            return
        sock.setblocking(False)
        task = asyncio.ensure_future(self._serve(sock, server, str(peer[0])))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _serve(self, sock: socket.socket, server: Server, peer: str) -> None:
        trace = Trace(address=server.address, peer=peer)
        try:
            if server.context is None:
                server.context = tls_context(server, server.pem)
                if server.default:
                    server.default_context = tls_context(server, server.default)
                server.context.sni_callback = sni_callback(server)
            conversation = Conversation(sock, server, trace)
            await asyncio.wait_for(conversation.run(), LIMIT_SECONDS)
        except (Finished, asyncio.TimeoutError):
            pass
        except (OSError, ssl.SSLError) as error:
            trace.error = str(error)
        finally:
            await close_gently(sock)
            self.log.write(json.dumps(vars(trace)) + "\n")
            self.log.flush()


async def close_gently(sock: socket.socket) -> None:
    """Closed with unread octets a socket sends a reset, which would take away
    what the client has not read yet."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError, asyncio.TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            sock.shutdown(socket.SHUT_WR)
            while await loop.sock_recv(sock, RECEIVE):
                pass
    sock.close()


def sni_callback(server: Server) -> Any:
    served = server.behaviour.get("sni")

    def choose(tls: ssl.SSLObject, name: str | None, _context: object) -> int | None:
        tls.lab_sni = name  # type: ignore[attr-defined]
        if served is not None and name not in served:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        if name is None and server.default_context is not None:
            tls.context = server.default_context
        return None

    return choose


def ignore_everything(sock: socket.socket) -> None:
    """A filter on the listening socket takes even the SYN."""
    program = ctypes.create_string_buffer(DROP_ALL)
    fprog = struct.pack("HxxxxxxP", 1, ctypes.addressof(program))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, fprog)


def main() -> None:
    # Old versions of TLS are deprecated, and what some servers still speak.
    warnings.simplefilter("ignore", DeprecationWarning)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with open(sys.argv[1], encoding="utf-8") as file:
        servers = [Server(**raw) for raw in json.load(file)]
    with open(sys.argv[2], "a", encoding="utf-8") as log:
        asyncio.run(Farm(servers, log).run())


if __name__ == "__main__":
    main()
