"""The year of an organization through GraphQL: it is set, shown, and gives the time periods of a sheet their days."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import CommandLine
from tests.support.story_organization import StoryOrganization

SHEET = """Row ID,Type,Title,Parent,Entity,Time Period
P,purpose,Arrive relaxed,,Rail,
A,objective,Run on time,P,Ops,Q1 2026
B,objective,Sell seats,P,Ops,2026-Q1
C,objective,Clean cars,P,Ops,FY26 Q1
D,objective,Print timetables,P,Ops,Jan - Mar 2026
"""
CYCLES = "{ cycles { nodes { name startsOn endsOn } } }"
YEAR = "policy { fiscalYearStart fiscalYearNamedBy graceDays }"


async def test_periods_have_the_days_of_the_policy_and_keep_them(org: StoryOrganization, tmp_path: Path) -> None:
    command = CommandLine({"GOLDENTHREAD_URL": org.admin.url, "GOLDENTHREAD_TOKEN": str(org.admin.token)}, tmp_path)
    payload = await org.admin.do("setPolicy", YEAR, {"fiscalYearStart": 4, "fiscalYearNamedBy": "START"})
    assert payload["policy"] == {"fiscalYearStart": 4, "fiscalYearNamedBy": "START", "graceDays": 14}
    sheet = tmp_path / "plan.csv"
    sheet.write_text(SHEET, encoding="utf-8")
    done = await command("import", sheet)
    assert done.code == 0
    assert "“Q1 2026” from 2026-04-01 to 2026-06-30 (policy fiscalYearStart 4" in done.out + done.err
    before = await org.admin.ask(CYCLES)
    assert [tuple(each.values()) for each in before["cycles"]["nodes"]] == [
        ("Q1 2026", "2026-04-01", "2026-06-30"),
        ("Jan - Mar 2026", "2026-01-01", "2026-03-31"),
    ]
    await org.admin.do("setPolicy", YEAR, {"fiscalYearStart": 1, "fiscalYearNamedBy": "END"})
    report = (await command("import", sheet, "--json")).json()["importPlan"]
    assert (report["created"], report["updated"], report["unchanged"]) == (0, 0, 5)
    assert (await org.admin.ask(CYCLES))["cycles"] == before["cycles"]


@pytest.mark.parametrize("month", [0, 13, None])
async def test_a_month_that_is_none_is_refused_with_its_place(org: StoryOrganization, month: int | None) -> None:
    refused = await org.admin.refused("setPolicy", {"fiscalYearStart": month})
    assert (refused["code"], refused["path"]) == ("INVALID", ["fiscalYearStart"])
