"""Errors of a network, in words: what an operator can look at."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

import httpx

from goldenthread.runtime.configuration.certificates import UNKNOWN_AUTHORITY, CertificateProblem

NO_ANSWER_ADVICE = (
    "see whether the process there hangs, and whether a firewall or a NetworkPolicy drops packets, those to the name "
    "server included"
)
"""What to do about somebody who does not answer at all."""
_BY_NUMBER = {
    errno.ECONNREFUSED: "nothing listens there (connection refused)",
    errno.ECONNRESET: "the connection is closed from there",
    errno.EPIPE: "the connection is closed from there",
    errno.EHOSTUNREACH: "there is no way to this host",
    errno.ENETUNREACH: "there is no way to this network",
    errno.ETIMEDOUT: "it does not answer",
}


def network_error_text(error: BaseException) -> str:
    """Why somebody was not reached, as the innermost error that says more than the others does."""
    for each in _chain(error):
        if isinstance(each, CertificateProblem):  # which names the file and what is wrong with it
            return str(each)
    for each in _chain(error):
        if (words := _words(each)) is not None:
            return words
    return f"{type(error).__name__} {error}".strip()


def refuses_certificate(error: BaseException) -> bool:
    """Whether it is the certificate of the other side that is not trusted."""
    return any(isinstance(each, ssl.SSLCertVerificationError) for each in _chain(error))


def _words(error: BaseException) -> str | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        unknown = ", of an authority that is not known here" if error.verify_code in UNKNOWN_AUTHORITY else ""
        return f"its certificate is refused{unknown}: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"there is no TLS with it: {(getattr(error, 'reason', None) or str(error)).replace('_', ' ').lower()}"
    if isinstance(error, socket.gaierror):
        return "its name cannot be resolved (DNS)"
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "it does not answer"
    if isinstance(error, ConnectionResetError | BrokenPipeError):  # asyncio's has no number
        return _BY_NUMBER[errno.ECONNRESET]
    if isinstance(error, httpx.RemoteProtocolError | EOFError):
        return "the connection is closed from there, or something else listens there"
    if isinstance(error, OSError):
        return _BY_NUMBER.get(error.errno or _numbers(str(error)))
    return None


def _numbers(text: str) -> int:
    """The number in an error that sums up those of several addresses: `Multiple exceptions: [Errno 111] …`."""
    return next((number for number in _BY_NUMBER if f"[Errno {number}]" in text), 0)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """What caused it first, and then the error itself."""
    if error is None:
        return
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _chain(each)
    yield from _chain(error.__cause__ or error.__context__)
    yield error
