"""Plans as an organization could stand, for hypothesis: what is imported without a remark, in an export's order."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from hypothesis import strategies as st
from msgspec.structs import replace

from goldenthread.contracts import texts
from goldenthread.contracts.enums import Direction, LinkKind, ProgressStatus, Sentiment, UnitFunction
from goldenthread.contracts.plan import (
    Plan,
    PlanCycle,
    PlanFeedback,
    PlanFormat,
    PlanParent,
    PlanReading,
    PlanRow,
    PlanUnit,
    RowType,
)
from goldenthread.exchange.text.tidying import one_line
from tests.support.entities import T0

ROOT = "Example"
_odd = [
    "TBD",
    "[To be determined]",
    "a  b",
    "<&>",
    "“x” \u00a0 y",
    "line\u2028end",
    "{}",
    "golden-thread: {}",
]
_characters = st.characters(codec="utf-8", exclude_categories=["Cc"])
words: st.SearchStrategy[str] = (
    (st.text(_characters, min_size=1, max_size=12) | st.sampled_from(_odd)).map(str.strip)
).filter(lambda text: texts.wrong(text) is None)
_titles = words.filter(lambda text: texts.wrong(text, line=True) is None)
paragraphs = st.lists(words, min_size=1, max_size=3).map("\n".join)
shares = st.floats(0, 1)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**6), 10**6).map(float)
_days = st.dates(date(1990, 1, 1), date(2200, 1, 1))
_statuses = st.none() | st.sampled_from(ProgressStatus)


def maybe(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    return st.none() | strategy


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A purpose or none, then whys, objectives and key results that hang on what stands before them."""
    units, cycles = draw(_units()), draw(_cycles())
    rows = [draw(_purpose())] if draw(st.booleans()) else []
    types = draw(st.lists(st.sampled_from([RowType.WHY, RowType.OBJECTIVE, RowType.KEY_RESULT]), max_size=7))
    for number, type in enumerate(sorted(types, key=list(RowType).index) if draw(st.booleans()) else types):
        row = draw(_row(f"r{number}", type, rows, [each.key or each.name for each in units], cycles))
        rows += [row] if row is not None else []
    feedback = draw(st.lists(_feedback([row.row for row in rows]), max_size=3))
    feedback += draw(st.lists(_again(feedback), max_size=2)) if feedback else []
    return Plan(PlanFormat.JSON, rows, units, name=ROOT, cycles=cycles, feedback=feedback)


def settled(plan: Plan) -> Plan:
    """`plan` with everything in one order, where the order says nothing; without lines, and without its revision."""
    return replace(
        plan,
        format=PlanFormat.JSON,
        revision=None,
        rows=sorted((replace(row, line="") for row in plan.rows), key=lambda row: row.row),
        units=sorted(plan.units, key=lambda each: each.key or each.name),
        cycles=sorted(plan.cycles, key=lambda each: each.name),
        feedback=sorted((replace(each, about=sorted(each.about)) for each in plan.feedback), key=repr),
    )


@st.composite
def _purpose(draw: st.DrawFn) -> PlanRow:
    """One whose description does not begin with its title: it would be all of its statement."""
    title, below = draw(_titles), draw(maybe(paragraphs))
    same = below is not None and texts.headline(below) == texts.headline(title)
    return PlanRow("P", "", RowType.PURPOSE, title, None if same else below)


@st.composite
def _units(draw: st.DrawFn) -> list[PlanUnit]:
    """A tree below the root; now and then two units of one name at two places."""
    functions = st.sampled_from(UnitFunction)
    twins = draw(st.booleans())
    names = draw(st.lists(_plain_names, max_size=3, unique_by=lambda name: name.casefold()))
    found = [PlanUnit(ROOT, function=UnitFunction.EXECUTIVE, top=True)]
    for name in names:
        above = draw(st.sampled_from(found))
        found.append(PlanUnit(name, above.name, function=draw(functions)))
    if names and twins:
        for above in found[:2]:
            key = " / ".join([*_way(above, found), "Twin"])
            found.append(PlanUnit("Twin", above.name, key=key, function=draw(functions)))
    return found


_plain_names: st.SearchStrategy[str] = st.text("abcXYZ &é-", min_size=1, max_size=8).map(one_line).filter(bool)


def _way(unit: PlanUnit, units: list[PlanUnit]) -> list[str]:
    above = next((each for each in units if each.name == unit.parent), None)
    return [*(_way(above, units) if above else []), unit.name]


@st.composite
def _cycles(draw: st.DrawFn) -> list[PlanCycle]:
    names = draw(st.lists(_plain_names, max_size=2, unique_by=lambda name: name.casefold()))
    spans = (sorted(draw(st.tuples(_days, _days))) for _ in names)
    return [PlanCycle(name, *span) for name, span in zip(names, spans, strict=True)]


@st.composite
def _row(
    draw: st.DrawFn, id: str, type: RowType, above: list[PlanRow], units: list[str], cycles: list[PlanCycle]
) -> PlanRow | None:
    row = PlanRow(id, "", type, draw(_titles), draw(maybe(paragraphs)), unit=draw(st.sampled_from(units)))
    if type is RowType.KEY_RESULT:
        return draw(_key_result(row, above))
    row = replace(row, parents=draw(_parents([each.row for each in above], type)))
    if row.description == row.title:
        row = replace(row, description=None)
    return draw(_why(row, units) if type is RowType.WHY else _objective(row, units, cycles))


@st.composite
def _parents(draw: st.DrawFn, above: list[str], type: RowType) -> list[PlanParent]:
    """Accepted links first: those are the older ones."""
    ids = draw(st.lists(st.sampled_from(above), unique=True, max_size=3)) if above else []
    kinds = [LinkKind.SUPPORTS] if type is RowType.KEY_RESULT else list(LinkKind)
    found = []
    for id in ids:
        because, proposed = draw(maybe(paragraphs)), draw(st.booleans())
        kind, in_return = draw(st.sampled_from(kinds)), draw(maybe(paragraphs))
        stale = because is not None and not proposed and draw(st.booleans())
        found.append(PlanParent(id, because, kind, draw(st.none() | shares), in_return, stale, proposed))
    return sorted(found, key=lambda each: each.proposed)


@st.composite
def _why(draw: st.DrawFn, row: PlanRow, units: list[str]) -> PlanRow:
    because = draw(maybe(paragraphs))
    said = row.parents[0].because if row.parents else None
    audience = draw(st.lists(st.sampled_from(units), unique=True, max_size=3))
    return replace(
        row,
        because=because if because != said else None,
        audience=audience if audience != [row.unit] else [],
    )


@st.composite
def _objective(draw: st.DrawFn, row: PlanRow, units: list[str], cycles: list[PlanCycle]) -> PlanRow:
    others = draw(st.lists(st.sampled_from(units), unique=True, max_size=3))
    others = [each for each in others if each != row.unit]
    split = draw(st.integers(0, len(others)))
    span = sorted(draw(st.tuples(_days, _days)))
    return replace(
        row,
        cycle=draw(st.sampled_from([None, *(each.name for each in cycles)])),
        starts_on=draw(st.none() | st.just(span[0])),
        ends_on=draw(st.none() | st.just(span[1])),
        status=draw(_statuses),
        co_owners=others[:split],
        invited=others[split:],
        draft=draw(st.booleans()),
    )


@st.composite
def _key_result(draw: st.DrawFn, row: PlanRow, above: list[PlanRow]) -> PlanRow | None:
    """None where there is nothing to measure. It belongs to whom what it measures belongs to."""
    measured = [each for each in above if each.type in (RowType.WHY, RowType.OBJECTIVE)]
    if not measured:
        return None
    measures = draw(st.sampled_from(measured))
    further = draw(_parents([each.row for each in above if each.row != measures.row], RowType.KEY_RESULT))
    readings = sorted(draw(st.lists(_readings(), max_size=3)), key=_moment)
    value = st.none() | numbers
    return replace(
        row,
        unit=measures.unit,
        parents=[PlanParent(measures.row, kind=None), *further],
        start_value=draw(value),
        target_value=draw(value),
        current_value=draw(numbers if readings else value),
        measure_unit=draw(maybe(_titles)),
        direction=draw(st.sampled_from(Direction)),
        status=draw(_statuses),
        readings=readings,
        confidence=draw(st.none() | shares),
    )


@st.composite
def _readings(draw: st.DrawFn) -> PlanReading:
    on, at = draw(_days), draw(st.none() | st.times(time(0, 0, 1)))
    moment = datetime.combine(on, at, UTC) if at else None
    return PlanReading(draw(numbers), on, draw(maybe(paragraphs)), moment, draw(st.none() | shares), draw(_statuses))


def _moment(reading: PlanReading) -> datetime:
    return reading.at or datetime.combine(reading.on, time(), UTC)


@st.composite
def _feedback(draw: st.DrawFn, rows: list[str]) -> PlanFeedback:
    at = draw(st.datetimes(datetime(2000, 1, 1), T0.replace(tzinfo=None)))
    about = draw(st.lists(st.sampled_from(rows), unique=True, max_size=2)) if rows else []
    sentiment = draw(st.none() | st.sampled_from(Sentiment))
    return PlanFeedback(draw(_titles), draw(paragraphs), at.replace(tzinfo=UTC), draw(maybe(_titles)), sentiment, about)


@st.composite
def _again(draw: st.DrawFn, said: list[PlanFeedback]) -> PlanFeedback:
    """Somebody else who said the same at the same time: an export of a survey has only days."""
    one, other = draw(st.sampled_from(said)), draw(st.sampled_from(said))
    return replace(one, segment=other.segment, sentiment=other.sentiment, about=other.about)
