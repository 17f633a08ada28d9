"""Why a chain ends: the cause at a live node that has no live accepted parent, and the newest link of a loop."""

from __future__ import annotations

from services.alignment.domain.verdict.columns import (
    ACCEPTED,
    BORN,
    COUNTERED,
    DECLINED,
    HI,
    I64,
    IDLE,
    KIND,
    LINK_DECLINED,
    LINK_PENDING,
    LINK_STATE,
    LINK_WITHDRAWN,
    LIVE,
    LO,
    LOOPING,
    NEVER,
    NEXT_UP,
    NOT_LINKED,
    ORDER,
    PARENT,
    PARENT_ENDED,
    PROPOSED,
    PURPOSE,
    PURPOSE_MISSING,
    STATUS,
    UP,
    VIA,
    WHY,
    WHY_RETIRED,
    WITHDRAWN,
    Columns,
)
from services.alignment.domain.verdict.compiled import compiled, wide

End = tuple[int, int, int, int]
"""Where a chain ends (a node), the cause, the lost parent (a node), and the link it speaks of; -1: none."""


@compiled
def older_link(c: Columns, one: int, other: int) -> bool:
    """Is a link older than another: accepted before it, or, if neither ever was, first seen before it?"""
    for column in (ORDER, BORN, HI, LO):
        if c.links64[one, column] != c.links64[other, column]:
            return bool(c.links64[one, column] < c.links64[other, column])
    return False


@compiled
def older_node(c: Columns, one: int, other: int) -> bool:
    """Did a node appear before another?"""
    for column in (BORN, HI, LO):
        if c.nodes64[one, column] != c.nodes64[other, column]:
            return bool(c.nodes64[one, column] < c.nodes64[other, column])
    return False


@compiled
def cause_of(c: Columns, link: int) -> int:
    """What one link up says about why its child hangs on nothing; 0 when it says nothing.

    A pending link counts while its parent is live: only then can deciding it mend anything.
    """
    state, parent = c.links8[link, LINK_STATE], c.links32[link, PARENT]
    status, kind = c.nodes8[parent, STATUS], c.nodes8[parent, KIND]
    if state in (PROPOSED, COUNTERED):
        return LINK_PENDING if status == LIVE else 0
    if state == WITHDRAWN:
        return LINK_WITHDRAWN
    if state == DECLINED:
        return LINK_DECLINED
    if status in (LIVE, IDLE):
        return 0
    if kind == PURPOSE:
        return PURPOSE_MISSING
    return WHY_RETIRED if kind == WHY else PARENT_ENDED


@compiled
def break_at(c: Columns, node: int) -> End:
    """The break at a live node without a live accepted parent: the first cause that applies, ties to the oldest link.

    The lost parent is what it used to hang on, by the same order: the other end of a link that was accepted once.
    """
    cause, speaking, lost_cause, lost_link = NOT_LINKED, -1, NOT_LINKED, -1
    link = wide(c.nodes32[node, UP])
    while link >= 0:
        says = cause_of(c, link)
        if says:
            if says < cause or (says == cause and older_link(c, link, speaking)):
                cause, speaking = says, link
            state = c.links8[link, LINK_STATE]
            held = state == ACCEPTED or (state == WITHDRAWN and c.links64[link, ORDER] != NEVER)
            if held and (says < lost_cause or (says == lost_cause and older_link(c, link, lost_link))):
                lost_cause, lost_link = says, link
        link = wide(c.links32[link, NEXT_UP])
    lost = wide(c.links32[lost_link, PARENT]) if lost_link >= 0 else -1
    spoken_of = cause in (LINK_PENDING, LINK_WITHDRAWN, LINK_DECLINED)
    return node, cause, lost, speaking if spoken_of else -1


@compiled
def loop_of(c: Columns, walk: I64, first: int) -> End:
    """The break of the loop that is `walk` from `first` on: at its oldest node; its newest link is named."""
    oldest = walk[first]
    newest = wide(c.nodes32[oldest, VIA])
    for at in range(first + 1, walk[0] + 1):
        if older_node(c, walk[at], oldest):
            oldest = walk[at]
        link = wide(c.nodes32[walk[at], VIA])
        if older_link(c, newest, link):
            newest = link
    return oldest, LOOPING, -1, newest
