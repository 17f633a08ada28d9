"""The rules of the goal graph, which refuses loops, self-links, second live links, and parents that are not live."""

from __future__ import annotations

from goldenthread.contracts.entities import Id, KeyResult, Link, Purpose, Why
from goldenthread.contracts.enums import LinkKind, LinkState
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.organization.organization import LIVE_LINKS, Organization
from goldenthread.organization.responsibility import title


def way_up(org: Organization, start: Id, goal: Id, states: tuple[LinkState, ...] = LIVE_LINKS) -> list[Id] | None:
    """The nodes from `start` up to `goal` along links in `states`, or None."""
    came_from: dict[Id, Id | None] = {start: None}
    stack = [start]
    while stack:
        node = stack.pop()
        if node == goal:
            return _trail(came_from, node)
        for link in reversed(org.parents(node, *states)):
            if link.parent not in came_from:
                came_from[link.parent] = node
                stack.append(link.parent)
    return None


def _trail(came_from: dict[Id, Id | None], end: Id) -> list[Id]:
    trail, node = [end], came_from[end]
    while node is not None:
        trail.append(node)
        node = came_from[node]
    return trail[::-1]


def refuse_loop(
    org: Organization, child: Id, parent: Id, *path: str, states: tuple[LinkState, ...] = LIVE_LINKS
) -> None:
    """Refuse a link that would close a loop of links in `states`; the error shows every node on it."""
    if child == parent:
        raise refuse(ErrorCode.LINK_LOOP, "A goal cannot serve itself; name another parent.", *path, nodes=[child])
    loop = way_up(org, parent, child, states)
    if loop is not None:
        thread = " → ".join(title(org, node) for node in [child, *loop])
        message = f"This link would close a loop: {thread}. Withdraw one of its links first, or name another parent."
        raise refuse(ErrorCode.LINK_LOOP, message, *path, nodes=[child, *loop[:-1]])


def refuse_second(org: Organization, child: Id, parent: Id, *path: str) -> None:
    """Refuse a second live link between two nodes."""
    for link in org.parents(child, *LIVE_LINKS):
        if link.parent == parent:
            state = link.state.value.lower()
            raise refuse(
                ErrorCode.CONFLICT,
                f"{title(org, child)} already has a link to {title(org, parent)} ({state}, {link.id}); use that one.",
                *path,
            )


def require_live_parent(org: Organization, parent: Id, *path: str) -> None:
    """Refuse a parent that is not live."""
    if not org.live(parent):
        raise refuse(
            ErrorCode.STATE_NOT_ALLOWED,
            f"{title(org, parent)} is not live; only a published purpose or why, an active objective or a key result "
            "of these can be served. Name one that is.",
            *path,
        )


def can_speak(org: Organization, child: Id) -> bool:
    """True for a child that may still be talked about: live, or a draft (or a measure of one)."""
    return org.under_way(child)


def require_child(org: Organization, child: Id, *path: str) -> None:
    """Refuse a child that has ended."""
    if not can_speak(org, child):
        raise refuse(
            ErrorCode.STATE_NOT_ALLOWED, f"{title(org, child)} has ended; reopen it or link another goal.", *path
        )


def require_kinds(org: Organization, child: Id, parent: Id, kind: LinkKind, weight: float | None) -> None:
    """Refuse ends, kinds and weights that mean nothing together."""
    low, high = org.node(child), org.node(parent)
    if isinstance(low, Purpose):
        raise refuse(ErrorCode.INVALID, "The purpose serves nothing above it; link goals up to it instead.", "child")
    if isinstance(low, Why) and not isinstance(high, Purpose | Why):
        raise refuse(ErrorCode.INVALID, "A why serves the purpose or another why; name one of these.", "parent")
    if isinstance(low, KeyResult) and kind is LinkKind.CONTRIBUTES:
        raise refuse(ErrorCode.INVALID, "A key result supports further parents; use the kind SUPPORTS.", "kind")
    if weight is not None and kind is LinkKind.SUPPORTS:
        raise refuse(
            ErrorCode.INVALID, "Only a contributing link has a weight; leave it out or use CONTRIBUTES.", "weight"
        )


def first_accepted(org: Organization, node: Id) -> Link | None:
    """The oldest accepted link from `node` to a live parent, or None."""
    return next((link for link in org.parents(node) if org.live(link.parent)), None)
