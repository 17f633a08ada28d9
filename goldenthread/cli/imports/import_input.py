"""What `goldenthread import` sends: the file, as a text or as bytes, and the words that were said of it."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import typer

from goldenthread.cli.common import output
from goldenthread.cli.common.errors import CommandError
from goldenthread.contracts.commands.imports import MAX_CONTENT_BYTES
from goldenthread.contracts.plan import PlanWords, RowType
from goldenthread.exchange.sheet_layout.row_types import RowTypes
from goldenthread.exchange.sheets.example import example
from goldenthread.exchange.tables.headings import COLUMNS, OPTIONAL_COLUMNS, OWNER, column_named
from goldenthread.exchange.text.decoding import MAX_BYTES

_OTHERWISE = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["'](?!utf-?8["'])""", re.IGNORECASE)
"""XML that says that it is not UTF-8."""


def file_content(file: Path) -> dict[str, str]:
    """The file, as an input of `importPlan` has it: UTF-8 as `content`, all else as `contentBase64`, so that encodings
    and workbooks are read in one place. Raises CommandError: it cannot be read, or is too large.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
            size = max(file.stat().st_size, len(content))
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror or error}") from error
    if size > MAX_BYTES:
        raise CommandError(f"{file} has {size:,} bytes, more than the {MAX_BYTES:,} that are read at once; split it")
    text = _text(content)
    if text is not None:
        return {"content": text}
    if size > MAX_CONTENT_BYTES:
        raise CommandError(
            f"{file} has {size:,} bytes, more than the {MAX_CONTENT_BYTES:,} that are read of a workbook, or of a text "
            "that is not UTF-8; leave out sheets and pictures that are no plan, or save the sheet as CSV UTF-8"
        )
    return {"contentBase64": base64.b64encode(content).decode()}


def _text(content: bytes) -> str | None:
    """The text of a file in UTF-8; None of any other."""
    if b"\0" in content or _OTHERWISE.match(content[:300]):
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def mapping_input(columns: Sequence[str], types: Sequence[str]) -> dict[str, Any]:
    """What `--map` and `--type` say, as inputs of `importPlan`. Raises typer.BadParameter with an example."""
    headings = [_pair(text, "--map", "Summary=title") for text in columns]
    for _, column in headings:
        if column and column_named(column) is None:
            message = f"there is no column “{column}”; say one of {', '.join((*COLUMNS, *OPTIONAL_COLUMNS, OWNER))}"
            raise typer.BadParameter(message, param_hint="--map")
    words = [_pair(text, "--type", "Milestone=key_result") for text in types]
    return {
        **({"columns": [{"heading": heading, "column": column} for heading, column in headings]} if headings else {}),
        **({"types": [{"word": word, "type": _type(name)} for word, name in words]} if words else {}),
    }


def write_example(file: Path | None) -> None:
    """Write a sheet to fill in, to a new file or to stdout. Raises CommandError; typer.BadParameter for a workbook."""
    if file is None:
        print(example(date.today()), end="")
        return
    if file.suffix.lower() in (".xlsx", ".xls", ".ods"):
        name = file.with_suffix(".csv").name
        message = f"the example is CSV, which a spreadsheet program opens; name it {name}"
        raise typer.BadParameter(message, param_hint="FILE")
    try:
        with file.open("x", encoding="utf-8-sig", newline="") as written:
            written.write(example(date.today()))
    except FileExistsError as error:
        raise CommandError(f"{file} is there already and was not written; name another file") from error
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror or error}") from error
    output.note(f"{file} is written. Fill it in, and see what it would do: goldenthread import {file} --dry-run")


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    """What stands before the last `=`, and after it."""
    word, equals, meaning = text.rpartition("=")
    if not equals or not word.strip():
        message = f'“{text}” does not say what a word means; say for example {option} "{example}"'
        raise typer.BadParameter(message, param_hint=option)
    return word.strip(), meaning.strip()


def _type(name: str) -> str:
    found = RowTypes(PlanWords()).get(name)
    if found is None:
        message = f'“{name}” is no type of row; say one of {", ".join(RowType)}, as in --type "Milestone=key_result"'
        raise typer.BadParameter(message, param_hint="--type")
    return found.name
