"""The cells of a node as it is here, each as one text: what a file says in a cell is compared with it.

The value of a cell is what the entity's field would be, "" for none: units and cycles by id, numbers by `repr`, dates
as ISO. What stands here and what a file says are made by the same functions.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Any

from msgspec import Struct

from goldenthread.contracts.entities import Cycle, GoalNode, Id, Link, Objective, Purpose, Why
from goldenthread.contracts.plan import PlanRow
from goldenthread.exchange.values import cell_words
from goldenthread.organization.organization import LIVE_LINKS, Organization
from services.goals.domain.imports.successors import followed_unit
from services.goals.domain.merge_base import BaseCell, BaseRow, short

PARENT, BECAUSE = "parent:", "because:"
_CHECKED_IN = ("current_value", "status", "confidence")
UNITS = ("unit", "co_owners", "audience")
DIGEST = "sha256:"


class FileCell(Struct, frozen=True, gc=False):
    """A cell of a row of a file (theirs): its value, the fields it would set, and its text where there is one."""

    value: str
    fields: dict[str, Any]
    text: str | None = None
    before: str | None = None
    """Of units: its value as its spellings were understood before any of those units was closed."""

    @property
    def as_base(self) -> BaseCell:
        """As it is remembered: the base of the next merge."""
        return base_cell(self.value, self.text)


def states(row: PlanRow, name: str, value: object, before: GoalNode | None) -> bool:
    """Does the row state this cell? `value` is what was read of it, None where nothing was; `before` the known node.

    A sheet's row has every cell that the sheet has a column for, other formats only those that they empty.
    """
    return before is None or value is not None or (name in row.cells and cell_words.is_empty(row.cells[name]))


def base_cell(value: str, text: str | None = None) -> BaseCell:
    """A cell as it is remembered (the base of the next merge): its value, and its text where that is another."""
    value = short(value)
    text = None if text is None else short(text)
    return BaseCell(value, None if text == value else text)


def our_cells(org: Organization, node: GoalNode) -> dict[str, str]:
    """The cells of `node` as they are here (ours), without its links."""
    if isinstance(node, Purpose):
        return {"statement": paragraph(node.statement)}
    if isinstance(node, Why):
        return {
            "title": one_line(node.title),
            "description": paragraph(node.statement),
            "because": one_line(node.because),
            "unit": node.unit,
            "audience": units(node.audience),
        }
    if isinstance(node, Objective):
        starts_on, ends_on = days(node.starts_on, node.ends_on, org.cycles.get(node.cycle or ""))
        return {
            "title": one_line(node.title),
            "description": paragraph(node.description),
            "unit": next(iter(node.owners), ""),
            "co_owners": units(node.owners[1:]),
            "cycle": node.cycle or "",
            "starts_on": starts_on,
            "ends_on": ends_on,
            "status": word(node.status),
        }
    return {
        "title": one_line(node.title),
        "description": paragraph(node.description),
        "start_value": number(node.start_value),
        "target_value": number(node.target_value),
        "current_value": number(node.current_value),
        "measure_unit": one_line(node.measure_unit),
        "direction": word(node.direction),
        "status": word(node.status),
        "confidence": number(node.confidence),
    }


def base_row_of(
    org: Organization, node: Id, exact: bool, source: str | None = None, *, proposed: bool = False
) -> BaseRow:
    """The base that a file would have left of `node` at this state of the organization; the texts of its cells are not
    known.

    `exact`: the file is an export of this state; `proposed`: it states links that are not accepted yet, too. Else it is
    what an import of `source` left here, and what people may have said otherwise before it is left out: what they
    checked in, the purpose, every because, links they made.
    """
    found = org.node(node)
    if found is None:
        return BaseRow(node, {})
    cells = {name: base_cell(value) for name, value in our_cells(org, found).items()}
    if exact and isinstance(found, Objective) and found.cycle in org.cycles:
        cells["cycle"] = base_cell(found.cycle, org.cycles[found.cycle].name)
    if not exact:
        checked_in = any(org.check_ins[id].source_key is None for id in org.check_ins_of.get(node, {}))
        inexact = {"statement", "because"} | (set(_CHECKED_IN) if checked_in else set())
        cells = {name: cell for name, cell in cells.items() if name not in inexact}
    for link in org.parents(node, *(LIVE_LINKS if proposed else ())):
        if link.measure or not org.under_way(link.parent) or not (exact or _made_by(link, source)):
            continue
        cells[PARENT + link.parent] = base_cell(link.id, terms(link))
        if exact:
            cells[BECAUSE + link.parent] = base_cell(one_line(link.because))
    return BaseRow(node, cells)


def _made_by(link: Link, source: str | None) -> bool:
    return link.source is not None and source in (None, link.source)


def terms(link: Link) -> str:
    """What both sides of a link agreed on, and whether it was reaffirmed since: other terms are another text."""
    base_cell = (link.kind, link.weight, link.in_return, link.because, link.because_version)
    return "\n".join("" if each is None else str(each) for each in base_cell)


# -- values as texts ---------------------------------------------------------------------------------------------------


def number(value: float | None) -> str:
    """A number; -0 is 0."""
    return "" if value is None else repr(float(value) + 0.0)


def day(value: date | None) -> str:
    """A day."""
    return "" if value is None else value.isoformat()


def word(value: StrEnum | None) -> str:
    """A status or a direction."""
    return "" if value is None else value.value


def units(ids: Iterable[Id]) -> str:
    """Units, in whatever order they stand."""
    return " ".join(sorted(ids))


def units_now(org: Organization, value: str) -> str:
    """Units as they were said, with what took over from those that were closed since."""
    return units({followed_unit(org, id) for id in value.split()})


def days(starts_on: date | None, ends_on: date | None, cycle: Cycle | None) -> tuple[str, str]:
    """The first and the last day; an objective without days of its own has those of its cycle."""
    starts_on = starts_on or (cycle.starts_on if cycle is not None else None)
    ends_on = ends_on or (cycle.ends_on if cycle is not None else None)
    return day(starts_on), day(ends_on)


def one_line(text: str | None) -> str:
    """How titles are compared: blanks are alike to who edits a sheet. A because too, without its line ends: a sheet
    with several parents has one line for each.
    """
    return " ".join((text or "").split())


def paragraph(text: str | None) -> str:
    """How texts of several lines are compared: whatever ends their lines, which spreadsheets change."""
    return (text or "").replace("\r\n", "\n").replace("\r", "\n").strip()


# -- for people --------------------------------------------------------------------------------------------------------


def described(org: Organization, cell: str, value: str, *whole: str) -> str | None:
    """A cell's value for a person; None for nothing. A digest is the text of `whole` that it was made of, if any."""
    if value.startswith(DIGEST):
        known = next((each for each in whole if short(each) == value), None)
        if known is None:
            return f"a text of {value.rpartition(':')[2]} characters"
        value = known
    if not value:
        return None
    if cell in UNITS:
        return ", ".join(_unit(org, id) for id in value.split())
    if cell == "cycle":
        return org.cycles[value].name if value in org.cycles else value
    if cell in ("start_value", "target_value", "current_value", "confidence"):
        return value.removesuffix(".0")
    return value.replace("_", " ").capitalize() if cell in ("status", "direction") else value


def _unit(org: Organization, id: Id) -> str:
    return org.units[id].name if id in org.units else id
