"""The order in which the rows of a plan are taken: the parents of a row before the row itself, as far as the plan
allows.

So a node comes with its links, and an import of several commits is whole at the end of each: nothing hangs on what is
yet to come. On a loop something has to come first; its link waits for its parent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from goldenthread.contracts.plan import PlanRow, RowType

_KINDS = {kind: rank for rank, kind in enumerate(RowType)}


def parents_first(rows: Iterable[PlanRow]) -> list[PlanRow]:
    """Every row once: after the rows it names as parents, and a key result always after the goal that it measures.

    Otherwise by kind, purpose first, and in the order of the file. Of rows with one id, the first one is what is named.
    """
    ranked = sorted(rows, key=lambda row: _KINDS[row.type])
    named: dict[str, PlanRow] = {}
    for row in ranked:
        named.setdefault(row.row, row)
    order = _Order(named)
    for row in ranked:
        order.visit(row)
    return order.rows


class _Order:
    """A walk up from every row; a row is put down when everything above it has been."""

    def __init__(self, named: dict[str, PlanRow]) -> None:
        self.rows: list[PlanRow] = []
        self._named = named
        self._met: set[int] = set()
        self._put: set[int] = set()
        self._held: dict[int, list[PlanRow]] = {}

    def visit(self, row: PlanRow) -> None:
        """Put `row` down, what it serves first."""
        if id(row) in self._met:
            return
        if all(id(self._named[each.row]) in self._met for each in row.parents if each.row in self._named):
            self._met.add(id(row))  # all that it serves has been met: there is nothing to walk
            self._put_down(row)
            return
        stack = list(self._enter(row))
        while stack:
            row, above = stack[-1]
            parent = next(above, None)
            if parent is None:
                stack.pop()
                self._put_down(row)
            else:
                stack += self._enter(parent)

    def _enter(self, row: PlanRow) -> Iterator[tuple[PlanRow, Iterator[PlanRow]]]:
        if id(row) not in self._met:
            self._met.add(id(row))
            yield row, iter([self._named[each.row] for each in row.parents if each.row in self._named])

    def _put_down(self, row: PlanRow) -> None:
        measured = self._named.get(row.parents[0].row) if row.type is RowType.KEY_RESULT and row.parents else None
        # Nothing waits for a key result, which cannot be measured: two that name each other would wait for ever.
        if measured is not None and measured.type is not RowType.KEY_RESULT and id(measured) not in self._put:
            self._held.setdefault(id(measured), []).append(row)
            return
        queue = [row]
        for each in queue:
            self._put.add(id(each))
            self.rows.append(each)
            queue += self._held.pop(id(each), [])
