"""What alignment publishes of a commit: its transitions, then every label it changed.

A pure function of goals' commit: the same events, ids and times however the commits were batched or recomputed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha1
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.alignment import TRANSITIONS, Cause, Label, LabelsChanged, Transition
from goldenthread.contracts.registry import name_of
from services.alignment.domain.verdict import Changes, LabelChange

CHUNK = 500
"""Labels in one event."""

NAMESPACE = uuid5(NAMESPACE_URL, "urn:goldenthread:alignment")
_NAMED = sha1(NAMESPACE.bytes, usedforsecurity=False)


class AlignmentDraft(Struct, frozen=True):
    """An event to be published, before it has its place in alignment's stream. `basis` is the commit it reflects."""

    id: str
    type: str
    subject: Id
    time: datetime
    basis: int
    causationid: str
    payload: Struct
    correlationid: str | None = None
    traceparent: str | None = None


def commit_drafts(commit: Sequence[Event], changes: Changes, start: int = 0) -> list[AlignmentDraft]:
    """The events that follow from one goals commit, in order; `start` is the index of the first among the commit's.

    `changes` is what judging exactly this commit gave. A commit that changes no label gives none.
    """
    if not len(changes):
        return []
    cause, last = _causing_event(commit, changes), commit[-1]
    caused_by = Cause(cause.id, cause.sequence, cause.type)
    made: list[tuple[Id, Struct]] = [(each.node, each) for each in transitions(changes, caused_by)]
    made += [(last.organization, each) for each in labels(changes)]
    return caused_drafts(last, cause, made, start)


def caused_drafts(last: Event, cause: Event, made: Sequence[tuple[Id, Struct]], start: int) -> list[AlignmentDraft]:
    """Payloads with their subjects, as events of the commit that ended with `last`, because of its event `cause`."""
    return [
        AlignmentDraft(
            event_id(last.organization, last.id, index),
            name_of(payload),
            subject,
            last.time,
            last.commit,
            cause.id,
            payload,
            cause.correlationid,
            cause.traceparent,
        )
        for index, (subject, payload) in enumerate(made, start)
    ]


def event_id(organization: Id, end: str, index: int) -> str:
    """The id of the `index`th event alignment publishes of the commit whose last event is `end`: always the same.

    The event's id and not its number: goals restored from a backup numbers anew, and what followed from a lost branch
    must not look like what follows from this one.
    """
    digest = _NAMED.copy()
    digest.update(f"{organization}/{end}/{index}".encode())
    text = digest.hexdigest()
    # A UUIDv5 (RFC 9562, 5.5) in our namespace, put together here: a class in between takes three times as long.
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{'89ab'[int(text[16], 16) & 3]}{text[17:20]}-{text[20:32]}"


def transitions(changes: Changes, caused_by: Cause) -> Iterator[Transition]:
    """One event for each judged node whose state, `broken_at` or cause changed. An end of judging is none."""
    for change in changes.labels:
        kind = TRANSITIONS.get(change.after.state)
        if kind is not None and is_transition(change):
            yield kind(change.node, change.after, caused_by, change.before)


def is_transition(change: LabelChange) -> bool:
    """Is this change of a label a transition?"""
    before, after = change.before, change.after
    if before is None:
        return True
    return (before.state, before.broken_at, before.cause) != (after.state, after.broken_at, after.cause)


def labels(changes: Changes) -> Iterator[LabelsChanged]:
    """Every changed label, at most `CHUNK` an event."""
    every = [Label(change.node, change.after) for change in changes.labels]
    for first in range(0, len(every), CHUNK):
        yield LabelsChanged(every[first : first + CHUNK])


def _causing_event(commit: Sequence[Event], changes: Changes) -> Event:
    """The last event of the commit that changed the graph."""
    return next((event for event in reversed(commit) if event.sequence == changes.cause), commit[-1])
