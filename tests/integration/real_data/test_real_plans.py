"""Strategy documents of real organizations, kept beside the checkout and not in it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import xmlschema
from msgspec.structs import replace

from goldenthread import exchange
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.plan import Plan, PlanFormat, RowType

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no folder shared/data beside the checkout")

FILES = [
    "performance-gov-4-agencies.csv",
    "gitlab-fy21-q1.csv",
    "stratml/PMOAI.xml",
    "stratml/US_Assistance_to_Albania.xml",
]


def plan_of(file: str) -> Plan:
    return exchange.read((DATA / file).read_bytes())


def counts(plan: Plan) -> tuple[int, ...]:
    found = Counter(row.type for row in plan.rows)
    return tuple(found[type] for type in (RowType.PURPOSE, RowType.WHY, RowType.OBJECTIVE, RowType.KEY_RESULT))


@pytest.mark.parametrize(
    ("file", "expected", "units"),
    list(zip(FILES, [(1, 21, 81, 42), (1, 3, 137, 332), (1, 1, 5, 0), (1, 8, 20, 20)], [5, 66, 1, 1], strict=True)),
)
def test_every_row_of_a_real_plan_is_taken(file: str, expected: tuple[int, ...], units: int) -> None:
    plan = plan_of(file)
    assert plan.problems == []
    assert counts(plan) == expected
    assert len(plan.units) == units


def test_the_agencies_orphans_stay_orphans() -> None:
    plan = plan_of("performance-gov-4-agencies.csv")
    orphans = [row for row in plan.rows if not row.parents and row.type is RowType.OBJECTIVE]
    assert len(orphans) == 12
    assert sum(row.target_value is not None for row in plan.rows) == 40


def test_a_company_cascade_keeps_rows_with_two_parents() -> None:
    plan = plan_of("gitlab-fy21-q1.csv")
    several = [row for row in plan.rows if len(row.parents) > 1]
    assert several
    assert all(parent.kind == "SUPPORTS" for row in several if row.type == "key_result" for parent in row.parents[1:])


def test_every_measurement_of_a_performance_report_is_a_reading() -> None:
    plan = plan_of("stratml/US_Assistance_to_Albania.xml")
    measures = [row for row in plan.rows if row.type is RowType.KEY_RESULT]
    assert sum(len(row.readings) for row in measures) == 411
    assert all(row.measure_unit == "$" and row.current_value is not None for row in measures)


def test_an_empty_template_is_refused_whole() -> None:
    with pytest.raises(Refused, match="empty template"):
        plan_of("stratml/template_performance_plan.xml")


@pytest.mark.parametrize("file", ["stratml/PerformancePlanOrReport20160216.xsd", "SOURCES.md"])
def test_what_is_no_plan_is_refused_whole(file: str) -> None:
    with pytest.raises(Refused, match="line"):
        plan_of(file)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("format", PlanFormat)
def test_a_real_plan_written_out_reads_back_the_same(file: str, format: PlanFormat) -> None:
    plan = plan_of(file)
    again = exchange.read(exchange.write(plan, format))
    # The lines and the texts of cells are those of the file that was read.
    read, written = ([replace(row, line="", cells={}) for row in each.rows] for each in (again, plan))
    assert read == written
    assert again.problems == []


@pytest.mark.parametrize("file", FILES)
def test_reading_twice_gives_the_same_plan(file: str) -> None:
    assert plan_of(file) == plan_of(file)


@pytest.mark.parametrize("file", FILES)
def test_a_real_plan_written_as_stratml_is_valid(file: str) -> None:
    schema = xmlschema.XMLSchema10(DATA / "stratml" / "PerformancePlanOrReport20160216.xsd")
    schema.validate(exchange.write(plan_of(file), PlanFormat.STRATML))
