"""Rows of a sheet that sum up others, and are no goals: they have no type, and first of all say `Total` or the like."""

from __future__ import annotations

import re

from goldenthread.contracts.plan import PlanProblem
from goldenthread.exchange.tables.headings import heading_key, split_words
from goldenthread.exchange.tables.table import Line, text_of

_WORDS = frozenset(
    map(
        heading_key,
        split_words(
            """
            Total, Totals, Grand Total, Subtotal, Sub Total, Sum, Average, Averages, Avg, Mean, Overall,
            Overall Total, Count, Minimum, Min, Maximum, Max, Median, Summe, Gesamt, Gesamtsumme, Insgesamt,
            Gesamtergebnis, Zwischensumme, Teilsumme, Endsumme, Durchschnitt, Mittelwert, Mittel, Schnitt,
            Anzahl, Σ, ∑, Ø
            """
        ),
    )
)
_OF_WHAT = re.compile(r"\s*(\(.*\)|\[.*\]|[\d.,\s%]+|20\d\d.*|[:=].*)\s*\Z", re.DOTALL)
_LONGEST = 60
_SHOWN = 5


class Totals:
    """Collects the totals among the lines of a table; `problems` reports them once."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._lines: list[int] = []
        self._says = ""

    def collect(self, line: Line, type_at: int) -> bool:
        """Whether a line is a total; if so, it is collected. What has a type is a goal, whatever it is called."""
        if type_at < len(line.cells) and _is_not_blank(line, type_at):
            first = next((at for at in range(len(line.cells)) if _is_not_blank(line, at)), type_at)
            if first != type_at or not _is_word(text_of(line.cells[type_at])):
                return False
        says = next((text for cell in line.cells if (text := text_of(cell).strip())), "")
        if not _is_word(says):
            return False
        self._says = self._says or says
        self._lines.append(line.number)
        return True

    def problems(self) -> list[PlanProblem]:
        """One for all of them; none where there is no total."""
        if not self._lines:
            return []
        where = f"{self._place} {self._lines[0]}"
        if len(self._lines) == 1:
            return [PlanProblem(where, f"not taken: “{self._says}” is a total, and no goal")]
        named = ", ".join(map(str, self._lines[:_SHOWN])) + (", …" if len(self._lines) > _SHOWN else "")
        message = (
            f"{len(self._lines)} totals were not taken (“{self._says}”; {self._place}s {named}): they are no goals"
        )
        return [PlanProblem(where, message)]


def _is_not_blank(line: Line, at: int) -> bool:
    return bool(text_of(line.cells[at]).strip())


def _is_word(text: str) -> bool:
    if len(text) > _LONGEST:
        return False
    return heading_key(text) in _WORDS or heading_key(_OF_WHAT.sub("", text)) in _WORDS
