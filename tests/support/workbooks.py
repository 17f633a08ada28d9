"""Workbooks that tests read, made as people's programs make them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import xlwt


def xlsx(*sheets: tuple[str, Iterable[Sequence[Any]]]) -> bytes:
    """A workbook of Excel, with these sheets."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return xlsx_bytes(book)


def xlsx_bytes(book: openpyxl.Workbook) -> bytes:
    """Its bytes."""
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def xls(*sheets: tuple[str, Iterable[Sequence[Any]]]) -> bytes:
    """A workbook of Excel 97 to 2003."""
    book = xlwt.Workbook()
    for name, rows in sheets:
        sheet = book.add_sheet(name)
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if cell is not None:
                    sheet.write(row, column, cell)
    return xls_bytes(book)


def xls_bytes(book: xlwt.Workbook) -> bytes:
    """Its bytes."""
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
    'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
)
_SPACES = " ".join(
    f'xmlns:{prefix}="urn:{space}:1.0"'
    for prefix, space in (
        ("office", "oasis:names:tc:opendocument:xmlns:office"),
        ("table", "oasis:names:tc:opendocument:xmlns:table"),
        ("text", "oasis:names:tc:opendocument:xmlns:text"),
        ("style", "oasis:names:tc:opendocument:xmlns:style"),
        ("calcext", "org:documentfoundation:names:experimental:calc:xmlns:calcext"),
    )
)
_END = (
    '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/>'
    "</table:table-row>"
)


def ods(*sheets: tuple[str, Iterable[Sequence[Any]]]) -> bytes:
    """A workbook of LibreOffice, which fills the sheet up with empty rows. A `str` row is XML."""
    tables = "".join(
        f'<table:table table:name="{escape(name)}">{"".join(map(_ods_row, rows))}{_END}</table:table>'
        for name, rows in sheets
    )
    return ods_of(f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>")


def ods_of(body: str, before: str = "") -> bytes:
    """A workbook of OpenDocument with that content."""
    content = f'<?xml version="1.0" encoding="UTF-8"?>{before}<office:document-content {_SPACES}>{body}'
    parts = {
        "mimetype": _ODS,
        "content.xml": content + "</office:document-content>",
        "META-INF/manifest.xml": _MANIFEST,
    }
    return zipped(parts)


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """An archive of these parts."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return output.getvalue()


def _ods_row(cells: Sequence[Any]) -> str:
    if isinstance(cells, str):
        return cells
    return f"<table:table-row>{''.join(map(_ods_cell, cells))}<table:table-cell/></table:table-row>"


def _ods_cell(cell: Any) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, int | float):
        kind = f'office:value-type="float" office:value="{cell}"'
    else:
        kind = 'office:value-type="string"'
    return f"<table:table-cell {kind}><text:p>{escape(str(cell))}</text:p></table:table-cell>"


def changed(content: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """An archive with one part of it changed, or added: that was empty."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    return zipped(parts | {part: change(parts.get(part, b"").decode())})
