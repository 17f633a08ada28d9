"""An organization's graph, figures and silos: loaded together, saved together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from msgspec import Struct

from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events import alignment, goals
from goldenthread.runtime.clock import age_of
from goldenthread.runtime.consumer.postgres_store import ProjectionStore, in_thread_if_large
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Connection, Pool, Write, write_all, write_each
from goldenthread.runtime.projection.protocols import PreparedSave, Save
from services.alignment.domain.figures.silos import Silos
from services.alignment.domain.verdict import Graph
from services.alignment.handlers import Judgement
from services.alignment.size_classes import LARGE
from services.alignment.stores import figures_store, graphs_store, silos_store

_TOGETHER = 10
"""Statements sent as one, at most: one for each table when no more changed than fits one."""


class AlignmentRows(Struct, frozen=True):
    """The rows to write of an organization."""

    graph: graphs_store.GraphRows
    figures: figures_store.FigureRows
    silos: silos_store.SiloRows
    large: bool


class AlignmentStore(ProjectionStore[Judgement, AlignmentRows]):
    """Graphs by organization."""

    source = alignment.SOURCE
    first = goals.SOURCE

    def __init__(self, pool: Pool, wake: Callable[[], None], large: int = LARGE) -> None:
        """What weighs more than `large` is set apart, for those who share the work by size."""
        super().__init__(pool, wake)
        self._large = large
        self._apart: set[str] = set()
        """Large organizations that are noted as such."""

    async def read(self, connection: Connection, organization: str) -> Judgement:
        """The graph as saved."""
        saved, ids = await graphs_store.read(connection, organization)
        size = len(saved.nodes) + len(saved.links)
        graph, (found, silos) = await asyncio.gather(
            in_thread_if_large(size, partial(Graph.restore, saved, ids)), _read_beside(connection, organization)
        )
        size = len(found.owners) + len(found.facts)
        figures = await in_thread_if_large(size, partial(figures_store.restore, graph, organization, found))
        return Judgement(graph, {}, figures, silos, [], {})

    def rows(self, save: Save[Judgement]) -> AlignmentRows:
        """The rows that changed since the last save was prepared."""
        state = save.state
        prepared = AlignmentRows(
            graphs_store.prepare_rows(state),
            figures_store.prepare_rows(state.figures, state.recorded_days),
            silos_store.prepare_rows(state.silos, state.figures.unsaved_exchanges),
            len(state.graph) > self._large,
        )
        state.last_transitions.clear()
        state.changed_verdicts.clear()
        state.figures.mark_saved()
        state.silos.unsaved.clear()
        state.recorded_days.clear()
        return prepared

    async def save(self, prepared: PreparedSave[AlignmentRows]) -> None:
        """Save all of it or nothing, and measure how old the oldest event is whose verdicts are saved now."""
        await super().save(prepared)
        if prepared.outputs and not prepared.fresh:
            metrics.VERDICT_SECONDS.record(age_of(prepared.outputs[0].commit.events[-1].time))

    async def write(self, connection: Connection, prepared: PreparedSave[AlignmentRows]) -> None:
        """Write the rows that changed."""
        if prepared.fresh:
            for table in (*graphs_store.TABLES, *figures_store.TABLES, *silos_store.TABLES):
                await connection.execute(f"DELETE FROM {table} WHERE organization = $1", prepared.organization)
        writes = _writes(prepared.rows)
        write = write_all if len(writes) <= _TOGETHER else write_each
        await write(connection, prepared.organization, writes)

    async def save_within(self, connection: Connection, prepared: PreparedSave[AlignmentRows]) -> list[Event]:
        """State and stream; a large one's is set apart."""
        if self._grown(prepared):
            await outbox.move_to_large_relay(connection, prepared.organization)
        events = await super().save_within(connection, prepared)
        if prepared.rows.large:
            self._apart.add(prepared.organization)
        return events

    def combined_writes(self, prepared: PreparedSave[AlignmentRows]) -> list[Write] | None:
        """The rows that changed, unless they are many."""
        if prepared.fresh or self._grown(prepared):
            return None
        writes = _writes(prepared.rows)
        return writes if len(writes) <= _TOGETHER else None

    def _grown(self, prepared: PreparedSave[AlignmentRows]) -> bool:
        """Is it large, and perhaps not noted yet?"""
        return prepared.rows.large and prepared.organization not in self._apart


async def _read_beside(connection: Connection, organization: str) -> tuple[figures_store.LoadedFigureRows, Silos]:
    """What does not depend on the graph: read while that is put together."""
    found = await figures_store.read(connection, organization)
    return found, await silos_store.read(connection, organization)


def _writes(rows: AlignmentRows) -> list[Write]:
    return [
        *graphs_store.writes(rows.graph),
        *figures_store.writes(rows.figures),
        *silos_store.writes(rows.silos),
    ]
