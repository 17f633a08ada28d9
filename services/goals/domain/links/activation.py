"""When an objective becomes active, under the policy `alignmentRequired`."""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts.entities import Cycle, Link, Objective
from goldenthread.contracts.enums import ObjectiveState, Requirement
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import ObjectiveActivated
from goldenthread.organization.responsibility import title
from services.goals.domain.decision import Case
from services.goals.domain.links import graph_rules


def blocked(case: Case, objective: Objective) -> bool:
    """True when the policy is BLOCK and no link to a live parent is accepted yet."""
    unlinked = graph_rules.first_accepted(case.org, objective.id) is None
    return case.policy.alignment_required is Requirement.BLOCK and unlinked


def in_closed_cycle(case: Case, objective: Objective) -> Cycle | None:
    """The cycle of an objective, where that is closed: nothing gets under way in it any more."""
    cycle = case.org.cycles.get(objective.cycle or "")
    return cycle if cycle is not None and not cycle.open else None


def activate(case: Case, objective: Objective) -> None:
    """Make a draft active; under WARN say so when it hangs on nothing."""
    warn_unlinked(case, objective)
    get_under_way(case, objective)


def get_under_way(case: Case, objective: Objective) -> None:
    """Make a draft active, and say nothing of what it hangs on."""
    case.emit(ObjectiveActivated(replace(objective, state=ObjectiveState.ACTIVE, activated_at=case.now)))


def warn_unlinked(case: Case, objective: Objective) -> None:
    """Under WARN: what BLOCK would have refused."""
    if (
        case.policy.alignment_required is Requirement.WARN
        and graph_rules.first_accepted(case.org, objective.id) is None
    ):
        message = f"{title(case.org, objective.id)} is active without an accepted link; link it to what it serves."
        case.warn(ErrorCode.POLICY, message, "objective")


def wait_for_link(case: Case, objective: Objective) -> None:
    """Under BLOCK: say that the objective stays a draft until its first link is accepted."""
    message = f"{title(case.org, objective.id)} stays a draft until its first link is accepted (policy BLOCK)."
    case.warn(ErrorCode.POLICY, message, "objective")


def on_accepted(case: Case, link: Link) -> None:
    """Under BLOCK an objective becomes active when its first link is accepted, unless its cycle was closed."""
    child = case.org.objectives.get(link.child)
    if child is None or child.state is not ObjectiveState.DRAFT or blocked(case, child):
        return
    if case.policy.alignment_required is Requirement.BLOCK:
        over = in_closed_cycle(case, child)
        if over is None:
            activate(case, child)
        else:
            name = title(case.org, child.id)
            message = f"{name} stays a draft: its cycle {over.name} is closed. Name an open one (updateObjective)."
            case.warn(ErrorCode.STATE_NOT_ALLOWED, message, "link")
