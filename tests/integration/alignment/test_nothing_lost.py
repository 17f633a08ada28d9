"""Whatever happens to alignment or the broker, it ends where a fresh fold of goals' events ends."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from goldenthread.contracts.entities import Id
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Transition
from goldenthread.contracts.read_api import NodeVerdict
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.postgres import Postgres
from tests.integration.alignment.conftest import Story, running


@pytest.fixture
async def own_broker(place: Path) -> Broker:
    """A broker that this test may empty."""
    return Broker(place)


async def test_a_restart_continues_where_it_stopped_and_misses_nothing(story: Story) -> None:
    one = await story.objective("Sell", story.why)
    before = await story.stream()
    await story.services.stop("alignment")
    try:
        await story.do("RetireWhy", why=story.why, reason="Done")
        two = await story.objective("Call", story.purpose)
        await story.do("AcceptLink", link=await story.link_up(two), round=1)
    finally:
        await story.services.start("alignment")
    assert (await story.verdict(one)).state is AlignmentState.ORPHANED
    assert (await story.verdict(two)).state is AlignmentState.ALIGNED
    assert (await story.stream())[: len(before)] == before
    would = await story.impact("WithdrawLink", link=await story.link_up(two), reason="A test")
    assert would[two].cause is OrphanCause.LINK_WITHDRAWN


async def test_judged_again_from_the_first_event_ids_times_and_verdicts_are_the_same(story: Story) -> None:
    one = await story.objective("Sell", story.why)
    await story.do("RetireWhy", why=story.why, reason="Done")
    await story.do("CloseObjective", objective=one, grade=1, note="Done")
    before, verdicts = await story.stream(), await judged(story)
    await story.services.stop("alignment")
    connection = await asyncpg.connect(story.services.databases["alignment"].reveal())
    await connection.execute(
        "TRUNCATE streams, outbox, projections, nodes, links, facts, health, health_days, passed, silos"
    )
    await connection.close()
    await story.services.start("alignment")
    assert await story.stream() == before
    assert await judged(story) == verdicts


async def test_what_other_code_has_kept_and_this_one_cannot_read_is_folded_anew(story: Story) -> None:
    one = await story.objective("Sell", story.why)
    before = await judged(story)
    await story.services.stop("alignment")
    connection = await asyncpg.connect(story.services.databases["alignment"].reveal())
    await connection.execute("UPDATE facts SET fact = '{}' WHERE organization = $1", story.ada.organization)
    await connection.close()
    await story.services.start("alignment")
    two = await story.objective("Call", one)
    assert (await story.verdict(two)).state is AlignmentState.ALIGNED
    assert {node: each for node, each in (await judged(story)).items() if node != two} == before


async def judged(story: Story) -> dict[Id, NodeVerdict]:
    """Every verdict, since when, and why."""
    await story.reader.judged()
    return {each.node: each for each in (await story.reader.alignment()).labels}


async def test_an_emptied_broker_costs_no_data(own_broker: Broker, postgres: Postgres, issuer: Issuer) -> None:
    async with own_broker, running(postgres, own_broker, issuer) as services:
        story = Story(await services.organization())
        await story.begin()
        one = await story.objective("Sell", story.why)
        assert (await story.verdict(one)).state is AlignmentState.ALIGNED
        await own_broker.stop()
        await story.do("RetireWhy", why=story.why, reason="Done")
        await own_broker.start()
        two = await story.objective("Call", one)
        assert (await story.verdict(two)).broken_at == one
        await story.laws()


async def test_an_import_of_several_commits_is_judged_without_an_orphan_in_between(story: Story) -> None:
    whys = "".join(f"W{i},why,Why {i},P,It matters\n" for i in range(40))
    goals = "".join(
        f"O{i},objective,Goal {i},{f'O{i - 1}' if i % 10 else f'W{i % 40}'},It helps\n" for i in range(4000)
    )
    sheet = "Row ID,Type,Title,Parent,Because\n" + goals + whys + "P,purpose,Be useful,,\n"
    answer = await story.do("ImportPlan", "once", source="big", content=sheet)
    assert answer["report"]["created"] == 4040
    assert len({event["commit"] for event in answer["events"]}) == 2
    again = await story.do("ImportPlan", "once", source="big", content=sheet)
    assert again == answer
    stream = await story.stream()
    states = {each.data.after.state for each in stream if isinstance(each.data, Transition)}
    assert states == {AlignmentState.ALIGNED}
