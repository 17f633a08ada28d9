"""The file that comes with an import: a text, or bytes as Base64."""

from __future__ import annotations

import base64
import binascii
import re

from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.commands.imports import MAX_CONTENT_BYTES
from goldenthread.contracts.errors import ErrorCode, Refused, refuse

_BLANKS = re.compile(r"[ \t\r\n]+")
_LONGEST = 4 * -(-MAX_CONTENT_BYTES // 3)
_FIELD = "contentBase64"


def require_one(command: ImportPlan) -> None:
    """Raises `Refused` (INVALID) for an import without a file, and for one with two."""
    if command.content is not None and command.content_base64 is not None:
        message = "The file is given twice; give its text as `content`, or its bytes as `contentBase64`."
        raise refuse(ErrorCode.INVALID, message, _FIELD)
    if command.content is None and command.content_base64 is None:
        message = "There is no file; give its text as `content`, or the bytes of a workbook as `contentBase64`."
        raise refuse(ErrorCode.INVALID, message, "content")


def content_of(command: ImportPlan) -> str | bytes:
    """The file. Raises `Refused` (INVALID): there is none, it is no Base64, or too large. To be called in a thread."""
    require_one(command)
    return command.content if command.content is not None else _decoded(command.content_base64 or "")


def _decoded(text: str) -> bytes:
    """The bytes that `text` is; line breaks in it are left out (MIME has them)."""
    text = _BLANKS.sub("", text)
    if text[:5].lower() == "data:":
        raise _wrong("it is a data URL; send only what follows its comma")
    if len(text) > _LONGEST:
        raise _too_large(len(text) // 4 * 3)
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _wrong("send the bytes of the file as RFC 4648 says: A-Z a-z 0-9 + / with = at its end") from None
    if len(found) > MAX_CONTENT_BYTES:
        raise _too_large(len(found))
    return found


def _wrong(what: str) -> Refused:
    return refuse(ErrorCode.INVALID, f"contentBase64 is not Base64: {what}.", _FIELD)


def _too_large(size: int) -> Refused:
    message = (
        f"The file has {size:,} bytes, more than the {MAX_CONTENT_BYTES:,} that are read. Leave out sheets and "
        "pictures that are no plan, or split it; a CSV file in UTF-8 may have 10 MB, as `content`."
    )
    return refuse(ErrorCode.INVALID, message, _FIELD)
