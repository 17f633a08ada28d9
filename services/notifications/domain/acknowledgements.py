"""Acknowledgements of alerts, laid over the alerts that the fold gives, and their place in the stream. Pure."""

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
    """A person has seen an alert, when it reflected goals commit `basis`."""

    alert: Id
    by: Id
    at: datetime
    basis: int
    note: str | None = None
    correlationid: str | None = None
    traceparent: str | None = None


class PlacedAcknowledgement(NamedTuple):
    """An acknowledgement in its place among the commits: `alert` as it reads from there on."""

    acknowledgement: Acknowledgement
    alert: Alert
    basis: int


def acknowledged(alert: Alert, acknowledgement: Acknowledgement | None) -> Alert:
    """The alert with its acknowledgement: ACKNOWLEDGED until it is resolved, and by whom, when and how for good."""
    if acknowledgement is None:
        return alert
    state = alert.state if alert.state is AlertState.RESOLVED else AlertState.ACKNOWLEDGED
    return structs.replace(
        alert,
        state=state,
        acknowledged_by=acknowledgement.by,
        acknowledged_at=acknowledgement.at,
        note=acknowledgement.note,
    )


class AcknowledgementOverlay:
    """Lays acknowledgements over commits that go to the stream one after the other.

    Alerts raised by these commits and acknowledged all the same are folded again: somebody had acknowledged them in the
    stream that these commits replace. An acknowledgement is written again where it was: before the first commit that
    reflects more of goals, at the latest before the alert is resolved.
    """

    def __init__(self, acknowledgements: Mapping[Id, Acknowledgement], raised: set[Id]) -> None:
        self._known = acknowledgements
        self._acknowledged = set(acknowledgements) - raised
        self._waiting: dict[Id, Alert] = {}
        self._basis = 0

    def due_before(self, basis: int, payloads: Sequence[Payload]) -> list[PlacedAcknowledgement]:
        """The acknowledgements to be written before a commit of these payloads."""
        ending = {each.alert.id for each in payloads if isinstance(each, AlertResolved)}
        due = [id for id in self._waiting if id in ending or self._known[id].basis < basis]
        return self._write(due)

    def payload(self, payload: Payload, basis: int) -> Payload:
        """The payload with the acknowledgement of its alert, if there is one by now."""
        self._basis = basis
        id = payload.alert.id
        if id in self._acknowledged:
            return type(payload)(acknowledged(payload.alert, self._known[id]))
        if id in self._waiting or (id in self._known and isinstance(payload, AlertRaised)):
            self._waiting[id] = payload.alert
        return payload

    def remaining(self) -> list[PlacedAcknowledgement]:
        """The acknowledgements that are still to be written after the last commit."""
        return self._write(list(self._waiting))

    def _write(self, due: Sequence[Id]) -> list[PlacedAcknowledgement]:
        made = []
        for acknowledgement in sorted((self._known[id] for id in due), key=lambda each: (each.at, each.alert)):
            alert = acknowledged(self._waiting.pop(acknowledgement.alert), acknowledgement)
            self._acknowledged.add(acknowledgement.alert)
            made.append(PlacedAcknowledgement(acknowledgement, alert, max(acknowledgement.basis, self._basis)))
        return made
