"""Alerts → contract events, with ids that a recomputation gives again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.registry import name_of
from goldenthread.runtime.projection.position import Commit
from services.notifications.domain.alerts import AlertPayload

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:goldenthread:notifications")


class Draft(Struct, frozen=True):
    """An event to be published, before it has its place in the stream (`runtime.projected.Draft`)."""

    id: str
    type: str
    subject: Id
    time: datetime
    basis: int
    payload: AlertPayload
    causationid: str | None = None
    correlationid: str | None = None
    traceparent: str | None = None


def drafts(organization: Id, commit: Commit, payloads: Sequence[AlertPayload], version: int) -> list[Draft]:
    """The events that follow from one commit, in order. Ids follow from the commit's last event: numbers may repeat
    when a producer is restored from a backup, event ids never do.
    """
    last = commit.events[-1]
    return [
        Draft(
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
