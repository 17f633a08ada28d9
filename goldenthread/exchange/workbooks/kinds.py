"""Which kind of workbook some bytes are, if any; and the bounds of what an archive has in it, before it is read."""

from __future__ import annotations

import io
from enum import StrEnum
from zipfile import BadZipFile, LargeZipFile, ZipFile
from zlib import error as BadStream

from goldenthread.contracts.errors import Refused
from goldenthread.exchange.text.decoding import ARCHIVE, COMPOUND
from goldenthread.exchange.text.refusals import invalid

MAX_PARTS = 5_000
"""Of an archive: a workbook has some for each sheet and each picture."""
MAX_INFLATED = 256 * 2**20
"""Bytes in all parts together: 100,000 rows of 20 columns are 100 MiB."""
_PORTION = 2**18
REMEDY = "save it as .xlsx again, or as CSV"
_DIRECTORY_ENTRY = b"PK\x01\x02"


class WorkbookKind(StrEnum):
    """The formats of workbooks."""

    XLSX = "xlsx"
    XLSB = "xlsb"
    XLS = "xls"
    ODS = "ods"


_PARTS = {"xl/workbook.xml": WorkbookKind.XLSX, "xl/workbook.bin": WorkbookKind.XLSB}
_OTHERS = (
    ("word/", "a document of Word"),
    ("ppt/", "a presentation"),
    ("Index/", "a document of Apple's programs (Numbers)"),
    ("index.apxl", "a document of Apple's programs"),
    ("visio/", "a drawing"),
    ("META-INF/MANIFEST.MF", "a program"),
)
_STREAMS = (
    ("EncryptedPackage", "a workbook that is protected by a password; save it without one"),
    ("WordDocument", "a document of Word, not a workbook; copy its table into a spreadsheet and save that as .xlsx"),
    ("PowerPoint Document", "a presentation, not a workbook; copy its table into a spreadsheet and save that as .xlsx"),
    ("__substg1.0_", "a message of Outlook, not a workbook; save what is attached to it"),
)
_ODS = "application/vnd.oasis.opendocument.spreadsheet"


def kind_of(content: bytes) -> tuple[WorkbookKind, ZipFile | None]:
    """The kind, and the archive where it is one, all of which can be read. Raises `Refused` for what is no workbook."""
    if content.startswith(COMPOUND):
        return _compound(content), None
    if not content.startswith(ARCHIVE):
        raise invalid("the file is not a workbook; save the sheet as .xlsx, .ods or CSV")
    if content.count(_DIRECTORY_ENTRY) > MAX_PARTS:
        raise invalid(f"the file is an archive of more than {MAX_PARTS:,} parts; {REMEDY}")
    try:
        archive = ZipFile(io.BytesIO(content))
        kind = _archive(archive)
        _require_bounds(archive)
    except Refused:
        raise
    except RuntimeError:  # how the library says that a part is encrypted, or packed in a way it does not know
        raise invalid("the file is protected by a password, or packed in an unusual way; save it without") from None
    except (BadZipFile, LargeZipFile, BadStream, OSError, EOFError, ValueError, KeyError):
        raise invalid(f"the workbook is damaged or not complete; fetch it again, or {REMEDY}") from None
    return kind, archive


def _compound(content: bytes) -> WorkbookKind:
    for stream, words in _STREAMS:
        if stream.encode("utf-16-le") in content:
            raise invalid(f"the file is {words}")
    if not any(f"{stream}\0".encode("utf-16-le") in content for stream in ("Workbook", "Book", "WORKBOOK", "BOOK")):
        raise invalid("the file is damaged, or no workbook; save the sheet as .xlsx, .ods or CSV")
    return WorkbookKind.XLS


def _archive(archive: ZipFile) -> WorkbookKind:
    names = archive.namelist()
    for name in names:
        if name.lower() in _PARTS:
            return _PARTS[name.lower()]
    if "mimetype" in names and "content.xml" in names:
        with archive.open("mimetype") as stream:
            kind = stream.read(200).decode("ascii", "replace").strip()
        if kind.startswith(_ODS):
            _require_no_password(archive)
            return WorkbookKind.ODS
        raise invalid("the file is an OpenDocument file, but no workbook; save the sheet as .ods, .xlsx or CSV")
    for begins, words in _OTHERS:
        if any(name.startswith(begins) for name in names):
            raise invalid(f"the file is {words}, not a workbook; save its table as .xlsx or CSV")
    inside = next((f" (it has “{name[:100]}” in it)" for name in names if not name.endswith("/")), "")
    raise invalid(f"the file is an archive{inside}, not a workbook; unpack it, and import the file that is in it")


def _require_no_password(archive: ZipFile) -> None:
    if "META-INF/manifest.xml" in archive.namelist():
        with archive.open("META-INF/manifest.xml") as stream:
            if b"encryption-data" in stream.read(2**20):
                raise invalid("the workbook is protected by a password; save it without one, or as CSV")


def _require_bounds(archive: ZipFile) -> None:
    """What an archive says of its sizes may be wrong: all of it is read once, and counted."""
    total = 0
    for part in archive.infolist():
        with archive.open(part) as stream:
            while portion := stream.read(_PORTION):
                total += len(portion)
                if total > MAX_INFLATED:
                    raise invalid(
                        f"the workbook has more than {MAX_INFLATED // 2**20} MiB unpacked; save only the sheet of the "
                        "plan, as .xlsx or CSV"
                    )
