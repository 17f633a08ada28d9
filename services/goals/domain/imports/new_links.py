"""Links as an import makes and withdraws them."""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts.entities import Id, KeyResult, Link, LinkRound, Why
from goldenthread.contracts.enums import LinkKind, LinkState, Side
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import LinkAccepted, LinkProposed
from goldenthread.contracts.plan import PlanParent
from goldenthread.organization.responsibility import title
from services.goals.domain import validation
from services.goals.domain.decision import Case
from services.goals.domain.imports.import_state import ImportState


def make(state: ImportState, child: Id, parent: Id, said: PlanParent) -> Link:
    """A new link as the file has it: accepted, or proposed where it says so. Raises `Refused`."""
    case = state.case
    because = validation.optional(said.because, "because")
    node = case.org.node(parent)
    version = node.version if node is not None else 0
    if said.proposed:
        _require_under_way(case, child, parent)
    link = _new(state, child, parent, said, because, None if said.stale else version)
    if said.proposed:
        link = replace(link, state=LinkState.PROPOSED, turn=Side.PARENT, due_at=case.reply_by())
        link = replace(link, accepted_order=None, decided_by=None, decided_at=None)
    case.emit(LinkProposed(link) if said.proposed else LinkAccepted(link))
    return link


def withdrawn(state: ImportState, link: Link) -> Link:
    """`link` as an import withdraws it that states it no more."""
    over = replace(link, state=LinkState.WITHDRAWN, reason=no_longer(state.source), decided_by=state.case.actor)
    return replace(over, decided_at=state.case.now, source=None)


def no_longer(source: str) -> str:
    """The reason of a link that an import withdraws."""
    return f"{source} no longer states it"


def _require_under_way(case: Case, child: Id, parent: Id) -> None:
    """Refuse a proposal to or from a goal that has ended: it would wait for ever."""
    for end in (child, parent):
        if case.org.node(end) is not None and not case.org.under_way(end):
            message = f"{title(case.org, end)} has ended, so nobody can decide on the proposal. Leave it out."
            raise refuse(ErrorCode.STATE_NOT_ALLOWED, message)


def _new(state: ImportState, child: Id, parent: Id, said: PlanParent, because: str | None, version: int | None) -> Link:
    case = state.case
    helps = isinstance(case.org.node(child), Why | KeyResult)
    in_return = validation.optional(said.in_return, "inReturn")
    return Link(
        id=case.new_id("link"),
        child=child,
        parent=parent,
        kind=said.kind or (LinkKind.SUPPORTS if helps else LinkKind.CONTRIBUTES),
        state=LinkState.ACCEPTED,
        round=1,
        rounds=[LinkRound(1, state.unit_of(child), case.actor, because, in_return, case.now)],
        proposed_at=case.now,
        proposed_by=case.actor,
        weight=None if said.weight is None else validation.share(said.weight, "weight"),
        because=because,
        because_version=version if because is not None else None,
        in_return=in_return,
        accepted_order=case.order,
        decided_by=case.actor,
        decided_at=case.now,
        source=state.source,
    )
