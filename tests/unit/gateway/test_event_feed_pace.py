"""Many subscriptions of one caller look at many events: others have their turn meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

from gateway.budget.caller_pace import CallerPaces
from gateway.live.event_feed import EventFeed
from gateway.live.organization_cache import OrganizationCache
from gateway.upstream.streams import GOALS
from goldenthread.contracts.entities import Person
from goldenthread.contracts.events.goals import PersonJoined
from tests.support.entities import purpose
from tests.unit.gateway.fakes import FakeUpstreams
from tests.unit.gateway.world import ORG, World


async def test_events_that_subscribers_pass_over_leave_turns_to_others() -> None:
    world = World(purpose())
    cache = OrganizationCache(FakeUpstreams(world))
    view = await cache.get(ORG)
    seen, at_once = 0, 0

    async def bystander() -> None:
        nonlocal at_once
        while True:
            before = seen
            await asyncio.sleep(0)
            at_once = max(at_once, seen - before)

    async def listen(feed: EventFeed) -> None:
        nonlocal seen
        async for event in feed.events():
            seen += 1
            if event.sequence == 300:
                return

    other, pace = asyncio.create_task(bystander()), CallerPaces().of("caller")
    with ExitStack() as stack:
        feeds = [stack.enter_context(EventFeed(cache, view, GOALS, None, None, pace)) for _ in range(15)]
        for number in range(300):
            cache.deliver_all(world.commit(PersonJoined(Person(f"person_{number}", []))))
        await asyncio.gather(*(listen(feed) for feed in feeds))
    other.cancel()
    assert (seen, at_once < seen / 4) == (15 * 300, True)
