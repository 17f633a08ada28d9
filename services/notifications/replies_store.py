"""SQL of the replies that are kept under idempotency keys: the same command under the same key is answered the same."""

from __future__ import annotations

import msgspec
from msgspec import Struct, structs

from goldenthread.contracts.entities import Id
from goldenthread.contracts.read_api import Login
from goldenthread.contracts.replies import Accepted
from goldenthread.runtime.postgres.database import Connection, Pool, execute_unhurried

_accepted = msgspec.json.Decoder(Accepted)


class StoredReply(Struct, frozen=True):
    """The reply to a command that was sent under a key. `input` is the hash of the command."""

    input: bytes
    accepted: Accepted


async def reply_under(connection: Connection, organization: Id, login: Login, key: str) -> StoredReply | None:
    """The reply that this login was given under this key, or None."""
    row = await connection.fetchrow(
        "SELECT input, answer FROM answers WHERE organization = $1 AND issuer = $2 AND actor = $3 AND key = $4",
        organization,
        *login,
        key,
    )
    return StoredReply(row["input"], _accepted.decode(row["answer"])) if row else None


async def store_reply(connection: Connection, organization: Id, login: Login, key: str, reply: StoredReply) -> None:
    """Keep a reply for thirty days; a secret is not kept with it."""
    await connection.execute(
        "INSERT INTO answers (organization, issuer, actor, key, input, answer) VALUES ($1, $2, $3, $4, $5, $6)",
        organization,
        *login,
        key,
        reply.input,
        msgspec.json.encode(structs.replace(reply.accepted, secret=None)),
    )


async def fill_in_issuer(pool: Pool, issuer: str) -> None:
    """Give `issuer` to the replies that an earlier release kept without the issuer of their login."""
    await execute_unhurried(
        pool,
        """UPDATE answers AS mine SET issuer = $1 WHERE issuer = '' AND NOT EXISTS (
           SELECT FROM answers AS other WHERE other.organization = mine.organization AND other.issuer = $1
           AND other.actor = mine.actor AND other.key = mine.key)""",
        issuer,
    )


async def delete_expired_replies(pool: Pool) -> None:
    """Delete the replies that are older than thirty days."""
    await pool.execute("DELETE FROM answers WHERE at < now() - interval '30 days'")
