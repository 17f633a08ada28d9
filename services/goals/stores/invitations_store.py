"""SQL of what claims invitations: the hash of a secret, and whose invitation it is. The newest of a person only."""

from __future__ import annotations

import hashlib
import re
import secrets

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.postgres.database import Connection, Pool

_SECRET = re.compile(r"gtinv_[A-Za-z0-9_-]{43}")
"""256 random bits in URL-safe base64, after a prefix by which scanners of repositories find what was left there."""


class SecretOwner(Struct, frozen=True):
    """Whose invitation a secret claims."""

    organization: Id
    person: Id
    invitation: Id


def new_secret() -> Secret:
    """A secret that nobody guesses."""
    return Secret(f"gtinv_{secrets.token_urlsafe(32)}")


async def put(connection: Connection, owner: SecretOwner, secret: Secret) -> None:
    """Have `secret` claim this invitation; that of an earlier one of the person claims nothing any more."""
    await connection.execute(
        """INSERT INTO invitation_secrets (secret, organization, person, invitation) VALUES ($1, $2, $3, $4)
           ON CONFLICT (organization, person) DO UPDATE SET secret = $1, invitation = $4""",
        _hashed(secret),
        owner.organization,
        owner.person,
        owner.invitation,
    )


async def delete(connection: Connection, organization: Id, person: Id) -> None:
    """Delete what claims an invitation of a person."""
    await connection.execute(
        "DELETE FROM invitation_secrets WHERE organization = $1 AND person = $2", organization, person
    )


async def owner(connection: Connection | Pool, secret: Secret) -> SecretOwner | None:
    """Whose invitation this claims, also one that is over; None for what is no secret of ours, or of an organization
    that was deleted.

    The database compares hashes: how long that takes says nothing of the secret.
    """
    if not _SECRET.fullmatch(secret.reveal()):
        return None
    row = await connection.fetchrow(
        """SELECT organization, person, invitation FROM invitation_secrets JOIN streams USING (organization)
           WHERE secret = $1 AND deleted_at IS NULL""",
        _hashed(secret),
    )
    return SecretOwner(*row) if row else None


def _hashed(secret: Secret) -> bytes:
    return hashlib.sha256(secret.reveal().encode()).digest()
