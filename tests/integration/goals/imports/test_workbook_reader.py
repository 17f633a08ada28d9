"""A workbook is read in a child process, whatever becomes of that."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.exchange.tables.table import Line
from services.goals.imports import workbook_reader
from services.goals.imports.workbook_reader import WorkbookReaders
from tests.support.workbooks import changed, xlsx

SHEET = "xl/worksheets/sheet1.xml"
PRETENDED = "tests.support.workbook_children"
ROWS: list[list[object]] = [["Title", "Target"], *(["Grow", each] for each in range(2500))]


def _children(parent: int | None = None) -> set[int]:
    """The processes that this one started (or `parent`), also those that ended and were not waited for."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        if (stat := _stat(process)) and int(stat[1]) == (parent or os.getpid()):
            found.add(int(process.name))
    return found


def _stat(process: Path) -> list[str]:
    """The state, the parent and so on; nothing of a process that is not there."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


@pytest.fixture(autouse=True)
async def _none_is_left() -> AsyncIterator[None]:
    before = _children()
    yield
    await _until(lambda: _children() <= before)


async def _until(there: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_a_sheet_comes_out_of_the_child_as_it_is() -> None:
    table = await workbook_reader.table_of(xlsx(("Plan", ROWS), ("Notes", [["x"]])))
    assert len(table.lines) == 2501
    assert table.lines[2500] == Line(2501, ["Grow", 2499])
    assert (table.place, table.delimiter, len(table.notes)) == ("row", None, 1)


async def test_what_is_no_workbook_is_refused() -> None:
    with pytest.raises(Refused, match="save it as"):
        await workbook_reader.table_of(b"PK\x03\x04 and no more")


async def test_a_sheet_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(Refused) as refused:
        await workbook_reader.table_of(xlsx(("Plan", [["x"]])), "Plans")
    assert (refused.value.problems[0].path, refused.value.problems[0].candidates) == (["sheet"], ["Plan"])


async def test_a_refusal_in_the_middle_of_a_sheet_is_told() -> None:
    with pytest.raises(Refused, match=r"row 1748: .* bytes of text"):
        await workbook_reader.table_of(xlsx(("Plan", [["x" * 6_000] for _ in range(2_000)])))


async def test_a_workbook_that_takes_all_memory_ends_its_reader_and_nothing_else() -> None:
    """Each of a hundred thousand cells has the same long text, which stands in the file once."""
    shared = (
        f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{"x" * 30_000}</t></si></sst>'
    )
    rows = "".join(f'<row r="{each}"><c r="A{each}" t="s"><v>0</v></c></row>' for each in range(1, 100_001))
    data = f"<sheetData>{rows}</sheetData></worksheet>"
    content = changed(xlsx(("Plan", [["x"]])), SHEET, lambda xml: xml[: xml.index("<sheetData>")] + data)
    content = changed(content, "xl/sharedStrings.xml", lambda _: shared)
    with pytest.raises(Refused, match=r"needs too much memory|bytes of text"):
        await workbook_reader.table_of(content)
    assert len((await workbook_reader.table_of(xlsx(("Plan", ROWS)))).lines) == 2501


@pytest.mark.parametrize("told", [b"memory", b"computing", b"abort", b"rubbish", b"endless"])
async def test_a_child_that_dies_is_a_workbook_that_cannot_be_read(told: bytes) -> None:
    with pytest.raises(Refused, match=r"cannot be read: it needs too much memory .* save it as .xlsx again") as refused:
        await WorkbookReaders(module=PRETENDED).table_of(told)
    assert (refused.value.problems[0].code, refused.value.problems[0].path) == (ErrorCode.INVALID, ["content"])


async def test_a_child_that_does_not_begin_is_not_the_fault_of_the_workbook() -> None:
    with pytest.raises(Refused, match="cannot be read now") as refused:
        await WorkbookReaders(module="services.goals.no_such_module").table_of(b"table")
    assert refused.value.problems[0].code is ErrorCode.UNAVAILABLE


async def test_a_child_is_killed_at_its_deadline() -> None:
    readers = WorkbookReaders(seconds=1, module=PRETENDED)
    with pytest.raises(Refused, match="not read within 1 s") as refused:
        await readers.table_of(b"sleep")
    assert refused.value.problems[0].code is ErrorCode.UNAVAILABLE
    assert (await WorkbookReaders(module=PRETENDED).table_of(b"table")).lines == [Line(1, ["x"])]


async def test_a_child_is_killed_when_its_caller_is_gone() -> None:
    before, readers = _children(), WorkbookReaders(at_once=1, module=PRETENDED)
    reading = asyncio.create_task(readers.table_of(b"sleep"))
    await _until(lambda: _children() - before)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert _children() <= before
    assert (await readers.table_of(b"table")).lines == [Line(1, ["x"])]  # its turn was given back


async def test_two_are_read_at_once_and_a_third_waits() -> None:
    before, readers = _children(), WorkbookReaders(module=PRETENDED)
    reading = [asyncio.create_task(readers.table_of(b"sleep")) for _ in range(2)]
    await _until(lambda: len(_children() - before) == 2)
    third = asyncio.create_task(readers.table_of(b"table"))
    done, _ = await asyncio.wait({third}, timeout=0.5)
    assert not done
    assert len(_children() - before) == 2
    reading[0].cancel()
    assert (await third).lines == [Line(1, ["x"])]
    reading[1].cancel()
    await asyncio.wait(reading)


async def test_who_waits_too_long_is_told_to_try_again() -> None:
    before, readers = _children(), WorkbookReaders(at_once=1, wait=0.2, module=PRETENDED)
    reading = asyncio.create_task(readers.table_of(b"sleep"))
    await _until(lambda: _children() - before)
    with pytest.raises(Refused, match="Try again") as refused:
        await readers.table_of(b"table")
    assert refused.value.problems[0].code is ErrorCode.UNAVAILABLE
    reading.cancel()
    await asyncio.wait({reading})


async def test_a_child_has_no_secret_and_goes_first_when_memory_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDENTHREAD_DATABASE_URL", "postgresql://secret")
    names, score = (await WorkbookReaders(module=PRETENDED).table_of(b"environment")).lines
    assert "PATH" in names.cells
    assert not [each for each in names.cells if str(each).startswith(("GOLDENTHREAD", "HOME"))]
    assert score.cells == ["1000"]


async def test_a_child_dies_with_its_parent() -> None:
    """Also when that was killed: nobody would read the answer."""
    program = (
        "import asyncio; from services.goals.imports.workbook_reader import WorkbookReaders; "
        f"asyncio.run(WorkbookReaders(module={PRETENDED!r}).table_of(b'sleep'))"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    await _until(lambda: _children(parent.pid))
    (child,) = _children(parent.pid)
    parent.kill()
    await parent.wait()
    await _until(lambda: _stat(Path(f"/proc/{child}"))[:1] in ([], ["Z"]))
