"""Units that a plan places with a name, a key and what is above them, and what becomes of those that are here."""

from __future__ import annotations

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import UnitFunction
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.plan import Plan, PlanFormat, PlanRow, PlanUnit, RowType
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import told


def goal(unit: str | None, id: str = "O") -> PlanRow:
    return PlanRow(id, f"line {id}", RowType.OBJECTIVE, f"Goal {id}", unit=unit)


def ways(harness: ImportHarness) -> list[str]:
    """The ways to all units but the root."""
    chains = [[each.name for each in harness.org.ancestors(id)] for id in harness.org.units]
    return sorted(" / ".join(reversed(chain[:-1])) for chain in chains if len(chain) > 1)


def owner(harness: ImportHarness, id: str = "O") -> str:
    unit = harness.row(id).owners[0]
    return " / ".join(reversed([each.name for each in harness.org.ancestors(unit)][:-1]))


def load(harness: ImportHarness, units: list[PlanUnit], *rows: PlanRow, **other: str) -> list[str]:
    return told(harness.imports(Plan(PlanFormat.JSON, list(rows), units=units), **other))


def made(harness: ImportHarness, name: str, parent: str | None = None) -> str:
    return harness.do(c.CreateUnit(name=name, parent=parent, function=UnitFunction.BUSINESS)).ids[0]


@pytest.fixture
def harness() -> ImportHarness:
    return ImportHarness()


def test_no_import_gives_goals_to_a_closed_unit(harness: ImportHarness) -> None:
    unit = made(harness, "Ops")
    harness.do(c.CloseUnit(unit=unit, successor=next(iter(harness.org.units))))
    with pytest.raises(Refused, match="closed"):
        load(harness, [], goal(None), unit=unit)


def test_units_that_a_file_places_are_made_whoever_names_them_and_persons_are_not(harness: ImportHarness) -> None:
    units = [PlanUnit("Crew", "Ops"), PlanUnit("Ops"), PlanUnit("Jane Roe", "Ops", person=True)]
    assert load(harness, units, goal(None)) == []
    assert ways(harness) == ["Ops", "Ops / Crew"]


def test_a_unit_that_cannot_be_one_is_told_also_where_no_row_names_it(harness: ImportHarness) -> None:
    (message,) = load(harness, [PlanUnit("x" * 501)], goal(None))
    assert "501 characters" in message
    assert ways(harness) == []


@pytest.mark.parametrize(("key", "name"), [(None, "Their Company"), ("0", "Their Company")])
def test_the_top_of_a_file_is_the_unit_of_the_import_or_the_root(
    harness: ImportHarness, key: str | None, name: str
) -> None:
    units = [PlanUnit(name, key=key, top=True), PlanUnit("Crew", key or name)]
    load(harness, units, goal(key or name))
    assert (ways(harness), owner(harness)) == (["Crew"], "")
    other = ImportHarness()
    load(other, units, goal(key or name), unit=made(other, "Ops"))
    assert (ways(other), owner(other)) == (["Ops", "Ops / Crew"], "Ops")


def test_a_unit_with_a_key_is_the_one_at_its_place(harness: ImportHarness) -> None:
    crew = made(harness, "Crew", made(harness, "East"))
    units = [PlanUnit("East"), PlanUnit("West"), PlanUnit("Crew", "East", key="e"), PlanUnit("Crew", "West", key="w")]
    load(harness, units, goal("e"), goal("w", "Q"))
    assert ways(harness) == ["East", "East / Crew", "West", "West / Crew"]
    assert (harness.row("O").owners, owner(harness, "Q")) == ([crew], "West / Crew")


def test_a_unit_without_a_key_is_the_only_one_of_its_name_wherever_the_file_has_it(harness: ImportHarness) -> None:
    made(harness, "Crew", made(harness, "East"))
    load(harness, [PlanUnit("West"), PlanUnit("Crew", "West")], goal("Crew"))
    assert (owner(harness), ways(harness)) == ("East / Crew", ["East", "East / Crew", "West"])


def test_of_two_units_of_a_name_the_file_means_the_one_at_its_place_or_none(harness: ImportHarness) -> None:
    for above in ("East", "West"):
        made(harness, "Crew", made(harness, above))
    load(harness, [PlanUnit("Crew", "West")], goal("Crew"))
    assert owner(harness) == "West / Crew"
    other = ImportHarness()
    for above in ("East", "West"):
        made(other, "Crew", made(other, above))
    (message,) = load(other, [PlanUnit("Crew")], goal("Crew"))
    assert "“Crew” may be" in message


def test_units_in_a_circle_are_below_the_root(harness: ImportHarness) -> None:
    load(harness, [PlanUnit("A", "B"), PlanUnit("B", "A")], goal("A"))
    assert len(ways(harness)) == 2
    assert owner(harness) in ("A", "B / A")


def test_what_a_new_unit_is_below_may_be_here_by_its_name_alone(harness: ImportHarness) -> None:
    made(harness, "Ops", made(harness, "East"))
    load(harness, [PlanUnit("Crew", "Ops")], goal("Crew"))
    assert ways(harness) == ["East", "East / Ops", "East / Ops / Crew"]


def test_what_has_the_name_of_the_root_and_is_below_the_files_own_top_is_another_unit(harness: ImportHarness) -> None:
    (root,) = harness.org.units.values()
    units = [PlanUnit("Their Company", top=True), PlanUnit(root.name, "Their Company")]
    load(harness, units, goal(root.name))
    assert (ways(harness), owner(harness)) == ([root.name], root.name)
    other = ImportHarness()
    load(other, [PlanUnit(root.name, "Their Company")], goal(root.name))
    assert other.row("O").owners == list(other.org.units)[:1]


def test_a_way_begins_at_what_the_file_called_so_and_is_made_below_it(harness: ImportHarness) -> None:
    load(harness, [], goal("East / Ops"), goal("Ops", "Q"), goal("Ops / Crew", "R"))
    assert [owner(harness, id) for id in "OQR"] == ["East / Ops", "East / Ops", "East / Ops / Crew"]


def test_a_unit_with_a_key_is_the_one_at_its_place_though_another_is_called_like_the_key(
    harness: ImportHarness,
) -> None:
    made(harness, "Sales")
    load(harness, [PlanUnit("East"), PlanUnit("Crew", "East", key="Sales")], goal("Sales"))
    assert owner(harness) == "East / Crew"


def test_a_unit_that_a_file_places_is_no_way_though_its_name_looks_like_one(harness: ImportHarness) -> None:
    made(harness, "D", made(harness, "R"))
    load(harness, [PlanUnit("R / D")], goal("R / D"))
    assert ways(harness) == ["R", "R / D", "R / D"]
    assert [each.name for each in harness.org.units.values()][-1] == "R / D"
    assert harness.row("O").owners == [list(harness.org.units)[-1]]


def test_a_unit_that_an_export_calls_by_its_id_is_that_one(harness: ImportHarness) -> None:
    crew = made(harness, "Crew", made(harness, "East"))
    load(harness, [], goal(f"East / Crew ({crew})"), goal(f"any words ({crew})", "Q"))
    assert harness.row("O").owners == harness.row("Q").owners == [crew]
    assert ways(harness) == ["East", "East / Crew"]


def test_what_is_called_like_the_root_is_at_its_place_where_there_are_several(harness: ImportHarness) -> None:
    (root,) = harness.org.units.values()
    made(harness, root.name, made(harness, "North"))
    units = [PlanUnit("Their Company", top=True), PlanUnit(root.name, "Their Company")]
    load(harness, units, goal(root.name))
    assert (owner(harness), len(harness.org.units)) == (root.name, 4)


def test_of_a_file_with_a_top_other_names_mean_what_is_here(harness: ImportHarness) -> None:
    (root,) = harness.org.units.values()
    ops = made(harness, "Ops")
    load(harness, [PlanUnit("Their Company", top=True), PlanUnit(root.name)], goal("Ops"), goal(root.name, "Q"))
    assert (harness.row("O").owners, harness.row("Q").owners) == ([ops], [root.id])


def test_a_spelling_that_meant_what_is_not_here_means_a_unit_anew(harness: ImportHarness) -> None:
    load(harness, [], goal("Ops"))
    harness.merge_bases["file"].units["ops"] = "unit_gone"
    load(harness, [], goal("Ops"), goal("ops", "Q"))
    assert owner(harness, "Q") == "Ops"


def test_a_unit_has_the_function_that_its_file_says_else_business(harness: ImportHarness) -> None:
    decision = harness.imports(
        Plan(
            PlanFormat.JSON,
            [goal("A"), goal("C", "Q")],
            units=[PlanUnit("A", function=UnitFunction.TECHNOLOGY), PlanUnit("B")],
        )
    )
    found = {each.name: each.function for each in harness.org.units.values() if each.parent is not None}
    assert found == {"A": UnitFunction.TECHNOLOGY, "B": UnitFunction.BUSINESS, "C": UnitFunction.BUSINESS}
    assert decision.report is not None
    assert decision.report.new_units == ["A", "B", "C"]
