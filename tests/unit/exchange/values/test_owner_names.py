"""Owners of a row of a sheet: several in one cell, as they are written back; and people, who are no units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread import exchange
from goldenthread.contracts.plan import Plan, PlanFormat, PlanRow, PlanUnit, RowType
from goldenthread.exchange.text.tidying import one_line
from goldenthread.exchange.values import owner_names


def read(heading: str, *cells: str) -> Plan:
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    rows = "".join(f"R{at},objective,o,{cell}\n" for at, cell in enumerate(quoted))
    return exchange.read(f"Row ID,Type,Title,{heading}\n{rows}")


@pytest.mark.parametrize(
    "cell", ["Ops\nSales", "Ops; Sales", "Ops | Sales", " Ops;;Sales;", "Ops\r\n\r\nSales\r\n", "Ops;Ops|Sales"]
)
def test_several_owners_stand_on_lines_or_between_semicolons_and_bars(cell: str) -> None:
    row = read("Team", cell).rows[0]
    assert (row.unit, row.co_owners) == ("Ops", ["Sales"])


def test_only_an_objective_has_several_owners() -> None:
    plan = exchange.read("Row ID,Type,Title,Team\nW,why,w,Ops; Sales\nK,kr,k,Ops|Sales|Depot\n")
    assert [(row.unit, row.co_owners) for row in plan.rows] == [("Ops", []), ("Ops", [])]
    assert [problem.message for problem in plan.problems] == [
        "taken with the first of its 2 owners: only an objective has several",
        "taken with the first of its 3 owners: only an objective has several",
    ]


def test_commas_are_left_for_those_who_know_the_units() -> None:
    assert read("Team", "Ops, Sales").rows[0].unit == "Ops, Sales"


def test_a_name_in_quotes_is_one_name() -> None:
    row = read("Team", '"Trains; Trams"; "R|D"; 5" Screens').rows[0]
    assert (row.unit, row.co_owners) == ("Trains; Trams", ["R|D", '5" Screens'])


@given(st.lists(st.text(max_size=10).map(one_line).filter(bool), max_size=5, unique=True))
def test_owners_that_are_written_are_read_back(names: list[str]) -> None:
    assert owner_names.split_owners("\n".join(map(owner_names.quote_owner, names))) == names


def test_owners_without_number_are_one_text() -> None:
    assert (
        len(owner_names.split_owners(";".join(f"u{at}" for at in range(owner_names.MAX_OWNERS))))
        == owner_names.MAX_OWNERS
    )
    assert len(owner_names.split_owners(";".join(f"u{at}" for at in range(owner_names.MAX_OWNERS + 1)))) == 1


PEOPLE = [
    *("lead.person@example.invalid", "Anna Schmidt <anna@example.invalid>", "@anna", "Anna Schmidt", "Schmidt, Anna"),
    *("A. Person", "Jean-Luc O'Neil", "Anna Maria de la Cruz", "Ludwig van Beethoven", "Dr. Eva Müller", "Zoë Åström"),
    *("anna.schmidt", "A.Schmidt", "OTTO MUSTER", "Ben Meyer"),
]
UNITS = [
    *("Ops", "Sales Team", "Customer Success", "IT", "IT OPS", "Human Resources", "Ops, Sales", "Team Rocket", "CRO"),
    *("Chief Revenue Officer", "Kundendienst Nord", "VP Sales", "Team 7", "Market Development", "People & Culture"),
    *("Public Affairs", "Board", "stations", "Quality Assurance Office", "Vertrieb Süd", "Leitung Betrieb", "R&D"),
]


@pytest.mark.parametrize(
    "heading", ["Owner", "Assignee", "Responsible", "Accountable", "Lead", "DRI", "Verantwortlich"]
)
def test_who_answers_for_a_row_may_be_a_person(heading: str) -> None:
    plan = read(heading, *PEOPLE, *UNITS)
    people = {unit.name for unit in plan.units if unit.person}
    assert people == {*PEOPLE}
    assert {unit.name for unit in plan.units if not unit.person} == {*UNITS}


def test_under_a_heading_of_units_only_an_e_mail_address_is_a_person() -> None:
    plan = read("Team", *PEOPLE, *UNITS)
    assert {unit.name for unit in plan.units if unit.person} == {each for each in PEOPLE if "@ex" in each}


def test_people_between_commas_are_people() -> None:
    plan = read("Owner", "Anna Schmidt, Ben Meyer", "Ops, Ben Meyer")
    people = {unit.name for unit in plan.units if unit.person}
    assert people == {"Anna Schmidt", "Ben Meyer"}


def test_beside_a_column_of_units_a_column_of_people_is_not_read_and_that_is_said() -> None:
    plan = exchange.read("Type,Title,Owner,Team,Lead\nobjective,o,A. Person,Ops,B. Person\n")
    assert plan.rows[0].unit == "Ops"
    assert plan.units == [PlanUnit("Ops")]
    assert plan.problems == []
    assert plan.notes == ["“Owner” and “Lead” were not read: “Team” says who owns a row"]


def test_a_unit_that_goes_by_a_key_is_written_with_the_way_to_it() -> None:
    units = [PlanUnit("Rail", top=True), PlanUnit("North", "Rail"), PlanUnit("Sales", "North", key="s1")]
    rows = [PlanRow("a", "", RowType.OBJECTIVE, "a", unit="s1", co_owners=["North"])]
    again = exchange.read(exchange.write(Plan(PlanFormat.JSON, rows, units)))
    assert (again.rows[0].unit, again.rows[0].co_owners) == ("Rail / North / Sales", ["North"])


def test_units_above_each_other_in_a_circle_are_written() -> None:
    units = [PlanUnit("a", "k", key="j"), PlanUnit("b", "j", key="k")]
    rows = [PlanRow("a", "", RowType.OBJECTIVE, "a", unit="k")]
    assert exchange.read(exchange.write(Plan(PlanFormat.JSON, rows, units))).rows[0].unit == "a / b"


@pytest.mark.parametrize("nobody", ["-", "–", "n/a", "N/A", "TBD", "?", "[To be determined]"])
def test_a_cell_that_says_nobody_makes_no_unit_of_that(nobody: str) -> None:
    plan = read("Team", nobody, f"Ops; {nobody}", f'"{nobody}"')
    assert [(row.unit, row.co_owners) for row in plan.rows] == [(None, []), ("Ops", []), (nobody, [])]
    assert ([unit.name for unit in plan.units], plan.problems) == (["Ops", nobody], [])
    assert read("Team", "NA").rows[0].unit == "NA"  # North America.


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#NV", "#BEZUG!", "#NAME?"])
def test_an_error_of_a_formula_is_no_owner_and_no_reason(error: str) -> None:
    plan = exchange.read(f"Row ID,Type,Title,Team,Parent,Because\nO,objective,o,{error},W,{error}\n")
    assert (plan.rows[0].unit, plan.units, plan.rows[0].parents[0].because) == (None, [], None)
    assert [problem.message for problem in plan.problems] == [
        f"taken without its owner: {error} is an error of a formula; write the name of a unit",
        f"taken without its because: {error} is an error of a formula; write the reason",
    ]
    assert plan.rows[0].cells is not None
    assert {"unit", "because"}.isdisjoint(plan.rows[0].cells)
