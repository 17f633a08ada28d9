"""The units that a row names: its owner, who owns it too, and whom a why tells."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import CellOutcome as O
from goldenthread.contracts.enums import UnitFunction
from goldenthread.contracts.plan import Plan, PlanFormat, PlanRow, RowType
from services.goals.domain.decision import Decision
from services.goals.domain.merge_base import LONGEST
from services.goals.domain.validation import BULK
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import cells, quiet, rows, told

WHY = PlanRow("W", "line 2", RowType.WHY, "Grow", unit="Ops", audience=["Legal"])
GOAL = PlanRow("O", "line 3", RowType.OBJECTIVE, "Sell", unit="Ops", co_owners=["Legal"])
UNFIT = "x" * 501


def load(harness: ImportHarness, *rows: PlanRow, format: PlanFormat = PlanFormat.JSON, **other: Any) -> Decision:
    return harness.imports(Plan(format, list(rows)), **other)


def owners(harness: ImportHarness, row: str = "O") -> list[str]:
    return [harness.org.units[each].name for each in harness.org.owners(harness.row(row).id)]


def audience(harness: ImportHarness) -> list[str]:
    return [harness.org.units[each].name for each in harness.row("W").audience]


@pytest.fixture
def harness() -> ImportHarness:
    made = ImportHarness()
    load(made, WHY, GOAL)
    return made


# -- the owner ---------------------------------------------------------------------------------------------------------


def test_a_row_that_states_no_owner_keeps_it_and_an_emptied_cell_is_the_unit_of_the_import(
    harness: ImportHarness,
) -> None:
    load(harness, replace(GOAL, unit=None))
    assert owners(harness) == ["Ops", "Legal"]
    emptied = replace(GOAL, unit=None, co_owners=[], cells={"unit": "", "co_owners": ""})
    depot = harness.do(c.CreateUnit(name="Depot", function=UnitFunction.BUSINESS)).ids[0]
    load(harness, emptied, unit=depot)
    assert owners(harness) == ["Depot"]
    other = ImportHarness()
    for row in (GOAL, emptied):
        load(other, row)
    assert owners(other) == ["Example"]


def test_a_known_row_keeps_what_its_file_names_wrongly_and_that_is_said_once_each(harness: ImportHarness) -> None:
    goal = replace(GOAL, title="Sell more", unit=UNFIT, co_owners=["Depot", UNFIT])
    decision = load(harness, replace(WHY, title="Grow more", audience=[UNFIT]), goal)
    assert (owners(harness), audience(harness)) == (["Ops", "Legal"], ["Legal"])
    assert (harness.row("O").title, harness.row("W").title) == ("Sell more", "Grow more")
    reason = "unit has 501 characters; at most 500 fit."
    assert told(decision) == [
        f"Its audience were left as they are: {reason}",
        f"Its unit was left as it is: {reason}",
        f"Its co-owners were left as they are: {reason}",
    ]
    assert [len(each.notes) for each in rows(decision)] == [1, 2]


@pytest.mark.parametrize("row", [replace(WHY, row="N", audience=[UNFIT]), replace(GOAL, row="N", co_owners=[UNFIT])])
def test_a_new_row_that_names_units_wrongly_is_not_taken(harness: ImportHarness, row: PlanRow) -> None:
    assert [fact.payload for fact in load(harness, WHY, GOAL, row).facts] == []


@pytest.mark.parametrize("text", ["Ops", "ops", "", "Ops; Legal", None])
def test_the_text_of_an_owner_is_remembered_only_where_it_is_the_name_of_a_unit(text: str | None) -> None:
    harness = ImportHarness()
    stated = {} if text is None else {"unit": text}
    load(harness, replace(GOAL, unit="Ops", cells=stated), format=PlanFormat.OKR_SHEET)
    said = harness.merge_bases["file"].rows["O"].cells["unit"]
    assert said.value == harness.row("O").owners[0]
    assert said.text == (None if text in ("Ops; Legal", None) else text)


# -- co-owners ---------------------------------------------------------------------------------------------------------


def test_the_owner_is_no_co_owner(harness: ImportHarness) -> None:
    named = replace(GOAL, co_owners=["ops", "Legal", "Sales", "legal"])
    load(harness, named)
    assert owners(harness) == ["Ops", "Legal", "Sales"]
    assert quiet(load(harness, named))


def test_the_owner_that_a_goal_has_is_no_co_owner_of_a_row_that_states_none(harness: ImportHarness) -> None:
    named = replace(GOAL, unit=None, co_owners=["Ops", "Sales"])
    load(harness, named)
    assert owners(harness) == ["Ops", "Sales"]
    assert quiet(load(harness, named))
    assert cells(load(harness, named), "O") == {}


def test_a_row_without_an_owner_may_be_owned_by_others_too() -> None:
    harness = ImportHarness()
    load(harness, replace(GOAL, unit=None, co_owners=["Ops", "Example"]))
    assert owners(harness) == ["Example", "Ops"]


def test_co_owners_go_where_the_row_states_that_there_are_none(harness: ImportHarness) -> None:
    load(harness, replace(GOAL, co_owners=[]))
    assert owners(harness) == ["Ops", "Legal"]
    load(harness, replace(GOAL, co_owners=[], cells={"co_owners": ""}))
    assert owners(harness) == ["Ops"]


@pytest.mark.parametrize("unit", ["Ops", None])
def test_many_co_owners_are_known_again_by_what_they_meant_when_one_was_closed(unit: str | None) -> None:
    harness = ImportHarness()
    many = [f"Unit {at}" for at in range(LONGEST // 4)]
    named = replace(GOAL, unit=unit, co_owners=["Ops", *many])
    load(harness, named)
    assert harness.merge_bases["file"].rows["O"].cells["co_owners"].value.startswith("sha256:")
    units = {each.name: each.id for each in harness.org.units.values()}
    harness.do(c.CloseUnit(unit=units["Unit 3"], successor=units["Unit 4"]))
    harness.do(c.UpdateObjective(objective=harness.row("O").id, owners=[harness.row("O").owners[0], units["Unit 5"]]))
    assert cells(load(harness, named), "O") == {"co_owners": O.LEFT}
    assert cells(load(harness, replace(named, co_owners=["Ops", *many[1:]])), "O") == {"co_owners": O.CONFLICT}


def test_many_co_owners_say_what_they_said_when_one_of_them_took_over_from_the_owner() -> None:
    harness = ImportHarness()
    named = replace(GOAL, co_owners=[f"Unit {at}" for at in range(LONGEST // 4)])
    load(harness, named)
    units = {each.name: each.id for each in harness.org.units.values()}
    harness.do(c.CloseUnit(unit=units["Ops"], successor=units["Unit 3"]))
    assert owners(harness)[0] == "Unit 3"
    harness.do(c.UpdateObjective(objective=harness.row("O").id, owners=[units["Unit 3"], units["Unit 5"]]))
    assert cells(load(harness, named), "O") == {"co_owners": O.LEFT}


# -- the audience ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "other", "told_to"),
    [("Sales", {}, "Sales"), (None, {}, "Ops"), (UNFIT, {}, "Ops"), (None, {"unit": ""}, "Example")],
    ids=["another owner", "no owner stated", "an owner that cannot be one", "the owner emptied, too"],
)
def test_a_why_of_which_the_audience_is_emptied_is_told_to_its_own_unit(
    harness: ImportHarness, unit: str | None, other: dict[str, str], told_to: str
) -> None:
    load(harness, replace(WHY, unit=unit, audience=[], cells={"audience": "", **other}), GOAL)
    assert audience(harness) == owners(harness, "W") == [told_to]


def test_a_new_why_without_an_audience_is_told_to_its_own_unit() -> None:
    for unit, told_to in (("Ops", "Ops"), (None, "Example")):
        harness = ImportHarness()
        load(harness, replace(WHY, unit=unit, audience=[]))
        assert audience(harness) == [told_to]


def test_an_audience_has_the_owner_in_it_where_it_is_named_and_units_that_took_over(harness: ImportHarness) -> None:
    load(harness, replace(WHY, audience=["Ops", "Legal", "ops"]))
    assert audience(harness) == ["Ops", "Legal"]
    units = {each.name: each.id for each in harness.org.units.values()}
    harness.do(c.CloseUnit(unit=units["Legal"], successor=units["Example"]))
    assert quiet(load(harness, replace(WHY, audience=["Ops", "Legal"])))


def test_a_row_that_names_more_units_than_a_command_takes_says_where() -> None:
    many = [f"Unit {at}" for at in range(BULK + 1)]
    harness = ImportHarness()
    decision = load(harness, replace(WHY, audience=many), replace(GOAL, co_owners=many))
    limit = f"names {BULK + 1}; send at most {BULK} at a time."
    assert told(decision) == [f"audience {limit}", f"coOwners {limit}"]
    assert not harness.org.whys
