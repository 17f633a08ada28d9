"""A snapshot is of one commit boundary, however long its reader takes; one who takes too long is cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.contracts.snapshots import SnapshotHead
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from tests.integration.runtime.outbox.snapshot_app import app
from tests.support.asgi_server import eventually, serving


@pytest.fixture
async def pool(database: Secret) -> AsyncIterator[Pool]:
    async with open_pool(database, 4, SHARED) as pool:
        await pool.execute("CREATE TABLE rows (organization text, number integer)")
        await pool.execute("INSERT INTO rows SELECT 'ash', * FROM generate_series(1, 25)")
        yield pool


async def test_pages_are_of_one_moment_though_others_write_between_them(pool: Pool) -> None:
    between = asyncio.Event()
    async with serving(app(pool, between)) as url, httpx.AsyncClient() as client:
        async with client.stream("GET", url) as answer:
            lines = answer.aiter_lines()
            first = [msgspec.json.decode(await anext(lines)) for _ in range(2)]
            await pool.execute("UPDATE rows SET number = number + 100")
            await pool.execute("INSERT INTO streams (organization, sequence, id) VALUES ('ash', 9, 'later')")
            between.set()
            rest = [msgspec.json.decode(line) async for line in lines]
    head, *pages, end = [*first, *rest]
    assert msgspec.convert(head, SnapshotHead) == SnapshotHead()  # nothing was written when it began
    assert [len(page["page"]) for page in pages] == [10, 10, 5]
    assert [number for page in pages for number in page["page"]] == list(range(1, 26))
    assert end == {"end": 25}


async def test_a_reader_that_takes_too_long_is_cut_off_and_its_transaction_ends(pool: Pool) -> None:
    pages = app(pool, pad="x" * 1_000_000, seconds=4)
    async with serving(pages) as url, httpx.AsyncClient() as client, client.stream("GET", url) as answer:
        ours = "datname = current_database()"
        held = f"SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND {ours}"
        await eventually(lambda: _is(pool.fetchval(held), 1))
        await eventually(lambda: pool.get_idle_size() == pool.get_size())
        assert await pool.fetchval(held) == 0
        with pytest.raises(httpx.HTTPError):
            await answer.aread()


async def _is(found: Any, value: int) -> bool:
    return bool(await found == value)
