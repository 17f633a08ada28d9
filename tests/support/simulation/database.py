"""A consumer's database: rows, positions and outbox in one transaction, guarded; and the replay side of its stream."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import cast

from goldenthread.contracts.envelope import Event
from goldenthread.runtime.projection import (
    GONE,
    ChangedHeads,
    Checkpoint,
    Conflict,
    HeadsPage,
    Page,
    PreparedSave,
    Save,
    StoredState,
)
from tests.support.simulation.faults import Faults
from tests.support.simulation.folding import Rows, State, output_ids, prepare_rows
from tests.support.simulation.streams import GOALS, Stream, part_of_heads


@dataclass
class Row:
    checkpoint: Checkpoint
    chain: str
    stream: Stream
    rows: dict[str, str] = field(default_factory=dict)


class Database:
    """`published` is called with every event after its transaction: the relay."""

    def __init__(
        self,
        source: str,
        faults: Faults,
        published: Callable[[Event], None],
        *,
        guard: bool = True,
        atomic: bool = True,
        prepared: bool = True,
        tombstones: bool = True,
    ) -> None:
        self.rows: dict[str, Row] = {}
        self._source = source
        self._faults = faults
        self._published = published
        self._guard, self._atomic, self._prepared = guard, atomic, prepared
        self._tombstones = tombstones
        self._changes: dict[str, int] = {}
        self._clock = 0

    async def load(self, organization: str) -> StoredState[State] | None:
        await self._faults.call()
        row = self.rows.get(organization)
        loaded = StoredState(row.checkpoint, State(row.chain, dict(row.rows))) if row else None
        if loaded is not None and loaded.checkpoint.deleted:
            loaded = StoredState(loaded.checkpoint, None)
        await self._faults.wait()
        return loaded

    def prepare_save(self, save: Save[State]) -> PreparedSave[Rows]:
        rows: Rows | State = prepare_rows(save.state) if self._prepared else save.state
        return save.prepared(cast(Rows, rows))

    async def save(self, save: PreparedSave[Rows]) -> None:
        await self._faults.call()
        events = self._write(save)
        if not self._atomic:
            await self._faults.call()
            self.rows[save.organization].checkpoint = save.checkpoint
        for event in events:
            self._published(event)
        await self._faults.call()

    def _write(self, save: PreparedSave[Rows]) -> list[Event]:
        row = self.rows.get(save.organization)
        if self._guard and (row.checkpoint if row else None) != save.expected:
            raise Conflict
        if row is None or save.fresh:
            row = Row(save.checkpoint, "", Stream(self._source, save.organization))
            self.rows[save.organization] = row
        if self._atomic:
            row.checkpoint = save.checkpoint
        row.chain = save.rows.chain
        row.rows.update(save.rows.rows)
        written: list[Event] = []
        for output in save.outputs:
            ids = output_ids(output.commit, save.checkpoint.fold_version, output.payloads)
            written += row.stream.append(ids, output.commit.basis)
        self._clock += 1
        self._changes[save.organization] = self._clock
        return written

    async def delete(self, organization: str) -> None:
        await self._faults.call()
        if self._tombstones:
            tombstone = Checkpoint({}, 0, deleted=True)
            self.rows[organization] = Row(tombstone, "", Stream(self._source, organization))
        else:
            self.rows.pop(organization, None)
        self._clock += 1
        self._changes[organization] = self._clock
        await self._faults.call()

    async def checkpoints(self, organizations: Collection[str]) -> Mapping[str, Checkpoint]:
        await self._faults.call()
        return {each: self.rows[each].checkpoint for each in organizations if each in self.rows}

    async def events(self, organization: str, after: int, limit: int) -> Page:
        await self._faults.call()
        row = self.rows.get(organization)
        if row is None:
            page = Stream(self._source, organization).page(after, limit)
        elif row.checkpoint.deleted:
            page = Page([], GONE)
        else:
            page = row.stream.page(after, limit, row.checkpoint.positions[GOALS])
        await self._faults.wait()
        return page

    async def heads(
        self,
        changed_since: str | None,
        named: Collection[str] = (),
        after: Mapping[str, int] | None = None,
        page: HeadsPage | None = None,
    ) -> ChangedHeads:
        await self._faults.call()
        heads = {
            organization: GONE if row.checkpoint.deleted else row.stream.head for organization, row in self.rows.items()
        }
        answer = part_of_heads(heads, self._changes, self._clock, changed_since, named, page)
        await self._faults.wait()
        return answer
