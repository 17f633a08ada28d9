"""Workbooks that tests read, made as people's programs make them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

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
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """Its bytes."""
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def xls(*sheets: tuple[str, Iterable[Sequence[Any]]]) -> bytes:
    """A workbook of Excel 97 to 2003."""
    book = xlwt.Workbook()
    for name, rows in sheets:
        sheet = book.add_sheet(name)
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if cell is not None:
                    sheet.write(row, column, cell)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()
