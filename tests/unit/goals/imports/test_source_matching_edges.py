"""How much a file must share with a source to be of it: half of its rows, and how that is counted."""

from __future__ import annotations

import pytest

from goldenthread.contracts.plan import PlanRow, RowType
from services.goals.domain.imports import source_matching
from services.goals.domain.imports.source_matching import EXPORT, SourceMatch, source_of
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import load

PURPOSE = PlanRow("P", "line 1", RowType.PURPOSE, "Better trains")


def found(
    rows: dict[str, str], remembered: dict[str, dict[str, str]], name: str = "plan.csv", *, of: ImportHarness
) -> SourceMatch:
    said = [PlanRow(row, f"line {row}", RowType.OBJECTIVE, title) for row, title in rows.items()]
    return source_matching.candidates(of.org, [PURPOSE, *said], remembered, name)


@pytest.fixture
def empty() -> ImportHarness:
    return ImportHarness()


@pytest.mark.parametrize(("others", "source"), [(1, EXPORT), (2, "plan"), (3, "plan")])
def test_an_export_has_more_goals_of_this_organization_than_other_rows(others: int, source: str) -> None:
    harness = ImportHarness()
    load(harness)
    here = {harness.row(row).id: f"Goal {row}" for row in "OK"}
    new = {f"N{at}": f"New {at}" for at in range(others)}
    assert found(here | new, {}, of=harness).source == source


@pytest.mark.parametrize(("retitled", "source"), [(1, "trains"), (2, "other"), (3, "other")])
def test_as_many_other_titles_under_its_ids_make_a_file_another_plan(
    empty: ImportHarness, retitled: int, source: str
) -> None:
    was = {str(at): f"Goal {at}" for at in range(4)}
    now = was | {str(at): f"Other {at}" for at in range(retitled)}
    assert found(now, {"trains": was}, "other.csv", of=empty).source == source


@pytest.mark.parametrize(
    ("moved", "new", "source"), [(2, 0, "other"), (3, 0, "trains"), (3, 3, "trains"), (3, 4, "other"), (4, 4, "trains")]
)
def test_titles_under_other_ids_make_a_renamed_file_the_next_version_where_they_are_half_and_no_few(
    empty: ImportHarness, moved: int, new: int, source: str
) -> None:
    was = {f"A{at}": f"Goal {at}" for at in range(moved)}
    now = {f"B{at}": f"Goal {at}" for at in range(moved)} | {f"N{at}": f"New {at}" for at in range(new)}
    match = found(now, {"trains": was}, "other.csv", of=empty)
    assert (match.source, len(match.notes)) == (source, source == "trains")


def test_between_two_sources_with_its_titles_somebody_is_asked(empty: ImportHarness) -> None:
    titles = [f"Goal {at}" for at in range(3)]
    b, a, now = ({f"{id}{at}": title for at, title in enumerate(titles)} for id in "BAN")
    assert found(now, {"b": b, "a": a, "c": {"X": "Else"}}, of=empty) == SourceMatch(None, ["a", "b"])


def test_a_file_of_a_known_name_is_of_no_other_source_for_its_titles(empty: ImportHarness) -> None:
    was = {f"A{at}": f"Goal {at}" for at in range(3)}
    now = {f"B{at}": f"Goal {at}" for at in range(3)}
    assert found(now, {"trains": was, "plan": {"X": "Else"}}, of=empty) == SourceMatch("plan")


@pytest.mark.parametrize(("moved", "source"), [(1, "plan 2"), (2, "plan"), (3, "plan")])
def test_a_plan_of_which_half_the_titles_stand_under_other_ids_is_the_plan_of_its_name(
    empty: ImportHarness, moved: int, source: str
) -> None:
    was = {str(at): f"Goal {at}" for at in range(4)}
    now = {str(at): f"Goal {at - 1}" if 0 < at <= moved else f"New {at}" for at in range(4)}
    assert found(now, {"plan": was}, of=empty).source == source


@pytest.mark.parametrize(("same", "source"), [(1, "plan 2"), (2, "plan")])
def test_a_plan_of_its_name_has_as_many_titles_under_their_ids_as_others(
    empty: ImportHarness, same: int, source: str
) -> None:
    was = {str(at): f"Goal {at}" for at in range(4)}
    now = {str(at): f"Goal {at}" if at < same else f"New {at}" for at in range(4)}
    assert found(now | {f"N{at}": f"Newer {at}" for at in range(4)}, {"plan": was}, of=empty).source == source


def test_a_file_of_a_purpose_alone_is_of_the_source_of_its_name(empty: ImportHarness) -> None:
    assert found({}, {"trains": {"P": "Better trains"}}, of=empty) == SourceMatch("plan")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("x" * 150 + ".csv", "x" * 100),
        ("x" * 99 + " (1).csv", "x" * 99),
        ("x" * 99 + "  y.csv", "x" * 99),
        (".csv", ".csv"),
        ("plan.of.2026.csv", "plan.of.2026"),
        ("a\tb.csv", "a b"),
    ],
)
def test_a_name_is_one_line_of_a_hundred_characters(name: str, source: str) -> None:
    assert source_of(name) == source
