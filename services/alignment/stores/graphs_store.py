"""SQL of the goal graph: written row by row as it changes, read in bulk; and of the verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.runtime.consumer.postgres_store import chunks
from goldenthread.runtime.postgres.database import Connection, Write
from services.alignment.domain.verdict.ids import Ids
from services.alignment.domain.verdict.packed_state import L_ID, LINK_WIDTH, N_ID, NODE_WIDTH, PackedGraph, odd_ids
from services.alignment.handlers import Judgement
from services.alignment.stores import binary_copy

_WRITE_NODES = """
    INSERT INTO nodes AS n (organization, id, packed, verdict, since, caused_by)
    SELECT $1, * FROM unnest($2::text[], $3::bytea[], $4::text[], $5::timestamptz[], $6::text[])
    ON CONFLICT (organization, id) DO UPDATE SET packed = excluded.packed, verdict = excluded.verdict,
        since = coalesce(excluded.since, n.since), caused_by = coalesce(excluded.caused_by, n.caused_by)
"""
_WRITE_LINKS = """
    INSERT INTO links (organization, id, packed) SELECT $1, * FROM unnest($2::text[], $3::bytea[])
    ON CONFLICT (organization, id) DO UPDATE SET packed = excluded.packed
"""
_WRITE_ODD = """
    INSERT INTO odd_ids (organization, id) SELECT $1, * FROM unnest($2::text[])
    ON CONFLICT (organization, id) DO NOTHING
"""


async def read(connection: Connection, organization: Id) -> tuple[PackedGraph, Ids]:
    """The graph as saved, and the ids in it."""
    ids = Ids()
    for row in await connection.fetch("SELECT id FROM odd_ids WHERE organization = $1", organization):
        ids.halves(row["id"])
    nodes = await binary_copy.read(connection, "nodes", organization, NODE_WIDTH)
    return PackedGraph(nodes, await binary_copy.read(connection, "links", organization, LINK_WIDTH)), ids


TABLES = ("nodes", "links", "odd_ids")


class GraphRows(Struct, frozen=True):
    """The rows to write of a graph."""

    nodes: list[tuple[Id, bytes, str, datetime | None, str | None]]
    links: list[tuple[Id, bytes]]
    odd: list[tuple[Id]]


def prepare_rows(state: Judgement) -> GraphRows:
    """What changed since this was last called."""
    unsaved, ids = state.graph.take_unsaved(), state.graph.ids
    nodes = zip(unsaved.nodes[:, N_ID : N_ID + 2].tolist(), binary_copy.rows_of(unsaved.nodes), strict=True)
    links = zip(unsaved.links[:, L_ID : L_ID + 2].tolist(), binary_copy.rows_of(unsaved.links), strict=True)
    return GraphRows(
        [_node(state, ids.text(*halves), row) for halves, row in nodes],
        [(ids.text(*halves), row) for halves, row in links],
        [(id,) for id in odd_ids(unsaved, ids)],
    )


def writes(rows: GraphRows) -> Iterator[Write]:
    """What writes these rows, in portions."""
    for statement, several in ((_WRITE_NODES, rows.nodes), (_WRITE_LINKS, rows.links), (_WRITE_ODD, rows.odd)):
        for some in chunks(several):
            yield Write(statement, list(zip(*some, strict=True)))


JUDGED = "SELECT id, verdict, since, caused_by FROM nodes WHERE organization = $1"
"""The verdict on every node, and since when."""


class JudgedRow(Struct, frozen=True, omit_defaults=True):
    """`reading.Judged` as it is stored: nothing of it is decoded to be sent."""

    node: Id
    verdict: msgspec.Raw
    since: datetime | None = None
    caused_by: msgspec.Raw | None = None


def judged(row: Any) -> JudgedRow:
    """One of `JUDGED`."""
    caused_by = msgspec.Raw(row["caused_by"].encode()) if row["caused_by"] else None
    return JudgedRow(row["id"], msgspec.Raw(row["verdict"].encode()), row["since"], caused_by)


def _node(state: Judgement, id: Id, row: bytes) -> tuple[Id, bytes, str, datetime | None, str | None]:
    turned, verdict = state.last_transitions.get(id), _json(state.verdict(id))
    return id, row, verdict, turned.at if turned else None, _json(turned.caused_by) if turned else None


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
