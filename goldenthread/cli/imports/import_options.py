"""The options of `goldenthread import`, in the order in which its help shows them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from goldenthread.contracts.plan import PlanFormat


class ImportFormat(StrEnum):
    """The formats as they are called on the command line."""

    SHEET = "sheet"
    STRATML = "stratml"
    JSON = "json"


FORMATS = {
    ImportFormat.SHEET: PlanFormat.OKR_SHEET,
    ImportFormat.STRATML: PlanFormat.STRATML,
    ImportFormat.JSON: PlanFormat.JSON,
}

File = Annotated[
    Path | None, typer.Argument(help="An OKR sheet (CSV, .xlsx, .xls, .ods), StratML (XML) or a plan in JSON.")
]
Source = Annotated[
    str | None,
    typer.Option(help="The name of the source of these rows; by default the earlier source with the same rows."),
]
Sheet = Annotated[str | None, typer.Option(help="The sheet of a workbook; by default the first sheet with rows.")]
Map = Annotated[
    list[str] | None,
    typer.Option(
        help='What a heading is: --map "Summary=title"; --map "Owner=" is not read. Said once, it is kept with the '
        "source."
    ),
]
Type = Annotated[
    list[str] | None,
    typer.Option(help='What a word in the column of types is: --type "Milestone=key_result". Kept as well.'),
]
Theirs = Annotated[
    bool, typer.Option("--theirs", help="Where a cell was changed in the file and here, take the file's value.")
]
Ours = Annotated[bool, typer.Option("--ours", help="There, keep what is here.")]
Again = Annotated[
    bool, typer.Option("--again", help="Take a file that is the same as an earlier one, which is refused.")
]
FormatOfFile = Annotated[ImportFormat | None, typer.Option(help="The format of the file; by default it is recognized.")]
ClosePast = Annotated[bool, typer.Option("--close-past", help="Objectives whose end date has passed come in closed.")]
ReplacePurpose = Annotated[
    bool, typer.Option("--replace-purpose", help="The file's purpose replaces the one that is published.")
]
Example = Annotated[
    bool, typer.Option("--example", help="Import nothing: write a sheet to fill in, to FILE or to stdout.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show every row and cell that would change; change nothing.")]
