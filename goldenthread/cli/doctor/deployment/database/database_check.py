"""PostgreSQL: can this process reach its database, sign in, work there, and is it the one this code knows?"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from goldenthread.cli.doctor.deployment.database import database_problems
from goldenthread.cli.doctor.deployment.database.server_state import ServerState, UserRights, read_rights, read_server
from goldenthread.cli.doctor.deployment.examined_process import ExaminedProcess
from goldenthread.cli.doctor.deployment.findings import CheckFindings
from goldenthread.cli.doctor.deployment.network.network_errors import NO_ANSWER_ADVICE
from goldenthread.cli.operations.migrate import migration_folders
from goldenthread.runtime.configuration import dsn
from goldenthread.runtime.configuration.settings import DatabaseSettings
from goldenthread.runtime.postgres.installation import other_partitions, read_partitions
from goldenthread.runtime.postgres.migration_files import Migrations
from goldenthread.runtime.postgres.schema_version import SchemaError, behind, pending, read_ran, refuse

_CONNECT_SECONDS, _ASK_SECONDS = 4.0, 3.0


async def check(case: ExaminedProcess, findings: CheckFindings) -> None:
    """Examine the database of a process that has one."""
    settings = case.settings
    if not isinstance(settings, DatabaseSettings):
        return
    connection = await _connect(case, settings, findings)
    try:
        async with findings.within(_ASK_SECONDS, f"{_name(settings)}, once connected,", "look at its load and its log"):
            server = await read_server(connection)
            database_problems.report_server(server, settings, case.source("database_url"), _name(settings), findings)
            await _pooler(connection, server, settings, findings)
            await _schema(connection, settings, case, findings)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        says = database_problems.database_error_text(error, settings)
        raise findings.stop(
            f"{_name(settings)} ends the connection, or refuses a question: {says}", "look at its log"
        ) from error
    finally:
        connection.terminate()


def _name(settings: DatabaseSettings) -> str:
    return f"PostgreSQL ({dsn.where(settings.database_url)})"


async def _connect(case: ExaminedProcess, settings: DatabaseSettings, findings: CheckFindings) -> asyncpg.Connection:
    """Connect as the pool of the process does."""
    source, name = case.source("database_url"), _name(settings)
    async with findings.within(_CONNECT_SECONDS, name, f"check host and port in {source}, and {NO_ANSWER_ADVICE}"):
        try:
            return await _opened(settings)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
            if isinstance(error, TimeoutError):
                raise
            says, next = database_problems.connection_problem(error, settings, source)
            raise findings.stop(f"{name}: {says}", next) from error


async def _opened(settings: DatabaseSettings) -> asyncpg.Connection:
    return await asyncpg.connect(
        settings.database_url.reveal(),
        timeout=2 * _CONNECT_SECONDS,
        statement_cache_size=0,  # so that it can be asked through a pooler, too
        server_settings=settings.database_limits.settings,
    )


async def _pooler(
    connection: asyncpg.Connection, server: ServerState, settings: DatabaseSettings, findings: CheckFindings
) -> None:
    """Two connections that are open at once have a backend each, unless a pooler lends one to every transaction."""
    if server.own_backend:
        return
    try:
        second = await _opened(settings)
    except (asyncpg.PostgresError, OSError):
        shared = False
    else:
        shared = await second.fetchval("SELECT pg_backend_pid()") == await connection.fetchval(
            "SELECT pg_backend_pid()"
        )
        second.terminate()
    database_problems.report_pooler(findings, shared=shared)


async def _schema(
    connection: asyncpg.Connection, settings: DatabaseSettings, case: ExaminedProcess, findings: CheckFindings
) -> None:
    """Whose database it is, which migrations ran, and what this user may do there."""
    process, source = case.process.name, case.source("database_url")
    known: Sequence[Migrations] = migration_folders(process)
    ran = await read_ran(connection)
    try:
        refuse(ran, known)
    except SchemaError as error:
        raise findings.stop(str(error), f"see {source}", "schema") from error
    missing = [each.name for each in pending(ran, known)]
    rights = await read_rights(connection)
    if missing and settings.migrate == "off":
        findings.problem(behind(missing), f"run `goldenthread migrate {process}`", "schema")
    elif missing:
        findings.warning(behind(missing), "they run when the process starts (GOLDENTHREAD_MIGRATE is on)", "schema")
    else:
        findings.fine(f"all {len(ran)} migrations ran", "schema")
    _may_work(rights, findings, migrates=bool(missing) and settings.migrate == "on")
    await _partitions(connection, settings, findings)


def _may_work(rights: UserRights, findings: CheckFindings, *, migrates: bool) -> None:
    problem = database_problems.missing_rights(rights, migrates=migrates)
    if problem is not None:
        findings.problem(problem, f"make {rights.user!r} the owner of the database, or grant it that", "rights")
    elif not rights.tables and not migrates:
        findings.unknown("whether it may write is not known, since there is no table yet", of="rights")
    else:
        findings.fine(f"{rights.user!r} may read and write", "rights")


async def _partitions(connection: asyncpg.Connection, settings: DatabaseSettings, findings: CheckFindings) -> None:
    try:
        recorded = await read_partitions(connection)
    except asyncpg.InsufficientPrivilegeError:
        return  # said of the rights
    if recorded is None:
        findings.fine(f"none recorded yet; GOLDENTHREAD_PARTITIONS ({settings.partitions}) will be", "partitions")
    elif recorded != settings.partitions:
        findings.problem(other_partitions(recorded, settings.partitions), "", "partitions")
    else:
        findings.fine(f"{recorded}, as GOLDENTHREAD_PARTITIONS says", "partitions")
