"""A projection's store in PostgreSQL: position guard, the service's own rows, and its outbox, in one transaction.

A service derives from `ProjectedStore` and says how its state is read and written.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Protocol

import msgspec

from goldenthread.contracts import reading
from goldenthread.contracts.envelope import Event
from goldenthread.runtime import outbox
from goldenthread.runtime.database import Connection, Pool
from goldenthread.runtime.projection.position import Position
from goldenthread.runtime.projection.protocols import Conflict, Loaded, Output, S, Save, Standing


class Draft(Protocol):
    """An event before it has its place in the stream. `id` follows from what it reflects, so a repeat has the same."""

    @property
    def id(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def time(self) -> datetime: ...
    @property
    def basis(self) -> int: ...
    @property
    def causationid(self) -> str | None: ...
    @property
    def correlationid(self) -> str | None: ...
    @property
    def traceparent(self) -> str | None: ...
    @property
    def payload(self) -> Any: ...


class ProjectedStore(ABC, Generic[S]):
    """`runtime.projection.protocols.Store` over one database. `wake` is called after events were written."""

    source: str
    """The source of the stream this projection publishes."""
    first: str
    """The source of the stream it reflects: `judged` of its head."""

    def __init__(self, pool: Pool, wake: Callable[[], None]) -> None:
        self.pool, self._wake = pool, wake

    @abstractmethod
    async def read(self, connection: Connection, organization: str) -> S:
        """The stored state of an organisation, in the caller's snapshot."""

    @abstractmethod
    async def write(self, connection: Connection, save: Save[S]) -> None:
        """Write what changed in `save.state`; with `save.fresh`, all of it in place of what is stored."""

    async def load(self, organization: str) -> Loaded[S] | None:
        """The organisation in one snapshot; None when it was never saved."""
        async with (
            self.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            raw = await connection.fetchval("SELECT standing FROM projections WHERE organization = $1", organization)
            return Loaded(_standing(raw), await self.read(connection, organization)) if raw else None

    async def save(self, save: Save[S]) -> None:
        """All of it or nothing. Raises `Conflict` when the store does not hold what this member read."""
        async with self.pool.acquire() as connection, connection.transaction():
            await self._guard(connection, save)
            if save.fresh:
                await outbox.clear(connection, save.organization)
            await self.write(connection, save)
            head = await outbox.position(connection, save.organization)
            events = self._events(save.organization, head, save.outputs)
            at = save.standing.positions[self.first]
            await outbox.append(connection, save.organization, events, reading.Position(at.sequence, at.id))
        if events:
            self._wake()

    async def standings(self, organizations: Collection[str]) -> Mapping[str, Standing]:
        """How far each of these is."""
        rows = await self.pool.fetch(
            "SELECT organization, standing FROM projections WHERE organization = ANY($1::text[])", list(organizations)
        )
        return {row["organization"]: _standing(row["standing"]) for row in rows}

    async def _guard(self, connection: Connection, save: Save[S]) -> None:
        if save.expected is None:
            done = await connection.fetchval(
                """INSERT INTO projections (organization, standing) VALUES ($1, $2::jsonb)
                   ON CONFLICT DO NOTHING RETURNING true""",
                save.organization,
                _json(save.standing),
            )
        else:
            done = await connection.fetchval(
                """UPDATE projections SET standing = $2::jsonb WHERE organization = $1 AND standing = $3::jsonb
                   RETURNING true""",
                save.organization,
                _json(save.standing),
                _json(save.expected),
            )
        if not done:
            raise Conflict(f"{save.organization} is not where this member read it")

    def _events(self, organization: str, head: reading.Position, outputs: Sequence[Output]) -> list[Event]:
        made: list[Event] = []
        sequence, previous = head.sequence, head.id
        for output in outputs:
            end = sequence + len(output.payloads)
            for draft in output.payloads:
                sequence += 1
                made.append(self._event(draft, organization, sequence, previous, end))
                previous = draft.id
        return made

    def _event(self, draft: Draft, organization: str, sequence: int, previous: str | None, commit: int) -> Event:
        return Event(
            id=draft.id,
            source=self.source,
            type=draft.type,
            time=draft.time,
            subject=draft.subject,
            organization=organization,
            sequence=sequence,
            previous=previous,
            commit=commit,
            basis=draft.basis,
            causationid=draft.causationid,
            correlationid=draft.correlationid,
            traceparent=draft.traceparent,
            data=draft.payload,
        )


def _json(standing: Standing) -> str:
    positions = {source: [at.sequence, at.id] for source, at in standing.positions.items()}
    return msgspec.json.encode({"positions": positions, "fold_version": standing.fold_version}).decode()


def _standing(raw: str) -> Standing:
    found = msgspec.json.decode(raw)
    return Standing({source: Position(*at) for source, at in found["positions"].items()}, found["fold_version"])
