"""The copies of key results: each starts at the last value of its original."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from goldenthread.contracts.commands import CopyKeyResult
from goldenthread.contracts.entities import Id, KeyResult
from goldenthread.contracts.enums import Direction
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import KeyResultAdded, LinkAccepted
from goldenthread.organization.responsibility import title
from services.goals.domain import validation
from services.goals.domain.cycles.copied_links import Copies
from services.goals.domain.decision import Case
from services.goals.domain.goals import key_results
from services.goals.domain.links import link_commands

_AS_IT_IS = CopyKeyResult(key_result="")


def copy_instructions(
    case: Case, objective: Id, asked: Sequence[CopyKeyResult], *path: str
) -> dict[Id, tuple[int, CopyKeyResult]]:
    """The instructions for the copies of key results, by id, each with its place.

    Refused: a key result of something else, and one named twice.
    """
    found: dict[Id, tuple[int, CopyKeyResult]] = {}
    for index, each in enumerate(asked):
        at = (*path, "keyResults", str(index))
        key_result = validation.find(case.org, KeyResult, each.key_result, *at, "keyResult")
        if key_result.measures != objective or key_result.removed:
            message = f"This is no key result of {title(case.org, objective)}; name one of its own."
            raise refuse(ErrorCode.INVALID, message, *at, "keyResult")
        if key_result.id in found:
            raise refuse(ErrorCode.INVALID, "This key result is named twice; name it once.", *at, "keyResult")
        if each.leave_out and (each.start_value is not None or each.target_value is not None):
            message = "What is left out has no start or target; leave it out, or say its values."
            raise refuse(ErrorCode.INVALID, message, *at, "leaveOut")
        found[key_result.id] = index, each
    return found


def copy_all(case: Case, copies: Copies, original: Id, copy: Id, asked: Sequence[CopyKeyResult], *path: str) -> None:
    """Add a copy of each key result of `original` to `copy`, but for those left out."""
    said = copy_instructions(case, original, asked, *path)
    for key_result in list(_of(case, original)):
        at, change = (*path, "keyResults"), _AS_IT_IS
        if key_result.id in said:
            index, change = said[key_result.id]
            at = (*at, str(index))
        if change.leave_out:
            copies.left_out.add(key_result.id)
            copies.copy_of[key_result.id] = copy
            continue
        made = _copied(case, key_result, copy, change, *at)
        case.emit(KeyResultAdded(made))
        hop = link_commands.measure_link(case.new_id("link"), made.id, copy, case.now, case.order, case.actor)
        case.emit(LinkAccepted(hop))
        copies.copy_of[key_result.id] = made.id


def _of(case: Case, objective: Id) -> Iterator[KeyResult]:
    found = (case.org.key_results[id] for id in case.org.measures_of.get(objective, {}))
    return (each for each in found if not each.removed)


def _copied(case: Case, key_result: KeyResult, copy: Id, change: CopyKeyResult, *path: str) -> KeyResult:
    """The copy; it starts at the last value unless another start is given. Refused: numbers against its direction."""
    changes: dict[str, Any] = {}
    if change.target_value is not None:
        changes["target_value"] = change.target_value
    if change.start_value is not None:
        changes |= {"start_value": change.start_value, "current_value": None}
    made = replace(
        key_result, id=case.new_id("keyresult"), measures=copy, version=1, created_at=case.now, status=None,
        confidence=None, source_key=None, continues=key_result.id, **changes,
    )  # fmt: skip
    if change.start_value is None:
        made = _from_here(case, made, *path)
    return key_results.sane(made, *path) if changes else made


def _from_here(case: Case, made: KeyResult, *path: str) -> KeyResult:
    """`made` from its last value on. What there is no way from keeps its start, and is said where there was one."""
    last, target = made.current_value, made.target_value
    if last is None or made.direction not in (Direction.INCREASE, Direction.DECREASE):
        return made
    if target is None or (target > last if made.direction is Direction.INCREASE else target < last):
        return replace(made, start_value=last)
    message = (
        f"“{made.title}” has reached its target ({last:g}, of {target:g}), so its copy keeps its start and its target. "
        "Say what to reach next: targetValue in copy, or updateKeyResult afterwards."
    )
    case.warn(ErrorCode.POLICY, message, *path)
    return made
