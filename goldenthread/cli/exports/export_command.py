"""`goldenthread export`: the goals under way as a plan that `goldenthread import` reads back."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from goldenthread import exchange
from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Token, Url, connect
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.one_revision import mixed_revisions_remark
from goldenthread.cli.exports import plan_reader, whole_export
from goldenthread.contracts.plan import Plan, PlanFormat
from goldenthread.exchange.plans import export_losses


class ExportFormat(StrEnum):
    """What can be written."""

    JSON = "json"
    STRATML = "stratml"
    SHEET = "sheet"


_FORMATS = {
    ExportFormat.JSON: PlanFormat.JSON,
    ExportFormat.STRATML: PlanFormat.STRATML,
    ExportFormat.SHEET: PlanFormat.OKR_SHEET,
}

_ENDINGS = {".csv": ExportFormat.SHEET, ".xml": ExportFormat.STRATML, ".json": ExportFormat.JSON}
_WORKBOOKS = (".xlsx", ".xls", ".ods")


def export(
    file: Annotated[
        Path | None, typer.Argument(help="The file to write; without it, or with `-`, the plan is printed.")
    ] = None,
    format: Annotated[
        ExportFormat | None,
        typer.Option(
            help="JSON and StratML (Part 2, valid) keep all of a plan; a sheet opens in a spreadsheet. Unless told it "
            "follows the file's ending: .csv, .xml, .json; otherwise JSON."
        ),
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--everything", help="All that is kept of the organization, as a ZIP file, for administrators; not a plan."
        ),
    ] = False,
) -> None:
    """Write purpose, whys, objectives and key results under way as a plan, with links, units, cycles and feedback.

    A plan says how things stand: who agreed on what in which round, answers, questions, verdicts, what has ended, roles
    and people are history or personal, and are not in it. A link that waits for an answer is proposed anew on import.
    """
    if everything:
        whole_export.save(file, data_dir, url, token, organization)
        return
    format = format or _format_of(file)
    with connect(data_dir, url, token, organization) as graphql:
        plan, left_out, revisions = plan_reader.read_plan(graphql, _FORMATS[format])
    text = plan_text(plan, _FORMATS[format])
    _put(text, file)
    inconsistent = mixed_revisions_remark(revisions)
    for remark in [*([inconsistent] if inconsistent else []), *_remarks(plan, left_out, format, len(text.encode()))]:
        output.stderr().print(Text(remark), soft_wrap=True)


def plan_text(plan: Plan, format: PlanFormat) -> str:
    """The file that is written of a plan."""
    text = exchange.write(plan_reader.with_cycle_days(plan) if format is PlanFormat.OKR_SHEET else plan, format)
    return text if text.endswith("\n") else f"{text}\n"


def _format_of(file: Path | None) -> ExportFormat:
    """The format that a file's ending names, otherwise JSON. Raises typer.BadParameter for a workbook's."""
    ending = file.suffix.lower() if file is not None else ""
    if ending in _WORKBOOKS:
        message = f"workbooks are read and not written; a sheet is CSV, as in {file and file.with_suffix('.csv').name}"
        raise typer.BadParameter(message, param_hint="FILE")
    return _ENDINGS.get(ending, ExportFormat.JSON)


def _put(text: str, file: Path | None) -> None:
    if file is None or file == Path("-"):
        print(text, end="")
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror or error}") from error


def _remarks(plan: Plan, left_out: int, format: ExportFormat, size: int) -> list[str]:
    """What somebody would miss in what was written."""
    remarks = [f"{left_out} links to goals that have ended are not in the plan."] if left_out else []
    if size > exchange.MAX_BYTES:
        remarks.append(f"It has {size:,} bytes, more than the {exchange.MAX_BYTES:,} that `import` reads at once.")
    lost, of_sheet = export_losses.loss_notes(plan, _FORMATS[format]), format is ExportFormat.SHEET
    named = f"{'A sheet' if of_sheet else 'It'} does not say: {', '.join(lost)}."
    return remarks + ([f"{named} JSON and StratML do." if of_sheet else named] if lost else [])
