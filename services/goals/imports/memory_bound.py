"""How much memory an import takes at most: what a container of goals has to have free, and a test measures.

It follows from what a file says rather than from its format: a row costs the same as a line of a CSV, in a workbook
and in JSON. The shorter the rows, the larger the multiple of the file's size: 10 bytes a row are 1,000 times as much,
50 bytes (a sheet of short cells) 200 times, 300 bytes (JSON) 45 times. What bounds all of them is the number of rows
and of what hangs on them, of which a file may have only so many.
"""

from __future__ import annotations

from goldenthread.exchange.plans.size_limits import MAX_ENTRIES
from goldenthread.exchange.tables.table import MAX_ROWS
from goldenthread.exchange.text.decoding import MAX_BYTES

OF_A_ROW = 6_000
"""Bytes for a row that is new: it as it was read, the goal, its events and timers, and what is remembered of it."""
OF_AN_ENTRY = 4_000
"""Bytes for each link and reading of it, which have events of their own, and for each further unit."""
TIMES_THE_TEXT = 10
"""Long texts are held as often: as they came, as read, here, in events, in the answer."""


def most_memory(rows: int, entries: int, size: int) -> int:
    """Bytes that an import takes at most while it is computed and answered, beyond what is held before.

    `entries` are the links, readings and units of its rows (`exchange.bounds.entries`), `size` the bytes of its text.
    """
    return OF_A_ROW * rows + OF_AN_ENTRY * entries + TIMES_THE_TEXT * size


LARGEST = most_memory(MAX_ROWS, MAX_ENTRIES, MAX_BYTES)
"""Of the largest file that is taken."""
