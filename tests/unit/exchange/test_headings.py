"""Which columns a sheet has: headings in the words of people and of other tools."""

from __future__ import annotations

from goldenthread import exchange
from goldenthread.exchange.table import Line, Table


def test_the_headings_of_a_sheet_are_those_of_its_header() -> None:
    assert exchange.headings_of("Row ID; Title ;Type;;Colour\n1;a;why;;red\n") == ["Row ID", "Title", "Type", "Colour"]
    assert exchange.headings_of(Table([Line(3, ["Type", "Title", 2026])], place="row")) == ["Type", "Title", "2026"]


def test_what_is_no_sheet_has_no_headings() -> None:
    assert exchange.headings_of("<StrategicPlan/>") == []
    assert exchange.headings_of('{"rows": []}') == []
    assert exchange.headings_of("nothing here\nis known\n") == []
    assert exchange.headings_of(Table([])) == []
