"""TLS to Kafka, with certificates that are exchanged while a process runs.

Every connection that begins uses what the files hold at that moment; connections that there are go on. As long as what
they hold cannot be used (the key follows the certificate a moment later) what they held before is used.
"""

from __future__ import annotations

import logging
import ssl
from time import monotonic
from typing import Any

from goldenthread.runtime.configuration.certificates import (
    UNKNOWN_AUTHORITY,
    CertificateContent,
    CertificateFiles,
    CertificateProblem,
    check_expiry,
    client_context,
    content_of,
)
from goldenthread.runtime.configuration.variables import variable

log = logging.getLogger(__name__)

_SAY_EVERY = 60.0
"""Seconds in which one problem is logged once, however many connections meet it."""
_ANOTHER_HOST = {62, 64}


class ReloadingContext(ssl.SSLContext):
    """A client's context for aiokafka and FastStream alike, whose files are read again for each connection.

    Raises `CertificateProblem` when it is made of files that cannot be used, and where a connection begins.
    """

    def __new__(cls, files: CertificateFiles) -> ReloadingContext:  # noqa: ARG004
        """As `ssl` makes a context."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, files: CertificateFiles) -> None:
        self.problem: str | None = None
        """What the last connection that failed met."""
        self._files = files
        self._content: CertificateContent | None = None
        self._current: ssl.SSLContext | None = None
        self._said: dict[str, float] = {}
        self._read()
        assert self._content is not None
        check_expiry(files, self._content)

    def wrap_bio(self, *arguments: Any, **options: Any) -> ssl.SSLObject:
        """A new connection, with the certificates as they are now."""
        try:
            self._read()
        except CertificateProblem as error:  # they are being exchanged, perhaps
            self.failed(f"{error}; the certificates before are used")
        try:
            assert self._content is not None
            assert self._current is not None
            check_expiry(self._files, self._content)
        except CertificateProblem as error:
            self.failed(str(error))
            raise
        return self._current.wrap_bio(*arguments, **options)

    def failed(self, problem: str) -> None:
        """Keep a problem, and log it."""
        self.problem = problem
        now = monotonic()
        if now - self._said.get(problem, float("-inf")) >= _SAY_EVERY:
            self._said = {said: at for said, at in self._said.items() if now - at < _SAY_EVERY} | {problem: now}
            log.warning("TLS to Kafka: %s", problem)

    def explained(self, error: ssl.SSLError, host: str | None) -> CertificateProblem:
        """What went wrong between us and the broker, in a sentence."""
        if isinstance(error, ssl.SSLCertVerificationError):
            said = f"the certificate of the broker {host} is refused: {error.verify_message}"
            if error.verify_code in UNKNOWN_AUTHORITY:
                where = self._files.authorities or "not set"
                said += f"; {variable('kafka_ca_file')} ({where}) is to hold the authority that signed it"
            elif error.verify_code in _ANOTHER_HOST:
                said += f"; {variable('kafka')} is to name brokers as their certificates do"
        elif "ALERT" not in (error.reason or ""):
            said = f"no TLS with the broker {host}: {error.reason or error}; see {variable('kafka_security_protocol')}"
        elif self._files.certificate is not None:
            said = f"the broker {host} refuses the certificate in {self._files.certificate}: {_words(error)}"
        else:
            said = (
                f"the broker {host} refuses a client without a certificate it knows: {_words(error)}; see"
                f" {variable('kafka_certificate_file')} and {variable('kafka_key_file')}"
            )
        self.failed(said)
        return CertificateProblem(said)

    def _read(self) -> None:
        content = content_of(self._files)
        if content == self._content:
            return
        context = client_context(self._files, content, _Inner)
        assert isinstance(context, _Inner)
        context.outer = self
        if self._content is not None:
            log.info("TLS to Kafka: certificates were exchanged; new connections use them")
        self._content, self._current = content, context


class _Connection(ssl.SSLObject):
    """A connection that says in a sentence why it failed."""

    def do_handshake(self) -> None:
        """As its base. Raises `CertificateProblem`."""
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            raise self._explained(error) from error

    def read(self, *arguments: Any) -> Any:
        """As its base: with TLS 1.3 a broker refuses a certificate when the client believes to be connected."""
        try:
            return super().read(*arguments)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, ssl.SSLZeroReturnError, ssl.SSLEOFError):
            raise
        except ssl.SSLError as error:
            raise self._explained(error) from error

    def _explained(self, error: ssl.SSLError) -> ssl.SSLError:
        context = self.context
        return context.outer.explained(error, self.server_hostname) if isinstance(context, _Inner) else error


class _Inner(ssl.SSLContext):
    """What one content of the files makes."""

    outer: ReloadingContext
    sslobject_class = _Connection


def _words(error: ssl.SSLError) -> str:
    """`SSLV3_ALERT_CERTIFICATE_EXPIRED` → `certificate expired`."""
    return (error.reason or "").partition("ALERT_")[2].replace("_", " ").lower()
