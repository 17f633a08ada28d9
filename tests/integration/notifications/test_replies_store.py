"""Idempotency keys are a person's, whatever their login is by now; those of an earlier release are still answered."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from goldenthread.contracts.read_api import Login
from goldenthread.contracts.replies import Accepted
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.notifications import replies_store
from services.notifications.migrations import MIGRATIONS
from tests.integration.notifications.conftest import Story
from tests.support.services import Person

HERE, THERE = "https://here.example", "https://there.example"


async def test_keys_of_before_are_those_of_the_issuer_there_is(database: Secret, tmp_path: Path) -> None:
    before = MIGRATIONS._replace(folder=tmp_path)
    for file in sorted(MIGRATIONS.folder.glob("*.sql")):
        if file.name < "0003_logins.sql":
            shutil.copy(file, tmp_path)
    kept = msgspec.json.encode(Accepted(7, ["alert_1"]))
    async with open_pool(database, 4, SHARED, before) as pool:
        row = (
            "INSERT INTO answers (organization, actor, key, input, answer) VALUES ('org_1', 'ada', 'once', '\\x01', $1)"
        )
        await pool.execute(row, kept)
    async with open_pool(database, 4, SHARED, MIGRATIONS) as pool, pool.acquire() as connection:
        for issuer in (HERE, THERE):
            await replies_store.fill_in_issuer(pool, issuer)
        answer = await replies_store.reply_under(connection, "org_1", Login(HERE, "ada"), "once")
        assert answer is not None
        assert answer.accepted.revision == 7
        assert await replies_store.reply_under(connection, "org_1", Login(THERE, "ada"), "once") is None
        await replies_store.store_reply(connection, "org_1", Login(THERE, "ada"), "once", answer)


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


async def person_of(story: Story, login: str) -> str:
    """The id of whoever has this login."""
    query = {"organization": story.ada.organization, "issuer": story.services.issuer.url, "subject": login}
    url = f"{story.services.urls['goals']}/v1/login"
    answer = await story.services.http.get(url, params=query, headers=story.services.reading)
    return str(answer.json()["person"]["id"])
