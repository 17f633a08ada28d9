"""The heads of very many organizations: all in one answer, as a release before asks for them, and page by page.

One database with a row in `streams` and in `projections` for each organization, asked in this process: what HTTP adds
is not measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Collection, Mapping
from functools import partial
from statistics import median
from time import perf_counter, process_time

import msgspec

from benchmarks._folder import temporary
from benchmarks._table import say
from goldenthread.contracts.read_api import Heads
from goldenthread.launcher.postgres import Postgres
from goldenthread.runtime.kafka.clients import partition_of
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from goldenthread.runtime.streams.heads import HeadsWatch
from goldenthread.runtime.streams.heads_query import heads_query, next_page
from goldenthread.runtime.streams.position import START, Position
from goldenthread.runtime.streams.upstream import ChangedHeads, HeadsPage, Page

COUNT = 1_000_000
_POLLS = 20
_FILL = """
    INSERT INTO streams (organization, sequence, id, published)
    SELECT 'org_' || md5(number::text), 20, gen_random_uuid()::text, 20 FROM generate_series(1, $1) AS number
"""
_FOLDED = """
    INSERT INTO projections (organization, standing) SELECT organization, jsonb_build_object(
        'positions', jsonb_build_object('/goals', jsonb_build_array(sequence, id)), 'fold_version', 1) FROM streams
"""
_POSITIONS = "SELECT organization, standing FROM projections WHERE organization = ANY($1::text[])"


def main(arguments: list[str]) -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks heads", description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    parser.add_argument("--count", type=int, default=COUNT, help="organizations")
    asked = parser.parse_args(arguments)
    found = asyncio.run(_measured(asked.count))
    if asked.json:
        print(json.dumps(found))
        return
    for what, number in found.items():
        print(f"{what:60}{number:14,.2f}")


async def _measured(count: int) -> dict[str, float]:
    with temporary() as folder:
        async with (
            Postgres(folder, databases=["heads"]) as postgres,
            open_pool(postgres.url("heads"), 4, SHARED) as pool,
        ):
            for statement, values in ((_FILL, (count,)), (_FOLDED, ())):
                await pool.execute(statement, *values, timeout=900)
            await pool.execute("VACUUM ANALYZE", timeout=900)
            say(f"filled with {count:,} organizations")
            found = {"organizations": float(count)}
            found |= await _polled(pool)
            return found | await _all_at_once(pool)


async def _all_at_once(pool: Pool) -> dict[str, float]:
    began = perf_counter()
    answer = msgspec.json.encode(await outbox.heads(pool, None))
    answered, blocked = perf_counter(), perf_counter()
    decoded = msgspec.json.decode(answer, type=Heads)
    positions = {each: Position(head.sequence, head.id) for each, head in decoded.heads.items()}
    own = [each for each in positions if partition_of(each) >= 0]
    return {
        "all in one answer: s until it is encoded": answered - began,
        "all in one answer: MB": len(answer) / 1e6,
        "all in one answer: s in which its reader's event loop is blocked": perf_counter() - blocked,
        "all in one answer: organizations": float(len(own)),
    }


class _Polled:
    """The upstream and the consumer on one database."""

    def __init__(self, pool: Pool) -> None:
        self._pool, self.size = pool, 0

    async def events(self, organization: str, after: int, limit: int) -> Page:
        """Nobody asks for any: only heads are measured."""
        raise NotImplementedError

    async def heads(
        self,
        changed_since: str | None,
        named: Collection[str] = (),
        after: Mapping[str, int] | None = None,
        page: HeadsPage | None = None,
    ) -> ChangedHeads:
        asked = heads_query(changed_since, named, after, page)
        of = asked.changed_since, asked.organizations, asked.after, asked.limit, asked.behind
        encoded = msgspec.json.encode(await outbox.heads(self._pool, *of))
        self.size += len(encoded)
        found = msgspec.json.decode(encoded, type=Heads)
        heads = {each: Position(head.sequence, head.id) for each, head in found.heads.items()}
        return ChangedHeads(heads, found.at.isoformat(), next=next_page(found))

    async def where(self, organizations: Collection[str]) -> Mapping[str, Position]:
        rows = await self._pool.fetch(_POSITIONS, list(organizations))
        found = {row["organization"]: msgspec.json.decode(row["standing"])["positions"]["/goals"] for row in rows}
        return {each: Position(*found[each]) if each in found else START for each in organizations}


async def _polled(pool: Pool) -> dict[str, float]:
    polled = _Polled(pool)
    watch = HeadsWatch(polled, 1)
    poll = partial(watch.poll, lambda each: partition_of(each) >= 0, polled.where)
    first, began, spent = 0, perf_counter(), process_time()
    while True:
        lagging, first = await poll(), first + 1
        if lagging:
            raise RuntimeError(f"{len(lagging)} organizations are not at their head")
        if not watch.reads_all:
            break
    found = {
        "the first round, hurried: polls": float(first),
        "the first round, hurried: s": perf_counter() - began,
        "the first round, hurried: s of this process's core": process_time() - spent,
        "the first round, hurried: MB": polled.size / 1e6,
    }
    times, spent = list[float](), process_time()
    for _ in range(_POLLS):
        began = perf_counter()
        await poll()
        times.append((perf_counter() - began) * 1000)
    found["a poll of a later round: ms, median"] = median(times)
    found["a poll of a later round: ms of this process's core"] = (process_time() - spent) * 1000 / _POLLS
    return found
