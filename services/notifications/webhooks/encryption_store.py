"""SQL of the encryption of webhooks: which are to be encrypted (again), which cannot be decrypted, and with which keys.

Each step is one transaction over a bounded number of webhooks, and takes no lock that somebody else holds. A kill takes
back the step that was under way.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import asyncpg
from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.runtime.keys.keyring import CannotDecrypt
from goldenthread.runtime.postgres.database import Connection, Pool
from goldenthread.runtime.postgres.transactions import writing
from services.notifications.webhooks.webhook_secrets import WebhookCipher, shown_url
from services.notifications.webhooks.webhook_store import secrets_of

BATCH = 100
_PLAIN = """
    SELECT organization, id, url, secret, kid, encrypted FROM webhooks
    WHERE kid IS NULL AND (holder IS NULL OR busy_until <= now()) LIMIT $1 FOR UPDATE SKIP LOCKED
"""
"""Not while a process of the release before delivers to it: that one has what it needs until the end of its visit."""
_ENCRYPT = """
    UPDATE webhooks w SET kid = n.kid, encrypted = n.encrypted, encrypted_at = now(), url = n.shown, secret = NULL,
        leased_until = w.busy_until, busy_until = 'infinity', holder = NULL
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::text[])
         AS n (organization, id, kid, encrypted, shown)
    WHERE w.organization = n.organization AND w.id = n.id
"""
_OUTDATED = """
    SELECT organization, id, url, secret, kid, encrypted FROM webhooks
    WHERE kid <> $1 AND kid = ANY($2::text[]) AND unreadable_since IS NULL AND encrypted_at < now() - $3::interval
    LIMIT $4 FOR UPDATE SKIP LOCKED
"""
_ENCRYPT_AGAIN = """
    UPDATE webhooks w SET kid = n.kid, encrypted = n.encrypted, encrypted_at = now()
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) AS n (organization, id, kid, encrypted)
    WHERE w.organization = n.organization AND w.id = n.id
"""
_NOTE_UNREADABLE = """
    UPDATE webhooks SET unreadable_since = coalesce(unreadable_since, now())
    WHERE organization = $1 AND id = $2 AND kid = $3
"""
_SUSPECTS = """
    SELECT organization, id, url, secret, kid, encrypted, disabled_at,
           unreadable_since IS NOT NULL AS noted, unreadable_since < now() - $5::interval AS late
    FROM webhooks WHERE kid IS NOT NULL AND (unreadable_since IS NOT NULL OR NOT kid = ANY($1::text[]))
    AND (organization, id) > ($2, $3) ORDER BY organization, id LIMIT $4
"""
_READABLE = """
    UPDATE webhooks SET unreadable_since = NULL,
        disabled_at = CASE WHEN disabled_reason = 'SECRETS_UNREADABLE' THEN NULL ELSE disabled_at END,
        disabled_reason = nullif(disabled_reason, 'SECRETS_UNREADABLE')
    WHERE organization = $1 AND id = $2 AND kid = $3 AND encrypted = $4
"""
_DISABLE = """
    UPDATE webhooks SET disabled_at = now(), disabled_reason = 'SECRETS_UNREADABLE'
    WHERE organization = $1 AND id = $2 AND kid = $3 AND disabled_at IS NULL RETURNING true
"""


class Suspect(Struct, frozen=True):
    """A webhook that this process, or another one, could not decrypt. `problem` is None when this process can.

    `noted`: that is in the database; `late`: for longer than is waited for other processes and keys.
    """

    organization: Id
    id: Id
    kid: str
    encrypted: bytes
    problem: CannotDecrypt | None
    noted: bool
    late: bool
    disabled: bool


async def encrypt_plain(pool: Pool, cipher: WebhookCipher) -> int:
    """Encrypt webhooks that a release before stored as they are; how many of a batch were."""
    async with writing(pool) as connection:
        rows = await connection.fetch(_PLAIN, BATCH)
        stored = []
        for row in rows:
            organization, id, found = row["organization"], row["id"], secrets_of(row, cipher)
            stored.append((organization, id, *cipher.encrypt(organization, id, found), shown_url(found.url)))
        if stored:
            await connection.execute(_ENCRYPT, *map(list, zip(*stored, strict=True)))
    return len(rows)


async def encrypt_again(pool: Pool, cipher: WebhookCipher, settled: timedelta) -> int:
    """Encrypt webhooks with the first key that are encrypted with another one, for at least `settled`; how many."""
    async with writing(pool) as connection:
        rows = await connection.fetch(_OUTDATED, cipher.first, cipher.kids, settled, BATCH)
        stored = []
        for row in rows:
            try:
                found = cipher.encrypt(row["organization"], row["id"], secrets_of(row, cipher))
            except CannotDecrypt:
                await connection.execute(_NOTE_UNREADABLE, row["organization"], row["id"], row["kid"])
            else:
                stored.append((row["organization"], row["id"], *found))
        if stored:
            await connection.execute(_ENCRYPT_AGAIN, *map(list, zip(*stored, strict=True)))
    return len(rows)


async def suspects(
    pool: Pool, cipher: WebhookCipher, patience: timedelta, after: tuple[Id, Id] = ("", "")
) -> list[Suspect]:
    """A page of webhooks that could not be decrypted, or whose key this process does not have."""
    rows = await pool.fetch(_SUSPECTS, cipher.kids, *after, BATCH, patience)
    return [
        Suspect(
            row["organization"],
            row["id"],
            row["kid"],
            row["encrypted"],
            _problem(row, cipher),
            row["noted"],
            bool(row["late"]),
            row["disabled_at"] is not None,
        )
        for row in rows
    ]


async def note_unreadable(pool: Pool, found: Suspect) -> None:
    """Note that a webhook cannot be decrypted by this process, unless that is noted."""
    await pool.execute(_NOTE_UNREADABLE, found.organization, found.id, found.kid)


async def disable(pool: Pool, found: Suspect) -> bool:
    """Send nothing more to a webhook that cannot be decrypted; what waits stays. False when it was disabled before."""
    return bool(await pool.fetchval(_DISABLE, found.organization, found.id, found.kid))


async def enable(pool: Pool, found: Suspect) -> None:
    """Take back what was noted of a webhook that can be decrypted."""
    await pool.execute(_READABLE, found.organization, found.id, found.kid, found.encrypted)


async def keys_in_use(connection: Connection | Pool) -> Mapping[str, int]:
    """How many webhooks are encrypted with each key; under "", how many are not encrypted yet."""
    rows = await connection.fetch("SELECT coalesce(kid, '') AS kid, count(*) AS count FROM webhooks GROUP BY 1")
    return {row["kid"]: row["count"] for row in rows}


def _problem(row: asyncpg.Record, cipher: WebhookCipher) -> CannotDecrypt | None:
    try:
        secrets_of(row, cipher)
    except CannotDecrypt as error:
        return error
    return None
