"""Owners in a sheet: several in one cell are units each, one unit is never made of several, and none of a person."""

from __future__ import annotations

import msgspec
import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import UnitFunction
from goldenthread.contracts.plan import Plan, PlanFormat, PlanRow, PlanUnit, RowType
from goldenthread.exchange import read, write
from tests.unit.goals.import_harness import ImportHarness, report

HEADER = "Row ID,Type,Title,Parent,Owner\nP,purpose,Better trains,,\n"


def owners(harness: ImportHarness, title: str) -> list[str]:
    (goal,) = [each for each in harness.org.objectives.values() if each.title == title]
    return [harness.org.units[id].name for id in goal.owners]


def said(harness: ImportHarness, rows: str, **other: object) -> list[str]:
    found = harness.load(HEADER + rows, **other).report
    assert found is not None
    return [each.message for each in found.skipped]


def warned(harness: ImportHarness, rows: str) -> list[str]:
    return [each.message for each in harness.load(HEADER + rows).warnings]


def units(harness: ImportHarness) -> set[str]:
    return {each.name for each in harness.org.units.values()} - {"Example"}


def test_a_comma_separates_units_that_are_named_elsewhere() -> None:
    harness = ImportHarness()
    assert said(harness, 'A,objective,a,P,"Ops, Sales"\nB,objective,b,P,Sales\nC,objective,c,P,"Depot; Ops"\n') == []
    assert owners(harness, "a") == ["Ops", "Sales"]
    assert units(harness) == {"Ops", "Sales", "Depot"}


def test_a_comma_separates_units_that_are_known_here() -> None:
    harness = ImportHarness()
    said(harness, "A,objective,a,P,Ops\nB,objective,b,P,North / Sales\n", source="another")
    assert said(harness, 'C,objective,c,P,"sales, OPS"\nD,objective,d,P,"North / Sales, Ops"\n') == []
    assert owners(harness, "c") == ["Sales", "Ops"]
    assert owners(harness, "d") == ["Sales", "Ops"]


def test_a_name_with_a_comma_is_one_unit_and_that_is_said_once() -> None:
    harness = ImportHarness()
    rows = 'A,objective,a,P,"Trains, trams"\nB,objective,b,P,"trains, trams"\nC,objective,c,P,Trams\n'
    (warning,) = warned(harness, rows)
    assert warning == (
        "Taken as the name of one unit each: “Trains, trams”. If several units are meant, put “;” between them."
    )
    assert units(harness) == {"Trains, trams", "Trams"}
    assert (warned(harness, rows), said(harness, rows)) == ([], [])


def test_no_unit_is_made_of_a_person_and_nothing_remembers_one() -> None:
    harness = ImportHarness()
    names = ("anna@example.invalid", "Anna Schmidt", "@anna", "A. Person")
    rows = "".join(f"R{at},objective,{at},P,{name}\n" for at, name in enumerate(names))
    decision = harness.load(HEADER + rows)
    assert report(decision) == (5, 0, 0, 4)
    assert units(harness) == set()
    assert owners(harness, "0") == owners(harness, "1") == ["Example"]
    kept = msgspec.json.encode([[fact.payload for fact in decision.facts], decision.remembered]).decode()
    assert not any(name in kept.casefold() for name in ("anna", "schmidt", "person@"))
    assert harness.load(HEADER + rows).facts == []


def test_an_e_mail_address_is_no_unit_in_any_format() -> None:
    harness, mail = ImportHarness(), "anna@example.invalid"
    rows = [
        PlanRow("w", "w", RowType.WHY, "w", unit=mail, audience=[mail, "Ops"]),
        PlanRow("o", "o", RowType.OBJECTIVE, "o", unit="Ops", co_owners=[mail], invited=[mail]),
    ]
    plan = Plan(PlanFormat.JSON, rows, [PlanUnit(mail), PlanUnit("Ops")])
    assert report(harness.imports(plan)) == (2, 0, 0, 4)
    assert units(harness) == {"Ops"}


def test_a_person_beside_units_is_left_out_of_them() -> None:
    harness = ImportHarness()
    messages = said(harness, 'A,objective,a,P,"Ops, Anna Schmidt"\nB,objective,b,P,Ben Meyer; Sales; Depot\n')
    assert len(messages) == 2
    assert owners(harness, "a") == ["Ops"]
    assert owners(harness, "b") == ["Sales", "Depot"]
    assert units(harness) == {"Ops", "Sales", "Depot"}


def test_a_unit_that_is_called_like_a_person_is_taken_where_there_is_one() -> None:
    harness = ImportHarness()
    said(harness, "A,objective,a,P,Ada Lovelace Team\n")
    harness.load("Row ID,Type,Title,Parent,Team\nB,objective,b,,Ada Lovelace\n", source="another")
    assert said(harness, "C,objective,c,P,ada lovelace\n") == []
    assert owners(harness, "c") == ["Ada Lovelace"]


def test_a_spelling_that_looks_like_a_person_means_the_unit_that_it_meant_before_that_was_renamed() -> None:
    harness = ImportHarness()
    unit = harness.do(c.CreateUnit(name="Ada Lovelace", function=UnitFunction.BUSINESS)).ids[0]
    said(harness, "A,objective,a,P,Ada Lovelace\n")
    harness.do(c.UpdateUnit(unit=unit, name="Engines"))
    assert said(harness, 'B,objective,b,P,ada lovelace\nC,objective,c,P,"Ops, Ada Lovelace"\nD,why,d,P,Ops\n') == []
    assert (owners(harness, "b"), owners(harness, "c")) == (["Engines"], ["Ops", "Engines"])


def test_an_owner_that_is_a_person_now_leaves_the_unit_as_it_is() -> None:
    harness = ImportHarness()
    said(harness, "A,objective,a,P,Ops\n")
    assert len(said(harness, "A,objective,aa,P,Anna Schmidt\n")) == 1
    assert owners(harness, "aa") == ["Ops"]


@pytest.mark.parametrize("beside", ["", "B,objective,b,P,Anna Schmidt\n"], ids=["alone", "beside a person"])
def test_a_goal_of_which_the_owner_is_emptied_goes_to_the_root(beside: str) -> None:
    harness = ImportHarness()
    for owner, expected in (("Ops", "Ops"), ("", "Example")):
        said(harness, f"A,objective,a,P,{owner}\n{beside}")
        assert owners(harness, "a") == [expected]


def test_what_has_one_owner_has_the_first_unit_and_is_told_of_others_only() -> None:
    harness = ImportHarness()
    messages = said(harness, 'A,why,a,P,"Ops, Anna Schmidt"\nB,why,b,P,"Sales, Ops"\nC,why,c,P,Sales\nD,why,d,P,Ops\n')
    assert messages == [
        "Its owner looks like a person, and units own goals: it was taken without. Name a unit.",
        "Taken with the first of its 2 owners: only an objective has several.",
    ]
    assert [harness.org.units[harness.row(row).unit].name for row in "ABC"] == ["Ops", "Sales", "Sales"]


def test_what_a_sheet_says_of_its_owners_is_read_from_what_it_writes() -> None:
    harness = ImportHarness()
    plan = read(HEADER + 'A,objective,a,P,"North / Sales\n""Trains; Trams"""\n')
    harness.imports(plan)
    assert owners(harness, "a") == ["Sales", "Trains; Trams"]
    assert harness.imports(read(write(plan), PlanFormat.OKR_SHEET)).facts == []
