"""SQL of alignment: the engine's rows, and who is judged how since when."""

from __future__ import annotations

from typing import Any

import msgspec

from goldenthread.contracts.entities import Id
from goldenthread.contracts.events import alignment, goals
from goldenthread.contracts.events.alignment import Cause
from goldenthread.contracts.reading import AlignmentSnapshot, Judged
from goldenthread.runtime import outbox
from goldenthread.runtime.database import Connection, Pool
from goldenthread.runtime.projected import ProjectedStore
from goldenthread.runtime.projection.protocols import Save
from services.alignment import figures_store, silos_store
from services.alignment.domain.listening.figures import Figures
from services.alignment.domain.verdict import Graph, LinkRow, NodeRow
from services.alignment.handlers import Judgement

_nodes = msgspec.json.Decoder(NodeRow)
_links = msgspec.json.Decoder(LinkRow)
_causes = msgspec.json.Decoder(Cause)


class AlignmentStore(ProjectedStore[Judgement]):
    """Graphs by organisation."""

    source = alignment.SOURCE
    first = goals.SOURCE

    async def read(self, connection: Connection, organization: str) -> Judgement:
        """The graph as saved."""
        nodes = await connection.fetch("SELECT row FROM nodes WHERE organization = $1", organization)
        links = await connection.fetch("SELECT row FROM links WHERE organization = $1", organization)
        graph = Graph.load(
            (_nodes.decode(each["row"]) for each in nodes), (_links.decode(each["row"]) for each in links)
        )
        figures = Figures.load(await figures_store.facts(connection, organization), graph.verdict)
        silos = await silos_store.read(connection, organization)
        return Judgement(graph, set(), set(), {}, figures, silos, [])

    async def write(self, connection: Connection, save: Save[Judgement]) -> None:
        """Write the rows that changed since the last save."""
        state, organization = save.state, save.organization
        if save.fresh:
            await connection.execute("DELETE FROM nodes WHERE organization = $1", organization)
            await connection.execute("DELETE FROM links WHERE organization = $1", organization)
        await self._write_nodes(connection, organization, state)
        links = [row for id in state.links if (row := state.graph.link_row(id)) is not None]
        await connection.execute(
            """INSERT INTO links (organization, id, row) SELECT $1, * FROM unnest($2::text[], $3::jsonb[])
               ON CONFLICT (organization, id) DO UPDATE SET row = excluded.row""",
            organization,
            [each.id for each in links],
            [_json(each) for each in links],
        )
        await figures_store.write(connection, organization, state.figures, state.days, fresh=save.fresh)
        await silos_store.write(connection, organization, state.silos, state.figures.passed, fresh=save.fresh)

    async def _write_nodes(self, connection: Connection, organization: Id, state: Judgement) -> None:
        nodes = [row for id in state.nodes if (row := state.graph.node_row(id)) is not None]
        turned = [state.since.get(each.id) for each in nodes]
        await connection.execute(
            """INSERT INTO nodes AS n (organization, id, row, since, caused_by)
               SELECT $1, * FROM unnest($2::text[], $3::jsonb[], $4::timestamptz[], $5::jsonb[])
               ON CONFLICT (organization, id) DO UPDATE SET row = excluded.row,
                   since = coalesce(excluded.since, n.since), caused_by = coalesce(excluded.caused_by, n.caused_by)""",
            organization,
            [each.id for each in nodes],
            [_json(each) for each in nodes],
            [each.at if each else None for each in turned],
            [_json(each.caused_by) if each else None for each in turned],
        )

    async def save(self, save: Save[Judgement]) -> None:
        """All of it or nothing; what was written is not written again."""
        await super().save(save)
        save.state.nodes.clear()
        save.state.links.clear()
        save.state.since.clear()
        save.state.figures.kept.clear()
        save.state.figures.moved.clear()
        save.state.figures.passed.clear()
        save.state.silos.moved.clear()
        save.state.days.clear()


async def snapshot(pool: Pool, organization: Id) -> AlignmentSnapshot:
    """Every verdict, at a commit boundary."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        head = await outbox.head(connection, organization)
        position = await outbox.position(connection, organization)
        rows = await connection.fetch("SELECT row, since, caused_by FROM nodes WHERE organization = $1", organization)
    return AlignmentSnapshot(position, head.judged or 0, [_judged(row) for row in rows])


def _judged(row: Any) -> Judged:
    node = _nodes.decode(row["row"])
    cause = _causes.decode(row["caused_by"]) if row["caused_by"] else None
    return Judged(node.id, node.verdict, row["since"], cause)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
