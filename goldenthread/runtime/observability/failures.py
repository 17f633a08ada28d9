"""Errors that nobody foresaw, in work that no caller waits for: one policy for every process (docs/decisions/0021).

* Something that the work needs is away (`is_away`): that is foreseen. It is a warning, and another attempt.
* Work for one organization: `log_unforeseen` logs and counts the error; the organization is repaired or quarantined,
  and tried again with growing pauses. It never ends the work for the others.
* Work for everybody (`background`): `fail_process` logs and counts the error and ends the process with exit code 1, so
  that whoever runs it starts it again. What looks alive and does nothing is worse than a restart.
"""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
import httpx
from aiokafka.errors import KafkaError

from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.runtime.observability import metrics

log = logging.getLogger(__name__)

_AWAY = (OSError, EOFError, httpx.HTTPError, KafkaError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_AWAY_STATES = ("08", "28", "3D", "40", "53", "55", "57", "58", "25006", "25P0")
"""Beginnings of the SQLSTATEs that say something about the server, a connection, or other transactions: not about what
was asked.
"""
_SETUP = (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError, ssl.SSLError)
_SETUP_STATES = ("28", "3D", "42501")
"""SQLSTATEs of a login that is refused, of a database that there is not, and of a privilege that is missing."""
_CLOSED = "the handler is closed"
"""What uvloop says of a connection that was lost a moment ago."""
END_WITHIN = 12.0
"""Seconds that a process which failed has for an orderly end."""


class TaskEnded(Exception):
    """Work that goes on as long as its process ended without an error: it returned, or somebody cancelled it."""


class _Process:
    """What `fail_process` ends. Without a shell around it (`process_ended_by`), as in tests, nothing."""

    end: Callable[[], None] | None = None
    failed = False


def is_away(error: BaseException) -> bool:
    """Does this say that a database, a broker or another service cannot be used now? Then the same may work later."""
    if isinstance(error, asyncpg.PostgresError):
        return str(getattr(error, "sqlstate", None) or "08").startswith(_AWAY_STATES)
    if isinstance(error, Refused):
        return all(each.code is ErrorCode.UNAVAILABLE for each in error.problems)
    if isinstance(error, _AWAY):
        return not isinstance(error, ValueError)  # an argument that asyncpg cannot encode
    return isinstance(error, RuntimeError) and _CLOSED in str(error)


def is_misconfigured(error: BaseException) -> bool:
    """Does this say that what is set up does not fit: a user, password or database that PostgreSQL does not know, a
    file that cannot be read, a certificate that is not trusted? Waiting helps only where somebody mends that.
    """
    if isinstance(error, asyncpg.PostgresError):
        return str(getattr(error, "sqlstate", None)).startswith(_SETUP_STATES)
    return isinstance(error, _SETUP)


def raise_if_cancelled(error: BaseException) -> None:
    """Raise the cancellation of this task that an error took the place of, as a connection does that is lost then: who
    tries again after errors would never end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from error


def log_unforeseen(where: str, message: str, error: BaseException, **known: Any) -> None:
    """Log and count an error that nobody foresaw. `where` is one of few words, `known` is what a log line may have of
    its own (`logs.KNOWN`): organization, topic, partition, offset.
    """
    _note(logging.ERROR, where, message, error, known)


def fail_process(where: str, error: BaseException) -> None:
    """Log and count an error that nobody foresaw, and end this process: in order, but within `END_WITHIN` seconds."""
    known = getattr(error, "known", {})
    _note(logging.CRITICAL, where, f"{where} failed; this process ends", error, known)
    sys.stderr.flush()
    if _Process.end is None or _Process.failed:
        return
    _Process.failed = True
    last = threading.Timer(END_WITHIN, _give_up)
    last.daemon = True
    last.start()
    _Process.end()


def has_failed() -> bool:
    """Is this process ending because of `fail_process`?"""
    return _Process.failed


@contextmanager
def process_ended_by(end: Callable[[], None]) -> Iterator[None]:
    """While the block lasts, `fail_process` ends this process by calling `end`, once."""
    _Process.end = end
    try:
        yield
    finally:
        _Process.end = None


def fail_when_ended(task: asyncio.Task[None]) -> None:
    """`fail_process` for a task that ended, in whatever way, before its process did."""
    fail_process(task.get_name(), _why(task))


@asynccontextmanager
async def background(*tasks: asyncio.Task[None]) -> AsyncIterator[None]:
    """Tasks that live as long as the block. One that ends before, in whatever way, is a failure of the process, and is
    raised where the block ends.
    """
    failed: dict[asyncio.Task[None], BaseException] = {}
    ending = False

    def note_end(task: asyncio.Task[None]) -> None:
        if not ending and task not in failed:
            failed[task] = _why(task)
            fail_process(task.get_name(), failed[task])

    for task in tasks:
        task.add_done_callback(note_end)
    try:
        yield
    finally:
        for task in tasks:
            if task.done():
                note_end(task)
        ending = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for error in failed.values():
        raise error


def handle_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The event loop's handler of errors that reach nobody: of tasks nobody waits for, and of callbacks.

    Strangers can bring some of them about, so they end nothing.
    """
    message, error = context["message"], context.get("exception")
    if error is not None and is_away(error):
        log.warning("%s: %s: %s", message, type(error).__name__, error)
    else:
        log_unforeseen("event loop", message, error or RuntimeError(message))


def _note(level: int, where: str, message: str, error: BaseException, known: dict[str, Any]) -> None:
    metrics.UNFORESEEN.add(1, {"where": where})
    _leave_rows_out(error)
    log.log(level, "%s: %s", message, type(error).__name__, exc_info=error, extra=known)


def _leave_rows_out(error: BaseException | None) -> None:
    """PostgreSQL tells what is in a row it refuses: names, addresses, texts. A log must not."""
    while error is not None:
        if isinstance(error, asyncpg.PostgresError):
            error.detail = None
        error = error.__cause__ or error.__context__


def _why(task: asyncio.Task[None]) -> BaseException:
    error = None if task.cancelled() else task.exception()
    return error or TaskEnded(f"{task.get_name()} was cancelled" if task.cancelled() else f"{task.get_name()} returned")


def _give_up() -> None:
    print(f"what is open could not be closed within {END_WITHIN:g} seconds; this process ends now", file=sys.stderr)
    sys.stderr.flush()
    os._exit(1)
