"""`python -m tests.support.workbook_costs`: what reading workbooks takes (see docs/decisions/0036)."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from goldenthread.contracts.errors import Refused
from services.goals.imports import workbook_reader
from tests.support.workbooks import changed, ods, xlsx

SHEET = "xl/worksheets/sheet1.xml"
SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def _rows(count: int, columns: int) -> Iterator[list[object]]:
    for row in range(count):
        yield [f"Some title of a goal {row} in column {each}" if each % 2 else row * each for each in range(columns)]


def _short(count: int, columns: int) -> Iterator[list[object]]:
    for _ in range(count):
        yield ["abcde"] * columns


def _bomb() -> bytes:
    rows = "".join(f'<row r="{each}"><c r="A{each}" t="s"><v>0</v></c></row>' for each in range(1, 100_001))
    data = f"<sheetData>{rows}</sheetData></worksheet>"
    content = changed(xlsx(("Plan", [["x"]])), SHEET, lambda xml: xml[: xml.index("<sheetData>")] + data)
    text = f'<sst xmlns="{SPACE}"><si><t>{"x" * 30_000}</t></si></sst>'
    return changed(content, "xl/sharedStrings.xml", lambda _: text)


async def _cost(name: str, content: bytes) -> None:
    began, peaks = time.perf_counter(), [0]
    watching = asyncio.create_task(_watch(peaks))
    try:
        found = f"{len((await workbook_reader.table_of(content)).lines):,} rows"
    except Refused as refused:
        found = f"refused: {refused}"
    watching.cancel()
    seconds = time.perf_counter() - began
    print(f"{name} ({len(content) / 2**20:.1f} MiB): {seconds:.1f} s, {max(peaks)} MiB resident; {found}")


async def _watch(peaks: list[int]) -> None:
    """Add what the child had at most until now, ten times a second."""
    while True:
        peaks += _peaks()
        await asyncio.sleep(0.1)


def _peaks() -> Iterator[int]:
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            said = dict(line.split(":", 1) for line in status.read_text().splitlines())
            if int(said["PPid"]) == os.getpid() and "VmHWM" in said:
                yield int(said["VmHWM"].split()[0]) // 1024


def main() -> None:
    """The usual, the largest, and one that is made to take all memory."""
    asyncio.run(_cost(".xlsx, 20,000 rows of 16 columns", xlsx(("Plan", _rows(20_000, 16)))))
    asyncio.run(_cost(".ods, 20,000 rows of 16 columns", ods(("Plan", _rows(20_000, 16)))))
    asyncio.run(_cost(".xlsx, 100,000 rows of 20 columns", xlsx(("Plan", _short(100_000, 20)))))
    asyncio.run(_cost("100,000 cells of one long text", _bomb()))


if __name__ == "__main__":
    main()
