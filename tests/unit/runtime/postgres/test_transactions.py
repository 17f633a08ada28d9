"""What is known of a transaction that fails, and what a caller is told: "nothing was changed" only where that is so."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.postgres.transactions import Busy, CommitInDoubt, unchanged, writing
from goldenthread.runtime.web.endpoints import answer, endpoint
from tests.unit.runtime.web.verifiers import Anybody

LOST = asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")


class Connection:
    """One whose commit, or giving back, may fail."""

    def __init__(self, commit: Exception | None = None, back: Exception | None = None) -> None:
        self._commit, self._back = commit, back

    @asynccontextmanager
    async def acquire(self, timeout: float | None) -> AsyncIterator[Connection]:
        yield self
        if self._back is not None:
            raise self._back

    def transaction(self) -> Connection:
        return self

    async def start(self) -> None: ...

    async def rollback(self) -> None:
        raise asyncpg.InterfaceError("connection is closed")

    async def commit(self) -> None:
        if self._commit is not None:
            raise self._commit


async def write(pool: Any, error: Exception | None = None) -> None:
    async with writing(pool):
        if error is not None:
            raise error


def known(error: BaseException) -> bool:
    return "nothing was changed" in getattr(error, "__notes__", ())


@pytest.mark.parametrize("error", [LOST, TimeoutError(), OSError("reset"), KeyError("a bug")])
async def test_what_the_block_raises_changed_nothing(error: Exception) -> None:
    with pytest.raises(type(error)) as raised:
        await write(Connection(), type(error)(*error.args))
    assert known(raised.value)


@pytest.mark.parametrize(
    "error",
    [
        *(LOST, TimeoutError(), OSError("reset"), asyncpg.AdminShutdownError("ends")),
        asyncpg.InternalClientError("got result for unknown protocol state 3"),
    ],
)
@pytest.mark.parametrize("back", [None, asyncpg.InterfaceError("cannot be reset")])
async def test_a_commit_that_is_not_answered_is_in_doubt(error: Exception, back: Exception | None) -> None:
    with pytest.raises(CommitInDoubt) as raised, unchanged():
        await write(Connection(error, back))
    assert not known(raised.value)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
        asyncpg.IdleInTransactionSessionTimeoutError("ended"),
        asyncpg.UniqueViolationError("twice"),
        asyncpg.SerializationError("again"),
    ],
)
async def test_a_commit_that_was_refused_or_never_sent_changed_nothing(error: Exception) -> None:
    with pytest.raises(type(error)) as raised:
        await write(Connection(error))
    assert known(raised.value)


async def test_what_was_committed_is_there_though_the_connection_is_lost_then(
    caplog: pytest.LogCaptureFixture,
) -> None:
    await write(Connection(back=LOST))
    assert "was not given back" in caplog.text


def said(error: Exception) -> Exception:
    """One of which it is known that nothing was changed."""
    error.add_note("nothing was changed")
    return error


NOTHING, DOUBT = "nothing was changed. Send it again", "not known whether this took effect"


@pytest.mark.parametrize(
    ("method", "error", "status", "sentence", "foreseen"),
    [
        ("POST", said(asyncpg.LockNotAvailableError("canceling statement due to lock timeout")), 503, NOTHING, True),
        ("POST", Busy("the lock was not free"), 503, NOTHING, True),
        ("POST", said(asyncpg.ConnectionDoesNotExistError("x")), 503, NOTHING, True),
        ("POST", said(TimeoutError()), 503, NOTHING, True),
        ("POST", said(KeyError("a bug")), 503, NOTHING, False),
        ("POST", CommitInDoubt("x"), 500, DOUBT, True),
        ("POST", asyncpg.ConnectionDoesNotExistError("x"), 500, DOUBT, True),
        ("POST", KeyError("a bug"), 500, DOUBT, False),
        ("GET", asyncpg.ConnectionDoesNotExistError("x"), 503, "does not answer now", True),
        ("GET", KeyError("a bug"), 500, "Something failed on our side. Try again", False),
    ],
)
async def test_a_caller_is_told_what_is_known_and_what_to_do_next(
    method: str, error: Exception, status: int, sentence: str, foreseen: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_: Request, __: Caller) -> Response:
        raise error

    app = Starlette(routes=[Route("/", endpoint(Anybody(), fail), methods=["GET", "POST"])])
    with caplog.at_level(logging.WARNING):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            found = await client.request(method, "/")
    assert found.status_code == status
    (problem,) = found.json()["errors"]
    assert problem["code"] == "UNAVAILABLE"
    assert sentence in problem["message"]
    assert ("nothing was changed" in problem["message"]) == (sentence == NOTHING)
    assert ("Traceback" in caplog.text) != foreseen


async def test_what_fails_after_an_answer_was_made_is_not_called_unchanged() -> None:
    async def fail(_: Request, __: Caller) -> Response:
        await write(Connection())
        return answer(object())

    app = Starlette(routes=[Route("/", endpoint(Anybody(), fail), methods=["POST"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        found = await client.post("/")
    assert DOUBT in found.json()["errors"][0]["message"]
