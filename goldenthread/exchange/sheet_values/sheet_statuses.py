"""Statuses that are none, told once for each word where it stands in many rows."""

from __future__ import annotations

from goldenthread.contracts.enums import ProgressStatus
from goldenthread.contracts.plan import PlanProblem
from goldenthread.exchange.sheet_values.record_cells import RecordCells
from goldenthread.exchange.values.cell_words import is_empty
from goldenthread.exchange.values.statuses import parse_status, status_key

_MANY = 4
_NAMED = 3


class SheetStatuses:
    """Reads the statuses of one sheet, and keeps the words that are none."""

    def __init__(self) -> None:
        self._read: dict[str, ProgressStatus] = {}
        self._unread: dict[str, tuple[str, list[RecordCells]]] = {}

    def take(self, cells: RecordCells) -> ProgressStatus | None:
        """The status in the cell of a row, or None."""
        text = cells.raw("Status")
        if is_empty(text):
            return None
        if text in self._read:
            return self._read[text]
        try:
            return self._read.setdefault(text, parse_status(text))
        except ValueError as error:
            cells.unread.add("Status")
            self._unread.setdefault(status_key(text) or text, (str(error), []))[1].append(cells)
            return None

    def problems(self) -> list[PlanProblem]:
        """The words that are no statuses: each once, or in each row where there are few. To be asked for at the end."""
        found: list[PlanProblem] = []
        for why, rows in self._unread.values():
            if len(rows) < _MANY:
                found += [PlanProblem(each.where, f"taken without its Status: {why}") for each in rows]
                continue
            named = ", ".join(each.place for each in rows[:_NAMED])
            found.append(PlanProblem("column Status", f"{len(rows)} rows ({named}, …) were taken without it: {why}"))
        return found
