"""What nobody foresaw: told from what is away, logged without rows, counted; background work that ends is a failure."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

import asyncpg
import httpx
import pytest
from aiokafka.errors import KafkaConnectionError
from prometheus_client import REGISTRY

from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.runtime.observability import failures
from goldenthread.runtime.observability.failures import TaskEnded, background


def counted(where: str) -> float:
    return REGISTRY.get_sample_value("goldenthread_unforeseen_errors_total", {"where": where}) or 0.0


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        TimeoutError(),
        KafkaConnectionError(),
        httpx.ReadTimeout("slow"),
        asyncpg.ConnectionDoesNotExistError("gone"),
        asyncpg.TooManyConnectionsError("full"),
        asyncpg.DiskFullError("full"),
        asyncpg.DeadlockDetectedError("twice"),
        asyncpg.QueryCanceledError("slow"),
        asyncpg.ReadOnlySQLTransactionError("a standby"),
        asyncpg.IdleInTransactionSessionTimeoutError("frozen"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("got result for unknown protocol state"),
        RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed"),
        refuse(ErrorCode.UNAVAILABLE, "Try again."),
    ],
)
def test_what_may_work_later_is_away(error: Exception) -> None:
    assert failures.is_away(error)


@pytest.mark.parametrize(
    "error",
    [
        KeyError("unit"),
        ValueError(),
        RuntimeError("a bug of ours"),
        asyncpg.UniqueViolationError("twice"),
        asyncpg.UndefinedTableError("timers"),
        asyncpg.CharacterNotInRepertoireError("0x00"),
        asyncpg.exceptions._base.DataError("invalid input for query argument $1"),
        refuse(ErrorCode.NOT_FOUND, "There is no such organization."),
    ],
)
def test_a_bug_and_data_that_does_not_fit_are_not(error: Exception) -> None:
    assert not failures.is_away(error)


def test_a_row_that_a_database_refuses_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    before = counted("a test")
    refused = asyncpg.UniqueViolationError("duplicate key value")
    refused.detail = "Key (email)=(ada@example.com) already exists."
    try:
        raise RuntimeError("not written") from refused
    except RuntimeError as error:
        failures.log_unforeseen("a test", "it failed", error, organization="org_a", offset=7)
    assert "duplicate key value" in caplog.text
    assert "ada@example.com" not in caplog.text
    (line,) = _lines(caplog)
    assert (line.__dict__["organization"], line.__dict__["offset"]) == ("org_a", 7)
    assert counted("a test") == before + 1


async def _raises() -> None:
    raise KeyError("unit")


async def _returns() -> None:
    pass


async def _is_cancelled() -> None:
    raise asyncio.CancelledError


def _lines(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What `failures` logged; tasks of other tests on the same event loop may log meanwhile."""
    return [each for each in caplog.records if each.name == failures.__name__]


@pytest.mark.parametrize(("work", "why"), [(_raises, KeyError), (_returns, TaskEnded), (_is_cancelled, TaskEnded)])
async def test_background_work_that_ends_is_a_failure_however_it_ends(
    work: Any, why: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    before, asked = counted("work"), asyncio.Event()

    async def live() -> None:
        async with background(_task(work()), _task(asyncio.Event().wait(), "others")):
            await asyncio.wait_for(asked.wait(), 30)
            assert [each.levelno for each in _lines(caplog)] == [logging.CRITICAL]

    with failures.process_ended_by(asked.set), pytest.raises(why):
        await live()
    assert counted("work") == before + 1
    assert failures.has_failed()


async def test_background_work_that_is_ended_is_none(caplog: pytest.LogCaptureFixture) -> None:
    async with background(_task(asyncio.Event().wait())):
        await asyncio.sleep(0)
    assert not _lines(caplog)


async def test_an_error_that_nobody_waits_for_is_counted_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    loop, before = asyncio.get_running_loop(), counted("event loop")
    loop.set_exception_handler(failures.handle_loop_error)
    done = asyncio.Event()

    def fail() -> None:
        done.set()
        raise KeyError("unit")

    loop.call_soon(fail)
    await done.wait()
    await asyncio.sleep(0)
    assert counted("event loop") == before + 1
    assert "KeyError" in caplog.text
    assert not failures.has_failed()


@pytest.fixture(autouse=True)
def nothing_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process of these tests is ended, in time or not."""
    monkeypatch.setattr(failures._Process, "failed", False)
    monkeypatch.setattr("threading.Timer", _NoTimer)


class _NoTimer:
    daemon = False

    def __init__(self, *_: Any) -> None:
        pass

    def start(self) -> None:
        pass


def _task(work: Coroutine[Any, Any, Any], name: str = "work") -> asyncio.Task[None]:
    return asyncio.create_task(work, name=name)
