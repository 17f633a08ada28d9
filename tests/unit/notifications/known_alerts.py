"""An alert as it is raised, changed and resolved, and as an event."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.alerts import (
    Alert,
    AlertKind,
    AlertState,
)
from goldenthread.contracts.registry import name_of
from tests.support.entities import T0

ALERT = Alert("alert_1", AlertKind.GOAL_ORPHANED, AlertState.OPEN, "why_1", "unit_a", ["objective_1"], "m", "n", T0)


WORSE = structs.replace(ALERT, goals=["objective_1", "objective_2"])


OVER = structs.replace(ALERT, goals=[], state=AlertState.RESOLVED, resolved_at=T0)


def event(payload: Any, basis: int, id: str = "any") -> Event:
    return Event(
        id=id,
        source="/goldenthread/notifications",
        type=name_of(payload),
        time=T0,
        subject=payload.alert.id,
        organization="org_1",
        sequence=1,
        previous=None,
        commit=1,
        basis=basis,
        data=payload,
    )
