"""An event feed gives every event after its place once and in order, whatever happens in producer, view or reader."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from gateway.errors import Unavailable
from gateway.live.commit_listeners import AppliedCommit
from gateway.live.event_feed import EventFeed, first_after
from gateway.live.organization_cache import OrganizationCache
from gateway.live.organization_view import OrganizationView
from gateway.upstream.streams import ALIGNMENT, GOALS
from goldenthread.contracts.entities import Person
from goldenthread.contracts.enums import LinkState, Side
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.goals import LinkAccepted, LinkWithdrawn, PersonJoined
from tests.support.entities import link, purpose, why
from tests.unit.gateway.fakes import FakeUpstreams
from tests.unit.gateway.world import ORG, World

ROOM = 4


def feeding(cache: OrganizationCache, view: OrganizationView, source: str, after: int | None = None) -> EventFeed:
    """With little room, and small pages."""
    return EventFeed(cache, view, source, after, room=ROOM, page=3)


def small() -> World:
    return World(purpose(), why("why_1"), link("link_1", "why_1", "purpose_1"))


class Story:
    """A world that goes on, a cache that is told of it or not, and one reader who reads when it is told to."""

    def __init__(self, seed: int, source: str) -> None:
        self.random = random.Random(seed)
        self.world = small()
        self.upstreams = FakeUpstreams(self.world)
        self.cache = OrganizationCache(self.upstreams)
        self.source = source
        self.told = 0
        self.heard: list[Event] = []
        self.applied = True

    async def write(self) -> None:
        count = self.random.choice((1, 1, 2, 6))
        accepted = LinkAccepted(link("link_1", "why_1", "purpose_1"))
        withdrawn = link("link_1", "why_1", "purpose_1", state=LinkState.WITHDRAWN)
        change = accepted if len(self.world.written[GOALS]) % 2 else LinkWithdrawn(withdrawn, Side.CHILD)
        self.world.commit(*[PersonJoined(Person(f"person_{each}", [])) for each in range(count - 1)], change)
        if self.random.random() < 0.7:
            self.world.judge()

    async def deliver(self) -> None:
        """Some of what was written arrives: late, twice, with holes, alignment's before or after goals'."""
        for source in self.random.sample((GOALS, ALIGNMENT), 2):
            written = self.world.written[source]
            start = self.random.randint(0, len(written))
            self.cache.deliver_all(written[start : start + self.random.randint(0, 9)])

    async def reload(self) -> None:
        self.cache.repairs.reload(ORG)

    async def repair(self) -> None:
        self.cache.repair(ORG)

    async def turn(self) -> None:
        for _ in range(self.random.randint(1, 12)):
            await asyncio.sleep(0)

    async def read(self, events: AsyncIterator[Event], want: int) -> None:
        async for event in events:
            self.applied &= self.cache.organizations[ORG].shown(self.source) >= event.sequence
            self.heard.append(event)
            if len(self.heard) >= want:
                return
            if self.random.random() < 0.3:
                await self.turn()

    async def play(self, steps: int, after: int | None) -> list[Event]:
        """What should be heard. A reader listens from the middle of the story on."""
        kinds = (self.write, self.write, self.deliver, self.deliver, self.reload, self.repair, self.turn, self.turn)
        for _ in range(steps):
            await self.random.choice(kinds)()
        view = await self.cache.get(ORG)
        await self.cache.settled()
        place = None if after is None else min(after, view.shown(self.source))
        with feeding(self.cache, view, self.source, place) as feed:
            start = view.shown(self.source) if place is None else place
            reader = asyncio.create_task(self.read(feed.events(), 10**6))
            for _ in range(steps):
                await self.random.choice(kinds)()
            self.world.judge()
            self.cache.repair(ORG)
            expected = self.world.written[self.source][start:]
            async with asyncio.timeout(30):
                while len(self.heard) < len(expected):
                    await self.turn()
            await self.turn()
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
        assert len(view.listeners) == 0
        return expected


@pytest.mark.slow
@given(
    seed=st.integers(0, 2**32),
    steps=st.integers(0, 30),
    source=st.sampled_from((GOALS, ALIGNMENT)),
    after=st.one_of(st.none(), st.integers(0, 20)),
)
@settings(deadline=None, max_examples=150)
def test_any_interleaving_gives_every_event_once_in_order_and_after_the_view_shows_it(
    seed: int, steps: int, source: str, after: int | None
) -> None:
    story = Story(seed, source)
    expected = asyncio.run(story.play(steps, after))
    assert [event.id for event in story.heard] == [event.id for event in expected]
    assert story.applied


async def taking(events: AsyncIterator[Event], count: int) -> list[int]:
    async with asyncio.timeout(30):
        return [(await anext(events)).sequence for _ in range(count)]


async def test_a_slow_reader_loses_its_queue_and_not_its_place() -> None:
    world = small()
    cache = OrganizationCache(FakeUpstreams(world))
    view = await cache.get(ORG)
    with feeding(cache, view, GOALS) as feed:
        for number in range(20):
            cache.deliver_all(world.commit(PersonJoined(Person(f"person_{number}", []))))
            assert len(feed._waiting) <= ROOM
        assert await taking(feed.events(), 20) == list(range(1, 21))


async def test_a_reader_in_the_middle_of_a_page_is_not_held_up_when_the_organization_is_loaded_anew() -> None:
    world = small()
    cache = OrganizationCache(FakeUpstreams(world))
    view = await cache.get(ORG)
    for number in range(5):
        cache.deliver_all(world.commit(PersonJoined(Person(f"person_{number}", []))))
    with feeding(cache, view, GOALS, 0) as feed:
        events = feed.events()
        assert await taking(events, 1) == [1]
        cache.repairs.reload(ORG)
        await cache.settled()
        assert await taking(events, 4) == [2, 3, 4, 5]


async def test_a_reader_of_a_branch_that_a_restore_cut_off_is_told_and_given_nothing_of_the_other_silently() -> None:
    world, other = small(), small()
    upstreams = FakeUpstreams(world)
    cache = OrganizationCache(upstreams)
    view = await cache.get(ORG)
    with feeding(cache, view, GOALS) as feed:
        events = feed.events()
        for number in range(5):
            cache.deliver_all(world.commit(PersonJoined(Person(f"person_{number}", []))))
        assert await taking(events, 2) == [1, 2]
        other.commit(PersonJoined(Person("person_else", [])))
        other.written[GOALS] = [structs.replace(event, id="another") for event in other.written[GOALS]]
        upstreams.world = other
        cache.repairs.reload(ORG)
        await cache.settled()
        with pytest.raises(Unavailable):
            await taking(events, 1)


async def test_a_reader_who_was_given_nothing_yet_follows_the_restored_branch() -> None:
    world, other = small(), small()
    upstreams = FakeUpstreams(world)
    cache = OrganizationCache(upstreams)
    view = await cache.get(ORG)
    with feeding(cache, view, GOALS, 0) as feed:
        events = feed.events()
        other.commit(PersonJoined(Person("person_else", [])))
        upstreams.world = other
        cache.repairs.reload(ORG)
        await cache.settled()
        assert await taking(events, 1) == [1]


async def test_the_first_verdict_after_a_revision_is_found_in_any_stream() -> None:
    story = Story(3, ALIGNMENT)
    for _ in range(12):
        await story.write()
    view = await story.cache.get(ORG)
    for revision in range(view.revision + 1):
        place = await first_after(story.cache, view, revision)
        bases = [event.basis or 0 for event in story.world.written[ALIGNMENT]]
        assert all(basis <= revision for basis in bases[:place])
        assert all(basis > revision for basis in bases[place:])


class Failing(EventFeed):
    """One with a bug."""

    def _hear(self, commit: AppliedCommit | None) -> None:
        raise KeyError("a bug of ours")


@pytest.mark.parametrize("after", [None, 0])
async def test_a_subscription_that_failed_ends_and_asks_its_upstream_no_more(after: int | None) -> None:
    world = small()
    world.commit(PersonJoined(Person("person_one", [])))
    cache = OrganizationCache(upstreams := FakeUpstreams(world))
    view = await cache.get(ORG)
    with Failing(cache, view, GOALS, after, page=1) as feed:
        events = feed.events()
        if after is not None:
            assert (await anext(events)).sequence == 1
        cache.deliver_all(world.commit(PersonJoined(Person("person_two", []))))
        async with asyncio.timeout(30):
            with pytest.raises(Unavailable):
                [event async for event in events]
    assert len(upstreams.asked) <= 2
    assert len(view.listeners) == 0
