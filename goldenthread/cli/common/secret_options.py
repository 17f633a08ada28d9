"""Options that hold a secret: taken from the environment or a file, since everybody here sees command lines (`ps`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from goldenthread.cli.common.errors import CommandError
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration import dsn


def read_token(context: typer.Context, option: typer.CallbackParam, given: Any) -> Any:
    """A token: `@FILE` where it is an option. Raises CommandError for one that is seen."""
    found, seen = _taken(context, option, given)
    if seen:
        raise CommandError(f"a token on the command line is seen by everybody here: {_ways(option, '')}")
    return found


def read_postgres_url(context: typer.Context, option: typer.CallbackParam, given: Any) -> Any:
    """A URL of PostgreSQL, or `@FILE`. Raises CommandError for one with a password that is seen."""
    found, seen = _taken(context, option, given)
    if seen and found is not None and dsn.holds_password(found):
        raise CommandError(
            f"a password on the command line is seen by everybody here: {_ways(option, ' with the URL in it')}"
        )
    return found


def _ways(option: typer.CallbackParam, of_file: str) -> str:
    return f"set {option.envvar}, or give {option.opts[0]} @FILE{of_file}"


def _taken(context: typer.Context, option: typer.CallbackParam, given: Secret | None) -> tuple[Secret | None, bool]:
    """What was given, read from the file if it is one's name, and whether it stands on the command line itself."""
    source = context.get_parameter_source(option.name or "")
    if given is None or source is None or source.name != "COMMANDLINE":
        return given, False
    if not given.reveal().startswith("@"):
        return given, True
    file = Path(given.reveal()[1:])
    try:
        text = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CommandError(f"{option.opts[0]}: {file} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{option.opts[0]}: {file} is no text in UTF-8") from error
    if not text:
        raise CommandError(f"{option.opts[0]}: {file} is empty")
    return Secret(text), False
