"""Time periods of a file on a real database: the policy gives them days once, and its later changes move nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import FiscalYearName
from goldenthread.contracts.secret import Secret
from services.goals.history import pages
from tests.integration.goals.goals_harness import GoalsHarness
from tests.integration.goals.imports.importer import answer, importing_harness, report, state
from tests.integration.goals.imports.processes import process

HEAD = "Row ID,Type,Title,Parent,Time Period\nP,purpose,Arrive relaxed,,\n"
A = HEAD + "O,objective,Run on time,P,FY26 Q1\nS,objective,Sell seats,P,Q1 2026\n"


@pytest.fixture
async def harness(database: Secret) -> AsyncIterator[GoalsHarness]:
    async with importing_harness(database) as made:
        yield made


async def cycles(harness: GoalsHarness) -> list[tuple[str, str, str, bool]]:
    found = (await state(harness)).cycles.values()
    return [(each.name, str(each.starts_on), str(each.ends_on), each.open) for each in found]


async def test_a_period_has_the_days_of_the_policy_of_its_first_import_in_every_process(harness: GoalsHarness) -> None:
    await harness.do(c.SetPolicy(fiscal_year_start=4, fiscal_year_named_by=FiscalYearName.START))
    first = await answer(harness, A)
    assert ["2026-04-01 to 2026-06-30" in each.message for each in first.warnings] == [True]
    assert await cycles(harness) == [("FY26 Q1", "2026-04-01", "2026-06-30", True)]
    await harness.do(c.SetPolicy(fiscal_year_start=10, fiscal_year_named_by=FiscalYearName.END))
    events = len(await harness.events())
    again = await answer(harness, A, goals=process(harness))
    assert (again.report and again.report.unchanged, again.warnings) == (3, [])
    assert len(await harness.events()) == events


async def test_a_dry_run_says_the_days_and_opens_nothing(harness: GoalsHarness) -> None:
    first = await answer(harness, A, dry_run=True)
    assert ["“FY26 Q1” from 2026-01-01 to 2026-03-31" in each.message for each in first.warnings] == [True]
    assert await cycles(harness) == []


async def test_a_closed_period_stays_closed_when_its_file_comes_again_under_another_policy(
    harness: GoalsHarness,
) -> None:
    await report(harness, A)
    goals = await state(harness)
    (id,) = goals.cycles
    await harness.do(c.CloseCycle(cycle=id, archive=list(goals.objectives)))
    await harness.do(c.SetPolicy(fiscal_year_start=4))
    assert (await report(harness, A, goals=process(harness))).unchanged == 3
    assert await cycles(harness) == [("FY26 Q1", "2026-01-01", "2026-03-31", False)]


async def test_the_history_says_when_the_year_begins(harness: GoalsHarness) -> None:
    organization = await harness.do(c.SetPolicy(fiscal_year_start=4))
    entries = (await pages.page(harness.pool, harness.id, organization, 2**62, 1)).entries
    assert [each.summary for each in entries] == ["Policy changed: fiscal year start January → April"]
