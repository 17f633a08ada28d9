"""How one objective closes: one outcome for all its owners, and what became of the promises in return."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from goldenthread.contracts.commands import KeptPromise
from goldenthread.contracts.entities import Cycle, Id, Link, Objective, Outcome
from goldenthread.contracts.enums import Kept, LinkState, ObjectiveState
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import ObjectiveArchived, ObjectiveClosed, PromiseBroken, PromiseKept
from goldenthread.organization.responsibility import title
from services.goals.domain import validation
from services.goals.domain.decision import Case
from services.goals.domain.links import open_proposals


def outcome_of(case: Case, objective: Objective, grade: float, note: str, *path: str) -> Outcome:
    """The outcome as it is recorded. Refused: a grade that is no share, and no words. `path` leads to both."""
    return Outcome(
        grade=validation.share(grade, *path, "grade"),
        note=validation.text(note, *path, "note"),
        closed_by=case.actor,
        closed_at=case.now,
        owners=objective.owners,
    )


def judge_promises(case: Case, objective: Objective, kept: Sequence[KeptPromise], *path: str) -> None:
    """Record which promises in return were kept, and warn of promises for which the command does not state it. `path`
    leads to `kept`.
    """
    said: set[Id] = set()
    for index, promise in enumerate(kept):
        at = (*path, "kept", str(index), "link")
        if promise.link in said:
            raise refuse(ErrorCode.INVALID, "This link is named twice; say once what became of it.", *at)
        said.add(promise.link)
        _judge_promise(case, objective, promise, at)
    for link in case.org.parents(objective.id):
        if link.in_return is not None and link.kept is None:
            goal, parent = title(case.org, objective.id), title(case.org, link.parent)
            message = f"Nobody said of {goal} whether what {parent} gave in return was kept."
            case.warn(ErrorCode.POLICY, message, *path, "kept")


def end(case: Case, objective: Objective, outcome: Outcome, successor: Id | None = None) -> None:
    """Close it. What goes on with a successor has to be moved before: proposals that stay behind are withdrawn."""
    open_proposals.withdraw_all(case, objective.id, "closed", outcome.note)
    ended = replace(objective, state=ObjectiveState.CLOSED, outcome=outcome, ended_at=case.now, invited=[])
    case.emit(ObjectiveClosed(replace(ended, successor=successor)))


def archive(case: Case, objective: Objective, reason: str | None) -> None:
    """Archive it; proposals to and from it are withdrawn, with the reason."""
    open_proposals.withdraw_all(case, objective.id, "archived", reason)
    _archive(case, objective, reason)


def archive_with_cycle(case: Case, objective: Objective, cycle: Cycle) -> None:
    """The same because its cycle closes."""
    open_proposals.withdraw_all(case, objective.id, "archived", f"the cycle {cycle.name} was closed.")
    _archive(case, objective, f"The cycle {cycle.name} was closed.")


def _archive(case: Case, objective: Objective, reason: str | None) -> None:
    ended_at = objective.ended_at or case.now
    archived = replace(objective, state=ObjectiveState.ARCHIVED, ended_at=ended_at, invited=[])
    case.emit(ObjectiveArchived(archived, reason))


def _judge_promise(case: Case, objective: Objective, promise: KeptPromise, at: tuple[str, ...]) -> None:
    link = validation.find(case.org, Link, promise.link, *at)
    if link.child != objective.id or link.state is not LinkState.ACCEPTED:
        raise refuse(ErrorCode.INVALID, "This is no accepted link up from the objective; name one of its own.", *at)
    if link.in_return is None:
        raise refuse(ErrorCode.INVALID, "Nothing was promised in return on this link; leave it out.", *at)
    judged = replace(link, kept=promise.kept)
    broken = promise.kept is Kept.NO
    case.emit(PromiseBroken(judged, promise.kept) if broken else PromiseKept(judged, promise.kept))
