"""The file of an import, as a text or as a sheet of a workbook, and what it says when it is read with some words."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from goldenthread import exchange
from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.errors import ErrorCode, Refused, refuse
from goldenthread.contracts.plan import Plan, PlanFormat, PlanWords
from goldenthread.exchange.tables.csv_table import table_of_csv
from goldenthread.exchange.tables.table import SHEET_READ, Table
from goldenthread.exchange.text.decoding import decode_with_note
from goldenthread.exchange.workbooks.workbook import is_workbook
from services.goals.domain.imports import command_file
from services.goals.domain.imports.kept_plan_words import SheetTexts, texts_of
from services.goals.imports import earlier_files, workbook_reader
from services.goals.organization_sessions import in_thread


class ReadFile(Struct, frozen=True):
    """A file as it was read: its plan, and the digest of that."""

    plan: Plan
    digest: bytes


class ImportFile:
    """The file of one import. It keeps what it said the last time it was read: a plan takes much memory."""

    def __init__(self, content: str | Table, format: PlanFormat | None, notes: list[str]) -> None:
        self._content, self._format, self._notes = content, format, notes
        self._last: tuple[PlanWords, ReadFile] | None = None
        self._texts: SheetTexts | None = None

    @classmethod
    async def opened(cls, command: ImportPlan) -> ImportFile:
        """The file that came with a command. Raises `Refused`: it is none, or neither a text nor a workbook."""
        content = await in_thread(lambda: command_file.content_of(command))
        if isinstance(content, bytes) and is_workbook(content):
            _require_sheet(command)
            return cls(await workbook_reader.table_of(content, command.sheet), PlanFormat.OKR_SHEET, [])
        file = await in_thread(lambda: decode_with_note(content))
        format = command.format or exchange.detect(file.text)
        _require_text(command, format)
        return cls(file.text, format, [file.note] if file.note else [])

    @property
    def is_sheet(self) -> bool:
        """Whether it has headings that words can be said of."""
        return self._format is PlanFormat.OKR_SHEET

    def was_read(self, words: PlanWords) -> bool:
        """Whether `read` with these words takes no time."""
        return self._last is not None and self._last[0] == words

    async def read(self, words: PlanWords) -> ReadFile:
        """What the file says when it is read with these words. Raises `Refused`."""
        if self._last is None or self._last[0] != words:
            self._last = None
            self._last = words, await in_thread(lambda: self._read(words))
        return self._last[1]

    def _read(self, words: PlanWords) -> ReadFile:
        try:
            plan = exchange.read(self._content, self._format, words)
        except Refused as refused:
            raise self._with_sheets(refused) from None
        plan = replace(plan, notes=[*self._notes, *plan.notes])
        return ReadFile(plan, earlier_files.digest(plan))

    def _with_sheets(self, refused: Refused) -> Refused:
        """The refusal of a workbook whose other sheets were not looked at says so first: the plan may be in them."""
        notes = self._content.notes if isinstance(self._content, Table) else []
        note = next((each for each in notes if each.startswith(SHEET_READ)), None)
        if note is None:
            return refused
        return Refused(*(replace(each, message=f"{note}. {each.message}") for each in refused.problems))

    async def texts(self) -> SheetTexts:
        """The texts in its cells; none of a file that is no sheet."""
        if self._texts is None:
            self._texts = await in_thread(self._find_texts)
        return self._texts

    def _find_texts(self) -> SheetTexts:
        if not self.is_sheet:
            return SheetTexts(frozenset(), frozenset())
        table = self._content if isinstance(self._content, Table) else table_of_csv(self._content)
        return texts_of(table)


def _require_sheet(command: ImportPlan) -> None:
    if command.format not in (None, PlanFormat.OKR_SHEET):
        message = f"This file is a workbook, which is read as an OKR sheet and not as {command.format}"
        raise refuse(ErrorCode.INVALID, f"{message}; leave `format` out.", "format")


def _require_text(command: ImportPlan, format: PlanFormat) -> None:
    """Raises `Refused` for what only a workbook has, or a sheet."""
    if command.sheet is not None:
        raise _meaningless("sheet", "this file is a text, and only a workbook has sheets")
    for field, given in (("columns", command.columns), ("types", command.types)):
        if given and format is not PlanFormat.OKR_SHEET:
            raise _meaningless(field, f"this file is read as {format}, and only a sheet has words of its own")


def _meaningless(field: str, why: str) -> Refused:
    return refuse(ErrorCode.INVALID, f"`{field}` is given, but {why}; leave it out.", field)
