"""The units that a file names: by name, by the way to them, as they were understood before; never one of several."""

from __future__ import annotations

import time
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.contracts.commands import CloseUnit, CreateUnit, OpenCycle, UpdateObjective, UpdateUnit
from goldenthread.contracts.enums import ConflictChoice, UnitFunction
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.plan import Plan, PlanFormat, PlanRow, PlanUnit, RowType
from tests.unit.goals.import_harness import ImportHarness, report

DAY = date(2026, 1, 1)
HEADER = "Row ID,Type,Title,Parent,Team\nP,purpose,Better trains,,\n"


def unit(harness: ImportHarness, name: str, parent: str | None = None) -> str:
    return harness.do(CreateUnit(name=name, parent=parent, function=UnitFunction.BUSINESS)).ids[0]


def owner(harness: ImportHarness, title: str) -> str:
    """The way to the unit that owns a goal."""
    (goal,) = [each for each in harness.org.objectives.values() if each.title == title]
    return " / ".join(reversed([each.name for each in harness.org.ancestors(goal.owners[0])]))


def said(harness: ImportHarness, rows: str, **other: object) -> str:
    found = harness.load(HEADER + rows, **other).report
    assert found is not None
    return "\n".join(each.message for each in found.skipped)


def two_crews(harness: ImportHarness) -> tuple[str, str]:
    return unit(harness, "Crew", unit(harness, "East")), unit(harness, "Crew", unit(harness, "West"))


def test_a_name_that_two_units_bear_means_neither_and_the_ways_to_them_are_said() -> None:
    harness = ImportHarness()
    two_crews(harness)
    messages = said(harness, "A,objective,a,P,Crew\nB,objective,b,P,West / Crew\nC,objective,c,P,east > CREW\n")
    assert "“Crew” may be “Example / East / Crew” or “Example / West / Crew”" in messages
    assert [each.title for each in harness.org.objectives.values()] == ["b", "c"]
    assert (owner(harness, "b"), owner(harness, "c")) == ("Example / West / Crew", "Example / East / Crew")


def test_a_known_row_keeps_its_unit_where_its_name_means_two_now() -> None:
    harness = ImportHarness()
    said(harness, "A,objective,a,P,Ops\n")
    two_crews(harness)
    assert "may be" in said(harness, "A,objective,aa,P,Crew\n")
    assert owner(harness, "aa") == "Example / Ops"


def test_ways_are_made_below_what_is_there_and_bare_names_mean_what_they_made() -> None:
    harness = ImportHarness()
    rail = unit(harness, "Rail")
    messages = said(
        harness,
        "A,objective,a,P,Ops\nB,objective,b,P,Rail > Ops > Stations\nC,objective,c,P,Rail / Ops / Depot\n"
        "D,objective,d,P,Rail → Ops\nE,objective,e,P,New › Lab\nF,objective,f,P,Rail » Ops » Depot\n"
        "G,objective,g,P,New \\ Lab\n",
    )
    assert messages == ""
    assert [owner(harness, each) for each in "abcdefg"] == [
        "Example / Rail / Ops",
        "Example / Rail / Ops / Stations",
        "Example / Rail / Ops / Depot",
        "Example / Rail / Ops",
        "Example / New / Lab",
        "Example / Rail / Ops / Depot",
        "Example / New / Lab",
    ]
    assert len(harness.org.units) == 7
    assert rail in harness.org.units


def test_a_way_may_begin_at_the_root_and_a_name_may_have_a_slash() -> None:
    harness = ImportHarness()
    unit(harness, "R / D")
    said(harness, "A,objective,a,P,Example / Ops\nB,objective,b,P,R / D\nC,objective,c,P,R/D\n")
    assert (owner(harness, "a"), owner(harness, "b"), owner(harness, "c")) == (
        "Example / Ops",
        "Example / R / D",
        "Example / R/D",
    )


def test_a_way_of_which_a_part_cannot_be_a_name_costs_its_rows_and_makes_nothing() -> None:
    harness = ImportHarness()
    messages = said(harness, f"A,objective,a,P,New / {'x' * 501}\nB,objective,b,P,Ops\n")
    assert "501 characters" in messages
    assert {each.name for each in harness.org.units.values()} == {"Example", "Ops"}


def test_a_spelling_means_what_it_meant_after_the_unit_was_renamed_or_closed() -> None:
    harness = ImportHarness()
    said(harness, "A,objective,a,P,Ops\n")
    (ops,) = [each.id for each in harness.org.units.values() if each.name == "Ops"]
    harness.do(UpdateUnit(unit=ops, name="Operations"))
    unit(harness, "Ops")
    said(harness, "A,objective,a,P,Ops\nB,objective,b,P,OPS\n")
    assert owner(harness, "b") == "Example / Operations"
    assert harness.load(HEADER + "A,objective,a,P,Ops\nB,objective,b,P,OPS\n").facts == []
    harness.do(CloseUnit(unit=ops, successor=unit(harness, "Service")))
    said(harness, "C,objective,c,P,ops\n")
    assert owner(harness, "c") == "Example / Service"


def test_a_name_that_was_clear_stays_clear_for_its_source_when_another_unit_gets_it() -> None:
    harness = ImportHarness()
    said(harness, "A,objective,a,P,East / Crew\nB,objective,b,P,Crew\n")
    unit(harness, "Crew", unit(harness, "West"))
    assert said(harness, "A,objective,a,P,East / Crew\nB,objective,b,P,Crew\nC,objective,c,P,Crew\n") == ""
    assert owner(harness, "c") == "Example / East / Crew"
    assert "may be" in said(harness, "D,objective,d,P,Crew\n", source="another")


def test_a_unit_that_a_file_names_as_an_owner_is_not_invited_any_more() -> None:
    harness = ImportHarness()
    harness.imports(
        Plan(PlanFormat.JSON, [PlanRow("O", "1", RowType.OBJECTIVE, "a", unit="Ops", invited=["IT", "Legal"])])
    )
    it, legal = harness.row("O").invited
    said(harness, "O,objective,a,,Ops; IT\n", conflicts=ConflictChoice.THEIRS)
    assert (harness.row("O").owners[1:], harness.row("O").invited) == ([it], [legal])


@pytest.mark.parametrize("names", ["Ops; IT", "Ops; IT; Legal"])
def test_co_owners_of_a_closed_unit_say_what_they_said_also_when_they_were_changed_here(names: str) -> None:
    harness = ImportHarness()
    said(harness, f"A,objective,a,P,{names}\n")
    assert [len(each.owners) for each in harness.org.objectives.values()] == [names.count(";") + 1]
    board, (objective,) = unit(harness, "Board"), harness.org.objectives
    closed = next(each.id for each in harness.org.units.values() if each.name == "IT")
    harness.do(CloseUnit(unit=closed, successor=board))
    harness.do(UpdateObjective(objective=objective, owners=[board]))
    for choice in (None, ConflictChoice.THEIRS):
        assert said(harness, f"A,objective,a,P,{names}\n", conflicts=choice) == ""
        assert harness.org.objectives[objective].owners == [board]


def test_a_document_that_places_its_units_says_which_of_two_it_means() -> None:
    harness = ImportHarness()
    two_crews(harness)
    units = [PlanUnit("East", "Example"), PlanUnit("Crew", "East"), PlanUnit("Example", top=True)]
    rows = [PlanRow("a", "a", RowType.OBJECTIVE, "a", unit="Crew")]
    assert report(harness.imports(Plan(PlanFormat.JSON, rows, units)))[0] == 1
    assert owner(harness, "a") == "Example / East / Crew"
    assert len(harness.org.units) == 5


def test_accents_stored_in_two_ways_are_one_unit_and_one_cycle() -> None:
    harness = ImportHarness()
    decomposed = unicodedata.normalize("NFD", "Qualität")
    unit(harness, "Qualität")
    said(harness, f"A,objective,a,P,{decomposed}\nB,objective,b,P,QUALITÄT\n")
    assert len(harness.org.units) == 2
    harness.do(OpenCycle(name="qualität", starts_on=DAY, ends_on=DAY))
    for again in (
        CreateUnit(name=decomposed, function=UnitFunction.BUSINESS),
        OpenCycle(name=decomposed, starts_on=DAY, ends_on=DAY),
    ):
        with pytest.raises(Refused, match="already"):
            harness.do(again)


@given(st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=20))
def test_composed_and_decomposed_names_are_one_unit(name: str) -> None:
    harness = ImportHarness()
    rows = [
        PlanRow(form, form, RowType.OBJECTIVE, form, unit=unicodedata.normalize(form, name)) for form in ("NFC", "NFD")
    ]
    harness.imports(Plan(PlanFormat.JSON, rows))
    assert len(harness.org.units) == 2


@pytest.mark.slow
def test_thousands_of_units_of_one_name_take_no_time() -> None:
    harness = ImportHarness()
    rows = "".join(f"{n},objective,o{n},P,Region {n} / North / Sales\n" for n in range(3000))
    start = time.perf_counter()
    assert said(harness, rows) == ""
    assert said(harness, rows.replace("Region", "region"), source="another") == ""
    assert time.perf_counter() - start < 30
    assert len(harness.org.units) == 9001
