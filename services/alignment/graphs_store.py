"""SQL of the goal graph: written row by row as it changes, read in bulk as PostgreSQL's binary copy has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.events.alignment import Cause, Verdict
from goldenthread.contracts.reading import Judged
from goldenthread.runtime.database import Connection, Write
from goldenthread.runtime.projected import portions
from services.alignment.copied import fill, rows_in
from services.alignment.domain.verdict import LinkRow
from services.alignment.domain.verdict.columns import I64, NEVER
from services.alignment.domain.verdict.ids import Ids
from services.alignment.domain.verdict.packed import LINK_WIDTH, NODE_WIDTH, Packed, number_of
from services.alignment.domain.verdict.rows import LINK_STATES, NodeRow
from services.alignment.handlers import Judgement

_verdicts = msgspec.json.Decoder(Verdict)
_causes = msgspec.json.Decoder(Cause)

# In the order of `packed`: the ids, then the numbers. A node that measures nothing names itself there.
_NODES = """
    SELECT id, coalesce(measures, id), (measures IS NOT NULL)::int, born, kind, own, version, frozen
    FROM nodes WHERE organization = $1
"""
_WRITE_NODES = """
    INSERT INTO nodes AS n (organization, id, born, kind, own, version, measures, frozen, verdict, since, caused_by)
    SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::smallint[], $5::smallint[], $6::int[], $7::text[],
        $8::smallint[], $9::jsonb[], $10::timestamptz[], $11::jsonb[])
    ON CONFLICT (organization, id) DO UPDATE SET own = excluded.own, version = excluded.version,
        measures = excluded.measures, frozen = excluded.frozen, verdict = excluded.verdict,
        since = coalesce(excluded.since, n.since), caused_by = coalesce(excluded.caused_by, n.caused_by)
"""
_WRITE_LINKS = """
    INSERT INTO links (organization, id, born, child, parent, state, measure, because, accepted)
    SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::smallint[], $7::boolean[],
        $8::int[], $9::bigint[])
    ON CONFLICT (organization, id) DO UPDATE SET child = excluded.child, parent = excluded.parent,
        state = excluded.state, measure = excluded.measure, because = excluded.because, accepted = excluded.accepted
"""
_LINKS = f"""
    SELECT id, child, parent, born, state, measure::int, coalesce(because, -1), coalesce(accepted, {NEVER})
    FROM links WHERE organization = $1
"""


async def read(connection: Connection, organization: Id) -> tuple[Packed, Ids]:
    """The graph as saved, and the ids in it."""
    ids = Ids()
    nodes = await table(connection, _NODES, organization, 2, NODE_WIDTH, ids)
    return Packed(nodes, await table(connection, _LINKS, organization, 3, LINK_WIDTH, ids)), ids


TABLES = ("nodes", "links")


class Rows(Struct, frozen=True):
    """What changed of a graph, as it is written."""

    nodes: list[tuple[Any, ...]]
    links: list[tuple[Any, ...]]


def draw_up(state: Judgement) -> Rows:
    """What changed since this was last called."""
    unsaved = state.graph.take_unsaved()
    return Rows([_node(state, row) for row in unsaved.nodes], [_link(row) for row in unsaved.links])


def writes(rows: Rows) -> Iterator[Write]:
    """What writes these rows, in portions."""
    for nodes in portions(rows.nodes):
        yield Write(_WRITE_NODES, list(zip(*nodes, strict=True)))
    for links in portions(rows.links):
        yield Write(_WRITE_LINKS, list(zip(*links, strict=True)))


async def judged(connection: Connection, organization: Id) -> list[Judged]:
    """The verdict on every node, and since when."""
    rows = await connection.fetch(
        "SELECT id, verdict, since, caused_by FROM nodes WHERE organization = $1", organization
    )
    return [
        Judged(
            row["id"],
            _verdicts.decode(row["verdict"]),
            row["since"],
            _causes.decode(row["caused_by"]) if row["caused_by"] else None,
        )
        for row in rows
    ]


def _node(state: Judgement, row: NodeRow) -> tuple[Any, ...]:
    facts, turned = row.facts, state.since.get(row.id)
    return (
        row.id, row.born, facts.kind, facts.own, facts.version, facts.measures, number_of(row.frozen),
        _json(state.verdict(row.id)), turned.at if turned else None, _json(turned.caused_by) if turned else None,
    )  # fmt: skip


def _link(row: LinkRow) -> tuple[Any, ...]:
    state, because = LINK_STATES.index(row.state), row.because_version
    return row.id, row.born, row.child, row.parent, state, row.measure, because, row.accepted_order


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


async def table(connection: Connection, query: str, organization: Id, texts: int, width: int, ids: Ids) -> I64:
    """What a query gives, the first `texts` columns as ids."""
    data = bytearray()

    async def take(part: bytes) -> None:
        data.extend(part)

    await connection.copy_from_query(query, organization, output=take, format="binary")
    raw = np.frombuffer(data, np.uint8)
    made = np.zeros((rows_in(raw), width), np.int64)
    for row, column, begin, end in fill(raw, made, texts).tolist():
        made[row, column : column + 2] = ids.halves(data[begin:end].decode())
    return made
