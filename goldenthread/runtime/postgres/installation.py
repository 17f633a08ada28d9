"""What is chosen once for an installation, as its databases record it."""

from __future__ import annotations

from goldenthread.runtime.postgres.database import Pool
from goldenthread.runtime.postgres.schema_version import Connection, SchemaError

_RECORD = "INSERT INTO installation (partitions) VALUES ($1) ON CONFLICT DO NOTHING"
_RECORDED = "SELECT partitions FROM installation"


class OtherPartitions(SchemaError):
    """The database was made for streams with another number of partitions."""


async def agree_on_partitions(pool: Pool, partitions: int) -> None:
    """Record the number of partitions where none is recorded yet. Raises OtherPartitions where another one is.

    Otherwise the members of a group would disagree on which of them folds an organization, and its earlier and later
    events would be on two partitions, without an order between them.
    """
    await pool.execute(_RECORD, partitions)
    recorded = await pool.fetchval(_RECORDED)
    if recorded != partitions:
        raise OtherPartitions(other_partitions(recorded, partitions))


async def read_partitions(connection: Connection) -> int | None:
    """The number that a database records; None where it records none yet."""
    if await connection.fetchval("SELECT to_regclass('installation')") is None:
        return None
    found: int | None = await connection.fetchval(_RECORDED)
    return found


def other_partitions(recorded: int, partitions: int) -> str:
    """The message for a process whose setting differs from what its database records, and what to do."""
    return (
        f"this installation has {recorded} partitions, as its database records, and GOLDENTHREAD_PARTITIONS is"
        f" {partitions}; set it to {recorded}: the number is chosen once, when the installation is made"
    )
