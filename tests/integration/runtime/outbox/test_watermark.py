"""How far each stream is on the broker: found, marked, and carried over from the time of a flag per row."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from goldenthread.contracts.envelope import events_to_json
from goldenthread.contracts.read_api import Head, StreamPosition
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.outbox import watermark
from goldenthread.runtime.outbox.watermark import Watermark, mark, unpublished
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrate import migrate
from goldenthread.runtime.postgres.migrations import SHARED
from tests.integration.runtime.outbox.streams import commit, write

ALL = 1 << 40


async def found(
    pool: Pool,
    ahead: dict[str, Watermark] | None = None,
    after: str = "",
    rows: int = 1_000,
    size: int = ALL,
    relay: int = outbox.COMMON_RELAY,
) -> list[tuple[str, int]]:
    async with pool.acquire() as connection:
        got = await unpublished(connection, ahead or {}, after, rows, size, relay)
    return [(row["organization"], row["sequence"]) for row in got]


async def marked(pool: Pool, **published: Watermark) -> set[str]:
    async with pool.acquire() as connection:
        return await mark(connection, published)


async def test_what_follows_the_mark_is_found_by_organization_and_in_order(pool: Pool) -> None:
    await write(pool, "b", 3)
    await write(pool, "a", 2)
    assert await marked(pool, b=Watermark(0, 1)) == {"b"}
    assert await found(pool) == [("a", 1), ("a", 2), ("b", 2), ("b", 3)]
    assert await found(pool, after="a") == [("b", 2), ("b", 3)]
    assert await found(pool, rows=3) == [("a", 1), ("a", 2), ("b", 2)]
    assert await marked(pool, a=Watermark(0, 2), b=Watermark(0, 3)) == {"a", "b"}
    assert await found(pool) == []


async def test_what_was_read_before_is_not_found_again_and_what_was_written_since_is(pool: Pool) -> None:
    await write(pool, "a", 2)
    assert await found(pool, {"a": Watermark(0, 2)}) == []
    await write(pool, "a", 1)
    assert await found(pool, {"a": Watermark(0, 2)}) == [("a", 3)]


async def test_only_what_is_found_is_read_however_long_a_stream_is_and_whatever_the_planner_knows(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await connection.execute(
            """INSERT INTO outbox (organization, sequence, "commit", id, type, subject, attributes, data)
               SELECT 'a', n, n, n, 'any', 'any', repeat('-', 400), convert_to(repeat('-', 500), 'UTF8')
               FROM generate_series(1, 60000) AS n"""
        )
        await connection.execute("INSERT INTO streams (organization, sequence, published) VALUES ('a', 60000, 59997)")
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {watermark._UNPUBLISHED}"
        for told in ("SELECT 1", "ANALYZE"):
            await connection.execute(told)
            plan = json.loads(await connection.fetchval(explain, "", 2_000, ALL, [], [], [], outbox.COMMON_RELAY))
            read = [each["Actual Rows"] for each in nodes(plan[0]["Plan"]) if each.get("Relation Name") == "outbox"]
            assert read == [3], told
        await connection.execute("RESET plan_cache_mode")


async def test_what_was_set_apart_is_found_by_the_relay_for_that_alone(pool: Pool) -> None:
    await write(pool, "a", 2)
    await write(pool, "b", 2)
    async with pool.acquire() as connection:
        await outbox.move_to_large_relay(connection, "b")
        await outbox.move_to_large_relay(connection, "c")
    await write(pool, "c", 1)
    assert await found(pool) == [("a", 1), ("a", 2)]
    assert await found(pool, relay=outbox.LARGE_RELAY) == [("b", 1), ("b", 2), ("c", 1)]
    assert sorted(await outbox.large_organizations(pool, ["c"])) == ["b"]


async def test_what_was_set_apart_stays_so_when_it_is_written_afresh(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await outbox.move_to_large_relay(connection, "a")
    await write(pool, "a", 2, afresh=True)
    assert await found(pool) == []
    assert await found(pool, relay=outbox.LARGE_RELAY) == [("a", 1), ("a", 2)]


async def test_a_relay_that_is_late_takes_no_mark_back(pool: Pool) -> None:
    await write(pool, "a", 3)
    await marked(pool, a=Watermark(0, 3))
    assert await marked(pool, a=Watermark(0, 2)) == {"a"}
    assert await found(pool) == []


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node of a plan."""
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes(each)


async def test_a_round_ends_with_the_row_that_makes_it_large_and_has_one_row_at_least(pool: Pool) -> None:
    await write(pool, "a", 5)
    size = await pool.fetchval("SELECT octet_length(data) FROM outbox WHERE sequence = 1")
    assert await found(pool, size=1) == [("a", 1)]
    assert await found(pool, size=2 * size) == [("a", 1), ("a", 2)]
    assert await found(pool, size=2 * size + 1) == [("a", 1), ("a", 2), ("a", 3)]


async def test_a_mark_for_a_stream_that_was_written_afresh_marks_nothing_of_the_new_one(pool: Pool) -> None:
    await write(pool, "a", 2)
    await write(pool, "a", 3, afresh=True)
    assert await marked(pool, a=Watermark(0, 2)) == {"a"}, "settled all the same"
    assert await found(pool, {"a": Watermark(0, 2)}) == [("a", 1), ("a", 2), ("a", 3)]
    await marked(pool, a=Watermark(1, 3))
    assert await found(pool) == []


async def test_a_stream_that_is_being_written_is_marked_later_and_holds_up_no_other_mark(pool: Pool) -> None:
    await write(pool, "a", 1)
    await write(pool, "b", 1)
    async with pool.acquire() as writer, writer.transaction():
        await writer.execute("SELECT 1 FROM streams WHERE organization = 'a' FOR UPDATE")
        async with asyncio.timeout(30):
            assert await marked(pool, a=Watermark(0, 1), b=Watermark(0, 1)) == {"b"}
    assert await found(pool) == [("a", 1)]
    assert await marked(pool, a=Watermark(0, 1)) == {"a"}
    assert await found(pool) == []


@pytest.mark.parametrize("count", [1, outbox._FEW, outbox._FEW + 1, 3 * outbox._FEW])
async def test_a_commit_of_any_length_is_stored_as_it_is(pool: Pool, count: int) -> None:
    await write(pool, "a", 2)
    async with pool.acquire() as connection, connection.transaction():
        events = commit("a", await outbox.head_position(connection, "a"), count)
        await outbox.append(connection, "a", events, StreamPosition(7, "seven"))
    page = await outbox.page(pool, "a", 2, count)
    assert bytes(page.events) == events_to_json(events)
    assert page.head == Head(count + 2, events[-1].id, 7, "seven")


async def test_a_stream_that_only_reflects_more_keeps_its_head(pool: Pool) -> None:
    events = await write(pool, "a", 2)
    async with pool.acquire() as connection:
        await outbox.append(connection, "a", [], StreamPosition(7, "seven"))
        await outbox.append(connection, "b", [], StreamPosition(8, "eight"))
        heads = [await outbox.head(connection, name) for name in ("a", "b")]
    assert [(head.sequence, head.id, head.judged) for head in heads] == [(2, events[-1].id, 7), (0, None, 8)]


OLD = "INSERT INTO streams (organization, sequence) VALUES ($1, $2)"
OLD_ROW = """
    INSERT INTO outbox (organization, sequence, "commit", id, type, subject, attributes, data, published)
    VALUES ($1, $2, $2, 'id', 'any', 'any', '{}', '{}', $3)
"""


async def test_flags_become_marks_before_the_first_row_that_was_not_published(database: Secret, tmp_path: Path) -> None:
    flags = {"all": [True] * 3, "none": [False] * 2, "some": [True, True, False, True, False], "judged": []}
    before = SHARED._replace(folder=tmp_path)
    for file in ("0001_outbox.sql", "0002_projections.sql"):
        shutil.copy(SHARED.folder / file, tmp_path)
    async with open_pool(database, 2, before) as pool:
        for organization, rows in flags.items():
            await pool.execute(OLD, organization, len(rows))
            await pool.executemany(OLD_ROW, [(organization, number, flag) for number, flag in enumerate(rows, 1)])
        async with pool.acquire() as connection:
            await migrate(connection, SHARED)
        marks = {row["organization"]: row["published"] for row in await pool.fetch("SELECT * FROM streams")}
        assert marks == {"all": 3, "none": 0, "some": 2, "judged": 0}
        assert await found(pool) == [("none", 1), ("none", 2), ("some", 3), ("some", 4), ("some", 5)]


async def test_a_process_from_before_the_marks_cannot_clear_a_stream_behind_the_back_of_its_mark(pool: Pool) -> None:
    await write(pool, "a", 2)
    await marked(pool, a=Watermark(0, 2))
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("UPDATE streams SET sequence = 0, id = NULL, judged = NULL WHERE organization = 'a'")
