"""What a connection to PostgreSQL may take: how long it waits for others, and how soon a client is missed."""

from __future__ import annotations

from msgspec import Struct

KEEPALIVES = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "11000",
}
"""Settings of every session. With these PostgreSQL notices after about 11 seconds that a client is gone without a word
(a dead machine, a broken network), and frees what it held: row locks, the lead of a relay. Without them that takes two
hours.
"""

CONNECT_SECONDS = 10.0
"""For connecting when a process starts: then TimeoutError is raised."""


_MOST = 2_000_000.0
"""Seconds that PostgreSQL can count in one setting."""


class DatabaseLimits(Struct, frozen=True, kw_only=True):
    """How long a connection of a pool waits, in seconds, before it gives up."""

    command: float = 60.0
    """For the answer to a statement: then TimeoutError is raised."""
    lock: float = 5.0
    """For a lock that another transaction holds: then LockNotAvailableError is raised."""
    idle: float = 10.0
    """PostgreSQL, for the next statement of an open transaction: then it takes the transaction back and ends the
    connection, so that a process that freezes holds up nobody for longer.
    """

    @property
    def transaction(self) -> float:
        """PostgreSQL 17 and later, for a transaction as a whole: then it ends the connection. A process that freezes
        between two messages of one statement (its text, its arguments) is not idle to PostgreSQL.
        """
        return min(5 * self.command, _MOST)

    @property
    def settings(self) -> dict[str, str]:
        """As settings of a session."""
        return {
            **KEEPALIVES,
            "lock_timeout": milliseconds(self.lock),
            "idle_in_transaction_session_timeout": milliseconds(self.idle),
        }


def milliseconds(seconds: float) -> str:
    """As PostgreSQL's settings are written; never 0, which would be no limit."""
    return str(max(1, round(seconds * 1_000)))
