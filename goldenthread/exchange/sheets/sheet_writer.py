"""A `Plan` as an OKR sheet. To a spreadsheet no text is a formula (`formula_guards`) or a value (`text_quotes`)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from goldenthread.contracts.enums import LinkKind
from goldenthread.contracts.plan import Plan, PlanParent, PlanReading, PlanRow, PlanUnit, RowType
from goldenthread.exchange.numbers.amounts import format_unambiguously
from goldenthread.exchange.tables.headings import COLUMNS, OPTIONAL_COLUMNS, REVISION
from goldenthread.exchange.text.tidying import one_line
from goldenthread.exchange.values.cell_words import PROPOSED, STALE
from goldenthread.exchange.values.formula_guards import guarded, unguarded
from goldenthread.exchange.values.owner_names import quote_owner
from goldenthread.exchange.values.reading_lines import number_may_continue
from goldenthread.exchange.values.text_quotes import quoted, unquoted


def write(plan: Plan) -> str:
    """The sheet of a plan's rows, with the optional columns that are used. Of units it keeps the owners' names.

    An owner whose name is not the only one of its kind is written with the way to it (`North / Sales`).

    `plans.export_losses` names what it cannot say.
    """
    ways = _ways(plan.units)
    revision = {REVISION: "" if plan.revision is None else str(plan.revision)}
    rows = [_cells(row, ways) | revision for row in plan.rows]
    measured = any(row.type is RowType.KEY_RESULT for row in plan.rows)
    needed = {"Measure Unit", "Direction"} if measured else set()
    if any(unquoted(unguarded(text)) != text for cells in rows for text in cells.values()):
        needed.add(REVISION)  # It tells the reader that quotes were put before what could be a formula or a value.
    columns = list(COLUMNS) + [
        name for name in OPTIONAL_COLUMNS if name in needed or any(cells.get(name) for cells in rows)
    ]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cells.get(name, "") for name in columns] for cells in rows)
    return out.getvalue()


def _ways(units: list[PlanUnit]) -> dict[str, str]:
    """The way to every unit that goes by a key, in names."""
    stated = {unit.key or unit.name: unit for unit in units}
    found: dict[str, str] = {}
    for key, unit in stated.items():
        if unit.key is None or unit.key.endswith(")"):  # It has its id in it: the way does not tell it from another.
            continue
        names, seen, at = [unit.name], {key}, unit.parent
        while at is not None and at in stated and at not in seen:
            seen.add(at)
            names.append(stated[at].name)
            at = stated[at].parent
        found[key] = " / ".join(reversed(names))
    return found


def _cells(row: PlanRow, ways: dict[str, str]) -> dict[str, str]:
    named = [row.unit, *row.co_owners] if row.unit else []
    texts = {
        "Row ID": row.row,
        "Title": row.title,
        "Description": row.description or "",
        "Parent": "\n".join(parent.row for parent in row.parents),
        "Entity": _units([name for name in named if name], ways),
        "Invited Units": _units(row.invited, ways),
        "Audience Units": _units(row.audience, ways),
        "Time Period": row.cycle or "",
        "Measure Unit": row.measure_unit or "",
        "Because": _per_parent(parent.because for parent in row.parents),
        "In Return": _per_parent(parent.in_return for parent in row.parents),
    }
    return {name: guarded(quoted(text)) for name, text in texts.items()} | {
        "Readings": guarded("\n".join(map(_reading, row.readings))),
        "Type": row.type.value,
        "Start Date": str(row.starts_on or ""),
        "End Date": str(row.ends_on or ""),
        "Start Value": _number(row.start_value),
        "Target Value": _number(row.target_value),
        "Current Value": _number(row.current_value),
        "Status": row.status.replace("_", " ").title() if row.status else "",
        "Direction": row.direction or "",
        "Link Kind": _per_parent(_kinds(row)),
        "Link State": _per_parent(map(_state, row.parents)),
        "Draft": "yes" if row.draft else "",
        "Weight": _per_parent(_number(parent.weight) for parent in row.parents),
    }


def _units(names: list[str], ways: dict[str, str]) -> str:
    return "\n".join(quote_owner(ways.get(name, name)) for name in names)


def _state(parent: PlanParent) -> str | None:
    return PROPOSED if parent.proposed else STALE if parent.stale else None


def _kinds(row: PlanRow) -> list[str | None]:
    """The kinds of the links upward; a key result's further parents are SUPPORTS without saying so."""
    implied = LinkKind.SUPPORTS if row.type is RowType.KEY_RESULT else None
    return [None if at and parent.kind is implied else parent.kind for at, parent in enumerate(row.parents)]


def _per_parent(texts: Iterable[str | None]) -> str:
    """One line per parent; with a single parent the text may have lines of its own."""
    lines = [text or "" for text in texts]
    if len(lines) > 1:
        lines = [one_line(line) for line in lines]
    return "\n".join(lines) if any(lines) else ""


def _reading(reading: PlanReading) -> str:
    """A line; its number so that it does not seem to go on in its note."""
    number, note = _number(reading.value), one_line(reading.note or "")
    return f"{reading.on} {number}{'.0' if number_may_continue(number, note) else ''} {note}".rstrip()


def _number(value: float | None) -> str:
    return "" if value is None else format_unambiguously(value)
