"""What an event changes in the tree: which nodes and links, whether they hang below a node, what left the tree.

What is said about a node (an answer, a question, a customer's word) changes that node.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec import Struct

from gateway.live.organization_view import OrganizationView
from gateway.views.goal_tree import Scope, shown
from goldenthread.contracts.entities import (
    CheckIn,
    CustomerFeedback,
    Cycle,
    Entity,
    Id,
    KeyResult,
    Link,
    Objective,
    OrganizationInfo,
    OrgUnit,
    Person,
    Purpose,
    Question,
    Why,
    WhyAnswer,
)
from goldenthread.contracts.events.goals import FeedbackUnlinked, LinkMoved, entities_of
from goldenthread.organization.organization import LIVE_LINKS, Organization


@dataclass(frozen=True)
class ChangedNodes:
    """Nodes and links by id, as an event names them. `left` are links that hung below a node, and do not any more."""

    nodes: list[Id]
    links: list[Id]
    left: tuple[Id, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.nodes or self.links)


def changed_nodes(org: Organization, payload: Struct | None) -> ChangedNodes:
    """The nodes and links whose state an event carries, or that what it carries is about."""
    about: dict[Id, None] = {}
    for entity in entities_of(payload) if payload is not None else []:
        about.update(dict.fromkeys(_about(org, entity)))
    if isinstance(payload, FeedbackUnlinked):
        about.update(dict.fromkeys(payload.dropped))
    links = [id for id in about if id.startswith("link_")]
    return ChangedNodes([id for id in about if not id.startswith("link_")], links)


def around(payload: Struct | None) -> OrganizationInfo | OrgUnit | Person | Cycle | None:
    """What an event says of the organization around the goals: itself, a unit, a person or a cycle; else None."""
    entities = entities_of(payload) if payload is not None else []
    return next((each for each in entities if isinstance(each, OrganizationInfo | OrgUnit | Person | Cycle)), None)


def _about(org: Organization, entity: Entity) -> list[Id]:
    """A node or link is about itself, a reading about the key result it moves, an answer about its why."""
    if isinstance(entity, Link | Purpose | Why | Objective | KeyResult):
        return [entity.id]
    if isinstance(entity, CheckIn):
        return [entity.key_result]
    if isinstance(entity, WhyAnswer):
        return [entity.why]
    if isinstance(entity, CustomerFeedback):
        return list(entity.about)
    if isinstance(entity, Question):
        subject = org.answers.get(entity.about)
        return [subject.why if subject is not None else entity.about]
    return []


def below(view: OrganizationView, root: Id, found: ChangedNodes, payload: Struct | None = None) -> ChangedNodes:
    """Those of them at or below `root`; a link is below when its parent is.

    A link that moved is there as well where its parent was, and so is the child that it had.
    """
    nodes = [id for id in found.nodes if _hangs(view, root, [id])]
    links = [id for id in found.links if id in view.org.links and _hangs(view, root, [view.org.links[id].parent])]
    if not isinstance(payload, LinkMoved):
        return ChangedNodes(nodes, links)
    before, left = payload.before, not links and _hangs(view, root, [payload.before.parent])
    if (links or left) and before.child != payload.link.child:
        nodes.append(before.child)
    return ChangedNodes(nodes, [before.id] if left else links, (before.id,) if left else ())


def removed(view: OrganizationView, found: ChangedNodes) -> list[Id]:
    """Those of them that the tree does not show any more."""
    nodes = [id for id in found.nodes if not shown(view, id, Scope())]
    return nodes + [id for id in found.links if id in found.left or view.org.links[id].state not in LIVE_LINKS]


def _hangs(view: OrganizationView, root: Id, from_: Iterable[Id]) -> bool:
    """Whether `root` is met on the way up, by accepted links; ends on any graph."""
    queue = list(from_)
    seen = set(queue)
    for id in queue:
        if id == root:
            return True
        above = [link.parent for link in view.org.parents(id) if link.parent not in seen]
        seen.update(above)
        queue += above
    return False
