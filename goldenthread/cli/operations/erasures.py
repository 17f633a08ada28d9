"""`goldenthread erasures`: what must not come back with a backup, kept outside of the databases, and repeated in a
restored one.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec
import typer
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, DataDir, running_instance
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.operations.database_errors import unusable
from goldenthread.cli.operations.log_replay import replay_logs, require_whole
from goldenthread.cli.operations.migrate import chosen_databases
from goldenthread.contracts.secret import Secret
from goldenthread.launcher import instance_file
from goldenthread.runtime.clock import utc_now
from goldenthread.runtime.configuration.settings import FILE, BadSettings, variable
from goldenthread.runtime.postgres.schema_version import SchemaError
from services.goals.erasure import collected_log, log_file
from services.goals.erasure.log_file import BadLogFile, ErasureLog
from services.goals.erasure_replay import ReplayReport

T = TypeVar("T")
_ANY = ("database_url", "database_url_goals", "database_url_notifications")


class LogAction(StrEnum):
    """What is done with the log."""

    EXPORT = "export"
    REPLAY = "replay"


class Databases(NamedTuple):
    """The URLs of the databases that are used; None: that one is left out."""

    goals: Secret | None
    notifications: Secret | None


def erasures(
    action: Annotated[LogAction, typer.Argument(help="What to do.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file that is written, or read.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Write the log of erasures to a file (export), or repeat in a restored backup what it says (replay).

    A backup brings back the names of people who were erased after it was made, organizations that were deleted, and
    invitations that were claimed or taken back. So export before you restore, and with every backup; and replay into
    the restored database of goals, before goals starts on it. The log has ids and times, and no personal data. A second
    replay of a file changes nothing.

    The databases are those of GOLDENTHREAD_DATABASE_URL_GOALS (or GOLDENTHREAD_DATABASE_URL) and
    GOLDENTHREAD_DATABASE_URL_NOTIFICATIONS; without any, those of the instance that runs on the data dir. An export
    takes what either knows: that of notifications alone, where the database of goals is lost.

    Ends with 1 when a database or the file cannot be used, and with 2 when settings are wrong.
    """
    try:
        databases = _databases(data_dir)
        if action is LogAction.EXPORT:
            _show_export(file, _run(_exported(databases, file)), json)
        else:
            _show_replay(_run(_replayed(databases, file)), json)
    except BadSettings as error:
        output.stderr().print(Text(output.printable(f"goldenthread: {error}")), soft_wrap=True)
        raise typer.Exit(2) from None
    except BadLogFile as error:
        raise CommandError(f"{file}: {error}. Nothing was done.") from None


def _databases(data_dir: Path) -> Databases:
    """Raises BadSettings, naming the variable."""
    if not any(_is_set(each) for each in _ANY):
        if not instance_file.is_claimed(data_dir):
            urls = f"{variable('database_url_goals')} and {variable('database_url_notifications')}"
            message = f"nothing runs on {data_dir}: start it, or set {urls}"
            raise CommandError(f"{message}; `goldenthread restore` of a data dir exports and replays by itself")
        databases = running_instance(data_dir).databases
        return Databases(databases.get("goals"), databases.get("notifications"))
    notifications = _one("notifications") if _is_set("database_url_notifications") else None
    goals = _one("goals") if _is_set("database_url") or _is_set("database_url_goals") else None
    return Databases(goals, notifications)


def _one(name: str) -> Secret:
    return chosen_databases([name], os.environ)[0][name]


def _is_set(field: str) -> bool:
    return bool(os.environ.get(variable(field)) or os.environ.get(variable(field) + FILE))


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Raises CommandError for what is wrong with a database."""
    try:
        return asyncio.run(work)
    except SchemaError as error:
        raise CommandError(f"goals: {error}") from None
    except Exception as error:
        if isinstance(error, BadLogFile) or (problem := unusable(error)) is None:
            raise
        raise problem from None


async def _exported(databases: Databases, file: Path) -> ErasureLog:
    found = await collected_log.collect(databases.goals, databases.notifications, utc_now())
    log_file.write(file, found)
    return found


async def _replayed(databases: Databases, file: Path) -> ReplayReport:
    if databases.goals is None:
        raise BadSettings([f"{variable('database_url_goals')} is not set"])
    require_whole([file])
    return await replay_logs(databases.goals, [file])


def _show_export(file: Path, written: ErasureLog, json: bool) -> None:
    counts = {name: len(entries) for name, entries in written._asdict().items()}
    if json:
        output.print_json({"file": str(file), **counts}, one_line=not output.is_terminal())
    else:
        console = output.stdout()
        console.print(Text(f"written: {output.printable(str(file))}"), soft_wrap=True)
        console.print(Text(f"people who were erased: {counts['erasures']:,}"))
        console.print(Text(f"organizations that were deleted: {counts['deletions']:,}"))
        console.print(Text(f"invitations: {counts['invitations']:,}"))


def _show_replay(report: ReplayReport, json: bool) -> None:
    if json:
        output.print_json(msgspec.to_builtins(report), one_line=not output.is_terminal())
    else:
        console = output.stdout()
        people = f"{report.erased:,}; erased already: {report.already:,}; not known here: {report.unknown:,}"
        console.print(Text(f"people erased again: {people}"))
        console.print(Text(f"organizations deleted again: {report.deleted:,}"))
        console.print(Text(f"invitations taken back: {report.revoked:,}"))
    for organization in report.without_administrator:
        message = f"goldenthread: {organization} has no administrator any more: who was one in this backup was erased"
        output.stderr().print(Text(output.printable(message)), soft_wrap=True)
