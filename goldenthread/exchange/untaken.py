"""Rows of a sheet that were not taken because nobody knows what they are: one problem for all that are called alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from goldenthread.contracts.plan import PlanProblem, PlanRow, RowType
from goldenthread.contracts.texts import folded
from goldenthread.exchange import outline
from goldenthread.exchange.headings import heading_key

_NAMED = 5
_SHOWN = 40


class _Row(Struct, frozen=True):
    line: int
    id: str
    title: str
    number: str


class Untaken:
    """Collects the rows of unknown type. `place` is what a line is called."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._words: dict[str, str] = {}
        """The words for types that nobody knows, as they are written first; empty where there is none."""
        self._rows: dict[str, list[_Row]] = {}
        self._owned: list[_Row] = []
        """Rows that say nothing but their number and who owns them."""

    def add(self, line: int, word: str, *, id: str, title: str, number: str, only_owned: bool) -> None:
        """A row was not taken; `word` is what stands there as its type."""
        row = _Row(line, id, title, number)
        if only_owned:
            self._owned.append(row)
            return
        key = heading_key(word) or word[:_SHOWN]
        self._words.setdefault(key, word)
        self._rows.setdefault(key, []).append(row)

    def problems(self, rows: Sequence[PlanRow], numbers: Mapping[int, str]) -> list[PlanProblem]:
        """One for each word, with what hangs on its rows. `numbers` are those of `rows` in an outline, by place."""
        if self._owned and not numbers:
            self._words.setdefault("", "")
            self._rows[""] = sorted(self._rows.get("", []) + self._owned, key=lambda each: each.line)
        found = [self._of(word, self._rows[key], rows, numbers) for key, word in self._words.items()]
        return [*found, self._only_owned(rows, numbers)] if self._owned and numbers else found

    def _of(self, word: str, lost: list[_Row], rows: Sequence[PlanRow], numbers: Mapping[int, str]) -> PlanProblem:
        message = self._why(word, lost)
        below = _below(lost, rows, numbers)
        if below and numbers:
            message += f"; what is below {'them' if len(lost) > 1 else 'it'} hangs on the row above: {_lines(below)}"
        elif below:
            on = "them" if len(lost) > 1 else "it"
            message += f"; {_lines(below)} {'hang' if len(below) > 1 else 'hangs'} on {on}, and so on nothing"
        return PlanProblem(self._where(lost[0]), message)

    def _why(self, word: str, lost: list[_Row]) -> str:
        known = ", ".join(RowType)
        one = len(lost) == 1
        if not word:
            return "not taken: no type" if one else f"{len(lost)} rows were not taken ({self._named(lost)}): no type"
        remedy = f'--type "{word[:_SHOWN]}=key_result", for example, says what it is'
        if one:
            return f"not taken: its type “{word[:_SHOWN]}” is not one of {known}; {remedy}"
        what = f"their type “{word[:_SHOWN]}” is not one of {known}; {remedy}"
        return f"{len(lost)} rows were not taken ({self._named(lost)}): {what}"

    def _only_owned(self, rows: Sequence[PlanRow], numbers: Mapping[int, str]) -> PlanProblem:
        lost = self._owned
        below = _below(lost, rows, numbers)
        if len(lost) == 1:
            message = "not taken: it says only who owns it"
        else:
            message = f"{len(lost)} rows were not taken ({self._named(lost)}): they say only who owns them"
        if below:
            message += f"; what is below hangs on the row above: {_lines(below)}"
        return PlanProblem(self._where(lost[0]), message)

    def _where(self, row: _Row) -> str:
        return f"{self._place} {row.line} ({row.id})" if row.id else f"{self._place} {row.line}"

    def _named(self, lost: list[_Row]) -> str:
        named = ", ".join(str(each.line) for each in lost[:_NAMED])
        return f"{self._place}s {named}" + (f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else "")


def _below(lost: list[_Row], rows: Sequence[PlanRow], numbers: Mapping[int, str]) -> list[PlanRow]:
    """The rows that would hang on those that are lost: by their number in an outline, else by the parent they name."""
    if numbers:
        gone = {number for each in lost if (number := outline.number(each.number))}
        there = {number for text in numbers.values() if (number := outline.number(text))}
        return [rows[at] for at, text in numbers.items() if _next_above(text, gone, there)]
    names = {folded(name) for each in lost for name in (each.id, each.title) if name}
    return [row for row in rows if any(folded(parent.row) in names for parent in row.parents)]


def _next_above(text: str, gone: set[str], there: set[str]) -> bool:
    at = outline.number(text) or ""
    while "." in at:
        at = at.rpartition(".")[0]
        if at in there or at in gone:
            return at not in there
    return False


def _lines(rows: list[PlanRow]) -> str:
    named = ", ".join(each.line for each in rows[:_NAMED])
    return named + (f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else "")
