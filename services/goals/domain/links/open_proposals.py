"""A proposal to or from a goal that ends is withdrawn with the reason: nobody could decide on it any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from goldenthread.contracts.entities import Id, Link
from goldenthread.contracts.enums import LinkState, Side
from goldenthread.contracts.events.goals import LinkWithdrawn
from goldenthread.organization.organization import OPEN_LINKS, Organization
from goldenthread.organization.responsibility import title
from services.goals.domain.decision import Case, Fact

_REASON = 10_000


def withdraw_all(case: Case, node: Id, what: str, why: str | None = None) -> None:
    """Withdraw every open proposal to or from `node`, which ends now, and to or from its key results.

    `what` became of it ("closed"), and `why`, are the reason that both sides read. Proposals that go on with a
    successor have to be moved before.
    """
    reason = _sentence(case.org, node, what, why)
    for id in [node, *case.org.measures_of.get(node, {})]:
        for links, side in ((case.org.parents, Side.CHILD), (case.org.children, Side.PARENT)):
            for link in links(id, *OPEN_LINKS):
                case.emit(_withdrawn(link, side, reason, case.actor, case.now))


def withdraw_from_below(case: Case, draft: Id) -> None:
    """Withdraw every open proposal to a goal that stays a draft, and to its key results: only a live one is served."""
    name = title(case.org, draft)
    reason = f"{name[0].upper()}{name[1:]} stays a draft until its first link is accepted; propose again then."
    for id in [draft, *case.org.measures_of.get(draft, {})]:
        for link in case.org.children(id, *OPEN_LINKS):
            case.emit(_withdrawn(link, Side.PARENT, reason[:_REASON], case.actor, case.now))


def left_over(org: Organization, now: datetime) -> Iterator[Fact]:
    """The withdrawal of every open proposal to or from a goal that has ended already.

    Commands leave none behind; streams that were written before they did have some.
    """
    for link in org.links.values():
        if link.state in OPEN_LINKS and (end := _ended_side(org, link)) is not None:
            reason = _sentence(org, link.child if end is Side.CHILD else link.parent, "over")
            yield Fact(link.id, _withdrawn(link, end, reason, None, now))


def _withdrawn(link: Link, side: Side, reason: str, by: Id | None, at: datetime) -> LinkWithdrawn:
    over = replace(link, state=LinkState.WITHDRAWN, reason=reason, decided_by=by, decided_at=at)
    return LinkWithdrawn(replace(over, turn=None, due_at=None), side)


def _ended_side(org: Organization, link: Link) -> Side | None:
    """The side of a link whose goal has ended, if any. A draft has not; an end that is not known is left alone."""
    if org.node(link.child) is None or org.node(link.parent) is None:
        return None
    if not org.under_way(link.child):
        return Side.CHILD
    return None if org.under_way(link.parent) else Side.PARENT


def _sentence(org: Organization, node: Id, what: str, why: str | None = None) -> str:
    name = title(org, node)
    verb = "is" if what == "over" else "was"
    said = f"{name[0].upper()}{name[1:]} {verb} {what}"
    return (f"{said}: {why}" if why else f"{said}.")[:_REASON]
