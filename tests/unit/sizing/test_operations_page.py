"""docs/operations.md has the table that the code gives today."""

from __future__ import annotations

from benchmarks import sizing
from tests.unit.house.source import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_the_page_has_the_table_that_the_command_prints() -> None:
    assert sizing.table() in PAGE, "python -m benchmarks sizing --table"
