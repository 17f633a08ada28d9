"""Which units own each goal: a number a goal, for a list of units that many share."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from goldenthread.contracts.entities import Id
from services.alignment.domain.verdict.columns import I32, I64

Units = tuple[Id, ...]
Bools = npt.NDArray[np.bool_]
NOBODY: Units = ()


class OwnerLists:
    """Lists of owners by row of the graph. A list keeps its number for good."""

    def __init__(self) -> None:
        self.lists: list[Units] = [()]
        self.numbers: dict[Units, int] = {(): 0}
        self.units: set[Id] = set()
        """All that own, or owned, something."""
        self.unsaved: dict[int, Units] = {}
        """New lists, to be written."""
        self._of: I32 = np.zeros(64, np.int32)

    @classmethod
    def restore(cls, lists: Iterable[Units], rows: I64, numbers: I64) -> OwnerLists:
        """The same from the lists after the empty one, in their order, and the number at each row."""
        made = cls()
        for units in lists:
            made.number(units)
        made.unsaved.clear()
        made._make_room(int(rows.max(initial=0)))
        made._of[rows] = numbers
        return made

    def of(self, row: int) -> Units:
        """The owners of a goal, the primary first; nobody owns what is not known."""
        return self.lists[self.list_of(row)]

    def list_of(self, row: int) -> int:
        """The number of the list of its owners."""
        return self._of.item(row) if 0 <= row < len(self._of) else 0

    def put(self, row: int, units: Units) -> int:
        """Name the owners of a goal; the number of their list."""
        self._make_room(row)
        number = self.number(units)
        self._of[row] = number
        return number

    def number(self, units: Units) -> int:
        """The number of a list, new when it is."""
        found = self.numbers.get(units)
        if found is None:
            found = self.numbers[units] = len(self.lists)
            self.lists.append(units)
            self.units.update(units)
            self.unsaved[found] = units
        return found

    def owned(self, units: set[Id], rows: int) -> Bools:
        """Of the first so many goals, which one of `units` owns (True by row)."""
        some = np.array([not units.isdisjoint(each) for each in self.lists])
        found = np.zeros(rows, np.bool_)
        used = self._of[:rows]
        found[: len(used)] = some[used]
        return found

    def _make_room(self, row: int) -> None:
        if row >= len(self._of):
            larger = np.zeros(row + row // 2 + 1, np.int32)
            larger[: len(self._of)] = self._of
            self._of = larger
