"""Pages of the history: every event of the stream is one entry."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event, events_from_json
from goldenthread.contracts.read_api import HistoryEntry, HistoryPage
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.outbox import tombstones
from goldenthread.runtime.postgres.database import Connection, Pool
from services.goals.history import names
from services.goals.history.names import Called, nobody
from services.goals.history.sentences import summary
from services.goals.stores import installation_store
from services.goals.stores.installation_store import InstallationAct


async def page(pool: Pool, organization: Id, subject: Id | None, before: int, limit: int) -> HistoryPage:
    """Entries about `subject` (all without one), newest first, of revisions below `before`."""
    where = "organization = $1 AND ($2::text IS NULL OR subject = $2)"
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        if await tombstones.is_deleted(connection, organization):
            return HistoryPage([], 0)
        total = await connection.fetchval(f"SELECT count(*) FROM outbox WHERE {where}", organization, subject)
        rows = await connection.fetch(
            f"""SELECT attributes, data FROM outbox WHERE {where} AND sequence < $3
                ORDER BY sequence DESC LIMIT $4""",
            organization,
            subject,
            before,
            limit,
        )
        events = events_from_json(b"[" + b",".join(outbox.stored_row_json(row) for row in rows) + b"]")
        named = await names.known(connection, organization, mentioned(events))
        acts = await _acts(connection, organization, events)
    return HistoryPage([_with_act(entry(event, named), acts) for event in events], total)


async def _acts(connection: Connection, organization: Id, events: Sequence[Event]) -> Sequence[InstallationAct]:
    numbers = [event.sequence for event in events if event.actor is None]
    if not numbers:
        return []
    return await installation_store.acts(connection, organization, min(numbers), max(numbers))


def _with_act(entry: HistoryEntry, acts: Sequence[InstallationAct]) -> HistoryEntry:
    """The entry, with the login of the administrator of the installation whose act it was, if it was one's."""
    act = next((each for each in acts if each.first <= entry.revision <= each.last), None)
    if act is None:
        return entry
    by = f"by {act.login.subject} of {act.login.issuer}, who administers this installation"
    return structs.replace(entry, summary=f"{entry.summary} ({by})")


def mentioned(events: Sequence[Event]) -> set[Id]:
    """The ids of whatever the entries of these events name."""
    found: set[Id] = set()

    def note(id: Id) -> str:
        found.add(id)
        return ""

    for event in events:
        entry(event, note)
    return found


def entry(event: Event, called: Called = nobody) -> HistoryEntry:
    """One event as an entry."""
    said = summary(event.type, event.data, called, event.subject)
    return HistoryEntry(event.sequence, event.id, event.time, event.actor, event.type, event.subject, said)
