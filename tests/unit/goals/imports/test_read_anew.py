"""Rule 6 with real sheets: a row that is added changes how the whole file is read, and nothing here."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenthread.contracts.enums import CellOutcome
from services.goals.domain.merge_base import BaseCell, BaseRow
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import cells, quiet, told

HEADER = "Row ID;Type;Title;Parent;Entity;Start Value;Target Value;Current Value;End Date;Readings;Because\n"
GOAL = "O;objective;Sell;;Sales;;;;3/4/2026;;\n"


def sheet(*rows: str) -> str:
    return HEADER + GOAL + "".join(f"{row}\n" for row in rows)


@pytest.fixture
def harness() -> ImportHarness:
    return ImportHarness()


def test_a_number_that_another_row_makes_another_number_is_told_and_not_taken(harness: ImportHarness) -> None:
    harness.load(sheet("K;kr;Deals;O;;500;1.500;900;;;"))
    assert harness.row("K").target_value == 1500
    decision = harness.load(sheet("K;kr;Deals;O;;5;1.500;9;;;", "L;kr;Share;O;;0.5;0.8;;;;"))
    assert cells(decision, "K") == {
        "start_value": CellOutcome.TAKEN,
        "target_value": CellOutcome.READ_ANEW,
        "current_value": CellOutcome.TAKEN,
    }
    assert (harness.row("K").target_value, harness.row("L").target_value) == (1500, 0.8)


def test_a_number_that_another_row_makes_undecided_is_told_and_not_emptied(harness: ImportHarness) -> None:
    row = "K;kr;Deals;O;;500;1.500;900;;;"
    harness.load(sheet(row))
    decision = harness.load(sheet(row, "L;kr;Share;O;;0.5;0,8;;;;"))
    assert cells(decision, "K") == {}
    assert any("“1.500” may be 1500 or 1.5, and the file does not tell" in each for each in told(decision))
    assert harness.row("K").target_value == 1500
    assert quiet(harness.load(sheet(row, "L;kr;Share;O;;0.5;0,8;;;;")))


def test_what_a_release_before_read_as_another_number_stays_as_it_was_taken(harness: ImportHarness) -> None:
    """1.500 in a sheet of semicolons was 1.5 once, and is remembered with its text."""
    harness.load(sheet("K;kr;Deals;O;;0;1,5;1;;;"))
    merge_base = harness.merge_bases["file"]
    was = merge_base.rows["K"]
    merge_base.rows["K"] = BaseRow(was.node, {**was.cells, "target_value": BaseCell("1.5", "1.500")})
    decision = harness.load(sheet("K;kr;Deals;O;;0;1.500;1;;;"))
    assert quiet(decision)
    assert cells(decision, "K") == {"target_value": CellOutcome.READ_ANEW}
    assert harness.row("K").target_value == 1.5


def test_a_unit_that_only_unread_numbers_say_stays(harness: ImportHarness) -> None:
    harness.load(sheet("K;kr;Deals;O;;$5;$10;$7;;;"))
    assert harness.row("K").measure_unit == "$"
    for changed in ("K;kr;Deals;O;;$5;$10;€7;;;", "K;kr;Deals;O;;5 apples;;;;;"):
        harness.load(sheet(changed))
        assert harness.row("K").measure_unit == "$"


def test_a_reading_that_another_row_makes_another_is_told_and_not_taken(harness: ImportHarness) -> None:
    row = "K;kr;Deals;O;;0;5000;;;{};"
    before = harness.load(sheet(row.format('"2026-01-31 1.500\n2026-02-28 1.800"')))
    assert before.report is not None
    check_ins = {id: each.value for id, each in harness.org.check_ins.items()}
    assert sorted(check_ins.values()) == [1500, 1800]
    assert harness.row("K").current_value == 1800
    point = "L;kr;Share;O;;0.5;0.8;;;;"
    for _ in range(2):
        decision = harness.load(sheet(row.format('"2026-01-31 1.500\n2026-02-28 1.800"'), point))
        assert cells(decision, "K") == {"readings": CellOutcome.READ_ANEW, "current_value": CellOutcome.READ_ANEW}
        assert {id: each.value for id, each in harness.org.check_ins.items()} == check_ins
        assert harness.row("K").current_value == 1800
    harness.load(sheet(row.format('"2026-01-31 1500\n2026-02-28 1900"'), point))
    assert sorted(each.value for each in harness.org.check_ins.values()) == [1500, 1900]
    assert harness.row("K").current_value == 1900


def test_a_reading_whose_day_another_row_makes_another_is_told_and_not_taken(harness: ImportHarness) -> None:
    british = "O2;objective;Ship;;Sales;;;;31/12/2026;;"
    american = "O2;objective;Ship;;Sales;;;;12/31/2026;;"
    harness.load(sheet("K;kr;Deals;O;;0;50;;;5/6/2026 7;", british))
    decision = harness.load(sheet("K;kr;Deals;O;;0;50;;;5/6/2026 7;", american))
    assert cells(decision, "O") == {"ends_on": CellOutcome.READ_ANEW}
    assert cells(decision, "K") == {"readings": CellOutcome.READ_ANEW}
    assert [str(each.at.date()) for each in harness.org.check_ins.values()] == ["2026-06-05"]


def test_a_reading_that_could_not_be_read_before_is_taken_when_it_can(harness: ImportHarness) -> None:
    row = 'K;kr;Deals;O;;0;5000;;;"2026-01-31 500\n2026-02-28 1.800";'
    harness.load(sheet(row, "L;kr;Share;O;;0.5;0,8;;;;"))
    assert [each.value for each in harness.org.check_ins.values()] == [500]
    harness.load(sheet(row, "L;kr;Share;O;;0,5;0,8;;;;"))
    assert sorted(each.value for each in harness.org.check_ins.values()) == [500, 1800]


texts = st.sampled_from(
    [
        "",
        "0",
        "5",
        "500",
        "0.5",
        "0,5",
        "1.500",
        "1,500",
        "1.125",
        "1.000.000",
        "20%",
        "$5",
        "€6",
        "15k",
        "1,2M",
        "many",
    ]
)
days = st.sampled_from(["3/4/2026", "3/4/26", "12/31/2026", "31/12/2026", "31.12.26", "46387", "soon"])
key_results = st.builds(
    lambda values, day, reading: f';{";".join(values)};;"{day} {reading}\n2026-01-01 {reading}";',
    st.tuples(texts, texts, texts),
    days,
    texts,
)


def state(harness: ImportHarness) -> dict[str, object]:
    """What is here of the key results K0, K1 …, and every check-in."""
    found: dict[str, object] = {each.id: (each.at, each.value) for each in harness.org.check_ins.values()}
    for key_result in harness.org.key_results.values():
        fields = ("start_value", "target_value", "current_value", "measure_unit", "direction")
        found |= {f"{key_result.source_key} {name}": getattr(key_result, name) for name in fields}
    return found


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(key_results, min_size=1, max_size=3), st.lists(key_results, min_size=1, max_size=2), days)
def test_rows_that_are_added_change_nothing_that_was_read(rows: list[str], more: list[str], day: str) -> None:
    harness = ImportHarness()
    known = [f"K{at};kr;Deals {at};O{row}" for at, row in enumerate(rows)]
    harness.load(sheet(*known))
    assert quiet(harness.load(sheet(*known)))
    before = state(harness)
    added = [f"L{at};kr;Others {at};O{row}" for at, row in enumerate(more)]
    harness.load(sheet(*added, *known, f"O2;objective;Ship;;Sales;;;;{day};;"))
    after = state(harness)
    changed = {name for name, value in before.items() if after[name] != value}
    follows = {f"{name.rpartition(' ')[0]} direction" for name in changed}
    # A number that could not be read before, and the direction that follows from it, are new.
    assert changed - follows <= {name for name, value in before.items() if value is None}
    decision = harness.load(sheet(*known, *added, f"O2;objective;Ship;;Sales;;;;{day};;"))
    assert quiet(decision)


def test_a_last_reading_that_becomes_unreadable_makes_no_earlier_one_current(harness: ImportHarness) -> None:
    row = "K;kr;Deals;O;;0;5000;;;{};"
    harness.load(sheet(row.format('"2026-01-31 20\n2026-02-28 1.800"')))
    assert harness.row("K").current_value == 1800
    marks = ("L;kr;Share;O;;0.5;0.8;;;;", "M;kr;Rate;O;;0,5;0,8;;;;")
    decision = harness.load(sheet(row.format('"2026-01-31 20\n2026-02-28 1.800"'), *marks))
    assert any("“1.800” may be 1800 or 1.8" in each for each in told(decision))
    assert harness.row("K").current_value == 1800
    harness.load(sheet(row.format('"2026-01-31 20\n2026-02-28 1.800 later"'), *marks))
    assert harness.row("K").current_value == 1800
    harness.load(sheet(row.format('"2026-01-31 20\n2026-02-28 1.800 later\n2026-03-31 30"'), *marks))
    assert harness.row("K").current_value == 30
