"""Promise 1 in notifications: keys are a person's, whatever their login is by now, and kept for thirty days.

Those of an earlier release are still answered.
"""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

import asyncpg
import msgspec

from goldenthread.contracts.read_api import AcknowledgeAlert, Login
from goldenthread.contracts.replies import Accepted
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.idempotency import answers_store
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.notifications.migrations import MIGRATIONS
from services.notifications.webhooks import delivery_store
from tests.integration.notifications.conftest import Story
from tests.integration.runtime.idempotency.release_before import NOTIFICATIONS
from tests.support.services import Person

HERE, THERE = "https://here.example", "https://there.example"


async def test_keys_of_before_are_those_of_the_issuer_there_is(empty_database: Secret, tmp_path: Path) -> None:
    before = MIGRATIONS._replace(folder=tmp_path, then=())
    for file in sorted(MIGRATIONS.folder.glob("*.sql")):
        if file.name < "0003_logins.sql":
            shutil.copy(file, tmp_path)
    kept = msgspec.json.encode(Accepted(7, ["alert_1"]))
    async with open_pool(empty_database, 4, SHARED, before) as pool:
        row = (
            "INSERT INTO answers (organization, actor, key, input, answer) VALUES ('org_1', 'ada', 'once', '\\x01', $1)"
        )
        await pool.execute(row, kept)
    async with open_pool(empty_database, 4, SHARED, MIGRATIONS) as pool, pool.acquire() as connection:
        for issuer in (HERE, THERE):
            await answers_store.set_missing_issuers(pool, issuer)
        answer = await answers_store.stored_answer(connection, "org_1", Login(HERE, "ada"), "once")
        assert answer is not None
        assert msgspec.json.decode(answer.answer, type=Accepted).revision == 7
        assert await answers_store.stored_answer(connection, "org_1", Login(THERE, "ada"), "once") is None
        await answers_store.put_answer(connection, "org_1", Login(THERE, "ada"), "once", answer)


async def test_a_key_goes_with_the_person_to_another_login_and_answers_nobody_who_is_given_the_one_before(
    story: Story,
) -> None:
    _, alert = await story.broken()
    first = await story.lea.do("notifications", "AcknowledgeAlert", key="once", alert=alert.id, note="Seen")
    lea, max = [await person_of(story, login) for login in ("lea", "max")]
    await story.do("UpdatePerson", person=lea, subject="lea.new")
    await story.do("UpdatePerson", person=max, subject="lea")
    new = Person(story.services, story.ada.organization, "lea.new")
    assert await new.do("notifications", "AcknowledgeAlert", key="once", alert=alert.id, note="Seen") == first
    other = await story.lea.do("notifications", "AcknowledgeAlert", key="once", alert=alert.id, note="Of Max")
    assert "nothing was changed" in other["warnings"][0]["message"]
    assert (await story.max.refused("notifications", "AcknowledgeAlert", alert=alert.id))["code"] == "FORBIDDEN"


async def test_promise_1_a_command_that_the_release_before_answers_is_not_done_again(story: Story) -> None:
    _, alert = await story.broken()
    command = AcknowledgeAlert(alert=alert.id, note="Seen")
    answer = {"revision": 3, "ids": [alert.id], "events": [], "warnings": [], "dryRun": False}
    kept = msgspec.json.encode({**answer, "report": None, "secret": None})
    lea, input = await person_of(story, "lea"), sha256(msgspec.json.encode(command)).digest()
    connection = await asyncpg.connect(story.services.databases["notifications"].reveal())
    try:
        await connection.execute(NOTIFICATIONS.put, story.ada.organization, "person", lea, "once", input, kept)
    finally:
        await connection.close()
    again = await story.lea.do("notifications", "AcknowledgeAlert", key="once", alert=alert.id, note="Seen")
    assert {name: again[name] for name in answer} == answer
    other = await story.lea.refused("notifications", "AcknowledgeAlert", key="once", alert=alert.id, note="More")
    assert (other["code"], other["path"]) == ("CONFLICT", ["idempotencyKey"])
    assert (await story.alert(alert.goals[0])).acknowledged_at is None


async def test_promise_1_a_key_is_free_again_after_thirty_days_and_no_earlier(database: Secret) -> None:
    async with open_pool(database, 4, SHARED, MIGRATIONS) as pool:
        for key, age in (("new", "29 days 23 hours"), ("old", "30 days 1 hour")):
            await pool.execute(NOTIFICATIONS.put, *NOTIFICATIONS.row[:3], key, *NOTIFICATIONS.row[4:])
            await pool.execute("UPDATE answers SET at = now() - $1::text::interval WHERE key = $2", age, key)
        await delivery_store.delete_old(pool)
        assert [row["key"] for row in await pool.fetch("SELECT key FROM answers")] == ["new"]


async def person_of(story: Story, login: str) -> str:
    """The id of whoever has this login."""
    query = {"organization": story.ada.organization, "issuer": story.services.issuer.url, "subject": login}
    url = f"{story.services.urls['goals']}/v1/login"
    answer = await story.services.http.get(url, params=query, headers=story.services.reading)
    return str(answer.json()["person"]["id"])
