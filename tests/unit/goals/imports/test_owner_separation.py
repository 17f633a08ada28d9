"""Owners in a sheet: several in one cell are units each, one unit is never made of several, and none of a person."""

from __future__ import annotations

import msgspec

from goldenthread.contracts.plan import Plan, PlanFormat, PlanRow, PlanUnit, RowType
from goldenthread.exchange import read, write
from tests.unit.goals.desk import Desk, report

HEADER = "Row ID,Type,Title,Parent,Owner\nP,purpose,Better trains,,\n"


def owners(desk: Desk, title: str) -> list[str]:
    (goal,) = [each for each in desk.org.objectives.values() if each.title == title]
    return [desk.org.units[id].name for id in goal.owners]


def said(desk: Desk, rows: str, **other: object) -> list[str]:
    found = desk.load(HEADER + rows, **other).report
    assert found is not None
    return [each.message for each in found.skipped]


def warned(desk: Desk, rows: str) -> list[str]:
    return [each.message for each in desk.load(HEADER + rows).warnings]


def units(desk: Desk) -> set[str]:
    return {each.name for each in desk.org.units.values()} - {"Example"}


def test_a_comma_separates_units_that_are_named_elsewhere() -> None:
    desk = Desk()
    assert said(desk, 'A,objective,a,P,"Ops, Sales"\nB,objective,b,P,Sales\nC,objective,c,P,"Depot; Ops"\n') == []
    assert owners(desk, "a") == ["Ops", "Sales"]
    assert units(desk) == {"Ops", "Sales", "Depot"}


def test_a_comma_separates_units_that_are_known_here() -> None:
    desk = Desk()
    said(desk, "A,objective,a,P,Ops\nB,objective,b,P,North / Sales\n", source="another")
    assert said(desk, 'C,objective,c,P,"sales, OPS"\nD,objective,d,P,"North / Sales, Ops"\n') == []
    assert owners(desk, "c") == ["Sales", "Ops"]
    assert owners(desk, "d") == ["Sales", "Ops"]


def test_a_name_with_a_comma_is_one_unit_and_that_is_said_once() -> None:
    desk = Desk()
    rows = 'A,objective,a,P,"Trains, trams"\nB,objective,b,P,"trains, trams"\nC,objective,c,P,Trams\n'
    (warning,) = warned(desk, rows)
    assert warning == (
        "Taken as the name of one unit each: “Trains, trams”. If several units are meant, put “;” between them."
    )
    assert units(desk) == {"Trains, trams", "Trams"}
    assert (warned(desk, rows), said(desk, rows)) == ([], [])


def test_no_unit_is_made_of_a_person_and_nothing_remembers_one() -> None:
    desk = Desk()
    names = ("anna@example.invalid", "Anna Schmidt", "@anna", "A. Person")
    rows = "".join(f"R{at},objective,{at},P,{name}\n" for at, name in enumerate(names))
    decision = desk.load(HEADER + rows)
    assert report(decision) == (5, 0, 0, 4)
    assert units(desk) == set()
    assert owners(desk, "0") == owners(desk, "1") == ["Example"]
    kept = msgspec.json.encode([[fact.payload for fact in decision.facts], decision.remembered]).decode()
    assert not any(name in kept.casefold() for name in ("anna", "schmidt", "person@"))
    assert desk.load(HEADER + rows).facts == []


def test_an_e_mail_address_is_no_unit_in_any_format() -> None:
    desk, mail = Desk(), "anna@example.invalid"
    rows = [
        PlanRow("w", "w", RowType.WHY, "w", unit=mail, audience=[mail, "Ops"]),
        PlanRow("o", "o", RowType.OBJECTIVE, "o", unit="Ops", co_owners=[mail], invited=[mail]),
    ]
    plan = Plan(PlanFormat.JSON, rows, [PlanUnit(mail), PlanUnit("Ops")])
    assert report(desk.imports(plan)) == (2, 0, 0, 4)
    assert units(desk) == {"Ops"}


def test_a_person_beside_units_is_left_out_of_them() -> None:
    desk = Desk()
    messages = said(desk, 'A,objective,a,P,"Ops, Anna Schmidt"\nB,objective,b,P,Ben Meyer; Sales; Depot\n')
    assert len(messages) == 2
    assert owners(desk, "a") == ["Ops"]
    assert owners(desk, "b") == ["Sales", "Depot"]
    assert units(desk) == {"Ops", "Sales", "Depot"}


def test_a_unit_that_is_called_like_a_person_is_taken_where_there_is_one() -> None:
    desk = Desk()
    said(desk, "A,objective,a,P,Ada Lovelace Team\n")
    desk.load("Row ID,Type,Title,Parent,Team\nB,objective,b,,Ada Lovelace\n", source="another")
    assert said(desk, "C,objective,c,P,ada lovelace\n") == []
    assert owners(desk, "c") == ["Ada Lovelace"]


def test_an_owner_that_is_a_person_now_leaves_the_unit_as_it_is() -> None:
    desk = Desk()
    said(desk, "A,objective,a,P,Ops\n")
    assert len(said(desk, "A,objective,aa,P,Anna Schmidt\n")) == 1
    assert owners(desk, "aa") == ["Ops"]


def test_what_a_sheet_says_of_its_owners_is_read_from_what_it_writes() -> None:
    desk = Desk()
    plan = read(HEADER + 'A,objective,a,P,"North / Sales\n""Trains; Trams"""\n')
    desk.imports(plan)
    assert owners(desk, "a") == ["Sales", "Trains; Trams"]
    assert desk.imports(read(write(plan), PlanFormat.OKR_SHEET)).facts == []
