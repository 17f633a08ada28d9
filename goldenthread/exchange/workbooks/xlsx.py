"""What a sheet of Excel says besides its values: how far it goes, errors, percentages, formulas without a result.

A first look at its XML, in portions, so that a sheet which is too large is refused before anything is made of it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from goldenthread.exchange.text import xml
from goldenthread.exchange.text.refusals import invalid
from goldenthread.exchange.workbooks.number_formats import OWN_PERCENTAGES, is_percentage
from goldenthread.exchange.workbooks.sheet_survey import SheetSurvey, column_number

_PORTION = 2**20
_LONGEST_ROW = 4 * 2**20
_PART = 8 * 2**20
"""Bytes of the parts that list sheets and styles, at most."""
_NAME = rb"(?:[A-Za-z_][\w.-]*:)?"
_TOKEN = re.compile(
    rb"<" + _NAME + rb"(row|c)(?=[\s/>])"
    rb"""(?:\sr="([A-Z]{0,3})([0-9]{1,7})")?(?:\ss="([0-9]{1,6})")?(?:\st="([a-zA-Z]{1,20})")?([^<>]*)>"""
    rb"(?:(<" + _NAME + rb"f(?=[\s/>])[^<>]*(?:(?<=/)>|>[^<]*</" + _NAME + rb"f\s*>))\s*+"
    rb"(?:<" + _NAME + rb"v(?:\s*/>|\s*>\s*</" + _NAME + rb"v\s*>)\s*+)?</" + _NAME + rb"c\s*>)?"
)
"""The beginning of a row or a cell, with its attributes as programs write them, and all others; and of a cell that has
a formula and no result, all.
"""
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Z]{0,3})([0-9]{1,7})["']""")
_STYLE = re.compile(rb"""\ss\s*=\s*["']([0-9]{1,6})["']""")
_TYPE = re.compile(rb"""\st\s*=\s*["']([a-zA-Z]{1,20})["']""")
_ERROR = re.compile(rb"[^<]*(?:<[^<>]*>[^<]*)??<" + _NAME + rb"v\s*>([^<]{1,20})<")


def parts_of_sheets(archive: ZipFile) -> dict[str, str]:
    """The part of each sheet, by its name. Empty where the workbook is laid out in a way we do not know."""
    try:
        book, links = _part(archive, "xl/workbook.xml"), _part(archive, "xl/_rels/workbook.xml.rels")
    except KeyError:
        return {}
    targets = {each.get("Id"): each.get("Target", "") for each in links}
    found: dict[str, str] = {}
    for sheet in (each for sheets in xml.children(book, "sheets") for each in sheets):
        reference = next((value for key, value in sheet.items() if key.endswith("}id")), None)
        target = posixpath.normpath(posixpath.join("/xl", targets.get(reference) or "")).lstrip("/")
        if target in archive.NameToInfo:
            found[sheet.get("name", "")] = target
    return found


def percent_styles(archive: ZipFile) -> set[bytes]:
    """The numbers of the styles that show a number as a percentage."""
    try:
        root = _part(archive, "xl/styles.xml")
    except KeyError:
        return set()
    own = {
        each.get("numFmtId"): is_percentage(each.get("formatCode", ""))
        for formats in xml.children(root, "numFmts")
        for each in formats
    }
    shown = {str(each): True for each in OWN_PERCENTAGES} | own
    styles = [each.get("numFmtId") for used in xml.children(root, "cellXfs") for each in used]
    return {str(number).encode() for number, each in enumerate(styles) if shown.get(each)}


def has_rows(archive: ZipFile, part: str) -> bool:
    """True for a sheet with a cell that is not empty."""
    return any(not each[6].endswith(b"/") for each in _tokens(archive, part) if each[1] == b"c")


def survey_sheet(archive: ZipFile, part: str, percents: set[bytes]) -> SheetSurvey:
    """The survey of one sheet. Raises `Refused` as soon as it is too large."""
    found, row, column = SheetSurvey(), 0, 0
    for token in _tokens(archive, part):
        kind, letters, number, style, type, others, without_result = token.groups()
        if b"=" in others:
            letters, number, style, type = _in_any_order(token[0])
        if kind == b"row":
            row, column = int(number) if number else row + 1, 0
            continue
        row, column = (int(number), column_number(letters)) if number else (row, column + 1)
        if others.endswith(b"/"):
            continue
        if without_result:
            found.add_missing_result(row, column)
            continue
        if row > found.rows or column > found.columns:
            found.add_cell(row, column)
        if style in percents:
            found.add_percentage(row, column)
        if type == b"e":
            error = _ERROR.match(token.string, token.end())
            found.add_shown_text(row, column, error[1].decode(errors="replace") if error else "#ERROR")
    return found


def _in_any_order(tag: bytes) -> list[bytes]:
    reference, style, type = _REFERENCE.search(tag), _STYLE.search(tag), _TYPE.search(tag)
    return [*(reference.groups() if reference else (b"", b"")), *(each[1] if each else b"" for each in (style, type))]


def _tokens(archive: ZipFile, part: str) -> Iterator[re.Match[bytes]]:
    """The beginnings of rows and cells; that of a formula without a result, to its end."""
    rest = b""
    with archive.open(part) as stream:
        while portion := stream.read(_PORTION):
            rest += portion
            cut = rest.rfind(b"</row") + 1 or rest.rfind(b":row>") + 1
            if not cut and len(rest) > _LONGEST_ROW:
                raise invalid("the workbook has a row that is too long; save it as CSV")
            yield from _TOKEN.finditer(rest, 0, cut)
            rest = rest[cut:]
    yield from _TOKEN.finditer(rest)


def _part(archive: ZipFile, name: str) -> Element:
    with archive.open(name) as stream:
        content = stream.read(_PART + 1)
    if len(content) > _PART:
        raise invalid("the workbook has too many sheets or styles; save the sheet as CSV")
    return xml.parse(content.decode("utf-8-sig", "replace"))
