"""Replays hold few pages, whoever reads them and however slowly."""

from __future__ import annotations

import asyncio

from gateway.budget.replay_memory import ReplayPages, SocketReader
from gateway.live.event_feed import PAGE, EventFeed
from gateway.live.organization_cache import OrganizationCache
from gateway.upstream.streams import GOALS
from goldenthread.contracts.entities import Person
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.goals import PersonJoined
from tests.support.entities import purpose
from tests.unit.gateway.fakes import FakeUpstreams
from tests.unit.gateway.world import ORG, World

MANY = 3 * PAGE


async def a_cache(pages: ReplayPages) -> OrganizationCache:
    world = World(purpose())
    cache = OrganizationCache(FakeUpstreams(world))
    cache.pages = pages
    await cache.get(ORG)
    for number in range(MANY):
        cache.deliver_all(world.commit(PersonJoined(Person(f"person_{number}", []))))
    return cache


async def first(feed: EventFeed) -> Event:
    return await anext(feed.events())


async def test_a_hundred_replays_that_are_not_read_hold_as_many_pages_as_there_is_room_for() -> None:
    cache = await a_cache(ReplayPages(most=3, idle_seconds=30))
    feeds = [EventFeed(cache, cache.organizations[ORG], GOALS, 0) for _ in range(100)]
    stuck = [asyncio.create_task(first(feed)) for feed in feeds]
    for _ in range(1_000):
        await asyncio.sleep(0)
    assert sum(each.done() for each in stuck) == 3
    assert cache.pages.held == 3
    for task, feed in zip(stuck, feeds, strict=True):
        task.cancel()
        feed.__exit__()
    assert cache.pages.held == 0


async def test_who_does_not_read_loses_the_page_to_others_and_not_the_place() -> None:
    cache = await a_cache(ReplayPages(most=1, idle_seconds=0.05))
    view = cache.organizations[ORG]
    with EventFeed(cache, view, GOALS, 0) as stuck, EventFeed(cache, view, GOALS, 0) as other:
        events = stuck.events()
        assert [(await anext(events)).sequence for _ in range(3)] == [1, 2, 3]
        async with asyncio.timeout(20):
            found = other.events()
            assert [(await anext(found)).sequence for _ in range(MANY)] == list(range(1, MANY + 1))
            other.__exit__()
            assert [(await anext(events)).sequence for _ in range(MANY - 3)] == list(range(4, MANY + 1))


async def test_subscriptions_of_one_socket_have_one_message_on_its_way() -> None:
    cache, reader = await a_cache(ReplayPages()), SocketReader()
    with (
        EventFeed(cache, cache.organizations[ORG], GOALS, 0, reader) as one,
        EventFeed(cache, cache.organizations[ORG], GOALS, 0, reader) as second,
    ):
        sending = one.events()
        await anext(sending)
        waiting = asyncio.create_task(first(second))
        for _ in range(100):
            await asyncio.sleep(0)
        assert not waiting.done()
        one.__exit__()
        assert (await asyncio.wait_for(waiting, 30)).sequence == 1


async def test_a_replay_lets_others_run_between_two_events() -> None:
    cache = await a_cache(ReplayPages())
    ran = 0

    async def other() -> None:
        nonlocal ran
        while True:
            ran += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    with EventFeed(cache, cache.organizations[ORG], GOALS, 0) as feed:
        events = feed.events()
        for _ in range(MANY):
            await anext(events)
    task.cancel()
    assert ran >= MANY
