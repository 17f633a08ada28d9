"""What is chosen once for an installation, as its databases record it."""

from __future__ import annotations

from goldenthread.runtime.database import Pool
from goldenthread.runtime.schema_version import SchemaError

_RECORD = "INSERT INTO installation (partitions) VALUES ($1) ON CONFLICT DO NOTHING"
_RECORDED = "SELECT partitions FROM installation"


class OtherPartitions(SchemaError):
    """The database was made for streams with another number of partitions."""


async def agree_on_partitions(pool: Pool, partitions: int) -> None:
    """Record the number of partitions where none is recorded yet. Raises OtherPartitions where another one is.

    Otherwise members of a group would disagree on whose an organization is, and its events of before and after would
    be on two partitions, in no order.
    """
    await pool.execute(_RECORD, partitions)
    recorded = await pool.fetchval(_RECORDED)
    if recorded != partitions:
        raise OtherPartitions(
            f"this installation has {recorded} partitions, as its database records, and GOLDENTHREAD_PARTITIONS is"
            f" {partitions}; set it to {recorded}: the number is chosen once, when the installation is made"
        )
