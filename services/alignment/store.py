"""An organisation's graph, figures and silos: loaded together, saved together."""

from __future__ import annotations

import asyncio

from goldenthread.contracts.entities import Id
from goldenthread.contracts.events import alignment, goals
from goldenthread.contracts.reading import AlignmentSnapshot
from goldenthread.runtime import outbox
from goldenthread.runtime.database import Connection, Pool
from goldenthread.runtime.projected import ProjectedStore
from goldenthread.runtime.projection.protocols import Save
from services.alignment import figures_store, graphs_store, silos_store
from services.alignment.domain.listening.figures import Figures
from services.alignment.domain.verdict import Graph
from services.alignment.handlers import Judgement


class AlignmentStore(ProjectedStore[Judgement]):
    """Graphs by organisation."""

    source = alignment.SOURCE
    first = goals.SOURCE

    async def read(self, connection: Connection, organization: str) -> Judgement:
        """The graph as saved."""
        saved, ids = await graphs_store.read(connection, organization)
        graph = await asyncio.to_thread(Graph.restore, saved, ids)
        figures = Figures.load(await figures_store.facts(connection, organization), graph.verdict)
        silos = await silos_store.read(connection, organization)
        return Judgement(graph, {}, figures, silos, [])

    async def write(self, connection: Connection, save: Save[Judgement]) -> None:
        """Write the rows that changed since the last save."""
        state, organization = save.state, save.organization
        await graphs_store.write(connection, organization, state.graph, state.since, fresh=save.fresh)
        await figures_store.write(connection, organization, state.figures, state.days, fresh=save.fresh)
        await silos_store.write(connection, organization, state.silos, state.figures.passed, fresh=save.fresh)

    async def save(self, save: Save[Judgement]) -> None:
        """All of it or nothing; what was written is not written again."""
        await super().save(save)
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
        return AlignmentSnapshot(position, head.judged or 0, await graphs_store.judged(connection, organization))
