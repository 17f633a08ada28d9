"""Units and cycles that a plan names: found by name, or made. A name that cannot be one costs the rows that name it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from goldenthread.contracts.entities import Cycle, Id, OrgUnit
from goldenthread.contracts.enums import UnitFunction
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.events.goals import CycleOpened, UnitCreated
from goldenthread.contracts.plan import PlanProblem, PlanRow, PlanUnit
from goldenthread.contracts.texts import folded
from services.goals.domain import checks
from services.goals.domain.imports.ledger import Ledger

_SHOWN = 60


def units(ledger: Ledger) -> None:
    """Every unit the file names, under the unit it names above it, else under the root."""
    org = ledger.case.org
    if ledger.command.unit is not None:
        checks.open_unit(org, ledger.command.unit, "unit")
    for unit in org.units.values():
        if not unit.closed:
            ledger.units.setdefault(folded(unit.name), unit.id)
    stated: dict[str, PlanUnit] = {}
    for each in ledger.plan.units:
        stated.setdefault(folded(each.key or each.name), each)
        if each.top:
            ledger.units[folded(each.key or each.name)] = ledger.command.unit or ledger.case.root
    named = list(_named(ledger.plan.rows))
    for name in [*(each.key or each.name for each in ledger.plan.units), *named]:
        try:
            _unit(ledger, name, stated)
        except Refused as error:
            ledger.unfit[folded(name)] = str(error)
    unnamed = ledger.unfit.keys() - {folded(name) for name in named}
    ledger.problems += [PlanProblem(f"unit {name[:_SHOWN]}", ledger.unfit[name]) for name in sorted(unnamed)]


def _named(rows: list[PlanRow]) -> Iterator[str]:
    for row in rows:
        if row.unit:
            yield row.unit
        yield from (*row.co_owners, *row.invited, *row.audience)


def _unit(ledger: Ledger, name: str, stated: dict[str, PlanUnit]) -> Id:
    """The unit called `name`, made with everything above it; units in a circle go below the root."""
    chain: dict[str, str] = {}
    at: str | None = name
    while at is not None and folded(at) not in ledger.units and folded(at) not in chain:
        chain[folded(at)] = at
        above = stated.get(folded(at))
        at = above.parent if above is not None else None
    parent = ledger.units.get(folded(at), ledger.case.root) if at is not None else ledger.case.root
    for each in reversed(chain.values()):
        said = stated.get(folded(each))
        ledger.units[folded(each)] = parent = _placed(ledger, each, said, parent)
    return ledger.units[folded(name)]


def _placed(ledger: Ledger, key: str, said: PlanUnit | None, parent: Id) -> Id:
    """The unit that a key means: one of its name at its place, else a new one there."""
    case = ledger.case
    clean = checks.title(" ".join((said.name if said is not None else key).split()), "unit")
    if said is not None and said.key is not None:
        for id in case.org.units_below.get(parent, {}):
            if not case.org.units[id].closed and folded(case.org.units[id].name) == folded(clean):
                return id
    function = said.function if said is not None else None
    unit = OrgUnit(case.new_id("unit"), clean, function or UnitFunction.BUSINESS, parent, placed_at=case.now)
    case.emit(UnitCreated(unit))
    return unit.id


def cycles(ledger: Ledger) -> None:
    """Every period the file names with dates; one without dates makes no cycle, and the answer says so.

    A period of the name and time of a cycle that was closed is that cycle: it is not opened again.
    """
    case = ledger.case
    if ledger.command.cycle is not None:
        checks.open_cycle(case.org, ledger.command.cycle, "cycle")
    ledger.cycles.update({folded(each.name): each.id for each in case.org.cycles.values() if each.open})
    for stated in ledger.plan.cycles:
        unknown = folded(stated.name) not in ledger.cycles and stated.starts_on <= stated.ends_on
        if unknown and _fits(ledger, stated.name):
            _take(ledger, stated.name, (stated.starts_on, stated.ends_on))
    named: dict[str, list[PlanRow]] = {}
    for row in ledger.plan.rows:
        if row.cycle and folded(row.cycle) not in ledger.cycles and ledger.closed_cycle(row) is None:
            named.setdefault(folded(row.cycle), []).append(row)
    undated: list[str] = []
    for rows in named.values():
        name = " ".join((rows[0].cycle or "").split())
        if _fits(ledger, name) and not _take(ledger, name, _span(rows)):
            undated.append(name)
    if undated:
        message = (
            f"No cycle was made for {', '.join(undated)}: no row says when it starts and ends. Open it (openCycle)."
        )
        case.warn(ErrorCode.INVALID, message, "content")


def _take(ledger: Ledger, name: str, span: tuple[date, date] | None) -> bool:
    """The cycle that a name means which no open one has: a closed one, else a new one. False without dates for that."""
    named = [each for each in ledger.case.org.cycles.values() if folded(each.name) == folded(name)]
    over = [each for each in named if span is None or (span[0] <= each.ends_on and each.starts_on <= span[1])]
    if over:
        ledger.closed_cycles[folded(name)] = max(over, key=lambda each: (each.starts_on, each.id))
    elif span is not None:
        _cycle(ledger, name, *span)
    return bool(over) or span is not None


def _fits(ledger: Ledger, name: str) -> bool:
    """Whether a cycle may be called that."""
    try:
        checks.title(" ".join(name.split()), "cycle")
    except Refused as error:
        ledger.unfit[folded(name)] = str(error)
        return False
    return True


def _cycle(ledger: Ledger, name: str, starts_on: date, ends_on: date) -> None:
    clean = checks.title(" ".join(name.split()), "cycle")
    cycle = Cycle(ledger.case.new_id("cycle"), clean, starts_on, ends_on)
    ledger.case.emit(CycleOpened(cycle))
    ledger.cycles[folded(name)] = cycle.id


def _span(rows: list[PlanRow]) -> tuple[date, date] | None:
    """From the earliest start to the latest end that its rows name."""
    starts = [row.starts_on for row in rows if row.starts_on]
    ends = [row.ends_on for row in rows if row.ends_on]
    return (min(starts), max(ends)) if starts and ends and min(starts) <= max(ends) else None
