"""A deleted organization: nothing of it is read or written from that moment on, and its rows go in steps, also after a
crash between any two of them.
"""

from __future__ import annotations

import asyncio

import asyncpg
import httpx
import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.envelope import DELETED
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.read_api import Login, PersonName
from goldenthread.launcher.issuer import Issuer
from goldenthread.runtime.clock import new_id
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.outbox.tombstones import Purge
from goldenthread.runtime.postgres.database import Pool
from services.goals.handlers import Goals
from services.goals.head_state_cache import HeadStateCache
from services.goals.imports.run_progress import ImportRunReporter, RunProgress
from services.goals.stores import installation_store, names_store
from tests.integration.goals.conftest import Client, founded
from tests.integration.goals.goals_harness import GoalsHarness
from tests.support.asgi_server import eventually

OLGA = Login("https://login.example", "olga")


async def filled(harness: GoalsHarness, objectives: int = 12) -> None:
    """An organization with something in many tables."""
    await harness.unit("Sales")
    for number in range(objectives):
        await harness.objective(title=f"Goal {number}")
    await harness.goals.rename(harness.id, "Acme Rail", OLGA)


async def rows_of(pool: Pool, organization: str) -> dict[str, int]:
    """How many rows each table has of an organization; tables without any are left out."""
    tables = await pool.fetch(
        """SELECT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
           WHERE c.relkind = 'r' AND a.attname = 'organization' AND c.relnamespace = current_schema()::regnamespace"""
    )
    found: dict[str, int] = {}
    for row in tables:
        count = await pool.fetchval(f'SELECT count(*) FROM "{row[0]}" WHERE organization = $1', organization)
        found |= {row[0]: count} if count else {}
    return found


async def purged(pool: Pool, step: int) -> int:
    """Purge all there is; in how many transactions. Each is another process's, as after a crash."""
    for steps in range(10_000):
        if not await Purge(pool, step=step).step():
            return steps
    raise AssertionError("it does not end")


async def test_nothing_is_read_or_written_any_more_and_the_id_is_used_up(harness: GoalsHarness) -> None:
    await filled(harness)
    before = (await harness.events())[-1]
    await harness.goals.endings.delete(harness.id, "Acme Rail", OLGA)
    for command in (c.PublishPurpose(statement="Back"), c.RetireWhy(why="why_1", reason="Back", dry_run=True)):
        with pytest.raises(Refused) as refused:
            await harness.do(command)
        assert refused.value.problems[0].code is ErrorCode.NOT_FOUND
    with pytest.raises(Refused) as refused:
        await harness.goals.rename(harness.id, "Back", OLGA)
    assert "deleted" in refused.value.problems[0].message
    with pytest.raises(Refused) as refused:
        await harness.goals.founding.create(harness.id, "Back", PersonName("person_eve", "Eve", "eve"))
    assert (refused.value.problems[0].code, refused.value.problems[0].path) == (ErrorCode.CONFLICT, ["id"])
    assert await harness.events() == []
    head = await outbox.head(harness.pool, harness.id)
    assert (head.sequence, head.deleted) == (before.sequence + 1, True)
    assert (await names_store.login_holder(harness.pool, harness.id, Login("", "ada"))).person is None
    assert await harness.tick(days=30) == []


async def test_its_name_is_asked_for_and_a_second_time_changes_nothing(harness: GoalsHarness) -> None:
    for wrong in ("", "acme", "Acme Rail"):
        with pytest.raises(Refused) as refused:
            await harness.goals.endings.delete(harness.id, wrong, OLGA)
        assert refused.value.problems[0].path == ["name"]
    await harness.goals.endings.delete(harness.id, "Acme ", OLGA)
    first = await outbox.head(harness.pool, harness.id)
    assert first.deleted is True
    await harness.goals.endings.delete(harness.id, "whatever it was", OLGA)
    assert await outbox.head(harness.pool, harness.id) == first
    with pytest.raises(Refused) as refused:
        await harness.goals.endings.delete("org_nowhere", "Acme", OLGA)
    assert refused.value.problems[0].code is ErrorCode.NOT_FOUND


async def test_all_rows_go_in_small_steps_and_those_of_others_stay(harness: GoalsHarness) -> None:
    await filled(harness)
    other = GoalsHarness(harness.pool)
    await other.open()
    await filled(other)
    kept = await rows_of(harness.pool, other.id)
    assert {"entities", "names", "outbox", "timers", "installation_acts"} <= set(
        await rows_of(harness.pool, harness.id)
    )
    await harness.goals.endings.delete(harness.id, "Acme Rail", OLGA)
    assert await purged(harness.pool, step=3) > 10
    assert await rows_of(harness.pool, harness.id) == {"streams": 1, "outbox": 1}
    (last,) = await harness.pool.fetch("SELECT type, data FROM outbox WHERE organization = $1", harness.id)
    assert (last["type"], harness.id in last["data"].decode()) == (DELETED, True)
    assert await rows_of(harness.pool, other.id) == kept
    assert await other.do(c.PublishPurpose(statement="Undisturbed"))
    entry = await installation_store.entry(harness.pool, harness.id)
    assert entry is not None
    assert (entry.name, entry.created_at, entry.deleted_at is not None) == (None, None, True)


async def test_two_administrators_at_once_delete_it_once(harness: GoalsHarness) -> None:
    elsewhere = Goals(harness.pool, HeadStateCache(10), lambda: None, lambda: harness.now, new_id)
    async with harness.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM streams WHERE organization = $1 FOR UPDATE", harness.id)
        deleting = [
            asyncio.create_task(each.endings.delete(harness.id, "Acme", OLGA)) for each in (harness.goals, elsewhere)
        ]

        async def both_wait() -> bool:
            return bool(await connection.fetchval("SELECT count(*) = 2 FROM pg_locks WHERE NOT granted"))

        await eventually(both_wait)
    await asyncio.gather(*deleting)
    deleted = "SELECT count(*) FROM outbox WHERE organization = $1 AND type = $2"
    assert await harness.pool.fetchval(deleted, harness.id, DELETED) == 1


async def test_an_import_that_is_under_way_leaves_nothing(harness: GoalsHarness) -> None:
    runs = ImportRunReporter(harness.pool)
    async with runs.reporting(RunProgress(harness.id, "run_1", "customers.xlsx", "person_ada")):

        async def listed() -> bool:
            return bool(await runs.list(harness.id))

        await eventually(listed)
        await harness.goals.endings.delete(harness.id, "Acme", OLGA)
        await purged(harness.pool, step=5_000)
    assert await rows_of(harness.pool, harness.id) == {"streams": 1, "outbox": 1}


async def test_code_that_does_not_know_of_deletions_cannot_write_to_it(harness: GoalsHarness) -> None:
    """As the release before writes: it locks the row, and moves the stream."""
    await harness.goals.endings.delete(harness.id, "Acme", OLGA)
    with pytest.raises(asyncpg.CheckViolationError):
        await harness.pool.execute("UPDATE streams SET sequence = sequence + 1 WHERE organization = $1", harness.id)


async def test_over_http_it_is_as_if_it_had_never_been(http: httpx.AsyncClient, issuer: Issuer) -> None:
    ada: Client = await founded(http, issuer, "ada")
    await ada.do("PublishPurpose", statement="Everybody arrives")
    token = issuer.person_token("olga", "org_elsewhere", administers=True)
    headers, path = {"Authorization": f"Bearer {token}"}, f"/v1/organizations/{ada.organization}"
    refused = await http.request("DELETE", path, json={"name": "Example"}, headers=ada.headers)
    assert refused.status_code == 403
    wrong = await http.request("DELETE", path, json={"name": "Another"}, headers=headers)
    assert (wrong.status_code, wrong.json()["errors"][0]["path"]) == (409, ["name"])
    deleted = (await http.request("DELETE", path, json={"name": "Example"}, headers=headers)).json()
    assert set(deleted) == {"id", "deletedAt"}
    assert (await http.request("DELETE", path, json={"name": "Example"}, headers=headers)).json() == deleted
    assert (await ada.send("PublishPurpose", statement="Back")).status_code == 404
    snapshot = await ada.snapshot()
    assert (snapshot.info, snapshot.people) == (None, [])
    page = await ada.page()
    assert (bytes(page.events), page.head.deleted) == (b"[]", True)
    query = {"organization": ada.organization}
    history = (await http.get("/v1/history", params=query, headers=ada.reading)).json()
    assert history["total"] == 0
    heads = (await http.get("/v1/heads", headers=ada.reading)).json()["heads"]
    assert heads[ada.organization]["deleted"] is True
