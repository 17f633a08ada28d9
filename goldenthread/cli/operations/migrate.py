"""`goldenthread migrate`: the migrations of processes, run by an operator or an init container."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Annotated, NoReturn

import msgspec
import typer
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.errors import CommandError
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.topology import PROCESSES
from goldenthread.runtime.configuration import dsn, settings
from goldenthread.runtime.configuration.settings import FILE, BadSettings, DatabaseUrl, variable
from goldenthread.runtime.observability.failures import is_away, is_misconfigured
from goldenthread.runtime.postgres.migrate import migrate_database
from goldenthread.runtime.postgres.migration_files import Migrations
from goldenthread.runtime.postgres.migrations import SHARED
from goldenthread.runtime.postgres.schema_version import SchemaError

PROCESS_NAMES = tuple(process.name for process in PROCESSES if process.database)
_ONE = "database_url"
_PAUSE = 2.0
"""Seconds between two attempts to reach a database."""
_BAD_SETTINGS, _BAD_SCHEMA, _ENDED = 2, 3, 128 + signal.SIGTERM

log = logging.getLogger("goldenthread.migrate")


def migrate(
    processes: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PROCESS]...", help=f"Any of {', '.join(PROCESS_NAMES)}; all unless named."),
    ] = None,
    wait: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How long to try while a database cannot be reached.")
    ] = 60.0,
    json: Annotated[bool, typer.Option("--json", help="Print what ran as JSON.")] = False,
) -> None:
    """Run the migrations of processes on their databases, before a new release starts.

    The databases' URLs are in the environment: GOLDENTHREAD_DATABASE_URL_GOALS and the like. Where one process is
    named, GOLDENTHREAD_DATABASE_URL will do. Without a name those run whose URL is set.

    Ends with 1 when a database cannot be reached, with 2 when settings are wrong or missing, and with 3 when this code
    does not fit a database (a newer release migrated it, or PostgreSQL refuses a migration).
    """
    logging.basicConfig(format="goldenthread: %(message)s", stream=sys.stderr, force=True)
    logging.getLogger("goldenthread").setLevel(logging.INFO if sys.stderr.isatty() else logging.WARNING)
    try:
        urls, missing = chosen_databases(processes or [], os.environ)
    except BadSettings as error:
        _end(str(error), _BAD_SETTINGS)
    for name in missing:
        output.stderr().print(Text(f"goldenthread: {name} is not set; its process is left out"))
    ran: dict[str, list[str]] = {}
    for name, url in urls.items():
        ran[name] = _migrated(name, url, wait)
        if not json:
            _show(name, ran[name])
    if json:
        output.print_json({"ran": ran, "missing": missing}, one_line=not output.is_terminal())


def chosen_databases(names: Sequence[str], environment: Mapping[str, str]) -> tuple[dict[str, Secret], list[str]]:
    """The database URL of each process that is to be migrated, and the variables that would add the others.

    Raises BadSettings, naming the variable, where the URL of a named process is missing, and where any is wrong.
    """
    if unknown := [name for name in names if name not in PROCESS_NAMES]:
        raise BadSettings(
            [f"there is no process {name} with a database: {', '.join(PROCESS_NAMES)}" for name in unknown]
        )
    fields = {name: f"{_ONE}_{name}" for name in names or PROCESS_NAMES}
    there = {name: field for name, field in fields.items() if _is_set(field, environment)}
    if len(names) == 1 and not there:
        there = {names[0]: _ONE}
    absent = [variable(field) for name, field in fields.items() if name not in there]
    if not there or (names and absent):
        raise BadSettings([f"{name} is not set" for name in absent])
    kind = msgspec.defstruct("Databases", [(field, DatabaseUrl) for field in there.values()], frozen=True)
    found = settings.load(kind, environment)
    return {name: getattr(found, field) for name, field in there.items()}, absent


def migration_folders(name: str) -> tuple[Migrations, ...]:
    """The migrations of a process, without importing the rest of it."""
    module = next(process.module for process in PROCESSES if process.name == name)
    return SHARED, importlib.import_module(f"{module}.migrations").MIGRATIONS


def _is_set(field: str, environment: Mapping[str, str]) -> bool:
    """Whether the variable of a setting is set, or the one that names a file with it."""
    return bool(environment.get(variable(field)) or environment.get(variable(field) + FILE))


def _migrated(name: str, url: Secret, wait: float) -> list[str]:
    try:
        with asyncio.Runner() as runner:
            return runner.run(_until_reached(name, url, wait))
    except asyncio.CancelledError:
        raise typer.Exit(_ENDED) from None
    except SchemaError as error:
        _end(f"{name}: {error}", _BAD_SCHEMA)
    except Exception as error:
        if not (is_away(error) or is_misconfigured(error)):
            raise
        raise CommandError(f"{name}: its database {dsn.where(url)} cannot be used: {_words(error)}") from None


async def _until_reached(name: str, url: Secret, wait: float) -> list[str]:
    task, until = asyncio.current_task(), monotonic() + wait
    assert task is not None
    # The first process of a container is not ended by a signal that it does not handle.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    while True:
        try:
            return await migrate_database(url, migration_folders(name))
        except Exception as error:
            if not is_away(error) or is_misconfigured(error) or monotonic() + _PAUSE > until:
                raise
            log.warning("%s: its database %s does not answer: %s; trying again", name, dsn.where(url), _words(error))
        await asyncio.sleep(_PAUSE)


def _words(error: Exception) -> str:
    """What PostgreSQL or the network says, without a detail that might be of a row."""
    said = str(error.args[0] if hasattr(error, "sqlstate") and error.args else error)
    return said or type(error).__name__


def _show(name: str, ran: Sequence[str]) -> None:
    for each in ran:
        output.stdout().print(Text(f"{name}: {each} ran"))
    if not ran and output.is_terminal():
        output.stdout().print(Text(f"{name}: nothing to run, its database is up to date"))


def _end(message: str, code: int) -> NoReturn:
    output.stderr().print(Text(output.printable(f"goldenthread: {message}")), soft_wrap=True)
    raise typer.Exit(code)
