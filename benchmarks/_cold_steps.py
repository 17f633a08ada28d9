"""`python -m benchmarks._cold_steps store URL NODES`, `… load URL ORGANIZATION`: steps of `cold`, each a process."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter, perf_counter_ns
from typing import Any

import msgspec

from benchmarks._company import Company
from benchmarks._memory_per_node import resident
from goldenthread.contracts.events import goals
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from goldenthread.runtime.projection.protocols import Checkpoint, Save
from goldenthread.runtime.streams.position import Commit
from services.alignment.domain.verdict import Graph
from services.alignment.handlers import AlignmentFold, Judgement
from services.alignment.migrations import MIGRATIONS
from services.alignment.precompile import precompile
from services.alignment.stores import figures_store, graphs_store
from services.alignment.stores.alignment_store import AlignmentStore

TIMES = 3


async def main(step: str, what: str) -> None:
    """Take one step, and print what was found as JSON."""
    async with open_pool(Secret(os.environ["DATABASE"]), 2, SHARED, MIGRATIONS, derived=True) as pool:
        print(json.dumps(await (_store(pool, int(what)) if step == "store" else _load(pool, what))))


async def _store(pool: Pool, nodes: int) -> dict[str, Any]:
    """Found an organization and store what alignment makes of it; nothing of it is published."""
    began, company, fold = perf_counter(), Company(nodes), AlignmentFold()
    store, state, before = AlignmentStore(pool, lambda: None, sys.maxsize), fold.new(company.id), None
    for events in company.founded():
        commit = Commit(goals.SOURCE, tuple(events))
        fold.apply(state, commit)
        now = Checkpoint({goals.SOURCE: commit.end}, fold.version)
        await store.save(store.prepare_save(Save(company.id, before, now, state)))
        before = now
    await pool.execute("VACUUM ANALYZE")
    return {"organization": company.id, "health": _health(state), "seconds": perf_counter() - began}


async def _load(pool: Pool, organization: str) -> dict[str, Any]:
    """Load it whole, then its parts, several times each; the memory is that of the first time."""
    precompile()
    store, spent = AlignmentStore(pool, lambda: None, sys.maxsize), dict[str, list[int]]()
    gc.set_threshold(100_000, 5, 200)  # as alignment has it
    before = resident()
    for time in range(TIMES):
        began = perf_counter_ns()
        loaded = await store.load(organization)
        spent.setdefault("read and restored", []).append(perf_counter_ns() - began)
        if loaded is None or loaded.state is None:
            raise RuntimeError(f"{organization} is not stored")
        if not time:
            held, health, weight = resident() - before, _health(loaded.state), len(loaded.state.graph)
        del loaded
    async with pool.acquire() as connection:
        for _ in range(TIMES):
            saved, ids = await graphs_store.read(connection, organization)
            found = await figures_store.read(connection, organization)
            graph = _timed(spent, "engine restored", partial(Graph.restore, saved, ids))
            _timed(spent, "figures restored", partial(figures_store.restore, graph, organization, found))
    return {"spent": spent, "health": health, "notes": [f"{held / 1e6:,.0f} MB held, {weight:,} nodes and links"]}


def _timed(spent: dict[str, list[int]], what: str, work: Callable[[], Any]) -> Any:
    began = perf_counter_ns()
    made = work()
    spent.setdefault(what, []).append(perf_counter_ns() - began)
    return made


def _health(state: Judgement) -> str:
    every = [state.figures.health(unit) for unit in (None, *sorted(state.figures.org.units))]
    return msgspec.json.encode(every).decode()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
