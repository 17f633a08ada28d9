"""The one clock and listening, on a real database: answers that are owed, questions that climb."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.events.goals.clock import QuestionEscalated, WhyAnswerOverdue
from goldenthread.organization.organization import Organization
from goldenthread.runtime.clock import new_id
from goldenthread.runtime.outbox import store as outbox
from services.goals.handlers import Goals
from services.goals.head_state_cache import HeadStateCache
from services.goals.stores import entities_store
from tests.integration.goals.goals_harness import GoalsHarness


def overdue(said: list[Any]) -> list[tuple[str, int]]:
    return [(each.unit, each.version) for each in said if isinstance(each, WhyAnswerOverdue)]


def escalated(said: list[Any]) -> list[tuple[str, int, bool]]:
    found = [each.question for each in said if isinstance(each, QuestionEscalated)]
    return [(each.asked, each.escalations, each.unheard) for each in found]


async def stored(harness: GoalsHarness) -> Organization:
    async with harness.pool.acquire() as connection, connection.transaction():
        return Organization.of(
            [each async for some in entities_store.entities(connection, harness.id) for each in some]
        )


async def publish(harness: GoalsHarness, *audience: str) -> str:
    await harness.do(c.PublishPurpose(statement="Be useful"))
    return await harness.do(c.PublishWhy(statement="Be fast", because="It helps", audience=list(audience)))


async def test_a_debt_is_overdue_once_a_version_and_goes_down_level_by_level(harness: GoalsHarness) -> None:
    (tech, lead), (sales, _) = await harness.unit("tech"), await harness.unit("sales")
    web, _ = await harness.unit("web")
    await harness.do(c.MoveUnit(unit=web, parent=tech))
    why = await publish(harness, tech, sales)
    assert sorted(overdue(await harness.tick(days=7))) == sorted([(tech, 1), (sales, 1)])
    assert overdue(await harness.tick(days=7)) == []
    await harness.do(l.AnswerWhy(why=why, version=1, unit=tech, statement="We will"), lead)
    assert overdue(await harness.tick(days=6)) == []
    assert overdue(await harness.tick(days=1)) == [(web, 1)]
    await harness.do(c.ReviseWhy(why=why, expected_version=1, statement="Be kind"))
    assert sorted(overdue(await harness.tick(days=8))) == sorted([(tech, 2), (sales, 2)])


async def test_a_debt_that_comes_back_is_announced_anew_even_in_the_same_version(harness: GoalsHarness) -> None:
    (tech, _), (sales, _) = await harness.unit("tech"), await harness.unit("sales")
    why = await publish(harness, tech, sales)
    assert len(overdue(await harness.tick(days=7))) == 2
    await harness.do(c.ReviseWhy(why=why, expected_version=1, audience=[tech]))
    await harness.do(c.ReviseWhy(why=why, expected_version=1, audience=[tech, sales]))
    assert overdue(await harness.tick(days=6)) == []
    assert overdue(await harness.tick(days=1)) == [(sales, 1)]


async def test_a_debt_that_was_gone_when_its_timer_rang_is_announced_when_it_comes_back(harness: GoalsHarness) -> None:
    (tech, _), (sales, _) = await harness.unit("tech"), await harness.unit("sales")
    why = await publish(harness, tech, sales)
    await harness.do(c.ReviseWhy(why=why, expected_version=1, audience=[tech]))
    assert overdue(await harness.tick(days=7)) == [(tech, 1)]
    await harness.do(c.ReviseWhy(why=why, expected_version=1, audience=[tech, sales]))
    assert overdue(await harness.tick(days=7)) == [(sales, 1)]


async def test_more_time_for_answers_is_announced_when_it_is_over(harness: GoalsHarness) -> None:
    tech, _ = await harness.unit("tech")
    await publish(harness, tech)
    assert overdue(await harness.tick(days=7)) == [(tech, 1)]
    await harness.do(c.SetPolicy(reply_days=20))
    assert overdue(await harness.tick(days=12)) == []
    assert overdue(await harness.tick(days=1)) == [(tech, 1)]


async def test_a_question_climbs_a_step_a_time_is_kept_so_and_is_unheard_at_the_top(harness: GoalsHarness) -> None:
    (tech, _), (web, _) = await harness.unit("tech"), await harness.unit("web")
    await harness.do(c.MoveUnit(unit=web, parent=tech))
    about = await harness.objective(owners=[web])
    question = await harness.do(l.AskQuestion(about=about, body="How fast?", unit=harness.root))
    for asked, escalations, unheard in ((tech, 1, False), (harness.root, 2, False), (harness.root, 2, True)):
        assert escalated(await harness.tick(days=7)) == [(asked, escalations, unheard)]
        kept = (await stored(harness)).questions[question]
        assert (kept.asked, kept.escalations, kept.unheard) == (asked, escalations, unheard)
    assert escalated(await harness.tick(days=60)) == []
    await harness.do(l.AnswerQuestion(question=question, body="Very"))
    assert escalated(await harness.tick(days=60)) == []


async def test_however_long_the_clock_stood_still_a_question_climbs_one_step_and_said_once_by_two(
    harness: GoalsHarness,
) -> None:
    web, _ = await harness.unit("web")
    await harness.do(l.AskQuestion(about=await harness.objective(owners=[web]), body="?", unit=harness.root))
    second = Goals(harness.pool, HeadStateCache(10), lambda: None, lambda: harness.now, new_id)
    harness.now += timedelta(days=60)
    await harness.goals.tick(harness.id)
    await second.tick(harness.id)
    assert escalated([each.data for each in await harness.events()]) == [(harness.root, 1, False)]


async def test_a_clock_that_dies_while_it_speaks_has_said_nothing_and_says_it_next_time(
    harness: GoalsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    web, _ = await harness.unit("web")
    question = await harness.do(l.AskQuestion(about=await harness.objective(owners=[web]), body="?", unit=harness.root))
    harness.now += timedelta(days=7)

    async def dies(*_: Any) -> None:
        raise asyncpg.InterfaceError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(outbox, "append", dies)
        with pytest.raises(asyncpg.InterfaceError):
            await harness.goals.tick(harness.id)
    assert (await stored(harness)).questions[question].escalations == 0
    assert escalated(await harness.tick()) == [(harness.root, 1, False)]
