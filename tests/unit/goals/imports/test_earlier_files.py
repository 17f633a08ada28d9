"""A file is known again by what it says, in whatever order and format; and an earlier one is told from the last one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from goldenthread import exchange
from goldenthread.contracts.plan import Plan, PlanCycle, PlanFeedback, PlanFormat, PlanRow, RowType
from services.goals.imports.earlier_files import digest, earlier
from services.goals.stores.import_sources_store import ImportedFile
from tests.support.entities import T0
from tests.unit.goals.import_harness import SHEET

PLAN = exchange.read(SHEET)


def test_the_order_of_rows_their_lines_and_how_cells_are_written_make_no_difference() -> None:
    shuffled = [replace(row, line=f"line {at}") for at, row in enumerate(reversed(PLAN.rows))]
    assert digest(replace(PLAN, rows=shuffled, units=PLAN.units[::-1])) == digest(PLAN)
    spelled = exchange.read(SHEET.replace("2025-01-01", "1 January 2025"))
    assert spelled.rows != PLAN.rows
    assert digest(spelled) == digest(PLAN)


def test_the_same_plan_as_json_is_the_same_file() -> None:
    assert digest(exchange.read(exchange.write(PLAN, PlanFormat.JSON))) == digest(PLAN)


row = PlanRow("O", "1", RowType.OBJECTIVE, "Sell", unit="Sales")
day = datetime(2026, 1, 1, tzinfo=UTC)
BASE = Plan(PlanFormat.JSON, [row])
OTHERS = {
    "title": replace(BASE, rows=[replace(row, title="Sell more")]),
    "unit": replace(BASE, rows=[replace(row, unit="Salt")]),
    "id": replace(BASE, rows=[replace(row, row="O2")]),
    "more rows": replace(BASE, rows=[row, replace(row, row="O2")]),
    "a cycle": replace(BASE, cycles=[PlanCycle("Q1", day.date(), day.date())]),
    "feedback": replace(BASE, feedback=[PlanFeedback("mail", "good", day)]),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_that_says_something_else_is_another_file(name: str) -> None:
    assert digest(OTHERS[name]) != digest(BASE)
    assert digest(replace(BASE, format=PlanFormat.OKR_SHEET, read_at=T0, name="x")) == digest(BASE)


def test_an_earlier_file_is_one_that_is_not_the_last() -> None:
    files = [
        ImportedFile(number, each, T0, None, number) for number, each in ((4, b"b"), (3, b"a"), (2, b"b"), (1, b"c"))
    ]
    assert earlier(b"b", files) is None, "it is the last one, too"
    assert earlier(b"a", files) == files[1]
    assert earlier(b"x", files) is None
    assert earlier(b"x", []) is None
