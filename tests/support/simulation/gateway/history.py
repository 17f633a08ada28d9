"""Every event that was ever written, of all branches; and what an organization looks like after each of them.

This fold is written from the rules of the contracts, not from the gateway's code, so that one checks the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import structs

from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.alignment import LabelsChanged, Transition
from goldenthread.contracts.events.goals import entities_of
from goldenthread.contracts.read_api import NodeVerdict

Picture = Mapping[str, Any]
"""Entities, verdicts or alerts by id."""
NOTHING: Picture = {}


class History:
    """Events by id. An id has one place: whatever comes before it is the same on every branch that has it."""

    def __init__(self) -> None:
        self._events: dict[str, Event] = {}
        self._pictures: dict[str, Picture] = {}

    def note(self, events: Iterable[Event]) -> None:
        """Remember what a service wrote."""
        for event in events:
            self._events.setdefault(event.id, event)

    def event(self, id: str) -> Event:
        """The event with this id."""
        return self._events[id]

    def at(self, id: str | None, sequence: int) -> str | None:
        """The id of the event with this number on the branch that ends with `id`; None where that has none."""
        while id is not None and self._events[id].sequence > sequence:
            id = self._events[id].previous
        return id if id is not None and self._events[id].sequence == sequence else None

    def leads_to(self, earlier: str | None, later: str | None) -> bool:
        """Whether the branch that ends with `later` has `earlier` (None: the beginning, which every branch has)."""
        return earlier is None or self.at(later, self._events[earlier].sequence) == earlier

    def picture(self, id: str | None) -> Picture:
        """What a stream that ends with this event shows."""
        chain: list[Event] = []
        while id is not None and id not in self._pictures:
            chain.append(self._events[id])
            id = chain[-1].previous
        picture = NOTHING if id is None else self._pictures[id]
        for event in reversed(chain):
            picture = self._pictures[event.id] = _FOLDS[event.source](picture, event)
        return picture


def picture_of(events: Sequence[Event]) -> Picture:
    """A fresh fold of a stream from its first event."""
    picture = NOTHING
    for event in events:
        picture = _FOLDS[event.source](picture, event)
    return picture


def _fold_goals(picture: Picture, event: Event) -> Picture:
    return {**picture, **{entity.id: entity for entity in entities_of(event.data)}}


def _fold_alignment(picture: Picture, event: Event) -> Picture:
    data = event.data
    if isinstance(data, Transition):
        return {**picture, data.node: NodeVerdict(data.node, data.after, event.time, data.caused_by)}
    assert isinstance(data, LabelsChanged)
    known = {label.node: picture.get(label.node) or NodeVerdict(label.node, label.verdict) for label in data.labels}
    return {**picture, **{each.node: structs.replace(known[each.node], verdict=each.verdict) for each in data.labels}}


def _fold_alerts(picture: Picture, event: Event) -> Picture:
    return {**picture, event.data.alert.id: event.data.alert}


_FOLDS = {GOALS: _fold_goals, ALIGNMENT: _fold_alignment, ALERTS: _fold_alerts}
