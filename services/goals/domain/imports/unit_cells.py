"""The units that a row names: its owner, its co-owners, its audience. Only what is read as a unit is remembered.

A new row is refused where a name cannot be a unit; of a known one the cell is left out, and that is reported.
"""

from __future__ import annotations

from goldenthread.contracts.entities import GoalNode, Id
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.plan import PlanRow
from services.goals.domain.imports.import_state import ImportState
from services.goals.domain.imports.node_cells import FileCell, states, units


def unit(state: ImportState, row: PlanRow, before: GoalNode | None) -> dict[str, FileCell]:
    """The owner; an emptied cell is the unit of the command, or the root."""
    if before is not None and row.unit:
        name = state.fold(row.unit)
        if name in state.unfit:
            state.problem(row, f"Its unit was left as it is: {state.unfit[name]}")
            return {}
        if name not in state.units:
            return {}  # No unit (a person, say): reported where units are read.
    elif not states(row, "unit", None, before):
        return {}
    owner = state.unit(row)
    return {"unit": FileCell(owner, {"unit": owner}, _text(state, row))}


def co_owners(
    state: ImportState, row: PlanRow, before: GoalNode | None, stated: dict[str, FileCell]
) -> dict[str, FileCell]:
    """The co-owning units, without the owner: that of the cells `stated`, else the one that the goal has."""
    return _several(state, row, before, "co_owners", row.co_owners, _owner(state, before, stated))


def audience(
    state: ImportState, row: PlanRow, before: GoalNode | None, stated: dict[str, FileCell]
) -> dict[str, FileCell]:
    """The audience of a why; where none is named, its owner: that of the cells `stated`, else the one that it has."""
    found = _several(state, row, before, "audience", row.audience)
    if found and not found["audience"].value:
        own = [_owner(state, before, stated)]
        return {"audience": FileCell(units(own), {"audience": own})}
    return found


def _owner(state: ImportState, before: GoalNode | None, stated: dict[str, FileCell]) -> Id:
    if before is None or "unit" in stated:
        return stated["unit"].value
    return state.unit_of(before.id) or state.case.root


def _several(
    state: ImportState, row: PlanRow, before: GoalNode | None, cell: str, names: list[str], *but: Id
) -> dict[str, FileCell]:
    if not states(row, cell, names or None, before):
        return {}
    try:
        found = state.units_of(names, "coOwners" if cell == "co_owners" else cell, *but)
    except Refused as refused:
        if before is None:
            raise
        state.problem(row, f"Its {cell.replace('_', '-')} were left as they are: {refused}")
        return {}
    owner: set[Id | None] = {_before(state, row.unit)} if but and row.unit else {*but}
    return {cell: FileCell(units(found), {cell: found}, before=_as_before(state, names, owner))}


def _as_before(state: ImportState, names: list[str], owner: set[Id | None]) -> str:
    """The units of these names as they were understood the last time, whatever became of them; without the owner."""
    return units(each for each in {_before(state, name) for name in names} - owner if each)


def _before(state: ImportState, name: str) -> Id | None:
    key = state.fold(name)
    return state.merge_base.units.get(key) or state.units.get(key)


def _text(state: ImportState, row: PlanRow) -> str | None:
    """The text of the cell where it is the unit's name or nothing: a person's name is remembered nowhere."""
    text = row.cells.get("unit")
    if text is None or (text.strip() and state.fold(text) not in state.units):
        return None
    return text
