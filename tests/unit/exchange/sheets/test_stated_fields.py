"""What a file states: in a sheet every cell of its columns, also an empty one; in JSON what is emptied."""

from __future__ import annotations

from goldenthread import exchange
from goldenthread.contracts.plan import PlanFormat, PlanRow


def sheet(header: str, row: str) -> PlanRow:
    return exchange.read(f"Row ID,Type,Title,{header}\n{row}\n").rows[0]


def test_a_sheet_states_the_text_of_every_cell_it_has_a_column_for() -> None:
    row = sheet("Target Value,Current Value,Status,Description", "K,kr, Calls ,1.0,,On Track,'=x")
    assert row.cells == {
        "title": " Calls ",
        "target_value": "1.0",
        "current_value": "",
        "status": "On Track",
        "description": "'=x",
    }
    assert sheet("Description,Revision", "K,kr,Calls,'=x,7").cells["description"] == "=x", "an export guards formulas"


def test_a_row_that_ends_early_states_that_its_last_cells_are_empty() -> None:
    assert sheet("Team,Time Period", "O,objective,o").cells == {"title": "o", "unit": "", "cycle": ""}


def test_a_cell_that_could_not_be_read_is_not_stated() -> None:
    row = sheet("Start Value,Target Value,Status", "K,kr,k,many,5,splendid")
    assert row.cells == {"title": "k", "target_value": "5"}
    dates = sheet("Start Date,End Date", "O,objective,o,2026-02-01,2026-01-01")
    assert dates.cells == {"title": "o"}
    assert sheet("Start Date,End Date", "O,objective,o,soon,2026-01-01").cells == {
        "title": "o",
        "ends_on": "2026-01-01",
    }


def test_each_type_states_what_it_has() -> None:
    header = "Parent,Because,Link Kind,Weight,Team,Target Value,Start Date,Direction"
    fields = {
        type: set(sheet(header, f"R,{type},t,,,,,,,,").cells) for type in ("purpose", "why", "objective", "key_result")
    }
    links = {"parents", "because", "kind", "weight"}
    assert fields == {
        "purpose": {"title"},
        "why": {"title", "unit", *links},
        "objective": {"title", "unit", "starts_on", *links},
        "key_result": {"title", "target_value", "direction", *links},
    }


def test_owners_state_the_first_and_the_others() -> None:
    assert sheet("Team", "O,objective,o,Ops; Sales").cells["co_owners"] == "Sales"
    assert sheet("Team", "O,objective,o,Ops").cells["co_owners"] == ""
    assert "co_owners" not in sheet("Team", "O,objective,o,").cells


def json(row: str) -> PlanRow:
    return exchange.read(
        '{"format": "JSON", "rows": [{"row": "a", "line": "", "type": "objective", "title": "t"' + row + "}]}"
    ).rows[0]


def test_json_states_what_it_empties() -> None:
    assert json("").cells == {}
    assert json(', "description": "d", "unit": "Ops"').cells == {}
    assert json(', "description": null, "unit": "", "parents": [], "target_value": null').cells == {
        "description": "",
        "unit": "",
        "parents": "",
        "target_value": "",
    }
    assert json(', "target_value": 0').cells == {}


def test_json_brings_no_cells_of_its_own_and_is_written_without() -> None:
    row = json(', "cells": {"title": "smuggled"}, "parents": [{"row": "b", "may_be": ["c"]}]')
    assert row.cells == {}
    assert row.parents[0].may_be == []
    written = exchange.write(exchange.read("Type,Title,Team\nobjective,o,Ops\n"), PlanFormat.JSON)
    assert "cells" not in written
