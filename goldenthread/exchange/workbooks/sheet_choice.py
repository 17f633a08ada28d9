"""Which sheet of a workbook is read: the one that is named, else the first that is shown and has rows."""

from __future__ import annotations

import io
from zipfile import ZipFile

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from goldenthread.contracts.errors import ErrorCode, Problem, Refused
from goldenthread.contracts.texts import first_of
from goldenthread.exchange.tables.table import SHEET_READ
from goldenthread.exchange.text.refusals import invalid
from goldenthread.exchange.workbooks import ods, xls, xlsx
from goldenthread.exchange.workbooks.kinds import WorkbookKind
from goldenthread.exchange.workbooks.sheet_survey import SheetSurvey

MAX_SHEETS = 500
_UNSEEN = (
    "in a workbook of this kind, a cell that shows an error is read as empty, and 20% as 0.2; save it as .xlsx to have "
    "them read as they are shown"
)
_NAMED = 10
"""Names of sheets in a note, at most."""


class WorkbookSheets:
    """The sheets of one workbook. Nothing is read of those that are not chosen, where the format allows that."""

    def __init__(self, kind: WorkbookKind, archive: ZipFile | None, content: bytes) -> None:
        self._archive = archive
        self._surveys: dict[str, SheetSurvey] = xls.survey_sheets(content) if kind is WorkbookKind.XLS else {}
        self._parts: dict[str, str] = {}
        self._with_rows: dict[str, bool] = {}
        if archive is not None and kind is WorkbookKind.ODS:
            self._surveys = ods.survey_sheets(archive)
        elif archive is not None and kind is WorkbookKind.XLSX:
            self._parts = xlsx.parts_of_sheets(archive)
        self._book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [each for each in self._book.sheets_metadata if each.typ is SheetTypeEnum.WorkSheet]
        if len(sheets) > MAX_SHEETS:
            raise invalid(f"the workbook has more than {MAX_SHEETS} sheets; save that of the plan alone")
        self._names = [each.name for each in sheets]
        self._shown = [each.name for each in sheets if each.visible is SheetVisibleEnum.Visible]

    def choose(self, wanted: str | None) -> tuple[CalamineSheet, SheetSurvey, list[str]]:
        """The sheet, its survey, and notes about those that were not chosen. Raises `Refused`."""
        if wanted is not None:
            if wanted not in self._names:
                raise self._no_such(wanted)
            return self._book.get_sheet_by_name(wanted), self._survey(wanted), self._unseen(wanted)
        with_rows = [each for each in self._shown if self._has_rows(each)]
        if not with_rows:
            raise self._nothing_shown()
        survey = self._survey(with_rows[0])
        return self._book.get_sheet_by_name(with_rows[0]), survey, [*_notes(with_rows), *self._unseen(with_rows[0])]

    def _has_rows(self, name: str) -> bool:
        if name in self._surveys:
            return self._surveys[name].rows > 0
        if self._archive is not None and name in self._parts:
            part = self._parts[name]
            if part not in self._with_rows:  # several sheets may name one part: it is read once
                self._with_rows[part] = xlsx.has_rows(self._archive, part)
            return self._with_rows[part]
        return self._book.get_sheet_by_name(name).height > 0

    def _survey(self, name: str) -> SheetSurvey:
        if self._archive is not None and name in self._parts:
            return xlsx.survey_sheet(self._archive, self._parts[name], xlsx.percent_styles(self._archive))
        return self._surveys.get(name) or SheetSurvey()

    def _unseen(self, name: str) -> list[str]:
        """A note where a sheet could not be surveyed (.xlsb, workbooks of before 1997)."""
        return [] if name in self._surveys or name in self._parts else [_UNSEEN]

    def _no_such(self, wanted: str) -> Refused:
        message = f"the workbook has no sheet “{wanted[:100]}”; its sheets: {_listed(self._names)}"
        return Refused(Problem(ErrorCode.INVALID, message, ["sheet"], candidates=self._names))

    def _nothing_shown(self) -> Refused:
        hidden = [each for each in self._names if each not in self._shown and self._has_rows(each)]
        if not hidden:
            return invalid("the workbook is empty: none of its sheets has rows")
        message = f"no sheet that is shown has rows; name one of those that are hidden: {_listed(hidden)}"
        return Refused(Problem(ErrorCode.INVALID, message, ["sheet"], candidates=hidden))


def _notes(with_rows: list[str]) -> list[str]:
    if len(with_rows) == 1:
        return []
    others = _listed(with_rows[1:])
    return [f"{SHEET_READ}{with_rows[0]}” was read; not read: {others}; name another to read it (`sheet`, `--sheet`)"]


def _listed(names: list[str]) -> str:
    return first_of([f"“{each[:100]}”" for each in names], _NAMED)
