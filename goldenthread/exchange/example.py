"""A sheet to fill in: the columns that most plans need, and one row of each type."""

from __future__ import annotations

_HEADER = (
    "Row ID,Type,Title,Description,Parent,Entity,Because,"
    "Start Value,Target Value,Current Value,Measure Unit,Start Date,End Date,Status\n"
)
_ROWS = """\
P,purpose,Everybody hears what is said,,,,,,,,,,,
W,why,Hear where it is loud,What we do in the next three years,P,,Noise is where people stop listening,,,,,,,
O,objective,Tests that find every loss,,W,Tests,Nobody is helped whose loss is not found,,,,,2026-01-01,2026-12-31,
K,key_result,Losses that are found,,O,Tests,,60,95,72,%,2026-01-01,2026-12-31,On Track
"""


def example() -> str:
    """The text of the sheet, as CSV."""
    return _HEADER + _ROWS
