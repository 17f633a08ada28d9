"""The database of goals is lost, and an older backup is restored: who was erased since is known to notifications, is
erased again, and every consumer ends with the branch that goals has now.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.clock import new_id, utc_now
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.goals.erasure import collected_log, log_file
from services.goals.erasure_replay import ReplayReport, replay
from services.goals.handlers import Goals
from services.goals.head_state_cache import HeadStateCache
from services.goals.migrations import MIGRATIONS
from tests.integration.gateway.conftest import Stage
from tests.support.asgi_server import eventually
from tests.support.database_walk import places_of

NAME, EMAIL, SUBJECT = "Zebulon Quixworth", "zebulon.quixworth@quix.example", "zq-7731-login"
TEXTS = (NAME, EMAIL, SUBJECT)
TABLES = ("streams", "outbox", "entities", "timers", "names", "answers", "erasures")
SHOWN = """query($id: ID!) { node(id: $id) { ... on Person { name erased } }
    purpose { statement alignment { upToDate } } }"""
SOON = 20.0


async def saved(database: Secret) -> dict[str, list[Any]]:
    connection = await asyncpg.connect(database.reveal())
    try:
        return {table: await connection.fetch(f"SELECT * FROM {table}") for table in TABLES}
    finally:
        await connection.close()


async def restore(database: Secret, backup: dict[str, list[Any]]) -> None:
    connection = await asyncpg.connect(database.reveal())
    try:
        async with connection.transaction():
            for table, rows in backup.items():
                await connection.execute(f"TRUNCATE {table}")
                await connection.copy_records_to_table(table, records=[tuple(row) for row in rows])
    finally:
        await connection.close()


async def until_folded(database: Secret, person: str) -> None:
    """Wait until notifications has folded that the person was erased."""
    connection = await asyncpg.connect(database.reveal())

    async def folded() -> bool:
        erased = "SELECT (fact ->> 'erased')::boolean FROM facts WHERE key = $1"
        return bool(await connection.fetchval(erased, f"entity:{person}"))

    try:
        await eventually(folded, SOON)
    finally:
        await connection.close()


async def replayed(database: Secret, file: Path) -> ReplayReport:
    async with open_pool(database, 2, SHARED, MIGRATIONS) as pool:
        goals = Goals(pool, HeadStateCache(4), lambda: None, utc_now, new_id)
        return await replay(goals, log_file.read(file))


async def test_who_was_erased_after_the_backup_is_erased_in_it_and_everybody_follows(
    stage: Stage, tmp_path: Path
) -> None:
    goals, notifications = stage.services.databases["goals"], stage.services.databases["notifications"]
    ada = await stage.services.organization()
    for name in ("alignment", "notifications"):
        await stage.services.start(name)
    added = await ada.do("goals", "AddPerson", name=NAME, subject=SUBJECT, email=EMAIL, roles=[{"role": "EXECUTIVE"}])
    person, log = added["ids"][0], tmp_path / "log"
    await ada.do("goals", "PublishPurpose", statement="Be useful")
    backup = await saved(goals)
    async with stage.gateway() as url:
        client = stage.client(url, ada)
        await client.do("removePerson", "revision", {"person": person})
        await client.do("erasePerson", "revision", {"person": person})
        await client.do("publishPurpose", "revision", {"statement": "Lost", "expectedVersion": 1})
        await until_folded(notifications, person)

        await stage.services.stop("goals")
        await restore(goals, backup)
        assert "names.name" in await places_of(goals, TEXTS)
        assert log_file.write(log, await collected_log.collect(None, notifications, datetime.now(UTC))) == 1
        assert (await replayed(goals, log)).erased == 1
        assert await places_of(goals, TEXTS) == set()
        await stage.services.start("goals")

        def follows(data: dict[str, Any]) -> bool:
            return bool(data["node"]["erased"] and data["purpose"]["statement"] == "Be useful")

        shown = await client.until(SHOWN, follows, SOON, id=person)
        assert shown["node"]["name"] == "A person who was erased"
        await client.do("publishPurpose", "revision", {"statement": "Be kind", "expectedVersion": 1})
        await client.until(SHOWN, lambda data: data["purpose"]["alignment"]["upToDate"], SOON, id=person)
        await until_folded(notifications, person)
        for name, database in stage.services.databases.items():
            assert (name, await places_of(database, TEXTS)) == (name, set())
