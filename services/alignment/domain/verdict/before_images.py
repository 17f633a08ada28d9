"""Before-images of nodes: their labels and encoded verdicts as they were before a judgement changed them."""

from __future__ import annotations

from services.alignment.domain.verdict.columns import (
    ALIGNED,
    BREAK_LINK,
    CAUSE,
    FROZEN,
    I64,
    KEY,
    LOST_PARENT,
    MARK,
    NOT_JUDGED,
    ORPHANED,
    STATE,
    THREAD_END,
    UNEXPLAINED,
    VIA,
    Columns,
)
from services.alignment.domain.verdict.compiled import compiled, wide
from services.alignment.domain.verdict.scratch_memory import new_rows

# The columns of `images`: the node, its raw key, and its encoded verdict: the state with what is frozen and the cause,
# the key of an aligned node, the link its thread takes, and of an orphan the end, the lost parent and the broken link.
NODE, OLD_KEY, CODE, VERDICT_KEY, VERDICT_VIA, VERDICT_END, VERDICT_LOST_PARENT, VERDICT_LINK = range(8)
VERDICT = 2
"""The first column of the encoded verdict."""
WIDTH = 8


@compiled
def new_before_images(c: Columns, room: int) -> I64:
    """A table without before-images; row 0 holds the number of rows in use."""
    made = new_rows(c, room + 1, WIDTH)
    made[0, 0] = 0
    return made


@compiled
def save_before_image(c: Columns, images: I64, node: int) -> I64:
    """Add the before-image of a node, unless it is there: to be called before any of its labels is set."""
    if c.nodes32[node, MARK]:
        return images
    place = images[0, 0] + 1
    if place == images.shape[0]:
        larger = new_rows(c, 2 * place, WIDTH)
        larger[:place] = images
        images = larger
    images[0, 0] = place
    c.nodes32[node, MARK] = place
    images[place, NODE], images[place, OLD_KEY] = node, c.nodes64[node, KEY]
    encode_verdict(c, node, images[place])
    return images


@compiled
def encode_verdict(c: Columns, node: int, encoded: I64) -> None:
    """Encode the verdict on a node as numbers, into its columns of `encoded`: equal exactly if the verdicts are."""
    state, key = wide(c.nodes8[node, STATE]), c.nodes64[node, KEY]
    encoded[CODE], encoded[VERDICT_KEY], encoded[VERDICT_VIA] = state, 0, -1
    encoded[VERDICT_END], encoded[VERDICT_LOST_PARENT], encoded[VERDICT_LINK] = -1, -1, -1
    if state == NOT_JUDGED:
        encoded[CODE] = state | wide(c.nodes8[node, FROZEN]) << 4
    elif state in (ALIGNED, UNEXPLAINED):
        encoded[VERDICT_KEY], encoded[VERDICT_VIA] = key, c.nodes32[node, VIA]
    elif state == ORPHANED:
        encoded[CODE] = state | wide(c.nodes8[node, CAUSE]) << 8
        encoded[VERDICT_END], encoded[VERDICT_LOST_PARENT] = c.nodes32[node, THREAD_END], c.nodes32[node, LOST_PARENT]
        encoded[VERDICT_LINK] = c.nodes32[node, BREAK_LINK]
        if c.nodes32[node, THREAD_END] != node:
            encoded[VERDICT_VIA] = c.nodes32[node, VIA]
