"""The cache: whatever arrives, in whatever order, while whatever is under way, it ends where the upstreams are."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar, cast

import pytest
from msgspec import structs

from gateway.live.cache_limits import CacheLimits
from gateway.live.heads_poller import HeadsPoller
from gateway.live.organization_cache import OrganizationCache
from gateway.upstream.ports import OrganizationSnapshot, StreamPage, Unreadable
from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS
from goldenthread.contracts.entities import Id, Person
from goldenthread.contracts.events.alerts import Alert, AlertKind, AlertRaised, AlertState
from goldenthread.contracts.events.alignment import AlignmentState
from goldenthread.contracts.events.goals import LinkAccepted, ObjectiveCreated, PersonJoined
from goldenthread.contracts.read_api import Login, StreamPosition
from tests.support.asgi_server import eventually
from tests.support.entities import T0, link, objective
from tests.unit.gateway.fakes import Client, FakeUpstreams
from tests.unit.gateway.small_worlds import joined, small, there
from tests.unit.gateway.world import ORG, World

Answer = TypeVar("Answer")


class Paused(FakeUpstreams):
    """Every answer is made at once and handed out when `go` is set; `asking` is set while one waits."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.go, self.asking = asyncio.Event(), asyncio.Event()

    async def load(self, organization: Id, *, judged: bool = False) -> OrganizationSnapshot:
        return await self._hand_out(await super().load(organization, judged=judged))

    async def events(self, source: str, organization: Id, after: int, **more: Any) -> StreamPage:
        return await self._hand_out(await super().events(source, organization, after, **more))

    async def _hand_out(self, answer: Answer) -> Answer:
        self.asking.set()
        await self.go.wait()
        return answer

    async def pause(self) -> None:
        self.go.clear()
        self.asking.clear()

    async def reached(self) -> None:
        async with asyncio.timeout(30):
            await self.asking.wait()


class Silent(FakeUpstreams):
    """Goals and alignment take what they are asked for events, and say nothing until `answer` is set."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.answer = asyncio.Event()

    async def events(self, source: str, organization: Id, after: int, **more: Any) -> StreamPage:
        if source != ALERTS:
            await self.answer.wait()
        return await super().events(source, organization, after, **more)


async def test_what_arrives_during_a_load_is_applied_after_it() -> None:
    world = small()
    upstreams = Paused(world)
    cache = OrganizationCache(upstreams)
    loading = asyncio.create_task(cache.get(ORG))
    await upstreams.reached()
    cache.deliver_all([*joined(world), *joined(world, "person_two")])
    upstreams.go.set()
    await loading
    assert there(cache, world)


async def test_an_event_lost_before_one_that_arrives_during_a_repair_is_fetched_without_waiting_for_heads() -> None:
    world = small()
    upstreams = Paused(world)
    upstreams.go.set()
    cache = OrganizationCache(upstreams)
    await cache.get(ORG)
    joined(world, "person_lost")
    await upstreams.pause()
    cache.deliver_all(joined(world))
    await upstreams.reached()  # the repair has read goals' stream, and is about to be told
    joined(world, "person_lost_too")
    late = joined(world, "person_late")
    upstreams.go.set()
    cache.deliver_all(late)
    await cache.settled()
    assert there(cache, world)


async def test_an_event_lost_before_one_that_arrives_while_loaded_anew_is_fetched() -> None:
    world = small()
    upstreams = Paused(world)
    upstreams.go.set()
    cache = OrganizationCache(upstreams)
    await cache.get(ORG)
    await upstreams.pause()
    cache.deliver(structs.replace(joined(world)[0], previous="of another branch"))
    cache.repairs.reload(ORG)
    await upstreams.reached()
    joined(world, "person_lost")
    late = joined(world, "person_late")
    cache.deliver_all(late)
    upstreams.go.set()
    await cache.settled()
    assert there(cache, world)


async def test_an_event_that_cannot_be_applied_has_its_organization_loaded_anew_and_nobody_else_notices() -> None:
    world = small()
    cache = OrganizationCache(FakeUpstreams(world))
    await cache.get(ORG)
    (event,) = joined(world)
    cache.deliver(structs.replace(event, data=PersonJoined(cast(Person, None))))
    await cache.settled()
    assert there(cache, world)
    assert cache.organizations[ORG].org.people["person_new"]


async def test_heads_alone_bring_new_commits_when_the_broker_is_away() -> None:
    world = small()
    cache = OrganizationCache(FakeUpstreams(world))
    watch = HeadsPoller(cache, 1800)
    await cache.get(ORG)
    world.commit(ObjectiveCreated(objective("objective_1")), LinkAccepted(link("link_2", "objective_1", "why_1", 2)))
    world.judge()
    world.alert(AlertRaised(Alert("alert_1", AlertKind.WHY_UNLINKED, AlertState.OPEN, "why_1", "u", [], "m", "n", T0)))
    for _ in range(2):
        await watch.poll()
        await cache.settled()
    assert there(cache, world)
    assert cache.organizations[ORG].up_to_date


async def test_a_producer_restored_to_another_branch_of_the_same_length_is_noticed_by_its_head() -> None:
    world, other = small(), small()
    joined(world)
    joined(other, "person_other")
    other.written[GOALS] = [structs.replace(event, id="another") for event in other.written[GOALS]]
    upstreams = FakeUpstreams(world)
    cache = OrganizationCache(upstreams)
    watch = HeadsPoller(cache, 1800)
    await cache.get(ORG)
    upstreams.world = other
    for _ in range(2):
        await watch.poll()
        await cache.settled()
    assert "person_other" in cache.organizations[ORG].org.people
    assert there(cache, other)


async def test_events_that_this_code_cannot_read_are_passed_over_by_a_snapshot() -> None:
    class Unreadably(FakeUpstreams):
        async def events(self, source: str, organization: Id, after: int, **more: Any) -> StreamPage:
            if source == GOALS and after == 0:
                raise Unreadable("an event of a release to come")
            return await super().events(source, organization, after, **more)

    world = small()
    cache = OrganizationCache(upstreams := Unreadably(world))
    await cache.get(ORG)
    joined(world)
    cache.repair(ORG)
    await cache.settled()
    assert there(cache, world)
    assert upstreams.loads == 2


async def test_half_a_commit_in_a_page_is_asked_for_again_after_a_pause() -> None:
    class Half(FakeUpstreams):
        async def events(self, source: str, organization: Id, after: int, **more: Any) -> StreamPage:
            page = await super().events(source, organization, after, **more)
            return structs.replace(page, events=page.events[:1])

    world = small()
    cache = OrganizationCache(upstreams := Half(world))
    await cache.get(ORG)
    world.commit(PersonJoined(Person("person_one", [])), PersonJoined(Person("person_two", [])))
    cache.repairs.request(ORG, GOALS)
    await asyncio.sleep(0.05)
    assert len(upstreams.asked) == 1


async def test_who_listens_to_an_organization_that_is_removed_is_told_so() -> None:
    upstreams = FakeUpstreams(small())
    cache = OrganizationCache(upstreams)
    view = await cache.get(ORG)
    ended: list[str] = []
    view.listeners.add(lambda _: None, lambda: ended.append("told"))
    upstreams.gone = True
    cache.repairs.reload(ORG)
    await cache.settled()
    cache.keep(ORG)
    cache.release(ORG)
    assert (ended, cache.organizations, cache._used) == (["told"], {}, {})


async def test_a_shorter_restored_producer_is_loaded_anew() -> None:
    world, other = small(), small()
    joined(world)
    upstreams = FakeUpstreams(world)
    cache = OrganizationCache(upstreams)
    watch = HeadsPoller(cache, 1800)
    await cache.get(ORG)
    upstreams.world = other
    for _ in range(2):
        await watch.poll()
        await cache.settled()
    assert cache.organizations[ORG].position(GOALS) == StreamPosition()


async def test_an_event_that_arrives_while_a_page_is_read_is_no_sign_of_a_restored_producer() -> None:
    world = small()
    upstreams = Paused(world)
    upstreams.go.set()
    cache = OrganizationCache(upstreams)
    await cache.get(ORG)
    await upstreams.pause()
    cache.repair(ORG)
    await upstreams.reached()
    cache.deliver_all(joined(world))
    upstreams.go.set()
    await cache.settled()
    assert upstreams.loads == 1
    assert there(cache, world)


async def test_a_producer_that_is_away_does_not_keep_the_others_from_being_read() -> None:
    world = small()
    upstreams = FakeUpstreams(world)
    cache = OrganizationCache(upstreams)
    await cache.get(ORG)
    joined(world)
    world.alert(AlertRaised(Alert("alert_1", AlertKind.WHY_UNLINKED, AlertState.OPEN, "why_1", "u", [], "m", "n", T0)))
    upstreams.down = {ALIGNMENT}
    cache.repair(ORG)
    await cache.settled()
    assert cache.organizations[ORG].position(GOALS) == world.position(GOALS)
    assert cache.organizations[ORG].position(ALERTS) == world.position(ALERTS)


async def test_a_producer_that_never_answers_does_not_keep_alerts_from_being_read() -> None:
    world = small()
    upstreams = Silent(world)
    cache = OrganizationCache(upstreams)
    upstreams.down = {ALERTS}
    view = await cache.get(ORG)
    upstreams.down = set()
    world.alert(AlertRaised(Alert("alert_1", AlertKind.WHY_UNLINKED, AlertState.OPEN, "why_1", "u", [], "m", "n", T0)))
    assert await cache.know_alerts(view)
    assert view.position(ALERTS) == world.position(ALERTS)
    upstreams.answer.set()
    await cache.settled()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("{ alerts { nodes { id } } }", {"alerts": {"nodes": [{"id": "alert_1"}]}}),
        ('{ node(id: "alert_1") { id } }', {"node": {"id": "alert_1"}}),
        ('{ nodes(ids: ["why_1", "alert_1"]) { id } }', {"nodes": [{"id": "why_1"}, {"id": "alert_1"}]}),
    ],
)
async def test_alerts_that_were_not_known_are_read_when_they_are_asked_for(query: str, shown: dict[str, Any]) -> None:
    world = small()
    alert = Alert("alert_1", AlertKind.WHY_UNLINKED, AlertState.OPEN, "why_1", None, [], "m", "n", T0)
    world.alert(AlertRaised(alert))
    client = Client(world)
    client.upstreams.down = {ALERTS}
    answer = await client.run(query)
    assert answer.errors[0].extensions["code"] == "UNAVAILABLE"
    client.upstreams.down = set()
    assert await client.ask(query) == shown


async def test_what_is_no_alert_is_shown_by_its_id_without_alerts() -> None:
    client = Client(small())
    client.upstreams.down = {ALERTS}
    query = '{ node(id: "why_1") { id } nodes(ids: ["why_1"]) { id } }'
    assert await client.ask(query) == {"node": {"id": "why_1"}, "nodes": [{"id": "why_1"}]}


async def test_a_changed_name_is_read_again_at_once_alone_and_until_goals_answers() -> None:
    world = small()
    upstreams = FakeUpstreams(world)
    cache = OrganizationCache(upstreams, limits=CacheLimits(names_retry=0.01))
    view = await cache.get(ORG)
    upstreams.down.add(GOALS)
    cache.deliver_all(world.rename("person_a", name="Ada Omega", email="omega@example.org"))
    await cache.settled()
    assert view.names["person_a"].name == "Ada Alpha"
    upstreams.down.clear()
    await eventually(lambda: view.names["person_a"].email == "omega@example.org")
    assert (view.names["person_a"].name, set(upstreams.names_asked), upstreams.loads) == ("Ada Omega", {"person_a"}, 1)


async def test_names_that_change_while_an_organization_is_loaded_are_the_new_ones_in_the_end() -> None:
    world = small()
    upstreams = Paused(world)
    cache = OrganizationCache(upstreams)
    loading = asyncio.create_task(cache.get(ORG))
    await upstreams.reached()
    cache.deliver_all(world.rename("person_a", subject="ada.new"))  # the names were read before
    upstreams.go.set()
    view = await loading
    await cache.settled()
    assert Login("", "ada") not in view.logins
    assert view.logins[Login("", "ada.new")] == "person_a"


async def test_an_answer_about_names_that_is_older_than_the_event_ends_and_is_asked_for_again_later() -> None:
    world = small()
    upstreams = FakeUpstreams(world)
    cache = OrganizationCache(upstreams)
    view = await cache.get(ORG)
    said = world.rename("person_a", name="Ada Omega")
    del world.written[GOALS][-1]  # goals answers as of before
    cache.deliver_all(said)
    await asyncio.wait_for(cache.settled(), 30)
    assert view.people_names.outdated == {"person_a": 1}
    assert len(upstreams.names_asked) == 1


async def test_sentences_of_the_history_are_read_again_when_somebody_is_renamed() -> None:
    world = small()
    cache = OrganizationCache(FakeUpstreams(world))
    await cache.get(ORG)
    cache.deliver_all(joined(world))
    first = await cache.change(ORG, 1)
    assert await cache.change(ORG, 1) is first
    cache.deliver_all(world.rename("person_a", name="Ada Omega"))
    assert await cache.change(ORG, 1) is not first


async def test_an_organization_is_loaded_without_verdicts_and_gets_them_once_alignment_answers() -> None:
    world = small()
    upstreams = FakeUpstreams(world)
    upstreams.down = {ALIGNMENT}
    cache = OrganizationCache(upstreams)
    watch = HeadsPoller(cache, 1800)
    view = await cache.get(ORG)
    heard: list[object] = []
    view.listeners.add(heard.append, pytest.fail)
    assert (view.verdicts_known, view.up_to_date) == (False, False)
    cache.deliver_all(joined(world))
    cache.repair(ORG)
    await watch.poll()
    await cache.settled()
    assert (upstreams.loads, len(heard), view.revision) == (1, 1, 1)
    cache.deliver_all(world.judge())
    upstreams.down = set()
    await watch.poll()
    await cache.settled()
    assert (upstreams.loads, heard[1:], view.verdicts_known) == (2, [None], True)
    assert view.judgement("why_1").verdict.state is AlignmentState.ALIGNED
    assert there(cache, world)


async def test_a_producer_that_was_restored_and_does_not_know_it_is_noticed_because_it_is_asked_by_name() -> None:
    world, other = small(), small()
    joined(world)
    upstreams = FakeUpstreams(world)
    upstreams.quiet = True
    cache = OrganizationCache(upstreams)
    watch = HeadsPoller(cache, 1800)
    await cache.get(ORG)
    await watch.poll()
    upstreams.world = other
    for _ in range(2):
        await watch.poll()
        await cache.settled()
    assert there(cache, other)


async def test_an_organization_that_a_restored_producer_does_not_have_is_shown_no_more() -> None:
    world = small()
    joined(world)
    upstreams = FakeUpstreams(world)
    cache = OrganizationCache(upstreams)
    watch = HeadsPoller(cache, 1800)
    await cache.get(ORG)
    await watch.poll()
    upstreams.gone = True
    for _ in range(2):
        await watch.poll()
        await cache.settled()
    assert cache.organizations == {}
