"""A Time Period that people write (`Q1 2026`) is a cycle with days, one however it is spelled, and stays that cycle."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Cycle
from goldenthread.contracts.enums import CellOutcome, FiscalYearName
from services.goals.domain.decision import Decision
from services.goals.domain.merge_base import BaseCell, BaseRow, MergeBase
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import cells, quiet, told

START = FiscalYearName.START
NINE = [
    *("Q1 2026", "Q1  2026 ", "q1 2026", "Q1/2026", "2026-Q1", "FY26 Q1", "1. Quartal 2026"),
    *("Jan - Mar 2026", "Q1 26"),
]


def sheet(*named: str, dates: tuple[str, str] = ("", ""), first: int = 1) -> str:
    """A purpose, and an objective of each time period."""
    rows = [f'O{n},objective,Goal {n},P,"{name}",{",".join(dates)}' for n, name in enumerate(named, first)]
    return "\n".join(["Row ID,Type,Title,Parent,Time Period,Start Date,End Date", "P,purpose,Trains,,,,", *rows, ""])


def cycles(harness: ImportHarness) -> list[tuple[str, str, str]]:
    return [(each.name, str(each.starts_on), str(each.ends_on)) for each in harness.org.cycles.values()]


def cycle(harness: ImportHarness, row: str) -> Cycle | None:
    return harness.org.cycles.get(harness.row(row).cycle or "")


def opened(harness: ImportHarness, name: str, starts_on: date, ends_on: date) -> str:
    return harness.do(c.OpenCycle(name=name, starts_on=starts_on, ends_on=ends_on)).ids[0]


def close(harness: ImportHarness, id: str) -> None:
    harness.do(
        c.CloseCycle(cycle=id, archive=[each.id for each in harness.org.objectives.values() if each.cycle == id])
    )


def warnings(decision: Decision) -> list[str]:
    return [each.message for each in decision.warnings]


def year(harness: ImportHarness, starts: int, named_by: FiscalYearName = FiscalYearName.END) -> None:
    harness.do(c.SetPolicy(fiscal_year_start=starts, fiscal_year_named_by=named_by))


def test_a_period_without_days_in_the_file_is_a_cycle_and_nothing_is_warned_of() -> None:
    harness = ImportHarness()
    decision = harness.load(sheet("Q4 2026"))
    assert cycles(harness) == [("Q4 2026", "2026-10-01", "2026-12-31")]
    assert cycle(harness, "O1") is not None
    assert (warnings(decision), told(decision)) == ([], [])
    assert quiet(harness.load(sheet("Q4 2026")))


@pytest.mark.parametrize("turned", [False, True], ids=["as written", "turned round"])
def test_all_spellings_of_a_period_in_a_file_are_one_cycle_under_the_first_of_them(turned: bool) -> None:
    harness, spelled = ImportHarness(), NINE[::-1] if turned else NINE
    harness.load(sheet(*spelled, "2026", "H1 2026", ""))
    assert cycles(harness) == [
        (" ".join(spelled[0].split()), "2026-01-01", "2026-03-31"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("H1 2026", "2026-01-01", "2026-06-30"),
    ]
    first = cycle(harness, "O1")
    assert all(cycle(harness, f"O{n}") == first for n in range(1, 10))
    assert cycle(harness, "O12") is None
    assert quiet(harness.load(sheet(*spelled, "2026", "H1 2026", "")))


def test_a_later_file_meets_the_cycle_however_it_is_spelled_and_whoever_opened_it() -> None:
    harness = ImportHarness()
    id = opened(harness, "2026 Q1", date(2026, 1, 1), date(2026, 3, 31))
    for source, name in enumerate(NINE):
        harness.load(sheet(name, first=source), source=f"file {source}")
    assert {each.cycle for each in harness.org.objectives.values()} == {id}
    assert len(harness.org.cycles) == 1


@pytest.mark.parametrize("kind", ["why", "key_result"])
def test_a_period_that_only_other_goals_than_objectives_name_opens_no_cycle(kind: str) -> None:
    harness = ImportHarness()
    decision = harness.load(sheet("") + f'X,{kind},Measured,O1,"Q1 2026",,\n')
    assert cycles(harness) == []
    (told,) = warnings(decision)
    assert told.startswith({"why": "a purpose or a why lasts", "key_result": "a key result has the days"}[kind])


def test_what_is_no_period_spans_its_rows_as_ever_or_is_reported() -> None:
    harness = ImportHarness()
    decision = harness.load(
        sheet("Sprint 7", dates=("2026-01-05", "2026-02-27")) + sheet("S1 2026", first=2).split("\n")[2]
    )
    assert cycles(harness) == [("Sprint 7", "2026-01-05", "2026-02-27")]
    assert ["No cycle was made for S1 2026" in each for each in warnings(decision)] == [True]
    assert cycle(harness, "O2") is None


def test_the_days_of_a_period_are_its_own_and_rows_keep_theirs() -> None:
    harness = ImportHarness()
    decision = harness.load(sheet("Q1 2026", dates=("2026-02-02", "2026-04-10")))
    assert cycles(harness) == [("Q1 2026", "2026-01-01", "2026-03-31")]
    assert (harness.row("O1").starts_on, harness.row("O1").ends_on) == (date(2026, 2, 2), date(2026, 4, 10))
    assert warnings(decision) == []


def test_days_that_repeat_those_of_a_period_are_not_the_rows_own() -> None:
    """An export as a sheet has them, as a sheet knows no cycles with days."""
    harness = ImportHarness()
    harness.load(sheet("Q1 2026", dates=("2026-01-01", "2026-03-31")))
    assert (harness.row("O1").starts_on, harness.row("O1").ends_on) == (None, None)
    assert quiet(harness.load(sheet("Q1 2026", dates=("2026-01-01", "2026-03-31"))))
    harness.load(sheet("Q1 2026", dates=("2026-01-15", "2026-03-31")))
    assert (harness.row("O1").starts_on, harness.row("O1").ends_on) == (date(2026, 1, 15), None)


# -- the year of the organization --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["FY26 Q1", "Q1 2026"])
def test_days_that_follow_from_the_policy_are_said(name: str) -> None:
    harness = ImportHarness()
    year(harness, 4, START)
    (said,) = warnings(harness.load(sheet(name)))
    assert cycles(harness) == [(name, "2026-04-01", "2026-06-30")]
    assert f"“{name}” from 2026-04-01 to 2026-06-30 (policy fiscalYearStart 4, fiscalYearNamedBy START)" in said
    assert "CY2026 Q1" in said


def test_a_fiscal_year_is_said_also_where_nobody_told_when_it_begins() -> None:
    harness = ImportHarness()
    (said,) = warnings(harness.load(sheet("FY26 Q1")))
    assert "2026-01-01 to 2026-03-31 (policy fiscalYearStart 1" in said


def test_parts_of_the_calendar_year_are_another_cycle_than_those_of_the_fiscal_one() -> None:
    harness = ImportHarness()
    year(harness, 4)
    harness.load(sheet("Q1 2026", "CY26 Q1", "Jan - Mar 2026", "Q4 2025/26", "Q4 2025", "Apr-Jun 2025"))
    first, calendar, months, fourth, of_before, spring = (cycle(harness, f"O{n}") for n in range(1, 7))
    assert cycles(harness) == [
        ("Q1 2026", "2025-04-01", "2025-06-30"),
        ("CY26 Q1", "2026-01-01", "2026-03-31"),
        ("Q4 2025", "2025-01-01", "2025-03-31"),
    ]
    assert first == spring != calendar == months == fourth != of_before


def test_a_year_with_two_numbers_is_reported_where_years_begin_in_january() -> None:
    harness = ImportHarness()
    (said,) = warnings(harness.load(sheet("2025/26")))
    assert cycles(harness) == []
    assert "No cycle was made for 2025/26" in said
    assert "fiscalYearStart" in said


@pytest.mark.parametrize("named", ["FY26 Q1", "Q1 2026"])
def test_rows_that_show_another_year_than_the_policy_give_their_days_to_the_cycle_and_that_is_said(named: str) -> None:
    harness = ImportHarness()
    (said,) = warnings(harness.load(sheet(named, dates=("2025-04-01", "2025-06-30"))))
    assert cycles(harness) == [(named, "2025-04-01", "2025-06-30")]
    assert f"“{named}” from 2025-04-01 to 2025-06-30 (by the policy 2026-01-01 to 2026-03-31)" in said
    assert quiet(harness.load(sheet(named, dates=("2025-04-01", "2025-06-30"))))


def test_months_are_never_those_of_the_rows() -> None:
    harness = ImportHarness()
    harness.load(sheet("Jan - Mar 2026", dates=("2025-04-01", "2025-06-30")))
    assert cycles(harness) == [("Jan - Mar 2026", "2026-01-01", "2026-03-31")]


# -- later -------------------------------------------------------------------------------------------------------------


def test_another_policy_moves_no_cycle_and_the_same_file_again_changes_nothing() -> None:
    harness = ImportHarness()
    harness.load(sheet(*NINE, "2026", "H1 2026"))
    before = (cycles(harness), [each.cycle for each in harness.org.objectives.values()])
    for starts, named_by in ((4, START), (7, FiscalYearName.END), (1, FiscalYearName.END)):
        year(harness, starts, named_by)
        decision = harness.load(sheet(*NINE, "2026", "H1 2026"))
        assert quiet(decision)
        assert warnings(decision) == []
    assert (cycles(harness), [each.cycle for each in harness.org.objectives.values()]) == before


@pytest.mark.parametrize("other", ["FY26 Q1", "Q1 FY2026"])
def test_after_another_policy_a_cycle_of_the_name_is_it_and_its_days_are_said(other: str) -> None:
    harness = ImportHarness()
    harness.load(sheet("FY26 Q1"))
    year(harness, 4)
    (said,) = warnings(harness.load(sheet(other, first=2), source="other"))
    assert cycles(harness) == [("FY26 Q1", "2026-01-01", "2026-03-31")]
    assert len({each.cycle for each in harness.org.objectives.values()}) == 1
    assert "“FY26 Q1” from 2026-01-01 to 2026-03-31, not 2025-04-01 to 2025-06-30" in said


def test_a_closed_period_is_not_opened_again_in_any_spelling_nor_after_another_policy() -> None:
    harness = ImportHarness()
    harness.load(sheet("Q1 2026"))
    (id,) = harness.org.cycles
    close(harness, id)
    assert quiet(harness.load(sheet("Q1 2026")))
    assert told(harness.load(sheet("2026-Q1", first=2), source="other")) == [
        "Its cycle Q1 2026 is closed here; name an open one, or none."
    ]
    year(harness, 4)
    assert quiet(harness.load(sheet("Q1 2026")))
    assert list(harness.org.cycles) == [id]


def test_a_closed_period_is_met_under_another_name_of_the_same_days() -> None:
    harness = ImportHarness()
    close(harness, opened(harness, "Q1 2026", date(2026, 1, 1), date(2026, 3, 31)))
    assert ["Q1 2026 is closed here" in each for each in told(harness.load(sheet("FY26 Q1")))] == [True]
    assert len(harness.org.cycles) == 1


def test_another_time_is_another_cycle_though_one_of_that_name_was_closed() -> None:
    harness = ImportHarness()
    harness.load(sheet("Q1 2026"))
    close(harness, next(iter(harness.org.cycles)))
    year(harness, 4)
    harness.load(sheet("Q1 2026", first=2), source="other")
    assert cycles(harness) == [("Q1 2026", "2026-01-01", "2026-03-31"), ("Q1 2026", "2025-04-01", "2025-06-30")]


def test_a_cycle_that_is_remembered_without_the_text_of_its_cell_is_known_by_its_name() -> None:
    """As of an export that comes home."""
    harness = ImportHarness()
    harness.load(sheet("Q1 2026"))
    (id,) = harness.org.cycles
    merge_base = harness.merge_bases["file"]
    said = merge_base.rows["O1"]
    harness.merge_bases["file"] = MergeBase(
        {"O1": BaseRow(said.node, {**said.cells, "cycle": BaseCell(id)})}, merge_base.units
    )
    close(harness, id)
    year(harness, 4)
    harness.load(sheet("Q1 2026"))
    assert list(harness.org.cycles) == [id]


def test_a_closed_cycle_that_is_called_so_is_it_though_its_days_were_others() -> None:
    harness = ImportHarness()
    close(harness, opened(harness, "2026-Q1", date(2026, 1, 5), date(2026, 3, 27)))
    assert ["2026-Q1 is closed here" in each for each in told(harness.load(sheet("Q1 2026")))] == [True]


def test_a_spelling_that_changes_in_the_file_moves_nothing() -> None:
    harness = ImportHarness()
    harness.load(sheet("Q1 2026"))
    decision = harness.load(sheet("1. Quartal 2026"))
    assert decision.facts == []
    assert len(harness.org.cycles) == 1
    year(harness, 4)
    assert quiet(harness.load(sheet("1. Quartal 2026")))


def test_a_period_that_two_open_cycles_are_is_neither() -> None:
    harness = ImportHarness()
    for name in ("2026-Q1", "1. Quartal 2026"):
        opened(harness, name, date(2026, 1, 1), date(2026, 3, 31))
    (said,) = told(harness.load(sheet("Q1 2026")))
    assert "“2026-Q1”, “1. Quartal 2026”" in said
    assert len(harness.org.cycles) == 2
    harness.load(sheet("2026-Q1"))
    assert cycle(harness, "O1") == next(iter(harness.org.cycles.values()))


def test_of_two_cycles_that_are_called_so_the_one_with_the_days_of_the_period_is_it() -> None:
    harness = ImportHarness()
    opened(harness, "2026-Q1", date(2026, 1, 5), date(2026, 3, 27))
    exact = opened(harness, "1. Quartal 2026", date(2026, 1, 1), date(2026, 3, 31))
    harness.load(sheet("Q1 2026"))
    assert harness.row("O1").cycle == exact


def test_a_cycle_that_is_called_otherwise_is_another_one_though_it_has_the_days() -> None:
    harness = ImportHarness()
    opened(harness, "Spring", date(2026, 1, 1), date(2026, 3, 31))
    opened(harness, "Q4 2026", date(2026, 1, 1), date(2026, 3, 31))
    harness.load(sheet("Q1 2026"))
    assert [name for name, _, _ in cycles(harness)] == ["Spring", "Q4 2026", "Q1 2026"]


# -- files that were imported when this was no period ------------------------------------------------------------------


def unread(harness: ImportHarness) -> None:
    """Both rows were imported, and nothing was made of what they say as their cycle."""
    harness.load(sheet("", ""))
    merge_base = harness.merge_bases["file"]
    for row, text in (("O1", "Q1 2026"), ("O2", "Q2 2026")):
        said = merge_base.rows[row]
        rows = {
            **harness.merge_bases["file"].rows,
            row: BaseRow(said.node, {**said.cells, "cycle": BaseCell("", text)}),
        }
        harness.merge_bases["file"] = MergeBase(rows, merge_base.units)


def test_an_old_file_again_opens_no_cycle_and_says_what_to_do() -> None:
    harness = ImportHarness()
    unread(harness)
    decision = harness.load(sheet("Q1 2026", "Q2 2026"))
    assert quiet(decision)
    assert cycles(harness) == []
    assert ["No cycle was made for Q1 2026, Q2 2026: this file" in each for each in warnings(decision)] == [True]


def test_a_new_row_of_an_old_file_opens_the_cycle_and_old_rows_are_reported_until_they_are_written_anew() -> None:
    harness = ImportHarness()
    unread(harness)
    decision = harness.load(sheet("Q1 2026", "Q2 2026", "Q1 2026"))
    assert [name for name, _, _ in cycles(harness)] == ["Q1 2026"]
    assert (cycle(harness, "O1"), cells(decision, "O1")["cycle"]) == (None, CellOutcome.READ_ANEW)
    harness.load(sheet("2026-Q1", "Q2 2026", "Q1 2026"))
    assert cycle(harness, "O1") == cycle(harness, "O3") is not None


# -- bounds ------------------------------------------------------------------------------------------------------------


def test_many_periods_are_said_in_few_words() -> None:
    harness = ImportHarness()
    year(harness, 4)
    names: list[Any] = [f"FY{at:02} Q{part}" for at in range(20, 60) for part in range(1, 5)]
    (said,) = warnings(harness.load(sheet(*names, *(f"Wave {at} {'x' * 300}" for at in range(200)))))[:1]
    assert "and 150 more" in said
    assert len(harness.org.cycles) == 160
    assert all(
        len(each) < 2_000
        for each in warnings(harness.load(sheet(*(f"Wave {at} {'x' * 300}" for at in range(99)), first=900)))
    )
