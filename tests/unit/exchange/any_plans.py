"""Plans of every kind."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st
from msgspec.structs import replace

from goldenthread.contracts.enums import Direction, LinkKind, ProgressStatus
from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanReading, PlanRow, PlanUnit, RowType
from goldenthread.contracts.texts import folded
from goldenthread.exchange.values.owner_names import has_email

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
