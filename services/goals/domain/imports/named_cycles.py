"""Cycles that a plan names: found by name or as the same period, or opened with the days of the period or of its rows.

A name that reads as a period (`Q1 2026`) has days by the policy. A cycle that is here keeps its days, and a name keeps
what it meant to this file the last time, also after the policy was changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from goldenthread.contracts.entities import Cycle
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.events.goals import CycleOpened
from goldenthread.contracts.plan import PlanRow, RowType
from goldenthread.contracts.texts import folded
from goldenthread.exchange.dates import periods
from goldenthread.exchange.dates.periods import Period
from services.goals.domain import validation
from services.goals.domain.imports.cycle_notes import CycleNotes
from services.goals.domain.imports.import_state import ImportState
from services.goals.domain.imports.known_cycles import Days, KnownCycles, overlap
from services.goals.domain.merge_base import short

_SHOWN, _NAMED = 60, 3
"""Characters of a name that a message shows, and names, at most."""


def import_cycles(state: ImportState) -> None:
    """Every period the file names, with its days. What has none makes no cycle, and the answer says so.

    A period of the name and time of a cycle that was closed is that cycle: it is not opened again.
    """
    if state.command.cycle is not None:
        validation.open_cycle(state.case.org, state.command.cycle, "cycle")
    state.cycles.update({folded(each.name): each.id for each in state.case.org.cycles.values() if each.open})
    naming = _Naming(state)
    for stated in state.plan.cycles:
        if folded(stated.name) not in state.cycles and stated.starts_on <= stated.ends_on:
            naming.stated(stated.name, (stated.starts_on, stated.ends_on))
    naming.take()


class _Naming:
    """What one file names as cycles."""

    def __init__(self, state: ImportState) -> None:
        self._state = state
        self._rows: dict[str, list[PlanRow]] = defaultdict(list)
        """By folded name."""
        for row in state.plan.rows:
            if row.cycle:
                self._rows[folded(row.cycle)].append(row)
        read = {name: periods.parse_period(name) for name in self._rows}
        self._periods = {name: period for name, period in read.items() if period is not None}
        of_period: dict[Period, list[PlanRow]] = defaultdict(list)
        for name, period in self._periods.items():
            of_period[period] += self._rows[name]
        self._here = KnownCycles(state.case.policy, state.case.org.cycles.values())
        self._days = {period: self._days_of(period, _span(rows)) for period, rows in of_period.items()}
        self._stated = {folded(each.name): (each.starts_on, each.ends_on) for each in state.plan.cycles}
        """The days that the file itself says, whatever the names mean."""
        self._notes = CycleNotes(state.case.policy)

    def take(self) -> None:
        state = self._state
        for name, rows in self._rows.items():
            period = self._periods.get(name)
            days = self._days[period] if period is not None else None
            if name in state.cycles:
                found = state.case.org.cycles[state.cycles[name]]
                days = self._stated.get(name, days)
                if days not in (None, (found.starts_on, found.ends_on)) and any(self._new(row) for row in rows):
                    self._notes.other_days(found, days)
            elif name not in state.closed_cycles and period is not None and days is not None:
                self._period(name, period, days)
            elif name not in state.closed_cycles and (before := self._meant_before(name)) is not None:
                self._is(name, before)
            elif name not in state.closed_cycles and not self.stated(_line(rows[0]), _span(rows)):
                self._notes.undated.append(_line(rows[0])[:_SHOWN])
        for message in self._notes.messages():
            state.case.warn(ErrorCode.INVALID, message, "content")

    def stated(self, name: str, days: Days | None) -> bool:
        """The cycle of a name that no open one has: a closed one, else a new one. False without days for that."""
        state = self._state
        if not self._fits(name):
            return True
        over = self._here.of_time(folded(name), days)
        if over is not None:
            state.closed_cycles[folded(name)] = over
        elif days is not None:
            self._open(name, days)
        return over is not None or days is not None

    def _period(self, name: str, period: Period, days: Days) -> None:
        """A period that no open cycle has the name of: what it meant before, the same period, or a new cycle."""
        state, rows = self._state, self._rows[name]
        shown, before = _line(rows[0]), self._meant_before(name)
        if before is not None:
            self._is(name, before)
            return
        new, same = any(self._new(row) for row in rows), self._here.open(period, days)
        closed = None if same else self._here.closed(name, period, days)
        if len(same) > 1:
            state.unfit[name] = _several(shown, same)
        elif same or closed is not None:
            found = closed or same[0]
            self._is(name, found)
            if new:
                self._notes.other_days(found, days)
        elif not new and not any(row.type is RowType.OBJECTIVE for row in rows):
            return
        elif not new:
            self._notes.unread.append(shown)
        elif self._fits(shown):
            self._open(shown, days)
            self._notes.opened(shown, period, days, self._here.days(period))

    def _is(self, name: str, cycle: Cycle) -> None:
        if cycle.open:
            self._state.cycles[name] = cycle.id
        else:
            self._state.closed_cycles[name] = cycle

    def _days_of(self, period: Period, span: Days | None) -> Days | None:
        """The days of a period: by the policy, unless those of its rows (`span`) show that it is another year there."""
        days = self._here.days(period)
        if days is None or span is None or not period.by_policy:
            return days
        return span if not overlap(span, days) or periods.whole_months(*span) == period.months else days

    def _meant_before(self, name: str) -> Cycle | None:
        """The cycle that the same text meant in a row of this file the last time, or that has this name."""
        there = self._state.case.org.cycles
        for row in self._rows[name]:
            said = (self._state.base(row) or {}).get("cycle")
            cycle = there.get(said.value) if said is not None else None
            if cycle is not None and (not self._new(row) or folded(cycle.name) == name):
                return cycle
        return None

    def _new(self, row: PlanRow) -> bool:
        """Whether the row says its cycle for the first time, or in other words than the last time."""
        if row.type is not RowType.OBJECTIVE:
            return False  # Only objectives have a cycle.
        said = (self._state.base(row) or {}).get("cycle")
        if said is None:
            return True
        return short(row.cells.get("cycle", row.cycle or "")) != (said.value if said.text is None else said.text)

    def _fits(self, name: str) -> bool:
        """Whether a cycle may be called that."""
        try:
            validation.tidied_title(name, "cycle")
        except Refused as error:
            self._state.unfit[folded(name)] = str(error)
            return False
        return True

    def _open(self, name: str, days: Days) -> None:
        case = self._state.case
        cycle = Cycle(case.new_id("cycle"), validation.tidied_title(name, "cycle"), *days)
        case.emit(CycleOpened(cycle))
        self._state.cycles[folded(name)] = cycle.id
        self._here.add(cycle)


def _line(row: PlanRow) -> str:
    return " ".join((row.cycle or "").split())


def _several(name: str, same: Sequence[Cycle]) -> str:
    names = ", ".join(f"“{each.name[:_SHOWN]}”" for each in same[:_NAMED])
    return f"The time period {name} may be each of the cycles {names} here; write the name of one of them."


def _span(rows: Sequence[PlanRow]) -> Days | None:
    """From the earliest start to the latest end that its rows name."""
    starts = [row.starts_on for row in rows if row.starts_on]
    ends = [row.ends_on for row in rows if row.ends_on]
    return (min(starts), max(ends)) if starts and ends and min(starts) <= max(ends) else None
