"""What holds for any plan and any garbage."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from goldenthread import exchange
from goldenthread.contracts.enums import Direction, LinkKind, ProgressStatus
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanReading, PlanRow, PlanUnit, RowType
from goldenthread.contracts.texts import folded
from goldenthread.exchange.tables.headings import COLUMNS
from goldenthread.exchange.values.owner_names import has_email
from tests.unit.exchange.sheets.test_sheet_reader import refusal

characters = st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufeff\ufffe\uffff")
plain = st.text(characters, max_size=12) | st.sampled_from(
    ["=1+1", "'=x", "a,b", 'say "so"', "- x", "@me", "a;b", "TBD", ";=1+1", "a;=1", "＝1", "a|'+1", '"=1', "';'-"]
)
line = plain.map(lambda text: " ".join(text.split())).filter(bool)
paragraphs = st.lists(line, min_size=1, max_size=3).map("\n".join)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**6), 10**6).map(float)
days = st.dates(date(1900, 1, 1), date(2200, 1, 1))
readings = st.builds(PlanReading, value=numbers, on=days, note=st.none() | line)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    ids = draw(st.lists(line, min_size=1, max_size=5, unique_by=str.casefold))
    of_units = line.filter(lambda text: not has_email(text))  # Who has one is a person, and no unit.
    units = draw(st.lists(of_units, max_size=3, unique_by=folded))
    rows = [draw(a_row(id, ids, units)) for id in ids]
    named = dict.fromkeys(name for row in rows for name in [row.unit, *row.co_owners] if name)
    return Plan(PlanFormat.OKR_SHEET, rows, [PlanUnit(name) for name in named])


@st.composite
def a_row(draw: st.DrawFn, id: str, ids: list[str], units: list[str]) -> PlanRow:
    type = draw(st.sampled_from(RowType))
    key_result = type is RowType.KEY_RESULT
    above = [] if type is RowType.PURPOSE else [each for each in ids if each != id]
    parents = draw(st.lists(st.sampled_from(above), unique=True, max_size=3)) if above else []
    because = line if len(parents) > 1 else paragraphs
    span = sorted(draw(st.lists(days, min_size=2, max_size=2)))
    value = st.none() | numbers if key_result else st.none()
    owners = draw(st.lists(st.sampled_from(units), unique=True, max_size=3)) if units else []
    if type is not RowType.OBJECTIVE:
        owners = owners[:1]
    return PlanRow(
        row=id,
        line="",
        type=type,
        title=draw(line),
        description=draw(st.none() | paragraphs),
        parents=[
            PlanParent(
                each,
                draw(st.none() | because),
                LinkKind.SUPPORTS if key_result and at else draw(st.none() | st.sampled_from(LinkKind)),
                draw(st.none() | st.floats(0, 1)),
            )
            for at, each in enumerate(parents)
        ],
        unit=owners[0] if owners else None,
        co_owners=owners[1:],
        cycle=draw(st.none() | line),
        starts_on=draw(st.none() | st.just(span[0])),
        ends_on=draw(st.none() | st.just(span[1])),
        start_value=draw(value),
        target_value=draw(value),
        current_value=draw(value),
        measure_unit=draw(st.none() | line) if key_result else None,
        direction=draw(st.none() | st.sampled_from(Direction)) if key_result else None,
        status=draw(st.none() | st.sampled_from(ProgressStatus)),
        readings=draw(st.lists(readings, max_size=3)) if key_result else [],
    )


def without_lines(plan: Plan) -> Plan:
    """Without what only a file just read has: where its rows stand, the texts of its cells, and notes."""
    units = [replace(each, key=None) for each in plan.units]  # Of what stands in quotes: it is one name for certain.
    return replace(plan, rows=[replace(row, line="", cells={}) for row in plan.rows], units=units, notes=[])


@given(plans())
def test_a_plan_written_as_a_sheet_reads_back_the_same(plan: Plan) -> None:
    again = exchange.read(exchange.write(plan), PlanFormat.OKR_SHEET)
    assert without_lines(again) == plan


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
