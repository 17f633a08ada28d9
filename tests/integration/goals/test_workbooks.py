"""A workbook is read in a child process, whatever becomes of that."""

from __future__ import annotations

import pytest

from goldenthread.contracts.errors import Refused
from goldenthread.exchange.table import Line
from services.goals import workbooks
from tests.support.workbooks import xlsx


async def test_a_sheet_comes_out_of_the_child_as_it_is() -> None:
    rows: list[list[object]] = [["Title", "Target"], *(["Grow", each] for each in range(2500))]
    table = await workbooks.table_of(xlsx(("Plan", rows), ("Notes", [["x"]])))
    assert len(table.lines) == 2501
    assert table.lines[2500] == Line(2501, ["Grow", 2499])
    assert (table.place, table.delimiter, len(table.notes)) == ("row", None, 1)


async def test_what_is_no_workbook_is_refused() -> None:
    with pytest.raises(Refused, match="save it as"):
        await workbooks.table_of(b"PK\x03\x04 and no more")


async def test_a_sheet_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(Refused) as refused:
        await workbooks.table_of(xlsx(("Plan", [["x"]])), "Plans")
    assert (refused.value.problems[0].path, refused.value.problems[0].candidates) == (["sheet"], ["Plan"])
