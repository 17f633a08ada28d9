"""What a PostgreSQL says of itself, of its connections, and of what this user may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg
from msgspec import Struct

_SERVER = """
    SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version,
        pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on' AS read_only,
        pg_backend_pid() AS backend,
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
            - coalesce(current_setting('reserved_connections', true)::int, 0) AS most,
        (SELECT sum(numbackends)::int FROM pg_stat_database) AS used,
        nullif((SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user), -1) AS role_most,
        (SELECT count(*)::int FROM pg_stat_activity WHERE usename = current_user) AS role_used,
        nullif((SELECT datconnlimit FROM pg_database WHERE datname = current_database()), -1) AS database_most,
        (SELECT numbackends FROM pg_stat_database WHERE datname = current_database()) AS database_used
"""
_RIGHTS = """
    SELECT current_user::text AS "user", current_schema()::text AS schema,
        coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS creates,
        (SELECT count(*)::int FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = s.oid) AS tables,
        (SELECT coalesce(array_agg(relname::text ORDER BY relname), '{}') FROM pg_class
            WHERE relkind IN ('r', 'p') AND relnamespace = s.oid AND NOT (
                has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
                AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))) AS closed
    FROM (SELECT current_schema()::regnamespace::oid) AS s (oid)
"""


class ServerState(Struct, frozen=True):
    """A server, as it shows itself on one connection."""

    number: int
    """16.2 is 160002."""
    version: str
    read_only: bool
    most: int
    used: int
    role_most: int | None
    role_used: int
    database_most: int | None
    database_used: int
    own_backend: bool
    """Whether the connection goes to a backend of its own; through a pooler it does not."""

    @property
    def left(self) -> int:
        """How many more connections this user can open."""
        limits = [(self.most, self.used), (self.role_most, self.role_used), (self.database_most, self.database_used)]
        return max(0, min(most - used for most, used in limits if most is not None))


class UserRights(Struct, frozen=True):
    """What a user may do in the schema that its statements mean."""

    user: str
    schema: str | None
    creates: bool
    tables: int
    closed: Sequence[str]
    """Tables that it may not read and write."""


async def read_server(connection: asyncpg.Connection) -> ServerState:
    """Ask the server about itself."""
    row = await _row(connection, _SERVER)
    return ServerState(own_backend=row.pop("backend") == connection.get_server_pid(), **row)


async def read_rights(connection: asyncpg.Connection) -> UserRights:
    """Ask what the user may do."""
    return UserRights(**await _row(connection, _RIGHTS))


async def _row(connection: asyncpg.Connection, question: str) -> dict[str, Any]:
    found = await connection.fetchrow(question)
    assert found is not None, "it has no table that could be empty"
    return dict(found)
