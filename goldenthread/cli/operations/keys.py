"""`goldenthread keys`: makes and lists the keys that stored secrets are encrypted with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.errors import CommandError
from goldenthread.launcher.key_creation import add_key
from goldenthread.runtime.configuration.variables import variable
from goldenthread.runtime.keys.key_file import KeyProblem, file_text, new_key, read_keys
from goldenthread.runtime.keys.purposes import PURPOSES

keys = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Make or list the keys that stored secrets are encrypted with.",
)

File = Annotated[
    Path | None, typer.Option("--file", metavar="FILE", envvar=variable("keys_file"), help="The key file.")
]


@keys.command()
def new(
    purpose: Annotated[
        str, typer.Option("--purpose", metavar="PURPOSE", help=f"What the key is for: {', '.join(PURPOSES)}.")
    ],
    file: File = None,
) -> None:
    """Make a key and put it first in FILE, which is made if it is not there.

    The new key encrypts from then on, the others decrypt. A running process reads the file again, and encrypts
    everything again with the new key. Without FILE a new file is printed: it is secret.

    To exchange a key: `new`, then wait until `goldenthread doctor --deployment notifications` says that nothing is
    encrypted with the old key, then remove its entry from the file.
    """
    if purpose not in PURPOSES:
        raise CommandError(f"there is no purpose {purpose}: {', '.join(PURPOSES)}")
    if file is None:
        print(file_text([new_key(purpose, datetime.now(UTC))]), end="")
        return
    made = add_key(file, purpose)
    older = [each.kid for each in read_keys(str(file)) if each.purpose == purpose and each.kid != made.kid]
    rest = f"; {', '.join(older)} still decrypt" if older else ""
    output.stdout().print(Text(f"{file}: {made.kid} encrypts from now on{rest}"), soft_wrap=True)


@keys.command("list")
def list_(
    file: File = None, json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False
) -> None:
    """List the keys of FILE, without showing them."""
    if file is None:
        raise CommandError("say with --file which key file is to be listed")
    try:
        found = read_keys(str(file))
    except KeyProblem as error:
        raise CommandError(str(error)) from error
    firsts = {each.purpose: each.kid for each in reversed(found)}
    if json:
        rows = [{"kid": each.kid, "purpose": each.purpose, "encrypts": each.kid in firsts.values()} for each in found]
        output.print_json({"keys": rows})
        return
    table = Table("kid", "purpose", "", box=None)
    for each in found:
        table.add_row(each.kid, each.purpose, "encrypts" if each.kid in firsts.values() else "decrypts")
    output.stdout().print(table)
