"""What one of several processes reads and shows: who has the lease, and until when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise

import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.lease import Lease
from goldenthread.runtime.postgres.leased_reading import LeasedReading, ReadingPace
from goldenthread.runtime.postgres.migrations import SHARED
from tests.support.asgi_server import eventually
from tests.support.exposed_metrics import value_of

_QUICK = ReadingPace(pause=0.02, lease=30.0, longest=20.0, rest=0.0, good_for=10_000.0)


@pytest.fixture
async def pool(database: Secret) -> AsyncIterator[Pool]:
    async with open_pool(database, 6, SHARED) as made:
        yield made


@asynccontextmanager
async def reading(
    pool: Pool, read: Callable[[], Awaitable[str]], pace: ReadingPace = _QUICK
) -> AsyncIterator[LeasedReading[str]]:
    made = LeasedReading(pool, "test", read, pace)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def answering(text: str) -> Callable[[], Awaitable[str]]:
    async def read() -> str:
        return text

    return read


async def test_one_of_two_shows_what_it_read_and_the_other_takes_over_when_it_ends(pool: Pool) -> None:
    async with reading(pool, answering("second")) as waits:
        await eventually(lambda: waits.value == "second")
        async with reading(pool, answering("third")) as third:
            await asyncio.gather(*(pool.execute("SELECT pg_sleep(0.1)") for _ in range(2)))
            assert (waits.value, third.value) == ("second", None)
    async with reading(pool, answering("first")) as first:
        await eventually(lambda: first.value == "first")
    assert first.value is None


async def test_a_lease_that_is_not_renewed_goes_to_another_process_and_is_held_here_no_longer(pool: Pool) -> None:
    crashed, other = Lease(pool, "test", 3), Lease(pool, "test", 30)
    assert await crashed.renew()
    assert await crashed.renew()
    assert not await other.renew()
    await eventually(other.renew)
    assert (crashed.held, other.held) == (False, True)
    assert not await crashed.renew()
    await crashed.release()
    assert await other.renew()


async def test_leases_of_two_names_are_independent(pool: Pool) -> None:
    assert await Lease(pool, "one", 30).renew()
    assert await Lease(pool, "two", 30).renew()


async def test_a_reading_that_fails_is_tried_again_and_what_is_too_old_is_not_shown(
    pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    answers: list[str | Exception] = ["first", *[ConnectionError("away")] * 40, ValueError("a fault"), "last"]

    async def read() -> str:
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(found, Exception):
            raise found
        return found

    before = value_of("goldenthread_unforeseen_errors_total", where="figures")
    shown: set[str | None] = set()
    async with reading(pool, read, _QUICK._replace(good_for=3.0)) as made:

        def last() -> bool:
            shown.add(made.value)
            return made.value == "last"

        await eventually(last)
    assert shown >= {"first", None, "last"}
    assert "test are read again: ConnectionError: away" in caplog.text
    assert value_of("goldenthread_unforeseen_errors_total", where="figures") == before + 1


async def test_the_pause_after_a_slow_reading_is_longer(pool: Pool) -> None:
    times: list[float] = []
    clock = asyncio.get_running_loop().time

    async def read() -> str:
        times.append(clock())
        await pool.execute("SELECT pg_sleep(0.05)")
        return "read"

    async with reading(pool, read, _QUICK._replace(rest=10.0)):
        await eventually(lambda: len(times) == 3)
    assert all(later - earlier >= 0.5 for earlier, later in pairwise(times))


async def test_a_reading_that_is_given_up_is_not_begun_again_at_once(pool: Pool) -> None:
    times: list[float] = []
    clock = asyncio.get_running_loop().time

    async def read() -> str:
        times.append(clock())
        await pool.execute("SELECT pg_sleep(10)")
        return "never"

    async with reading(pool, read, _QUICK._replace(longest=0.05, rest=10.0)):
        await eventually(lambda: len(times) == 3)
    assert all(later - earlier >= 0.5 for earlier, later in pairwise(times))
