"""The commands `goldenthread backup` and `goldenthread restore`."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, DataDir
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.operations.backups import chosen_databases
from goldenthread.cli.operations.backups.restoring import Restore, RestoreReport
from goldenthread.cli.operations.backups.writing import write_backup
from goldenthread.cli.operations.database_errors import unusable
from goldenthread.launcher.backup_folder import ORDER, Manifest
from goldenthread.runtime.configuration.settings import BadSettings, variable
from goldenthread.runtime.postgres.schema_version import SchemaError
from services.goals.erasure.log_file import BadLogFile

T = TypeVar("T")
_KEYS = "keys.json"
_SETTINGS_CODE, _SCHEMA_CODE, _ENDED = 2, 3, 128 + signal.SIGTERM


class RestoredDatabase(StrEnum):
    """A database that can be restored."""

    GOALS = "goals"
    NOTIFICATIONS = "notifications"
    ALIGNMENT = "alignment"


def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to write to; it must be new, or empty.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    include_keys: Annotated[
        bool, typer.Option("--include-keys", help="Copy the keys of the data dir, and who signs in, too.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the manifest as JSON.")] = False,
) -> None:
    """Back up the databases of an installation, while it runs, into a new folder.

    notifications is dumped first, then alignment, then goals, by pg_dump, and then the log of erasures is written. The
    databases are those of GOLDENTHREAD_DATABASE_URL_GOALS, …_ALIGNMENT and …_NOTIFICATIONS; without them, those of
    `goldenthread up` on the data dir, which may run or not. Kafka needs no backup. The encryption keys are not in it,
    unless you ask: keep them elsewhere. Of `goldenthread up` the small files that say who signs in go with the keys.

    Ends with 1 when it was not made, and with 2 when settings are wrong.
    """
    folder = folder.resolve()
    if include_keys and not (data_dir / _KEYS).is_file():
        raise CommandError(f"{data_dir / _KEYS} is not there: the keys of this installation are elsewhere")
    manifest = _run(_backed_up(data_dir, folder, include_keys))
    if json:
        output.print_json(msgspec.to_builtins(manifest), one_line=not output.is_terminal())
    else:
        _show_backup(folder, manifest, include_keys)


def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder that `goldenthread backup` has written.")],
    database: Annotated[
        list[RestoredDatabase] | None,
        typer.Option("--database", help="Restore this one only; may be given twice. All three unless given."),
    ] = None,
    erasures: Annotated[
        list[Path] | None,
        typer.Option("--erasures", metavar="FILE", help="A later log of erasures, to be replayed too; repeatable."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Delete what the databases have; without it they must be empty.")
    ] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Restore databases from a backup, and erase and delete again what must not come back with it.

    First everything is verified, and nothing is touched where a file is damaged, a database is not empty, or somebody
    is connected to it: stop the process of a database that is restored. What the databases still know of erasures and
    deletions is written to a file beside the backup before they are replaced, and replayed with the log of the backup.
    The databases are those of the environment, as for `goldenthread backup`, or those of `goldenthread up` on the data
    dir, on which nothing may run.

    Ends with 1 when it was not restored, with 2 when settings are wrong, and with 3 for a backup of a newer release.
    """
    names = [each.value for each in database or RestoredDatabase]
    report = _run(_restored(data_dir, folder, list(dict.fromkeys(names)), erasures or [], overwrite))
    if json:
        output.print_json(msgspec.to_builtins(report), one_line=not output.is_terminal())
    else:
        _show_restore(report)
    if lacking := chosen_databases.identity_files_missing(data_dir):
        message = f"Before `goldenthread up` copy {', '.join(lacking)} of the old data dir to {data_dir}:"
        why = "otherwise it begins with an organization and keys of its own, and nobody of the backup can sign in."
        output.stderr().print(Text(output.printable(f"{message} {why}")), soft_wrap=True)
    for organization in report.replayed.without_administrator if report.replayed else []:
        message = f"goldenthread: {organization} has no administrator any more: who was one in this backup was erased"
        output.stderr().print(Text(output.printable(message)), soft_wrap=True)


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Raises CommandError for what is wrong with a database or a file; wrong settings end with 2, SIGTERM with 143."""
    try:
        return asyncio.run(_until_told_to_end(work))
    except asyncio.CancelledError:
        raise typer.Exit(_ENDED) from None
    except BadSettings as error:
        output.stderr().print(Text(output.printable(f"goldenthread: {error}")), soft_wrap=True)
        raise typer.Exit(_SETTINGS_CODE) from None
    except SchemaError as error:
        output.stderr().print(Text(output.printable(f"goldenthread: {error}")), soft_wrap=True)
        raise typer.Exit(_SCHEMA_CODE) from None
    except BadLogFile as error:
        raise CommandError(f"the log of erasures cannot be used: {error}. Nothing was done.") from None
    except Exception as error:
        if (problem := unusable(error)) is None:
            raise
        raise problem from None
    finally:
        output.clear_progress()


async def _until_told_to_end(work: Coroutine[Any, Any, T]) -> T:
    """SIGTERM cancels the work: no half backup stays, which has names in it, and no program that goes on writing."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work


async def _backed_up(data_dir: Path, folder: Path, include_keys: bool) -> Manifest:
    async with chosen_databases.to_back_up(data_dir) as databases:
        others = chosen_databases.identity_files(data_dir) if include_keys else []
        return await write_backup(databases, folder, others)


async def _restored(data_dir: Path, folder: Path, names: list[str], logs: list[Path], overwrite: bool) -> RestoreReport:
    async with chosen_databases.to_restore(data_dir) as databases:
        missing = [f"{variable(f'database_url_{name}')} is not set" for name in names if name not in databases]
        if missing:
            raise BadSettings(missing)
        work = Restore(folder, databases, names, logs, overwrite)
        await work.check()
        report = await work.run()
    chosen_databases.bring_identity_files(folder, data_dir)
    return report


def _show_backup(folder: Path, manifest: Manifest, include_keys: bool) -> None:
    console = output.stdout()
    for name in ORDER:
        dump = manifest.databases[name]
        console.print(
            Text(f"{name}: organizations: {dump.organizations:,}; events: {dump.events:,}; bytes: {dump.file.size:,}")
        )
    console.print(Text(f"{output.printable(str(folder))} is a backup of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC"))
    if not include_keys:
        needed = f", which has {', '.join(manifest.keys)}" if manifest.keys else ""
        output.note(f"The encryption keys are not in it: keep {_KEYS} elsewhere{needed}.")


def _show_restore(report: RestoreReport) -> None:
    console = output.stdout()
    console.print(Text(f"restored: {', '.join(report.restored)}"))
    if (done := report.replayed) is not None:
        console.print(Text(f"people erased again: {done.erased:,}"))
        console.print(Text(f"organizations deleted again: {done.deleted:,}"))
        console.print(Text(f"invitations taken back: {done.revoked:,}"))
    if report.known_before is not None:
        output.note(f"What the databases knew of erasures before is in {report.known_before}: keep it.")
    if report.keys:
        output.note(f"The webhooks in it need the encryption keys {', '.join(report.keys)}.")
