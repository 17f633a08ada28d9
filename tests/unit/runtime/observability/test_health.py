"""`/ready` says how things are now, in words, whatever hangs and however often it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from goldenthread.runtime.observability import health
from goldenthread.runtime.observability.health import Check, NotReady
from tests.support.exposed_metrics import value_of


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the clock of what is remembered."""
    at = 0.0
    monkeypatch.setattr(health, "monotonic", lambda: at)

    def move(seconds: float) -> None:
        nonlocal at
        at += seconds

    return move


class Thing:
    """Something a process needs."""

    def __init__(self) -> None:
        self.asked, self.problem, self.hangs = 0, "", asyncio.Event()
        self.hangs.set()

    async def ping(self) -> None:
        self.asked += 1
        await self.hangs.wait()
        if self.problem:
            raise NotReady(self.problem)


async def ready(needed: dict[str, Check], besides: dict[str, Check] | None = None, times: int = 1) -> list[Any]:
    async with client(needed, besides) as http:
        found = await asyncio.gather(*(http.get("/ready") for _ in range(times)))
    return [(each.status_code, each.json()) for each in found]


def client(
    needed: dict[str, Check], besides: dict[str, Check] | None = None, patience: float = 1.5
) -> httpx.AsyncClient:
    app = Starlette(routes=health.routes(needed, besides, patience))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://process")


async def test_asking_often_pings_once_a_second(now: Callable[[float], None]) -> None:
    thing = Thing()
    async with client({"thing": thing.ping}) as http:
        for _ in range(3):
            await asyncio.gather(*(http.get("/ready") for _ in range(50)))
        assert thing.asked == 1
        now(1.1)
        await http.get("/ready")
        assert thing.asked == 2


async def test_it_turns_false_and_true_again_and_says_why(now: Callable[[float], None]) -> None:
    thing = Thing()
    async with client({"thing": thing.ping}) as http:
        assert (await http.get("/ready")).json() == {"ready": True, "checks": {"thing": None}}
        thing.problem = "it does not answer"
        now(1.1)
        answer = await http.get("/ready")
        assert (answer.status_code, answer.json()["checks"]) == (503, {"thing": "it does not answer"})
        thing.problem = ""
        now(1.1)
        assert (await http.get("/ready")).status_code == 200


async def test_what_hangs_is_said_in_time_and_not_asked_again_while_it_does(now: Callable[[float], None]) -> None:
    thing = Thing()
    thing.hangs.clear()
    async with client({"thing": thing.ping}, patience=0.05) as http:
        for _ in range(3):
            async with asyncio.timeout(30):
                answer = await http.get("/ready")
            assert answer.status_code == 503
            assert "no answer within" in answer.json()["checks"]["thing"]
            assert (await http.get("/live")).status_code == 200
            now(1.1)
        assert thing.asked == 1
        thing.hangs.set()
        await asyncio.sleep(0)
        await http.get("/ready")
        now(1.1)
        assert (await http.get("/ready")).status_code == 200


async def test_what_is_only_missed_makes_nobody_less_ready() -> None:
    thing, other = Thing(), Thing()
    other.problem = "it is slower without"
    expected = {"ready": True, "checks": {"thing": None}, "degraded": {"other": "it is slower without"}}
    assert await ready({"thing": thing.ping}, {"other": other.ping}) == [(200, expected)]


async def test_what_is_wrong_is_named() -> None:
    async def ping() -> None:
        raise OSError("refused")

    ((status, said),) = await ready({"database": health.named_check("PostgreSQL", ping)})
    assert (status, said["checks"]["database"]) == (503, "PostgreSQL does not answer: OSError refused")


async def test_a_scrape_shows_whether_the_process_is_ready_without_anybody_asking_for_it(
    now: Callable[[float], None],
) -> None:
    thing, other = Thing(), Thing()
    other.problem = "it is slower without"
    async with client({"thing": thing.ping}, {"other": other.ping}) as http:
        assert value_of("goldenthread_ready") == 0
        assert "goldenthread_ready 1.0" in (await http.get("/metrics")).text
        thing.problem = "it does not answer"
        now(1.1)
        assert "goldenthread_ready 0.0" in (await http.get("/metrics")).text
        assert thing.asked == 2
        assert other.asked == 0


async def test_a_scrape_is_answered_while_what_the_process_needs_hangs() -> None:
    thing = Thing()
    thing.hangs.clear()
    async with client({"thing": thing.ping}, patience=0.05) as http:
        answer = await http.get("/metrics")
        assert (answer.status_code, "goldenthread_ready 0.0" in answer.text) == (200, True)
        thing.hangs.set()
