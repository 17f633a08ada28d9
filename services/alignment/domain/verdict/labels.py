"""From a node's labels to its verdict, and back."""

from __future__ import annotations

from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict
from services.alignment.domain.verdict.nodes import BREAK, UNEXPLAINED_HOP, Break, Node
from services.alignment.domain.verdict.rows import Status

_JUDGED = {state: Verdict(AlignmentState.NOT_JUDGED, frozen=state) for state in AlignmentState}
_NEVER_JUDGED = Verdict(AlignmentState.NOT_JUDGED)


def verdict_of(node: Node) -> Verdict:
    """The verdict on a known node, from its labels; one that ended keeps the last state it was judged to have."""
    if not node.live:
        return _ended(node.verdict) if node.status is Status.ENDED else _NEVER_JUDGED
    via = None if node.via is None else node.via.row.id
    if node.brk is not None:
        at_end = node.brk.broken_at == node.id
        return Verdict(
            AlignmentState.ORPHANED,
            via=None if at_end else via,
            cause=node.brk.cause,
            broken_at=node.brk.broken_at,
            lost_parent=node.brk.lost_parent,
            link=node.brk.link,
        )
    unexplained, depth = divmod(node.key, UNEXPLAINED_HOP)
    state = AlignmentState.UNEXPLAINED if unexplained else AlignmentState.ALIGNED
    return Verdict(state, depth, unexplained, via)


def _ended(before: Verdict | None) -> Verdict:
    if before is None:
        return _NEVER_JUDGED
    state = before.frozen if before.state is AlignmentState.NOT_JUDGED else before.state
    return _NEVER_JUDGED if state is None else _JUDGED[state]


def break_of(key: int, verdict: Verdict) -> Break | None:
    """The break a persisted verdict speaks of; None when it is no orphan's."""
    if key < BREAK or verdict.broken_at is None:
        return None
    return Break(verdict.broken_at, verdict.cause or OrphanCause.NOT_LINKED, verdict.lost_parent, verdict.link)
