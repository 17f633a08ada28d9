"""What holds for any plan and any garbage."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from goldenthread import exchange
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.plan import Plan, PlanFormat, PlanRow, PlanUnit, RowType
from goldenthread.exchange.tables.headings import COLUMNS
from tests.unit.exchange.any_plans import (
    line,
    plans,
    without_lines,
)
from tests.unit.exchange.refusals import refusal


@pytest.mark.slow
@given(plans())
def test_a_plan_written_as_a_sheet_reads_back_the_same(plan: Plan) -> None:
    again = exchange.read(exchange.write(plan), PlanFormat.OKR_SHEET)
    assert without_lines(again) == plan


@pytest.mark.slow
@given(plans(), st.none() | line)
def test_a_plan_written_as_json_reads_back_the_same(plan: Plan, name: str | None) -> None:
    plan = replace(plan, name=name, units=[*plan.units, PlanUnit("Another", "Above", "Described")])
    assert exchange.read(exchange.write(plan, PlanFormat.JSON)) == plan


def read_or_refused(content: str | bytes, format: PlanFormat | None) -> None:
    try:
        plan = exchange.read(content, format)
    except Refused:
        return
    assert plan.rows or plan.problems
    known = {row.row for row in plan.rows}
    assert len(known) == len(plan.rows)
    assert all(parent.row != row.row for row in plan.rows for parent in row.parents)


formats = st.none() | st.sampled_from(PlanFormat)


@given(st.text() | st.binary(), formats)
@example("<a>\ud800</a>", None)
@example('{"format":"JSON","rows":' + "[" * 100_000, None)
@example("[" * 100_000, PlanFormat.JSON)
def test_garbage_is_never_anything_but_refused(content: str | bytes, format: PlanFormat | None) -> None:
    read_or_refused(content, format)


cells = st.text(max_size=20) | st.sampled_from(
    [*RowType, *COLUMNS, "A", "B", "A\nB", '"', "=1", "2024-02-30", "3/4/2024", "1e999", "5%", "-", "((", "00.1.1"]
)


@given(st.lists(st.lists(cells, max_size=14), max_size=6), st.permutations(COLUMNS), st.sampled_from(",;\t"))
def test_a_sheet_of_garbage_is_never_anything_but_refused(
    rows: list[list[str]], header: list[str], delimiter: str
) -> None:
    text = "\n".join(delimiter.join(row) for row in [header, *rows])
    read_or_refused(text, PlanFormat.OKR_SHEET)


names = st.sampled_from(
    [
        "StrategicPlan",
        "StrategicPlanCore",
        "Mission",
        "Goal",
        "Objective",
        "PerformanceIndicator",
        "Name",
        "Identifier",
        "Description",
        "MeasurementInstance",
        "ActualResult",
        "NumberOfUnits",
        "EndDate",
        "StartDate",
        "Relationship",
        "ReferentIdentifier",
        "Organization",
        "Stakeholder",
        "AdministrativeInformation",
        "OtherInformation",
        "SequenceIndicator",
    ]
)
_notes = [
    "{}",
    '{"holder": true}',
    '{"row": "x"}',
    '{"title": ""}',
    '{"units": [1]}',
    '{"rows": [{}]}',
    '{"purpose": 1}',
    "{",
]
texts = st.sampled_from(["", "x", "5", "2024-01-01", "2024-99-01", "[TBD]", "&lt;", "&#0;", "&x;", "<", "Goal 1"]) | (
    st.sampled_from(_notes).map("golden-thread: {}".format)
)
elements: st.SearchStrategy[str] = st.recursive(
    texts,
    lambda inside: st.tuples(names, st.lists(inside, max_size=4)).map(lambda e: f"<{e[0]}>{''.join(e[1])}</{e[0]}>"),
    max_leaves=30,
)


@given(elements, st.booleans())
def test_a_document_of_garbage_is_never_anything_but_refused(inside: str, ours: bool) -> None:
    marked = "<OtherInformation>golden-thread: {}</OtherInformation>" if ours else ""
    read_or_refused(f"<StrategicPlan>{marked}{inside}</StrategicPlan>", None)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not a plan in JSON"),
        ("{}", "missing required field `format`"),
        ('{"format": "JSON", "rows": []}', "the plan has no rows"),
        ('{"format": "JSON", "rows": [], "name": 1e999}', "$.name"),
        ('{"format": "JSON", "rows": [{"row": "a\\u0000", "line": "", "type": "why", "title": "t"}]}', "U+0000"),
        ('{"format": "JSON", "rows": [{"row": 1}]}', "$.rows[0].row"),
        ('{"format": "JSON", "rows": [{"row": "a", "line": "", "type": "epic", "title": "t"}]}', "$.rows[0].type"),
    ],
)
def test_json_that_is_no_plan_is_refused_with_the_place(content: str, reason: str) -> None:
    assert reason in refusal(content)


def test_a_row_of_json_without_id_or_title_is_a_problem() -> None:
    row = '{"row": "%s", "line": "", "type": "why", "title": "%s"}'
    plan = exchange.read('{"format": "JSON", "rows": [' + ",".join([row % ("a", " "), row % ("", "b")]) + "]}")
    assert plan.rows == []
    assert [problem.message for problem in plan.problems] == ["not taken: no title", "not taken: no id"]


@pytest.mark.parametrize("format", list(PlanFormat))
def test_an_export_says_its_revision_in_every_format(format: PlanFormat) -> None:
    rows = [PlanRow(f"why_{at}", "", RowType.WHY, f"Grow {at}") for at in range(3)]
    plan = Plan(format, rows, revision=4711)
    again = exchange.read(exchange.write(plan, format), format)
    assert (again.revision, again.problems) == (4711, [])
    plain = exchange.read(exchange.write(replace(plan, revision=None), format), format)
    assert plain.revision is None
