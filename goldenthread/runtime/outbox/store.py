"""The outbox: the streams a service writes, in its own database, in the transaction that changes its state.

Rows are kept: they are the history and what `GET /v1/events` replays. Reading is by sequence within one organization,
whose row in `streams` is locked by every writer, so no reader ever sees a hole.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import UNSET

from goldenthread.contracts.envelope import CONTENT_TYPE, Event, encode_attributes, encode_data
from goldenthread.contracts.read_api import EventsPage, Head, Heads, StreamPosition
from goldenthread.runtime.postgres.database import Connection, Pool, Write, write_all

CHANNEL = "outbox"
MAX_COMMIT = 5_000
"""Events in one transaction, at most."""

_FEW = 50
"""Events that one statement writes; more go faster by COPY, before it."""

_PORTION = 1_000
"""Rows in one statement, at most: its arguments are encoded on the event loop."""

_TURN = 100
"""Rows made for COPY before others have a turn."""

COPY_LIMIT = 10_000
"""Events that one command should write, at most: a command may not take a minute."""

_ROWS = """
    INSERT INTO outbox (organization, sequence, "commit", id, type, subject, attributes, data)
    SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[])
"""
_MOVE = """
    INSERT INTO streams AS s (organization, sequence, id, judged, judged_id)
    VALUES ($1, coalesce($2::bigint, 0), $3::text, $4::bigint, $5::text)
    ON CONFLICT (organization) DO UPDATE SET
        sequence = coalesce($2, s.sequence), id = coalesce($3, s.id), judged = coalesce($4, s.judged),
        judged_id = coalesce($5, s.judged_id), changed_at = clock_timestamp()
"""
COMMON_RELAY, LARGE_RELAY = 0, 1
"""The numbers of the relays: of most streams, and of those of large organizations."""
NOTIFY_RELAY = (
    f"pg_notify('{CHANNEL}', coalesce((SELECT relay FROM streams WHERE organization = $1), {COMMON_RELAY})::text)"
)
"""Wakes the relay of $1, wherever it is, when the transaction that selects it is committed."""
REVISION_CHANNEL = "judged"
_NOTIFY_REVISION_WAITS = f"pg_notify('{REVISION_CHANNEL}', $1::text)"
"""Wakes who waits, in other processes, until the projection of $1 is as far as it is then (`revision_wait.py`)."""
Row = tuple[int, int, str, str, str, str, bytes]
"""An event as it is stored, in the order of `_COLUMNS`."""
_COLUMNS = ("sequence", "commit", "id", "type", "subject", "attributes", "data")

_HEAD = "sequence, id, judged, judged_id, deleted_at IS NOT NULL AS deleted"

_ALL = 2**62
_CLOCK_STEP = timedelta(microseconds=1)
"""What PostgreSQL's clock counts in."""
_ALL_HEADS = f"SELECT organization, {_HEAD} FROM streams WHERE organization > $1 ORDER BY organization LIMIT $2"
# With those that changed at the same moment as the last: the next page begins a moment later.
_CHANGED_HEADS = f"""
    SELECT organization, changed_at, {_HEAD} FROM streams
    WHERE changed_at >= $1 ORDER BY changed_at FETCH FIRST ($2::bigint) ROWS WITH TIES
"""
_NAMED_HEADS = f"SELECT organization, {_HEAD} FROM streams WHERE organization = ANY($1::text[])"

# Two seconds more, for what began between the list of transactions and the reading of the heads.
_UNSEEN_SINCE = """
    SELECT least(clock_timestamp() - interval '2 seconds', (SELECT min(xact_start) FROM pg_stat_activity
        WHERE datname = current_database() AND backend_xid IS NOT NULL))
"""

# ORDER and LIMIT within: one row is read by the primary key for each organization, however many the table has.
_WRITTEN = """
    SELECT place.organization, first.at FROM unnest($1::text[], $2::bigint[]) AS place (organization, sequence)
    CROSS JOIN LATERAL (
        SELECT coalesce(written_at, (attributes::json ->> 'time')::timestamptz) AS at FROM outbox
        WHERE outbox.organization = place.organization AND outbox.sequence > place.sequence ORDER BY sequence LIMIT 1
    ) AS first
"""


def _head(row: Any) -> Head:
    return Head(row["sequence"], row["id"], row["judged"], row["judged_id"], row["deleted"] or UNSET)


async def append(
    connection: Connection, organization: str, events: Sequence[Event], judged: StreamPosition | None = None
) -> None:
    """Write `events` (consecutive after the head) and move the head; `judged` alone moves only that."""
    if fits_one_statement(len(events)):
        writes = append_writes(events, judged)
    else:
        columns, records = ["organization", *_COLUMNS], _records(organization, events)
        await connection.copy_records_to_table("outbox", columns=columns, records=records)
        writes = [_moved(events, judged)]
    await write_all(connection, organization, writes, notify_selects(events, judged))


async def append_rows(connection: Connection, organization: str, made: Sequence[Row]) -> None:
    """Write rows that `rows` made of events (consecutive after the head), and move the head.

    By statements, which are as fast here as COPY: where this process freezes during one, PostgreSQL takes the
    transaction back after a while, whereas COPY waits for its client for ever.
    """
    for start in range(0, len(made), _PORTION):
        await connection.execute(_ROWS, organization, *zip(*made[start : start + _PORTION], strict=True))
    if made:
        moved = Write(_MOVE, (made[-1][0], made[-1][2], None, None))
        await write_all(connection, organization, [moved], NOTIFY_RELAY)


def rows(events: Sequence[Event]) -> list[Row]:
    """Events as `append_rows` writes them."""
    return [_row(event) for event in events]


def fits_one_statement(events: int) -> bool:
    """Whether so many events are written faster by statements than by COPY."""
    return events <= _FEW


def append_writes(events: Sequence[Event], judged: StreamPosition | None = None) -> list[Write]:
    """What `append` does with few events, as statements: whoever executes them selects `notify_selects`."""
    moved = _moved(events, judged)
    return [Write(_ROWS, list(zip(*map(_row, events), strict=True))), moved] if events else [moved]


def notify_selects(events: Sequence[Event], judged: StreamPosition | None) -> str:
    """What is selected in a transaction that writes `events` and moves `judged`, so that others hear of it."""
    return ", ".join([NOTIFY_RELAY] * bool(events) + [_NOTIFY_REVISION_WAITS] * bool(judged)) or "1"


def _moved(events: Sequence[Event], judged: StreamPosition | None) -> Write:
    last = events[-1] if events else None
    at, id = (last.sequence, last.id) if last else (None, None)
    return Write(_MOVE, (at, id, judged.sequence if judged else None, judged.id if judged else None))


async def _records(organization: str, events: Sequence[Event]) -> AsyncIterator[tuple[Any, ...]]:
    """Rows made while those before them are written; every now and then others have a turn."""
    for number, event in enumerate(events, 1):
        yield organization, *_row(event)
        if not number % _TURN:
            await asyncio.sleep(0)


def _row(event: Event) -> Row:
    attributes, data = encode_attributes(event), encode_data(event.data)
    return event.sequence, event.commit, event.id, event.type, event.subject, attributes, data


async def head_position(connection: Connection, organization: str) -> StreamPosition:
    """The head of one organization's stream; sequence 0 where there is none, or it was deleted."""
    row = await connection.fetchrow(
        "SELECT sequence, id FROM streams WHERE organization = $1 AND deleted_at IS NULL", organization
    )
    return StreamPosition(row["sequence"], row["id"]) if row else StreamPosition()


async def head(connection: Connection | Pool, organization: str) -> Head:
    """The head and the goals commit that it reflects; sequence 0 for an unknown organization."""
    row = await connection.fetchrow(f"SELECT {_HEAD} FROM streams WHERE organization = $1", organization)
    return _head(row) if row else Head(0, None)


async def heads(
    pool: Pool,
    since: datetime | None,
    named: Collection[str] = (),
    after: Mapping[str, int] | None = None,
    limit: int | None = None,
    behind: str = "",
) -> Heads:
    """Heads changed since `since` (or, without it, those of all organizations behind `behind`), and of those named; and
    when the first event after each place of `after` was written. With `limit` a page: see `HeadsQuery`.

    `at` is read before they are, and lies before the beginning of every transaction that is still writing: a change is
    dated before it is committed, and one that is not yet seen here must be asked for again.
    """
    async with pool.acquire() as connection:
        at = await connection.fetchval(_UNSEEN_SINCE)
        if since is None:
            rows = await connection.fetch(_ALL_HEADS, behind, limit)
        else:
            rows = await connection.fetch(_CHANGED_HEADS, since, _ALL if limit is None else limit)
        named_rows = await connection.fetch(_NAMED_HEADS, list(named)) if named else []
        written = await connection.fetch(_WRITTEN, list(after), list(after.values())) if after else None
    heads = {row["organization"]: _head(row) for row in (*rows, *named_rows)}
    times = UNSET if written is None else {row["organization"]: row["at"] for row in written}
    if limit is None or len(rows) < limit:
        return Heads(at, heads, times)
    if since is None:
        return Heads(at, heads, times, next_behind=rows[-1]["organization"] if rows else behind)
    next_change = rows[-1]["changed_at"] + _CLOCK_STEP if rows else since
    return Heads(min(at, next_change), heads, times, next_change=next_change)


async def page(pool: Pool, organization: str, after: int, limit: int) -> EventsPage:
    """Whole commits after `after`: `limit` events, more when the last commit is longer than what is left.

    Of a deleted organization the head alone, which says so.
    """
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        found = await head(connection, organization)
        if found.deleted is True:
            return EventsPage(msgspec.Raw(b"[]"), found)
        last = await connection.fetchval(
            """SELECT max("commit") FROM (SELECT "commit" FROM outbox WHERE organization = $1 AND sequence > $2
               ORDER BY sequence LIMIT $3) AS first""",
            organization,
            after,
            limit,
        )
        rows = await connection.fetch(
            """SELECT attributes, data FROM outbox WHERE organization = $1 AND sequence > $2 AND sequence <= $3
               ORDER BY sequence""",
            organization,
            after,
            last or 0,
        )
    return EventsPage(msgspec.Raw(b"[" + b",".join(stored_row_json(row) for row in rows) + b"]"), found)


def stored_row_json(row: Any) -> bytes:
    """A row as one CloudEvent in JSON, without decoding its payload."""
    return _joined(row["attributes"], row["data"])


def row_json(row: Row) -> bytes:
    """The same of a row that `rows` made: an event is encoded once."""
    *_, attributes, data = row
    return _joined(attributes, data)


def event_json(event: Event) -> bytes:
    """The same of an event that is not stored."""
    return _joined(encode_attributes(event), encode_data(event.data))


def _joined(text: str, data: bytes) -> bytes:
    return text[:-1].encode() + b',"datacontenttype":"' + CONTENT_TYPE.encode() + b'","data":' + data + b"}"


async def move_to_large_relay(connection: Connection, organization: str) -> None:
    """Have the relay of large organizations publish this stream from now on, for ever; some events may go out twice."""
    await connection.execute(
        """INSERT INTO streams (organization, relay) VALUES ($1, $2)
           ON CONFLICT (organization) DO UPDATE SET relay = excluded.relay""",
        organization,
        LARGE_RELAY,
    )


async def large_organizations(pool: Pool, but: Collection[str]) -> list[str]:
    """The organizations with a relay of their own, without those in `but`."""
    rows = await pool.fetch(
        "SELECT organization FROM streams WHERE relay = $1 AND organization <> ALL($2::text[])", LARGE_RELAY, list(but)
    )
    return [row["organization"] for row in rows]


async def clear(connection: Connection, organization: str) -> None:
    """Forget one organization's stream: a projection that folds it afresh writes it again from the first event.

    It is then published from there, too.
    """
    await connection.execute("DELETE FROM outbox WHERE organization = $1", organization)
    await connection.execute(
        """UPDATE streams SET sequence = 0, id = NULL, judged = NULL, judged_id = NULL, published = 0,
               generation = generation + 1 WHERE organization = $1""",
        organization,
    )
