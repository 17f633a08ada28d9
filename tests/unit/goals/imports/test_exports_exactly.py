"""What exports lost, or took for a change, once: each case by itself, at home and in an empty organization."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from goldenthread import exchange
from goldenthread.contracts import commands as c
from goldenthread.contracts.commands.listening import RecordFeedback
from goldenthread.contracts.enums import UnitFunction
from goldenthread.contracts.events.goals import LinkReaffirmed
from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanReading, PlanRow, RowType
from goldenthread.exchange.plans import export_losses
from tests.unit.goals.company import Company
from tests.unit.goals.imports.exports import (
    FORMATS,
    compare,
    elsewhere,
    export,
    home,
    nothing,
    read_plan,
    same,
)

SHEET = PlanFormat.OKR_SHEET
every_format = pytest.mark.parametrize("format", FORMATS)


def did(company: Company, command: Any) -> str:
    decision = company.tries(command)
    assert decision is not None
    return decision.ids[0]


def unit(company: Company, name: str, parent: str | None = None) -> str:
    return did(company, c.CreateUnit(name=name, function=UnitFunction.BUSINESS, parent=parent))


def unchanged(company: Company, format: PlanFormat) -> None:
    """At home the export changes nothing and is no matter of a remark."""
    found = home(company, export(company, format), company.org.copy())
    nothing(found)
    assert found.report is not None
    same((found.report.rows, [each.message for each in found.warnings]), ([], []))


def made_again(company: Company, format: PlanFormat) -> Company:
    """What the export makes of an empty organization, without a remark."""
    other, decision = elsewhere(export(company, format), company)
    assert decision.report is not None
    same((decision.report.skipped, decision.warnings), ([], []))
    return other


@every_format
@pytest.mark.parametrize("statement", ["a\tb", "a\n\nb", "a \n b", "a\na", "\u200b\nb", "a\u2028b", "a\nb\nc", "a  b"])
def test_a_purpose_is_exactly_what_was_published(format: PlanFormat, statement: str) -> None:
    company = Company()
    did(company, c.PublishPurpose(statement=statement))
    unchanged(company, format)
    purpose = made_again(company, format).org.purpose
    assert purpose is not None
    assert purpose.statement == statement


@every_format
def test_units_whose_names_differ_in_case_blanks_or_the_sign_of_a_way_are_told_apart(format: PlanFormat) -> None:
    company = Company()
    north, accent = unit(company, "North"), unit(company, "\u00e9")
    places = [accent, unit(company, "E\u0301", north), unit(company, "A / B"), unit(company, "A", north)]
    places += [unit(company, "C", places[2]), unit(company, "B", places[3]), unit(company, "C", north)]
    for place in places:
        did(company, c.CreateObjective(title=f"Of {place}", owners=[place]))
    unchanged(company, format)
    other = made_again(company, format)
    if format is not SHEET:
        compare(company, other)


@pytest.mark.parametrize("format", FORMATS[:2])
def test_a_unit_called_as_another_organization_is_a_unit_there(format: PlanFormat) -> None:
    company = Company()
    did(company, c.UpdateUnit(unit=next(iter(company.org.units)), name="Renamed"))
    did(company, c.CreateObjective(title="a", owners=[unit(company, "Example", unit(company, "Below"))]))
    other = Company()
    plan = export(company, format).replace("Renamed", "Example Ltd")
    other.imports(exchange.read(plan))
    (objective,) = other.org.objectives.values()
    names = [each.name for each in other.org.ancestors(objective.owners[0])]
    assert names == ["Example", "Below", "Example"]


@every_format
def test_a_proposal_that_is_over_when_the_export_comes_home_is_no_conflict(format: PlanFormat) -> None:
    company = Company()
    one, other = unit(company, "One"), unit(company, "Other")
    up = did(company, c.CreateObjective(title="up", owners=[one]))
    down = did(company, c.CreateObjective(title="down", owners=[other]))
    link = did(company, c.ProposeLink(child=down, parent=up, because="it\nhelps"))
    then, file = company.org.copy(), export(company, format)
    if company.org.links[link].state == "ACCEPTED":  # Who proposed it leads both units.
        pytest.fail("the link was to wait for an answer")
    did(company, c.DeclineLink(link=link, round=1, reason="no"))
    nothing(home(company, file, then))


@every_format
def test_a_period_with_days_of_its_own_is_no_matter_of_a_remark(format: PlanFormat) -> None:
    company = Company()
    cycle = did(company, c.OpenCycle(name="Q1 2026", starts_on=date(2026, 1, 5), ends_on=date(2026, 4, 2)))
    did(company, c.CreateObjective(title="a", owners=list(company.org.units)[:1], cycle=cycle))
    unchanged(company, format)
    if format is not SHEET:
        compare(company, made_again(company, format))


def test_a_cycle_that_was_closed_since_is_not_opened_again_by_a_sheet() -> None:
    company = Company()
    cycle = did(company, c.OpenCycle(name="Sprint", starts_on=date(2026, 1, 5), ends_on=date(2026, 4, 2)))
    row = PlanRow(
        "O", "1", RowType.OBJECTIVE, "a", cycle="Sprint", starts_on=date(2020, 1, 1), ends_on=date(2020, 2, 1)
    )
    company.imports(Plan(PlanFormat.JSON, [row]))
    then, file = company.org.copy(), export(company, SHEET)
    did(company, c.CloseCycle(cycle=cycle, archive=list(company.org.objectives)))
    nothing(home(company, file, then))


def with_key_result(*readings: PlanReading, because: str | None = None) -> Company:
    company, parents = Company(), [PlanParent("W", because, in_return="x\ny"), PlanParent("V")]
    rows = [
        PlanRow("W", "1", RowType.WHY, "Grow  more"),
        PlanRow("V", "2", RowType.WHY, "Serve", "Serve\r\nthem"),
        PlanRow(
            "O",
            "3",
            RowType.OBJECTIVE,
            "Sell",
            parents=parents,
        ),
        PlanRow("K", "4", RowType.KEY_RESULT, "Deals", parents=[PlanParent("O")], readings=list(readings)),
    ]
    company.imports(Plan(PlanFormat.JSON, rows))
    return company


@every_format
def test_notes_of_several_lines_and_odd_blanks_are_no_change(format: PlanFormat) -> None:
    reading = PlanReading(1.0, date(2026, 1, 2), "a\nb")
    unchanged(with_key_result(reading, reading, because="a\nb"), format)


@every_format
def test_an_error_of_a_formula_that_somebody_wrote_as_a_because_stays(format: PlanFormat) -> None:
    company = Company()
    why = did(company, c.PublishPurpose(statement="P"))
    link = c.LinkTarget(parent=why, because="#N/A")
    did(company, c.CreateObjective(title="#N/A", owners=[unit(company, "A, B; C")], link_to=link))
    unchanged(company, format)
    compare(company, made_again(company, format))


@every_format
def test_the_because_of_a_why_whose_first_parent_has_ended_is_not_lost(format: PlanFormat) -> None:
    company = Company()
    root = list(company.org.units)[:1]
    did(company, c.PublishPurpose(statement="P"))
    top = did(company, c.PublishWhy(statement="top", because="t", audience=root))
    why = did(company, c.PublishWhy(statement="why", because="b", audience=root, serves=top))
    did(company, c.RetireWhy(why=top, reason="over"))
    unchanged(company, format)
    twin = next(each for each in made_again(company, format).org.whys.values())
    assert (twin.statement, twin.because) == ("why", "b" if format is not SHEET else None), why


@pytest.mark.parametrize("format", FORMATS[:2])
def test_what_customers_said_of_a_why_stays_so_when_another_takes_over(format: PlanFormat) -> None:
    company = Company()
    root = list(company.org.units)[:1]
    did(company, c.PublishPurpose(statement="P"))
    old, new = (did(company, c.PublishWhy(statement=each, because="b", audience=root)) for each in "ab")
    did(company, RecordFeedback(source="Shop", body="Good", about=[old]))
    then, file = company.org.copy(), export(company, format)
    did(company, c.RetireWhy(why=old, reason="over", successor=new))
    nothing(home(company, file, then))


def test_a_unit_with_a_comma_that_is_told_a_why_first_is_one_unit() -> None:
    company = Company()
    told, root = unit(company, "A, B"), next(iter(company.org.units))
    did(company, c.PublishPurpose(statement="P"))
    did(company, c.PublishWhy(statement="why", because="b", audience=[told, root]))
    did(company, c.CreateObjective(title="a", owners=[told]))
    other = made_again(company, SHEET)
    (objective,) = other.org.objectives.values()
    assert [other.org.units[each].name for each in objective.owners] == ["A, B"]


@every_format
def test_a_unit_called_as_an_email_address_owns_at_home_and_is_named_at_the_export(format: PlanFormat) -> None:
    company = Company()
    address = unit(company, "sales@a.example")
    below = unit(company, "Below", address)
    did(company, c.CreateObjective(title="a", owners=[address]))
    did(company, c.CreateObjective(title="b", owners=[below]))
    unchanged(company, format)
    told = [each for each in export_losses.loss_notes(read_plan(company, format), format) if "e-mail" in each]
    assert told == [
        "units that are called as an e-mail address is, without which an import elsewhere takes their goals (1)"
    ]
    other, decision = elsewhere(export(company, format), company)
    assert decision.report is not None
    assert ["looks like a person" in each.message for each in decision.report.skipped] == [True]
    owners = {each.title: other.org.units[each.owners[0]].name for each in other.org.objectives.values()}
    assert owners == {"a": "Example", "b": "Below"}


@every_format
def test_a_unit_that_a_sheet_calls_by_its_id_is_named_at_the_export(format: PlanFormat) -> None:
    company = Company()
    whole, part = unit(company, "A / B"), unit(company, "A")
    owned = [unit(company, "B", part), unit(company, "B", whole)]
    for each in owned:
        did(company, c.CreateObjective(title=each, owners=[each]))
    unchanged(company, format)
    told = [each for each in export_losses.loss_notes(read_plan(company, format), format) if "by their id" in each]
    said = "the names of units that share the way to them, and are called by their id elsewhere (1)"
    assert told == ([said] if format is SHEET else [])
    if format is not SHEET:
        compare(company, made_again(company, format))


@every_format
def test_a_because_that_is_written_anew_in_an_export_explains_the_link_again(format: PlanFormat) -> None:
    company = Company()
    root = company.org.info.root if company.org.info else ""
    did(company, c.PublishPurpose(statement="Be useful"))
    why = did(company, c.PublishWhy(statement="Grow", because="b", audience=[root]))
    goal = did(company, c.CreateObjective(title="Sell", owners=[root]))
    link = did(company, c.ProposeLink(child=goal, parent=why, because="it grew us"))
    did(company, c.ReviseWhy(why=why, expected_version=1, statement="Grow well"))
    assert not company.org.explained(company.org.links[link])
    file = export(company, format)
    found = home(company, file.replace("it grew us", "it grows us"), company.org.copy())
    (said,) = [fact.payload.link for fact in found.facts if isinstance(fact.payload, LinkReaffirmed)]
    assert (said.id, said.because, said.because_version) == (link, "it grows us", 2)
