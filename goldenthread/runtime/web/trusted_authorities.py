"""Which authorities vouch for the other processes, where these answer HTTPS."""

from __future__ import annotations

import logging
import ssl
from time import monotonic
from typing import Any

from goldenthread.runtime.configuration.certificates import (
    CertificateContent,
    CertificateFiles,
    CertificateProblem,
    client_context,
    content_of,
)

log = logging.getLogger(__name__)

_READ_EVERY = 1.0
"""Seconds in which the file is read once, however many connections begin."""


class TrustedAuthorities(ssl.SSLContext):
    """A client's context that trusts the authorities in a file (those of the machine where none is given), as the file
    is when a connection begins: an authority that was taken out of it is trusted no more.

    A connection raises `CertificateProblem` when the file cannot be used and never could; else it uses what was there
    before.
    """

    def __new__(cls, file: str | None) -> TrustedAuthorities:  # noqa: ARG004
        """As `ssl` makes a context."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, file: str | None) -> None:
        self._files = CertificateFiles(file)
        self._content: CertificateContent | None = None
        self._current: ssl.SSLContext | None = None
        self._read_at = float("-inf")

    def wrap_bio(self, *arguments: Any, **options: Any) -> ssl.SSLObject:
        """A new connection, with the authorities as they are now."""
        return self.current().wrap_bio(*arguments, **options)

    def current(self) -> ssl.SSLContext:
        """The context of a connection that begins now."""
        now = monotonic()
        if self._current is None or now - self._read_at >= _READ_EVERY:
            self._read_at = now
            try:
                self._current = self._read()
            except CertificateProblem as error:
                if self._current is None:
                    raise
                log.warning("HTTPS to other processes: %s; the authorities before are used", error)
        return self._current

    def _read(self) -> ssl.SSLContext:
        content = content_of(self._files)
        if self._current is not None and content == self._content:
            return self._current
        context = client_context(self._files, content, ssl.SSLContext)
        self._content = content
        return context
