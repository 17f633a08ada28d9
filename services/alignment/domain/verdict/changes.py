"""The changes of a judgement: encoded verdicts, decoded when they are read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from goldenthread.contracts.entities import Id
from goldenthread.contracts.events.alignment import AlignmentState, Verdict
from services.alignment.domain.verdict.codes import CAUSES, STATES, LabelChange
from services.alignment.domain.verdict.columns import HI, I64, LO, NOT_JUDGED, ORPHANED, UNEXPLAINED_HOP, Columns
from services.alignment.domain.verdict.ids import Ids
from services.alignment.domain.verdict.judge import AFTER, BEFORE

_JUDGED = {number: state for number, state in enumerate(STATES) if state is not None}
_UNJUDGED = {state: Verdict(AlignmentState.NOT_JUDGED, frozen=state) for state in STATES}


_AT_ONCE = 1_000
"""Rows that become lists at once: see `_listed`."""
_REMEMBERED = 256
"""Ids kept as text, for what breaks names the same few many times; all of them would outweigh the graph."""


class VerdictDecoder:
    """Decodes rows into ids, and encoded verdicts (`before_images.encode_verdict`), for as long as the graph lives."""

    def __init__(self, columns: Columns, ids: Ids) -> None:
        self._nodes, self._links, self._ids = columns.nodes64, columns.links64, ids
        self._known: dict[int, Id] = {}
        self._last = -1, ""

    def node(self, row: int) -> Id:
        """The id of a node."""
        found = self._known.get(row)
        if found is None:
            if len(self._known) == _REMEMBERED:
                self._known.clear()
            found = self._known[row] = self.uncached_node(row)
        return found

    def uncached_node(self, row: int) -> Id:
        """The same, not remembered: for what is named once."""
        return self._ids.text(self._nodes.item(row, HI), self._nodes.item(row, LO))

    def link(self, row: int) -> Id:
        """The id of a link. The last is remembered: mostly a thread takes the same before and after."""
        last = self._last
        if last[0] != row:
            last = self._last = row, self._ids.text(self._links.item(row, HI), self._links.item(row, LO))
        return last[1]

    def verdict(self, code: int, key: int, via: int, top: int, lost: int, said: int) -> Verdict | None:
        """Decodes a verdict; None when the node was not judged yet."""
        state = code & 15
        if not state:
            return None
        if state == NOT_JUDGED:
            return _UNJUDGED[STATES[code >> 4]]
        link = None if via < 0 else self.link(via)
        if state != ORPHANED:
            unexplained, depth = divmod(key, UNEXPLAINED_HOP)
            return Verdict(_JUDGED[state], depth, unexplained, link)
        return Verdict(
            AlignmentState.ORPHANED,
            via=link,
            cause=CAUSES[code >> 8],
            broken_at=self.node(top),
            lost_parent=None if lost < 0 else self.node(lost),
            link=None if said < 0 else self.link(said),
        )


def _listed(table: I64) -> Iterator[list[int]]:
    """The rows, some at a time: nobody else has the interpreter while an array becomes a list."""
    for start in range(0, len(table), _AT_ONCE):
        yield from table[start : start + _AT_ONCE].tolist()


class Changes:
    """What was changed since the judgement before: `len` nodes have another verdict.

    `cause` is the goals sequence of the last event that changed the graph, None when none did.
    """

    def __init__(self, table: I64, names: VerdictDecoder, cause: int | None) -> None:
        self._table, self._names, self.cause = table, names, cause

    def __len__(self) -> int:
        return len(self._table)

    @property
    def rows(self) -> list[int]:
        """The nodes' rows, in the order of `labels`."""
        found: list[int] = self._table[:, 0].tolist()
        return found

    @cached_property
    def labels(self) -> list[LabelChange]:
        """The verdicts before and after, ordered by the nodes' first appearance."""
        name, verdict, found = self._names.uncached_node, self._names.verdict, []
        for row in _listed(self._table):
            after = verdict(*row[AFTER:])
            assert after is not None, "a judged node has a verdict"
            found.append(LabelChange(name(row[0]), verdict(*row[BEFORE:AFTER]), after))
        return found
