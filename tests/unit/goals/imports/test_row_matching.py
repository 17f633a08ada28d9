"""Which row of an earlier file a row is: by id and title, by title where ids shifted, by id where the title is new."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.contracts.commands import ArchiveObjective
from goldenthread.contracts.entities import KeyResult, Objective
from services.goals.domain.imports.row_matching import canonical, titled
from services.goals.domain.merge_base import LONGEST
from tests.unit.goals.import_harness import ImportHarness, report

HEADER = "Row ID,Type,Title,Parent,Team\n"
OUTLINE = (
    HEADER
    + "1,purpose,Better trains,,\n2,objective,Explain,1,Ops\n3,objective,Listen,1,Ops\n4,key_result,Heard,3,Ops\n"
)


def goals(harness: ImportHarness) -> list[Objective | KeyResult]:
    return [*harness.org.objectives.values(), *harness.org.key_results.values()]


def titles(harness: ImportHarness) -> list[str]:
    return sorted(each.title for each in goals(harness))


def called(harness: ImportHarness, title: str) -> str:
    (found,) = [each.id for each in goals(harness) if each.title == title]
    return found


def said(harness: ImportHarness, sheet: str, **other: object) -> list[str]:
    found = harness.load(sheet, **other).report
    assert found is not None
    return [each.message for each in found.skipped]


def test_ids_that_a_spreadsheet_rewrote_are_the_same_rows() -> None:
    harness = ImportHarness()
    harness.load(OUTLINE)
    again = harness.load(
        HEADER + "1.0,purpose,Better trains,,\n2.0,objective,Explain,1.0,Ops\n"
        "03,objective,Listen,01,Ops\n4.00,key_result,Heard,3,Ops\n"
    )
    assert again.facts == []
    assert report(again) == (0, 0, 4, 0)


def test_a_row_put_in_between_moves_no_goal() -> None:
    harness = ImportHarness()
    harness.load(OUTLINE)
    explain, listen, heard = called(harness, "Explain"), called(harness, "Listen"), called(harness, "Heard")
    found = harness.load(
        HEADER + "1,purpose,Better trains,,\n2,objective,Repair,1,Ops\n3,objective,Explain,1,Ops\n"
        "4,objective,Listen,1,Ops\n5,key_result,Heard,4,Ops\n"
    )
    assert report(found) == (1, 0, 4, 1)
    assert (called(harness, "Explain"), called(harness, "Listen"), called(harness, "Heard")) == (explain, listen, heard)
    assert found.report is not None
    assert "3 rows are known by their titles (3 was 2, 4 was 3, 5 was 4)" in found.report.skipped[0].message


def test_ids_that_shifted_stay_what_they_are_from_then_on() -> None:
    harness = ImportHarness()
    harness.load(OUTLINE)
    shifted = (
        HEADER + "1,purpose,Better trains,,\n2,objective,Repair,1,Ops\n3,objective,Explain,1,Ops\n"
        "4,objective,Listen,1,Ops\n5,key_result,Heard,4,Ops\n"
    )
    harness.load(shifted)
    again = harness.load(shifted)
    assert again.facts == []
    assert report(again) == (0, 0, 5, 0)
    assert harness.load(shifted.replace("Explain", "Explain all")).facts
    assert titles(harness) == ["Explain all", "Heard", "Listen", "Repair"]


def test_rows_that_were_removed_and_numbered_anew_write_over_nothing() -> None:
    harness = ImportHarness()
    harness.load(OUTLINE)
    found = harness.load(HEADER + "1,purpose,Better trains,,\n2,objective,Listen,1,Ops\n3,key_result,Heard,2,Ops\n")
    assert titles(harness) == ["Explain", "Heard", "Listen"]
    assert found.report is not None
    assert found.report.missing != []


def test_rows_that_changed_places_change_no_titles() -> None:
    harness = ImportHarness()
    harness.load(OUTLINE)
    explain = called(harness, "Explain")
    harness.load(
        OUTLINE.replace("2,objective,Explain", "x,objective,Listen").replace(
            "3,objective,Listen", "2,objective,Explain"
        )
    )
    assert called(harness, "Explain") == explain


def test_a_new_title_of_a_row_is_a_new_title_of_its_goal() -> None:
    harness = ImportHarness()
    harness.load(OUTLINE)
    explain = called(harness, "Explain")
    assert report(harness.load(OUTLINE.replace("Explain", "Explain everything"))) == (0, 1, 3, 0)
    assert called(harness, "Explain everything") == explain


def test_many_new_titles_under_the_old_ids_may_be_another_plan_and_that_is_said() -> None:
    harness = ImportHarness()
    harness.load(OUTLINE)
    (message,) = said(harness, OUTLINE.replace("Explain", "Buy").replace("Listen", "Sell").replace("Heard", "Sold"))
    assert "3 of 4 rows that are known have other titles" in message


def test_a_title_that_was_edited_here_does_not_make_a_row_another_one() -> None:
    harness = ImportHarness()
    harness.load(OUTLINE)
    harness.load(OUTLINE.replace("Explain", "Explain everything"), source="other")
    again = harness.load(OUTLINE)
    assert again.facts == []


def test_in_a_file_whose_ids_shifted_an_unknown_row_may_be_a_lost_one_and_nothing_of_it_is_taken() -> None:
    harness = ImportHarness()
    harness.load(OUTLINE)
    shifted = (
        HEADER + "1,purpose,Better trains,,\n2,objective,Repair,1,Ops\n3,objective,Explain loudly,1,Ops\n"
        "4,objective,Listen,1,Ops\n5,key_result,Heard,4,Ops\n"
    )
    for _ in range(2):
        messages = said(harness, shifted)
        assert titles(harness) == ["Explain", "Heard", "Listen"]
        assert sum("Nothing of it was taken" in each for each in messages) == 2
    assert "“Repair” was not in it" in " ".join(messages)


def test_rows_of_one_title_under_other_ids_are_not_guessed() -> None:
    harness = ImportHarness()
    two = HEADER + "1,purpose,Better trains,,\n2,objective,Listen,1,Ops\n3,objective,Listen,1,Depot\n"
    harness.load(two)
    messages = said(harness, two.replace("2,objective", "4,objective").replace("3,objective", "5,objective"))
    assert len(harness.org.objectives) == 2
    assert sum("which is which cannot be told" in each for each in messages) == 2


def test_of_two_rows_of_one_title_none_is_taken_for_the_other_when_ids_shift() -> None:
    harness = ImportHarness()
    harness.load(HEADER + "1,purpose,p,,\n2,objective,Listen,1,Ops\n3,objective,Sing,1,\n4,objective,Listen,1,Depot\n")
    shifted = (
        HEADER + "1,purpose,p,,\n2,objective,Buy,1,\n3,objective,Sell,1,\n4,objective,Listen,1,Ops\n"
        "5,objective,Sing,1,\n6,objective,Listen,1,Depot\n"
    )
    before = {each.id: each.owners for each in harness.org.objectives.values()}
    messages = said(harness, shifted)
    assert sum("which is which cannot be told" in each for each in messages) == 2
    assert all(harness.org.objectives[id].owners == owners for id, owners in before.items())


def test_rows_of_one_title_under_their_ids_are_what_they_were() -> None:
    harness = ImportHarness()
    two = HEADER + "1,purpose,Better trains,,\n2,objective,Listen,1,Ops\n3,objective,Listen,1,Depot\n"
    harness.load(two)
    assert harness.load(two).facts == []
    assert report(harness.load(two + "4,objective,Listen,1,Ops\n")) == (1, 0, 3, 0)
    assert report(harness.load(two)) == (0, 0, 3, 0)


def test_a_row_without_an_id_is_known_by_its_title_and_may_get_an_id_later() -> None:
    harness = ImportHarness()
    bare = "Type,Title,Parent,Team\npurpose,Better trains,,\nobjective,Explain,Better trains,Ops\n"
    harness.load(bare)
    assert harness.load(bare).facts == []
    numbered = HEADER + "1,purpose,Better trains,,\n2,objective,Explain,1,Ops\n"
    assert report(harness.load(numbered)) == (0, 0, 2, 0)
    assert report(harness.load(numbered.replace("Explain", "Explain all"))) == (0, 1, 1, 0)
    assert titles(harness) == ["Explain all"]


def test_a_new_row_with_the_title_of_a_goal_that_has_ended_is_a_new_goal() -> None:
    harness = ImportHarness()
    harness.load(OUTLINE)
    harness.do(ArchiveObjective(objective=called(harness, "Explain"), reason="over"))
    rest = OUTLINE.replace("2,objective,Explain,1,Ops\n", "")
    assert report(harness.load(rest + "9,objective,Explain,1,Ops\n"))[0] == 1


def test_a_goal_that_has_ended_is_still_its_row_when_ids_shift() -> None:
    harness = ImportHarness()
    harness.load(OUTLINE)
    harness.do(ArchiveObjective(objective=called(harness, "Explain"), reason="over"))
    found = harness.load(
        HEADER + "1,purpose,Better trains,,\n2,objective,Listen,1,Ops\n3,objective,Repair,1,Ops\n"
        "4,key_result,Heard,2,Ops\n5,objective,Explain,1,Ops\n"
    )
    assert report(found)[0] == 1
    assert titles(harness) == ["Explain", "Heard", "Listen", "Repair"]


def test_a_row_that_comes_back_after_its_id_was_taken_is_the_goal_it_was() -> None:
    harness = ImportHarness()
    harness.load(OUTLINE)
    harness.load(HEADER + "1,purpose,Better trains,,\n2,objective,Listen,1,Ops\n3,key_result,Heard,2,Ops\n")
    assert report(harness.load(OUTLINE)) == (0, 0, 4, 1)
    assert titles(harness) == ["Explain", "Heard", "Listen"]


def test_a_row_of_another_type_than_before_is_refused() -> None:
    harness = ImportHarness()
    harness.load(OUTLINE)
    messages = said(harness, OUTLINE.replace("3,objective,Listen", "3,why,Listen"))
    assert "a row keeps its type" in messages[0]


def test_a_row_is_known_by_what_the_goal_says_of_its_origin_where_nothing_is_remembered() -> None:
    harness = ImportHarness()
    harness.load(OUTLINE)
    harness.merge_bases.clear()
    found = harness.load(OUTLINE.replace("2,objective", "9,objective"))
    assert report(found)[0] == 0
    assert titles(harness) == ["Explain", "Heard", "Listen"]


def test_a_row_whose_id_is_a_goal_here_is_that_goal() -> None:
    harness = ImportHarness()
    harness.load(OUTLINE)
    explain = called(harness, "Explain")
    found = harness.load(f"Row ID,Type,Title\n{explain},objective,Explain all\n", source="export")
    assert report(found)[0] == 0
    assert called(harness, "Listen")
    assert len(harness.org.objectives) == 2


def test_long_titles_are_compared_as_they_are_remembered() -> None:
    harness, long = ImportHarness(), "x" * (LONGEST + 1)
    sheet = HEADER + f"1,purpose,Better trains,,\n2,objective,{long},1,Ops\n3,objective,{long}y,1,Ops\n"
    harness.load(sheet)
    assert harness.load(sheet).facts == []
    assert report(harness.load(sheet.replace("\n2,", "\n7,").replace("\n3,", "\n2,").replace("\n7,", "\n3,"))) == (
        0,
        0,
        3,
        1,
    )
    assert titles(harness) == [long, long + "y"]


@pytest.mark.slow
def test_thousands_of_rows_of_one_title_take_no_time() -> None:
    harness = ImportHarness()
    rows = HEADER + "p,purpose,Better trains,,\n" + "".join(f"{n},objective,Same,p,\n" for n in range(1, 5001))
    harness.load(rows)
    start = time.perf_counter()
    found = harness.load(
        HEADER + "p,purpose,Better trains,,\n" + "".join(f"{n},objective,Same,p,\n" for n in range(2, 5002))
    )
    assert time.perf_counter() - start < 20
    assert report(found)[0] == 0
    assert len(harness.org.objectives) == 5000


@given(st.integers(0, 10**9), st.integers(0, 3), st.integers(0, 3))
def test_a_number_is_one_id_however_it_is_written(number: int, zeros: int, decimals: int) -> None:
    written = "0" * zeros + str(number) + ("." + "0" * decimals if decimals else "")
    assert canonical(written) == str(number)


@given(st.text())
def test_canonical_ids_stay_as_they_are(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


@given(st.from_regex(r"[1-9]\d{0,2}(\.[1-9]\d{0,2}){1,3}", fullmatch=True))
def test_the_numbers_of_an_outline_stay_apart(number: str) -> None:
    assert canonical(number) == number


@given(st.text(min_size=1))
def test_titles_that_differ_in_case_or_blanks_are_one(title: str) -> None:
    assert titled(f"  {title}  ") == titled(title)


def test_a_second_purpose_of_a_file_is_nothing_that_rows_hang_on_however_often_it_comes() -> None:
    harness = ImportHarness()
    sheet = "Row ID,Type,Title,Parent\nV,purpose,Be useful,\nM,purpose,Be loved,\nO,objective,Sell,M\n"
    first, again = harness.load(sheet), harness.load(sheet)
    assert (again.facts, harness.org.parents(harness.row("O").id)) == ([], [])
    assert first.report is not None
    assert again.report is not None
    assert [each.message for each in again.report.skipped] == [each.message for each in first.report.skipped]
