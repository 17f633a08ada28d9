"""The OKR sheet: one row per purpose, why, objective and key result; parents by row id, several on lines of their own.

Read with any delimiter of `,` `;` tab `|`, columns in any order and case. A cell that makes no sense costs the cell,
not the row; a row without type or title is not taken; both are problems that name the line. `write` and `read` are
inverse.
"""

from __future__ import annotations

import re

from goldenthread.contracts import texts
from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanRow, PlanUnit, PlanWords, RowType
from goldenthread.contracts.texts import folded
from goldenthread.exchange.plans import size_limits
from goldenthread.exchange.plans.row_ids import settle_ids
from goldenthread.exchange.sheet_layout.row_types import RowTypes
from goldenthread.exchange.sheet_layout.sheet_records import NO_WORDS, Sheet, SheetRecord, sheet_of
from goldenthread.exchange.sheet_layout.sheet_revision import revision_of
from goldenthread.exchange.sheet_values.record_cells import RecordCells
from goldenthread.exchange.sheet_values.value_reader import ValueReader
from goldenthread.exchange.sheets import ignored_periods, outline
from goldenthread.exchange.sheets.sheet_writer import write
from goldenthread.exchange.sheets.stated_fields import fields_of_columns, stated_texts
from goldenthread.exchange.sheets.unknown_rows import UnknownRows
from goldenthread.exchange.tables.headings import REVISION
from goldenthread.exchange.tables.table import Table
from goldenthread.exchange.text.refusals import invalid
from goldenthread.exchange.text.tidying import one_line
from goldenthread.exchange.values import cell_words, owner_names

__all__ = ["read", "write"]

_OF_LINKS = ("Because", "Link Kind", "Weight", "In Return", "Link State")


def read(table: Table, words: PlanWords = NO_WORDS, most: int = size_limits.MAX_ENTRIES) -> Plan:
    """The plan on a sheet. Refuses a table that is none, that has no rows, or whose rows have more than `most` links,
    readings and units.
    """
    sheet = sheet_of(table, words)
    if not sheet.records and not sheet.problems:
        raise invalid("the sheet has a header and no rows")
    reader = _SheetReader(sheet, words, most)
    read = [(row, record) for record in sheet.records if (row := reader.row(record)) is not None]
    rows = [row for row, _ in read]
    reader.problems += reader.values.problems()
    numbers = reader.numbers([record for _, record in read]) if "Parent" not in sheet.columns else {}
    reader.problems += reader.unknown_rows.problems(rows, numbers)
    if numbers:
        rows = outline.with_outline_parents(rows, numbers, reader.problems)
    rows = settle_ids(rows, reader.problems)
    units, revision = [*reader.units.values(), *reader.people.values()], revision_of(sheet, reader.problems)
    return Plan(
        PlanFormat.OKR_SHEET,
        rows,
        units,
        reader.problems,
        revision=revision,
        notes=[*sheet.notes, *reader.values.notes, *ignored_periods.ignored_period_notes(rows)],
    )


class _SheetReader:
    """Reads records one by one; keeps what went wrong and the units in their first spelling."""

    def __init__(self, sheet: Sheet, words: PlanWords, most: int) -> None:
        self.problems = list(sheet.problems)
        self.units: dict[str, PlanUnit] = {}
        self.people: dict[str, PlanUnit] = {}
        self._owned: dict[str, list[str]] = {}
        """By the text of a cell, the owners in it."""
        self._keys: dict[str, str] = {}
        """By the name of an owner, how it is compared."""
        self._entries, self._most = 0, most
        self._fields, self._owners_may_be_people = fields_of_columns(sheet.columns), sheet.owners_may_be_people
        self._place, self._exported = sheet.place, REVISION in sheet.columns
        self._whole: set[str] = set()
        """Owners that stand in quotes, folded: each is one name, whatever signs are in it."""
        self._types, self.unknown_rows = RowTypes(words), UnknownRows(sheet.place)
        self.values = ValueReader(sheet)
        ids = [text for each in sheet.records if (text := one_line(each.cells.get("Row ID", "")))]
        self._outline = "Outline" if "Outline" in sheet.columns else "Row ID"
        self._has_ids = not sheet.numbered or len(set(ids)) == len(ids) or outline.is_outline(ids)
        self._named = {*ids, *(folded(each.cells.get("Title", "")) for each in sheet.records)}

    def row(self, record: SheetRecord) -> PlanRow | None:
        """The row of a record, or None and a problem."""
        cells = RecordCells(record, self.problems, self._place)
        type = self._types.get(cells.raw("Type"))
        title = self._line(cells.raw("Title"))
        if type is None:
            self._not_taken(record, title)
            return None
        if not title:
            cells.report("not taken: no title")
            return None
        row = self._read(cells, type, title)
        self._entries += size_limits.count_entries(row)
        size_limits.require_entries(self._entries, self._most)  # before all of them are there
        return row

    def _read(self, cells: RecordCells, type: RowType, title: str) -> PlanRow:
        starts_on, ends_on = self.values.dates(cells)
        measured = self.values.values(cells, type)
        id = cells.id if self._has_ids else ""
        owned = self._owners(cells, type)
        unit, co_owners = (owned[0], owned[1:]) if owned else (None, [])
        return PlanRow(
            row=id or f"{type}:{title}",
            line=cells.place,
            type=type,
            title=title,
            description=cells.paragraph(cells.raw("Description"), "description"),
            parents=self._parents(cells),
            unit=unit,
            co_owners=co_owners,
            cycle=one_line(cells.raw("Time Period")) or None,
            starts_on=starts_on,
            ends_on=ends_on,
            start_value=measured.start,
            target_value=measured.target,
            current_value=measured.current,
            measure_unit=self._line(measured.unit) if measured.unit else None,
            direction=self.values.direction(cells, measured.start, measured.target),
            status=self.values.status(cells),
            readings=measured.readings,
            invited=self._named_units(cells, "Invited Units") if type is RowType.OBJECTIVE else [],
            audience=self._named_units(cells, "Audience Units") if type is RowType.WHY else [],
            draft=type is RowType.OBJECTIVE and bool(cells.take("Draft", cell_words.parse_yes_no)),
            cells=self._stated(type, cells, co_owners if unit else None),  # last: all that was not read is known now
        )

    def _stated(self, type: RowType, cells: RecordCells, co_owners: list[str] | None) -> dict[str, str]:
        said = stated_texts(self._fields[type], cells.texts, cells.unread)
        if type is RowType.OBJECTIVE and co_owners is not None:
            said["co_owners"] = "\n".join(co_owners)
        return said

    def _line(self, text: str) -> str:
        """A text of one line: as it stands in an export, else with single blanks."""
        text = text.strip()
        return text if self._exported and texts.wrong(text, line=True) is None else one_line(text)

    def _not_taken(self, record: SheetRecord, title: str) -> None:
        said = {name for name, text in record.cells.items() if text.strip()}
        self.unknown_rows.add(
            record.line,
            one_line(record.cells.get("Type", "")),
            id=one_line(record.cells.get("Row ID", "")),
            title=title,
            number=one_line(record.cells.get(self._outline, "")),
            only_owned=said <= {"Row ID", "Outline", "Entity"},
        )

    def numbers(self, records: list[SheetRecord]) -> dict[int, str]:
        """The numbers that rows have in an outline, by place; none where the sheet is not numbered as one."""
        found = {at: one_line(each.cells.get(self._outline, "")) for at, each in enumerate(records)}
        found = {at: text for at, text in found.items() if outline.outline_number(text) is not None}
        return found if outline.is_outline(list(found.values())) else {}

    def _owners(self, cells: RecordCells, type: RowType) -> list[str]:
        """The owners in the cell, in their first spelling; only an objective has several."""
        text = cells.raw("Entity")
        if cell_words.is_error(text):
            cells.report(f"taken without its owner: {text.strip()} is an error of a formula; write the name of a unit")
            cells.unread.add("Entity")
            return []
        found = self._owned.get(text)
        if found is None:
            found = self._owned[text] = owner_names.split_owners(text)
            self._whole.update(map(folded, owner_names.quoted_owners(text)))
            for each in [
                each for name in found for each in owner_names.people_in(name, owner=self._owners_may_be_people)
            ]:
                self.people.setdefault(folded(each), PlanUnit(each, person=True))
        if len(found) > 1 and type is not RowType.OBJECTIVE:
            # Without their names: they may be people.
            cells.report(f"taken with the first of its {len(found)} owners: only an objective has several")
            found = found[:1]
        return [self._owner(name) for name in found]

    def _named_units(self, cells: RecordCells, column: str) -> list[str]:
        text = cells.raw(column)
        self._whole.update(map(folded, owner_names.quoted_owners(text)))
        return [self._owner(name) for name in owner_names.split_owners(text)]

    def _owner(self, name: str) -> str:
        key = self._keys.get(name)
        if key is None:
            key = self._keys[name] = folded(name)
        known = self.people.get(key) or self.units.get(key)
        if known is None:
            known = self.units[key] = PlanUnit(name, key=name if key in self._whole else None)
        return known.name

    def _parents(self, cells: RecordCells) -> list[PlanParent]:
        if not cells.raw("Parent") and not cells.raw("Because"):
            return []
        ids = self._parent_texts(cells.raw("Parent"))
        whys = cells.per_parent("Because", len(ids))
        if cell_words.is_error(cells.raw("Because")) and not self._exported:
            cells.report(f"taken without its because: {whys[0].strip()} is an error of a formula; write the reason")
            cells.unread.add("Because")
            whys = [""] * len(ids)
        if whys and not ids:
            cells.report("taken without its because, which says why it serves its parent: it names none")
        if not any(map(cells.raw, _OF_LINKS)):  # as of most rows: key results hang on what they measure
            return [PlanParent(row=id) for id in ids]
        kinds, weights, returns, states = (
            cells.per_parent(name, len(ids)) for name in ("Link Kind", "Weight", "In Return", "Link State")
        )
        said = [cells.value(text, cell_words.parse_link_state, "the state of a link") for text in states]
        return [
            PlanParent(
                row=id,
                because=cells.paragraph(whys[at], "because"),
                kind=cells.value(kinds[at], cell_words.parse_link_kind, "the kind of a link"),
                weight=cells.value(weights[at], self.values.weight, "the weight of a link"),
                in_return=cells.paragraph(returns[at], "what is given in return"),
                stale=said[at] == cell_words.STALE,
                proposed=said[at] == cell_words.PROPOSED,
            )
            for at, id in enumerate(ids)
        ]

    def _parent_texts(self, cell: str) -> list[str]:
        """One text a line, unless the lines are the title of one row."""
        if cell and cell in self._named and cell == one_line(cell):
            return [cell]
        if "\n" in cell and folded(cell) in self._named:
            return [one_line(cell)]
        return [id for line in cell.splitlines() for id in self._split(one_line(line)) if id]

    def _split(self, line: str) -> list[str]:
        """A line of the parent cell is one text, or ids and titles of this sheet with `,` `;` or `|` between them."""
        if line in self._named:
            return [line]
        texts = [one_line(text) for text in re.split("[,;|]", line)]
        return texts if not self._is_named(line) and all(map(self._is_named, texts)) else [line]

    def _is_named(self, text: str) -> bool:
        return text in self._named or folded(text) in self._named
