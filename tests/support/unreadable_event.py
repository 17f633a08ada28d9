"""An event that nobody can read, in a process's outbox: whoever folds its stream has to report it."""

from __future__ import annotations

import json

import asyncpg

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.clock import new_id


async def add_unreadable_event(database: Secret, organization: str) -> None:
    """Append it to the stream of an organization that has events already; the relay publishes it within a second."""
    connection = await asyncpg.connect(database.reveal())
    try:
        last = await connection.fetchrow(
            "SELECT * FROM outbox WHERE organization = $1 ORDER BY sequence DESC LIMIT 1", organization
        )
        assert last is not None
        sequence, id = last["sequence"] + 1, new_id("evt")
        numbers = {"id": id, "sequence": str(sequence), "commit": str(sequence), "previous": last["id"]}
        attributes = json.dumps(json.loads(last["attributes"]) | numbers)
        async with connection.transaction():
            await connection.execute(
                "INSERT INTO outbox VALUES ($1, $2, $2, $3, $4, $5, $6, $7)",
                *(organization, sequence, id, last["type"], last["subject"], attributes, b"17"),
            )
            await connection.execute(
                "UPDATE streams SET sequence = $2, id = $3, changed_at = now() WHERE organization = $1",
                *(organization, sequence, id),
            )
    finally:
        await connection.close()
