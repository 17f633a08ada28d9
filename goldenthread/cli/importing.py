"""`goldenthread import`: somebody else's plan, read by goals, and what became of every row."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from goldenthread.cli import documents, output
from goldenthread.cli.connect import HERE, DataDir, Json, Token, Url, connect
from goldenthread.cli.graphql import Data
from goldenthread.cli.problems import CommandError
from goldenthread.contracts.plan import PlanFormat
from goldenthread.exchange.text import decode

_PATIENCE = 600.0
_MOST_SHOWN = 50
_IMPACT = {"orphaned": "red", "unexplained": "yellow", "mended": "green"}


class Format(StrEnum):
    """The formats as they are called on the command line."""

    SHEET = "sheet"
    STRATML = "stratml"
    JSON = "json"


FORMATS = {Format.SHEET: PlanFormat.OKR_SHEET, Format.STRATML: PlanFormat.STRATML, Format.JSON: PlanFormat.JSON}


def import_(
    file: Annotated[Path, typer.Argument(help="An OKR sheet (CSV), StratML (XML) or a plan in JSON.")],
    source: Annotated[
        str | None,
        typer.Option(help="Names the file's row ids, so that it is known again; the file's name unless told."),
    ] = None,
    format: Annotated[Format | None, typer.Option(help="What the file is; found out unless told.")] = None,
    close_past: Annotated[
        bool, typer.Option("--close-past", help="Objectives whose end date has passed come in closed.")
    ] = False,
    replace_purpose: Annotated[
        bool, typer.Option("--replace-purpose", help="The file's purpose replaces the one that is published.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and report, change nothing.")] = False,
    data_dir: DataDir = HERE,
    url: Url = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Import a plan; the same file twice changes nothing. Every row not taken is listed with the reason."""
    asked = {
        "source": source or file.stem.replace("/", " "),
        "format": FORMATS[format].value if format else None,
        "content": read(file),
        "closePast": close_past,
        "replacePurpose": replace_purpose,
        "dryRun": dry_run,
    }
    with connect(data_dir, url, token, timeout=_PATIENCE) as graphql:
        data = graphql.do(documents.IMPORT, asked)
    if json:
        output.as_json(data)
        _say_what_is_cut(data["importPlan"])
    else:
        show(output.stdout(), output.printable(data["importPlan"]), dry_run)


def read(file: Path) -> str:
    """The text of a file, whatever its encoding. Raises CommandError or Refused."""
    try:
        return decode(file.read_bytes())
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror or error}") from error


def show(console: Console, report: Data, dry_run: bool) -> None:
    """Print what an import did, or would do."""
    would = "would be " if dry_run else ""
    console.print(
        Text(
            f"{_count(report['taken'], 'row')} {would}taken: {report['created']} created, {report['updated']} updated, "
            f"{report['unchanged']} unchanged"
        )
    )
    impact = report["impact"] or {}
    for word, colour in _IMPACT.items():
        found = impact.get(f"{word}Count") or 0
        if found:
            console.print(Text(f"{_count(found, 'goal')} {would}{word}", style=colour))
    for each in report["warnings"]:
        console.print(Text(f"! {each['message']}", style="yellow"))
    skipped = [f"{each['row']}: {each['message']}" for each in report["skipped"]]
    _listed(console, "not taken, or only in part", skipped, report["skippedCount"])
    _listed(console, "gone from the file and still here", report["missing"], report["missingCount"])


def _say_what_is_cut(report: Data) -> None:
    """On stderr: which lists of the answer are only the first of more. Their counts are in the answer too."""
    lists = {"skipped": report, "missing": report, **dict.fromkeys(_IMPACT, report["impact"] or {})}
    for name, of in lists.items():
        found, count = len(of.get(name) or []), of.get(f"{name}Count") or 0
        if found < count:
            output.stderr().print(Text(f"`{name}` lists the first {found} of {count}."))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _listed(console: Console, what: str, lines: list[str], count: int) -> None:
    """The first of `lines`, which are the first of `count`."""
    if not count:
        return
    console.print(Text(f"{count} {what}:", style="bold"))
    for line in lines[:_MOST_SHOWN]:
        console.print(Text(f"  {line}"))
    if count > _MOST_SHOWN:
        all_of_them = "them all" if len(lines) == count else f"the first {len(lines)}"
        console.print(Text(f"  … and {count - _MOST_SHOWN} more; --json lists {all_of_them}"))
