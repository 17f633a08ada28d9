"""SQL of what people said: acknowledgements, and the answers they were given."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from msgspec import Struct, structs

from goldenthread.contracts.entities import Id
from goldenthread.contracts.reading import Login
from goldenthread.contracts.replies import Accepted
from goldenthread.runtime.postgres.database import Connection, Pool, execute_unhurried
from services.notifications.domain.acknowledging import Acknowledgement

_COLUMNS = ", ".join(field.name for field in structs.fields(Acknowledgement))
_answers = msgspec.json.Decoder(Accepted)


class Answer(Struct, frozen=True):
    """What a command under a key was answered before: `input` is the hash of what was asked."""

    input: bytes
    accepted: Accepted


async def acknowledgements(
    connection: Connection, organization: Id, alerts: Collection[Id] | None = None
) -> dict[Id, Acknowledgement]:
    """What was said to these alerts (to any, when none are named)."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM acknowledgements WHERE organization = $1 AND ($2::text[] IS NULL OR alert = ANY($2))",
        organization,
        list(alerts) if alerts is not None else None,
    )
    return {row["alert"]: Acknowledgement(**dict(row.items())) for row in rows}


async def acknowledge(connection: Connection, organization: Id, said: Acknowledgement) -> None:
    """Keep what was said to an alert."""
    values: list[Any] = list(structs.astuple(said))
    places = ", ".join(f"${number}" for number in range(2, len(values) + 2))
    await connection.execute(
        f"INSERT INTO acknowledgements (organization, {_COLUMNS}) VALUES ($1, {places})", organization, *values
    )


async def answer(connection: Connection, organization: Id, login: Login, key: str) -> Answer | None:
    """What this login was answered under this key, or None."""
    row = await connection.fetchrow(
        "SELECT input, answer FROM answers WHERE organization = $1 AND issuer = $2 AND actor = $3 AND key = $4",
        organization,
        *login,
        key,
    )
    return Answer(row["input"], _answers.decode(row["answer"])) if row else None


async def put_answer(connection: Connection, organization: Id, login: Login, key: str, given: Answer) -> None:
    """Remember an answer for thirty days; a secret is not kept with it."""
    await connection.execute(
        "INSERT INTO answers (organization, issuer, actor, key, input, answer) VALUES ($1, $2, $3, $4, $5, $6)",
        organization,
        *login,
        key,
        given.input,
        msgspec.json.encode(structs.replace(given.accepted, secret=None)),
    )


async def name_logins(pool: Pool, issuer: str) -> None:
    """Say of answers that were kept without their login's issuer, by an earlier release, that it is `issuer`."""
    await execute_unhurried(
        pool,
        """UPDATE answers AS mine SET issuer = $1 WHERE issuer = '' AND NOT EXISTS (
           SELECT FROM answers AS other WHERE other.organization = mine.organization AND other.issuer = $1
           AND other.actor = mine.actor AND other.key = mine.key)""",
        issuer,
    )


async def forget_answers(pool: Pool) -> None:
    """Forget answers older than thirty days."""
    await pool.execute("DELETE FROM answers WHERE at < now() - interval '30 days'")
