"""Facts of the domain → contract events with their place in the stream."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from goldenthread.contracts import envelope
from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.goals import SOURCE
from goldenthread.contracts.reading import Position
from goldenthread.contracts.registry import name_of
from goldenthread.runtime.clock import uuid7
from goldenthread.runtime.outbox import MAX_COMMIT
from services.goals.domain.case import Fact


class Origin(Struct, frozen=True):
    """Who brought facts about, when, and in which request."""

    organization: Id
    actor: Id | None
    now: datetime
    request: str | None = None
    traceparent: str | None = None


def events(facts: Sequence[Fact], head: Position, origin: Origin) -> list[Event]:
    """The facts as events right after `head`, chained; more than a transaction may have become a series of commits."""
    made: list[Event] = []
    previous = head.id
    for index, fact in enumerate(facts):
        end = min(len(facts), (index // MAX_COMMIT + 1) * MAX_COMMIT)
        event = Event(
            id=uuid7(),
            source=SOURCE,
            type=name_of(fact.payload),
            time=origin.now,
            subject=fact.subject,
            organization=origin.organization,
            sequence=head.sequence + 1 + index,
            previous=previous,
            commit=head.sequence + end,
            data=fact.payload,
            actor=origin.actor,
            correlationid=origin.request,
            traceparent=origin.traceparent,
        )
        previous = event.id
        made.append(event)
    return made


def as_json(found: Sequence[Event]) -> list[Any]:
    """Events for an answer."""
    return [msgspec.Raw(msgspec.json.encode(envelope.to_json(event))) for event in found]
