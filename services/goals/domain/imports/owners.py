"""The units that a row names: who owns it, who owns it too, who is told. Only what is read as a unit is remembered.

A new row is refused where a name cannot be a unit; of a known one the cell is left out, and that is reported.
"""

from __future__ import annotations

from goldenthread.contracts.entities import GoalNode, Id
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.plan import PlanRow
from services.goals.domain.imports.cells import StatedCell, states, units
from services.goals.domain.imports.ledger import Ledger


def unit(ledger: Ledger, row: PlanRow, before: GoalNode | None) -> dict[str, StatedCell]:
    """The owner; an emptied cell is the unit of the command, or the root."""
    if before is not None and row.unit:
        name = ledger.fold(row.unit)
        if name in ledger.unfit:
            ledger.problem(row, f"Its unit was left as it is: {ledger.unfit[name]}")
            return {}
        if name not in ledger.units:
            return {}  # No unit (a person, say): reported where units are read.
    elif not states(row, "unit", None, before):
        return {}
    owner = ledger.unit(row)
    return {"unit": StatedCell(owner, {"unit": owner}, _text(ledger, row))}


def co_owners(ledger: Ledger, row: PlanRow, before: GoalNode | None) -> dict[str, StatedCell]:
    """The units that own it too."""
    owner = ledger.units.get(ledger.fold(row.unit)) if row.unit else ledger.unit(row)
    return _several(ledger, row, before, "co_owners", row.co_owners, owner or "")


def audience(ledger: Ledger, row: PlanRow, before: GoalNode | None) -> dict[str, StatedCell]:
    """The units that are told a why; its own where none are named."""
    found = _several(ledger, row, before, "audience", row.audience)
    if found and not found["audience"].value:
        own = [ledger.unit(row)]
        return {"audience": StatedCell(units(own), {"audience": own})}
    return found


def _several(
    ledger: Ledger, row: PlanRow, before: GoalNode | None, cell: str, names: list[str], *but: Id
) -> dict[str, StatedCell]:
    if not states(row, cell, names or None, before):
        return {}
    try:
        found = ledger.units_of(names, "coOwners" if cell == "co_owners" else cell, *but)
    except Refused as refused:
        if before is None:
            raise
        ledger.problem(row, f"Its {cell.replace('_', '-')} were left as they are: {refused}")
        return {}
    return {cell: StatedCell(units(found), {cell: found}, before=_as_before(ledger, row, cell, names))}


def _as_before(ledger: Ledger, row: PlanRow, cell: str, names: list[str]) -> str:
    """The units of these names as they were understood the last time, whatever became of them."""
    if not names:
        return ""
    found = {_before(ledger, name) for name in names}
    return units(each for each in found - {_before(ledger, row.unit or "") if cell == "co_owners" else None} if each)


def _before(ledger: Ledger, name: str) -> Id | None:
    key = ledger.fold(name)
    return ledger.memory.units.get(key) or ledger.units.get(key)


def _text(ledger: Ledger, row: PlanRow) -> str | None:
    """The text of the cell where it is the unit's name or nothing: a person's name is remembered nowhere."""
    text = row.cells.get("unit")
    if text is None or (text.strip() and ledger.fold(text) not in ledger.units):
        return None
    return text
