"""`docs/telemetry.md` is what the table of metrics and spans says."""

from __future__ import annotations

from goldenthread.runtime.observability.telemetry_page import PAGE, page
from goldenthread.runtime.observability.telemetry_schema import METRICS, SPANS
from goldenthread.runtime.observability.telemetry_types import MetricSchema, SpanSchema


def test_the_page_is_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m goldenthread.runtime.observability.telemetry_page"


def test_the_page_has_every_metric_every_span_and_all_of_their_attributes() -> None:
    lines = page().splitlines()
    declared: list[MetricSchema | SpanSchema] = [*METRICS, *SPANS]
    for each in declared:
        rows = [line for line in lines if line.startswith(f"| `{each.name}` |")]
        assert rows, each.name
        for attribute in each.attributes:
            assert any(f"`{attribute.name}`: {attribute.meaning.rstrip('.')}" in row for row in rows)
