"""Rows of a sheet that were not taken because nobody knows what they are: one problem for all that are called alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from goldenthread.contracts.plan import PlanProblem, PlanRow, RowType
from goldenthread.contracts.texts import first_of, folded
from goldenthread.exchange.sheets import outline
from goldenthread.exchange.tables.headings import heading_key

_NAMED = 5
_SHOWN = 40


class _UnknownRow(Struct, frozen=True):
    line: int
    id: str
    title: str
    number: str


class UnknownRows:
    """Collects the rows of unknown type. `place` is what a line is called."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._words: dict[str, str] = {}
        """The words for types that nobody knows, as they are written first; empty where there is none."""
        self._rows: dict[str, list[_UnknownRow]] = {}
        self._owned: list[_UnknownRow] = []
        """Rows that say nothing but their number and who owns them."""

    def add(self, line: int, word: str, *, id: str, title: str, number: str, only_owned: bool) -> None:
        """A row was not taken; `word` is what stands there as its type."""
        row = _UnknownRow(line, id, title, number)
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
        owned = self._owned if numbers else []
        below = _below([*self._rows.items(), (None, owned)], rows, numbers)
        found = [self._of(word, self._rows[key], below[key], bool(numbers)) for key, word in self._words.items()]
        return [*found, self._only_owned(below[None])] if owned else found

    def _of(self, word: str, lost: list[_UnknownRow], below: list[PlanRow], is_outline: bool) -> PlanProblem:
        message = self._why(word, lost)
        if below and is_outline:
            message += f"; what is below {'them' if len(lost) > 1 else 'it'} hangs on the row above: {_lines(below)}"
        elif below:
            on = "them" if len(lost) > 1 else "it"
            message += f"; {_lines(below)} {'hang' if len(below) > 1 else 'hangs'} on {on}, and so on nothing"
        return PlanProblem(self._where(lost[0]), message)

    def _why(self, word: str, lost: list[_UnknownRow]) -> str:
        known = ", ".join(RowType)
        one = len(lost) == 1
        if not word:
            return "not taken: no type" if one else f"{len(lost)} rows were not taken ({self._named(lost)}): no type"
        remedy = f'--type "{word[:_SHOWN]}=key_result", for example, says what it is'
        if one:
            return f"not taken: its type “{word[:_SHOWN]}” is not one of {known}; {remedy}"
        what = f"their type “{word[:_SHOWN]}” is not one of {known}; {remedy}"
        return f"{len(lost)} rows were not taken ({self._named(lost)}): {what}"

    def _only_owned(self, below: list[PlanRow]) -> PlanProblem:
        lost = self._owned
        if len(lost) == 1:
            message = "not taken: it says only who owns it"
        else:
            message = f"{len(lost)} rows were not taken ({self._named(lost)}): they say only who owns them"
        if below:
            message += f"; what is below hangs on the row above: {_lines(below)}"
        return PlanProblem(self._where(lost[0]), message)

    def _where(self, row: _UnknownRow) -> str:
        return f"{self._place} {row.line} ({row.id})" if row.id else f"{self._place} {row.line}"

    def _named(self, lost: list[_UnknownRow]) -> str:
        return f"{self._place}s {first_of([str(each.line) for each in lost], _NAMED)}"


def _below(
    lost: Iterable[tuple[str | None, list[_UnknownRow]]], rows: Sequence[PlanRow], numbers: Mapping[int, str]
) -> dict[str | None, list[PlanRow]]:
    """The rows that would hang on those that are lost, by the key of these: by their number in an outline, else by the
    parent they name. Of several that are called alike, they hang on the first.
    """
    found: dict[str | None, list[PlanRow]] = defaultdict(list)
    gone: dict[str, str | None] = {}
    for key, each in ((key, each) for key, some in lost for each in some):
        for name in (outline.outline_number(each.number),) if numbers else (folded(each.id), folded(each.title)):
            if name:
                gone.setdefault(name, key)
    if not gone:
        return found
    if numbers:
        there = {number for text in numbers.values() if (number := outline.outline_number(text))}
        for at, text in numbers.items():
            above = _next_above(text, gone, there)
            if above is not None:
                found[gone[above]].append(rows[at])
        return found
    for row in rows:
        for key in dict.fromkeys(gone[name] for parent in row.parents if (name := folded(parent.row)) in gone):
            found[key].append(row)
    return found


def _next_above(text: str, gone: Collection[str], there: Collection[str]) -> str | None:
    """The nearest number above that is lost, unless one that is there is nearer."""
    at = outline.outline_number(text) or ""
    while "." in at:
        at = at.rpartition(".")[0]
        if at in there or at in gone:
            return None if at in there else at
    return None


def _lines(rows: list[PlanRow]) -> str:
    return first_of([each.line for each in rows], _NAMED)
