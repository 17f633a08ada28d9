"""One line of the column Readings: a day, a number and a note."""

from __future__ import annotations

import re

from goldenthread.exchange.text import one_line

_READING = re.compile(r"(\S+)\s+(\S+)(?:\s+(.*))?")


def reading_parts(line: str) -> tuple[str, str, str | None] | None:
    """The texts of the day, the number and the note of a line; None where it is no reading."""
    parts = _READING.fullmatch(one_line(line))
    return (parts[1], parts[2], parts[3] or None) if parts else None
