"""Which source a file is of: nothing is made twice because it was renamed, and no plan is written over another one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread import exchange
from goldenthread.contracts.plan import PlanRow
from services.goals.domain.imports import source_matching
from services.goals.domain.imports.row_matching import titled
from tests.unit.goals.import_harness import ImportHarness

ROWS = {"W": "Trust the timetable", "O": "Explain", "K": "Delays explained", "L": "Calls"}


def sheet(rows: dict[str, str]) -> list[PlanRow]:
    lines = "".join(f"{row},objective,{title}\n" for row, title in rows.items())
    return exchange.read("Row ID,Type,Title\nP,purpose,Better trains\n" + lines).rows


def found(
    rows: dict[str, str], remembered: dict[str, dict[str, str]], name: str | None = "plan.csv"
) -> source_matching.SourceMatch:
    return source_matching.candidates(ImportHarness().org, sheet(rows), remembered, name)


def test_a_file_that_was_renamed_is_of_the_source_it_shares_its_rows_with() -> None:
    assert found(ROWS, {"trains": ROWS}, "download (3).csv") == source_matching.SourceMatch("trains")
    half = {"W": ROWS["W"], "O": ROWS["O"], "X": "New", "Y": "Newer"}
    assert found(half, {"trains": ROWS, "else": {"Q": "q"}}, "other.csv").source == "trains"
    less = half | {"Z": "Newest"}
    assert found(less, {"trains": ROWS}, "other.csv").source == "other"


def test_titles_are_compared_without_case_and_ids_as_spreadsheets_leave_them() -> None:
    assert (
        found({"1.0": "EXPLAIN", "02": "calls"}, {"trains": {"1": "Explain", "2": "Calls"}}, "x.csv").source == "trains"
    )


def test_a_long_title_is_known_as_it_is_remembered() -> None:
    assert found({"O": "x" * 400}, {"trains": {"O": titled("x" * 400)}}, "y.csv").source == "trains"


def test_between_two_sources_somebody_is_asked() -> None:
    assert found(ROWS, {"b": ROWS, "a": ROWS, "c": {"O": "Else"}}) == source_matching.SourceMatch(None, ["a", "b"])


def test_the_purpose_and_measures_with_common_names_do_not_make_two_plans_one() -> None:
    assert found(
        {"O": "Repair", "K": "Calls"}, {"theirs": {"P": "Better trains", "O": "Explain", "K": "Calls"}}
    ).source == ("plan")


def test_the_same_ids_with_other_titles_are_another_plan_and_that_is_said() -> None:
    first = found({"O": "Repair"}, {"plan": {"O": "Explain"}})
    assert first.source == "plan 2"
    assert "“plan” is another plan here" in first.notes[0]
    assert "--source" in first.notes[0]
    assert found({"O": "Sing"}, {"plan": {"O": "Explain"}, "plan 2": {"O": "Repair"}}).source == "plan 3"
    assert found({"O": "Repair"}, {"plan": {"O": "Explain"}, "plan 2": {"O": "Repair"}}).source == "plan 2"


def test_a_plan_of_which_half_the_titles_are_new_is_still_the_plan_of_its_name() -> None:
    changed = ROWS | {"O": "Explain everything", "K": "All delays explained"}
    assert found(changed, {"plan": ROWS}) == source_matching.SourceMatch("plan")


def test_a_name_without_a_common_id_is_simply_used() -> None:
    assert found({"T": "Call ahead"}, {"plan": ROWS}) == source_matching.SourceMatch("plan")


def test_a_row_put_into_an_outline_does_not_make_it_another_plan() -> None:
    was = {str(at): f"Goal {at}" for at in range(1, 9)}
    now = {"1": "New"} | {str(at + 1): f"Goal {at}" for at in range(1, 9)}
    assert found(now, {"plan": was}) == source_matching.SourceMatch("plan")
    renamed = found(now, {"trains": was}, "renamed.csv")
    assert renamed.source == "trains"
    (note,) = renamed.notes
    assert "“renamed” has titles of “trains” under other row ids" in note
    assert "--source" in note


def test_an_export_is_a_source_of_its_own() -> None:
    harness = ImportHarness()
    harness.load("Row ID,Type,Title\nP,purpose,Better trains\nO,objective,Explain\nQ,objective,Listen\n")
    rows = sheet(dict.fromkeys(harness.org.objectives, "Edited") | {"N": "New"})
    remembered = {"file": {"O": "Explain", "Q": "Listen"}}
    assert source_matching.candidates(harness.org, rows, remembered, "plan.csv").source == source_matching.EXPORT


@pytest.mark.parametrize(
    "name",
    [
        *("plan.csv", "plan (1).csv", "plan (12).xlsx", "plan - Copy.csv", "plan - Copy (2).csv", "plan-copy.csv"),
        *("Copy of plan.csv", "Copy (2) of plan.csv", "plan - Kopie.csv", "plan (Kopie).csv", "plan(Kopie 2).csv"),
        *("Kopie von plan.csv", "plan copy 2.csv", "plan (1) (2).csv", "dir/plan.csv", "C:\\dir\\plan.csv", "plan"),
    ],
)
def test_what_downloads_and_copies_add_to_a_name_is_no_part_of_it(name: str) -> None:
    assert source_matching.source_of(name) == "plan"


def test_names_that_only_look_like_copies_stay() -> None:
    assert source_matching.source_of("Photocopy.csv") == "Photocopy"
    assert source_matching.source_of("plan 2026.csv") == "plan 2026"
    assert source_matching.source_of("(1).csv") == "(1)"
    assert source_matching.source_of(None) == source_matching.source_of("") == "plan"


@given(st.text())
def test_a_source_of_any_name_is_one_short_line_without_a_slash(name: str) -> None:
    source = source_matching.source_of(name)
    assert source == " ".join(source.split()) != ""
    assert "/" not in source
    assert len(source) <= 100


plans = st.dictionaries(
    st.sampled_from("ABCDEFGH"), st.sampled_from(["Grow", "Sell", "Hire", "Ship", "Learn"]), min_size=1
)


@given(st.lists(plans, max_size=6))
def test_plans_of_departments_that_call_their_files_alike_never_mix(files: list[dict[str, str]]) -> None:
    remembered: dict[str, dict[str, str]] = {}
    for rows in files:
        which = found(rows, remembered)
        if which.source is None:
            assert len(which.candidates) > 1
            continue
        before = remembered.get(which.source, {})
        shared = rows.keys() & before.keys()
        same = [row for row in shared if rows[row] == before[row]]
        moved = [row for row in rows if rows[row] in before.values()]
        assert 2 * len(same) >= len(shared) or 2 * len(moved) >= len(rows)
        remembered[which.source] = before | rows
