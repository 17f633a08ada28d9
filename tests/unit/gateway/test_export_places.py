"""Exports of several organizations at once: one that is slow, or greedy, keeps nobody else's from being made."""

from __future__ import annotations

import asyncio
import inspect
import io
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.types import Message

from gateway.budget import export_places
from gateway.budget.export_places import LEAST_SPEED, ExportPlace, ExportPlaces
from gateway.http import export_endpoint
from gateway.http.authentication import RequestAuthenticator
from gateway.live.organization_cache import OrganizationCache
from gateway.live.organization_view import OrganizationView
from gateway.request.context import RequestContext
from gateway.upstream.export_upstream import ExportUpstream
from goldenthread.contracts.entities import Id, RoleGrant
from goldenthread.contracts.enums import Role
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.web.http_protocol import ResponseBrokenOff
from tests.unit.gateway.fakes import NOW, FakeUpstreams
from tests.unit.gateway.world import World

PART = b'file events.jsonl\n{"n":1}\nend\n'
WITHIN = 30.0


class Everybody(RequestAuthenticator):
    """A token is `SUBJECT of ORGANIZATION`. Rita is an administrator of each, Ada of none."""

    def __init__(self, upstreams: FakeUpstreams) -> None:
        super().__init__(OrganizationCache(upstreams), None, lambda: NOW)  # type: ignore[arg-type]
        self._world = upstreams.world
        rita = self._world.org.people["person_root"]
        self._world.org.people["person_root"] = replace(rita, roles=[*rita.roles, RoleGrant(Role.ADMIN)])

    async def context(
        self, authorization: str | None, revision: str | None = None, organization: str | None = None
    ) -> RequestContext:
        assert authorization is not None
        subject, _, of = authorization.partition(" of ")
        view = OrganizationView(of, self._world.loaded())
        return RequestContext(Caller(subject, of, False, Secret("")), view, self._cache, lambda: NOW)


class Parts(ExportUpstream):
    """The parts of each organization, and how many are asked for at once, in all and of one."""

    def __init__(self, body: bytes) -> None:
        self._body, self.open = body, list[Id]()
        self.most_of_one = self.most = 0

    @asynccontextmanager
    async def part(self, organization: Id, token: Secret) -> AsyncIterator[httpx.Response]:
        self.open.append(organization)
        self.most = max(self.most, len(self.open))
        self.most_of_one = max(self.most_of_one, self.open.count(organization))
        try:
            yield httpx.Response(200, content=self._body)
        finally:
            self.open.remove(organization)


class Reader:
    """Somebody who asks for an export, and reads it once they are `let`."""

    def __init__(self, who: str) -> None:
        self.who, self.status, self.body = who, 0, b""
        self.answered, self.let = asyncio.Event(), asyncio.Event()
        self.headers = dict[str, str]()

    async def ask(self, app: Starlette) -> None:
        headers = [(b"authorization", self.who.encode())]
        scope = {"type": "http", "method": "GET", "path": "/export", "headers": headers, "query_string": b""}
        await app(scope | {"asgi": {"spec_version": "2.4"}}, self._nothing, self._take)

    async def _nothing(self) -> Message:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def _take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            self.answered.set()
            return
        if self.status == 200:
            await self.let.wait()
        self.body += message.get("body", b"")


class Exports:
    """The endpoint, and those who are asking it."""

    def __init__(self, patience: float = 30.0, reader: float = 60.0) -> None:
        self.parts, none = Parts(PART), Parts(b"end\n")
        self.places = ExportPlaces(2, patience, look=0.01)
        requests = Everybody(FakeUpstreams(World()))
        routes = export_endpoint.routes(requests, self.parts, none, self.places, reader)
        self._app = Starlette(routes=routes)
        self.running: list[asyncio.Task[None]] = []

    def begin(self, who: str) -> Reader:
        made = Reader(who)
        self.running.append(asyncio.create_task(made.ask(self._app)))
        return made

    async def answered(self, who: str) -> Reader:
        made = self.begin(who)
        await asyncio.wait_for(made.answered.wait(), WITHIN)
        return made


@pytest.fixture
async def exporting() -> AsyncIterator[Callable[..., Exports]]:
    made: list[Exports] = []

    def make(**more: Any) -> Exports:
        made.append(Exports(**more))
        return made[-1]

    yield make
    tasks = [task for each in made for task in each.running]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_an_organization_that_does_not_read_its_exports_leaves_room_for_others(
    exporting: Callable[..., Exports],
) -> None:
    exports = exporting()
    stuck = await exports.answered("rita of org_hostile")
    more = [await exports.answered("rita of org_hostile") for _ in range(10)]
    assert stuck.status == 200
    assert {(each.status, each.headers["retry-after"]) for each in more} == {(429, "60")}
    assert all(b"Try again when it has ended" in each.body for each in more)
    other = await exports.answered("rita of org_other")
    other.let.set()
    await exports.running[-1]
    assert zipfile.ZipFile(io.BytesIO(other.body)).read("events.jsonl") == b'{"n":1}\n'
    assert (exports.parts.most, exports.parts.most_of_one) == (2, 1)


async def test_where_all_places_are_taken_the_first_who_waits_gets_the_next(exporting: Callable[..., Exports]) -> None:
    exports = exporting()
    busy = [await exports.answered(f"rita of org_{number}") for number in range(2)]
    waiting = [exports.begin(f"rita of org_waiting_{number}") for number in range(2)]
    await asyncio.sleep(0)
    busy[0].let.set()
    await asyncio.wait_for(waiting[0].answered.wait(), WITHIN)
    assert not waiting[1].answered.is_set()
    busy[1].let.set()
    await asyncio.wait_for(waiting[1].answered.wait(), WITHIN)
    assert [each.status for each in waiting] == [200, 200]
    assert exports.parts.most == 2


async def test_who_waits_in_vain_is_told_when_to_come_again_and_may(exporting: Callable[..., Exports]) -> None:
    exports = exporting(patience=0.01)
    busy = [await exports.answered(f"rita of org_{number}") for number in range(2)]
    late = await exports.answered("rita of org_late")
    assert (late.status, late.headers["retry-after"]) == (429, "60")
    assert b"other organizations" in late.body
    busy[0].let.set()
    await exports.running[0]
    assert (await exports.answered("rita of org_late")).status == 200


async def test_who_takes_nothing_loses_their_place(exporting: Callable[..., Exports]) -> None:
    exports = exporting(reader=0.01)
    await exports.answered("rita of org_stuck")
    with pytest.raises(ResponseBrokenOff):
        await exports.running[0]
    assert exports.parts.open == []
    assert (await exports.answered("rita of org_stuck")).status == 200


async def test_one_reader_who_is_slow_for_long_loses_its_place_when_somebody_waits(
    exporting: Callable[..., Exports], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_places, "GRACE", 0.05)
    exports = exporting()
    slow = [await exports.answered(f"rita of org_slow_{number}") for number in range(2)]
    waiting = exports.begin("rita of org_waiting")
    waiting.let.set()
    await asyncio.wait_for(exports.running[2], WITHIN)
    assert (waiting.status, zipfile.is_zipfile(io.BytesIO(waiting.body))) == (200, True)
    (broken,) = [number for number in range(2) if exports.running[number].done()]
    assert isinstance(exports.running[broken].exception(), ResponseBrokenOff)
    assert not zipfile.is_zipfile(io.BytesIO(slow[broken].body))
    slow[1 - broken].let.set()
    await asyncio.wait_for(exports.running[1 - broken], WITHIN)
    assert zipfile.is_zipfile(io.BytesIO(slow[1 - broken].body))
    assert (await exports.answered(f"rita of org_slow_{broken}")).status == 200


async def test_a_slow_reader_keeps_its_place_while_nobody_waits(
    exporting: Callable[..., Exports], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_places, "GRACE", 0.0)
    exports = exporting()
    slow = await exports.answered("rita of org_slow")
    other = await exports.answered("rita of org_other")
    other.let.set()
    await exports.running[1]
    slow.let.set()
    await exports.running[0]
    assert zipfile.ZipFile(io.BytesIO(slow.body)).read("events.jsonl") == b'{"n":1}\n'


async def test_only_the_slowest_loses_its_place_and_the_time_of_making_an_export_does_not_count() -> None:
    now = 0.0
    fast, slow = (ExportPlace(each, lambda: now) for each in ("org_fast", "org_slow"))
    assert not fast.is_slow

    async def reading(seconds: float) -> None:
        nonlocal now
        now += seconds

    for _ in range(100):
        now += 60  # the export is made slowly: that is not the reader's fault
        await fast.send(reading(1), 2 * LEAST_SPEED)
        await slow.send(reading(1), LEAST_SPEED // 2)
    assert (fast.waited, slow.waited) == (100, 100)
    assert (fast.is_slow, slow.is_slow) == (False, True)
    assert slow.speed == LEAST_SPEED / 2


def test_whoever_waits_outlasts_the_grace_of_slow_readers() -> None:
    patience = inspect.signature(ExportPlaces).parameters["patience"].default
    assert patience > export_places.GRACE + 5


async def test_who_is_no_administrator_takes_no_place_of_their_organization(exporting: Callable[..., Exports]) -> None:
    exports = exporting()
    for _ in range(5):
        refused = await exports.answered("ada of org_1")
        assert (refused.status, b"ask one" in refused.body) == (403, True)
    assert exports.parts.most == 0
    assert (await exports.answered("rita of org_1")).status == 200
