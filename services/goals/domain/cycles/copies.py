"""Objectives that go on as copies: the old one closes with its grade, and the copy begins in the next cycle."""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from goldenthread.contracts.commands import CopyObjective
from goldenthread.contracts.entities import Cycle, Id, Objective, Outcome
from goldenthread.contracts.enums import LinkState, ObjectiveState
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import ObjectiveCarriedOver, ObjectiveCreated
from goldenthread.organization.responsibility import title
from services.goals.domain import validation
from services.goals.domain.cycles import copied_key_results, copied_links
from services.goals.domain.cycles.copied_links import Copies
from services.goals.domain.decision import Case
from services.goals.domain.goals import closing_objectives
from services.goals.domain.links import activation, open_proposals


class Planned(NamedTuple):
    """An active objective to copy, what it came to, and what is asked; `path` leads to that in the input."""

    objective: Objective
    outcome: Outcome
    asked: CopyObjective
    path: tuple[str, ...]


def plan(case: Case, objective: Objective, asked: CopyObjective, to: Cycle, *path: str) -> Planned:
    """An active objective to copy into `to`. Refused: one that is in there already, and an outcome that is none."""
    if objective.cycle == to.id:
        message = f"{title(case.org, objective.id)} is of the cycle {to.name} already; copy it into another one."
        raise refuse(ErrorCode.INVALID, message, "toCycle")
    return Planned(
        objective, closing_objectives.outcome_of(case, objective, asked.grade, asked.note, *path), asked, path
    )


def copy_all(case: Case, planned: list[Planned], to: Cycle) -> list[Id]:
    """Copy them, move what hangs on them, and close them; the copies, in the same order. Refused: too many."""
    _refuse_too_many(case, planned)
    for each in planned:
        closing_objectives.judge_promises(case, each.objective, each.asked.kept, *each.path)
    made = Copies()
    copies = [_begin(case, made, each, to) for each in planned]
    copied_links.move_links(case, made)
    copied_links.move_questions(case, made)
    copied_links.share_feedback(case, made, [each.objective.id for each in planned])
    _activate(case, copies)
    for each, copy in zip(planned, copies, strict=True):
        closing_objectives.end(case, each.objective, each.outcome, copy)
    return copies


def _refuse_too_many(case: Case, planned: list[Planned]) -> None:
    """Refuse copies beyond the limits: other commands of the organization wait while one is decided and written."""
    org, most, things = case.org, case.limits.copied, 0
    for each in planned:
        measures = org.measures_of.get(each.objective.id, {})
        nodes = [each.objective.id, *measures]
        links = sum(len(org.up.get(node, {})) + len(org.down.get(node, {})) for node in nodes)
        things += len(nodes) + links - 2 * len(measures)  # without what ties a measure to what it measures
        things += sum(copied_links.message_count(case, node) for node in nodes)
    if things > most and len(planned) > 1:
        message = (
            f"These {len(planned):,} objectives, with their key results, links, questions and what customers said, are "
            f"{things:,} things to copy or move; at most {most:,} fit into one command. Copy some of them first, with "
            "carryOver."
        )
        raise refuse(ErrorCode.INVALID, message, planned[-1].path[0])


def _begin(case: Case, made: Copies, planned: Planned, to: Cycle) -> Id:
    """The copy as a draft, with its key results."""
    original, asked, path = planned.objective, planned.asked, planned.path
    called = original.title if asked.title is None else validation.title(asked.title, *path, "title")
    says = original.description
    if asked.description is not None:
        says = validation.optional(asked.description, *path, "description")
    copy = Objective(
        id=case.new_id("objective"),
        title=called,
        description=says,
        state=ObjectiveState.DRAFT,
        version=1,
        owners=original.owners,
        invited=original.invited,
        cycle=to.id,
        accountable=original.accountable,
        created_at=case.now,
        continues=original.id,
    )
    case.emit(ObjectiveCreated(copy))
    made.copy_of[original.id] = copy.id
    if called != original.title and not asked.editorial:
        made.retitled.add(original.id)
    copied_key_results.copy_all(case, made, original.id, copy.id, asked.key_results, *path)
    return copy.id


def _activate(case: Case, copies: list[Id]) -> None:
    """Get the copies under way, parents first where the policy asks for a link; without one they stay drafts."""
    org, waiting = case.org, dict.fromkeys(copies)
    queue = [id for id in copies if not activation.blocked(case, org.objectives[id])]
    for id in queue:
        if id in waiting:
            del waiting[id]
            activation.get_under_way(case, org.objectives[id])
            queue += [child for child in _below(case, id) if child in waiting]
    for id in copies:  # once all are under way: one may be named before what it serves
        if id not in waiting:
            activation.warn_unlinked(case, org.objectives[id])
    for id in waiting:
        activation.wait_for_link(case, org.objectives[id])
        open_proposals.withdraw_from_below(case, id)


def _below(case: Case, id: Id) -> list[Id]:
    """The objectives with an accepted link up to this one or to its key results."""
    nodes = [id, *case.org.measures_of.get(id, {})]
    return [link.child for node in nodes for link in case.org.children(node, LinkState.ACCEPTED)]


def carry(case: Case, objective: Objective, to: Cycle) -> None:
    """Take an objective along as it is; one that is in this cycle already stays as it is."""
    if objective.cycle != to.id:
        case.emit(ObjectiveCarriedOver(replace(objective, cycle=to.id), objective))
