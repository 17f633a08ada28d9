"""One line of the column Readings: a day, a number and a note."""

from __future__ import annotations

import re

from goldenthread.exchange.text.tidying import one_line

_READING = re.compile(r"(\S+)\s+(\S+)(?:\s+(.*))?")


def split_reading(line: str) -> tuple[str, str, str | None] | None:
    """The texts of the day, the number and the note of a line; None where it is no reading."""
    parts = _READING.fullmatch(one_line(line))
    return (parts[1], parts[2], parts[3] or None) if parts else None


def number_may_continue(number: str, note: str | None) -> bool:
    """Whether a number may go on in the note: `1 000 at last` is a thousand, or one and a note."""
    return note is not None and _HEAD.fullmatch(number) is not None and _GROUP.match(note) is not None


_HEAD = re.compile(r"[-+−]?[$€£]?[1-9]\d{0,2}", re.ASCII)
_GROUP = re.compile(r"\d{3}(?![\w-])", re.ASCII)
