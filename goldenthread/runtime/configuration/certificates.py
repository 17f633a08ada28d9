"""Certificates in PEM files: what is wrong with them, in one sentence that names the file."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cryptography import x509

from goldenthread.runtime.configuration.small_files import UnreadableFile, read

SOON = timedelta(days=7)
"""A certificate that expires within this time is to be exchanged now."""
UNKNOWN_AUTHORITY = frozenset({18, 19, 20, 21})
"""OpenSSL's codes for a certificate whose authority is not known."""


class CertificateProblem(ssl.SSLError):
    """Why certificates cannot be used, in a sentence for whoever runs this."""

    def __str__(self) -> str:
        return str(self.args[-1]) if self.args else ""


class CertificateFiles(NamedTuple):
    """The files of a client or a server: the authorities that it trusts (those of the machine unless given), and its
    own certificate and key.
    """

    authorities: str | None = None
    certificate: str | None = None
    key: str | None = None


class CertificateContent(NamedTuple):
    """What was in them at one time, and until when its own certificate is valid."""

    authorities: bytes
    certificate: bytes
    key: bytes
    expires_at: datetime | None


def content_of(files: CertificateFiles) -> CertificateContent:
    """What is in the files now. Raises `CertificateProblem` for one that cannot be read, or holds no certificate."""
    authorities, certificate, key = (_read(path) for path in files)
    if files.authorities is not None:
        _certificates(files.authorities, authorities)
    own = _certificates(files.certificate, certificate)[0] if files.certificate is not None else None
    return CertificateContent(authorities, certificate, key, own.not_valid_after_utc if own is not None else None)


def client_context(files: CertificateFiles, content: CertificateContent, kind: type[ssl.SSLContext]) -> ssl.SSLContext:
    """A context of a client that checks who the server is. Raises `CertificateProblem` where files do not go together.

    The certificate is loaded from its files, so `content` has to be what they hold.
    """
    context = kind(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if files.authorities is not None:
        context.load_verify_locations(cadata=content.authorities.decode("ascii", "replace"))
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if files.certificate is not None:
        _load(context, files, content)
    return context


def server_context(files: CertificateFiles, content: CertificateContent) -> ssl.SSLContext:
    """A context of a server, which asks its clients for no certificate. Raises `CertificateProblem` where files do not
    go together. As in `client_context`, `content` has to be what they hold.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    _load(context, files, content)
    return context


def check_expiry(files: CertificateFiles, content: CertificateContent) -> None:
    """Raises `CertificateProblem` when the own certificate is not valid any more."""
    if content.expires_at is not None and content.expires_at <= datetime.now(UTC):
        raise CertificateProblem(
            f"the certificate in {files.certificate} expired at {content.expires_at:%Y-%m-%d %H:%M:%S} UTC;"
            " put one there that is valid, it is read again"
        )


def _load(context: ssl.SSLContext, files: CertificateFiles, content: CertificateContent) -> None:
    if b"ENCRYPTED" in content.key:
        raise CertificateProblem(
            f"the key in {files.key} is encrypted; give one that is not, in a file only we can read"
        )
    assert files.certificate is not None
    try:
        # Without a password OpenSSL would ask for one at the terminal.
        context.load_cert_chain(files.certificate, files.key, password=lambda: b"")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            said = f"the key in {files.key} is not the one of the certificate in {files.certificate}"
        else:
            said = f"{files.key} holds no key in PEM for the certificate in {files.certificate} ({error.reason})"
        raise CertificateProblem(said) from error
    except OSError as error:
        raise CertificateProblem(f"{files.certificate} or {files.key} cannot be read: {error.strerror}") from error


def _read(path: str | None) -> bytes:
    if path is None:
        return b""
    try:
        return read(path)
    except UnreadableFile as error:
        raise CertificateProblem(str(error)) from error


def _certificates(path: str, content: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(content)
    except ValueError as error:
        raise CertificateProblem(f"{path} holds no certificate in PEM, or a damaged one") from error
