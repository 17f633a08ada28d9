"""Closing a cycle: every open objective of it closes, goes on in another cycle or is archived, in one commit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from goldenthread.contracts.commands import CloseCycle, CopyObjective, OthersOutcome, OutcomeOf
from goldenthread.contracts.entities import Cycle, Id, Objective, Outcome
from goldenthread.contracts.enums import Disposition, ObjectiveState
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import CycleClosed
from goldenthread.organization.measured_progress import own_progress
from goldenthread.organization.responsibility import title
from services.goals.domain import permissions, validation
from services.goals.domain.cycles import copies
from services.goals.domain.cycles.carry_over import OPEN, draft_goes_on, open_objective, refuse_twice, shorten_warnings
from services.goals.domain.cycles.copies import Planned
from services.goals.domain.decision import Case
from services.goals.domain.goals import closing_objectives, succession
from services.goals.domain.permissions import Action

_NAMED = 5
_GRADED = (Disposition.CLOSE, Disposition.COPY)
_OTHERS = ["allOthers"]
_ELSEWHERE = (Disposition.COPY, Disposition.CARRY_OVER)


@dataclass
class _Plan:
    """The plan of a closing: what becomes of every open objective of a cycle."""

    carried: list[Objective] = field(default_factory=list)
    archived: list[Objective] = field(default_factory=list)
    closed: list[tuple[Objective, Outcome, OutcomeOf, tuple[str, ...]]] = field(default_factory=list)
    copied: list[Planned] = field(default_factory=list)


def close_cycle(case: Case, command: CloseCycle) -> None:
    """Close a cycle. Every open objective of it has to be named, or `all_others` says what becomes of it.

    What closes does so first: what goes on with a successor that is copied goes on with the copy.
    """
    permissions.require(case.org, case.actor, Action.ADMINISTER)
    cycle = validation.open_cycle(case.org, command.cycle, "cycle")
    to = _next(case, cycle, command)
    plan = _named(case, cycle, to, command)
    _others(case, cycle, to, command, plan)
    case.about(cycle.id)
    for objective in plan.carried:
        if to is not None:
            copies.carry(case, objective, to)
    for objective in plan.archived:
        closing_objectives.archive_with_cycle(case, objective, cycle)
    _close(case, plan)
    if to is not None:
        copies.copy_all(case, plan.copied, to)
    case.emit(CycleClosed(replace(cycle, open=False)))
    # What allOthers says has no fields below it, which a path could lead to.
    case.warnings[:] = [
        replace(each, path=each.path[:1]) if each.path[:1] == _OTHERS else each for each in case.warnings
    ]
    shorten_warnings(case)


# -- what the input says -----------------------------------------------------------------------------------------------


def _next(case: Case, cycle: Cycle, command: CloseCycle) -> Cycle | None:
    """The cycle to go on in: another one, and needed where something goes on."""
    if command.to_cycle is None:
        if command.carry_over or command.copy or command.all_others in _ELSEWHERE:
            raise refuse(ErrorCode.INVALID, "Say in which cycle these objectives go on.", "toCycle")
        return None
    to = validation.open_cycle(case.org, command.to_cycle, "toCycle")
    if to.id == cycle.id:
        raise refuse(ErrorCode.INVALID, "This is the cycle that is being closed; name another.", "toCycle")
    return to


def _named(case: Case, cycle: Cycle, to: Cycle | None, command: CloseCycle) -> _Plan:
    """What the lists say: each objective open, of this cycle, and named once."""
    to_close, to_copy = command.close or [], command.copy or []
    closed, copied = [each.objective for each in to_close], [each.objective for each in to_copy]
    lists = [("carryOver", command.carry_over), ("close", closed), ("copy", copied), ("archive", command.archive)]
    refuse_twice(lists)
    plan = _Plan(carried=_of_cycle(case, cycle, command.carry_over, "carryOver"))
    plan.archived = _of_cycle(case, cycle, command.archive, "archive")
    for index, objective in enumerate(_of_cycle(case, cycle, closed, "close", "objective")):
        _plan_to_close(case, plan, objective, to_close[index], "close", str(index))
    for index, objective in enumerate(_of_cycle(case, cycle, copied, "copy", "objective")):
        if objective.state is ObjectiveState.DRAFT:
            plan.carried.append(draft_goes_on(case, objective, "copy", str(index)))
        elif to is not None:
            plan.copied.append(copies.plan(case, objective, to_copy[index], to, "copy", str(index)))
    return plan


def _of_cycle(case: Case, cycle: Cycle, ids: list[Id], field: str, *within: str) -> list[Objective]:
    """The objectives named, each open and of this cycle."""
    found = []
    for index, id in enumerate(ids):
        objective = open_objective(case, id, field, str(index), *within)
        if objective.cycle != cycle.id:
            message = f"{title(case.org, id)} is not of the cycle {cycle.name}; leave it out."
            raise refuse(ErrorCode.INVALID, message, field, str(index), *within)
        found.append(objective)
    return found


def _plan_to_close(case: Case, plan: _Plan, objective: Objective, said: OutcomeOf, *path: str) -> None:
    if objective.state is ObjectiveState.DRAFT:
        message = f"{title(case.org, objective.id)} is a draft and has nothing to grade; archive it, or carry it over."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, *path, "objective")
    outcome = closing_objectives.outcome_of(case, objective, said.grade, said.note, *path)
    plan.closed.append((objective, outcome, said, path))


# -- all others --------------------------------------------------------------------------------------------------------


def _others(case: Case, cycle: Cycle, to: Cycle | None, command: CloseCycle, plan: _Plan) -> None:
    """Add to `plan` the open objectives that no list names."""
    named = {*command.carry_over, *command.archive, *(each.objective for each in command.close or [])}
    named |= {each.objective for each in command.copy or []}
    left = [
        each
        for each in case.org.objectives.values()
        if each.cycle == cycle.id and each.state in OPEN and each.id not in named
    ]
    what, said = command.all_others or None, command.others_outcome or None
    if said is not None and what not in _GRADED:
        message = "This is the outcome of what allOthers closes or copies, and it does neither; leave it out."
        raise refuse(ErrorCode.INVALID, message, "othersOutcome")
    if what is None and left:
        message = "Say of each open objective what becomes of it, or of all others at once (allOthers); not said of"
        raise refuse(
            ErrorCode.STATE_NOT_ALLOWED, f"{message} {_some(case, left)}.", "cycle", nodes=_ids(left[: validation.BULK])
        )
    drafts = [each for each in left if each.state is ObjectiveState.DRAFT]
    active = [each for each in left if each.state is ObjectiveState.ACTIVE]
    if what in _GRADED:
        _grade(case, to, plan, active, said, copied=what is Disposition.COPY)
    elif what is not None:
        (plan.carried if what is Disposition.CARRY_OVER else plan.archived).extend(active)
    (plan.carried if what in _ELSEWHERE else plan.archived).extend(drafts)


def _grade(
    case: Case, to: Cycle | None, plan: _Plan, left: list[Objective], said: OthersOutcome | None, *, copied: bool
) -> None:
    """Close or copy those left with the outcome of all others. Refused: no outcome, and no grade where none follows."""
    if not left and said is None:
        return
    if said is None:
        message = f"Say what these came to, in words, with a grade or by their own progress: {_some(case, left)}."
        raise refuse(ErrorCode.INVALID, message, "othersOutcome", nodes=_ids(left[: validation.BULK]))
    note = validation.text(said.note, "othersOutcome", "note")
    given = None if said.grade is None else validation.share(said.grade, "othersOutcome", "grade")
    grades: dict[Id, float] = {}
    for each in left:
        grade = own_progress(case.org, each.id) if given is None else given
        if grade is not None:
            grades[each.id] = grade if given is not None else round(grade, 4)
    unknown = [each for each in left if each.id not in grades]
    if unknown:
        message = f"No measure says what these came to; give a grade here, or name them: {_some(case, unknown)}."
        raise refuse(ErrorCode.INVALID, message, "othersOutcome", "grade", nodes=_ids(unknown[: validation.BULK]))
    for each in left:
        grade = grades[each.id]
        if copied and to is not None:
            asked = CopyObjective(objective=each.id, grade=grade, note=note)
            plan.copied.append(copies.plan(case, each, asked, to, "allOthers"))
        else:
            outcome = closing_objectives.outcome_of(case, each, grade, note, "othersOutcome")
            plan.closed.append((each, outcome, OutcomeOf(objective=each.id, grade=grade, note=note), ("allOthers",)))


# -- doing it ----------------------------------------------------------------------------------------------------------


def _close(case: Case, plan: _Plan) -> None:
    ends = {*_ids(plan.archived), *(objective.id for objective, _, _, _ in plan.closed)}
    served: dict[Id, set[Id]] = {}
    for objective, _, said, path in plan.closed:
        closing_objectives.judge_promises(case, objective, said.kept, *path)
        if said.successor is not None:
            heir = validation.find(case.org, Objective, said.successor, *path, "successor").id
            if heir in ends and heir != objective.id:
                message = f"{title(case.org, heir)} ends with this cycle as well; name a successor that goes on."
                raise refuse(ErrorCode.INVALID, message, *path, "successor")
            if heir not in served:
                served[heir] = succession.served_by(case, heir)
            succession.hand_over(case, objective.id, heir, *path, speaks=True, served=served[heir])
    for objective, outcome, said, _ in plan.closed:
        closing_objectives.end(case, objective, outcome, said.successor)


def _some(case: Case, objectives: list[Objective]) -> str:
    """The first of them, for a sentence."""
    more = f" and {len(objectives) - _NAMED} more" if len(objectives) > _NAMED else ""
    return ", ".join(title(case.org, each.id) for each in objectives[:_NAMED]) + more


def _ids(objectives: Iterable[Objective]) -> list[Id]:
    return [each.id for each in objectives]
