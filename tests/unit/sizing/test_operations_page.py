"""docs/operations.md has the table that the code gives today."""

from __future__ import annotations

from benchmarks import sizing
from goldenthread.contracts.topics import TOPICS
from tests.unit.house.source import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_the_page_has_the_table_that_the_command_prints() -> None:
    assert sizing.table() in PAGE, "python -m benchmarks sizing --table"


def test_the_procedure_for_other_partitions_names_what_there_is() -> None:
    assert "UPDATE installation SET partitions = " in PAGE
    assert len(TOPICS) == 6, "the page says how many topics are deleted"
