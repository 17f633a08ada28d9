"""Ways to units that begin at what a file called something, and units that a file places below others of its own."""

from __future__ import annotations

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import UnitFunction
from goldenthread.contracts.plan import Plan, PlanFormat, PlanRow, PlanUnit, RowType
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import told


def goal(unit: str, id: str = "O") -> PlanRow:
    return PlanRow(id, f"line {id}", RowType.OBJECTIVE, f"Goal {id}", unit=unit)


def load(harness: ImportHarness, *rows: PlanRow, units: list[PlanUnit] | None = None) -> list[str]:
    return told(harness.imports(Plan(PlanFormat.JSON, list(rows), units=units or [])))


def made(harness: ImportHarness, name: str, parent: str | None = None) -> str:
    return harness.do(c.CreateUnit(name=name, parent=parent, function=UnitFunction.BUSINESS)).ids[0]


def owner(harness: ImportHarness, id: str = "O") -> str:
    unit = harness.row(id).owners[0]
    return " / ".join(reversed([each.name for each in harness.org.ancestors(unit)][:-1]))


@pytest.fixture
def harness() -> ImportHarness:
    return ImportHarness()


def test_a_way_is_made_below_what_the_file_called_so_whatever_that_is_called_now(harness: ImportHarness) -> None:
    load(harness, goal("East"))
    load(harness, goal("East"), goal("East / Ops", "Q"), goal("East / Ops / Night", "R"))
    assert [owner(harness, id) for id in "QR"] == ["East / Ops", "East / Ops / Night"]
    harness.do(c.UpdateUnit(unit=harness.row("O").owners[0], name="Orient"))
    made(harness, "East")
    load(harness, goal("East"), goal("East / Depot", "S"))
    assert owner(harness, "S") == "Orient / Depot"


def test_a_way_that_may_begin_at_several_units_costs_its_row(harness: ImportHarness) -> None:
    for above in ("East", "West"):
        made(harness, "Crew", made(harness, above))
    (message,) = load(harness, goal("Crew / Night"), goal("Ops", "Q"))
    assert message.startswith("The unit “Crew” may be “Example / East / Crew” or “Example / West / Crew”")
    assert {each.name for each in harness.org.units.values()} == {"Example", "East", "West", "Crew", "Ops"}


@pytest.mark.parametrize("child_first", [True, False])
def test_a_unit_is_below_what_its_file_calls_by_a_key_though_another_is_called_like_that(
    harness: ImportHarness, child_first: bool
) -> None:
    made(harness, "k")
    units = [PlanUnit("Crew", "k"), PlanUnit("Ops", "North", key="k")]
    load(harness, goal("Crew"), units=units if child_first else units[::-1])
    assert owner(harness) == "North / Ops / Crew"


@pytest.mark.parametrize("child_first", [True, False])
def test_a_unit_is_below_the_only_one_of_the_name_that_its_file_gives_wherever_the_file_places_that(
    harness: ImportHarness, child_first: bool
) -> None:
    made(harness, "Ops", made(harness, "East"))
    units = [PlanUnit("Crew", "Ops"), PlanUnit("Ops", "North")]
    load(harness, goal("Crew"), units=units if child_first else units[::-1])
    assert owner(harness) == "East / Ops / Crew"
