from __future__ import annotations

from datetime import date

import pytest

from goldenthread import exchange
from goldenthread.contracts.enums import Direction, LinkKind, ProgressStatus
from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanProblem, PlanRow, RowType
from tests.unit.exchange.refusals import refusal

SMALL = """Row ID,Type,Title,Parent,Entity
P,purpose,Everyone can contribute,,GitLab
W,why,Grow,P,CEO
O,objective,Build pipeline,W,CRO
K,key_result,Pipeline at 2x,O,CRO
"""


def read(text: str) -> Plan:
    return exchange.read(text, PlanFormat.OKR_SHEET)


def cell(column: str, text: str, type: str = "key_result") -> tuple[PlanRow, list[PlanProblem]]:
    quoted = '"' + text.replace('"', '""') + '"'
    plan = read(f"Row ID,Type,Title,{column}\nR,{type},A title,{quoted}\n")
    return plan.rows[0], plan.problems


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_sheet_reads_the_same_with_any_delimiter_mark_and_line_ending(
    delimiter: str, mark: str, newline: str
) -> None:
    text = mark + SMALL.replace(",", delimiter).replace("\n", newline)
    assert read(text) == read(SMALL)
    assert exchange.read(text.encode()) == read(SMALL)


def test_a_sheet_saved_as_unicode_text_reads_the_same() -> None:
    assert exchange.read(SMALL.replace(",", "\t").encode("utf-16")) == read(SMALL)


def test_a_first_line_that_names_the_delimiter_is_no_row() -> None:
    plan = read("sep=;\n" + SMALL.replace(",", ";"))
    assert [row.line for row in plan.rows] == ["line 3", "line 4", "line 5", "line 6"]


def test_columns_are_found_in_any_order_and_case_and_unknown_ones_are_ignored() -> None:
    plan = read("PARENT,title,Colour,type,row_id\n,Why we are,red,Purpose,P\nP,Grow,blue,WHY,W\n")
    assert [(row.row, row.type, row.title) for row in plan.rows] == [
        ("P", RowType.PURPOSE, "Why we are"),
        ("W", RowType.WHY, "Grow"),
    ]
    assert plan.rows[1].parents == [PlanParent("P")]


def test_types_may_be_written_as_people_do() -> None:
    plan = read("Type,Title\nKey Result,a\nKR,b\nKEY-RESULT,c\n Objective ,d\n")
    assert [row.type for row in plan.rows] == [RowType.KEY_RESULT] * 3 + [RowType.OBJECTIVE]


def test_a_parent_may_appear_later_and_a_cell_may_hold_several() -> None:
    plan = read('Row ID,Type,Title,Parent\nO,objective,o,"W1\nW2"\nW1,why,a,\nW2,why,b,\n')
    assert plan.rows[0].parents == [PlanParent("W1"), PlanParent("W2")]
    assert plan.problems == []


def test_parents_may_stand_on_one_line_when_all_of_them_are_rows() -> None:
    plan = read("Row ID,Type,Title,Parent\nO,objective,o,W1; b\nX,objective,x,W1; W9\nW1,why,a,\nW2,why,b,\n")
    assert [parent.row for parent in plan.rows[0].parents] == ["W1", "b"]
    assert [parent.row for parent in plan.rows[1].parents] == ["W1; W9"]
    assert plan.problems == []


def test_further_parents_of_a_key_result_are_supports_links() -> None:
    plan = read('Row ID,Type,Title,Parent\nO,objective,o,\nW,why,w,\nK,key_result,k,"O\nW"\n')
    assert plan.rows[2].parents == [PlanParent("O"), PlanParent("W", kind=LinkKind.SUPPORTS)]


def test_a_parent_that_is_not_in_the_file_stays_for_those_who_know_the_goals() -> None:
    plan = read("Row ID,Type,Title,Parent\nO,objective,o,GONE\n")
    assert plan.rows[0].parents == [PlanParent("GONE")]
    assert plan.problems == []


def test_a_row_is_not_its_own_parent_and_the_purpose_has_none() -> None:
    plan = read("Row ID,Type,Title,Parent\nO,objective,o,O\nP,purpose,p,O\n")
    assert all(row.parents == [] for row in plan.rows)
    assert [problem.row for problem in plan.problems] == ["line 2 (O)", "line 3 (P)"]


def test_loops_are_read_as_they_are() -> None:
    plan = read("Row ID,Type,Title,Parent\nA,objective,a,B\nB,objective,b,A\n")
    assert [row.parents[0].row for row in plan.rows] == ["B", "A"]
    assert plan.problems == []


def test_every_row_that_was_not_taken_is_reported_with_its_line_and_why() -> None:
    plan = read(
        "Row ID,Type,Title,Parent\n"
        "A,epic,An epic,\n"
        "B,,No type,\n"
        "C,objective,,\n"
        "\n"
        ",,,\n"
        'D,objective,"two\nlines",\n'
        "D,objective,again,\n"
        "E,objective,Grow, fast, and far\n"
    )
    assert [row.row for row in plan.rows] == ["D"]
    assert plan.rows[0].title == "two lines"
    assert plan.rows[0].line == "line 7"
    found = {problem.row: problem.message for problem in plan.problems}
    assert "“epic” is not one of purpose, why, objective, key_result" in found["line 2 (A)"]
    assert "type" in found["line 3 (B)"]
    assert found["line 4 (C)"] == "not taken: no title"
    assert found["line 9 (D)"] == "not taken: line 7 has the same id already"
    assert "5 cells under 4 columns" in found["line 10"]
    assert len(found) == 5


def test_a_row_without_id_is_named_by_type_and_title() -> None:
    assert [row.row for row in read("Type,Title\nwhy,Grow\nobjective,Grow\n").rows] == ["why:Grow", "objective:Grow"]


def test_one_because_counts_for_every_parent_and_lines_count_one_by_one() -> None:
    plan = read(
        "Row ID,Type,Title,Parent,Because\n"
        'O,objective,o,"V\nW",It grows us\n'
        'X,objective,x,"V\nW","first\nsecond"\n'
        'Y,objective,y,"V\nW","\nonly the second"\n'
        'Z,objective,z,V,"two\nlines"\n'
        "V,why,v,,no parent\n"
        "W,why,w,,\n"
    )
    assert [[parent.because for parent in row.parents] for row in plan.rows] == [
        ["It grows us", "It grows us"],
        ["first", "second"],
        [None, "only the second"],
        ["two\nlines"],
        [],
        [],
    ]
    assert [problem.row for problem in plan.problems] == ["line 12 (V)"]


def test_owners_spelled_differently_are_one_unit() -> None:
    plan = read("Type,Title,Owner\nobjective,a,Sales  Team\nobjective,b, sales team\nobjective,c,\n")
    assert [row.unit for row in plan.rows] == ["Sales Team", "Sales Team", None]
    assert [unit.name for unit in plan.units] == ["Sales Team"]


def test_of_several_owners_the_first_is_taken_and_the_others_reported() -> None:
    row, problems = cell("Entity", "Sales\nMarketing")
    assert row.unit == "Sales"
    assert "the first of its 2 owners" in problems[0].message


@pytest.mark.parametrize(
    "text",
    [
        "2024-12-31",
        "2024/12/31",
        "31.12.2024",
        "31/12/2024",
        "12/31/2024",
        "31-12-2024",
        "31 December 2024",
        "Dec 31, 2024",
        "December 31 2024",
        "31-Dec-2024",
        "2024-12-31T23:59:59Z",
    ],
)
def test_dates_are_read_in_several_orders(text: str) -> None:
    row, problems = cell("Start Date", text)
    assert row.starts_on == date(2024, 12, 31)
    assert problems == []


def test_an_ambiguous_date_is_read_as_the_other_dates_of_the_sheet() -> None:
    header = "Type,Title,Start Date,End Date\n"
    american = read(header + "objective,a,3/4/2024,12/31/2024\n")
    british = read(header + "objective,a,3/4/2024,31/12/2024\n")
    assert american.rows[0].starts_on == date(2024, 3, 4)
    assert british.rows[0].starts_on == date(2024, 4, 3)


def test_a_date_that_could_be_two_is_not_guessed() -> None:
    row, problems = cell("Start Date", "3/4/2024")
    assert row.starts_on is None
    assert "may be 2024-04-03 or 2024-03-04" in problems[0].message


@pytest.mark.parametrize("text", ["soon", "2024-02-30", "31.11.2024", "99/99/2024", "Q1", "9" * 100])
def test_what_is_no_date_is_reported_and_the_row_kept(text: str) -> None:
    row, problems = cell("End Date", text)
    assert row.ends_on is None
    assert "is not a date" in problems[0].message


def test_a_row_that_ends_before_it_starts_loses_its_dates() -> None:
    plan = read("Type,Title,Start Date,End Date\nobjective,a,2024-12-31,2024-01-01\n")
    assert (plan.rows[0].starts_on, plan.rows[0].ends_on) == (None, None)
    assert "before it starts" in plan.problems[0].message


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("5", 5, None),
        ("-1.5", -1.5, None),
        ("−2", -2, None),
        ("(3)", -3, None),
        ("1,234,567.8", 1234567.8, None),
        ("1.234.567,8", 1234567.8, None),
        ("1 234 567", 1234567, None),
        ("0,5", 0.5, None),
        ("85%", 85, "%"),
        ("$1,000", 1000, "$"),
        ("10 €", 10, "€"),
        ("1e3", 1000, None),
        (".5", 0.5, None),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, value: float, unit: str | None) -> None:
    row, problems = cell("Target Value", text)
    assert (row.target_value, row.measure_unit) == (value, unit)
    assert problems == []


def test_a_comma_is_a_decimal_comma_where_semicolons_delimit() -> None:
    assert read("Type;Title;Target\nkr;k;1,234\n").rows[0].target_value == 1.234
    assert read('Type,Title,Target\nkr,k,"1,234"\n').rows[0].target_value == 1234


@pytest.mark.parametrize("text", ["many", "nan", "inf", "1e999", "1.2.3", "1,23,4", "1" * 400, "5 apples", "٣"])
def test_what_is_no_number_is_reported_and_the_row_kept(text: str) -> None:
    row, problems = cell("Target Value", text)
    assert row.target_value is None
    assert "is not a number" in problems[0].message


@pytest.mark.parametrize("text", ["", "-", "–", "N/A", "TBD", "[To be determined]", "?"])
def test_an_empty_cell_and_its_stand_ins_are_no_problem(text: str) -> None:
    row, problems = cell("Target Value", text)
    assert row.target_value is None
    assert problems == []


def test_values_belong_to_key_results() -> None:
    row, problems = cell("Target Value", "5", "objective")
    assert row.target_value is None
    assert "a key result has" in problems[0].message


def test_a_target_below_the_start_means_decrease_unless_the_sheet_says() -> None:
    assert read("Type,Title,Start Value,Target\nkr,k,5,2\n").rows[0].direction is Direction.DECREASE
    assert (
        read("Type,Title,Start Value,Target,Direction\nkr,k,5,2,stay above\n").rows[0].direction is Direction.STAY_ABOVE
    )
    assert read("Type,Title,Start Value,Target\nkr,k,2,5\n").rows[0].direction is None


def test_a_status_is_read_in_the_words_people_use() -> None:
    assert cell("Status", "On Track")[0].status is ProgressStatus.ON_TRACK
    assert cell("Status", "AT-RISK")[0].status is ProgressStatus.AT_RISK
    assert cell("Status", "red")[0].status is ProgressStatus.OFF_TRACK
    row, problems = cell("Status", "Splendid")
    assert row.status is None
    assert "“Splendid” is not a status" in problems[0].message


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "the file is empty"),
        (b"\xef\xbb\xbf \n", "the file is empty"),
        ("hello", "line 1: not an OKR sheet: no column Type and no column Title"),
        ("Row ID,Title\nA,a\n", "line 1: not an OKR sheet: no column Type;"),
        ("\n\nRow ID,Type\nA,why\n", "line 3: not an OKR sheet: no column Title;"),
        ("Type,Title\n\n", "the sheet has a header and no rows"),
        ("Type,Title,title\nwhy,a,b\n", "line 1: column Title appears twice, as column 2 (“Title”) and 3 (“title”)"),
        ("Type,Title\nwhy,a\0b\n", "line 2: the file is not text: it contains the character U+0000"),
        ("Type,Title\nwhy,\ud800\n", "line 2: the file is not text"),
        (b"Type,Title\nwhy,a\nwhy,\xff\n", "line 3: not valid UTF-8"),
        (b"\xff\xfeT", "line 1: not valid UTF-16-LE"),
        ("," * 1_000_000, "not an OKR sheet"),
        ("Type,Title" + ",x" * 1_000_000, "line 1: not an OKR sheet: more than 256 columns"),
        ("Type,Title\n" + "why,a\n" * 100_001, "line 100002: more than 100,000 rows"),
        ("x" * (exchange.MAX_BYTES + 1), "the file has 10,485,761 bytes"),
        (b"\xff" * (exchange.MAX_BYTES + 1), "the file has 10,485,761 bytes"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_with_line_and_reason(content: str | bytes, reason: str) -> None:
    assert reason in refusal(content)


def test_the_format_is_seen_from_the_content() -> None:
    assert exchange.detect(SMALL) is PlanFormat.OKR_SHEET
    assert exchange.detect("\ufeff\n <?xml version='1.0'?><a/>") is PlanFormat.STRATML
    assert exchange.detect(b' {"rows": []}') is PlanFormat.JSON
    assert "not StratML" in refusal("<plan/>")
    assert "no column Type" in refusal("<plan/>", PlanFormat.OKR_SHEET)


def test_a_workbook_is_refused_with_what_to_do() -> None:
    assert "save it as CSV" in refusal(b"PK\x03\x04" + bytes(range(256)))


EXPORTED = """Row ID,Type,Title,Revision
why_1,why,One,{}
why_2,why,Two,{}
,why,Added,
"""


@pytest.mark.parametrize(
    ("cells", "revision"),
    [
        (("10", "10"), 10),
        (("10.0", ""), 10),
        (("20", "10"), 10),
        (("", ""), None),
    ],
)
def test_a_revision_survives_new_rows_and_is_the_smallest_of_several(
    cells: tuple[str, str], revision: int | None
) -> None:
    plan = exchange.read(EXPORTED.format(*cells))
    assert plan.revision == revision
    several = [each.message for each in plan.problems]
    expected = ["the rows are of several exports: taken as one of revision 10, and not of 20"]
    assert several == (expected if cells == ("20", "10") else [])


@pytest.mark.parametrize("spoilt", ["12,345", "1.5", "ten", "1E+05", "-1"])
def test_a_revision_that_is_no_whole_number_is_told(spoilt: str) -> None:
    plan = exchange.read(EXPORTED.format(f'"{spoilt}"', "10"))
    assert plan.revision is None
    (problem,) = plan.problems
    assert problem.row == "column Revision"
    assert problem.message.startswith(f"“{spoilt}” is no revision")


def test_a_column_revision_of_a_sheet_that_is_no_export_says_nothing() -> None:
    plan = exchange.read(EXPORTED.format("20", "10").replace("why_", "W"))
    assert (plan.revision, plan.problems) == (None, [])


def test_a_row_without_a_title_is_nobodys_parent() -> None:
    plan = read("Row ID,Type,Title,Parent,Because\nO1,objective,Sell,,It helps\nO2,objective,,,\n")
    assert [(row.row, row.parents) for row in plan.rows] == [("O1", [])]
    assert [each.message for each in plan.problems] == [
        "taken without its because, which says why it serves its parent: it names none",
        "not taken: no title",
    ]
