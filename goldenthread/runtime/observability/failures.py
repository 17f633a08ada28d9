"""Unexpected errors in work that no caller waits for: one policy for every process (docs/decisions/0021).

* A database, a broker or a service is away (`is_away`): that is expected. It is logged as a warning, and tried again.
* Work for one organization: `log_unforeseen` logs and counts the error; the organization is repaired or quarantined,
  and tried again with growing pauses. The work for other organizations goes on.
* Work for all organizations (`background`): `fail_process` logs and counts the error and ends the process with exit
  code 1, so that its supervisor starts it again. A process that looks alive and does nothing is worse than a restart.
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
"""Beginnings of the SQLSTATEs that are about the server, a connection, or other transactions, not about the statement.
"""
_SETUP = (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError, ssl.SSLError)
_SETUP_STATES = ("28", "3D", "42501")
"""SQLSTATEs for a refused login, a database that does not exist, and a missing privilege."""
_CLOSED = "the handler is closed"
"""The message of uvloop's error for a connection that was lost a moment ago."""
END_WITHIN = 12.0
"""Seconds that a failed process has for an orderly end."""


class TaskEnded(Exception):
    """A task that should run as long as its process ended without an error: it returned, or it was cancelled."""


class _Process:
    """The process that `fail_process` ends. Outside of `process_ended_by`, as in tests, it ends nothing."""

    end: Callable[[], None] | None = None
    failed = False


def is_away(error: BaseException) -> bool:
    """True when `error` means that a database, a broker or another service cannot be used now, and may work later."""
    if isinstance(error, asyncpg.PostgresError):
        return str(getattr(error, "sqlstate", None) or "08").startswith(_AWAY_STATES)
    if isinstance(error, Refused):
        return all(each.code is ErrorCode.UNAVAILABLE for each in error.problems)
    if isinstance(error, _AWAY):
        return not isinstance(error, ValueError)  # an argument that asyncpg cannot encode
    return isinstance(error, RuntimeError) and _CLOSED in str(error)


def is_misconfigured(error: BaseException) -> bool:
    """True when `error` means a wrong configuration: a user, password or database that PostgreSQL does not know, a file
    that cannot be read, a certificate that is not trusted. Waiting helps only if it is corrected meanwhile.
    """
    if isinstance(error, asyncpg.PostgresError):
        return str(getattr(error, "sqlstate", None)).startswith(_SETUP_STATES)
    return isinstance(error, _SETUP)


def raise_if_cancelled(error: BaseException) -> None:
    """Raise CancelledError when this task was cancelled but `error` was raised instead, which a lost connection can
    cause. Without this, a loop that tries again after errors would never end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from error


def log_unforeseen(where: str, message: str, error: BaseException, **known: Any) -> None:
    """Log and count an unexpected error. `where` names the part of the process, from a small set of words; `known` are
    fields of the log line (`logs.KNOWN`): organization, topic, partition, offset.
    """
    _note(logging.ERROR, where, message, error, known)


def fail_process(where: str, error: BaseException) -> None:
    """Log and count an unexpected error, and end this process: in order, but within `END_WITHIN` seconds."""
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
    """True when this process is ending because of `fail_process`."""
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
    """Call `fail_process` for a task that ended before its process, with an error or without."""
    fail_process(task.get_name(), _why(task))


@asynccontextmanager
async def background(*tasks: asyncio.Task[None]) -> AsyncIterator[None]:
    """Run tasks while the block lasts. A task that ends before the block, with an error or without, fails the process,
    and its error is raised at the end of the block.
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
    """The event loop's handler for errors of callbacks, and of tasks that are not awaited.

    Clients can cause some of these errors, so they do not end the process.
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
    """Remove what PostgreSQL quotes of a refused row (names, addresses, texts): it must not be in a log."""
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
