"""Sockets: they leave nothing behind, keep their organization current, and wait for nobody but their own reader."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from msgspec import structs
from websockets.exceptions import ConnectionClosed

from gateway.http.authentication import RequestAuthenticator
from gateway.live.event_feed import ROOM, EventFeed
from gateway.request.context import RequestContext
from goldenthread.contracts.entities import Person
from goldenthread.contracts.events.goals import PersonJoined, PersonLeft
from goldenthread.runtime.identity.caller import Caller
from tests.support.asgi_server import eventually
from tests.unit.gateway.socket_gateway import CHANGES, AnyToken, gateway
from tests.unit.gateway.world import ORG


async def test_a_socket_that_closes_leaves_no_listener_behind() -> None:
    async with gateway() as made:
        async with made.client.subscribed(CHANGES):
            view = made.cache.organizations[ORG]
            assert len(view.listeners) == 2  # the subscription, and whoever watches that its person is still here
        await eventually(lambda: len(view.listeners) == 0)
        await eventually(lambda: made.cache.evict(-1) == [ORG])


async def test_a_subscription_that_is_completed_leaves_no_listener_behind() -> None:
    async with gateway() as made, made.client.subscribed(CHANGES) as heard:
        view = made.cache.organizations[ORG]
        await heard._socket.send(json.dumps({"id": "1", "type": "complete"}))
        await eventually(lambda: len(view.listeners) == 1)


async def test_a_socket_keeps_the_token_it_showed_where_nothing_prints_it(monkeypatch: pytest.MonkeyPatch) -> None:
    contexts, make_context = [], RequestAuthenticator.context_of

    async def context_of(self: RequestAuthenticator, caller: Caller) -> RequestContext:
        contexts.append(await make_context(self, caller))
        return contexts[-1]

    monkeypatch.setattr(RequestAuthenticator, "context_of", context_of)
    async with gateway() as made, made.client.socket():
        assert "rita" in repr(contexts)
        assert "Bearer" not in repr([vars(each) for each in contexts])


async def test_a_socket_ends_with_the_token_it_showed() -> None:
    async with gateway(AnyToken(expires_at=time.time() + 2)) as made, made.client.socket() as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 30)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, "expired" in closed.value.rcvd.reason) == (4403, True)


@pytest.mark.parametrize("reloaded", [False, True])
async def test_a_socket_ends_when_its_person_leaves(reloaded: bool) -> None:
    async with gateway() as made, made.client.subscribed(CHANGES) as heard:
        gone = made.world.commit(PersonLeft(structs.replace(made.world.org.people["person_root"], roles=[], left=True)))
        if reloaded:
            made.cache.repairs.reload(ORG)
        else:
            made.cache.deliver_all(gone)
        made.objective(1)
        with pytest.raises(ConnectionClosed) as closed:
            await heard.next()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, "administrator" in closed.value.rcvd.reason) == (4403, True)
        await eventually(lambda: len(made.cache.organizations[ORG].listeners) == 0)


@pytest.mark.parametrize("reloaded", [False, True])
async def test_a_socket_ends_when_its_person_is_given_another_login(reloaded: bool) -> None:
    async with gateway() as made, made.client.subscribed(CHANGES) as heard:
        said = [
            *made.world.rename("person_root", name="Rita Two"),
            *made.world.rename("person_root", subject="rita.new"),
        ]
        if reloaded:
            made.cache.repairs.reload(ORG)
        else:
            made.cache.deliver_all(said)
        made.objective(1)
        with pytest.raises(ConnectionClosed) as closed:
            await heard.next()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, "administrator" in closed.value.rcvd.reason) == (4403, True)
        await eventually(lambda: len(made.cache.organizations[ORG].listeners) == 0)


async def test_a_socket_of_the_new_login_goes_on_when_the_event_of_its_change_comes_later() -> None:
    async with gateway() as made:
        made.world.people[0] = structs.replace(made.world.people[0], subject="rita.before")
        await made.cache.get(ORG)
        said = made.world.rename("person_root", subject="rita")
        async with made.client.subscribed(CHANGES) as heard:
            made.cache.deliver_all(said)
            made.objective(1, "A new one")
            assert (await heard.next())["changed"] == [{"title": "A new one"}]


async def test_a_socket_ends_when_its_login_is_somebody_elses_already() -> None:
    async with gateway() as made, made.client.subscribed(CHANGES) as heard:
        said = made.world.rename("person_root", subject="rita.new")
        said += made.world.rename("person_a", subject="rita")
        people = made.cache.organizations[ORG].people_names
        people.take("person_a", made.world.people[1], len(said))  # read for another reason, before the events are here
        made.cache.deliver_all(said)
        with pytest.raises(ConnectionClosed) as closed:
            await heard.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403


async def test_a_socket_goes_on_when_its_person_is_given_another_name() -> None:
    async with gateway() as made, made.client.subscribed(CHANGES) as heard:
        made.cache.deliver_all(made.world.rename("person_root", name="Rita Two", email=None))
        made.objective(1, "A new one")
        assert (await heard.next())["changed"] == [{"title": "A new one"}]


async def test_where_the_issuer_is_away_a_request_is_answered_503_and_a_socket_is_asked_to_come_later() -> None:
    async with gateway(AnyToken(away=True)) as made:
        answer = await made.client.post("{ organization { name } }")
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
        with pytest.raises(ConnectionClosed) as closed:
            async with made.client.socket():
                pass
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1013


async def test_a_socket_that_was_silent_for_long_still_hears_what_happens() -> None:
    async with gateway() as made, made.client.socket() as socket:
        assert made.cache.evict(-1) == []
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": CHANGES}}))
        await eventually(lambda: len(made.cache.organizations[ORG].listeners) == 2)
        made.objective(1, "A new one")
        message = json.loads(await socket.recv())
        assert message["payload"]["data"]["goalTreeChanged"]["changed"] == [{"title": "A new one"}]


async def test_a_second_initialisation_does_not_keep_the_organization_for_ever() -> None:
    async with gateway() as made:
        async with made.client.socket() as socket:
            await socket.send(json.dumps({"type": "connection_init"}))
            await socket.wait_closed()
        await eventually(lambda: made.cache.evict(-1) == [ORG])


async def test_a_reader_that_does_not_read_stalls_nobody_and_fills_no_memory() -> None:
    many = ROOM + 1_000
    async with gateway() as made, made.client.subscribed(CHANGES) as slow, made.client.subscribed(CHANGES) as quick:
        heard = [listener.__self__ for listener in made.cache.organizations[ORG].listeners]  # type: ignore[attr-defined]
        feeds = [each for each in heard if isinstance(each, EventFeed)]
        assert len(feeds) == 2
        for number in range(1, many + 1):
            made.objective(number, "long " * 2_000)
            if number % 50 == 0:
                assert (await quick.until(lambda change, at=number: change["revision"] == at))[0]
        assert all(len(feed._waiting) <= ROOM for feed in feeds)
        revisions = [change["revision"] for change in await slow.until(lambda change: change["revision"] == many)]
        assert revisions == list(range(1, many + 1))


async def test_people_joining_is_no_change_of_the_tree() -> None:
    async with gateway() as made, made.client.subscribed(CHANGES) as heard:
        made.cache.deliver_all(made.world.commit(PersonJoined(Person("person_new", []))))
        made.objective(1, "One")
        assert (await heard.next())["revision"] == 2
