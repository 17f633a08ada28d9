"""A lease: one of several processes on one database does something alone, for a while.

It takes no connection between two renewals, which a session's advisory lock would.
"""

from __future__ import annotations

import uuid
from time import monotonic

from goldenthread.runtime.postgres.database import Pool

_RENEW = """
    INSERT INTO leases AS l (name, holder, until) VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE l.holder = excluded.holder OR l.until < clock_timestamp()
    RETURNING true
"""


class Lease:
    """The lease `name` in the database of `pool`, for one process. It ends `seconds` after it was last renewed."""

    def __init__(self, pool: Pool, name: str, seconds: float) -> None:
        self._pool, self._name, self._seconds = pool, name, seconds
        self._holder = uuid.uuid4().hex
        self._until = 0.0

    @property
    def held(self) -> bool:
        """Whether this process has it now, by its own clock.

        A renewal is counted from before it was sent, so that the lease ends here before another process can get it.
        """
        return monotonic() < self._until

    async def renew(self) -> bool:
        """Take the lease if nobody else has it, or keep it; whether this process has it now."""
        sent = monotonic()
        if await self._pool.fetchval(_RENEW, self._name, self._holder, self._seconds):
            self._until = sent + self._seconds
        else:
            self._until = 0.0
        return self.held

    async def release(self) -> None:
        """Give it back, so that another process need not wait for its end."""
        self._until = 0.0
        await self._pool.execute("DELETE FROM leases WHERE name = $1 AND holder = $2", self._name, self._holder)
