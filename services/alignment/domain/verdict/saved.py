"""What is told of a node, as numbers, and what it was before a judgement changed it."""

from __future__ import annotations

from services.alignment.domain.verdict.columns import (
    ALIGNED,
    CAUSE,
    FROZEN,
    I64,
    KEY,
    LOST,
    MARK,
    NOT_JUDGED,
    ORPHANED,
    SAID,
    STATE,
    TOP,
    UNEXPLAINED,
    VIA,
    Columns,
)
from services.alignment.domain.verdict.compiled import compiled, wide
from services.alignment.domain.verdict.scratch import rows

# Of a row of `saved`: the node, its raw key, and what was told: the state with what is frozen and the cause, the key of
# an aligned node, the link its thread takes, and of an orphan the end, the lost parent and the link that is spoken of.
NODE, OLD_KEY, CODE, TOLD_KEY, TOLD_VIA, TOLD_TOP, TOLD_LOST, TOLD_SAID = range(8)
TOLD = 2
"""The first column of what was told."""
WIDTH = 8


@compiled
def new_saved(c: Columns, room: int) -> I64:
    """Nothing saved yet; row 0 holds the number of rows in use."""
    made = rows(c, room + 1, WIDTH)
    made[0, 0] = 0
    return made


@compiled
def keep(c: Columns, saved: I64, node: int) -> I64:
    """Save a node's labels, unless they are: to be called before any of them is set."""
    if c.nodes32[node, MARK]:
        return saved
    place = saved[0, 0] + 1
    if place == saved.shape[0]:
        larger = rows(c, 2 * place, WIDTH)
        larger[:place] = saved
        saved = larger
    saved[0, 0] = place
    c.nodes32[node, MARK] = place
    saved[place, NODE], saved[place, OLD_KEY] = node, c.nodes64[node, KEY]
    tell(c, node, saved[place])
    return saved


@compiled
def tell(c: Columns, node: int, told: I64) -> None:
    """Write what is told of a node into its columns of `told`: two nodes' are equal exactly if their verdicts are."""
    state, key = wide(c.nodes8[node, STATE]), c.nodes64[node, KEY]
    told[CODE], told[TOLD_KEY], told[TOLD_VIA] = state, 0, -1
    told[TOLD_TOP], told[TOLD_LOST], told[TOLD_SAID] = -1, -1, -1
    if state == NOT_JUDGED:
        told[CODE] = state | wide(c.nodes8[node, FROZEN]) << 4
    elif state in (ALIGNED, UNEXPLAINED):
        told[TOLD_KEY], told[TOLD_VIA] = key, c.nodes32[node, VIA]
    elif state == ORPHANED:
        told[CODE] = state | wide(c.nodes8[node, CAUSE]) << 8
        told[TOLD_TOP], told[TOLD_LOST] = c.nodes32[node, TOP], c.nodes32[node, LOST]
        told[TOLD_SAID] = c.nodes32[node, SAID]
        if c.nodes32[node, TOP] != node:
            told[TOLD_VIA] = c.nodes32[node, VIA]
