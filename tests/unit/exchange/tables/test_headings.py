"""Which columns a sheet has: headings in the words of people and of other tools, below title rows."""

from __future__ import annotations

from datetime import date

import pytest

from goldenthread import exchange
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.plan import Plan, PlanParent, PlanWords, RowType
from goldenthread.exchange.tables.headings import PERSON_KEYS, ROW_NUMBER_KEYS, SPELLINGS, column_named, heading_key
from goldenthread.exchange.tables.table import Line, Table
from tests.unit.exchange.refusals import refusal


def test_the_headings_of_a_sheet_are_those_of_its_header() -> None:
    assert exchange.headings_of("Row ID; Title ;Type;;Colour\n1;a;why;;red\n") == ["Row ID", "Title", "Type", "Colour"]
    assert exchange.headings_of(Table([Line(3, ["Type", "Title", 2026])], place="row")) == ["Type", "Title", "2026"]
    assert exchange.headings_of("Our plan;;\n\nTitle;Type;Colour\n") == ["Title", "Type", "Colour"]


def test_where_no_heading_is_known_they_are_those_of_the_first_line_of_several_cells() -> None:
    assert exchange.headings_of("Notre plan;;\nNom;Genre;Chef\nun;but;Ops\n") == ["Nom", "Genre", "Chef"]


def test_what_is_no_sheet_has_no_headings() -> None:
    assert exchange.headings_of("<StrategicPlan/>") == []
    assert exchange.headings_of('{"rows": []}') == []
    assert exchange.headings_of("nothing here\nis known\n") == []
    assert exchange.headings_of(Table([])) == []


def test_a_heading_is_the_same_whatever_its_case_and_signs() -> None:
    assert len({heading_key(each) for each in ("Row ID", "row-id", " ROW_ID *", "Row  Id:", "row–id")}) == 1
    assert heading_key("Übergeordnet") == heading_key("U\u0308BERGEORDNET")
    assert heading_key("x" * 201) == ""
    long = "How we measure it this quarter, in percent of all that was asked"
    assert heading_key(long) == heading_key(long.upper()) != ""


def test_no_word_is_the_heading_of_two_columns() -> None:
    words = (
        [heading_key(each) for spellings in SPELLINGS.values() for each in spellings] + ROW_NUMBER_KEYS + PERSON_KEYS
    )
    assert sorted(words) == sorted({*words})
    assert "" not in words


def test_any_spelling_names_its_column() -> None:
    assert column_named("target_value") == column_named("Zielwert") == "Target Value"
    assert column_named("TITEL") == "Title"
    assert (column_named("owner"), column_named("team")) == ("Owner", "Entity")
    assert (column_named("#"), column_named("colour"), column_named("")) == ("Outline", None, None)


# The columns that import templates and exports of other tools have, as their help pages name them.

TOOLS = {
    "Viva Goals": ("Row ID,Title,Parent,Entity,Owner Email,Time Period,Start Date,End Date,Type", 7),
    "OKR for Jira": (
        "Order,Type,Summary,Status,Period,Owner,Weight,Labels,Teams,Expected start date,Expected end date,"
        "Start value,Current value,Target value,Description",
        11,
    ),
    "Peoplebox": (
        "Row ID,Parent Row IDs,Goal Title,Owner Emails,Goal Cycle,Departments,Start Date,End Date,Description,"
        "Starting Value,Target Value,Current Value,Progress Status,Type",
        13,
    ),
    "Perdoo": (
        "Type,Name,Description,Owner,Lead,Timeframe,Parent Goal,Status,Start value,Target value,Current value",
        9,
    ),
    "Quantive": ("ID,Type,Name,Session,Team,Owner,Parent ID,Initial,Target,Actual,Status", 9),
    "Asana": ("ID,Type,Name,Owner,Team,Time Period,Start On,Due On,Parent Goal,Initial Value,Target Value,Status", 11),
    "Betterworks": ("name,type,start_date,end_date,owner_email,description", 5),
}


@pytest.mark.parametrize("tool", TOOLS)
def test_the_columns_of_other_tools_are_read(tool: str) -> None:
    header, _ = TOOLS[tool]
    cells = {"type": "Objective", "title": "a", "name": "a", "summary": "a", "goal title": "a"}
    row = ",".join(cells.get(each.lower(), "") for each in header.split(","))
    plan = exchange.read(f"{header}\n{row}\n")
    assert [(each.type, each.title) for each in plan.rows] == [(RowType.OBJECTIVE, "a")]
    assert plan.notes == []


def test_german_headings_and_types_are_read() -> None:
    plan = exchange.read(
        "Nr;Typ;Titel;Übergeordnet;Abteilung;Startwert;Zielwert;Istwert;Beginn;Fällig am\n"
        "1;Zweck;Bessere Züge;;Bahn;;;;;\n"
        "2;Unternehmensziel;Jede Verspätung erklärt;1;Betrieb;;;;2026-01-01;2026-03-31\n"
        "3;Schlüsselergebnis;Erklärte Verspätungen;2;Betrieb;0;100;10;;\n"
    )
    assert [row.type for row in plan.rows] == [RowType.PURPOSE, RowType.OBJECTIVE, RowType.KEY_RESULT]
    assert plan.rows[2].parents == [PlanParent("2")]
    assert (plan.rows[2].start_value, plan.rows[2].target_value, plan.rows[2].current_value) == (0, 100, 10)
    assert (plan.rows[1].starts_on, plan.rows[1].ends_on) == (date(2026, 1, 1), date(2026, 3, 31))
    assert (plan.rows[1].unit, plan.problems, plan.notes) == ("Betrieb", [], [])


def test_a_heading_may_say_more_in_brackets_and_have_a_star() -> None:
    plan = exchange.read("Type*,Title (required),Due Date [YYYY-MM-DD]\nobjective,a,2026-03-31\n")
    assert plan.rows[0].ends_on == date(2026, 3, 31)
    assert plan.notes == []


def test_where_the_header_is_the_spoilt_line_that_is_said() -> None:
    told = refusal('Row ID,Type,"Title,Parent\nA,why,a,\n')
    assert told.startswith(
        "line 1 (Row ID): not an OKR sheet: no header was found, and this line is spoilt: the quote at"
    )


# Above the header


def test_the_header_is_found_below_title_rows_and_that_is_said() -> None:
    plan = exchange.read("Golden plan 2026 - as of March,,\n,,\nType: see below,,\nRow ID,Type,Title\nP,purpose,x\n")
    assert [(row.row, row.line) for row in plan.rows] == [("P", "line 5")]
    assert plan.notes == [
        "the header is line 4; 2 lines above the header were not read (“Golden plan 2026 - as of March”)"
    ]
    one = exchange.read(Table([Line(2, ["A plan"]), Line(4, ["Type", "Title"]), Line(5, ["why", "a"])], place="row"))
    assert one.notes == ["the header is row 4; one row above the header was not read (“A plan”)"]
    assert one.rows[0].line == "row 5"


def test_spoilt_lines_above_the_header_are_no_problem() -> None:
    plan = exchange.read('Plan "2026"\n"The "best" plan\nType,Title\nwhy,"a"b\nwhy,c\n')
    assert [row.title for row in plan.rows] == ["c"]
    assert [problem.row for problem in plan.problems] == ["line 4 (why)"]


def test_a_data_row_is_no_header() -> None:
    plan = exchange.read("Row ID,Type,Title,Status\nA,objective,Title,\nB,objective,Type,\nC,objective,Status,\n")
    assert [row.title for row in plan.rows] == ["Title", "Type", "Status"]
    assert "line 1: not an OKR sheet" in refusal("a,b\n" * 40 + "Type,Title\nwhy,a\n")


def test_a_header_that_stands_again_is_no_row() -> None:
    plan = exchange.read("Type,Title\nwhy,a\nType,Title\nwhy,b\n")
    assert [row.title for row in plan.rows] == ["a", "b"]
    assert plan.problems == []


# Several headings of one column, and those that mean two things


def test_of_several_headings_of_a_column_the_better_word_is_read_and_the_other_named() -> None:
    plan = exchange.read("Name,Type,Title,Target,Target Value\nx,kr,a,5,6\n")
    assert (plan.rows[0].title, plan.rows[0].target_value) == ("a", 6)
    assert plan.notes == ['not read: “Name”, “Target”; --map "Name=…" says what a column is']


def test_the_same_heading_twice_is_read_where_one_says_nothing_or_both_the_same() -> None:
    assert exchange.read("Title,Type,Title\n,why,a\n").rows[0].title == "a"
    assert exchange.read("Title,Type,Title\na,why,a\n").rows[0].title == "a"
    told = refusal("Title,Type,Title\na,why,b\n")
    assert (
        told == "line 1: column Title appears twice, as column 1 (“Title”) and 3 (“Title”); leave one out, or rename it"
    )


def test_columns_that_are_not_read_are_said_once_and_those_that_say_nothing_are_not() -> None:
    plan = exchange.read("Type,Title,Progress,Empty,,,Comments\nwhy,a,1,,x,,\nwhy,b,2,,,,c\n")
    assert plan.notes == [
        'not read: “Progress”, column 5, which has no heading, “Comments”; --map "Progress=…" says what a column is'
    ]
    assert plan.problems == []


def test_owner_beside_team_is_no_clash() -> None:
    plan = exchange.read("Type,Title,Owner,Team\nobjective,a,A. Person,Ops\n")
    assert (plan.rows[0].unit, [unit.name for unit in plan.units]) == ("Ops", ["Ops"])
    assert plan.notes == ["“Owner” was not read: “Team” says who owns a row"]


@pytest.mark.parametrize(
    ("header", "row", "starts_on", "value"),
    [
        ("Start,End", "2026-01-01,2026-03-31", date(2026, 1, 1), None),
        ("Start,Target", "5,10", None, 5),
        ("Start,Target,End", "5,10,2026-03-31", None, 5),
        ("Start,Target,End", "01.01.2026,10,31.03.2026", date(2026, 1, 1), None),
        ("Start,Start Value", "2026-01-01,7", date(2026, 1, 1), 7),
        ("Start,Start Date", "7,2026-01-01", date(2026, 1, 1), 7),
        ("Start,Target,End", "0,10,2026-03-31", None, 0),
        ("Start,Target,End", "0.5,10,2026-03-31", None, 0.5),
        ("Start,Target", "2026,3000", None, 2026),
    ],
)
def test_start_is_a_day_or_a_value_as_its_cells_say(
    header: str, row: str, starts_on: date | None, value: float | None
) -> None:
    plan = exchange.read(f"Type,Title,{header}\nkr,a,{row}\n")
    assert (plan.rows[0].starts_on, plan.rows[0].start_value, plan.problems) == (starts_on, value, [])


@pytest.mark.parametrize("row", ["01.04,30.06,10", "1,30.06.2026,10\nkr,b,01.04,30.06.2026,10", "2026,2026,10"])
def test_start_is_no_value_where_it_is_written_as_a_day_or_a_year(row: str) -> None:
    plan = exchange.read(f"Type,Title,Start,End,Target\nkr,a,{row}\n")
    assert exchange.read("Type,Title,Start,Target\nkr,a,1.4.,10\n").rows[0].start_value is None
    assert [each.start_value for each in plan.rows] == [None] * len(plan.rows)
    assert plan.problems


@pytest.mark.parametrize(
    ("text", "unit", "measured"),
    [
        ("Type,Title,Unit\nobjective,a,Ops\nkr,b,Ops\n", "Ops", None),
        ("Type,Title,Unit,Team\nobjective,a,,Ops\nkr,b,days,Ops\n", "Ops", "days"),
        ("Type,Title,Unit\nobjective,a,\nkr,b,%\n", None, "%"),
        ("Type,Title,Unit\nobjective,a,\nkr,b,deals\n", None, "deals"),
        ("Type,Title,Owner,Unit\nobjective,a,Ops,\nkr,b,Ops,hours\n", "Ops", "hours"),
        ("Type,Title,Einheit,Verantwortlich\nZiel,a,Betrieb,Anna Schmidt\nkr,b,,\n", "Betrieb", None),
    ],
)
def test_unit_is_who_owns_a_row_or_what_it_is_measured_in(text: str, unit: str | None, measured: str | None) -> None:
    plan = exchange.read(text)
    assert (plan.rows[0].unit, plan.rows[1].measure_unit) == (unit, measured)
    assert plan.problems == []


def test_that_a_unit_is_what_key_results_are_measured_in_is_said_where_it_could_own_them() -> None:
    said = '“Unit” was read as what key results are measured in: no other row has one; --map "Unit=team" says otherwise'
    assert exchange.read("Type,Title,Unit\nobjective,a,\nkr,b,deals\n").notes == [said]
    assert exchange.read("Type,Title,Unit\nobjective,a,\nkr,b,%\n").notes == []
    assert exchange.read("Type,Title,Unit\nkr,b,Ops\n").rows[0].unit == "Ops"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("Type,Title,Target (2026),Target\nkr,a,5,7\n", 7),
        ("Type,Title,Target,Target (2026)\nkr,a,5,7\n", 5),
        ("Type,Title,Target (2026)\nkr,a,5\n", 5),
        ("Type,Title,Target (Q1),Target (Q2)\nkr,a,5,7\n", None),
    ],
)
def test_a_heading_that_says_more_in_brackets_gives_way_to_one_that_does_not(text: str, target: float | None) -> None:
    plan = exchange.read(text)
    assert (plan.rows[0].target_value, plan.problems) == (target, [])
    assert plan.notes == ([] if text.count("Target") == 1 else plan.notes[:1])
    assert all("not read: “Target" in note for note in plan.notes)


# Sheets without a type or a title


def test_without_a_heading_for_it_the_only_column_of_types_is_read_as_one() -> None:
    plan = exchange.read("Level,Title\nCompany Objective,a\nKey Result,b\n")
    assert [row.type for row in plan.rows] == [RowType.OBJECTIVE, RowType.KEY_RESULT]
    assert plan.notes == ["“Level” was read as the type of a row: each of its cells is one"]
    assert "no column Type; it has “Level”" in refusal("Level,Title\nCompany,a\nTeam,b\n")
    assert "no column Type" in refusal("Level,What,Title\nGoal,Goal,a\n")


def test_a_sheet_without_type_or_title_is_refused_with_what_to_say() -> None:
    told = refusal("Nom,Type\na,why\n")
    assert told.startswith('line 1: not an OKR sheet: no column Title; it has “Nom”. --map "Nom=title" says which')
    side = refusal("Objective,Key Result,Target\na,b,1\n")
    assert "an objective and its key result seem to stand in one row" in side


def test_of_two_columns_of_somebody_the_one_that_does_not_only_name_people_owns_the_rows() -> None:
    plan = exchange.read("Type,Title,Lead,Owned by\nwhy,a,Anna Schmidt,Board\nobjective,b,Ben Kurz,Sales\n")
    assert [row.unit for row in plan.rows] == ["Board", "Sales"]
    assert plan.notes == ["“Lead” was not read: “Owned by” says who owns a row"]
    people = exchange.read("Type,Title,Lead,Owned by\nwhy,a,Anna Schmidt,Ben Kurz\n")
    assert people.notes == ["“Owned by” was not read: “Lead” says who owns a row"]


# What somebody said


def said(text: str, **columns: str) -> Plan:
    return exchange.read(text, words=PlanWords(columns=columns))


def test_what_somebody_said_of_a_heading_holds() -> None:
    plan = said("Nom;Genre;Titre\na;why;b\n", Nom="title", genre="TYPE")
    assert [row.title for row in plan.rows] == ["a"]
    assert plan.notes == ['not read: “Titre”; --map "Titre=…" says what a column is']
    over = said("Title,Type,Headline\nx,why,a\n", HEADLINE="titel")
    assert over.rows[0].title == "a"
    assert over.notes[0].startswith("not read: “Title”")


def test_a_header_of_words_that_nobody_knows_is_found_by_what_was_said_of_them() -> None:
    plan = said("Notre plan;Type;Title;Parent\n\nNom;Genre;Chef\na;why;Ops\n", nom="title", genre="type", chef="team")
    assert [(row.title, row.unit, row.line) for row in plan.rows] == [("a", "Ops", "line 4")] or plan.notes
    below = said("Notre plan;;\nNom;Genre;Chef\na;why;Ops\n", nom="title", genre="type", chef="team")
    assert [(row.title, row.unit, row.line) for row in below.rows] == [("a", "Ops", "line 3")]


def test_a_heading_that_means_nothing_is_not_read_and_not_told() -> None:
    plan = said("Type,Title,Status,Progress\nobjective,a,splendid,5\n", Status="", progress="")
    assert (plan.problems, plan.notes, plan.rows[0].status) == ([], [], None)
    assert "status" not in plan.rows[0].cells


def test_an_owner_that_somebody_names_may_be_a_person() -> None:
    plan = said("Type,Title,Chef\nobjective,a,Anna Schmidt\n", chef="owner")
    assert [unit.person for unit in plan.units] == [True]


def test_a_heading_that_is_not_there_is_said() -> None:
    plan = said("Type,Title\nwhy,a\n", Colour="title")
    assert plan.rows[0].title == "a"
    assert plan.notes == ["there is no heading “Colour” in this file"]
    several = said("Type,Title\nwhy,a\n", Colour="title", Mood="status", Size="")
    assert several.notes == ["there are no headings “Colour”, “Mood”, “Size” in this file"], "in one sentence"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"Title": "colour"},
            "“Title” cannot be “colour”: there is no such column; a heading can be one of Row ID, Type",
        ),
        ({"Type": "title", "Title": "titel"}, "“Type” and “Title” cannot both be Title; say one of them."),
    ],
)
def test_what_a_heading_cannot_mean_is_refused(columns: dict[str, str], message: str) -> None:
    with pytest.raises(Refused) as refused:
        said("Type,Title\nwhy,a\n", **columns)
    (problem,) = refused.value.problems
    assert problem.path == ["columns"]
    assert message in problem.message
