"""The cells of goals as texts: how they are compared, remembered and told to people."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Cycle
from goldenthread.contracts.enums import LinkKind
from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanReading, PlanRow, RowType
from services.goals.domain.imports import node_cells
from services.goals.domain.imports.node_cells import base_cell, base_row_of, described
from services.goals.domain.merge_base import LONGEST, BaseCell, BaseRow, short
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.links import linked
from tests.unit.goals.imports.plans import O1, K, W, link_of, load

LONG = "x" * (LONGEST + 5)
CHECKED_IN = {"current_value", "status", "confidence"}


# -- values as texts ---------------------------------------------------------------------------------------------------


def test_a_number_has_one_text() -> None:
    assert [node_cells.number(each) for each in (None, 0, -0.0, 5, 0.1)] == ["", "0.0", "0.0", "5.0", "0.1"]


def test_days_are_those_of_the_row_else_of_its_cycle() -> None:
    first, last, mine = date(2026, 1, 1), date(2026, 3, 31), date(2026, 2, 1)
    cycle = Cycle("c", "Q1", first, last)
    assert node_cells.days(None, None, None) == ("", "")
    assert node_cells.days(None, None, cycle) == (str(first), str(last))
    assert node_cells.days(mine, None, cycle) == (str(mine), str(last))
    assert node_cells.days(None, mine, cycle) == (str(first), str(mine))


def test_terms_of_a_link_are_a_text_that_no_release_changes(harness: ImportHarness) -> None:
    assert node_cells.terms(link_of(harness)) == "CONTRIBUTES\n\n\nit grows us\n1"


# -- what is remembered ------------------------------------------------------------------------------------------------


def test_a_text_is_remembered_beside_its_value_only_where_it_is_another_and_never_a_long_one() -> None:
    assert base_cell("Sell") == base_cell("Sell", "Sell") == BaseCell("Sell")
    assert base_cell("unit_1", "Ops") == BaseCell("unit_1", "Ops")
    assert base_cell("", LONG) == BaseCell("", short(LONG))
    assert base_cell(LONG, LONG) == BaseCell(short(LONG))


def test_an_export_said_all_that_was_here_and_the_name_of_its_cycle(harness: ImportHarness) -> None:
    cycle = harness.do(c.OpenCycle(name="Q1", starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31))).ids[0]
    load(harness, replace(O1, cycle="Q1"))
    for exact, text in ((True, "Q1"), (False, None)):
        said = base_row_of(harness.org, harness.row("O").id, exact=exact)
        assert said.cells["cycle"] == BaseCell(cycle, text)
        assert said.cells["title"] == BaseCell("Sell")
    why = harness.row("W").id
    assert "because" in base_row_of(harness.org, why, exact=True).cells
    assert base_row_of(harness.org, "why_gone", exact=True) == BaseRow("why_gone", {})


def test_what_an_earlier_release_imported_is_known_without_what_people_may_have_said_since() -> None:
    harness = ImportHarness()
    purpose = PlanRow("P", "line 1", RowType.PURPOSE, "Be useful")
    read = replace(K, current_value=4, readings=[PlanReading(4, date(2026, 1, 1))])
    harness.imports(Plan(PlanFormat.JSON, [purpose, replace(W, because="so"), O1, read]))
    ids = {row: harness.row(row).id for row in "PWOK"}

    def unknown(row: str) -> set[str]:
        exact, inexact = (base_row_of(harness.org, ids[row], exact=exact).cells for exact in (True, False))
        assert {name: exact[name] for name in inexact} == inexact
        return set(exact) - set(inexact)

    because = f"because:{ids['W']}"
    assert [unknown(row) for row in "PWOK"] == [{"statement"}, {"because"}, {because}, set()]
    harness.do(c.RecordCheckIn(key_result=ids["K"], value=7))
    assert unknown("K") == CHECKED_IN


def test_of_links_an_import_left_its_own_and_an_export_all_that_its_reader_saw(harness: ImportHarness) -> None:
    ids = {row: harness.row(row).id for row in "WVOK"}
    theirs, mine = link_of(harness).id, linked(harness)
    pending = harness.do(c.ProposeLink(child=ids["K"], parent=ids["V"], because="so", kind=LinkKind.SUPPORTS)).ids[0]

    def links(row: str, **other: object) -> dict[str, str]:
        said = base_row_of(harness.org, ids[row], **{"exact": False, **other})  # type: ignore[arg-type]
        return {name.removeprefix("parent:"): cell.value for name, cell in said.cells.items() if ":" in name[:7]}

    assert links("O") == links("O", source="file") == {ids["W"]: theirs}
    assert links("O", source="another") == {}
    assert links("O", exact=True) == {ids["W"]: theirs, ids["V"]: mine}
    assert harness.org.links[pending].turn is not None
    assert links("K", exact=True) == {}, "what it measures is no link of its row, and nobody has accepted the other"
    assert links("K", exact=True, proposed=True) == {ids["V"]: pending}
    harness.do(c.RetireWhy(why=ids["V"], reason="Over"))
    assert links("O", exact=True) == {ids["W"]: theirs}


# -- for people --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "value", "told"),
    [
        ("title", "", None),
        ("co_owners", "", None),
        ("title", "v5.0", "v5.0"),
        ("target_value", "5.0", "5"),
        ("start_value", "5.5", "5.5"),
        ("current_value", "-5.0", "-5"),
        ("confidence", "1.0", "1"),
        ("status", "AT_RISK", "At risk"),
        ("direction", "STAY_ABOVE", "Stay above"),
        ("measure_unit", "A_B", "A_B"),
        ("cycle", "cycle_gone", "cycle_gone"),
        ("unit", "unit_gone", "unit_gone"),
    ],
)
def test_a_cell_is_told_as_people_write_it(cell: str, value: str, told: str | None) -> None:
    assert described(ImportHarness().org, cell, value) == told


def test_units_and_cycles_are_told_by_their_names() -> None:
    harness = ImportHarness()
    cycle = harness.do(c.OpenCycle(name="Q1", starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31))).ids[0]
    parents = [PlanParent("W", "it grows us")]
    load(harness, replace(O1, parents=parents, unit="Ops", co_owners=["Legal", "Sales"]))
    units = {unit.name: unit.id for unit in harness.org.units.values()}
    assert described(harness.org, "cycle", cycle) == "Q1"
    for cell in node_cells.UNITS:
        assert described(harness.org, cell, f"{units['Legal']} {units['Sales']}") == "Legal, Sales"
    many = " ".join([*units.values(), "unit_gone_" + "x" * LONGEST])
    told = described(harness.org, "co_owners", short(many), "another text", many)
    assert told == ", ".join([*units, "unit_gone_" + "x" * LONGEST])


def test_a_long_text_is_told_where_it_is_known_and_else_how_long_it_is() -> None:
    org = ImportHarness().org
    assert described(org, "title", short(LONG), "y" * 100, LONG) == LONG
    assert described(org, "title", short(LONG), "y" * 100) == f"a text of {LONGEST + 5} characters"
    assert described(org, "title", short(LONG)) == f"a text of {LONGEST + 5} characters"
