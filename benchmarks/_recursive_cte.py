"""The same question as a recursive CTE of PostgreSQL, in an embedded server of its own."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from math import ceil
from time import perf_counter
from typing import Any

import asyncpg

from benchmarks._compared_libraries import by_node
from benchmarks._folder import temporary
from benchmarks._graphs import EdgeEdit, Edges
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.databases import database_url
from goldenthread.launcher.postgres import Postgres

_TABLE = """
DROP TABLE IF EXISTS edge;
CREATE UNLOGGED TABLE edge (parent int, child int, cost bigint) WITH (autovacuum_enabled = false);
"""
_INDEX = "ALTER TABLE edge ADD PRIMARY KEY (parent, child) INCLUDE (cost); VACUUM ANALYZE edge"
_SETTINGS = {
    "jit": "off",
    "work_mem": "512MB",
    "synchronous_commit": "off",
    "max_parallel_workers_per_gather": "2",
    "plan_cache_mode": "force_generic_plan",
}
_PLANS = ("enable_seqscan", "enable_nestloop")
"""What the planner is to do without: then it looks every parent up in the index, or joins by hashing."""
_DROP = "DELETE FROM edge USING unnest($1::int[], $2::int[]) gone (p, c) WHERE parent = p AND child = c"
_PUT = """
INSERT INTO edge SELECT * FROM unnest($1::int[], $2::int[], $3::bigint[])
ON CONFLICT (parent, child) DO UPDATE SET cost = excluded.cost
"""
_KEYS = """
WITH RECURSIVE reached (node, key) AS (
  SELECT 0, 0::bigint
  UNION
  SELECT edge.child, reached.key + edge.cost FROM reached JOIN edge ON edge.parent = reached.node {guard}
), best AS (SELECT node, min(key) AS key FROM reached GROUP BY node)
"""
_HOPS = "WHERE reached.key & ((1 << 30) - 1) < {longest}"


class RecursiveCte:
    """PostgreSQL 18: a table of the live accepted links, indexed by parent; the CTE finds every key of every node, then
    takes the smallest of each.

    In its favour: nothing is joined to see what is live, nothing is sent to the client, nothing is durable, and the
    faster of two plans is used. On a graph with rings `longest` bounds the hops, or it would never end; a user does not
    know that number, and it is exactly right here.
    """

    name = "PostgreSQL CTE"
    restores = False

    def __init__(self, url: Secret, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._connection: asyncpg.Connection[Any] = self._run(asyncpg.connect(url.reveal(), server_settings=_SETTINGS))
        self._keys = self._total = ""
        self.ends_after(None)

    def ends_after(self, longest: int | None) -> None:
        """How many hops the longest path has; None: there are no rings, and it ends by itself."""
        keys = _KEYS.format(guard="" if longest is None else _HOPS.format(longest=longest))
        self._keys, self._total = keys + "SELECT node, key FROM best", keys + "SELECT count(*), sum(key) FROM best"

    def load(self, edges: Edges) -> None:
        self._run(self._connection.execute(_TABLE))
        rows = zip(edges.parents, edges.children, edges.costs, strict=True)
        self._run(self._connection.copy_records_to_table("edge", records=rows))
        for statement in _INDEX.split("; "):
            self._run(self._connection.execute(statement))

    def choose(self) -> None:
        index, hashed = _PLANS
        self._plan(index)
        self.recompute()
        began = perf_counter()
        self.recompute()
        spent = perf_counter() - began
        self._plan(hashed, patience=spent)
        try:
            self.recompute()
            self._plan(hashed)
        except asyncpg.QueryCanceledError:
            self._plan(index)

    def apply(self, edits: list[EdgeEdit]) -> None:
        gone, put = [edit for edit in edits if not edit.cost], [edit for edit in edits if edit.cost]
        if gone:
            parents, children, _ = zip(*gone, strict=True)
            self._run(self._connection.execute(_DROP, parents, children))
        if put:
            self._run(self._connection.execute(_PUT, *zip(*put, strict=True)))

    def recompute(self) -> None:
        self._run(self._connection.fetchrow(self._total))

    def keys(self, count: int) -> array[int]:
        return by_node(dict(self._run(self._connection.fetch(self._keys))), count)

    def close(self) -> None:
        """End the connection."""
        self._run(self._connection.close())

    def _plan(self, without: str, patience: float = 0.0) -> None:
        """Plan anew; a statement that takes longer than `patience`, if any, is given up."""
        for plan in _PLANS:
            self._run(self._connection.execute(f"SET {plan} = {'off' if plan == without else 'on'}"))
        self._run(self._connection.execute(f"SET statement_timeout = {ceil(patience * 1000)}; DISCARD PLANS"))

    def _run(self, awaited: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(awaited)


@contextmanager
def recursive_cte() -> Iterator[RecursiveCte]:
    """A server on a folder of its own, gone afterwards."""
    with temporary() as folder, asyncio.Runner() as runner:
        server = Postgres(folder, databases=["bench"])
        try:
            runner.run(server.start())
            peer = RecursiveCte(database_url(server.url(), "bench"), runner)
            try:
                yield peer
            finally:
                peer.close()
        finally:
            runner.run(server.stop())
