"""Key results and their check-ins."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from goldenthread.contracts.commands import (
    AcknowledgeCheckIn,
    AddKeyResult,
    KeyResultSpec,
    RecordCheckIn,
    RemoveKeyResult,
    UpdateKeyResult,
)
from goldenthread.contracts.entities import CheckIn, Id, KeyResult, Objective, Why
from goldenthread.contracts.enums import Direction
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import (
    CheckInAcknowledged,
    CheckInRecorded,
    KeyResultAdded,
    KeyResultChanged,
    KeyResultRemoved,
    LinkAccepted,
)
from goldenthread.organization.responsibility import title
from services.goals.domain import permissions, validation
from services.goals.domain.cleared_fields import cleared
from services.goals.domain.decision import Case
from services.goals.domain.links import graph_rules, link_commands, open_proposals
from services.goals.domain.permissions import Action

_SHORT = 60
_EMPTIED = {"startValue": "start_value", "targetValue": "target_value", "measureUnit": "measure_unit"}


def add(case: Case, command: AddKeyResult) -> None:
    """Add a measure to an open objective or a published why."""
    node = validation.goal(case.org, command.measures, "measures")
    if not isinstance(node, Objective | Why):
        raise refuse(ErrorCode.INVALID, "A key result measures an objective or a why; name one of these.", "measures")
    _require_measure(case, node)
    if not graph_rules.can_speak(case.org, node.id):
        message = f"{title(case.org, node.id)} has ended; measure one that is open."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "measures")
    add_to(case, node.id, command.key_result, "keyResult")


def add_to(case: Case, measures: Id, spec: KeyResultSpec, *path: str) -> KeyResult:
    """Add `spec` to a node that has been checked, with the structural link that makes it a measure of it."""
    key_result = sane(
        KeyResult(
            id=case.new_id("keyresult"),
            title=validation.title(spec.title, *path, "title"),
            measures=measures,
            version=1,
            direction=spec.direction,
            created_at=case.now,
            start_value=spec.start_value,
            target_value=spec.target_value,
            measure_unit=validation.optional_line(spec.measure_unit, *path, "measureUnit", longest=_SHORT),
        ),
        *path,
    )
    case.emit(KeyResultAdded(key_result))
    hop = link_commands.measure_link(case.new_id("link"), key_result.id, measures, case.now, case.order, case.actor)
    case.emit(LinkAccepted(hop))
    case.about(key_result.id)
    return key_result


def update(case: Case, command: UpdateKeyResult) -> None:
    """Change a key result. A new title moves its version, numbers do not."""
    before = _existing(case, command.key_result)
    permissions.require_change(case.org, case.actor, before.id, "keyResult")
    emptied = cleared(command, "startValue", "targetValue", "measureUnit")
    changes: dict[str, Any] = {_EMPTIED[name]: None for name in emptied}
    changes |= {
        field: value
        for field in ("start_value", "target_value", "direction")
        if (value := getattr(command, field)) is not None
    }
    if command.title is not None:
        changes["title"] = validation.title(command.title, "title")
    if command.measure_unit is not None:
        changes["measure_unit"] = validation.optional_line(command.measure_unit, "measureUnit", longest=_SHORT)
    after = sane(replace(before, **changes))
    case.about(before.id)
    if after != before:
        case.emit(KeyResultChanged(replace(after, version=before.version + (after.title != before.title)), before))


def remove(case: Case, command: RemoveKeyResult) -> None:
    """Remove a key result; its readings and links stay in the history. Proposals to or from it are withdrawn."""
    key_result = _existing(case, command.key_result)
    permissions.require_change(case.org, case.actor, key_result.id, "keyResult")
    open_proposals.withdraw_all(case, key_result.id, "removed")
    case.emit(KeyResultRemoved(replace(key_result, removed=True)))
    case.about(key_result.id)


def check_in(case: Case, command: RecordCheckIn) -> None:
    """Record a reading; status and confidence stay as they were unless said anew, or taken away."""
    emptied = cleared(command, "status", "confidence", "note")
    key_result = _existing(case, command.key_result)
    permissions.require_change(case.org, case.actor, key_result.id, "keyResult")
    if not case.org.live(key_result.id):
        message = f"{title(case.org, key_result.measures)} is not active; only measures of live goals are checked in."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "keyResult")
    reading = CheckIn(
        id=case.new_id("checkin"),
        key_result=key_result.id,
        value=validation.number(command.value, "value"),
        at=case.now,
        by=case.actor,
        confidence=None if command.confidence is None else validation.share(command.confidence, "confidence"),
        status=command.status,
        note=validation.optional(command.note, "note"),
    )
    moved = replace(
        key_result,
        current_value=reading.value,
        status=None if "status" in emptied else reading.status or key_result.status,
        confidence=_confidence(key_result, reading, "confidence" in emptied),
    )
    case.emit(CheckInRecorded(reading, moved), subject=reading.id)
    case.about(reading.id, key_result.id)


def acknowledge(case: Case, command: AcknowledgeCheckIn) -> None:
    """Record that another person has read a check-in. A second time changes nothing."""
    reading = validation.find(case.org, CheckIn, command.check_in, "checkIn")
    permissions.require(case.org, case.actor, Action.ACKNOWLEDGE)
    if reading.by is not None and reading.by == case.actor:
        message = "This is your own check-in; another person must acknowledge it."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "checkIn")
    case.about(reading.id)
    if reading.acknowledged_at is None:
        case.emit(CheckInAcknowledged(replace(reading, acknowledged_by=case.actor, acknowledged_at=case.now)))


# -- inside ------------------------------------------------------------------------------------------------------------


def _confidence(before: KeyResult, reading: CheckIn, emptied: bool) -> float | None:
    """The confidence that counts from now on."""
    return before.confidence if reading.confidence is None and not emptied else reading.confidence


def _require_measure(case: Case, node: Objective | Why) -> None:
    """Measuring a why is changing, not publishing: what its sponsor and the members of its unit may do."""
    if not isinstance(node, Why):
        permissions.require_change(case.org, case.actor, node.id, "measures")
    elif node.sponsor != case.actor:
        permissions.require(case.org, case.actor, Action.CHANGE, node.unit, "measures")


def _existing(case: Case, id: Id) -> KeyResult:
    key_result = validation.find(case.org, KeyResult, id, "keyResult")
    if key_result.removed:
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, "This key result was removed; add a new one.", "keyResult")
    if not graph_rules.can_speak(case.org, id):
        message = f"{title(case.org, key_result.measures)} has ended; reopen it to change its measures."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "keyResult")
    return key_result


def sane(key_result: KeyResult, *path: str) -> KeyResult:
    """Finite numbers that go the way the direction says."""
    start, target = key_result.start_value, key_result.target_value
    if start is not None:
        validation.number(start, *path, "startValue")
    if target is not None:
        validation.number(target, *path, "targetValue")
    if start is not None and target is not None:
        rising, falling = target > start, target < start
        if (key_result.direction is Direction.INCREASE and falling) or (
            key_result.direction is Direction.DECREASE and rising
        ):
            way = key_result.direction.value
            message = f"From {start:g} to {target:g} is no {way}; swap the values or change the direction."
            raise refuse(ErrorCode.INVALID, message, *path, "targetValue")
    return key_result
