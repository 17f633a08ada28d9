from __future__ import annotations

from datetime import date

import pytest

from goldenthread import exchange
from goldenthread.contracts.enums import LinkKind
from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanReading, PlanRow, PlanUnit, RowType
from tests.unit.exchange.refusals import refusal

PART_ONE = "urn:ISO:std:iso:17469:tech:xsd:stratml_core"
PART_TWO = "urn:ISO:std:iso:17469:tech:xsd:PerformancePlanOrReport"
OLD = "http://www.stratml.net/PerformancePlanOrReport"

GOALS = """
<Goal><Name>Grow</Name><Description>Reach more people</Description><Identifier>g1</Identifier>
  <Objective><Name>Speak</Name><Description/><Identifier>o1</Identifier></Objective>
</Goal>"""
MISSION = "<Mission><Description>To help</Description><Identifier>m</Identifier></Mission>"


def plan_of(core: str, before: str = "", after: str = "", namespace: str | None = PART_TWO) -> Plan:
    xmlns = f' xmlns="{namespace}"' if namespace else ""
    return exchange.read(
        f"<PerformancePlanOrReport{xmlns}>{before}<StrategicPlanCore>{core}</StrategicPlanCore>{after}"
        "</PerformancePlanOrReport>"
    )


def indicator(inside: str, after: str = "") -> tuple[PlanRow, list[str]]:
    plan = plan_of(
        "<Goal><Name>g</Name><Objective><Name>o</Name><Identifier>o</Identifier><PerformanceIndicator>"
        f"<MeasurementDimension>Funding</MeasurementDimension>{inside}</PerformanceIndicator></Objective></Goal>",
        after=after,
    )
    return plan.rows[-1], [problem.message for problem in plan.problems]


def result(kind: str, units: str, start: str = "", end: str = "", rest: str = "") -> str:
    return (
        f"<MeasurementInstance><{kind}><StartDate>{start}</StartDate><EndDate>{end}</EndDate>"
        f"<NumberOfUnits>{units}</NumberOfUnits>{rest}</{kind}></MeasurementInstance>"
    )


def test_a_mission_is_the_purpose_a_goal_a_why_and_an_objective_an_objective() -> None:
    plan = plan_of(MISSION + GOALS, before="<Name>Our plan</Name>")
    assert plan.format is PlanFormat.STRATML
    assert plan.name == "Our plan"
    assert plan.problems == []
    assert plan.rows == [
        PlanRow("m", "Mission", RowType.PURPOSE, "To help"),
        PlanRow("g1", "Goal 1", RowType.WHY, "Grow", "Reach more people", [PlanParent("m")]),
        PlanRow("o1", "Goal 1/Objective 1", RowType.OBJECTIVE, "Speak", None, [PlanParent("g1")]),
    ]


@pytest.mark.parametrize("namespace", [PART_ONE, PART_TWO, OLD, None])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_any_namespace_or_none_and_a_byte_order_mark_read_the_same(namespace: str | None, mark: str) -> None:
    expected = plan_of(MISSION + GOALS)
    assert plan_of(MISSION + GOALS, namespace=namespace) == expected
    xmlns = f' xmlns:s="{namespace}"' if namespace else ""
    prefix = "s:" if namespace else ""
    core = (MISSION + GOALS).replace("</", "<\0").replace("<", f"<{prefix}").replace(f"<{prefix}\0", f"</{prefix}")
    text = f"{mark}<{prefix}StrategicPlan{xmlns}><{prefix}StrategicPlanCore>{core}</{prefix}StrategicPlanCore>"
    assert exchange.read(f"{text}</{prefix}StrategicPlan>".encode()) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252", "utf-16"])
def test_the_declared_encoding_is_read(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><StrategicPlan><Goal><Name>Größe</Name></Goal></StrategicPlan>'
    assert exchange.read(text.encode(encoding)).rows[0].title == "Größe"
    assert exchange.read(text).rows[0].title == "Größe"


def test_without_a_mission_the_vision_is_the_purpose_and_without_both_there_is_none() -> None:
    vision = "<Vision><Description>A better world</Description></Vision>"
    assert plan_of(vision + GOALS).rows[0].title == "A better world"
    assert plan_of(GOALS).rows[0].parents == []
    both = plan_of(vision + MISSION + "<Value><Name>Care</Name></Value><Value><Name/></Value>" + GOALS).rows[0]
    assert (both.title, both.description) == ("To help", "Vision: A better world\n\nValues: Care")


@pytest.mark.parametrize(
    "placeholder",
    ["", "   ", "[To be determined]", "[Mission not stated]", "TBD", "n/a", "[TBD]", "${uuid}", "[...]", "[]"],
)
def test_an_empty_element_or_a_placeholder_is_an_absent_one(placeholder: str) -> None:
    mission = f"<Mission><Description>{placeholder}</Description><Identifier>${{uuid}}</Identifier></Mission>"
    plan = plan_of(mission + f"<Goal><Name>{placeholder}</Name><Description/></Goal>" + GOALS)
    assert [row.row for row in plan.rows] == ["g1", "o1"]
    assert plan.problems == []


def test_text_over_several_lines_is_one_sentence() -> None:
    assert plan_of("<Goal><Name>\n   Reach\n   more\n</Name></Goal>").rows[0].title == "Reach more"


def test_what_says_something_without_a_name_is_a_problem_and_what_is_below_it_is_kept() -> None:
    plan = plan_of(MISSION + "<Goal><Name/><Objective><Name>Speak</Name></Objective></Goal>")
    assert plan.rows[1].parents == [PlanParent("m")]
    assert [(problem.row, problem.message) for problem in plan.problems] == [
        ("Goal 1", "not taken: it has neither name nor description; what is below it is")
    ]


def test_a_missing_or_repeated_identifier_is_replaced_by_the_place() -> None:
    plan = plan_of(
        "<Goal><Name>a</Name><Identifier>1 not an id</Identifier></Goal>"
        "<Goal><Name>b</Name><Identifier>1 not an id</Identifier></Goal>"
        "<Goal><Name>c</Name><Identifier>${uuid}</Identifier></Goal>"
        "<Goal><Name>d</Name></Goal>"
    )
    assert [row.row for row in plan.rows] == ["1 not an id", "Goal 2", "Goal 3", "Goal 4"]
    assert [problem.row for problem in plan.problems] == ["Goal 2"]


def test_an_indicator_is_a_key_result_with_its_target_and_a_reading_per_actual_result() -> None:
    row, problems = indicator(
        "<UnitOfMeasurement>$</UnitOfMeasurement><Identifier>k</Identifier>"
        + result("TargetResult", "300", "2024-01-01", "2024-12-31")
        + result("TargetResult", "200", "2023-01-01", "2023-12-31")
        + result("ActualResult", "1,250.5", "2024-01-01", "2024-12-31Z", "<Description>Year two</Description>")
        + result("ActualResult", "90", "", "2023-12-31")
        + "<OtherInformation>Details</OtherInformation>"
    )
    assert problems == []
    assert (row.row, row.type, row.title, row.description) == ("k", RowType.KEY_RESULT, "Funding", "Details")
    assert row.parents == [PlanParent("o")]
    assert (row.target_value, row.current_value, row.measure_unit) == (300, 1250.5, "$")
    assert row.readings == [
        PlanReading(90, date(2023, 12, 31)),
        PlanReading(1250.5, date(2024, 12, 31), "Year two"),
    ]


def test_a_result_in_words_is_kept_in_the_description() -> None:
    row, problems = indicator(result("TargetResult", "", rest="<Description>Faster than last year</Description>"))
    assert row.description == "Target: Faster than last year"
    assert (row.target_value, problems) == (None, [])


def test_a_result_that_ends_before_it_starts_is_taken_at_the_later_day_and_reported() -> None:
    row, problems = indicator(result("ActualResult", "5", "2024-12-31", "2024-01-01"))
    assert row.readings == [PlanReading(5, date(2024, 12, 31))]
    assert "before it starts" in problems[0]


def test_a_result_without_a_day_has_that_of_the_plan_or_is_a_problem() -> None:
    about = "<AdministrativeInformation><EndDate>2024-06-30</EndDate></AdministrativeInformation>"
    assert indicator(result("ActualResult", "5"), about)[0].readings == [PlanReading(5, date(2024, 6, 30))]
    row, problems = indicator(result("ActualResult", "5"))
    assert row.readings == []
    assert "no date" in problems[0]


@pytest.mark.parametrize(("units", "end"), [("many", "2024-01-01"), ("5", "soon"), ("inf", "2024-01-01")])
def test_a_result_that_makes_no_sense_is_a_problem_and_the_key_result_stays(units: str, end: str) -> None:
    row, problems = indicator(result("ActualResult", units, "", end))
    assert row.readings == []
    assert "taken without a result" in problems[0]


def test_objectives_have_the_days_of_the_plan_unless_it_ends_before_it_starts() -> None:
    about = (
        "<AdministrativeInformation><StartDate>2024-01-01</StartDate><EndDate>{}</EndDate></AdministrativeInformation>"
    )
    row = plan_of(GOALS, after=about.format("2024-12-31")).rows[1]
    assert (row.starts_on, row.ends_on) == (date(2024, 1, 1), date(2024, 12, 31))
    plan = plan_of(GOALS, after=about.format("2023-12-31"))
    assert (plan.rows[1].starts_on, plan.rows[1].ends_on) == (None, None)
    assert [problem.row for problem in plan.problems] == ["AdministrativeInformation"]


def test_a_relationship_to_what_is_broader_is_a_supports_link_and_others_are_reported() -> None:
    def related(kind: str, to: str) -> str:
        return (
            f'<Relationship RelationshipType="{kind}"><ReferentIdentifier>{to}</ReferentIdentifier>'
            "<Description>It pays</Description></Relationship>"
        )

    row, problems = indicator(
        related("Narrower_Than", "Goal 1") + related("Peer_To", "Goal 1") + related("Narrower_Than", "elsewhere")
    )
    further = [PlanParent(each, "It pays", LinkKind.SUPPORTS) for each in ("Goal 1", "elsewhere")]
    assert row.parents == [PlanParent("o"), *further]
    assert "Peer_To Goal 1" in problems[0]


def test_organizations_and_performers_are_units_and_people_are_not() -> None:
    def stakeholder(name: str, role: str, kind: str = "Organization") -> str:
        return (
            f'<Stakeholder StakeholderTypeType="{kind}"><Name>{name}</Name>'
            f"<Role><RoleType>{role}</RoleType></Role></Stakeholder>"
        )

    plan = plan_of(
        "<Organization><Name>City</Name><Description>A city</Description></Organization>"
        "<Goal><Name>g</Name><Objective><Name>a</Name>"
        + stakeholder("Jane", "Performer", "Person")
        + stakeholder("Citizens", "Beneficiary")
        + stakeholder("Parks", "Performer")
        + "<PerformanceIndicator><MeasurementDimension>Trees</MeasurementDimension></PerformanceIndicator></Objective>"
        "<Objective><Name>b</Name></Objective><Objective><Name>c</Name>"
        + stakeholder("PARKS", "Performer")
        + "</Objective></Goal>"
    )
    assert plan.units == [PlanUnit("City", None, "A city"), PlanUnit("Parks", "City")]
    assert [row.unit for row in plan.rows] == ["City", "Parks", "Parks", "City", "Parks"]


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><StrategicPlan><Name>&b;</Name></StrategicPlan>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><StrategicPlan><Name>&a;</Name></StrategicPlan>'
PARAMETER = '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://example.invalid/x.dtd"> %a;]><StrategicPlan/>'
OUTSIDE = '<!DOCTYPE StrategicPlan SYSTEM "http://example.invalid/x.dtd"><StrategicPlan>&a;</StrategicPlan>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (BOMB, "declares or refers to an entity"),
        (EXTERNAL, "declares or refers to an entity"),
        (PARAMETER, "declares or refers to an entity"),
        (OUTSIDE, "not well-formed XML"),
        (
            "\n<StrategicPlan>\n<Name>x</Nam>\n</StrategicPlan>",
            "line 3, column 10: not well-formed XML: mismatched tag",
        ),
        ("<StrategicPlan>", "not well-formed XML: no element found"),
        ("<", "line 1, column 1: not well-formed XML"),
        ("<plan><body/></plan>", "line 1: <plan> is not StratML"),
        ("<html><body/></html>", "a web page"),
        ("<StrategicPlan/>", "an empty template?"),
        ("<StrategicPlan>" + "<a>" * 3_000_000, "nested more than 100"),
        ("<StrategicPlan>" + "<a/>" * 500_001 + "</StrategicPlan>", "more than 500,000 elements"),
    ],
)
def test_xml_that_is_unsafe_or_no_plan_is_refused_with_the_reason(content: str, reason: str) -> None:
    assert reason in refusal(content)
