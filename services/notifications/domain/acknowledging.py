"""What people said to alerts, laid over what the fold says of them; and where in the stream they said it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct, structs

from goldenthread.contracts.entities import Id
from goldenthread.contracts.events.alerts import (
    Alert,
    AlertAcknowledged,
    AlertChanged,
    AlertRaised,
    AlertResolved,
    AlertState,
)

Payload = AlertRaised | AlertChanged | AlertAcknowledged | AlertResolved


class Acknowledgement(Struct, frozen=True):
    """Somebody has seen an alert, when it reflected goals commit `basis`."""

    alert: Id
    by: Id
    at: datetime
    basis: int
    note: str | None = None
    correlationid: str | None = None
    traceparent: str | None = None


class Said(NamedTuple):
    """An acknowledgement in its place among the commits: `alert` as it reads from there on."""

    acknowledgement: Acknowledgement
    alert: Alert
    basis: int


def acknowledged(alert: Alert, said: Acknowledgement | None) -> Alert:
    """The alert with what was said to it: ACKNOWLEDGED until it is resolved, and by whom, when and how for good."""
    if said is None:
        return alert
    state = alert.state if alert.state is AlertState.RESOLVED else AlertState.ACKNOWLEDGED
    return structs.replace(alert, state=state, acknowledged_by=said.by, acknowledged_at=said.at, note=said.note)


class Overlay:
    """Lays acknowledgements over commits that go to the stream one after the other.

    Alerts raised by these commits and acknowledged all the same are folded again: somebody had acknowledged them in the
    stream that these commits replace. What was said is said again where it was: before the first commit that reflects
    more of goals, at the latest before the alert is resolved.
    """

    def __init__(self, acknowledgements: Mapping[Id, Acknowledgement], raised: set[Id]) -> None:
        self._known = acknowledgements
        self._said = set(acknowledgements) - raised
        self._waiting: dict[Id, Alert] = {}
        self._basis = 0

    def before(self, basis: int, payloads: Sequence[Payload]) -> list[Said]:
        """What is said again before a commit of these payloads."""
        ending = {each.alert.id for each in payloads if isinstance(each, AlertResolved)}
        due = [id for id in self._waiting if id in ending or self._known[id].basis < basis]
        return self._say(due)

    def payload(self, payload: Payload, basis: int) -> Payload:
        """The payload with what has been said to its alert."""
        self._basis = basis
        id = payload.alert.id
        if id in self._said:
            return type(payload)(acknowledged(payload.alert, self._known[id]))
        if id in self._waiting or (id in self._known and isinstance(payload, AlertRaised)):
            self._waiting[id] = payload.alert
        return payload

    def rest(self) -> list[Said]:
        """What is still to be said after the last commit."""
        return self._say(list(self._waiting))

    def _say(self, due: Sequence[Id]) -> list[Said]:
        made = []
        for said in sorted((self._known[id] for id in due), key=lambda each: (each.at, each.alert)):
            alert = acknowledged(self._waiting.pop(said.alert), said)
            self._said.add(said.alert)
            made.append(Said(said, alert, max(said.basis, self._basis)))
        return made
