"""Who must act on a broken thread, and what would mend it: pure functions of the organization and a verdict.

Used by notifications (whom to alert) and by the gateway (what to show), so that both say the same.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

from goldenthread.contracts.entities import Id, Link, Purpose
from goldenthread.contracts.enums import LinkState, Role, Side
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, SiloKind, Verdict
from goldenthread.organization.organization import Organization

_Cost = tuple[int, int]
FindHop = Callable[[], Link | None]

SILO_EVIDENCE = {
    SiloKind.UNTOLD: "no why has been passed on to it",
    SiloKind.UNANSWERED: "it owes an answer to a why",
    SiloKind.ORPHANED: "none of its objectives traces back to the purpose",
    SiloKind.ISOLATED: "no link connects it with a unit that is neither above nor below it",
    SiloKind.UNHEARD: "a question it asked has found no answer",
}
"""What each kind of evidence that a unit is a silo says."""


def nearest_led_unit(org: Organization, unit: Id | None) -> Id | None:
    """The nearest unit, from `unit` upward, that has a lead to hear it; the root when none has."""
    for each in org.ancestors(unit):
        if not each.closed and each.lead is not None:
            return each.id
    return org.info.root if org.info else unit


def side_unit(org: Organization, link: Link, side: Side) -> Id | None:
    """The unit that speaks for one side of a link; for the purpose the root unit (its executives)."""
    owners = org.owners(link.child if side is Side.CHILD else link.parent)
    return owners[0] if owners else (org.info.root if org.info else None)


def silent_side(org: Organization, node: Id, verdict: Verdict, hop: FindHop | None = None) -> Id | None:
    """The unit that must move now for `node`; None when it is aligned or not judged.

    `hop` finds the first unexplained hop where its reader knows it already; else everything above `node` is looked at.
    """
    if verdict.state is AlignmentState.UNEXPLAINED:
        unexplained = hop() if hop is not None else first_unexplained(org, node)
        return nearest_led_unit(org, side_unit(org, unexplained, Side.CHILD)) if unexplained else None
    if verdict.state is not AlignmentState.ORPHANED:
        return None
    return nearest_led_unit(org, unit_to_mend(org, verdict))


def unit_to_mend(org: Organization, verdict: Verdict) -> Id | None:
    """The unit that can mend an orphan, whether it has a lead or not."""
    root = org.info.root if org.info else None
    link = org.links.get(verdict.link) if verdict.link else None
    match verdict.cause:
        case OrphanCause.LINK_PENDING if link is not None and link.turn is not None:
            return side_unit(org, link, link.turn)
        case OrphanCause.PARENT_ENDED | OrphanCause.WHY_RETIRED if verdict.lost_parent:
            return _first(org.owners(verdict.lost_parent), root)
        case OrphanCause.LOOP if link is not None:
            return side_unit(org, link, Side.CHILD)
        case OrphanCause.PURPOSE_MISSING:
            return root
        case _:
            return _first(org.owners(verdict.broken_at), root) if verdict.broken_at else root


def _first(units: list[Id], otherwise: Id | None) -> Id | None:
    return units[0] if units else otherwise


def first_unexplained(org: Organization, node: Id) -> Link | None:
    """The nearest hop of the golden thread of `node` whose why is missing or out of date; None when there is none."""
    return next((link for link in golden_thread(org, node) if not org.explained(link)), None)


def golden_thread(org: Organization, node: Id) -> list[Link]:
    """The links from `node` up to the purpose, as alignment judges them; empty when no path reaches it.

    The fewest unexplained hops, then the fewest hops; where two ways are equal, the oldest accepted link.
    """
    hops = {each: _hops(org, each) for each in above(org, node) if org.live(each)}
    cost = _costs(org, hops)
    thread: list[Link] = []
    while node in cost and hops[node]:
        link = next(link for link in hops[node] if _and_hop(org, cost.get(link.parent), link) == cost[node])
        thread.append(link)
        node = link.parent
    return thread


def above(org: Organization, node: Id) -> list[Id]:
    """`node` and everything its accepted links lead up to, live or not: all that its golden thread depends on."""
    found, queue = {node}, [node]
    for each in queue:
        fresh = [link.parent for link in org.parents(each) if link.parent not in found]
        found.update(fresh)
        queue += dict.fromkeys(fresh)
    return queue


def _hops(org: Organization, node: Id) -> list[Link]:
    """The links a thread may take up from a node; the purpose is the end of it."""
    return [] if node == _purpose(org) else [link for link in org.parents(node) if org.live(link.parent)]


def _costs(org: Organization, hops: dict[Id, list[Link]]) -> dict[Id, _Cost]:
    """(unexplained hops, hops) up to the purpose of every node that reaches it along `hops`."""
    down: dict[Id, list[Link]] = {}
    for links in hops.values():
        for link in links:
            down.setdefault(link.parent, []).append(link)
    purpose = _purpose(org)
    queue: list[tuple[_Cost, Id]] = [((0, 0), purpose)] if purpose in hops else []
    cost: dict[Id, _Cost] = {}
    while queue:
        so_far, node = heappop(queue)
        if node not in cost:
            cost[node] = so_far
            for link in down.get(node, ()):
                more = _and_hop(org, so_far, link)
                if more is not None:
                    heappush(queue, (more, link.child))
    return cost


def _and_hop(org: Organization, cost: _Cost | None, link: Link) -> _Cost | None:
    return None if cost is None else (cost[0] + (not org.explained(link)), cost[1] + 1)


def _purpose(org: Organization) -> Id:
    return org.purpose.id if org.purpose is not None else ""


def title(org: Organization, id: Id | None) -> str:
    """A node's title in quotes, for sentences."""
    node = org.node(id) if id else None
    if isinstance(node, Purpose):
        return "the purpose"
    return f"“{node.title}”" if node is not None else "a goal that is gone"


def unit_name(org: Organization, unit: Id | None) -> str:
    """A unit's name, for sentences."""
    return org.units[unit].name if unit in org.units else "the organization"


def next_step(org: Organization, node: Id, verdict: Verdict, hop: FindHop | None = None) -> str | None:
    """One sentence on what would mend the thread of `node`; None when nothing needs mending. `hop` as above."""
    if verdict.state is AlignmentState.UNEXPLAINED:
        link = hop() if hop is not None else first_unexplained(org, node)
        if link is None:
            return None
        who = unit_name(org, nearest_led_unit(org, side_unit(org, link, Side.CHILD)))
        return f"{who}: say (or reaffirm) why {title(org, link.child)} serves {title(org, link.parent)}."
    who = unit_name(org, silent_side(org, node, verdict))
    if verdict.state is not AlignmentState.ORPHANED:
        return None
    broken, lost = title(org, verdict.broken_at), title(org, verdict.lost_parent)
    link = org.links.get(verdict.link) if verdict.link else None
    parent = title(org, link.parent) if link else lost
    match verdict.cause:
        case OrphanCause.LINK_PENDING:
            countered = link is not None and link.state is LinkState.COUNTERED
            terms = "the new terms of the link" if countered else "the proposed link"
            return f"{who}: decide on {terms} from {broken} to {parent}."
        case OrphanCause.WHY_RETIRED:
            return f"{who}: name what follows the retired why {lost}, so that {broken} can link to it."
        case OrphanCause.PARENT_ENDED:
            return f"{who}: {lost} has ended; say what {broken} should serve now."
        case OrphanCause.LINK_WITHDRAWN | OrphanCause.LINK_DECLINED:
            word = "withdrawn" if verdict.cause is OrphanCause.LINK_WITHDRAWN else "declined"
            return f"{who}: the link from {broken} to {parent} was {word}; link it to what it serves, or end it."
        case OrphanCause.PURPOSE_MISSING:
            return f"{who}: publish the purpose; {broken} and all below it hang on it."
        case OrphanCause.LOOP:
            child = title(org, link.child if link else None)
            return f"{who}: withdraw the link from {child} to {parent}; it closes a loop."
        case _:
            return f"{who}: link {broken} to the why or objective it serves."


def leads(org: Organization, person: Id, unit: Id) -> bool:
    """True when `person` leads `unit` or a unit above it."""
    held = (
        {grant.unit for grant in org.people[person].roles if grant.role is Role.LEAD} if person in org.people else set()
    )
    return any(each.id in held or each.lead == person for each in org.ancestors(unit))
