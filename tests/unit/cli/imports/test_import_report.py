"""What a person reads of an import: rows with their cells, counts, what breaks, problems, and what to do next."""

from __future__ import annotations

import io
from inspect import cleandoc
from typing import Any

from rich.console import Console

from goldenthread.cli.imports import import_report
from tests.unit.cli.imports.import_answers import answer, page

Values = tuple[str, str, str | None, str | None, str | None, str | None]


def row(id: str, outcome: str, title: str, *cells: Values, kind: str = "OBJECTIVE", notes: Any = ()) -> dict[str, Any]:
    named = {"row": id, "place": f"line {id[1:]}", "type": kind, "title": title, "outcome": outcome, "goal": None}
    listed = [dict(zip(("cell", "outcome", "was", "here", "file", "note"), cell, strict=True)) for cell in cells]
    return {**named, "cells": listed, "cellCount": len(listed), "notes": list(notes), "noteCount": len(notes)}


CONFLICT = row(
    "K2", "CONFLICT", "Calls answered", ("current_value", "CONFLICT", "10", "60", "20", None), kind="KEY_RESULT"
)
OTHERS = [
    row("W1", "LEFT", "Rely on us", ("title", "LEFT", "Trust", "Rely on us", "Trust", None), kind="WHY"),
    row(
        "O3", "UPDATED", "Answer the phone",
        ("title", "TAKEN", "Pick up", "Pick up", "Answer the phone", None),
        ("description", "TAKEN", "One", "Two", "Three", "as --theirs says"),
        ("ends_on", "READ_ANEW", "2026-02-01", "2026-02-01", "2026-01-02", "The day and the month change places."),
    ),
    row("O4", "CREATED", "Open on Saturdays"),
    row("O5", "SKIPPED", "Call centre", notes=["“Sales” could be North / Sales or South / Sales."]),
    row("O6", "MISSING", "Fax"),
]  # fmt: skip
COUNTS = {"taken": 6, "created": 1, "updated": 1, "unchanged": 3, "conflictCount": 1, "leftCount": 1}


def shown(dry_run: bool, *, colours: bool = False, skipped: Any = None, **more: Any) -> str:
    lists = {"conflicts": page([CONFLICT]), "others": page(OTHERS), "missing": ["O6"], "missingCount": 1}
    report = answer(orphaned=1, skipped=1, **{**COUNTS, **lists, **more})["data"]["importPlan"]
    report["skipped"] = skipped or [{"row": "line 5", "message": "not taken"}]
    console = Console(file=io.StringIO(), width=100_000, highlight=False, markup=False, force_terminal=colours)
    import_report.show_report(console, report, dry_run)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_new_units_are_named_before_they_are_made() -> None:
    names: dict[str, Any] = {"newUnits": ["Vetrieb", "Crew"], "newUnitCount": 3}
    assert "3 units would be new: Vetrieb, Crew and 1 more\n" in shown(True, **names)
    assert "1 unit new: Crew\n" in shown(False, newUnits=["Crew"], newUnitCount=1)


def test_rows_that_are_left_alike_are_shown_once() -> None:
    cycle = ("cycle", "LEFT", "Q4", "Q1", "Q4", "changed here")
    left = [row(f"O{number}", "LEFT", f"Goal {number}", cycle) for number in range(1, 10)]
    starts = [
        row(f"K{number}", "LEFT", "Calls", ("start_value", "LEFT", "0", str(number), "0", "changed here"))
        for number in range(11, 15)
    ]
    few = [
        row(f"P{number}", "LEFT", f"Few {number}", ("title", "LEFT", "a", "b", "a", None)) for number in range(21, 24)
    ]
    changed = row("O30", "UPDATED", "Edited", ("title", "TAKEN", "x", "x", "y", None), cycle)
    noted = row("O31", "LEFT", "Noted", cycle, notes=["Said apart."])
    more: dict[str, Any] = {
        "conflicts": page([]),
        "others": page([*left, changed, *starts, noted, *few]),
        "missingCount": 0,
    }
    assert shown(False, **more).partition("\n\n")[0] == cleandoc(
        """
        changed  line 30 (O30)  Edited  objective
                 title: was “x” → is “y”
                 cycle: was “Q4” → is “Q1” → file says “Q4”  (changed here)
        left     line 31 (O31)  Noted  objective
                 cycle: was “Q4” → is “Q1” → file says “Q4”  (changed here)
                 Said apart.
        left     line 21 (P21)  Few 21  objective
                 title: was “a” → is “b” → file says “a”  (changed here; left as it is)
        left     line 22 (P22)  Few 22  objective
                 title: was “a” → is “b” → file says “a”  (changed here; left as it is)
        left     line 23 (P23)  Few 23  objective
                 title: was “a” → is “b” → file says “a”  (changed here; left as it is)
        left     9 rows: line 1, line 2, line 3, line 4, line 5 and 4 more
                 cycle: was “Q4” → is “Q1” → file says “Q4”  (changed here)
        left     4 rows: line 11, line 12, line 13, line 14
                 start value: changed here
        """
    )


def test_a_dry_run_shows_what_was_what_is_and_what_would_be() -> None:
    assert shown(True).strip() == cleandoc(
        """
        conflict      line 2 (K2)  Calls answered  key result
                      current value: was 10 → is 60 → file says 20  (changed in the file and here)
        left          line 1 (W1)  Rely on us  why
                      title: was “Trust” → is “Rely on us” → file says “Trust”  (changed here; left as it is)
        would change  line 3 (O3)  Answer the phone  objective
                      title: is “Pick up” → would be “Answer the phone”
                      description: was “One” → is “Two” → would be “Three”  (as --theirs says)
                      ends on: is 2026-02-01 → file says 2026-01-02  (The day and the month change places.)
        would create  line 4 (O4)  Open on Saturdays  objective
        not taken     line 5 (O5)  Call centre  objective
                      “Sales” could be North / Sales or South / Sales.
        missing       line 6 (O6)  Fax  objective

        6 rows would be taken from “plan”: 1 created, 1 changed, 3 unchanged, 1 left or in conflict
        1 cell in conflict
        1 cell left as it is here
        1 goal would be orphaned
        1 not taken, or only in part:
          line 5: not taken
        1 gone from the file and still here:
          O6
        What is in conflict was changed in the file and here; both would stay as they are. Import it again with --theirs to take what the file says, or with --ours to keep what is here.
        What is gone from the file is never ended by an import: close it, or retire it, if it is over.
        """  # noqa: E501
    )


def test_an_import_says_the_same_in_the_past() -> None:
    lines = [line.strip() for line in shown(False).splitlines()]
    assert "title: was “Pick up” → is “Answer the phone”" in lines
    assert "description: was “One” → was here “Two” → is “Three”  (as --theirs says)" in lines
    assert "current value: was 10 → is 60 → file says 20  (changed in the file and here)" in lines
    assert "1 goal orphaned" in lines
    assert not any("would" in line for line in lines)


def test_each_outcome_has_its_colour() -> None:
    said = shown(True, colours=True)
    for colour, word in (("1;31", "conflict"), ("34", "left"), ("36", "would change"), ("32", "would create")):
        assert f"\x1b[{colour}m{word}" in said


def test_values_that_are_not_known_empty_or_long_are_said_on_one_line() -> None:
    cells = [("description", "CONFLICT", None, "", "a\nb " * 200, None)] * 12
    said = shown(True, others=page([row("O1", "CONFLICT", "Goal", *cells)]), conflicts=page([]))
    line = said.splitlines()[1].strip()
    assert line.startswith("description: was not known → is nothing → file says “a b a b")
    assert line.endswith("…”  (changed in the file and here)")
    assert len(line) < 350
    assert said.splitlines()[11].strip() == "… and 2 more cells"


def test_what_a_cell_was_is_said_where_that_is_not_what_it_is() -> None:
    """Nothing may be an empty text on one side, and no value on the other."""
    empty = ("description", "TAKEN", "", None, "Often", None)
    left = ("description", "LEFT", "Often", "Often", "", "as it was exported, and changed since")
    rows = page([row("O1", "UPDATED", "Goal", empty), row("O2", "LEFT", "Other", left)])
    lines = [line.strip() for line in shown(False, others=rows).splitlines()]
    assert "description: was nothing → is “Often”" in lines
    assert "description: is “Often” → file says nothing  (as it was exported, and changed since)" in lines


def test_an_import_that_changes_nothing_has_no_rows_and_nothing_to_do() -> None:
    nothing: dict[str, Any] = {"conflicts": page([]), "others": page([]), "missing": [], "missingCount": 0}
    counts: dict[str, Any] = {
        "taken": 6,
        "created": 0,
        "updated": 0,
        "unchanged": 6,
        "conflictCount": 0,
        "leftCount": 0,
    }
    said = shown(False, **nothing, **counts, impact=None, skippedCount=0)
    assert said == "6 rows taken from “plan”: 0 created, 0 changed, 6 unchanged\n"


def test_what_to_do_about_a_purpose_is_another_thing() -> None:
    cell = ("statement", "CONFLICT", "Help", "Help", "Serve", "only where that was asked for")
    message = "statement: the file says “Serve” (last time “Help”), here it is “Help”. Not taken, as a file …"
    conflicts = page([row("P1", "CONFLICT", "Serve", cell, kind="PURPOSE")])
    said = shown(True, conflicts=conflicts, skipped=[{"row": "line 1", "message": message}])
    assert message not in said, "the row says it"
    assert "1 not taken, or only in part, as said above" in said
    assert "--replace-purpose" in said
    assert "--theirs" not in said.replace("as --theirs says", "")


def test_ids_that_nobody_wrote_are_not_shown() -> None:
    goal = "objective_" + "0a" * 16
    cell = (f"parent:{goal}", "LEFT", None, None, "“Anna's team”", "the link was withdrawn here: “No”")
    rows = [row("objective:Fax", "LEFT", "Fax", cell), {**row(goal, "MISSING", "Letters"), "place": ""}]
    said = [line.strip() for line in shown(True, others=page(rows)).splitlines()]
    assert "left      line bjective:Fax  Fax  objective" in said
    assert "parent: is nothing → file says “Anna's team”  (the link was withdrawn here: “No”)" in said
    assert "missing   Letters  objective" in said
    gone = shown(True, others=page(rows), missing=["O6", goal], missingCount=2)
    assert "2 gone from the file and still here:\n  O6\n  Letters\n" in gone


def test_how_the_file_was_read_is_said_once_and_first() -> None:
    warnings = [{"code": "INVALID", "message": "read as Windows-1252", "path": ["content"]}] * 2
    lines = shown(True, warnings=warnings).splitlines()
    assert lines[0] == "! Read as Windows-1252"
    assert sum("Windows-1252" in line for line in lines) == 1


def test_what_a_row_says_is_not_said_again_below() -> None:
    decide = "current value: the file says 20 (last time 10), here it is 60. Decide with --theirs or --ours."
    skipped = [
        {"row": "line 2", "message": decide},
        {"row": "line 5", "message": "“Sales” could be North / Sales or South / Sales."},
        {"row": "line 9", "message": "not taken: no title"},
    ]
    said = shown(True, skipped=skipped, skippedCount=3)
    assert "1 not taken, or only in part, besides the 2 above:\n  line 9: not taken: no title\n" in said
    assert said.count("could be North") == 1
    assert "the file says 20 (last" not in said
    assert "2 not taken, or only in part, as said above\n" in shown(True, skipped=skipped[:2], skippedCount=2)


def test_what_is_said_of_many_rows_is_said_once() -> None:
    person = "Its owner looks like a person: it was taken without. Name a unit."
    skipped = [{"row": f"line {at}", "message": person} for at in range(2, 100)]
    skipped.insert(1, {"row": "line 2", "message": "not taken: no title"})
    assert (
        "99 not taken, or only in part:\n"
        f"  line 2, line 3, line 4, line 5, line 6 and 93 more: {person}\n"
        "  line 2: not taken: no title\n"
        "1 gone"
    ) in shown(True, skipped=skipped, skippedCount=99)
    cut = shown(True, skipped=skipped, skippedCount=5_000)
    assert "  … and 4901 more; --json lists the first 2000\n" in cut, "rows that are not in the answer"


def test_goals_that_would_be_orphaned_are_named() -> None:
    impact = {
        **{"orphanedTitles": ["Fax", "Post"], "orphanedCount": 9},
        **{"unexplainedTitles": [], "unexplainedCount": 0, "mendedTitles": ["Call"], "mendedCount": 1},
    }
    said = shown(True, impact=impact)
    assert "9 goals would be orphaned: “Fax”, “Post” and 7 more\n" in said
    assert "1 goal would be mended: “Call”\n" in said
