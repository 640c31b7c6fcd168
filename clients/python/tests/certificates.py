"""Certificates of an authority that lives as long as the tests run."""

from __future__ import annotations

import atexit
import datetime
import functools
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Pem:
    """PEM contents; `folder` has the authority's as authority.pem."""

    authority: bytes
    server: bytes
    server_key: bytes
    caller: bytes
    caller_key: bytes
    folder: Path


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    pem: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem


def _signed(
    name: str, issuer: str, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey, *, ca: bool
) -> bytes:
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    pem: bytes = made.public_bytes(serialization.Encoding.PEM)
    return pem


@functools.cache
def shared() -> Pem:
    """Returns the certificates of this run."""
    authority, server, caller = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    folder = Path(tempfile.mkdtemp(prefix="enrich-certificates-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    top = _signed("authority", "authority", authority, authority, ca=True)
    (folder / "authority.pem").write_bytes(top)
    return Pem(
        authority=top,
        server=_signed("localhost", "authority", server, authority, ca=False),
        server_key=_key_pem(server),
        caller=_signed("caller", "authority", caller, authority, ca=False),
        caller_key=_key_pem(caller),
        folder=folder,
    )
