"""Whose next move it is: links to decide, links to reaffirm, broken threads to mend. A pure function of the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from gateway.model import Model
from goldenthread.contracts import silence
from goldenthread.contracts.entities import Id, Link, Objective, Purpose, Why
from goldenthread.contracts.enums import LinkState, Side
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause
from goldenthread.contracts.organization import OPEN_LINKS


class TurnKind(StrEnum):
    """What somebody's next move is."""

    DECIDE_LINK = "DECIDE_LINK"
    REAFFIRM_LINK = "REAFFIRM_LINK"
    MEND_ORPHAN = "MEND_ORPHAN"


@dataclass(frozen=True)
class Turn:
    """One next move of a unit; `accountable` is the person who answers for the subject, if it has one."""

    kind: TurnKind
    subject: Id
    unit: Id
    since: datetime
    due_at: datetime | None
    next_step: str
    accountable: Id | None = None

    def overdue(self, now: datetime) -> bool:
        """True once its time is over."""
        return self.due_at is not None and self.due_at < now


def turns(model: Model) -> list[Turn]:
    """Every turn in the organisation, the longest due first; those without a term last, the oldest first."""
    found = [*_decisions(model), *_reaffirmations(model), *_orphans(model)]
    never = datetime.max.replace(tzinfo=UTC)
    return sorted(found, key=lambda turn: (turn.due_at or never, turn.since, turn.kind, turn.subject))


def _decisions(model: Model) -> Iterator[Turn]:
    org = model.org
    for link in org.links.values():
        if link.state not in OPEN_LINKS or link.turn is None:
            continue
        unit = silence.heard(org, silence.side_unit(org, link, link.turn))
        if unit is None:
            continue
        what = "the new terms of the link" if link.state is LinkState.COUNTERED else "the proposed link"
        ends = f"from {silence.title(org, link.child)} to {silence.title(org, link.parent)}"
        step = f"{silence.unit_name(org, unit)}: decide on {what} {ends}."
        since = link.rounds[-1].at if link.rounds else link.proposed_at
        yield Turn(TurnKind.DECIDE_LINK, link.id, unit, since, link.due_at, step)


def _reaffirmations(model: Model) -> Iterator[Turn]:
    org = model.org
    for link in org.links.values():
        if link.state is not LinkState.ACCEPTED or org.explained(link):
            continue
        if not (org.live(link.child) and org.live(link.parent)):
            continue
        unit = silence.heard(org, silence.side_unit(org, link, Side.CHILD))
        if unit is None:
            continue
        verb = "reaffirm" if link.because is not None else "say"
        ends = f"{silence.title(org, link.child)} serves {silence.title(org, link.parent)}"
        step = f"{silence.unit_name(org, unit)}: {verb} why {ends}."
        yield Turn(TurnKind.REAFFIRM_LINK, link.id, unit, _unexplained_since(model, link), None, step)


def _unexplained_since(model: Model, link: Link) -> datetime:
    accepted = link.decided_at or link.proposed_at
    parent = model.org.node(link.parent)
    moved = parent.published_at if isinstance(parent, Purpose | Why) and link.because is not None else None
    return max(accepted, moved) if moved else accepted


def _orphans(model: Model) -> Iterator[Turn]:
    org = model.org
    for node, judged in model.judgements.items():
        verdict = judged.verdict
        broken = verdict.state is AlignmentState.ORPHANED and verdict.broken_at == node
        if not broken or verdict.cause is OrphanCause.LINK_PENDING:
            continue
        unit, step = silence.silent_side(org, node, verdict), silence.next_step(org, node, verdict)
        row = org.node(node)
        if unit is None or step is None or row is None:
            continue
        accountable = row.accountable if isinstance(row, Objective) else None
        since = judged.since or _began(row)
        yield Turn(TurnKind.MEND_ORPHAN, node, unit, since, due_at(model, node, since), step, accountable)


def _began(row: object) -> datetime:
    for name in ("activated_at", "published_at", "created_at"):
        found = getattr(row, name, None)
        if isinstance(found, datetime):
            return found
    return datetime.fromtimestamp(0, UTC)


def due_at(model: Model, node: Id, since: datetime) -> datetime | None:
    """When the patience for a broken thread ends: after grace for NOT_LINKED and PARENT_ENDED, else at once."""
    policy = model.org.info.policy if model.org.info else None
    verdict, row = model.judgement(node).verdict, model.org.node(node)
    if policy is None:
        return None
    if verdict.cause is OrphanCause.NOT_LINKED:
        activated = row.activated_at if isinstance(row, Objective) else None
        start = _midnight(_days(model, row)[0])
        return max(each for each in (activated or since, start) if each) + timedelta(days=policy.grace_days)
    if verdict.cause is OrphanCause.PARENT_ENDED:
        ended = model.org.node(verdict.lost_parent) if verdict.lost_parent else None
        end = _midnight(_days(model, ended)[1])
        last = end + timedelta(days=1) if end else getattr(ended, "ended_at", None) or since
        return last + timedelta(days=policy.handover_days)
    return since


def _days(model: Model, row: object) -> tuple[date | None, date | None]:
    """The first and last day of an objective's cycle, or its own."""
    if not isinstance(row, Objective):
        return None, None
    cycle = model.org.cycles.get(row.cycle or "")
    return (cycle.starts_on, cycle.ends_on) if cycle else (row.starts_on, row.ends_on)


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None
