"""The server's side of TLS by GnuTLS, for what OpenSSL does not do: to leave out
secure renegotiation (RFC 5746). Speaks SMTP inside TLS to the end."""

from __future__ import annotations

import ctypes
import functools
import socket
import struct

LIBRARY = "libgnutls.so.30"
SERVER = 1  # GNUTLS_SERVER
CERTIFICATE = 1  # GNUTLS_CRD_CERTIFICATE
PEM = 1  # GNUTLS_X509_FMT_PEM
LIMIT_SECONDS = 120
RECEIVE = 4096
REPLIES = {"EHLO": "250 mx.lab", "QUIT": "221 2.0.0 Bye"}


@functools.cache
def library() -> ctypes.CDLL:
    found = ctypes.CDLL(LIBRARY)
    found.gnutls_record_recv.restype = ctypes.c_ssize_t
    found.gnutls_record_send.restype = ctypes.c_ssize_t
    return found


def check(code: int) -> None:
    if code < 0:
        raise OSError(f"GnuTLS: error {code}")


def answer(session: ctypes.c_void_p) -> None:
    """Commands come one at a time: each is one record."""
    buffer = ctypes.create_string_buffer(RECEIVE)
    while (length := library().gnutls_record_recv(session, buffer, RECEIVE)) > 0:
        verb = buffer.raw[:length].decode("latin-1").strip().partition(" ")[0]
        reply = REPLIES.get(verb.upper(), "502 5.5.1 Command not implemented")
        data = f"{reply}\r\n".encode()
        check(library().gnutls_record_send(session, data, len(data)))
        if verb.upper() == "QUIT":
            return


def serve(sock: socket.socket, pem: str, priority: str) -> None:
    """Blocks until the client is gone; `priority`: GnuTLS's priority string."""
    gnutls = library()
    credentials, session = ctypes.c_void_p(), ctypes.c_void_p()
    sock.setblocking(True)
    limit = struct.pack("ll", LIMIT_SECONDS, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    check(gnutls.gnutls_certificate_allocate_credentials(ctypes.byref(credentials)))
    try:
        file = pem.encode()
        check(
            gnutls.gnutls_certificate_set_x509_key_file(credentials, file, file, PEM)
        )
        check(gnutls.gnutls_init(ctypes.byref(session), SERVER))
        check(gnutls.gnutls_priority_set_direct(session, priority.encode(), None))
        check(gnutls.gnutls_credentials_set(session, CERTIFICATE, credentials))
        gnutls.gnutls_transport_set_int2(session, sock.fileno(), sock.fileno())
        check(gnutls.gnutls_handshake(session))
        answer(session)
    finally:
        if session:
            gnutls.gnutls_deinit(session)
        gnutls.gnutls_certificate_free_credentials(credentials)
        sock.setblocking(False)
