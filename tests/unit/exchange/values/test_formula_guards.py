"""No text of a sheet is a formula, however a program splits the file into cells; and every text is read back."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread import exchange
from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanReading, PlanRow, RowType
from goldenthread.exchange import feedback_csv
from goldenthread.exchange.values.formula_guards import FORMULA, guarded, unguarded
from tests.unit.exchange.any_plans import plans, without_lines

UNSEEN = ' \t\r\n\v\f\x00\x1f\x85\xa0\u200b\u2028\u3000\ufeff"'
pieces = st.sampled_from([*FORMULA, *UNSEEN, *";|,'", "1", "a", "SUM(A1)"])
texts = st.text() | st.lists(pieces, max_size=8).map("".join)


def cells(text: str) -> list[str]:
    """What a text may be split into by a program that takes no notice of quotes."""
    return re.split(r"[;|\t\r\n]", text)


def is_formula(cell: str) -> bool:
    """Whether a program may take a cell for a formula: what it drops before is dropped, forms are replaced."""
    bare = unicodedata.normalize("NFKC", cell.lstrip(UNSEEN))
    return bare.startswith(tuple("=+-@"))


@given(texts)
def test_no_part_of_a_guarded_text_is_a_formula_and_it_reads_back_the_same(text: str) -> None:
    assert not any(is_formula(cell) for cell in cells(guarded(text)))
    assert unguarded(guarded(text)) == text
    assert unguarded(guarded(guarded(text))) == guarded(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("＝1+1", "'＝1+1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠a", "'＠a"),
        (";=1+1", ";'=1+1"),
        ("Grow; =1+1", "Grow;' =1+1"),
        ("\t=1", "\t'=1"),
        ("a\r=1", "a\r'=1"),
        ("a\n=1", "a\n'=1"),
        ('";"=1', '";\'"=1'),
        ("'=1", "''=1"),
        ("\u200b=1", "'\u200b=1"),
        ("1+1=2", "1+1=2"),
        ("well-known; e-mail: a@b.c", "well-known; e-mail: a@b.c"),
        ("'quoted'", "'quoted'"),
    ],
)
def test_a_quote_stands_where_a_formula_could_begin_and_nowhere_else(text: str, written: str) -> None:
    assert guarded(text) == written
    assert unguarded(written) == text


def test_whatever_becomes_a_formula_by_replacing_compatibility_forms_is_known() -> None:
    every = (chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    assert {each for each in every if unicodedata.normalize("NFKC", each).startswith(tuple("=+-@"))} == set(FORMULA)


def test_every_column_of_text_is_guarded() -> None:
    bad = "Grow;=1+1"
    above = PlanRow(row=bad, line="", type=RowType.WHY, title=bad, unit=bad, cycle=bad)
    below = PlanRow(
        row=";=2",
        line="",
        type=RowType.KEY_RESULT,
        title=bad,
        description="=1\n- one\n＝two",
        parents=[PlanParent(bad, bad)],
        unit=bad,
        cycle=bad,
        measure_unit=bad,
        readings=[PlanReading(1.0, date(2026, 1, 1), bad)],
    )
    written = exchange.write(Plan(PlanFormat.OKR_SHEET, [above, below], []))
    assert written.count("=1+1") == 11
    assert not any(is_formula(cell) for cell in cells(written))
    assert without_lines(exchange.read(written, PlanFormat.OKR_SHEET)).rows == [above, below]


@pytest.mark.slow
@given(plans())
def test_no_cell_of_any_sheet_is_a_formula_whatever_its_delimiter_is_taken_for(plan: Plan) -> None:
    written = exchange.write(plan)
    ours = [cell for row in csv.reader(io.StringIO(written)) for cell in row]
    for cell in [
        *ours,
        *(
            each
            for delimiter in ";|\t"
            for row in csv.reader(io.StringIO(written), delimiter=delimiter)
            for each in row
        ),
    ]:
        assert not is_formula(cell) or re.fullmatch(r"-?[0-9.e+-]+(\n-?[0-9.e+-]+)*", cell)


FOREIGN = ["'=A1", "'-10 %' is not enough", "Say it; '=loud'", "'+41 44", "=A1", "'quoted'"]


@pytest.mark.parametrize("text", FOREIGN)
def test_a_sheet_that_is_no_export_keeps_its_own_quotes_and_so_does_its_export(text: str) -> None:
    plan = exchange.read(f'Row ID,Type,Title,Description\nA,objective,"{text}","{text}"\n')
    (row,) = plan.rows
    assert (row.title, row.description) == (text, text)
    (home,) = exchange.read(exchange.write(plan)).rows
    assert (home.title, home.description) == (text, text)


def test_an_export_says_that_its_cells_are_guarded_also_where_it_has_no_revision() -> None:
    plain, formula = (Plan(PlanFormat.OKR_SHEET, [PlanRow("A", "", RowType.WHY, title)]) for title in ("a", "=a"))
    assert "Revision" not in exchange.write(plain)
    assert exchange.write(formula).splitlines()[0].endswith(",Revision")
    assert exchange.read(exchange.write(formula)).revision is None


@given(texts)
def test_feedback_written_by_these_rules_is_read_back(text: str) -> None:
    body = text.replace("\0", "")
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["source", "body"], ["Shop", f"x {guarded(body)}"], [guarded("=1+1"), "Fine"]])
    items = feedback_csv.read(out.getvalue())
    assert items[-1].source == "=1+1"
