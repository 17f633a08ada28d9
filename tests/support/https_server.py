"""A certificate for servers of tests, and clients that trust its authority."""

from __future__ import annotations

import ssl
from pathlib import Path

from goldenthread.runtime.configuration.certificates import CertificateFiles
from goldenthread.runtime.web.server_certificate import ServerCertificate
from tests.support.certificate_authority import CertificateAuthority


class HttpsFiles:
    """The files of a server's certificate, signed by an authority of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.authority = CertificateAuthority("HTTPS of tests")
        self.certificate, self.key, self.authorities = (folder / name for name in ("tls.crt", "tls.key", "ca.crt"))
        self.authorities.write_bytes(self.authority.pem)
        self.renew()

    def renew(self, seconds: float = 3_600, host: str = "127.0.0.1") -> int:
        """Another certificate, with its key, from now on; its serial number."""
        pair = self.authority.issue("server", seconds, host)
        pair.write(self.certificate, self.key)
        return pair.serial

    @property
    def files(self) -> CertificateFiles:
        return CertificateFiles(certificate=str(self.certificate), key=str(self.key))

    def served(self) -> ServerCertificate:
        return ServerCertificate(self.files)

    def trusting(self) -> ssl.SSLContext:
        """A client that trusts the authority."""
        return ssl.create_default_context(cadata=self.authority.pem.decode())
