"""The certificate with which a process answers HTTPS, exchanged while the process runs."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

from goldenthread.runtime.configuration.certificates import (
    SOON,
    CertificateContent,
    CertificateFiles,
    CertificateProblem,
    content_of,
    server_context,
)

log = logging.getLogger(__name__)

_READ_EVERY = 1.0
"""Seconds in which the files are read once, however many connections begin."""
_SAY_EVERY = 3_600.0
"""Seconds in which one problem is logged once."""


class ServerCertificate:
    """A certificate and its key, read from their files for connections that begin; those that there are go on.

    While the files do not go together (the key follows the certificate a moment later), what they held before is used.
    A certificate that has expired is used and logged: clients refuse it, and the next one is read without a restart.

    Raises `CertificateProblem` when it is made of files that cannot be used.
    """

    def __init__(self, files: CertificateFiles, now: Callable[[], float] = monotonic) -> None:
        self._files, self._now = files, now
        self._content = content_of(files)
        self._context = server_context(files, self._content)
        self._read_at = now()
        self._said = ("", float("-inf"))
        self._look_at_expiry()

    def context(self) -> ssl.SSLContext:
        """The context of a connection that begins now."""
        now = self._now()
        if now - self._read_at >= _READ_EVERY:
            self._read_at = now
            self._read()
        return self._context

    def _read(self) -> None:
        try:
            content = content_of(self._files)
            if content != self._content:
                self._context, self._content = server_context(self._files, content), content
                log.info("HTTPS: the certificate was exchanged; new connections use it")
        except CertificateProblem as error:  # it is being exchanged, perhaps
            self._say(f"{error}; the certificate before is used")
            return
        self._look_at_expiry()

    def _look_at_expiry(self) -> None:
        if (said := expiry_problem(self._files, self._content)) is not None:
            self._say(said)

    def _say(self, problem: str) -> None:
        now = self._now()
        if problem != self._said[0] or now - self._said[1] >= _SAY_EVERY:
            self._said = problem, now
            log.warning("HTTPS: %s", problem)


def expiry_problem(files: CertificateFiles, content: CertificateContent) -> str | None:
    """What is to be said of a certificate that has expired, or does so soon."""
    at = content.expires_at
    if at is None or at - datetime.now(UTC) >= SOON:
        return None
    verb = "expired" if at <= datetime.now(UTC) else "expires"
    return f"the certificate in {files.certificate} {verb} at {at:%Y-%m-%d %H:%M:%S} UTC; put a new one there"
