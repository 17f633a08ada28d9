"""Which row of an earlier file each row of a file is, and so which goal: by its id, and by its title where ids shifted.

An id alone is not enough: a row put into an outline moves every id below it, and nothing may be written over the goal
that happened to have the id. So a row is known by id and title together; by its title where that stands under another
id now; and by its id where its old title stands nowhere, which is a new title of the same row.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct

from goldenthread.contracts.entities import GoalNode, Id, Purpose
from goldenthread.contracts.plan import PlanProblem, PlanRow, RowType
from goldenthread.contracts.texts import folded
from goldenthread.organization.organization import Organization
from services.goals.domain.imports.successors import over
from services.goals.domain.merge_base import LONGEST, BaseRow, MergeBase, short

_TYPES = {
    "purpose": RowType.PURPOSE,
    "why": RowType.WHY,
    "objective": RowType.OBJECTIVE,
    "keyresult": RowType.KEY_RESULT,
}
_WORDS = {"purpose": "the purpose", "why": "a why", "objective": "an objective", "keyresult": "a key result"}
_NUMBER = re.compile(r"0*(\d+)(?:[.,]0+)?", re.ASCII)
_LOST = "\n"
"""Leads keys of rows that lost theirs to another row. No row id has a line break."""
_NAMED = 3
"""Rows that a message names, at most."""
_SHOWN = 60


class EarlierRow(Struct, frozen=True):
    """A row of an earlier file of the source: its node, and its title as `titled` gives it."""

    node: Id
    title: str


class MatchedRows(Struct, frozen=True):
    """By row id of the file: the original node (`nodes`; no entry: a new row), what is remembered of it (`base`), and
    the key it is remembered under from now on (`keys`). Nothing is taken of the rows in `refused`.

    `forget` are keys whose row is remembered under another key now. `earlier` are all rows of earlier files, by key.
    """

    nodes: dict[str, Id]
    base: dict[str, BaseRow]
    keys: dict[str, str]
    forget: list[str]
    notes: list[PlanProblem]
    refused: dict[str, str]
    earlier: dict[str, Id]


def canonical(row: str) -> str:
    """A row id as spreadsheets leave it alone: `1.0` and `01` are `1`, and letters are composed."""
    if row.isascii() and (not row[:1].isdigit() or (row.isdigit() and row[0] != "0")):
        return row
    number = _NUMBER.fullmatch(row) if len(row) <= LONGEST else None
    return number[1] if number is not None else unicodedata.normalize("NFC", row)


def titled(title: str) -> str:
    """How the titles of rows are compared: `folded`, and long ones as they are remembered."""
    clean = title.strip()
    return short(clean) if len(clean) > LONGEST else folded(clean)


def kind_of(node: Id) -> RowType | None:
    """What a row of this node is."""
    return _TYPES.get(node.partition("_")[0])


def match_rows(org: Organization, rows: Sequence[PlanRow], merge_base: MergeBase, source: str) -> MatchedRows:
    """Every row of a file once. Rows without an id of their own (`type:title`) are known by their titles."""
    matching = _Matching(org, rows, merge_base, _earlier(org, merge_base, source))
    matching.by_node_id()
    matching.by_title()
    matching.by_id()
    return matching.identified()


def keys_of(rows: Sequence[PlanRow]) -> dict[str, str]:
    """What each row is remembered under: its canonical id, or its own where several rows have that one."""
    keys = [canonical(row.row) for row in rows]
    met = Counter(keys)
    return {row.row: key if met[key] == 1 else row.row for row, key in zip(rows, keys, strict=True)}


def _earlier(org: Organization, merge_base: MergeBase, source: str) -> dict[str, EarlierRow]:
    """What is remembered; and, where nothing is of a goal that this source made, the goal as it is here.

    Where its key is another row's by now, it stands under one that no row has.
    """
    there = {key: said for key, said in merge_base.rows.items() if org.node(said.node) is not None}
    found = {key: EarlierRow(said.node, _said_title(said)) for key, said in there.items()}
    remembered = {said.node for said in there.values()}
    for node in goals_of(org):
        of, _, row = (node.source_key or "").partition("/")
        if row and of == source and node.id not in remembered:
            key = canonical(row)
            found[key if key not in found else f"{_LOST}{row}"] = EarlierRow(node.id, titled(node.title))
    return found


def _said_title(said: BaseRow) -> str:
    cell = said.cells.get("title")
    if cell is None:
        return ""
    return cell.value if cell.value.startswith("sha256:") else folded(cell.value)


def goals_of(org: Organization) -> Iterator[GoalNode]:
    """The purpose, whys, objectives and key results of an organization, those that have ended too."""
    if org.purpose is not None:
        yield org.purpose
    yield from org.whys.values()
    yield from org.objectives.values()
    yield from org.key_results.values()


class _Matching:
    def __init__(
        self, org: Organization, rows: Sequence[PlanRow], merge_base: MergeBase, earlier: dict[str, EarlierRow]
    ) -> None:
        self._org, self._rows, self._merge_base, self._earlier = org, rows, merge_base, earlier
        self._keys = keys_of(rows)
        self._nodes: dict[str, Id] = {}
        self._from: dict[str, str] = {}
        """Per row, the key of the earlier row that it is."""
        self._taken: set[Id] = set()
        self._doubtful: set[Id] = set()
        """Goals of which several rows have the title: one that has the id of such a goal may be another row."""
        self._refused: dict[str, str] = {}
        self._left: list[PlanRow] = []
        """Rows that are not known yet."""
        self._moved: list[PlanRow] = []
        """Rows whose id was another one."""
        self._weak: list[tuple[PlanRow, str, Id]] = []
        """Rows with a new id and the title of a row whose goal is over: the same one only where ids have shifted."""
        self._shifted = self._purpose_met = False
        self._retitled: list[PlanRow] = []

    def by_node_id(self) -> None:
        """The purpose, and rows whose id is a goal here."""
        for row in self._rows:
            found, node = self._earlier.get(self._keys[row.row]), self._org.node(row.row)
            if row.type is RowType.PURPOSE:
                self._purpose(row, found)
            elif node is not None and not isinstance(node, Purpose):
                self._is(row, self._keys[row.row], found.node if found is not None else node.id)
            else:
                self._left.append(row)

    def by_title(self) -> None:
        """Rows whose title is remembered: under their id, or under another one if only one row can be meant."""
        here: dict[tuple[RowType | None, str], list[PlanRow]] = defaultdict(list)
        for row in self._left:
            here[row.type, titled(row.title)].append(row)
        there: dict[tuple[RowType | None, str], dict[str, Id]] = defaultdict(dict)
        for key, each in self._earlier.items():
            if each.node not in self._taken and each.title:
                there[kind_of(each.node), each.title][key] = each.node
        self._left, doubtful = [], []
        for title, rows in here.items():
            if self._alike(rows, there.get(title, {})):
                doubtful.append((rows, there[title]))
        self._shifted = bool(self._moved) or any(self._lost_its_id(row) for row in self._left)
        for row, key, node in self._weak:
            self._move(row, key, node) if self._shifted else self._left.append(row)
        for rows, known in doubtful:
            self._in_doubt(rows, known)

    def by_id(self) -> None:
        """Rows with a title that is new: the row of their id under another title, or a new one."""
        over: dict[RowType | None, list[str]] = defaultdict(list)
        for key, each in self._earlier.items():
            if each.node not in self._taken:
                over[kind_of(each.node)].append(key)
        for row in self._left:
            found = self._earlier.get(self._keys[row.row])
            if found is None or _unnamed(row):
                continue
            if (self._shifted and over[row.type]) or found.node in self._doubtful:
                self._refuse(row, _SHIFTED.format(title=row.title[:_SHOWN]))
            elif not self._shifted and found.node not in self._taken:
                self._is(row, self._keys[row.row], found.node)
                self._retitled.append(row)

    def identified(self) -> MatchedRows:
        """What was found."""
        said = {row: self._merge_base.rows[key] for row, key in self._from.items() if key in self._merge_base.rows}
        still = set(self._keys.values())
        moved = [key for row, key in self._from.items() if key != self._keys[row]]
        forget = [key for key in moved if key not in still and key in self._merge_base.rows]
        earlier = {key: each.node for key, each in self._earlier.items()}
        return MatchedRows(self._nodes, said, self._keys, forget, self._notes(), self._refused, earlier)

    def _purpose(self, row: PlanRow, found: EarlierRow | None) -> None:
        if found is not None and kind_of(found.node) is not RowType.PURPOSE and found.title == titled(row.title):
            self._refuse(row, _another_type(found.node))
        elif self._org.purpose is not None and not self._purpose_met:  # Of several, the first is it.
            self._purpose_met = True
            self._nodes[row.row] = self._org.purpose.id
            if found is not None and found.node == self._org.purpose.id:
                self._from[row.row] = self._keys[row.row]

    def _alike(self, rows: list[PlanRow], known: dict[str, Id]) -> bool:
        """Rows of one title, and the earlier ones of it. True where ids that shifted put them in doubt."""
        if len(rows) == len(known) == 1 and (key := self._keys[rows[0].row]) in known:
            self._is(rows[0], key, known[key])  # as most rows are: nothing below would find more
            return False
        exact = [row for row in rows if self._keys[row.row] in known]
        rest = [row for row in rows if self._keys[row.row] not in known]
        met = {known[self._keys[row.row]] for row in exact}
        free = {node: key for key, node in known.items() if node not in met}
        if exact and (rest or free):
            return True
        for row in exact:
            self._is(row, self._keys[row.row], known[self._keys[row.row]])
        if len(rest) == len(free) == 1:
            ((node, key),) = free.items()
            if self._keys[rest[0].row] not in self._earlier and over(self._org, node):
                self._weak.append((rest[0], key, node))
            else:
                self._move(rest[0], key, node)
        elif rest and free:
            self._all_refused(rest, free)
        else:
            self._left += rest
        return False

    def _move(self, row: PlanRow, key: str, node: Id) -> None:
        """A row whose title stood under another key."""
        self._is(row, key, node)
        if not _unnamed(row) and not key.startswith((f"{row.type}:", _LOST)):
            self._moved.append(row)

    def _lost_its_id(self, row: PlanRow) -> bool:
        """Whether the row that had this id is in the file under another one."""
        found = self._earlier.get(self._keys[row.row])
        return found is not None and found.node in self._taken

    def _in_doubt(self, rows: list[PlanRow], known: dict[str, Id]) -> None:
        exact = [row for row in rows if self._keys[row.row] in known]
        rest = [row for row in rows if self._keys[row.row] not in known]
        free = known.keys() - {self._keys[row.row] for row in exact}
        if self._shifted or (rest and free):
            self._all_refused(rows, known.values())
            return
        for row in exact:
            self._is(row, self._keys[row.row], known[self._keys[row.row]])
        self._left += rest

    def _all_refused(self, rows: list[PlanRow], earlier: Collection[Id]) -> None:
        """Rows of one title, of which each may be one of these goals."""
        self._doubtful.update(earlier)
        for row in rows:
            self._refuse(row, _SEVERAL.format(title=row.title[:_SHOWN], here=len(rows), earlier=len(earlier)))

    def _is(self, row: PlanRow, key: str, node: Id) -> None:
        if kind_of(node) is not row.type:
            self._refuse(row, _another_type(node))
            self._nodes[row.row] = node  # It still serves as a parent.
            return
        self._nodes[row.row], self._from[row.row] = node, key
        self._taken.add(node)

    def _refuse(self, row: PlanRow, message: str) -> None:
        self._refused[row.row] = message

    def _notes(self) -> list[PlanProblem]:
        found: list[PlanProblem] = []
        if self._moved:
            named = ", ".join(f"{row.row} was {self._from[row.row].strip()}" for row in self._moved[:_NAMED])
            more = ", …" if len(self._moved) > _NAMED else ""
            rows = "1 row is known by its title" if len(self._moved) == 1 else _KNOWN.format(count=len(self._moved))
            found.append(PlanProblem(self._moved[0].line, f"Row ids have shifted: {rows} ({named}{more})."))
        same = len(self._from) - len(self._moved) - len(self._retitled)
        if len(self._retitled) >= _NAMED and len(self._retitled) > same:
            message = _OTHER.format(count=len(self._retitled), of=len(self._from))
            found.append(PlanProblem(self._retitled[0].line, message))
        return found


_KNOWN = "{count} rows are known by their titles"
_OTHER = (
    "{count} of {of} rows that are known have other titles than at the last import. If this is another plan, import it "
    "under a source of its own."
)
_SHIFTED = (
    "Row ids have shifted since the last import, and “{title}” was not in it: it may be new, or an earlier row under "
    "another title. Nothing of it was taken; if it is new, give it an id that no row had before."
)
_SEVERAL = (
    "{here} rows are called “{title}” and {earlier} were at the last import, under other ids: which is which cannot be "
    "told. Nothing of it was taken; give the rows the ids they had."
)


def _another_type(node: Id) -> str:
    kind = _WORDS[node.partition("_")[0]]
    return f"This row was {kind} before; a row keeps its type. Give it a new id."


def _unnamed(row: PlanRow) -> bool:
    return row.row == f"{row.type}:{row.title}"
