"""The history: what changed, in words. Every event of the stream is one entry."""

from __future__ import annotations

from typing import Any

import msgspec

from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event, events_from_json
from goldenthread.contracts.reading import HistoryEntry, HistoryPage
from goldenthread.runtime import outbox
from goldenthread.runtime.database import Pool

_WORDS = {
    "organization.created": "organisation created",
    "policy.changed": "policy changed",
    "unit.created": "unit created",
    "unit.changed": "unit changed",
    "unit.moved": "unit moved",
    "unit.closed": "unit closed",
    "person.joined": "a person joined",
    "person.roles-changed": "roles changed",
    "person.left": "a person left",
    "cycle.opened": "cycle opened",
    "cycle.closed": "cycle closed",
    "purpose.published": "purpose published",
    "purpose.revised": "purpose revised",
    "purpose.retired": "purpose retired",
    "why.published": "why published",
    "why.revised": "why revised",
    "why.retired": "why retired",
    "why.answered": "why answered",
    "why.answer-confirmed": "answer confirmed",
    "why.answer-overdue": "answer overdue",
    "question.asked": "question asked",
    "question.answered": "question answered",
    "question.settled": "question settled",
    "question.withdrawn": "question withdrawn",
    "question.escalated": "question escalated",
    "question.moved": "question moved",
    "objective.created": "objective created",
    "objective.changed": "objective changed",
    "objective.activated": "objective activated",
    "objective.closed": "objective closed",
    "objective.archived": "objective archived",
    "objective.reopened": "objective reopened",
    "objective.carried-over": "objective carried over",
    "objective.co-owner-accepted": "co-owner accepted",
    "objective.co-owner-declined": "co-owner declined",
    "link.moved": "link moved",
    "feedback.received": "feedback received",
    "feedback.linked": "feedback linked",
    "feedback.unlinked": "feedback unlinked",
    "feedback.answered": "feedback answered",
    "key-result.added": "key result added",
    "key-result.changed": "key result changed",
    "key-result.removed": "key result removed",
    "check-in.recorded": "check-in recorded",
    "check-in.acknowledged": "check-in acknowledged",
    "link.proposed": "link proposed",
    "link.countered": "link countered",
    "link.accepted": "link accepted",
    "link.declined": "link declined",
    "link.withdrawn": "link withdrawn",
    "link.reaffirmed": "link reaffirmed",
    "promise.kept": "promise kept",
    "promise.broken": "promise broken",
    "plan.imported": "plan imported",
    "grace.ended": "patience ended",
    "link.overdue": "link overdue",
    "day.closed": "day closed",
}


_OF_SERVICE_ACCOUNTS = {
    "person.joined": "service account created",
    "person.roles-changed": "roles of a service account changed",
    "person.left": "service account revoked",
}
_BOOKKEEPING = ("told",)
"""What follows from other changes that are named: since when each unit of the audience has known a why."""


async def page(pool: Pool, organization: Id, subject: Id | None, before: int, limit: int) -> HistoryPage:
    """Entries about `subject` (all without one), newest first, of revisions below `before`."""
    where = "organization = $1 AND ($2::text IS NULL OR subject = $2)"
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        total = await connection.fetchval(f"SELECT count(*) FROM outbox WHERE {where}", organization, subject)
        rows = await connection.fetch(
            f"""SELECT attributes, data FROM outbox WHERE {where} AND sequence < $3
                ORDER BY sequence DESC LIMIT $4""",
            organization,
            subject,
            before,
            limit,
        )
    events = events_from_json(b"[" + b",".join(outbox.as_json(row) for row in rows) + b"]")
    return HistoryPage([entry(event) for event in events], total)


def entry(event: Event) -> HistoryEntry:
    """One event as an entry."""
    return HistoryEntry(
        event.sequence, event.id, event.time, event.actor, event.type, event.subject, summary(event.type, event.data)
    )


def summary(type: str, data: Any) -> str:
    """One sentence: what happened, before and after where the event says both, the reason where it gives one."""
    words = _words(type, data)
    before, after = getattr(data, "before", None), _after(data)
    changes = _changes(before, after) if before is not None and after is not None else []
    reason = getattr(data, "reason", None) or getattr(getattr(data, "link", None), "reason", None)
    text = words[0].upper() + words[1:]
    if changes:
        text += ": " + "; ".join(changes)
    return f"{text} ({reason})" if reason else text


def _words(type: str, data: Any) -> str:
    person = getattr(data, "person", None)
    if person is not None and person.service:
        return _OF_SERVICE_ACCOUNTS.get(type, type)
    return _WORDS.get(type, type)


def _after(data: Any) -> Any:
    fields = [name for name in getattr(data, "__struct_fields__", ()) if name != "before"]
    return getattr(data, fields[0]) if fields else None


def _changes(before: Any, after: Any) -> list[str]:
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(after)
    if "policy" in new:
        new = new["policy"]
    return [
        f"{name.replace('_', ' ')} {_said(old[name])} → {_said(new[name])}"
        for name in new
        if name in old and old[name] != new[name] and name not in _BOOKKEEPING
    ]


def _said(value: Any) -> str:
    """A value as people write it."""
    if value is None or value == []:
        return "nothing"
    if isinstance(value, list):
        return ", ".join(map(_said, value))
    return f"“{value}”" if isinstance(value, str) else str(value)
