#!/usr/bin/python3
"""Web servers for the policies of MTA-STS, one for each address of CONFIG.

    policyfarm.py CONFIG

CONFIG is a JSON list of {"address", "pem": [file], "behaviour"}; one line
"ready" on standard output tells that all addresses listen. Keys of a
behaviour:

  body      text of the policy
  status    of the answer, 200
  location  where a redirect leads to
  path      where the policy is; default: where RFC 8461 section 3.3 has it
"""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import sys
import threading
from typing import Any

HTTPS_PORT = 443
POLICY_PATH = "/.well-known/mta-sts.txt"
LIMIT_SECONDS = 120


class Handler(http.server.BaseHTTPRequestHandler):
    timeout = LIMIT_SECONDS
    server: Server

    def do_GET(self) -> None:
        behaviour = self.server.behaviour
        found = self.path == behaviour.get("path", POLICY_PATH)
        body = behaviour.get("body", "").encode() if found else b""
        self.send_response(behaviour.get("status", 200) if found else 404)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        if "location" in behaviour:
            self.send_header("Location", behaviour["location"])
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    """One address. The handshake is the thread's that serves the client."""

    def __init__(self, address: str, pem: list[str], behaviour: dict[str, Any]) -> None:
        self.behaviour = behaviour
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, HTTPS_PORT), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        for path in pem:
            context.load_cert_chain(path)
        self.socket = context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not like the certificate."""


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        servers = [Server(**raw) for raw in json.load(file)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
