"""An authority that issues certificates, as an operator's does: to servers by host name, to clients by user name."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_VALID = timedelta(hours=1)


class Issued(NamedTuple):
    """A certificate and its private key, both as PEM files."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority whose files are in `folder`, which is made."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._certificate = self._sign("an authority", self._key.public_key(), (), ca=True)
        self.file = folder / "ca.crt"
        """Its own certificate, which clients and servers trust."""
        self.file.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, *hosts: str) -> Issued:
        """A new certificate for `name`, a user's or a server's; a server answers at `hosts` (names or addresses)."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(name, key.public_key(), hosts, ca=False)
        issued = Issued(self._folder / f"{name}.crt", self._folder / f"{name}.key")
        issued.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        kind, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        issued.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, kind, none))
        issued.key.chmod(0o600)
        return issued

    def _sign(self, name: str, key: ec.EllipticCurvePublicKey, hosts: Sequence[str], *, ca: bool) -> x509.Certificate:
        now = datetime.now(UTC)
        issuer = _named("an authority")
        builder = (
            x509.CertificateBuilder(issuer, _named(name), key, x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + _VALID)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if hosts:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_host(each) for each in hosts]), critical=False
            )
        return builder.sign(self._key, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
