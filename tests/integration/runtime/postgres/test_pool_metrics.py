"""What is shown of a pool: connections in use, and who waits for one."""

from __future__ import annotations

import asyncio

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration import dsn
from goldenthread.runtime.postgres.database import open_pool
from tests.support.asgi_server import eventually
from tests.support.exposed_metrics import value_of


async def test_whoever_waits_for_a_connection_is_shown_until_they_have_one(database: Secret) -> None:
    name = dsn.where(database)

    def waiting() -> float:
        return value_of("db_client_connection_pending_requests", db_client_connection_pool_name=name)

    async with open_pool(database, 1) as pool:
        async with pool.acquire():
            asked = [asyncio.create_task(pool.execute("SELECT 1")) for _ in range(3)]
            await eventually(lambda: waiting() == 3)
            asked.pop().cancel()
            await eventually(lambda: waiting() == 2)
        await asyncio.gather(*asked)
        assert waiting() == 0
        used = {"db_client_connection_pool_name": name, "db_client_connection_state": "used"}
        assert value_of("db_client_connection_count", **used) == 0
