"""The laboratory's certificates: one private PKI, cached on disk by content.

A root signs an intermediate, the intermediate signs the leaves. EC keys are
derived from the certificate's name, so that a TLSA record of a key stays the
same from run to run; dates are counted from the Monday of the current week, or
of that of the day in $LAB_DATE.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ROOT = "lab-root"
INTERMEDIATE = "lab-intermediate"
AUTHORITIES = (ROOT, INTERMEDIATE)
PADDING = x509.ObjectIdentifier("2.999.1")  # of examples
KEEP_SECONDS = 60 * 86400

PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER


@dataclass
class CertSpec:
    """What a certificate shall be. `label` tells keys of equal specs apart:
    another label is another key."""

    names: list[str] = field(default_factory=list)  # DNS names of the SAN
    cn: str | None = None  # default: the first name
    key: str = "ec"  # "ec" (P-256) | "rsa" (2048) | "rsa512"
    issuer: str = INTERMEDIATE  # an authority, or "self"
    not_before_days: int = -30
    not_after_days: int = 335
    # What the server sends after the leaf.
    chain: list[str] = field(default_factory=lambda: [INTERMEDIATE])
    is_ca: bool = False
    client_only: bool = False  # extended key usage: clientAuth alone
    label: str = ""
    seed: str = ""  # certificates of equal seeds have the same (EC) key
    path_length: int | None = None  # of an issuer
    permitted: list[str] = field(default_factory=list)  # name constraints
    padding: int = 0  # octets of an extension that nobody knows

    def digest(self, today: datetime.date) -> str:
        text = json.dumps([asdict(self), str(today)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass
class Certificate:
    """A certificate with its key, and the chain that goes with it."""

    pem: Path  # private key, leaf, chain: in this order
    certificates: list[x509.Certificate]  # leaf first, then all issuers

    def at(self, which: str) -> x509.Certificate:
        depth = {"leaf": 0, "issuer": 1, "root": 2}[which]
        return self.certificates[min(depth, len(self.certificates) - 1)]


def today() -> datetime.date:
    day = os.environ.get("LAB_DATE")
    if day:
        return datetime.date.fromisoformat(day)
    return datetime.datetime.now(datetime.timezone.utc).date()


def keep_date() -> None:
    """Laboratories from here on are of one week, whatever the clock says by then."""
    os.environ["LAB_DATE"] = str(today())


def monday() -> datetime.date:
    day = today()
    return day - datetime.timedelta(days=day.weekday())


def tlsa_data(certificate: x509.Certificate, selector: int, mtype: int) -> str:
    """The certificate association data (RFC 6698 section 2.1), in hex."""
    if selector == 0:
        raw = certificate.public_bytes(DER)
    else:
        raw = certificate.public_key().public_bytes(
            DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    if mtype == 0:
        return raw.hex()
    return (hashlib.sha256 if mtype == 1 else hashlib.sha512)(raw).hexdigest()


def make_key(spec: CertSpec) -> Any:
    if spec.key.startswith("rsa"):
        return rsa.generate_private_key(65537, int(spec.key[3:] or 2048))
    seed = spec.seed or json.dumps([spec.names, spec.cn, spec.label, spec.issuer])
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big")
    return ec.derive_private_key(number % (P256_ORDER - 1) + 1, ec.SECP256R1())


def extensions(
    builder: x509.CertificateBuilder, spec: CertSpec
) -> x509.CertificateBuilder:
    builder = builder.add_extension(
        x509.BasicConstraints(ca=spec.is_ca, path_length=spec.path_length),
        critical=True,
    )
    if spec.permitted:
        trees = [x509.DNSName(name) for name in spec.permitted]
        constraints = x509.NameConstraints(trees, None)
        builder = builder.add_extension(constraints, critical=True)
    if spec.names and not spec.is_ca:
        names = x509.SubjectAlternativeName([x509.DNSName(n) for n in spec.names])
        builder = builder.add_extension(names, critical=False)
    if spec.client_only:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = builder.add_extension(usage, critical=False)
    if spec.padding:
        nothing = x509.UnrecognizedExtension(PADDING, bytes(spec.padding))
        builder = builder.add_extension(nothing, critical=False)
    return builder


def common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def make_certificate(
    spec: CertSpec, today: datetime.date, key: Any, issuer: x509.Name, signer: Any
) -> x509.Certificate:
    midnight = datetime.datetime.combine(today, datetime.time())
    subject = common_name(spec.cn or (spec.names or ["nameless"])[0])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if spec.issuer == "self" else issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(midnight + datetime.timedelta(days=spec.not_before_days))
        .not_valid_after(midnight + datetime.timedelta(days=spec.not_after_days))
    )
    return extensions(builder, spec).sign(signer, hashes.SHA256())


def write_pem(path: Path, key: Any, certificates: list[x509.Certificate]) -> None:
    """Two laboratories may write the same file at once: the first one wins."""
    text = key.private_bytes(
        PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for certificate in certificates:
        text += certificate.public_bytes(PEM)
    with tempfile.NamedTemporaryFile(prefix="new-", dir=path.parent) as file:
        file.write(text)
        file.flush()
        os.chmod(file.name, 0o644)
        with contextlib.suppress(FileExistsError):
            os.link(file.name, path)


class CertStore:
    """Makes certificates where the folder has none."""

    def __init__(self, folder: Path, specs: dict[str, dict[str, Any]]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.today = monday()
        self.specs = {name: CertSpec(**spec) for name, spec in specs.items()}
        self.specs[ROOT] = CertSpec(
            cn="Laboratory root", issuer="self", is_ca=True, chain=[]
        )
        self.specs[INTERMEDIATE] = CertSpec(
            cn="Laboratory intermediate", issuer=ROOT, is_ca=True, chain=[]
        )
        self.known: dict[str, Certificate] = {}

    def get(self, name: str) -> Certificate:
        if name not in self.known:
            self.known[name] = self._load(name, self.specs[name])
        return self.known[name]

    def tlsa(self, selector: int, mtype: int, reference: str) -> str:
        """TLSA data of "NAME", "NAME:issuer" or "NAME:root"."""
        name, _, which = reference.partition(":")
        return tlsa_data(self.get(name).at(which or "leaf"), selector, mtype)

    def prune(self) -> None:
        """Another laboratory may do the same at the same time."""
        limit = time.time() - KEEP_SECONDS
        for path in self.folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < limit:
                    path.unlink()

    def _issuers(self, spec: CertSpec) -> list[x509.Certificate]:
        if spec.issuer == "self":
            return []
        return self.get(spec.issuer).certificates

    def _load(self, name: str, spec: CertSpec) -> Certificate:
        issuers = self._issuers(spec)
        sent = [self.get(name).at("leaf") for name in spec.chain]
        prints = [c.fingerprint(hashes.SHA256()) for c in [*issuers[:1], *sent]]
        above = hashlib.sha256(b"".join(prints)).hexdigest()[:8]
        pem = self.folder / f"{spec.digest(self.today)}-{above}.pem"
        if not pem.exists():
            self._create(spec, pem)
        leaf = x509.load_pem_x509_certificate(pem.read_bytes())
        return Certificate(pem=pem, certificates=[leaf, *issuers])

    def _create(self, spec: CertSpec, pem: Path) -> None:
        key = make_key(spec)
        signer, issuer = key, common_name("self")
        if spec.issuer != "self":
            above = self.get(spec.issuer)
            issuer = above.at("leaf").subject
            signer = serialization.load_pem_private_key(above.pem.read_bytes(), None)
        leaf = make_certificate(spec, self.today, key, issuer, signer)
        chain = [self.get(name).at("leaf") for name in spec.chain]
        write_pem(pem, key, [leaf, *chain])
