"""From the bytes of a file to its text: byte-order marks, encodings, size."""

from __future__ import annotations

import codecs
import re

from msgspec import Struct

from goldenthread.contracts.errors import Refused
from goldenthread.exchange.text.refusals import invalid
from goldenthread.exchange.text.undeclared_encoding import decode_undeclared, utf_16_without_mark
from goldenthread.exchange.text.unsupported_files import require_no_other_document, require_text

MAX_BYTES = 10 * 1024 * 1024
"""A file larger than this is refused before it is looked at."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as the next one does
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
ARCHIVE = b"PK\x03\x04"
"""What a ZIP archive begins with: .xlsx, .ods, and others."""
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What a compound file (OLE2) begins with: .xls, and others."""
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
NOT_TEXT = re.compile("[\0\ud800-\udfff]")
_OTHER_ENCODINGS = {"iso-8859-1", "iso-8859-15", "latin-1", "windows-1252"}


class DecodedText(Struct, frozen=True):
    """The text of a file without its byte-order mark; and how it was read, where a person should know that."""

    text: str
    note: str | None = None


def decode(content: str | bytes) -> str:
    """The text of a file without its byte-order mark. Refuses what is too large or is not text."""
    return decode_with_note(content).text


def decode_with_note(content: str | bytes) -> DecodedText:
    """As `decode`, with a note where the encoding was not stated, and is not UTF-8."""
    size = len(content) if isinstance(content, bytes) else len(content.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise invalid(f"the file has {size:,} bytes, more than the {MAX_BYTES:,} that are read; split it")
    found = _decode_bytes(content) if isinstance(content, bytes) else DecodedText(content)
    text = found.text.removeprefix("\ufeff")
    foreign = NOT_TEXT.search(text)
    if foreign:
        line = text.count("\n", 0, foreign.start()) + 1
        raise invalid(
            f"line {line}: the file is not text: it contains the character U+{ord(foreign[0]):04X}; save the sheet as "
            ".xlsx, .ods or CSV"
        )
    if not text.strip():
        raise invalid("the file is empty")
    require_no_other_document(text)
    return DecodedText(text, found.note)


def _decode_bytes(content: bytes) -> DecodedText:
    if content.startswith((ARCHIVE, COMPOUND)):
        raise invalid("the file is a workbook or another archive, not text; save it as CSV")
    require_text(content)
    for mark, marked in _MARKS:
        if content.startswith(mark):
            return DecodedText(_strictly(content[len(mark) :], marked))
    declared = _DECLARED.match(content[:300])
    if declared and declared[1].decode("ascii").lower() in _OTHER_ENCODINGS:
        return DecodedText(_strictly(content, declared[1].decode("ascii").lower()))
    if encoding := utf_16_without_mark(content):
        note = f"the file does not say its encoding; it was read as {encoding[:6].upper()}"
        return DecodedText(_strictly(content, encoding), note)
    try:
        return DecodedText(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        if content.lstrip().startswith(b"<"):  # XML says its encoding, or is UTF-8
            raise _not_valid(content, error, "utf-8") from None
        text, called = decode_undeclared(content, error)
        return DecodedText(
            text, f"the file is not UTF-8; it was read as {called}; check that letters such as ä and é are right"
        )


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise _not_valid(content, error, encoding) from None


def _not_valid(content: bytes, error: UnicodeDecodeError, encoding: str) -> Refused:
    line = content.count(b"\n", 0, error.start) + 1
    return invalid(f"line {line}: not valid {encoding.upper()}; save the file as UTF-8")
