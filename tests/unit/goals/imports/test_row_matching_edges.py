"""Where it is in doubt which row a row is, and what is said of ids that shifted."""

from __future__ import annotations

import unicodedata

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.plan import PlanRow, RowType
from services.goals.domain.imports.row_matching import canonical, match_rows, titled
from services.goals.domain.merge_base import LONGEST, MergeBase
from tests.unit.goals.import_harness import ImportHarness, report

HEADER = "Row ID,Type,Title\n"


def sheet(*rows: str) -> str:
    """Objectives, each as `id title`."""
    return HEADER + "".join(f"{row.partition(' ')[0]},objective,{row.partition(' ')[2]}\n" for row in rows)


def loaded(*rows: str) -> ImportHarness:
    harness = ImportHarness()
    harness.load(sheet(*rows))
    return harness


def said(harness: ImportHarness, *rows: str) -> list[str]:
    found = harness.load(sheet(*rows)).report
    assert found is not None
    return [each.message for each in found.skipped]


def titles(harness: ImportHarness) -> list[str]:
    """The titles of all objectives, in the order in which they were made."""
    return [each.title for each in harness.org.objectives.values()]


def matched(harness: ImportHarness, row: PlanRow, source: str = "file") -> tuple[dict[str, str], list[str], list[str]]:
    """The node of a row, the rows of which something is remembered, and the rows that are refused."""
    found = match_rows(harness.org, [row], harness.merge_bases.get(source, MergeBase()), source)
    return found.nodes, list(found.base), list(found.refused)


def test_letters_of_an_id_are_composed_and_only_what_a_spreadsheet_may_hold_is_read_as_a_number() -> None:
    assert canonical(unicodedata.normalize("NFD", "Übung")) == "Übung"
    assert canonical("0" * (LONGEST - 1) + "1") == "1"
    assert canonical("0" * LONGEST + "1") == "0" * LONGEST + "1"
    assert titled("X" * LONGEST) == "x" * LONGEST


def test_rows_whose_ids_are_one_number_are_each_known_by_their_own_id() -> None:
    harness = loaded("1 Sell", "01 Answer")
    assert report(harness.load(sheet("1 Sell all", "01 Answer"))) == (0, 1, 1, 0)
    assert titles(harness) == ["Sell all", "Answer"]


def test_a_goal_that_no_file_made_is_no_row_of_a_file_without_a_source() -> None:
    harness = ImportHarness()
    harness.do(c.CreateObjective(title="Sell", owners=[next(iter(harness.org.units))]))
    assert matched(harness, PlanRow("1", "line 2", RowType.OBJECTIVE, "Sell"), source="")[0] == {}


def test_a_row_with_the_id_of_the_purpose_is_a_new_goal() -> None:
    harness = ImportHarness()
    harness.load(HEADER + "1,purpose,Be useful\n")
    assert harness.org.purpose is not None
    assert report(harness.load(HEADER + f"{harness.org.purpose.id},why,Grow\n", source="b")) == (1, 0, 0, 0)


def test_a_goal_that_a_row_names_by_its_id_is_no_other_row_of_its_title() -> None:
    harness = loaded("1 Sell")
    (id,) = harness.org.objectives
    assert report(harness.load(sheet(f"{id} Sell", "x Sell"))) == (1, 0, 1, 0)


def test_of_a_file_whose_ids_shifted_nothing_is_remembered_that_was_not() -> None:
    harness = loaded("1 Sell", "2 Answer")
    harness.merge_bases.clear()
    decision = harness.load(sheet("2 Sell", "3 Answer"))
    assert decision.remembered is not None
    assert None not in decision.remembered.rows.values()


# -- rows of one title -------------------------------------------------------------------------------------------------


def test_a_title_that_moved_to_the_id_of_another_row_is_not_the_new_title_of_that_one() -> None:
    harness = loaded("1 Sell", "2 Answer")
    harness.do(c.ArchiveObjective(objective=next(iter(harness.org.objectives)), reason="over"))
    said(harness, "2 Sell")
    assert titles(harness) == ["Sell", "Answer"]


def test_a_row_that_takes_the_title_of_another_that_stays_has_a_new_title() -> None:
    harness = loaded("1 Sell", "2 Answer")
    assert said(harness, "1 Sell", "2 Sell") == []
    assert titles(harness) == ["Sell", "Sell"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["1 Sell", "2 Answer"], ["1 Sell", "3 Sell", "5 Answer"]),
        (["1 Sell", "2 Sell", "3 Answer"], ["1 Sell", "5 Answer"]),
        (["1 Sell", "2 Sell"], ["1 Sell", "3 Sell"]),
    ],
    ids=["one more, and ids shifted", "one less, and ids shifted", "one under another id"],
)
def test_which_of_several_rows_of_a_title_is_meant_is_not_guessed(before: list[str], after: list[str]) -> None:
    harness = loaded(*before)
    doubtful = sum("which is which cannot be told" in each for each in said(harness, *after))
    assert (doubtful, len(titles(harness))) == (sum("Sell" in each for each in after), len(before))


def test_where_no_id_shifted_one_more_or_one_less_of_a_title_puts_no_row_in_doubt() -> None:
    harness = loaded("1 Sell", "2 Sell")
    assert said(harness, "1 Sell") == []
    assert said(harness, "1 Sell", "2 Sell", "3 Sell") == []
    assert titles(harness) == ["Sell"] * 3


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["2 Ship"], ["2 Sell", "3 Ship", "4 Ship"]),
        (["1 Ship", "2 Ship"], ["1 Ship", "2 Sell", "4 Ship"]),
    ],
    ids=["two that may be it", "one that may be it, beside another of its title"],
)
def test_a_row_takes_the_id_of_no_goal_whose_title_other_rows_may_have(before: list[str], after: list[str]) -> None:
    harness = loaded(*before)
    for _ in range(2):
        messages = said(harness, *after)
        assert titles(harness) == ["Ship"] * len(before)
        assert [("which is which" in each, "“Sell” was not in it" in each) for each in messages].count(
            (True, False)
        ) == 2
        assert len(messages) == 3


# -- what is said of it ------------------------------------------------------------------------------------------------


def test_a_title_under_another_id_says_that_ids_shifted_and_bars_what_may_be_another_row() -> None:
    harness = loaded("1 Sell", "2 Answer")
    shifted, refused = said(harness, "5 Sell", "2 Ask")
    assert shifted == "Row ids have shifted: 1 row is known by its title (5 was 1)."
    assert "“Ask” was not in it" in refused
    assert titles(harness) == ["Sell", "Answer"]


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        (3, "3 rows are known by their titles (11 was 1, 12 was 2, 13 was 3)"),
        (4, "4 rows are known by their titles (11 was 1, 12 was 2, 13 was 3, …)"),
    ],
)
def test_rows_whose_ids_shifted_are_counted_and_the_first_are_named(rows: int, named: str) -> None:
    harness = loaded(*(f"{at} T{at}" for at in range(1, rows + 1)))
    assert said(harness, *(f"1{at} T{at}" for at in range(1, rows + 1))) == [f"Row ids have shifted: {named}."]


def test_a_row_that_has_no_id_any_more_says_nothing_of_other_ids() -> None:
    harness = loaded("1 Sell", "2 Answer")
    decision = harness.load("Type,Title\nobjective,Sell\nobjective,Answer\n")
    assert (decision.facts, decision.report and decision.report.skipped) == ([], [])


@pytest.mark.parametrize(("new", "same", "told"), [(2, 1, False), (3, 2, True), (3, 3, False)])
def test_more_new_titles_than_old_ones_and_three_at_least_may_be_another_plan(new: int, same: int, told: bool) -> None:
    before = [f"{at} T{at}" for at in range(1, new + same + 1)]
    harness = loaded(*before)
    after = [row.replace("T", "N") if at >= same else row for at, row in enumerate(before)]
    found = harness.load(sheet(*after)).report
    assert found is not None
    assert [each.row for each in found.skipped] == ([f"line {same + 2}"] if told else [])


# -- the purpose -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("row", "title", "refused"), [("1", "Grow", ["1"]), ("1", "Be useful", []), ("2", "Grow", [])])
def test_a_row_that_was_a_why_and_still_says_so_is_not_the_purpose(row: str, title: str, refused: list[str]) -> None:
    harness = ImportHarness()
    harness.do(c.PublishPurpose(statement="Be useful"))
    harness.load(HEADER + "1,why,Grow\n")
    nodes, base, found = matched(harness, PlanRow(row, "line 2", RowType.PURPOSE, title))
    assert (base, found) == ([], refused)
    assert nodes == ({} if refused else {row: harness.org.purpose and harness.org.purpose.id})


def test_the_purpose_that_a_file_made_is_that_of_its_row_where_nothing_is_remembered() -> None:
    harness = ImportHarness()
    harness.load(HEADER + "1,purpose,Be useful\n")
    harness.merge_bases.clear()
    assert report(harness.load(HEADER + "1,purpose,Be useful\n")) == (0, 0, 1, 0)
