"""A consumer's database: rows, positions and outbox in one transaction, guarded; and the replay side of its stream."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import cast

from goldenthread.contracts.envelope import Event
from goldenthread.runtime.projection import (
    ChangedHeads,
    Checkpoint,
    Conflict,
    Page,
    Position,
    PreparedSave,
    Save,
    StoredState,
)
from tests.support.simulation.faults import Faults
from tests.support.simulation.folding import Rows, State, drawn_up, output_ids
from tests.support.simulation.streams import GOALS, Stream


@dataclass
class Row:
    standing: Checkpoint
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
        drawn: bool = True,
    ) -> None:
        self.rows: dict[str, Row] = {}
        self._source = source
        self._faults = faults
        self._published = published
        self._guard, self._atomic, self._drawn = guard, atomic, drawn
        self._changes: dict[str, int] = {}
        self._clock = 0

    async def load(self, organization: str) -> StoredState[State] | None:
        await self._faults.call()
        row = self.rows.get(organization)
        loaded = StoredState(row.standing, State(row.chain, dict(row.rows))) if row else None
        await self._faults.wait()
        return loaded

    def draw_up(self, save: Save[State]) -> PreparedSave[Rows]:
        rows: Rows | State = drawn_up(save.state) if self._drawn else save.state
        return save.drawn(cast(Rows, rows))

    async def save(self, save: PreparedSave[Rows]) -> None:
        await self._faults.call()
        events = self._write(save)
        if not self._atomic:
            await self._faults.call()
            self.rows[save.organization].standing = save.standing
        for event in events:
            self._published(event)
        await self._faults.call()

    def _write(self, save: PreparedSave[Rows]) -> list[Event]:
        row = self.rows.get(save.organization)
        if self._guard and (row.standing if row else None) != save.expected:
            raise Conflict
        if row is None or save.fresh:
            row = Row(save.standing, "", Stream(self._source, save.organization))
            self.rows[save.organization] = row
        if self._atomic:
            row.standing = save.standing
        row.chain = save.rows.chain
        row.rows.update(save.rows.rows)
        written: list[Event] = []
        for output in save.outputs:
            ids = output_ids(output.commit, save.standing.fold_version, output.payloads)
            written += row.stream.append(ids, output.commit.basis)
        self._clock += 1
        self._changes[save.organization] = self._clock
        return written

    async def standings(self, organizations: Collection[str]) -> Mapping[str, Checkpoint]:
        await self._faults.call()
        return {each: self.rows[each].standing for each in organizations if each in self.rows}

    async def events(self, organization: str, after: int, limit: int) -> Page:
        await self._faults.call()
        row = self.rows.get(organization)
        if row is None:
            page = Stream(self._source, organization).page(after, limit)
        else:
            page = row.stream.page(after, limit, row.standing.positions[GOALS])
        await self._faults.wait()
        return page

    async def heads(self, changed_since: str | None, named: Collection[str] = ()) -> ChangedHeads:
        await self._faults.call()
        since = int(changed_since or 0)
        heads: dict[str, Position] = {
            organization: row.stream.head
            for organization, row in self.rows.items()
            if changed_since is None or self._changes[organization] > since or organization in named
        }
        token = str(self._clock)
        await self._faults.wait()
        return ChangedHeads(heads, token)
