"""`goldenthread keys`: makes and lists the keys that stored secrets are encrypted with."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.errors import CommandError
from goldenthread.launcher.key_creation import add_key
from goldenthread.runtime.configuration.variables import variable
from goldenthread.runtime.keys.key_file import EncryptionKey, KeyProblem, file_text, new_key, read_keys
from goldenthread.runtime.keys.purposes import PURPOSES


class KeysAction(StrEnum):
    """What is done with keys."""

    NEW = "new"
    LIST = "list"


def keys(
    action: Annotated[KeysAction, typer.Argument(help="new: make a key. list: show which keys a file has.")],
    purpose: Annotated[
        str | None, typer.Option("--purpose", metavar="PURPOSE", help=f"With new: one of {', '.join(PURPOSES)}.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", envvar=variable("keys_file"), help="The key file.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="With list: print JSON.")] = False,
) -> None:
    """Make a key that stored secrets are encrypted with, or list the keys of a file, without showing them.

    `new` puts a key first in FILE, which is made if it is not there: it encrypts from then on, the others decrypt. A
    running process reads the file again and encrypts everything again with the new key. Without --file (or
    GOLDENTHREAD_KEYS_FILE) a new file is printed, which is secret: write it to where only the process can read it.

    To exchange a key: `new`, then wait until `goldenthread doctor --deployment notifications` says that the old key is
    not in use, then remove its entry.
    """
    if action is KeysAction.NEW:
        _new(purpose, file)
    else:
        _list(file, json=json)


def _new(purpose: str | None, file: Path | None) -> None:
    if purpose not in PURPOSES:
        raise CommandError(f"say with --purpose what the key is for: {', '.join(PURPOSES)}")
    if file is None:
        print(file_text([new_key(purpose, datetime.now(UTC))]), end="")
        return
    made = add_key(file, purpose)
    older = [each.kid for each in read_keys(str(file)) if each.purpose == purpose and each.kid != made.kid]
    rest = f"; {', '.join(older)} still decrypt" if older else ""
    output.stdout().print(Text(f"{file}: {made.kid} encrypts from now on{rest}"), soft_wrap=True)


def _list(file: Path | None, *, json: bool) -> None:
    if file is None:
        raise CommandError("say with --file which key file is to be listed")
    try:
        found = read_keys(str(file))
    except KeyProblem as error:
        raise CommandError(str(error)) from error
    rows = [{"kid": each.kid, "purpose": each.purpose, "encrypts": _is_first(each, found)} for each in found]
    if json:
        output.print_json({"keys": rows})
        return
    table = Table("kid", "purpose", "", box=None)
    for row in rows:
        table.add_row(str(row["kid"]), str(row["purpose"]), "encrypts" if row["encrypts"] else "decrypts")
    output.stdout().print(table)


def _is_first(key: EncryptionKey, keys: list[EncryptionKey]) -> bool:
    return key is next(each for each in keys if each.purpose == key.purpose)
