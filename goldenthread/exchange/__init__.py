"""Other people's formats in and out: OKR sheet (CSV), StratML (ISO 17469-1 XML, parts 1 and 2), JSON.

Pure functions between a file's content and a `Plan`. A file that makes no sense is refused whole, with `Refused` and
the line it broke on; a row that makes no sense is listed in `Plan.problems`, and the others are read.
"""

from __future__ import annotations

from msgspec import structs

from goldenthread.contracts.plan import Plan, PlanFormat, PlanWords
from goldenthread.exchange.plans import json_plan
from goldenthread.exchange.plans.size_limits import MAX_ENTRIES, require_plan
from goldenthread.exchange.sheet_layout.sheet_records import NO_WORDS, headings_in
from goldenthread.exchange.sheets import sheet_reader
from goldenthread.exchange.stratml import stratml_reader, stratml_writer
from goldenthread.exchange.tables.csv_table import table_of_csv
from goldenthread.exchange.tables.table import Table
from goldenthread.exchange.text.decoding import MAX_BYTES, decode, decode_with_note

__all__ = ["MAX_BYTES", "detect", "headings_of", "read", "write"]

_READERS = {PlanFormat.STRATML: stratml_reader.read, PlanFormat.JSON: json_plan.read}
_WRITERS = {
    PlanFormat.OKR_SHEET: sheet_reader.write,
    PlanFormat.STRATML: stratml_writer.write,
    PlanFormat.JSON: json_plan.write,
}


def detect(content: str | bytes) -> PlanFormat:
    """The format of `content` by its first character: `<` is StratML, `{` is JSON, all else a sheet."""
    return _format_of(decode(content))


def read(
    content: str | bytes | Table,
    format: PlanFormat | None = None,
    words: PlanWords = NO_WORDS,
    most: int = MAX_ENTRIES,
) -> Plan:
    """The plan that `content` states, in `format` or the one it looks like. Raises nothing but `Refused`.

    A table is a sheet of a workbook. `words` are what words of a sheet mean, where it has words of its own. `most`:
    links, readings and units of its rows.
    """
    if isinstance(content, Table):
        plan = sheet_reader.read(content, words, most)
        require_plan(plan, most)
        return plan
    file = decode_with_note(content)
    found = format or _format_of(file.text)
    plan = (
        sheet_reader.read(table_of_csv(file.text), words, most)
        if found is PlanFormat.OKR_SHEET
        else _READERS[found](file.text)
    )
    require_plan(plan, most)
    return structs.replace(plan, notes=[file.note, *plan.notes]) if file.note else plan


def headings_of(content: str | bytes | Table) -> list[str]:
    """The headings of a sheet, as its header has them; none where there is no header, or it is no sheet.

    Raises `Refused` only for what cannot be read as a text at all.
    """
    if isinstance(content, Table):
        return headings_in(content)
    text = decode(content)
    return headings_in(table_of_csv(text)) if _format_of(text) is PlanFormat.OKR_SHEET else []


def write(plan: Plan, format: PlanFormat = PlanFormat.OKR_SHEET) -> str:
    """`plan` as the text of a sheet, of StratML Part 2 or of JSON, which reads back as the same rows."""
    return _WRITERS[format](plan)


def _format_of(text: str) -> PlanFormat:
    first = text.lstrip()[:1]
    return {"<": PlanFormat.STRATML, "{": PlanFormat.JSON}.get(first, PlanFormat.OKR_SHEET)
