"""The log of erasures as the databases of an installation know it: that of goals, and what notifications folded.

A database of goals that is lost takes its log along. notifications keeps the state of every person, folded from events,
until goals serves the restored backup: so it still says who was erased.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg

from goldenthread.contracts.entities import Id
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.database_limits import CONNECT_SECONDS, KEEPALIVES
from goldenthread.runtime.postgres.database import Connection
from services.goals.erasure.log_file import MOST_ENTRIES, BadLogFile
from services.goals.stores import erasures_store
from services.goals.stores.erasures_store import Erasure

_FOLDED = """SELECT organization, substr(key, 8) FROM facts
    WHERE key LIKE 'entity:person\\_%' AND (fact ->> 'erased')::boolean"""


async def collect(goals: Secret | None, notifications: Secret | None, now: datetime) -> list[Erasure]:
    """What these databases know, each person once; those that only notifications knows are of `now`.

    Raises asyncpg's errors and OSError where a database cannot be read, and `BadLogFile` where there is too much.
    """
    found: dict[tuple[Id, Id], Erasure] = {}
    if notifications is not None:
        async with _reading(notifications) as connection:
            async for organization, person in connection.cursor(_FOLDED):
                _add(found, Erasure(organization, person, now))
    if goals is not None:
        async with _reading(goals) as connection:
            async for entry in erasures_store.erasures(connection):
                _add(found, entry)
    return [found[key] for key in sorted(found)]


def _add(found: dict[tuple[Id, Id], Erasure], entry: Erasure) -> None:
    found[entry.organization, entry.person] = entry
    if len(found) > MOST_ENTRIES:
        raise BadLogFile(f"there are more than the {MOST_ENTRIES:,} erasures that a file has")


@asynccontextmanager
async def _reading(url: Secret) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(url.reveal(), timeout=CONNECT_SECONDS, server_settings=KEEPALIVES)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection
    finally:
        await connection.close(timeout=CONNECT_SECONDS)
