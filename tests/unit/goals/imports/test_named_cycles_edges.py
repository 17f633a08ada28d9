"""Cycles that a file states with days or that its rows span; closed, renamed and impossible ones."""

from __future__ import annotations

from datetime import date

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.plan import Plan, PlanCycle, PlanFormat, PlanRow, RowType
from services.goals.domain.decision import Decision
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import told

FIRST, LAST = date(2026, 1, 5), date(2026, 3, 20)


def row(name: str, cycle: str | None, starts_on: date | None = None, ends_on: date | None = None) -> PlanRow:
    return PlanRow(
        name, f"line {name}", RowType.OBJECTIVE, f"Goal {name}", cycle=cycle, starts_on=starts_on, ends_on=ends_on
    )


def load(harness: ImportHarness, *rows: PlanRow, cycles: list[PlanCycle] | None = None) -> Decision:
    return harness.imports(Plan(PlanFormat.JSON, list(rows), cycles=cycles or []))


def spans(harness: ImportHarness) -> list[tuple[str, date, date]]:
    return [(each.name, each.starts_on, each.ends_on) for each in harness.org.cycles.values()]


def warned(decision: Decision) -> list[str]:
    return [each.message for each in decision.warnings]


def close(harness: ImportHarness, cycle: str) -> None:
    archive = [each.id for each in harness.org.objectives.values() if each.cycle == cycle]
    harness.do(c.CloseCycle(cycle=cycle, archive=archive))


def test_no_import_puts_goals_into_a_closed_cycle() -> None:
    harness = ImportHarness()
    cycle = harness.do(c.OpenCycle(name="First", starts_on=FIRST, ends_on=LAST)).ids[0]
    close(harness, cycle)
    with pytest.raises(Refused, match="closed"):
        harness.imports(Plan(PlanFormat.JSON, [row("1", None)]), cycle=cycle)


@pytest.mark.parametrize(
    ("days", "found"), [((FIRST, LAST), 1), ((FIRST, FIRST), 1), ((LAST, FIRST), 0)], ids=["days", "a day", "turned"]
)
def test_a_stated_cycle_is_one_that_does_not_end_before_it_begins(days: tuple[date, date], found: int) -> None:
    harness = ImportHarness()
    load(harness, row("1", "Sprint"), cycles=[PlanCycle("Sprint", *days)])
    assert spans(harness) == [("Sprint", *days)][:found]


@pytest.mark.parametrize("name", ["Q1 2026", "Sprint"])
def test_a_stated_cycle_that_was_closed_is_that_one_and_nothing_is_warned_of(name: str) -> None:
    harness = ImportHarness()
    stated = [PlanCycle(name, FIRST, LAST)]
    load(harness, row("1", name), cycles=stated)
    close(harness, next(iter(harness.org.cycles)))
    decision = load(harness, row("1", name), row("2", name), cycles=stated)
    assert (len(harness.org.cycles), warned(decision)) == (1, [])
    assert [f"Its cycle {name} is closed here" in each for each in told(decision)] == [True]


@pytest.mark.parametrize("name", ["Q1 2026", "Sprint"])
def test_a_name_without_days_means_what_it_meant_in_a_row_before_though_that_was_closed(name: str) -> None:
    harness = ImportHarness()
    load(harness, row("1", name, FIRST, LAST))
    close(harness, next(iter(harness.org.cycles)))
    decision = load(harness, row("1", name), row("2", name))
    assert (len(harness.org.cycles), warned(decision)) == (1, [])
    assert [f"Its cycle {name} is closed here" in each for each in told(decision)] == [True]


def test_of_a_closed_and_an_open_cycle_of_one_period_the_open_one_is_meant() -> None:
    harness = ImportHarness()
    load(harness, row("1", "Q1 2026"))
    close(harness, next(iter(harness.org.cycles)))
    days = date(2026, 1, 1), date(2026, 3, 31)
    again = harness.do(c.OpenCycle(name="Q1/2026", starts_on=days[0], ends_on=days[1])).ids[0]
    load(harness, row("2", "2026-Q1"))
    assert harness.row("2").cycle == again


def test_a_name_that_no_cycle_can_have_costs_only_its_row() -> None:
    harness = ImportHarness()
    decision = load(harness, row("1", "x" * 501, FIRST, LAST), row("2", None))
    assert [each.title for each in harness.org.objectives.values()] == ["Goal 2"]
    assert (len(told(decision)), warned(decision)) == (1, [])


@pytest.mark.parametrize(
    ("days", "span"),
    [
        ([(FIRST, date(2026, 2, 1)), (date(2026, 1, 20), LAST)], (FIRST, LAST)),
        ([(FIRST, None), (None, LAST)], (FIRST, LAST)),
        ([(FIRST, FIRST)], (FIRST, FIRST)),
        ([(FIRST, None), (LAST, None)], None),
        ([(None, FIRST), (None, LAST)], None),
        ([(LAST, None), (None, FIRST)], None),
    ],
    ids=["earliest to latest", "one day each", "a day", "no end", "no start", "turned"],
)
def test_a_cycle_that_no_file_states_spans_its_rows(
    days: list[tuple[date | None, date | None]], span: tuple[date, date] | None
) -> None:
    harness = ImportHarness()
    decision = load(harness, *(row(str(at), "Sprint", *each) for at, each in enumerate(days)))
    assert spans(harness) == ([("Sprint", *span)] if span else [])
    assert bool(warned(decision)) == (span is None)


@pytest.mark.parametrize(
    ("starts", "name", "said"),
    [(1, "Q1 2026", 0), (2, "Q1 2026", 1), (4, "CY26 Q1", 0), (1, "FY26 Q1", 1)],
    ids=["the calendar", "from February", "the calendar where a year begins in April", "a fiscal year"],
)
def test_days_are_said_of_a_period_that_another_policy_gives_others(starts: int, name: str, said: int) -> None:
    harness = ImportHarness()
    harness.do(c.SetPolicy(fiscal_year_start=starts))
    assert len(warned(load(harness, row("1", name)))) == said


def test_nothing_is_said_of_a_period_that_is_here_under_another_name_with_the_same_days() -> None:
    harness = ImportHarness()
    days = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 3, 31)}
    cycle = harness.do(c.OpenCycle(name="Q1/2026", **days)).ids[0]
    assert warned(load(harness, row("1", "2026-Q1"))) == []
    assert harness.row("1").cycle == cycle
