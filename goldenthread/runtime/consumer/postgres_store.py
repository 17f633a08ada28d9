"""A projection's store in PostgreSQL: position guard, the service's own rows, and its outbox, in one transaction.

A service derives from `ProjectionStore` and says how its state is read and written.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec
from asyncpg import DivisionByZeroError

from goldenthread.contracts import read_api
from goldenthread.contracts.envelope import Event
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.outbox import tombstones
from goldenthread.runtime.outbox.revision_wait import RevisionWaits
from goldenthread.runtime.postgres.database import Connection, Pool, Write, read_snapshot, write_all
from goldenthread.runtime.projection.protocols import Checkpoint, Conflict, PreparedSave, S, Save, StoredState
from goldenthread.runtime.streams.position import Position

log = logging.getLogger(__name__)
R = TypeVar("R")
"""The rows that a service prepares to be written."""
T = TypeVar("T")
_MANY = 1_000
"""Work on more rows than this is done in a thread."""
_REMEMBERED = 10_000
"""The most organizations for which the end of the stream is remembered."""
_IN_PLACE = """
    UPDATE projections SET standing = $2::jsonb WHERE organization = $1 AND standing = $3::jsonb AND EXISTS (
        SELECT FROM streams WHERE streams.organization = $1 AND sequence = $4 AND id IS NOT DISTINCT FROM $5::text
    ) RETURNING true
"""
_PORTION = 1_000
"""Rows in one statement, at most: its arguments are encoded on the event loop."""


def chunks(rows: Sequence[T], size: int = _PORTION) -> Iterator[Sequence[T]]:
    """Rows in portions for one statement each, in order; no portion if there are no rows."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


async def in_thread_if_large(size: int, work: Callable[[], T]) -> T:
    """The result of `work` on `size` rows; for many rows it runs in a thread, so that the event loop is not blocked."""
    return work() if size <= _MANY else await asyncio.to_thread(work)


class EventDraft(Protocol):
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


class ProjectionStore(ABC, Generic[S, R]):
    """`runtime.projection.protocols.Store` over one database. `wake` is called after events were written."""

    source: str
    """The source of the stream this projection publishes."""
    first: str
    """The source of the stream it reflects: `revision_waits` of its head."""

    def __init__(self, pool: Pool, wake: Callable[[], None]) -> None:
        self.pool, self._wake = pool, wake
        self.revision_waits = RevisionWaits(pool)
        """The callers that wait for a save."""
        self.purge = tombstones.Purge(pool)
        """Deletes the rows of deleted organizations. To be run."""
        self._heads: dict[str, _StreamEnd] = {}
        """The ends of the streams that were saved here since they were loaded."""

    def tasks(self) -> list[asyncio.Task[None]]:
        """What is to run beside it, until cancelled: who waits hears of saves, and deleted organizations are purged."""
        waits, purge = self.revision_waits.run(), self.purge.run()
        return [asyncio.create_task(waits, name="judged"), asyncio.create_task(purge, name="purge")]

    @abstractmethod
    async def read(self, connection: Connection, organization: str) -> S:
        """The stored state of an organization, in the caller's snapshot."""

    @abstractmethod
    def rows(self, save: Save[S]) -> R:
        """What changed in `save.state` since this was last called, as it is to be written.

        It no longer changes when the state does. Touches nothing but the state, and may be called in a thread.
        """

    @abstractmethod
    async def write(self, connection: Connection, prepared: PreparedSave[R]) -> None:
        """Write `prepared.rows`; with `prepared.fresh`, in place of everything that is stored."""

    def prepare_save(self, save: Save[S]) -> PreparedSave[R]:
        """What `save` writes, by its rows."""
        return save.prepared(self.rows(save))

    async def load(self, organization: str) -> StoredState[S] | None:
        """The organization in one snapshot; None when it was never saved.

        If another version of the code saved it and this one cannot read it, it is folded again from the first event.
        """
        self._heads.pop(organization, None)
        async with read_snapshot(self.pool) as connection:
            raw = await connection.fetchval("SELECT standing FROM projections WHERE organization = $1", organization)
            if not raw:
                return None
            if _checkpoint(raw).deleted:
                return StoredState(_checkpoint(raw), None)
            try:
                return StoredState(_checkpoint(raw), await self.read(connection, organization))
            except msgspec.MsgspecError as error:
                log.warning("%s is folded again, because its stored state cannot be read: %s", organization, error)
                return StoredState(_checkpoint(raw), None)

    def combined_writes(self, prepared: PreparedSave[R]) -> Sequence[Write] | None:  # noqa: ARG002
        """The statements of `write`, if they can be combined into one; None if they have to be sent one after another.

        Only for a service whose saves alone write its streams, and whose `save_within` does no more than this one.
        """
        return None

    async def save(self, prepared: PreparedSave[R]) -> None:
        """Save all of it or nothing. Raises `Conflict` if the stored checkpoint is not the one this member read."""
        events = await self._save_in_one_statement(prepared)
        if events is None:
            async with self.pool.acquire() as connection, connection.transaction():
                await self._guard(connection, prepared)
                events = await self.save_within(connection, prepared)
        self.revision_waits.saved(prepared.organization)
        if events:
            self._wake()

    async def save_within(self, connection: Connection, prepared: PreparedSave[R]) -> list[Event]:
        """Write state and stream, after the guard has checked the position; returns the appended events.

        A service extends it to write more in the same transaction.
        """
        if prepared.fresh:
            await outbox.clear(connection, prepared.organization)
        await self.write(connection, prepared)
        commits = await self.commits(connection, prepared)
        head = await outbox.head_position(connection, prepared.organization)
        at = prepared.checkpoint.positions[self.first]
        placed, size = self._placed(prepared.organization, head, commits), sum(map(len, commits))
        events: list[Event] = []
        for _ in range(0, max(size, 1), outbox.COPY_LIMIT):
            # Events are made between statements, not all before the first one, so that the transaction is not idle for
            # long.
            some = await in_thread_if_large(size, lambda: list(islice(placed, outbox.COPY_LIMIT)))
            await outbox.append(connection, prepared.organization, some, read_api.StreamPosition(at.sequence, at.id))
            events += some
        self._remember_end(prepared, head, events)
        return events

    def drafts(self, prepared: PreparedSave[R]) -> Sequence[Sequence[EventDraft]]:
        """The events that were folded, commit by commit."""
        return [output.payloads for output in prepared.outputs]

    async def commits(self, connection: Connection, prepared: PreparedSave[R]) -> Sequence[Sequence[EventDraft]]:  # noqa: ARG002
        """The events to publish: by default the folded ones; a service may add others."""
        return self.drafts(prepared)

    async def checkpoints(self, organizations: Collection[str]) -> Mapping[str, Checkpoint]:
        """The checkpoint of each of these organizations."""
        rows = await self.pool.fetch(
            "SELECT organization, standing FROM projections WHERE organization = ANY($1::text[])", list(organizations)
        )
        return {row["organization"]: _checkpoint(row["standing"]) for row in rows}

    async def delete(self, organization: str) -> None:
        """Put a tombstone in the place of an organization. Its rows are deleted by `outbox.tombstones.Purge`."""
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                """INSERT INTO projections (organization, standing) VALUES ($1, $2::jsonb)
                   ON CONFLICT (organization) DO UPDATE SET standing = excluded.standing""",
                organization,
                _json(Checkpoint({}, 0, deleted=True)),
            )
            await tombstones.bury(connection, organization)
            await self.delete_within(connection, organization)
        self._heads.pop(organization, None)
        self.revision_waits.saved(organization)
        self.purge.wake()

    async def delete_within(self, connection: Connection, organization: str) -> None:
        """What a service does in the same transaction, so that it does nothing more for the organization."""

    @staticmethod
    async def lock_checkpoint(connection: Connection, organization: str) -> Checkpoint | None:
        """Block every save of this organization until the transaction ends; returns its checkpoint, None if never
        saved.
        """
        raw = await connection.fetchval(
            "SELECT standing FROM projections WHERE organization = $1 FOR UPDATE", organization
        )
        return _checkpoint(raw) if raw else None

    async def _guard(self, connection: Connection, prepared: PreparedSave[R]) -> None:
        if prepared.expected is None:
            done = await connection.fetchval(
                """INSERT INTO projections (organization, standing) VALUES ($1, $2::jsonb)
                   ON CONFLICT DO NOTHING RETURNING true""",
                prepared.organization,
                _json(prepared.checkpoint),
            )
        else:
            done = await connection.fetchval(
                """UPDATE projections SET standing = $2::jsonb WHERE organization = $1 AND standing = $3::jsonb
                   RETURNING true""",
                prepared.organization,
                _json(prepared.checkpoint),
                _json(prepared.expected),
            )
        if not done:
            raise Conflict(_conflict_message(prepared))

    async def _save_in_one_statement(self, prepared: PreparedSave[R]) -> list[Event] | None:
        """The whole save in one round trip, if it is small and the end of its stream is known; returns the appended
        events.
        """
        head = self._heads.get(prepared.organization)
        if head is None or head.checkpoint != prepared.expected or not outbox.fits_one_statement(_size(prepared)):
            return None
        writes = self.combined_writes(prepared)
        if writes is None:
            return None
        events = self.events(prepared.organization, head.at, self.drafts(prepared))
        guard = Write(_IN_PLACE, (_json(prepared.checkpoint), _json(head.checkpoint), head.at.sequence, head.at.id))
        at = prepared.checkpoint.positions[self.first]
        judged = read_api.StreamPosition(at.sequence, at.id)
        all_of_it = [guard, *writes, *outbox.append_writes(events, judged)]
        # If the guard finds another position, a division by zero rolls everything back.
        answer = f"1 / (SELECT count(*) FROM w0), {outbox.notify_selects(events, judged)}"
        try:
            await write_all(self.pool, prepared.organization, all_of_it, answer)
        except DivisionByZeroError as error:
            raise Conflict(_conflict_message(prepared)) from error
        self._remember_end(prepared, head.at, events)
        return events

    def _remember_end(
        self, prepared: PreparedSave[R], before: read_api.StreamPosition, events: Sequence[Event]
    ) -> None:
        """Remember the end of the stream after this save; the checkpoint shows later whether the save succeeded."""
        at = read_api.StreamPosition(events[-1].sequence, events[-1].id) if events else before
        if len(self._heads) >= _REMEMBERED:
            self._heads.clear()
        self._heads[prepared.organization] = _StreamEnd(prepared.checkpoint, at)

    def events(
        self, organization: str, head: read_api.StreamPosition, commits: Sequence[Sequence[EventDraft]]
    ) -> list[Event]:
        """The drafts as events, numbered and chained after `head`."""
        return list(self._placed(organization, head, commits))

    def _placed(
        self, organization: str, head: read_api.StreamPosition, commits: Sequence[Sequence[EventDraft]]
    ) -> Iterator[Event]:
        sequence, previous = head.sequence, head.id
        for drafts in commits:
            end = sequence + len(drafts)
            for draft in drafts:
                sequence += 1
                yield self._event(draft, organization, sequence, previous, end)
                previous = draft.id

    def _event(self, draft: EventDraft, organization: str, sequence: int, previous: str | None, commit: int) -> Event:
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
            actor=getattr(draft, "actor", None),  # only the few events that a person caused have one
            causationid=draft.causationid,
            correlationid=draft.correlationid,
            traceparent=draft.traceparent,
            data=draft.payload,
        )


class _StreamEnd(NamedTuple):
    """The end of a stream, at a checkpoint of its projection."""

    checkpoint: Checkpoint
    at: read_api.StreamPosition


def _size(prepared: PreparedSave[Any]) -> int:
    return sum(len(output.payloads) for output in prepared.outputs)


def _conflict_message(prepared: PreparedSave[Any]) -> str:
    return f"{prepared.organization} is not where this member read it"


def _json(checkpoint: Checkpoint) -> str:
    positions = {source: [at.sequence, at.id] for source, at in checkpoint.positions.items()}
    deleted = {"deleted": True} if checkpoint.deleted else {}
    return msgspec.json.encode({"positions": positions, "fold_version": checkpoint.fold_version, **deleted}).decode()


def _checkpoint(raw: str) -> Checkpoint:
    found = msgspec.json.decode(raw)
    positions = {source: Position(*at) for source, at in found["positions"].items()}
    return Checkpoint(positions, found["fold_version"], found.get("deleted", False))
