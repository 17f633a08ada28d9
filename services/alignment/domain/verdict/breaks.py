"""Why a chain ends: the cause at a live node that has no live accepted parent, and the newest link of a loop."""

from __future__ import annotations

from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import LinkState
from goldenthread.contracts.events.alignment import OrphanCause
from services.alignment.domain.verdict.nodes import Break, Edge, Node, by_age
from services.alignment.domain.verdict.rows import Kind, Status

_ORDER = {cause: rank for rank, cause in enumerate(OrphanCause)}
_SPOKEN_OF = frozenset({OrphanCause.LINK_PENDING, OrphanCause.LINK_WITHDRAWN, OrphanCause.LINK_DECLINED})


def cause_of(edge: Edge) -> OrphanCause | None:
    """What one link up says about why its child hangs on nothing; None when it says nothing.

    A pending link counts while its parent is live: only then can deciding it mend anything.
    """
    parent = edge.parent
    match edge.row.state:
        case LinkState.PROPOSED | LinkState.COUNTERED:
            return OrphanCause.LINK_PENDING if parent.live else None
        case LinkState.WITHDRAWN:
            return OrphanCause.LINK_WITHDRAWN
        case LinkState.DECLINED:
            return OrphanCause.LINK_DECLINED
    if parent.live or parent.status is Status.IDLE:
        return None
    if parent.is_a(Kind.PURPOSE):
        return OrphanCause.PURPOSE_MISSING
    return OrphanCause.WHY_RETIRED if parent.is_a(Kind.WHY) else OrphanCause.PARENT_ENDED


def break_at(node: Node) -> Break:
    """The break at a live node without a live accepted parent: the first cause that applies, ties to the oldest link.

    `lost_parent` is what it used to hang on, by the same order: the other end of a link that was accepted once.
    """
    cause, speaking = OrphanCause.NOT_LINKED, None
    lost: Id | None = None
    lost_rank = _ORDER[OrphanCause.NOT_LINKED]
    for edge in sorted(node.up.values(), key=by_age):
        says = cause_of(edge)
        if says is None:
            continue
        if _ORDER[says] < _ORDER[cause]:
            cause, speaking = says, edge.row.id
        if edge.held and _ORDER[says] < lost_rank:
            lost, lost_rank = edge.parent.id, _ORDER[says]
    return Break(node.id, cause, lost, speaking if cause in _SPOKEN_OF else None)


def loop_of(cycle: list[Node]) -> Break:
    """The break of a loop: at its oldest node; its newest link is named."""
    links = [node.via for node in cycle if node.via is not None]
    oldest = min(cycle, key=lambda node: node.age)
    return Break(oldest.id, OrphanCause.LOOP, None, max(links, key=by_age).row.id)
