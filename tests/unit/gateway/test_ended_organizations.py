"""An organization that is deleted while somebody waits for it, or begins to listen to what they had of it."""

from __future__ import annotations

import asyncio

import pytest

from gateway.errors import Unavailable
from gateway.live.callers import CallerPresence
from gateway.live.event_feed import EventFeed
from gateway.live.organization_cache import OrganizationCache
from gateway.upstream.streams import ALIGNMENT, GOALS
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import Caller
from tests.unit.gateway.fakes import FakeUpstreams
from tests.unit.gateway.world import ORG, World

WITHIN = 30.0


@pytest.fixture
def cache() -> OrganizationCache:
    upstreams = FakeUpstreams(World())
    upstreams.down = {ALIGNMENT}
    return OrganizationCache(upstreams)


async def test_a_subscription_that_waits_for_verdicts_ends_with_its_organization(cache: OrganizationCache) -> None:
    view = await cache.get(ORG)
    with EventFeed(cache, view, ALIGNMENT, 0) as feed:
        waiting = asyncio.ensure_future(anext(aiter(feed.events())))
        await asyncio.sleep(0)
        assert not waiting.done()
        view.end()
        with pytest.raises(Unavailable):
            await asyncio.wait_for(waiting, WITHIN)


async def test_who_waits_for_verdicts_is_not_left_waiting(cache: OrganizationCache) -> None:
    view = await cache.get(ORG)
    waiting = asyncio.ensure_future(view.judging())
    await asyncio.sleep(0)
    view.end()
    await asyncio.wait_for(waiting, WITHIN)
    await asyncio.wait_for(view.judging(), WITHIN)


async def test_who_begins_to_listen_to_what_has_ended_is_told_at_once(cache: OrganizationCache) -> None:
    view = await cache.get(ORG)
    view.end()
    with EventFeed(cache, view, GOALS, None) as feed, pytest.raises(Unavailable):
        await asyncio.wait_for(anext(aiter(feed.events())), WITHIN)
    left: list[str] = []
    CallerPresence(view, Caller("ada", ORG, False, Secret("")), lambda: left.append("left"))
    assert left == ["left"]
    assert len(view.listeners) == 0
