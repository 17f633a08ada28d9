"""Facts of the domain → contract events with their place in the stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.goals import SOURCE, LinkAccepted, LinkReaffirmed, LinkWithdrawn
from goldenthread.contracts.read_api import StreamPosition
from goldenthread.contracts.registry import name_of
from goldenthread.runtime.clock import uuid7
from goldenthread.runtime.outbox.store import MAX_COMMIT, event_json
from services.goals.domain.decision import Fact

_OF_LINKS = (LinkAccepted, LinkReaffirmed, LinkWithdrawn)


class Origin(Struct, frozen=True):
    """Who brought facts about, when, and in which request."""

    organization: Id
    actor: Id | None
    now: datetime
    request: str | None = None
    traceparent: str | None = None


def events(facts: Sequence[Fact], head: StreamPosition, origin: Origin) -> list[Event]:
    """The facts as events right after `head`, chained.

    More than a commit may have become a series of commits, still written in one transaction: all of them or none.
    """
    made: list[Event] = []
    previous, ends = head.id, _ends(facts)
    end = next(ends, 0)
    for index, fact in enumerate(facts):
        end = next(ends) if index == end else end
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


def _ends(facts: Sequence[Fact]) -> Iterator[int]:
    """Where each commit of a series ends: never between a node and the links it came with."""
    start, last = 0, len(facts)
    while last - start > MAX_COMMIT:
        end = start + MAX_COMMIT
        while end > start and isinstance(facts[end].payload, _OF_LINKS):
            end -= 1
        start = end if end > start else start + MAX_COMMIT
        yield start
    yield last


def as_json(found: Sequence[Event]) -> list[Any]:
    """Events for an answer."""
    return [msgspec.Raw(event_json(event)) for event in found]
