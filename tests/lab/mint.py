"""Certificates for thousands of mail servers, in one file for the farm.

The file has for each certificate the line "certificate NAME", then the key, the
leaf and what the server sends after it, in PEM. RSA keys come from a small
pool: to make one takes longer than all the rest.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization

import certs
from certs import AUTHORITIES, INTERMEDIATE, PEM, ROOT, CertSpec

RSA_KEYS = 4


class Mint:
    """Makes each certificate when it is first asked for."""

    def __init__(self) -> None:
        self.specs: dict[str, dict[str, Any]] = {}  # as World.keys
        self.today = certs.monday()
        self.rsa = [certs.make_key(CertSpec(key="rsa")) for _ in range(RSA_KEYS)]
        self.known: dict[str, tuple[Any, list[x509.Certificate]]] = {}
        for name, issuer in zip(AUTHORITIES, ("self", ROOT)):
            spec = CertSpec(cn=name, issuer=issuer, is_ca=True, chain=[])
            self.known[name] = self._make(name, spec)

    def get(self, name: str) -> tuple[Any, list[x509.Certificate]]:
        """Key and certificates, the leaf first, then all issuers."""
        if name not in self.known:
            self.known[name] = self._make(name, CertSpec(**self.specs[name]))
        return self.known[name]

    def tlsa(self, selector: int, mtype: int, reference: str) -> str:
        """TLSA data of "NAME" or "NAME:issuer"."""
        name, _, which = reference.partition(":")
        chain = self.get(name)[1]
        depth = {"": 0, "issuer": 1, "root": 2}[which]
        return certs.tlsa_data(chain[min(depth, len(chain) - 1)], selector, mtype)

    def write(self, path: Path, names: list[str]) -> None:
        with path.open("wb") as file:
            for name in names:
                key, chain = self.get(name)
                sent = [self.get(above)[1][0] for above in self._sent(name)]
                file.write(f"certificate {name}\n".encode())
                file.write(
                    key.private_bytes(
                        PEM,
                        serialization.PrivateFormat.PKCS8,
                        serialization.NoEncryption(),
                    )
                )
                for certificate in [chain[0], *sent]:
                    file.write(certificate.public_bytes(PEM))

    def _sent(self, name: str) -> list[str]:
        chain: list[str] = self.specs[name].get("chain", [INTERMEDIATE])
        return chain

    def _make(self, name: str, spec: CertSpec) -> tuple[Any, list[x509.Certificate]]:
        if spec.key == "rsa":
            key = self.rsa[zlib.crc32(name.encode()) % RSA_KEYS]
        else:
            key = certs.make_key(spec)
        signer, above = key, []
        issuer = certs.common_name("self")
        if spec.issuer != "self":
            signer, above = self.get(spec.issuer)
            issuer = above[0].subject
        leaf = certs.make_certificate(spec, self.today, key, issuer, signer)
        return key, [leaf, *above]
