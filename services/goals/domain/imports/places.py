"""Units and cycles that a plan names: found by name, or made."""

from __future__ import annotations

from datetime import date

from goldenthread.contracts.entities import Cycle, Id, OrgUnit
from goldenthread.contracts.enums import UnitFunction
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import CycleOpened, UnitCreated
from goldenthread.contracts.plan import PlanRow
from services.goals.domain import checks
from services.goals.domain.imports.ledger import Ledger, folded


def units(ledger: Ledger) -> None:
    """Every unit the file names, under the unit it names above it, else under the root."""
    org = ledger.case.org
    if ledger.command.unit is not None:
        checks.open_unit(org, ledger.command.unit, "unit")
    for unit in org.units.values():
        if not unit.closed:
            ledger.units.setdefault(folded(unit.name), unit.id)
    above = {folded(each.name): each.parent for each in ledger.plan.units}
    names = [each.name for each in ledger.plan.units] + [row.unit for row in ledger.plan.rows if row.unit]
    for name in names:
        _unit(ledger, name, above)


def _unit(ledger: Ledger, name: str, above: dict[str, str | None]) -> Id:
    """The unit called `name`, made with everything above it; units in a circle go below the root."""
    chain: dict[str, str] = {}
    at: str | None = name
    while at is not None and folded(at) not in ledger.units and folded(at) not in chain:
        chain[folded(at)] = at
        at = above.get(folded(at))
    parent = ledger.units.get(folded(at), ledger.case.root) if at is not None else ledger.case.root
    for each in reversed(chain.values()):
        clean = checks.title(" ".join(each.split()), "unit")
        unit = OrgUnit(ledger.case.new_id("unit"), clean, UnitFunction.BUSINESS, parent)
        ledger.case.emit(UnitCreated(unit))
        ledger.units[folded(each)] = parent = unit.id
    return ledger.units[folded(name)]


def cycles(ledger: Ledger) -> None:
    """Every period the file names with dates; one without dates makes no cycle, and the answer says so."""
    case = ledger.case
    if ledger.command.cycle is not None:
        checks.open_cycle(case.org, ledger.command.cycle, "cycle")
    ledger.cycles.update({folded(each.name): each.id for each in case.org.cycles.values() if each.open})
    named: dict[str, list[PlanRow]] = {}
    for row in ledger.plan.rows:
        if row.cycle and folded(row.cycle) not in ledger.cycles:
            named.setdefault(folded(row.cycle), []).append(row)
    undated: list[str] = []
    for key, rows in named.items():
        name, span = " ".join((rows[0].cycle or "").split()), _span(rows)
        if span is None:
            undated.append(name)
            continue
        cycle = Cycle(case.new_id("cycle"), checks.title(name, "cycle"), *span)
        case.emit(CycleOpened(cycle))
        ledger.cycles[key] = cycle.id
    if undated:
        message = (
            f"No cycle was made for {', '.join(undated)}: no row says when it starts and ends. Open it (openCycle)."
        )
        case.warn(ErrorCode.INVALID, message, "content")


def _span(rows: list[PlanRow]) -> tuple[date, date] | None:
    """From the earliest start to the latest end that its rows name."""
    starts = [row.starts_on for row in rows if row.starts_on]
    ends = [row.ends_on for row in rows if row.ends_on]
    return (min(starts), max(ends)) if starts and ends and min(starts) <= max(ends) else None
