"""What a row's parents are: each text that stands where a parent is named, as a row of the file or a node here.

The nearest meaning counts: a row of this file, a row of an earlier file of its source, a goal here by its id, an
outline number, the title of one row, the title of one goal here. What means several things means none of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from goldenthread.contracts.entities import Id, Purpose
from goldenthread.contracts.enums import LinkKind
from goldenthread.contracts.plan import PlanParent, PlanProblem, PlanRow, RowType
from goldenthread.contracts.texts import folded
from goldenthread.exchange.plans.size_limits import count_entries, require_entries
from goldenthread.organization.organization import Organization
from goldenthread.organization.responsibility import title as title_of
from services.goals.domain.imports.row_matching import MatchedRows, canonical, kind_of

_MOST = 100
"""Parents that one cell names, at most; more are one text."""
_NAMED = 5
_ENOUGH = 100
"""Rows and goals that a text is said to be perhaps, at most: any number can have one title."""
_SHOWN = 60
_OUTLINE = re.compile(r"\d+(?:\.\d+)*", re.ASCII)
_MEASURED = (RowType.WHY, RowType.OBJECTIVE)


class ResolvedParents(Struct, frozen=True):
    """The rows with parents that are row ids of the file or node ids; what could not be told is in `problems`.

    `incomplete` are the ids of rows that name parents which were taken out: they may still hang on those.
    """

    rows: list[PlanRow]
    problems: list[PlanProblem]
    incomplete: set[str]


def resolve(
    org: Organization, rows: Sequence[PlanRow], identified: MatchedRows, source: str, most: int
) -> ResolvedParents:
    """The parents of every row. A key result whose first parent is not known measures nothing, rather than the next.

    Raises `Refused` where links, readings and units are more than `most`, too many for one file.
    """
    finder, resolved, count = _Finder(org, rows, identified), ResolvedParents([], [], set()), 0
    for row in rows:
        settled = row if finder.are_rows(row) else _Row(row, finder, resolved, source).settled()
        resolved.rows.append(settled)
        count += count_entries(settled)
        require_entries(count, most)  # one text of a file can be many parents
    return resolved


class _Finder:
    """The meanings of a text, nearest scope first."""

    def __init__(self, org: Organization, rows: Sequence[PlanRow], identified: MatchedRows) -> None:
        self._org, self._identified, self._all = org, identified, rows
        self.rows = {row.row: row for row in rows}
        self._row_of = {node: row for row, node in identified.nodes.items()}
        self._measured: dict[int, list[str]] = {}
        """Of a list of an index (by its `id`), what can be measured."""

    def are_rows(self, row: PlanRow) -> bool:
        """Whether all parents of a row are other rows of the file, by their ids."""
        for each in row.parents:  # noqa: SIM110 - for every row of a file, so without a generator
            if each.row not in self.rows or each.row == row.row or each.may_be:
                return False
        return True

    def ids(self, text: str) -> list[str]:
        """What `text` means as an id or a number."""
        if text in self.rows:
            return [text]
        for found in (self._canonical.get(canonical(text)), self._folded.get(folded(text))):
            if found:
                return found
        earlier = self._identified.earlier
        node = earlier.get(text) or earlier.get(canonical(text)) or self._earlier.get(folded(text))
        if node is None and self._org.node(text) is not None:
            node = text
        if node is not None:
            return [self._here(node)]
        return self._outline.get(outline(text) or "", [])

    def meant(self, text: str, row: PlanRow) -> list[str]:
        """What `text` means to `row`, as an id or else as a title: of many, some. Not itself, by its title."""
        found = self.ids(text)
        if found:
            return self._fit(found, row)[:_ENOUGH]
        wanted = folded(text)
        here, there = self._fit(self._titles.get(wanted, []), row), self._fit(self._goals.get(wanted, []), row)
        return _but(here, row.row) or _but(there, row.row)

    def _fit(self, found: list[str], row: PlanRow) -> list[str]:
        """Of several, what a key result can measure: the others were not meant."""
        if row.type is not RowType.KEY_RESULT or len(found) < 2:
            return found
        if id(found) not in self._measured:
            self._measured[id(found)] = [each for each in found if self.type_of(each) in _MEASURED]
        return self._measured[id(found)] or found

    def type_of(self, target: str) -> RowType | None:
        """What a target is."""
        return self.rows[target].type if target in self.rows else kind_of(target)

    def named(self, target: str) -> str:
        """A target in words: where it stands, and its title."""
        row = self.rows.get(target)
        if row is not None:
            return f"{row.row[:_SHOWN]} ({row.line}, “{row.title[:_SHOWN]}”)"
        return f"{target} (“{title_of(self._org, target)[:_SHOWN]}”)"

    def _here(self, node: Id) -> str:
        return self._row_of.get(node, node)

    @cached_property
    def _canonical(self) -> dict[str, list[str]]:
        return _index(self._all, lambda row: canonical(row.row))

    @cached_property
    def _folded(self) -> dict[str, list[str]]:
        return _index(self._all, lambda row: folded(row.row))

    @cached_property
    def _earlier(self) -> dict[str, Id]:
        return {folded(key): node for key, node in reversed(self._identified.earlier.items())}

    @cached_property
    def _outline(self) -> dict[str, list[str]]:
        return _index(self.rows.values(), lambda row: outline(row.row))

    @cached_property
    def _titles(self) -> dict[str, list[str]]:
        return _index(self.rows.values(), lambda row: folded(row.title))

    @cached_property
    def _goals(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        org = self._org
        for node in [org.purpose, *org.whys.values(), *org.objectives.values(), *org.key_results.values()]:
            if node is not None and org.under_way(node.id):
                text = (node.title or node.statement.partition("\n")[0]) if isinstance(node, Purpose) else node.title
                found[folded(text)].append(self._here(node.id))
        return found


def outline(text: str) -> str | None:
    """`1.02.` as `1.2`: a number of an outline, or None."""
    tidy = text.strip().rstrip(".)")
    if not _OUTLINE.fullmatch(tidy):
        return None
    return ".".join(part.lstrip("0") or "0" for part in tidy.split("."))


class _Row:
    """The parents of one row."""

    def __init__(self, row: PlanRow, finder: _Finder, resolved: ResolvedParents, source: str) -> None:
        self._row, self._finder, self._resolved, self._source = row, finder, resolved, source

    def settled(self) -> PlanRow:
        """The row with the parents that are known, each once."""
        found: dict[str, PlanParent] = {}
        for at, stated in enumerate(self._row.parents):
            for parent in self._parts(stated):
                target = self._target(parent)
                if target is None and at == 0 and self._row.type is RowType.KEY_RESULT:
                    return replace(self._row, parents=[])
                if target is not None and target not in found:
                    further = self._row.type is RowType.KEY_RESULT and found
                    kind = LinkKind.SUPPORTS if further else parent.kind
                    found[target] = replace(parent, row=target, kind=kind)
        return replace(self._row, parents=list(found.values()))

    def _parts(self, parent: PlanParent) -> list[PlanParent]:
        """What means nothing as a whole may be several parents; each has its line of a because of as many lines."""
        texts = [parent.row] if parent.may_be else list(self._split(parent.row))
        if len(texts) == 1:
            return [parent]
        whys = (parent.because or "").split("\n")
        because = whys if len(whys) == len(texts) else [parent.because] * len(texts)
        return [replace(parent, row=text, because=why or None) for text, why in zip(texts, because, strict=True)]

    def _split(self, text: str, separators: Sequence[str] = ("[;|]", ",")) -> Iterator[str]:
        if not self._meant(text):
            for at, separator in enumerate(separators):
                parts = [" ".join(part.split()) for part in re.split(separator, text, maxsplit=_MOST)]
                parts = [part for part in parts if part]
                if not 1 < len(parts) <= _MOST:
                    continue
                named = any(self._finder.ids(part) for part in parts) or all(self._meant(part) for part in parts)
                if separator == "," and not named:  # A title with a comma in it.
                    continue
                for part in parts:
                    yield from self._split(part, separators[at + 1 :])
                return
        yield text

    def _meant(self, text: str) -> list[str]:
        return self._finder.meant(text, self._row)

    def _target(self, parent: PlanParent) -> str | None:
        found = [] if parent.may_be else self._meant(parent.row)
        text = parent.row[:_SHOWN]
        if parent.may_be or len(found) > 1:
            named = parent.may_be or [self._finder.named(each) for each in found[:_NAMED]]
            more = f" or {len(found) - _NAMED} more" if _NAMED < len(found) < _ENOUGH else ""
            more = " or many more" if len(found) >= _ENOUGH else more
            self._problem(f"It was not linked to “{text}”, which may be {' or '.join(named)}{more}; name one.")
            return None
        if not found:
            self._problem(
                f"It was not linked to “{text}”: no row of this file or of an earlier one of “{self._source}”, and no "
                "goal here, has that id, number or title."
            )
            return None
        if found[0] == self._row.row:
            self._problem("It was not linked to itself.", incomplete=False)
            return None
        return found[0]

    def _problem(self, message: str, *, incomplete: bool = True) -> None:
        self._resolved.problems.append(PlanProblem(self._row.line, message))
        if incomplete:
            self._resolved.incomplete.add(self._row.row)


def _but(found: list[str], row: str) -> list[str]:
    """Without the row itself: of many, some."""
    return [each for each in found[: _ENOUGH + 1] if each != row]


def _index(rows: Iterable[PlanRow], key: Callable[[PlanRow], str | None]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        name = key(row)
        if name is not None:
            found[name].append(row.row)
    return found
