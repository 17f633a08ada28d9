"""What the sheets of an OpenDocument workbook say besides their values: how far they go, errors, percentages, spans.

A first look at its XML, so that a sheet which is too large is refused before anything is made of it. Programs write a
million empty rows as one that is repeated: what is empty does not count.
"""

from __future__ import annotations

import re
from typing import IO
from xml.parsers import expat
from zipfile import ZipFile

from goldenthread.exchange.text.refusals import invalid
from goldenthread.exchange.workbooks.sheet_survey import MAX_CELLS, SheetSurvey

_PORTION = 2**18
_MOST = 2**20
_DURATION = re.compile(r"(-?)PT(\d{1,6})H(\d{1,2})M(\d{1,2})(?:[.,]\d{1,9})?S", re.ASCII)
_CELLS = ("table-cell", "covered-table-cell")


def survey_sheets(archive: ZipFile) -> dict[str, SheetSurvey]:
    """The survey of every sheet, by its name. Raises `Refused` where one is too large, or the XML is malformed."""
    seen = _SurveyBuilder()
    try:
        with archive.open("content.xml") as stream:
            _feed(stream, seen)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter: of an encoding that it declares
        raise invalid(
            f"the workbook is damaged ({str(error)[:100]}); save it again, as .ods or .xlsx, or as CSV"
        ) from None
    return seen.surveys


def _feed(stream: IO[bytes], seen: _SurveyBuilder) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = seen.start, seen.end
    parser.CharacterDataHandler = seen.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    while portion := stream.read(_PORTION):
        parser.Parse(portion, False)
    parser.Parse(b"", True)


def _refuse_doctype(*_: object) -> None:
    raise invalid("the workbook declares a document type, which is not read; save it again, as .ods or .xlsx")


class _SurveyBuilder:
    """Goes through the XML. Sheets inside of cells are passed over."""

    def __init__(self) -> None:
        self.surveys: dict[str, SheetSurvey] = {}
        self._survey = SheetSurvey()
        self._tables = self._row = self._rows = self._column = 0
        self._cell: dict[str, str] | None = None
        self._texts: list[str] | None = None
        self._shown_cells = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        local = name.rpartition(" ")[2]
        if local == "table":
            self._tables += 1
            if self._tables == 1:
                self._survey, self._row, self._rows = SheetSurvey(), 1, 0
                self.surveys[_of(attributes, "name") or ""] = self._survey
        elif self._tables != 1:
            return
        elif local == "table-row":
            self._row, self._rows, self._column = self._row + self._rows, _count(attributes, "number-rows-repeated"), 1
        elif local in _CELLS:
            self._cell, self._texts = attributes, None
        elif local == "p" and self._cell is not None and self._texts is None:
            self._texts = []

    def text(self, text: str) -> None:
        """Characters."""
        if self._texts is not None and len(self._texts) < 10:
            self._texts.append(text[:100])

    def end(self, name: str) -> None:
        """An element ends."""
        local = name.rpartition(" ")[2]
        if local == "table":
            self._tables -= 1
        elif self._tables == 1 and local in _CELLS and self._cell is not None:
            self._seen(self._cell)
            self._column += _count(self._cell, "number-columns-repeated")
            self._cell = self._texts = None

    def _seen(self, cell: dict[str, str]) -> None:
        kind = _of(cell, "value-type")
        if kind is None and not self._texts:
            if _of(cell, "formula"):
                self._survey.add_missing_result(self._row, self._column)
            return
        last = self._row + self._rows - 1
        self._survey.add_cell(last, self._column + _count(cell, "number-columns-repeated") - 1)
        down = _count(cell, "number-rows-spanned")
        if down > 1:
            self._survey.merged.append(((self._row - 1, self._column - 1), (self._row + down - 2, self._column - 1)))
        shown = self._shown(cell, kind)
        if kind == "percentage" or shown:
            self._count_shown(self._rows * _count(cell, "number-columns-repeated"))
            for row in range(self._row, last + 1):
                for column in range(self._column, self._column + _count(cell, "number-columns-repeated")):
                    if shown:
                        self._survey.add_shown_text(row, column, shown)
                    else:
                        self._survey.add_percentage(row, column)

    def _count_shown(self, cells: int) -> None:
        """Refuses more of them than a sheet has cells: each is gone through, in sheets that are not read as well."""
        self._shown_cells += cells
        if self._shown_cells > MAX_CELLS:
            raise invalid(
                f"the workbook has more than {MAX_CELLS:,} percentages and errors; save the sheet in one of its own"
            )

    def _shown(self, cell: dict[str, str], kind: str | None) -> str | None:
        """The text of an error, or of a duration, which is kept as `PT36H00M00S`."""
        if any(value == "error" and key.endswith(" value-type") for key, value in cell.items()):
            return "".join(self._texts or [])[:100] or "#ERROR"
        parts = _DURATION.fullmatch(_of(cell, "time-value") or "") if kind == "time" else None
        return f"{parts[1]}{int(parts[2])}:{int(parts[3]):02}:{int(parts[4]):02}" if parts else None


def _of(attributes: dict[str, str], local: str) -> str | None:
    """The attribute of that local name, whatever version of the format its name space is of."""
    return next((value for key, value in attributes.items() if key.rpartition(" ")[2] == local), None)


def _count(attributes: dict[str, str], local: str) -> int:
    """How often; 1 unless it is said. Larger numbers than a sheet has rows are as large as none can be."""
    said = _of(attributes, local) or ""
    return max(1, min(int(said), _MOST)) if said.isascii() and said.isdigit() and len(said) < 10 else 1
