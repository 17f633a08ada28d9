"""How a file writes numbers is decided once, by all of them, on evidence or not at all."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread import exchange
from goldenthread.contracts.plan import Plan, PlanFormat, PlanReading, PlanRow, RowType
from goldenthread.exchange.numbers.digits import DecimalMark
from goldenthread.exchange.tables.table import Line, Table
from tests.unit.exchange.small_sheets import VALUES, numbers_of, plan_of, told, values


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("500", "1.500", "900")], [(500, 1500, 900)]),
        ([("1.200", "12.500", "6.850")], [(1200, 12500, 6850)]),
        ([("0", "5,125", "3")], [(0, 5.125, 3)]),
        ([("1.500", "", ""), ("0,5", "", "")], [(1500, None, None), (0.5, None, None)]),
        ([("1.500", "", ""), ("0.5", "", "")], [(1.5, None, None), (0.5, None, None)]),
        ([("1.500", "", ""), ("2.000.000", "", "")], [(1500, None, None), (2_000_000, None, None)]),
        ([("1.500", "", ""), ("1.200,00 €", "", "")], [(1500, None, None), (1200, None, None)]),
    ],
)
def test_a_semicolon_is_weak_evidence_for_a_decimal_comma_and_numbers_are_better(
    rows: list[tuple[str, ...]], expected: list[tuple[float | None, ...]]
) -> None:
    assert values(*rows, delimiter=";") == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("1", "1.125", "1.250")], [(1, None, None)]),
        ([("1", "1.125", "1.375")], [(1, 1.125, 1.375)]),
        ([("1.200", "12.500", "6.850")], [(1.2, 12.5, 6.85)]),
        ([("0", "1,500", "3")], [(0, 1500, 3)]),
        ([("1,500", "", ""), ("0,5", "", "")], [(1.5, None, None), (0.5, None, None)]),
        ([("1.500", "", ""), ("0,5", "", "")], [(1500, None, None), (0.5, None, None)]),
    ],
)
def test_a_comma_is_weak_evidence_for_a_decimal_point_and_numbers_are_better(
    rows: list[tuple[str, ...]], expected: list[tuple[float | None, ...]]
) -> None:
    assert values(*rows) == expected


def test_numbers_that_disagree_leave_open_what_only_they_would_tell() -> None:
    plan = plan_of(VALUES, ("0,5", "1.500", "12.5"), ("2", "1,500", "1.000.000"), delimiter=";")
    assert [numbers_of(row) for row in plan.rows] == [(0.5, None, 12.5), (2, None, 1_000_000)]
    assert told(plan) == [
        "line 2 (R1): taken without its Target Value: “1.500” may be 1500 or 1.5, and the file does not tell; "
        "write 1500 or 1.5",
        "line 3 (R2): taken without its Target Value: “1,500” may be 1500 or 1.5, and the file does not tell; "
        "write 1500 or 1.5",
    ]


@pytest.mark.parametrize(("delimiter", "text"), [(",", "1.500"), (",", "1.200 Stk"), (";", "1,500")])
def test_a_last_zero_beside_whole_numbers_is_of_no_decimal(delimiter: str, text: str) -> None:
    """Who writes `1.500` for one and a half writes `3.000` for three."""
    assert values((text, "", ""), ("3.000".replace(".", text[1]), "", ""), delimiter=delimiter)[0][0] in (1.5, 1.2)
    plan = plan_of(VALUES, (text, "", ""), ("3", "", ""), delimiter=delimiter)
    assert [row.start_value for row in plan.rows] == [None, 3]
    assert f"“{text}” may be" in told(plan)[0]
    # Where another number shows the decimal mark, it is known.
    assert values((text, "", ""), ("3", f"0{text[1]}5", ""), delimiter=delimiter)[0][0] in (1.5, 1.2)


@pytest.mark.parametrize("evidence", ["", "12.5"])
def test_no_decimal_mark_is_believed_against_the_numbers_of_a_row(evidence: str) -> None:
    """1.125 between 500 and 900 is nobody's; the whole file is undecided then, and not this row alone."""
    plan = plan_of(VALUES, ("500", "1.125", "900"), ("1.375", evidence, ""))
    assert [numbers_of(row) for row in plan.rows] == [(500, None, 900), (None, 12.5 if evidence else None, None)]
    assert len(plan.problems) == 2
    # But thousands beside small numbers are where one begins.
    assert values(("2", "1.500", "12"), delimiter=";") == [(2, 1500, 12)]


def test_without_a_delimiter_that_tells_numbers_tell_or_none() -> None:
    assert values(("1.500", "", ""), delimiter="\t") == [(None, None, None)]
    assert values(("1.500", "0,5", ""), delimiter="\t") == [(1500, 0.5, None)]


def test_weights_and_readings_are_evidence_as_well() -> None:
    for column, cell in (("Weight", "0,5"), ("Readings", "2026-01-31 0,5")):
        plan = plan_of(["Target Value", "Parent", column], ["1.500", "O", cell])
        assert plan.rows[0].target_value == 1500


def test_a_reading_is_read_as_the_numbers_of_its_file() -> None:
    plan = plan_of(["Target Value", "Readings"], ["0,5", "2026-01-31 1.500 so"])
    assert [(each.value, each.note) for each in plan.rows[0].readings] == [(1500, "so")]
    plan = plan_of(["Target Value", "Readings"], ["5", "2026-01-31 1.500"], delimiter="\t")
    assert plan.rows[0].readings == []
    assert told(plan) == [
        "line 2 (R1): taken without a reading: “1.500” may be 1500 or 1.5, and the file does not tell; "
        "write 1500 or 1.5"
    ]


def test_what_a_workbook_keeps_as_a_number_is_certain_and_no_evidence() -> None:
    header = Line(1, ["Row ID", "Type", "Title", "Start Value", "Target Value", "Current Value"])
    table = Table([header, Line(2, ["K", "kr", "k", 500.0, 1.5, "1.500"])], place="row")
    plan = exchange.read(table)
    assert numbers_of(plan.rows[0]) == (500, 1.5, None)
    assert "“1.500” may be 1500 or 1.5" in told(plan)[0]


def test_an_export_is_read_as_it_was_written_whatever_its_numbers_look_like() -> None:
    row = PlanRow(
        "keyresult_1", "", RowType.KEY_RESULT, "k", start_value=500.0, target_value=1.125, current_value=1234.567
    )
    text = exchange.write(Plan(PlanFormat.OKR_SHEET, [row]))
    assert ",1.1250,1234.567," in text
    for delimiter in ",;\t":
        assert numbers_of(exchange.read(text.replace(",", delimiter)).rows[0]) == (500, 1.125, 1234.567)
    # As exports were written before.
    before = exchange.write(Plan(PlanFormat.OKR_SHEET, [row], revision=7)).replace("1.1250", "1.125")
    assert numbers_of(exchange.read(before).rows[0]) == (500, 1.125, 1234.567)


# -- what holds for any file -------------------------------------------------------------------------------------------

numbers = st.integers(-(10**9), 10**9).map(lambda thousandths: thousandths / 1000)
styles = st.tuples(st.sampled_from(DecimalMark), st.sampled_from(["other", "", " ", "\u202f", "'"]))
EVIDENCE = {DecimalMark.POINT: "12.5", DecimalMark.COMMA: "12,5"}


def written(value: float, mark: DecimalMark, between: str) -> str:
    """A number as a program writes it that has this decimal mark, and this between thousands."""
    groups = {DecimalMark.POINT: ",", DecimalMark.COMMA: "."}[mark] if between == "other" else between
    decimals = len(repr(value).partition(".")[2])
    shown = f"{value:,.{decimals}f}" if not value.is_integer() else f"{value:,.0f}"
    return shown.replace(".", "|").replace(",", groups).replace("|", mark)


@given(st.lists(numbers, min_size=1, max_size=6), styles, st.sampled_from(",;\t"))
def test_numbers_of_any_style_are_read_in_a_file_that_shows_it(
    found: list[float], style: tuple[DecimalMark, str], delimiter: str
) -> None:
    mark, between = style
    rows = [(written(each, mark, between),) for each in found]
    plan = plan_of(["Target Value"], *rows, [EVIDENCE[mark]], delimiter=delimiter)
    assert plan.problems == []
    assert [row.target_value for row in plan.rows] == [*found, 12.5]


texts = st.sampled_from(
    ["", "0", "5", "500", "0.5", "0,5", "1.500", "1,500", "12.500", "1.000.000", "1.234,5", "20%", "$5", "€ 6", "15k",
     "1.2M", "many", "12 h", "(3)"]
)  # fmt: skip
rows_of_texts = st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=6)


@given(rows_of_texts, st.sampled_from(",;\t"), st.randoms(use_true_random=False))
def test_what_is_read_never_depends_on_the_order_of_rows(
    rows: list[tuple[str, str, str]], delimiter: str, chance: random.Random
) -> None:
    places = list(range(len(rows)))
    chance.shuffle(places)
    found = values(*rows, delimiter=delimiter)
    shuffled = values(*[rows[at] for at in places], delimiter=delimiter)
    assert [found[at] for at in places] == shuffled


@given(rows_of_texts, st.sampled_from(",;\t"))
def test_a_text_is_one_number_in_the_whole_file(rows: list[tuple[str, str, str]], delimiter: str) -> None:
    read: dict[str, float] = {}
    for row, cells in zip(values(*rows, delimiter=delimiter), rows, strict=True):
        for value, text in zip(row, cells, strict=True):
            assert value is None or read.setdefault(text, value) == value


@given(rows_of_texts, st.sampled_from(",;\t"))
def test_every_number_is_read_or_its_row_is_reported(rows: list[tuple[str, str, str]], delimiter: str) -> None:
    plan = plan_of(VALUES, *rows, delimiter=delimiter)
    reported = {problem.row.partition("(")[2].rstrip(")") for problem in plan.problems}
    for row, cells in zip(plan.rows, rows, strict=True):
        lost = [text for value, text in zip(numbers_of(row), cells, strict=True) if text and value is None]
        assert not lost or row.row in reported


@pytest.mark.parametrize("grouped", ["1'000", "1’000", "1 000"])
def test_another_sign_between_thousands_leaves_open_what_only_the_delimiter_would_tell(grouped: str) -> None:
    assert values((grouped, "1.500", ""), delimiter=";") == [(1000, None, None)]
    assert values((grouped, "1.500", "2,5"), delimiter=";") == [(1000, 1500, 2.5)]
    assert values((grouped, "1,500", ""), delimiter=",") == [(1000, None, None)]
    assert values(("1.000.000", "1.500", ""), delimiter=";") == [(1_000_000, 1500, None)]


def test_a_reading_whose_number_may_go_on_in_its_note_is_reported_and_written_otherwise() -> None:
    plan = plan_of(
        ["Readings"], ["2026-01-01 1 000 €\n2026-01-02 1000 €\n2026-01-03 5 1000 sold\n2026-01-04 12 300m run"]
    )
    assert [each.value for each in plan.rows[0].readings] == [1000, 5, 12]
    assert "“2026-01-01 1 000 €” may be 1 with a note, or 1000; write the number without a blank" in told(plan)[0]
    row = PlanRow("K", "", RowType.KEY_RESULT, "k", readings=[PlanReading(1.0, date(2026, 1, 1), "000 €")])
    assert exchange.read(exchange.write(Plan(PlanFormat.OKR_SHEET, [row]))).rows[0].readings == row.readings


def test_a_thousand_that_a_comma_cut_in_two_is_no_one_and_nothing() -> None:
    plan = exchange.read(
        "Type,Title,Row ID,Parent,Start Value,Target Value,Current Value\n"
        "objective,a,O,,,,\nkey result,b,K,O,1,000,\nkey result,c,L,O,0,0,00\n"
    )
    assert [row.target_value for row in plan.rows] == [None, None, 0]
    (problem,) = plan.problems
    assert problem.row == "line 3 (K)"
    assert "“000” is not a number: it may be the rest of one that was cut at a comma" in problem.message
