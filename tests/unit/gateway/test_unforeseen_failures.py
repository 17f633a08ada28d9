"""What nobody foresaw about one organization is counted and it is loaded anew, ever later; the others are served."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, cast

import pytest
from msgspec import structs
from prometheus_client import REGISTRY

from gateway.live.commit_listeners import AppliedCommit
from gateway.live.folded_organization import FoldedOrganization
from gateway.live.organization_cache import OrganizationCache
from gateway.live.organization_view import OrganizationView
from gateway.live.reload_backoff import ReloadBackoff
from gateway.upstream.ports import OrganizationSnapshot
from gateway.upstream.streams import ALIGNMENT
from gateway.views.turn_index import TurnIndex
from goldenthread.contracts.entities import Id, Person
from goldenthread.contracts.events.goals import PersonJoined
from goldenthread.runtime.streams.position import Position
from goldenthread.runtime.streams.upstream import ChangedHeads
from tests.support.asgi_server import eventually
from tests.unit.gateway.fakes import FakeUpstreams
from tests.unit.gateway.small_worlds import joined, small, there
from tests.unit.gateway.world import ORG, World


def counted() -> float:
    return REGISTRY.get_sample_value("goldenthread_unforeseen_errors_total", {"where": "gateway"}) or 0.0


def caching(upstreams: FakeUpstreams) -> OrganizationCache:
    """One that loads organizations anew at once."""
    return OrganizationCache(upstreams, backoff=ReloadBackoff(first=0.001, longest=0.002))


class Broken(FakeUpstreams):
    """An upstream whose snapshot raises what nobody foresaw, a number of times."""

    times = 0

    async def load(self, organization: Id, *, judged: bool = False) -> OrganizationSnapshot:
        loaded = await super().load(organization, judged=judged)
        if self.times:
            self.times -= 1
            raise KeyError("a bug of ours")
        return loaded


async def test_an_event_that_cannot_be_shown_has_its_organization_loaded_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    world = small()
    cache, before = caching(upstreams := FakeUpstreams(world)), counted()
    view = await cache.get(ORG)

    def fail(*_: Any) -> None:
        raise KeyError("a bug of ours")

    monkeypatch.setattr(FoldedOrganization, "fold", fail)
    cache.deliver_all(joined(world))
    monkeypatch.undo()
    await cache.settled()
    assert there(cache, world)
    assert cache.organizations[ORG] is view
    assert (counted(), upstreams.loads) == (before + 1, 2)


async def test_a_listener_that_raises_ends_and_the_others_hear_on() -> None:
    world = small()
    cache, before = caching(upstreams := FakeUpstreams(world)), counted()
    view = await cache.get(ORG)
    heard: list[AppliedCommit | None] = []
    ended: list[str] = []

    def fail(_: AppliedCommit | None) -> None:
        raise KeyError("a listener")

    view.listeners.add(fail, lambda: ended.append("fail"))
    view.listeners.add(heard.append, pytest.fail)
    cache.deliver_all([*joined(world), *joined(world, "person_two")])
    await cache.settled()
    assert there(cache, world)
    assert (len(heard), ended, counted(), upstreams.loads) == (2, ["fail"], before + 1, 1)


async def test_an_index_that_fails_is_made_again_and_what_it_follows_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise KeyError("a bug of ours")

    world = small()
    cache = OrganizationCache(upstreams := FakeUpstreams(world), [TurnIndex])
    view = await cache.get(ORG)
    index = view.index(TurnIndex)
    monkeypatch.setattr(TurnIndex, "touched", fail)
    cache.deliver_all(joined(world))
    monkeypatch.undo()
    await cache.settled()
    assert (there(cache, world), upstreams.loads) == (True, 1)
    assert view.index(TurnIndex) is not index


async def test_half_a_commit_that_cannot_be_shown_is_not_shown_until_the_organization_is_loaded_anew() -> None:
    world = small()
    cache = caching(FakeUpstreams(world))
    view = await cache.get(ORG)
    first, second = world.commit(PersonJoined(Person("person_c", [])), PersonJoined(Person("person_d", [])))
    cache.deliver_all([first, structs.replace(second, data=PersonJoined(cast(Person, None)))])
    assert "person_c" not in view.org.people
    await cache.settled()
    assert {"person_c", "person_d"} <= view.org.people.keys()


async def test_a_repair_that_raises_is_counted_and_repeated_until_it_succeeds() -> None:
    world = small()
    upstreams, before = Broken(world), counted()
    cache = caching(upstreams)
    await cache.get(ORG)
    upstreams.times = 5
    world.commit(PersonJoined(Person("person_new", [])))
    cache.repairs.reload(ORG)
    await eventually(lambda: there(cache, world))
    assert (counted(), upstreams.loads) == (before + 5, 7)


async def test_heads_that_cannot_be_compared_with_one_organization_end_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = small()
    cache, before = caching(FakeUpstreams(world)), counted()
    await cache.get(ORG)
    judged = OrganizationView.judged_through

    def fail(*_: Any) -> None:
        raise KeyError("a bug of ours")

    monkeypatch.setattr(OrganizationView, "judged_through", fail)
    at = Position(*structs.astuple(world.position(ALIGNMENT)))
    cache.heads_answered(ALIGNMENT, ChangedHeads({ORG: at}, "", {ORG: at}))
    monkeypatch.setattr(OrganizationView, "judged_through", judged)
    await cache.settled()
    assert there(cache, world)
    assert counted() == before + 1


async def test_an_organization_that_is_gone_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    cache, before = caching(upstreams := FakeUpstreams(small())), counted()
    view = await cache.get(ORG)
    cache.organizations["org_gone"] = view
    cache.repairs.reload("org_gone")
    await cache.settled()
    assert (counted(), upstreams.loads) == (before, 2)
    assert world is not None


def test_loading_anew_again_and_again_has_pauses_that_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    at = 0.0
    paces, pauses, begun = ReloadBackoff(now=lambda: at), [], []
    for _ in range(14):
        pauses.append(paces.pause(ORG))
        at += pauses[-1]
        begun.append(at)
        at += 1  # it takes a second, and then the same event is there again
    assert pauses[:4] == [0.0, 0.1, 0.2, 0.4]
    assert pauses[-1] == 30.0
    assert all(later - earlier >= 1 for earlier, later in pairwise(begun))
    at += 60
    assert paces.pause(ORG) == 0.0
