"""Bytes that do not say their encoding, and are not UTF-8: read where there is no doubt, or refused in words."""

from __future__ import annotations

import re

from goldenthread.contracts.errors import Refused
from goldenthread.exchange.text.encoding_detection import (
    ENCODINGS,
    UNSUPPORTED_ENCODINGS,
    UndecidedEncoding,
    detect_encoding,
    differing_words,
)
from goldenthread.exchange.text.refusals import invalid

REMEDY = "save it as UTF-8 (in Excel: “CSV UTF-8”), as .xlsx or as .ods"
_ANSI = {"cp1252", "cp1250", "cp1254", "cp1257", "iso8859_2", "iso8859_4", "iso8859_10", "iso8859_15", "iso8859_16"}
"""In which two letters in a row, as UTF-8 has them, make no sense."""
_LOOKED_AT = 2**16
_VALID = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def utf_16_without_mark(content: bytes) -> str | None:
    """The encoding of a text in which every other byte of many is zero, as those of separators and digits are."""
    some = content[:_LOOKED_AT]
    first, second = some[::2].count(0), some[1::2].count(0)
    if len(content) % 2 or max(first, second) * 20 < len(some) or min(first, second):
        return None
    return "utf-16-le" if second else "utf-16-be"


def decode_undeclared(content: bytes, error: UnicodeDecodeError) -> tuple[str, str]:
    """The text, and what its encoding is called; `error` is why it is not UTF-8. Raises `Refused`."""
    if content.find(0) >= 0:
        raise invalid(f"the file is not text; save the sheet as .xlsx, .ods or CSV ({_line(content, content.find(0))})")
    valid, broken = _counted(content)
    if valid >= broken:
        raise invalid(f"{_line(content, error.start)}: not valid UTF-8, as other lines are; correct it, and {REMEDY}")
    try:
        encoding = detect_encoding(content)
    except UndecidedEncoding as undecided:
        encodings = {each.encoding for each in undecided.candidates} or {""}
        raise (_mixed(content) if valid and encodings <= _ANSI else _undecided(content, error, undecided)) from None
    if valid and encoding in _ANSI:
        raise _mixed(content)
    return content.decode(encoding), ENCODINGS[encoding]


def _counted(content: bytes) -> tuple[int, int]:
    """How many characters, besides those of ASCII, are valid UTF-8; and how many bytes are part of none."""
    high = len(content.translate(None, delete=bytes(range(128))))
    kept = content.decode("utf-8", "ignore")
    ascii = len(content) - high
    return len(kept) - ascii, high - (len(kept.encode()) - ascii)


def _mixed(content: bytes) -> Refused:
    found = _VALID.search(content)
    where = _line(content, found.start() if found else 0)
    return invalid(f"{where}: this line is UTF-8, and others are in another encoding; {REMEDY}")


def _undecided(content: bytes, error: UnicodeDecodeError, undecided: UndecidedEncoding) -> Refused:
    where = _line(content, error.start)
    words = differing_words(undecided.candidates)
    if not words:
        return invalid(f"{where}: not valid UTF-8, nor text in another encoding that is read; {REMEDY}")
    ways = " or ".join(
        f"“{word}” ({(ENCODINGS | UNSUPPORTED_ENCODINGS)[each.encoding]})"
        for word, each in zip(words, undecided.candidates, strict=True)
    )
    return invalid(f"{where}: not valid UTF-8; it may mean {ways}, and nothing tells which; {REMEDY}")


def _line(content: bytes, at: int) -> str:
    return f"line {content.count(bytes([10]), 0, at) + 1}"
