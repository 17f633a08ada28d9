"""Workbooks are read in a child process, which can be killed: one may have been made to break its reader."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec

from goldenthread.contracts.errors import ErrorCode, Refused, refuse
from goldenthread.exchange.tables.table import MAX_ROWS, Line, Table
from goldenthread.exchange.text.decoding import MAX_BYTES
from goldenthread.exchange.text.refusals import invalid
from services.goals.imports.workbook_frames import LENGTH, READY, Frame, LastFrame, ReadJob

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Children at once: a large file of one organization keeps nobody waiting, and the memory of two is there for them."""
WAIT_SECONDS = 10.0
"""For one of them to end, at most: a request is answered before its client gives up."""
SECONDS = 60.0
"""For reading a workbook, at most. What takes too long because of how it is made ends before, by the child's own limit;
this is for a machine that is busy.
"""
_CHILD = "services.goals.imports.workbook_child"
_LONGEST_FRAME = 3 * MAX_BYTES
_HANDED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG")
"""Variables that a child needs; it gets no other, least of all a secret."""
_UNREADABLE = "this workbook cannot be read"
_REMEDY = "save it as .xlsx again, or its sheet as CSV"


class WorkbookReaders:
    """Reads workbooks, `at_once` at the same time; a caller that waits longer than `wait` seconds is refused and may
    try again.

    Reading one takes `seconds` at most. `module` is what a child runs.
    """

    def __init__(
        self, at_once: int = AT_ONCE, wait: float = WAIT_SECONDS, seconds: float = SECONDS, module: str = _CHILD
    ) -> None:
        self._free, self._wait, self._seconds, self._module = asyncio.Semaphore(at_once), wait, seconds, module

    async def table_of(self, content: bytes, sheet: str | None = None) -> Table:
        """The table of a sheet (see `exchange.workbook`). Raises `Refused`: UNAVAILABLE when the file is not to blame.

        However this ends, and if its caller is cancelled, the child has ended before.
        """
        if len(content) > MAX_BYTES:
            raise invalid(f"the file has {len(content):,} bytes, more than the {MAX_BYTES:,} that are read; split it")
        async with self._turn(), self._child() as child:
            try:
                async with asyncio.timeout(self._seconds):
                    return await _answer(child, ReadJob(content, sheet))
            except TimeoutError:
                log.warning("a workbook was not read within %g s", self._seconds)
                message = f"This workbook was not read within {self._seconds:g} s. Try again, or save the sheet as CSV."
                raise refuse(ErrorCode.UNAVAILABLE, message) from None

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._wait):
                await self._free.acquire()
        except TimeoutError:
            raise refuse(ErrorCode.UNAVAILABLE, "Other workbooks are being read now. Try again.") from None
        try:
            yield
        finally:
            self._free.release()

    @asynccontextmanager
    async def _child(self) -> AsyncIterator[asyncio.subprocess.Process]:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-s", "-B", "-m", self._module),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={name: os.environ[name] for name in _HANDED_ON if name in os.environ},
        )
        try:
            yield child
        finally:
            await asyncio.shield(_ended(child))


_FRAMES: msgspec.msgpack.Decoder[Frame] = msgspec.msgpack.Decoder(Frame)


async def _answer(child: asyncio.subprocess.Process, job: ReadJob) -> Table:
    assert child.stdin is not None
    assert child.stdout is not None
    if await child.stdout.read(1) != READY:
        log.error("the process that reads workbooks ended before it began, with %s", await child.wait())
        raise refuse(ErrorCode.UNAVAILABLE, "Workbooks cannot be read now. Try again, or save the sheet as CSV.")
    with suppress(ConnectionError):  # it has ended: what it said is read below
        child.stdin.write(msgspec.msgpack.encode(job))
        await child.stdin.drain()
    child.stdin.close()
    lines: list[Line] = []
    try:
        while not isinstance(frame := await _frame(child.stdout), LastFrame):
            lines += frame
            if len(lines) > MAX_ROWS + 1:
                raise msgspec.DecodeError("more lines than a child sends")
    except (asyncio.IncompleteReadError, msgspec.MsgspecError):
        log.warning("the process that read a workbook ended with %s", await _ended(child))
        raise invalid(f"{_UNREADABLE}: it needs too much memory or time, or is damaged; {_REMEDY}") from None
    if frame.problems:
        raise Refused(*frame.problems)
    return Table(lines, place="row", notes=frame.notes)


async def _ended(child: asyncio.subprocess.Process) -> int:
    """Kill it, and wait for it; how it ended. What it still said is read: a pipe that nobody reads never ends."""
    with suppress(ProcessLookupError):
        child.kill()
    while child.stdout is not None and await child.stdout.read(2**16):
        pass
    return await child.wait()


async def _frame(stream: asyncio.StreamReader) -> Frame:
    (length,) = LENGTH.unpack(await stream.readexactly(LENGTH.size))
    if length > _LONGEST_FRAME:
        raise msgspec.DecodeError("more bytes than a child sends")
    return _FRAMES.decode(await stream.readexactly(length))


_READERS = WorkbookReaders()
table_of = _READERS.table_of
