"""Waiting for a projection is woken by its save; it is shared, and nothing of it stays behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from goldenthread.contracts.read_api import StreamPosition
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.outbox import replay_endpoints
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.outbox.revision_wait import RevisionWaits
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from tests.integration.runtime.chain_store import ChainStore, migrations
from tests.integration.runtime.consumer.saves import Services, goals, save
from tests.support.asgi_server import eventually, serving

_LISTENER = """SELECT pid FROM pg_stat_activity
    WHERE query LIKE 'LISTEN%' AND state = 'idle' AND datname = current_database()"""
"""The session that listens: that has asked to, and was answered."""


@pytest.fixture
async def pool(database: Secret, tmp_path: Path) -> AsyncIterator[Pool]:
    async with open_pool(database, 5, SHARED, migrations(tmp_path)) as pool:
        yield pool


NO_POLLING = 60.0
"""A fallback with which only an event ends a wait in time."""
_LONG = 30.0
"""Seconds for that, also on a busy machine."""


async def test_a_save_wakes_those_who_wait_in_the_same_process(pool: Pool) -> None:
    store = ChainStore(pool, lambda: None)
    store.revision_waits = RevisionWaits(pool, NO_POLLING)
    first, *rest = goals(1, 2, 3)
    before = save([first])
    waiting = [
        asyncio.create_task(store.revision_waits.wait_for("ash", StreamPosition(revision), _LONG))
        for revision in (1, 3, 6)
    ]
    for request, done in ((before, 1), (save(rest[:1], before=before), 2)):
        await store.save(store.prepare_save(request))
        await eventually(lambda done=done: [each.done() for each in waiting].count(True) == done)  # type: ignore[misc]
    again = save(rest[1:], before=save(rest[:1], before=before))
    await store.save(store.prepare_save(again))
    assert await asyncio.wait_for(asyncio.gather(*waiting), _LONG) == [True] * 3
    assert await store.revision_waits.wait_for("ash", StreamPosition(6), 10)
    assert not store.revision_waits._heads


async def test_a_save_wakes_those_who_wait_in_another_process(pool: Pool) -> None:
    elsewhere = RevisionWaits(pool, NO_POLLING)
    listening = asyncio.create_task(elsewhere.run())
    while not await pool.fetchval(_LISTENER):  # noqa: ASYNC110 - the database tells nobody
        await asyncio.sleep(0.01)
    waiting = asyncio.create_task(elsewhere.wait_for("ash", StreamPosition(1), _LONG))
    await eventually(lambda: bool(elsewhere._heads) and not elsewhere._heads["ash"].moved.is_set())
    store = ChainStore(pool, lambda: None)
    await store.save(store.prepare_save(save(goals(1))))
    assert await asyncio.wait_for(waiting, _LONG)
    listening.cancel()
    await asyncio.wait({listening})


async def test_a_listener_whose_connection_is_ended_listens_again(pool: Pool) -> None:
    listening = asyncio.create_task(RevisionWaits(pool, again=0.05).run())
    pids = set[int]()
    for _ in range(3):
        while not (found := await pool.fetchval(_LISTENER)) or found in pids:
            assert not listening.done(), listening.exception()
            await asyncio.sleep(0.01)
        pids.add(found)
        await pool.execute("SELECT pg_terminate_backend($1)", found)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_whoever_waits_for_what_does_not_exist_shares_a_few_reads_and_leaves_nothing(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0
    head = outbox.head

    async def counted(*asked: object) -> object:
        nonlocal reads
        reads += "nobody" in asked  # and not what others in this process read
        return await head(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "head", counted)
    waits, began = RevisionWaits(pool), time.monotonic()
    found = await asyncio.gather(*(waits.wait_for("nobody", StreamPosition(9), 0.6) for _ in range(100)))
    assert found == [False] * 100
    assert reads <= 2 + (time.monotonic() - began) / 0.25
    assert not waits._heads


async def test_a_caller_who_is_gone_waits_no_more(pool: Pool) -> None:
    waits = RevisionWaits(pool)
    async with serving(Starlette(routes=replay_endpoints.routes(pool, Services(), waits))) as url:
        where = urlsplit(url)
        _, writer = await asyncio.open_connection(where.hostname, where.port)
        began = time.monotonic()
        writer.write(b"GET /v1/events?organization=ash&through=9&wait=10 HTTP/1.1\r\nHost: goals\r\n\r\n")
        await eventually(lambda: "ash" in waits._heads)
        writer.close()
        await eventually(lambda: not waits._heads)
        assert time.monotonic() - began < 10, "the wait ended by itself"


async def test_a_commit_of_another_branch_is_not_the_one_that_is_waited_for(pool: Pool) -> None:
    store = ChainStore(pool, lambda: None)
    first, *_ = goals(1, 2, 3)
    await store.save(store.prepare_save(save([first])))
    id = (await outbox.head(pool, "ash")).judged_id
    assert id is not None
    assert await store.revision_waits.wait_for("ash", StreamPosition(1, id), 10)
    assert not await store.revision_waits.wait_for("ash", StreamPosition(1, "lost"), 0.05)


async def test_heads_are_told_of_those_that_are_named_though_they_did_not_change(pool: Pool) -> None:
    store = ChainStore(pool, lambda: None)
    await store.save(store.prepare_save(save(goals(1))))
    now = "2999-01-01T00:00:00Z"
    async with serving(Starlette(routes=replay_endpoints.routes(pool, Services()))) as url, httpx.AsyncClient() as http:

        async def heads(named: list[str]) -> httpx.Response:
            return await http.post(f"{url}/v1/heads", json={"changed_since": now, "organizations": named})

        assert (await heads([])).json()["heads"] == {}
        assert (await heads(["ash", "elm"])).json()["heads"]["ash"]["judged"] == 1
        assert (await heads(["ash"] * 1_001)).status_code == 400


async def test_heads_come_in_pages_by_organization_or_by_when_they_changed(pool: Pool) -> None:
    names = ["ash", "birch", "elm", "fir", "oak"]
    for number, name in enumerate(names):
        await pool.execute(
            """INSERT INTO streams (organization, sequence, id, changed_at)
               VALUES ($1, 1, 'e', '2026-11-30T12:00:00Z'::timestamptz - $2 * interval '1 minute')""",
            name,
            number // 2,
        )
    async with serving(Starlette(routes=replay_endpoints.routes(pool, Services()))) as url, httpx.AsyncClient() as http:

        async def pages(query: dict[str, object], next: dict[str, str]) -> list[list[str]]:
            """The organizations of one page after the other; `next`: what the answer says, to what is asked."""
            found = []
            while True:
                answer = (await http.post(f"{url}/v1/heads", json=query)).raise_for_status().json()
                found.append(list(answer["heads"]))
                more = {ask: answer[told] for told, ask in next.items() if told in answer}
                if not more:
                    return found
                query |= more

        assert await pages({"limit": 2}, {"next_behind": "behind"}) == [["ash", "birch"], ["elm", "fir"], ["oak"]]
        assert await pages({"limit": 5}, {"next_behind": "behind"}) == [names, []]
        assert await pages({"limit": 9}, {"next_behind": "behind"}) == [names]
        assert await pages({}, {"next_behind": "behind"}) == [names], "as a release before asks"
        since: dict[str, object] = {"changed_since": "2026-01-01T00:00:00Z"}
        by_time = [sorted(each) for each in await pages(since | {"limit": 1}, {"next_change": "changed_since"})]
        assert by_time == [["oak"], ["elm", "fir"], ["ash", "birch"], []], "those of one moment are not divided"
        assert await pages(since, {"next_change": "changed_since"}) == [["oak", "elm", "fir", "ash", "birch"]]
        none = (await http.post(f"{url}/v1/heads", json=since | {"limit": 0, "organizations": ["elm"]})).json()
        assert list(none["heads"]) == ["elm"]
        assert none["at"] == none["next_change"] == "2026-01-01T00:00:00Z"
        assert (await http.post(f"{url}/v1/heads", json={"limit": 5_001})).status_code == 400


async def test_heads_tell_when_the_first_event_after_a_place_was_written(pool: Pool) -> None:
    store = ChainStore(pool, lambda: None)
    await store.save(store.prepare_save(save(goals(1, 1, 1))))
    times = [f"2026-11-30T12:00:0{number}Z" for number in range(3)]
    for number, time_ in enumerate(times[:2], 1):
        await pool.execute("UPDATE outbox SET written_at = $1::text::timestamptz WHERE sequence = $2", time_, number)
    async with serving(Starlette(routes=replay_endpoints.routes(pool, Services()))) as url, httpx.AsyncClient() as http:

        async def asked(after: dict[str, object]) -> httpx.Response:
            return await http.post(f"{url}/v1/heads", json={"after": after})

        assert "written" not in (await asked({})).json()
        assert (await asked({"ash": 0, "elm": 0})).json()["written"] == {"ash": times[0]}
        assert (await asked({"ash": 1})).json()["written"] == {"ash": times[1]}
        assert (await asked({"ash": 2**62 - 1})).json()["written"] == {}
        assert [(await asked({"ash": place})).status_code for place in (-1, 2**62, 2**70, 1.5, "1")] == [400] * 5
        assert (await asked({f"org_{number}": 0 for number in range(1_001)})).status_code == 400
        await pool.execute("UPDATE outbox SET written_at = NULL")
        (event,) = await pool.fetch("SELECT attributes::json ->> 'time' AS time FROM outbox WHERE sequence = 1")
        assert (await asked({"ash": 0})).json()["written"] == {"ash": event["time"]}
