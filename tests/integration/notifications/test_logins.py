"""Idempotency keys are of a login, (issuer, subject), and those of an earlier release are still answered."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from goldenthread.contracts.reading import Login
from goldenthread.contracts.replies import Accepted
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.database import SHARED, open_pool
from services.notifications import said
from services.notifications.app import MIGRATIONS

HERE, THERE = "https://here.example", "https://there.example"


async def test_keys_of_before_are_those_of_the_issuer_there_is(database: Secret, tmp_path: Path) -> None:
    before = tmp_path / "notifications" / "migrations"
    before.mkdir(parents=True)
    for file in sorted(MIGRATIONS.glob("*.sql")):
        if file.name < "0003_logins.sql":
            shutil.copy(file, before)
    kept = msgspec.json.encode(Accepted(7, ["alert_1"]))
    async with open_pool(database, 4, SHARED, before) as pool:
        row = (
            "INSERT INTO answers (organization, actor, key, input, answer) VALUES ('org_1', 'ada', 'once', '\\x01', $1)"
        )
        await pool.execute(row, kept)
    async with open_pool(database, 4, SHARED, MIGRATIONS) as pool, pool.acquire() as connection:
        for issuer in (HERE, THERE):
            await said.name_logins(pool, issuer)
        answer = await said.answer(connection, "org_1", Login(HERE, "ada"), "once")
        assert answer is not None
        assert answer.accepted.revision == 7
        assert await said.answer(connection, "org_1", Login(THERE, "ada"), "once") is None
        await said.put_answer(connection, "org_1", Login(THERE, "ada"), "once", answer)
