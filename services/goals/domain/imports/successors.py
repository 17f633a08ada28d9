"""Where a row leads after goals and units were closed, or copied: to what went on with them, as far as that goes."""

from __future__ import annotations

from goldenthread.contracts.entities import Id, KeyResult, Objective, Purpose, Why
from goldenthread.contracts.enums import ObjectiveState, PurposeState, WhyState
from goldenthread.organization.organization import Organization

_OVER = (ObjectiveState.CLOSED, ObjectiveState.ARCHIVED)


def ended(org: Organization, id: Id) -> bool:
    """Whether a node has ended here. A key result ends with what it measures, as far as that is known."""
    node, hops = org.node(id), 0
    while isinstance(node, KeyResult) and not node.removed and hops <= len(org.key_results):
        node, hops = org.node(node.measures), hops + 1  # imported data may measure in circles
    if isinstance(node, KeyResult):
        return node.removed
    if isinstance(node, Objective):
        return node.state in _OVER
    if isinstance(node, Why):
        return node.state is WhyState.RETIRED
    return isinstance(node, Purpose) and node.state is PurposeState.RETIRED


def followed(org: Organization, id: Id) -> Id:
    """`id`, or what goes on with it: the first of its successors and copies that has not ended. `id` where all have."""
    last = successor_chain(org, id)[-1]
    return id if ended(org, last) else last


def successor_chain(org: Organization, id: Id) -> list[Id]:
    """`id`, and what went on with it one after the other, up to the first that has not ended."""
    found = {id: None}
    at = id
    while ended(org, at):
        node = org.node(at)
        successor = node.successor if isinstance(node, Why | Objective) else org.continued(at)
        if successor is None or successor in found or org.node(successor) is None:
            break
        found[successor] = None
        at = successor
    return list(found)


def origins(org: Organization, id: Id) -> list[Id]:
    """`id`, and what it continues as a copy, and what that continues."""
    found, at = {id: None}, org.node(id)
    while isinstance(at, Objective | KeyResult) and at.continues is not None and at.continues not in found:
        found[at.continues] = None
        at = org.node(at.continues)
    return list(found)


def over(org: Organization, id: Id) -> bool:
    """Whether a node has ended here and no copy goes on with it."""
    return ended(org, id) and ended(org, org.continued(id) or id)


def followed_unit(org: Organization, id: Id) -> Id:
    """`id`, or the unit that took over what a closed one had: the last of its successors."""
    seen = {id}
    while (unit := org.units.get(id)) is not None and unit.closed and unit.successor in org.units:
        if unit.successor is None or unit.successor in seen:
            break
        seen.add(unit.successor)
        id = unit.successor
    return id
