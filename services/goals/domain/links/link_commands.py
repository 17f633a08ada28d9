"""The two-sided conversation about a link ("catchball"): propose, counter, accept, decline, withdraw, reaffirm."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from goldenthread.contracts.commands import (
    AcceptLink,
    CounterLink,
    DeclineLink,
    ProposeLink,
    ReaffirmLinks,
    WithdrawLink,
)
from goldenthread.contracts.entities import Id, Link
from goldenthread.contracts.enums import LinkKind, LinkState, Side
from goldenthread.contracts.errors import ErrorCode, Refused, refuse
from goldenthread.contracts.events.goals import LinkCountered, LinkDeclined, LinkProposed, LinkWithdrawn
from goldenthread.organization.organization import LIVE_LINKS, OPEN_LINKS, Organization
from goldenthread.organization.responsibility import title
from services.goals.domain import permissions, validation
from services.goals.domain.cleared_fields import cleared
from services.goals.domain.decision import Case
from services.goals.domain.links import graph_rules, negotiation, proposal_terms
from services.goals.domain.links.proposal_terms import Offer


def measure_link(id: Id, key_result: Id, measures: Id, at: datetime, order: int, by: Id | None) -> Link:
    """The structural hop of a key result to what it measures: accepted and explained from the start."""
    return Link(
        id=id,
        child=key_result,
        parent=measures,
        kind=LinkKind.SUPPORTS,
        state=LinkState.ACCEPTED,
        round=0,
        rounds=[],
        proposed_at=at,
        proposed_by=by,
        measure=True,
        accepted_order=order,
        decided_by=by,
        decided_at=at,
    )


# -- proposing ---------------------------------------------------------------------------------------------------------


def propose(case: Case, command: ProposeLink, *prefix: str, activates: bool = True) -> Link:
    """Propose a link up, or accept it at once where nobody else has to be asked. `prefix` leads the paths of errors.

    Without a because the terms of the last time are offered again: a link of its own, written against what the parent
    says now. `activates` False keeps a draft a draft even when the link accepts itself.
    """
    org = case.org
    validation.goal(org, command.child, *prefix, "child")
    validation.goal(org, command.parent, *prefix, "parent")
    permissions.require_change(org, case.actor, command.child, *prefix, "child")
    if command.because is None:  # "write a because" would not help those who are linked already
        graph_rules.refuse_second(org, command.child, command.parent, *prefix, "parent")
    offer = proposal_terms.of(org, command, *prefix)
    try:
        graph_rules.require_kinds(org, command.child, command.parent, offer.kind, offer.weight)
    except Refused as refusal:
        problem = refusal.problems[0]
        raise refuse(problem.code, problem.message, *prefix, *problem.path) from None
    graph_rules.require_child(org, command.child, *prefix, "child")
    graph_rules.require_live_parent(org, command.parent, *prefix, "parent")
    graph_rules.refuse_second(org, command.child, command.parent, *prefix, "parent")
    graph_rules.refuse_loop(org, command.child, command.parent, *prefix, "parent")
    itself = negotiation.accepts_itself(org, case.actor, command.child, command.parent)
    link = _new(case, command, offer, offer.in_return if offer.agreed or not itself else None)
    case.emit(LinkProposed(link))
    case.about(link.id)
    if itself:
        return negotiation.accept_now(case, link, activates=activates)
    return link


def _new(case: Case, command: ProposeLink, offer: Offer, in_return: str | None) -> Link:
    """A new link in its first round. What the other side never agreed to give is not offered where nobody asks it."""
    link = Link(
        id=case.new_id("link"),
        child=command.child,
        parent=command.parent,
        kind=offer.kind,
        state=LinkState.PROPOSED,
        round=0,
        rounds=[],
        proposed_at=case.now,
        proposed_by=case.actor,
        weight=offer.weight,
    )
    return negotiation.turned(case, link, Side.CHILD, offer.because, in_return)


# -- deciding ----------------------------------------------------------------------------------------------------------


def accept(case: Case, command: AcceptLink) -> None:
    """The side whose turn it is accepts the terms it read. Only the parent's side promises something in return."""
    link = _my_turn(case, command.link, command.round)
    in_return = validation.optional(command.in_return, "inReturn")
    if in_return is not None and link.turn is Side.CHILD:
        message = "Only the parent's side says what it gives in return; counter the terms to ask for it."
        raise refuse(ErrorCode.INVALID, message, "inReturn")
    _require_both_ends(case, link)
    if in_return is not None:
        link = replace(link, in_return=in_return)
    negotiation.accept_now(case, link)
    case.about(link.id)


def counter(case: Case, command: CounterLink) -> None:
    """The side whose turn it is answers with other terms; the turn goes to the other side."""
    link = _my_turn(case, command.link, command.round)
    because = validation.optional(command.because, "because")
    in_return = validation.optional(command.in_return, "inReturn")
    emptied = bool(cleared(command, "inReturn")) and link.in_return is not None
    if because is None and in_return is None and not emptied:
        message = "A counter needs new terms: say another because, or what is given in return."
        raise refuse(ErrorCode.INVALID, message, "because")
    _require_both_ends(case, link)
    side = link.turn or Side.PARENT
    link = replace(link, in_return=None) if emptied else link
    case.emit(
        LinkCountered(replace(negotiation.turned(case, link, side, because, in_return), state=LinkState.COUNTERED))
    )
    case.about(link.id)


def decline(case: Case, command: DeclineLink) -> None:
    """The side whose turn it is says no, and why."""
    link = _my_turn(case, command.link, command.round)
    reason = validation.text(command.reason, "reason")
    case.emit(LinkDeclined(negotiation.ended(case, link, LinkState.DECLINED, reason)))
    case.about(link.id)


def withdraw(case: Case, command: WithdrawLink) -> None:
    """Either side takes an accepted link back, saying why; the child's side may also take back an open proposal."""
    org, link = case.org, _talked(case.org, command.link)
    reason = validation.text(command.reason, "reason")
    if link.state not in LIVE_LINKS:
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, f"This link is already {link.state.value.lower()}.", "link")
    child = permissions.may_change(org, case.actor, link.child)
    parent = permissions.may_decide(org, case.actor, link.parent)
    if link.state in OPEN_LINKS and parent and not child:
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, "This link is not accepted yet; decline or counter it.", "link")
    if not parent:
        permissions.require_change(org, case.actor, link.child, "link")
    speaks_for_child = child and (not parent or permissions.may_decide(org, case.actor, link.child))
    side = Side.CHILD if speaks_for_child or link.state in OPEN_LINKS else Side.PARENT
    case.emit(LinkWithdrawn(negotiation.ended(case, link, LinkState.WITHDRAWN, reason), side))
    case.about(link.id)


def reaffirm(case: Case, command: ReaffirmLinks) -> None:
    """The child's side says that the because still holds (or writes a new one) against the parent's current version."""
    org, because = case.org, validation.optional(command.because, "because")
    for index, id in enumerate(validation.bulk(command.links, "links")):
        link = _talked(org, id, "links", str(index))
        permissions.require_change(org, case.actor, link.child, "links", str(index))
        if link.state is not LinkState.ACCEPTED:
            message = f"Only an accepted link can be reaffirmed; this one is {link.state.value.lower()}."
            raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "links", str(index))
        graph_rules.require_child(org, link.child, "links", str(index))
        graph_rules.require_live_parent(org, link.parent, "links", str(index))
        if because is None and link.because is None:
            message = (
                f"Nobody has said yet why {title(org, link.child)} serves {title(org, link.parent)}; write a because."
            )
            raise refuse(ErrorCode.INVALID, message, "because")
        negotiation.restate(case, link, because or link.because or "")
        case.about(link.id)


# -- inside ------------------------------------------------------------------------------------------------------------


def _talked(org: Organization, id: Id, *path: str) -> Link:
    """A link that people talk about: not the structural hop of a key result."""
    link = validation.find(org, Link, id, *(path or ("link",)))
    if link.measure:
        message = "This is a key result's hop to what it measures; it goes with the key result. Remove that instead."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, *(path or ("link",)))
    return link


def _my_turn(case: Case, id: Id, round: int) -> Link:
    """An open link whose turn the actor's side has, in the round they read."""
    link = _talked(case.org, id)
    if link.state not in OPEN_LINKS or link.turn is None:
        reason = f" ({link.reason})" if link.reason else ""
        message = f"This link is {link.state.value.lower()}{reason}; there is nothing to decide."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "link")
    if not permissions.may_decide_link(case.org, case.actor, link, link.turn):
        _refuse_side(case, link, link.turn)
    if link.round != round:
        message = f"You read round {round}, the terms are now at round {link.round}; read them and decide again."
        raise refuse(ErrorCode.STALE_VERSION, message, "round")
    return link


def _refuse_side(case: Case, link: Link, turn: Side) -> None:
    other = Side.CHILD if turn is Side.PARENT else Side.PARENT
    if permissions.may_decide_link(case.org, case.actor, link, other):
        raise refuse(ErrorCode.FORBIDDEN, "It is the other side's turn to decide on this link; wait for it.", "link")
    node = link.parent if turn is Side.PARENT else link.child
    permissions.require_decide(case.org, case.actor, node, "link")


def _require_both_ends(case: Case, link: Link) -> None:
    graph_rules.require_child(case.org, link.child, "link")
    graph_rules.require_live_parent(case.org, link.parent, "link")
    graph_rules.refuse_loop(case.org, link.child, link.parent, "link", states=(LinkState.ACCEPTED,))
