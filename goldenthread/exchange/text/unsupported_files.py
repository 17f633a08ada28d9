"""Files that are not read: pictures and archives by their first bytes; web pages and old XML that programs save under
the name of a workbook.
"""

from __future__ import annotations

import re

from goldenthread.exchange.text.refusals import invalid

_OTHERS = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "compressed"),
    (b"7z\xbc\xaf", "an archive"),
    (b"Rar!", "an archive"),
    (b"bplist", "a file of a program of Apple"),
)
_SAVE = "open it in a spreadsheet program and save it as .xlsx or CSV"
_PAGES = (
    (
        re.compile(
            r"\s*(<\?xml[^>]{0,200}>\s*)?(<!--.{0,500}?-->\s*)?<(!doctype\s+html|html|head|body|meta|table|div)\b",
            re.IGNORECASE | re.DOTALL,
        ),
        f"the file is a web page, as some programs save a table; {_SAVE}",
    ),
    (
        re.compile(r"\s*(<\?xml[^>]{0,200}>\s*)?(<\?mso-application\b|<(\w+:)?Workbook\b)"),
        f"the file is a workbook in the XML of Excel 2003; {_SAVE}",
    ),
    (
        re.compile(r"\s*(<\?xml[^>]{0,200}>\s*)?<office:document\b"),
        "the file is a flat OpenDocument sheet; open it and save it as .ods, .xlsx or CSV",
    ),
    (re.compile(r"\s*MIME-Version:", re.IGNORECASE), f"the file is a web page or a message (MHTML); {_SAVE}"),
    (
        re.compile(r"\s*\{\\rtf"),
        "the file is a text with formats (RTF); copy its table into a spreadsheet and save that",
    ),
)


def require_text(content: bytes) -> None:
    """Raises `Refused` (INVALID) for bytes that begin as those of a picture, an archive and the like do."""
    for begins, what in _OTHERS:
        if content.startswith(begins):
            raise invalid(f"the file is {what}, not a plan; copy its table into a spreadsheet, and save that as .xlsx")


def require_no_other_document(text: str) -> None:
    """Raises `Refused` (INVALID) for a web page, an old XML workbook or RTF, in words that say what it is."""
    begin = text[:2000]
    for pattern, words in _PAGES:
        if pattern.match(begin):
            raise invalid(words)
