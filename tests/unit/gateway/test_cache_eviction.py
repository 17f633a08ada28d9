"""Which organizations leave the memory of the gateway, and what of them does."""

from __future__ import annotations

import asyncio

import pytest

from gateway.live.cache_limits import CacheLimits
from gateway.live.organization_cache import OrganizationCache
from gateway.upstream.ports import UnknownOrganization
from gateway.upstream.streams import ALERTS, GOALS
from tests.unit.gateway.fakes import FakeUpstreams
from tests.unit.gateway.small_worlds import joined, small
from tests.unit.gateway.world import ORG, World


async def test_idle_organizations_are_forgotten_but_not_those_somebody_keeps() -> None:
    cache = OrganizationCache(FakeUpstreams(small()))
    await cache.get(ORG)
    cache.keep(ORG)
    cache.keep(ORG)
    cache.release(ORG)
    assert cache.evict(-1) == []
    cache.release(ORG)
    assert cache.evict(-1) == [ORG]
    assert cache.organizations == {}


async def test_organizations_that_wait_for_an_upstream_which_is_away_are_forgotten_with_their_repairs() -> None:
    upstreams = FakeUpstreams(small())
    upstreams.down = {ALERTS}
    cache = OrganizationCache(upstreams)
    view = await cache.get(ORG)
    assert not await cache.know_alerts(view)
    assert cache.evict(-1) == [ORG]
    assert not any(len(each) for each in cache.repairs._all)


async def test_organizations_are_evicted_by_weight_the_longest_unused_first_and_never_the_only_one() -> None:
    cache = OrganizationCache(FakeUpstreams(small()), limits=CacheLimits(held_weight=0, in_use=-1))
    view = await cache.get(ORG)
    cache.organizations["org_older"] = view
    assert cache.evict(1800) == ["org_older"]
    assert list(cache.organizations) == [ORG]


async def test_an_own_write_is_shown_soon_after_its_service_answers_again() -> None:
    world = small()
    upstreams = FakeUpstreams(world)
    cache = OrganizationCache(upstreams, limits=CacheLimits(patience=20.0))
    view = await cache.get(ORG)
    joined(world, "person_lost")
    upstreams.down = {GOALS}
    cache.deliver_all(joined(world))
    await cache.settled()
    await asyncio.sleep(1.1)
    upstreams.down = set()
    cache.deliver_all(joined(world, "person_own"))
    async with asyncio.timeout(15):
        await view.reached(3)


async def test_organizations_that_do_not_exist_leave_nothing_behind() -> None:
    cache = OrganizationCache(FakeUpstreams(World()))
    for n in range(3):
        with pytest.raises(UnknownOrganization):
            await cache.get(f"org_nobody_{n}")
    assert not [name for name, held in vars(cache).items() if isinstance(held, dict) and held]
