"""Owners of a plan one by one: how many a text may name, and what stays of a row that names people, too."""

from __future__ import annotations

import pytest

from goldenthread.contracts.plan import Plan, PlanFormat, PlanRow, PlanUnit, RowType
from services.goals.domain.imports.owner_separation import separate_owners
from services.goals.domain.merge_base import MergeBase
from tests.unit.goals.import_harness import ImportHarness


def test_no_unit_is_made_of_a_person_who_owns_nothing_or_whom_the_file_calls_by_a_key() -> None:
    harness = ImportHarness()
    persons = [PlanUnit("anna@example.invalid"), PlanUnit("Ben", key="ben@example.invalid")]
    persons += [PlanUnit("Ann Roe", key="7", person=True), PlanUnit("carl@example.invalid", key="9")]
    harness.imports(Plan(PlanFormat.JSON, [PlanRow("o", "o", RowType.OBJECTIVE, "o", unit="7")], persons))
    (root,) = harness.org.units
    assert harness.row("o").owners == [root]


def test_of_a_row_that_names_only_units_nothing_is_said_when_another_names_a_person() -> None:
    harness, mail = ImportHarness(), "anna@example.invalid"
    rows = [
        PlanRow("w", "line 1", RowType.WHY, "w", unit="Ops", audience=["Ops", "Legal"]),
        PlanRow("o", "line 2", RowType.OBJECTIVE, "o", unit="Ops", invited=["Legal", "IT"]),
        PlanRow("p", "line 3", RowType.OBJECTIVE, "p", unit="Ops", invited=["Legal", mail]),
        PlanRow("q", "line 4", RowType.WHY, "q", unit="Ops", audience=[mail, "Legal"]),
    ]
    found = harness.imports(Plan(PlanFormat.JSON, rows)).report
    assert found is not None
    assert [each.row for each in found.skipped] == ["line 3", "line 4"]
    assert len(harness.row("w").audience) == len(harness.row("o").invited) == 2
    assert len(harness.row("p").invited) == len(harness.row("q").audience) == 1


@pytest.mark.parametrize(("number", "separate"), [(2, True), (100, True), (101, False)])
def test_a_text_names_a_hundred_units_at_most(number: int, separate: bool) -> None:
    names = [f"Unit {at}" for at in range(number)]
    rows = [PlanRow(name, name, RowType.OBJECTIVE, name, unit=name) for name in names]
    whole = PlanRow("A", "2", RowType.OBJECTIVE, "a", unit=", ".join(names))
    found = separate_owners(ImportHarness().org, Plan(PlanFormat.OKR_SHEET, [*rows, whole]), MergeBase())
    assert [found.plan.rows[-1].unit, *found.plan.rows[-1].co_owners] == (names if separate else [whole.unit])
    assert found.with_commas == []


def test_a_person_with_a_comma_is_not_called_a_unit() -> None:
    row = PlanRow("A", "2", RowType.OBJECTIVE, "a", unit="Schmidt, Anna")
    plan = Plan(PlanFormat.OKR_SHEET, [row], [PlanUnit("Schmidt, Anna", person=True)])
    found = separate_owners(ImportHarness().org, plan, MergeBase())
    assert (found.plan.rows[0].unit, found.with_commas) == (None, [])


@pytest.mark.parametrize(
    ("owner", "unit", "said_of_it"),
    [
        ("Trains, trams", "Trains, trams", {"unit": "Trains, trams", "co_owners": ""}),
        ("Ops, Anna Schmidt", "Ops", {"unit": "Ops"}),
        ("Anna Schmidt", None, {}),
    ],
)
def test_the_texts_of_a_row_are_kept_without_those_that_name_a_person(
    owner: str, unit: str | None, said_of_it: dict[str, str]
) -> None:
    row = PlanRow("A", "2", RowType.OBJECTIVE, "a", unit=owner, cells={"title": "a", "unit": owner, "co_owners": ""})
    plan = Plan(PlanFormat.OKR_SHEET, [row], [PlanUnit("Anna Schmidt", person=True)])
    (found,) = separate_owners(ImportHarness().org, plan, MergeBase()).plan.rows
    assert (found.unit, found.co_owners) == (unit, [])
    assert found.cells == {"title": "a", **said_of_it}
