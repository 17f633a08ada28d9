"""From a text to its table: the delimiter is found on evidence, and a spoilt row costs one row."""

from __future__ import annotations

import contextlib
import csv
import io
import time
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from goldenthread import exchange
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.plan import Plan
from goldenthread.exchange.tables.csv_rows import CsvRows
from goldenthread.exchange.tables.csv_table import table_of_csv

HEADER = ["Row ID", "Type", "Title", "Parent", "Team"]


def rows(text: str) -> list[tuple[int, list[object]]]:
    return [(line.number, [*line.cells]) for line in table_of_csv(text).lines]


def problems(plan: Plan) -> dict[str, str]:
    return {each.row: each.message for each in plan.problems}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_under_which_headings_are_known(delimiter: str) -> None:
    text = f"Row ID{delimiter}Type{delimiter}Title\nP{delimiter}purpose{delimiter}a, b; c\n"
    if delimiter in ",;":
        text = text.replace("a, b; c", '"a, b; c"')
    table = table_of_csv(text)
    assert table.delimiter == delimiter
    assert table.lines[1].cells == ["P", "purpose", "a, b; c"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_where_no_heading_is_known_the_delimiter_is_what_most_lines_have_alike(delimiter: str) -> None:
    text = "".join(delimiter.join(cells) + "\n" for cells in [["Nom", "Genre", "Clé"], ["un", "but", "a b"]])
    assert table_of_csv(text).delimiter == delimiter


@pytest.mark.parametrize("said", ["sep=;", "sep=^", "SEP=;"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_first_line_may_say_the_delimiter(said: str, ends: str) -> None:
    mark = said[-1]
    text = ends.join([said, mark.join(HEADER), mark.join(["P", "purpose", "a, b", "", "Rail"])])
    assert rows(text) == [(2, HEADER), (3, ["P", "purpose", "a, b", "", "Rail"])]


def test_a_first_line_that_says_another_delimiter_than_the_file_has_is_not_believed() -> None:
    assert rows("sep=;\nType,Title\nwhy,a\n") == [(2, ["Type", "Title"]), (3, ["why", "a"])]
    assert rows('sep="\nType,Title\nwhy,a\n') == [(2, ["Type", "Title"]), (3, ["why", "a"])]


def test_quotes_in_the_wild_cost_the_row_that_has_them_wrong() -> None:
    plan = exchange.read(
        "Row ID,Type,Title,Parent,Team\n"
        "P,purpose,Better trains,,Rail\n"
        'O1,objective,Say "sorry" loudly,P,Ops\n'
        'O2,objective,"12" screens",P,Ops\n'
        'O3,objective,15" screens,P,Ops\n'
        'O4,objective,"Explain,P,Ops\n'
        'O5,objective,"first, and\nlast",P,Ops\n'
        'O6,objective,Say "sorry",P,Ops\n'
    )
    assert [row.row for row in plan.rows] == ["P", "O1", "O3", "O5", "O6"]
    assert [row.line for row in plan.rows] == ["line 2", "line 3", "line 5", "line 7", "line 9"]
    assert plan.rows[3].title == "first, and last"
    assert problems(plan) == {
        "line 4 (O2)": 'not taken: text follows the closing quote of a cell, as "12" screens" has it; '
        'put the whole cell in quotes, and write a quote within it twice ("")',
        "line 6 (O4)": 'not taken: the quote at the beginning of "Explain,P,Ops is not closed; '
        "close it at the end of the cell, or leave it out",
    }


def test_a_quote_that_is_closed_nowhere_costs_its_row_only() -> None:
    plan = exchange.read('Type,Title\nwhy,ok\nwhy,"open\nobjective,fine\nobjective,also\n')
    assert [row.title for row in plan.rows] == ["ok", "fine", "also"]
    assert list(problems(plan)) == ["line 3 (why)"]
    at_the_end = exchange.read('Type,Title\nwhy,ok\nwhy,"open\nand open')
    assert [row.title for row in at_the_end.rows] == ["ok"]
    assert problems(at_the_end)["line 3 (why)"].endswith("(it goes to line 4)")


def test_a_spoilt_row_of_several_lines_is_one_row() -> None:
    plan = exchange.read(
        "Row ID,Type,Title,Description\n"
        'A,objective,"a 12" screen","first line\nsecond, line\nthird"\n'
        'B,objective,b,"first\nsecond"\n'
        'C,objective,"c\nd","a "third" one"\n'
        "D,objective,d,\n"
    )
    assert [row.row for row in plan.rows] == ["B", "D"]
    assert [(place, message[-20:]) for place, message in problems(plan).items()] == [
        ("line 2 (A)", " (it goes to line 4)"),
        ("line 7 (C)", " (it goes to line 8)"),
    ]


def test_a_cell_that_is_too_long_costs_its_row() -> None:
    long = "x" * 200_000
    text = f'Row ID,Type,Title\nA,objective,a\nB,objective,"{long}"\nC,objective,{long}\nD,objective,d\n'
    plan = exchange.read(text)
    assert [row.row for row in plan.rows] == ["A", "D"]
    told = "not taken: a cell has more than 131,072 characters; shorten it"
    assert problems(plan) == {"line 3 (B)": told, "line 4 (C)": told}
    assert csv.field_size_limit() == 131_072


def test_a_quote_that_is_never_closed_does_not_hide_in_a_long_file() -> None:
    text = 'Type,Title\nwhy,"open\n' + "objective,fine\n" * 20_000
    plan = exchange.read(text.replace("fine", "fine" * 5))
    assert next(iter(problems(plan))) == "line 2 (why)"
    assert len(plan.rows) == 1
    assert len(plan.problems) == 20_000  # the same id again, each with its line


# What a program writes reads as it is; with one row spoilt, all others do.

texts = st.text(st.sampled_from('ab ,;|"\n'), max_size=6) | st.sampled_from(['say "x"', "a\nb", ",", '"', "\n", '","'])


@st.composite
def sheets(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(2, 4))
    # The first cell is an id: a row that says nothing is no row.
    lines = draw(st.lists(st.lists(texts, min_size=width - 1, max_size=width - 1), min_size=1, max_size=6))
    return [[f"r{at}", *cells] for at, cells in enumerate(lines)]


def written(rows: list[list[str]], *, all_quoted: bool = False) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL).writerows(rows)
    return out.getvalue()


@given(sheets(), st.booleans())
def test_what_a_program_wrote_reads_as_csv_reads_it(sheet: list[list[str]], all_quoted: bool) -> None:
    text = written(sheet, all_quoted=all_quoted)
    reader = CsvRows(text, ",", columns=len(sheet[0]))
    assert [cells for _, cells in reader] == sheet
    assert reader.problems == []
    assert [cells for _, cells in CsvRows(text, ",")] == sheet


def told_apart(sheet: list[list[str]]) -> bool:
    """Whether quotes can be read in one way only. A cell that begins with a delimiter or a line break looks like the
    end of one that is not closed; after two of them nobody can say which was meant.
    """
    return sum(cell[:1] in {",", "\n"} for row in sheet for cell in row) < 2


SPOIL: dict[str, Callable[[str], str]] = {
    "never closed": lambda cell: '"' + cell,
    "text after it": lambda cell: f'"{cell}"{cell}"',
    "a word after it": lambda cell: f'"{cell}" x',
    "closed too early": lambda cell: f'"{cell}" and "{cell}"',
}


@given(sheets().filter(told_apart), st.booleans(), st.data())
@example([["r0", "a"], ["r1", ","]], False, None)
@example([["r0", "a"], ["r1", ", x"], ["r2", "b"]], False, None)
@example([["r0", "a"], ["r1", "\n,\n"], ["r2", "b"]], False, None)
def test_a_spoilt_row_is_the_only_one_that_is_lost(
    sheet: list[list[str]], all_quoted: bool, data: st.DataObject | None
) -> None:
    width = len(sheet[0])
    where = data.draw(st.integers(0, len(sheet))) if data else 1
    kind = data.draw(st.sampled_from([*SPOIL])) if data else "never closed"
    column = data.draw(st.integers(1, width - 1)) if data else 1
    cells = ["plain"] * width
    cells[column] = SPOIL[kind]("spoilt")
    before, after = written(sheet[:where], all_quoted=all_quoted), written(sheet[where:], all_quoted=all_quoted)
    reader = CsvRows(before + ",".join(cells) + "\n" + after, ",", columns=width)
    assert [cells for _, cells in reader] == sheet
    assert [each.line for each in reader.problems] == [before.count("\n") + 1]


@given(sheets().filter(told_apart), st.data())
def test_a_spoilt_row_with_a_cell_of_several_lines_is_the_only_one_that_is_lost(
    sheet: list[list[str]], data: st.DataObject
) -> None:
    width = len(sheet[0])
    assume(width > 2)
    where = data.draw(st.integers(0, len(sheet)))
    cells = ["plain"] * width
    at, other = data.draw(st.permutations(range(1, width)))[:2]
    cells[at], cells[other] = '"several\nlines of\nit"', SPOIL[data.draw(st.sampled_from([*SPOIL]))]("spoilt")
    before, after = written(sheet[:where]), written(sheet[where:])
    reader = CsvRows(before + ",".join(cells) + "\n" + after, ",", columns=width)
    assert [cells for _, cells in reader] == sheet
    assert [each.line for each in reader.problems] == [before.count("\n") + 1]


@given(st.text(st.sampled_from('a,"\n\r'), max_size=40), st.none() | st.integers(1, 5))
def test_every_line_of_anything_is_read_or_lost_in_a_row_that_is_named(text: str, columns: int | None) -> None:
    reader = CsvRows(text, ",", columns=columns)
    read = [number for number, _ in reader]
    lost = [each.line for each in reader.problems]
    assert read == sorted(set(read))
    assert not {*read} & {*lost}
    lines = io.StringIO(text, newline="").readlines()
    assert all(number <= len(lines) for number in read + lost)
    if any(line.strip(' ,"\r\n') for line in lines):
        assert read or lost


LINES = [
    '"',
    '"\n',
    'a,"\n',
    '"a\n',
    '"a,b\n',
    'a"",""b\n',
    ",\n",
    'a,""\n',
    'x,"\n' + "a,b,c\n" * 20,
    'a,"b"c,d\n',
    'a,",\n",\n"b\n',
    "|",
]


@pytest.mark.slow
@pytest.mark.parametrize("begin", ["", 'Type,Title,Parent\nx,"'])
@pytest.mark.parametrize("line", LINES)
def test_a_million_signs_of_quotes_take_seconds(line: str, begin: str) -> None:
    text = begin + line * (1_000_000 // len(line))
    began = time.process_time()
    with contextlib.suppress(Refused):
        table_of_csv(text)
    assert time.process_time() - began < 5


def test_of_a_row_of_a_million_cells_only_the_first_are_kept() -> None:
    plan = exchange.read("Type,Title,Row ID\nwhy,a,1\n" + "x," * 1_000_000 + "\nwhy,b,2\n")
    assert [row.title for row in plan.rows] == ["a", "b"]
    assert ["line 3" in each.row for each in plan.problems] == [True]
    table = table_of_csv("Type,Title\n" + "x," * 1_000_000)
    assert max(len(line.cells) for line in table.lines) <= 1_000
