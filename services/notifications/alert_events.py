"""Alerts as contract events and as webhook messages, with ids that a recomputation gives again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

import msgspec
from msgspec import Struct, structs

from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.alerts import AlertAcknowledged, AlertChanged, AlertRaised
from goldenthread.contracts.registry import name_of
from goldenthread.runtime.streams.position import Commit
from services.notifications.domain.acknowledgements import (
    Acknowledgement,
    AcknowledgementOverlay,
    PlacedAcknowledgement,
)
from services.notifications.domain.alerts import AlertPayload

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:goldenthread:notifications")


class AlertDraft(Struct, frozen=True):
    """An event to be published, before it has its place in the stream (`runtime.projected.Draft`)."""

    id: str
    type: str
    subject: Id
    time: datetime
    basis: int
    payload: AlertPayload | AlertAcknowledged
    causationid: str | None = None
    correlationid: str | None = None
    traceparent: str | None = None
    actor: Id | None = None


def commit_drafts(organization: Id, commit: Commit, payloads: Sequence[AlertPayload], version: int) -> list[AlertDraft]:
    """The events that follow from one commit, in order. Ids follow from the commit's last event: numbers may repeat
    when a service is restored from a backup, event ids never do.
    """
    last = commit.events[-1]
    return [
        AlertDraft(
            str(uuid5(_NAMESPACE, f"{organization}/{commit.source}/{last.id}/{version}/{index}")),
            name_of(payload),
            payload.alert.id,
            last.time,
            commit.basis,
            payload,
            last.id,
            last.correlationid,
            last.traceparent,
        )
        for index, payload in enumerate(payloads)
    ]


def acknowledgement_draft(organization: Id, placed: PlacedAcknowledgement, version: int) -> AlertDraft:
    """The event of an acknowledgement; an alert has at most one."""
    acknowledgement = placed.acknowledgement
    said = acknowledgement.at.isoformat()
    return AlertDraft(
        str(
            uuid5(
                _NAMESPACE,
                f"{organization}/acknowledged/{acknowledgement.alert}/{said}/{version}",
            )
        ),
        name_of(payload := AlertAcknowledged(placed.alert)),
        acknowledgement.alert,
        acknowledgement.at,
        placed.basis,
        payload,
        None,
        acknowledgement.correlationid,
        acknowledgement.traceparent,
        acknowledgement.by,
    )


def with_acknowledgements(
    organization: Id, commits: Sequence[Sequence[AlertDraft]], known: Mapping[Id, Acknowledgement], version: int
) -> list[Sequence[AlertDraft]]:
    """Commits with the acknowledgements of their alerts; alerts raised again that were acknowledged are so again."""
    raised = {draft.subject for drafts in commits for draft in drafts if isinstance(draft.payload, AlertRaised)}
    overlay, made = AcknowledgementOverlay(known, raised & known.keys()), list[Sequence[AlertDraft]]()
    for drafts in commits:
        basis = drafts[0].basis
        made += [
            [acknowledgement_draft(organization, each, version)]
            for each in overlay.due_before(basis, [d.payload for d in drafts])
        ]
        made.append([structs.replace(draft, payload=overlay.payload(draft.payload, basis)) for draft in drafts])
    return made + [[acknowledgement_draft(organization, each, version)] for each in overlay.remaining()]


class Opening(NamedTuple):
    """Which alert an event is about, and when it was opened.

    The id of an alert follows from the number of a goals commit, and after a backup was restored another commit has
    that number: when it was opened tells the two apart.
    """

    alert: Id
    opened_at: datetime


def opening(event: Event) -> Opening:
    """The alert of an event of ours."""
    return Opening(event.subject, event.data.alert.opened_at)


def message_id(event: Event) -> str:
    """The id of what happened to an alert, for its receivers: the same in every recomputation, by any version of the
    code.

    An alert is raised, acknowledged and resolved once; it changes at a goals commit into something else.
    """
    name = f"{event.organization}/{event.type}/{event.subject}/{opening(event).opened_at.isoformat()}"
    if isinstance(event.data, AlertChanged):
        alert = event.data.alert
        name += f"/{event.basis}/{alert.cause or ''}/{alert.broken_at or ''}/{','.join(alert.goals)}"
        name += f"/{','.join(alert.units)}" if alert.units else ""
    return f"msg_{uuid5(_NAMESPACE, name).hex}"


def message_body(event: Event) -> str:
    """What is delivered: the event's type, its time, and the alert as it is now (fields as in the alert events)."""
    data = {"organization": event.organization, "basis": event.basis, "alert": event.data.alert}
    return msgspec.json.encode({"type": event.type, "timestamp": event.time, "data": data}).decode()
