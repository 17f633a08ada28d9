"""Workbooks are read in a child process, which can be killed: one may have been made to break its reader."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import msgspec

from goldenthread.contracts.errors import ErrorCode, Refused, refuse
from goldenthread.exchange.table import Line, Table
from goldenthread.exchange.text import invalid
from services.goals.workbook_wire import LENGTH, READY, Head, Job

log = logging.getLogger(__name__)
T = TypeVar("T")

AT_ONCE = 2
"""Children at once."""
WAIT_SECONDS = 10.0
"""For one of them to end, at most."""
SECONDS = 30.0
"""For reading a workbook, at most; then the child is killed."""
_LONGEST_FRAME = 64 * 2**20
_HANDED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG")
"""Variables that a child needs; it gets no other, least of all a secret."""


class Readers:
    """Reads workbooks, `at_once` at the same time; who waits longer than `wait` is told to try again."""

    def __init__(self, at_once: int = AT_ONCE, wait: float = WAIT_SECONDS, seconds: float = SECONDS) -> None:
        self._free, self._wait, self._seconds = asyncio.Semaphore(at_once), wait, seconds
        self.module = "services.goals.workbook_child"

    async def table_of(self, content: bytes, sheet: str | None = None) -> Table:
        """The table of a sheet. Raises `Refused`. The child has ended when this returns, however it does."""
        async with self._turn(), self._child() as child:
            try:
                async with asyncio.timeout(self._seconds):
                    return await _answer(child, Job(content, sheet))
            except TimeoutError:
                raise invalid(f"{_UNREADABLE}: it takes more than {self._seconds:g} s; {_REMEDY}") from None

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
            *(sys.executable, "-P", "-s", "-B", "-m", self.module),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={name: os.environ[name] for name in _HANDED_ON if name in os.environ},
        )
        try:
            yield child
        finally:
            with suppress(ProcessLookupError):
                child.kill()
            await asyncio.shield(child.wait())


_UNREADABLE = "this workbook cannot be read"
_REMEDY = "save it as .xlsx again, or as CSV"


async def _answer(child: asyncio.subprocess.Process, job: Job) -> Table:
    assert child.stdin is not None
    assert child.stdout is not None
    if await child.stdout.read(1) != READY:
        log.error("the process that reads workbooks ended before it began, with %s", await child.wait())
        raise refuse(ErrorCode.UNAVAILABLE, "Workbooks cannot be read now. Try again, or save the sheet as CSV.")
    with suppress(ConnectionError):
        child.stdin.write(msgspec.msgpack.encode(job))
        await child.stdin.drain()
    child.stdin.close()
    try:
        head = await _frame(child.stdout, _HEADS)
        if head.problems:
            raise Refused(*head.problems)
        lines = [line for _ in range(head.frames) for line in await _frame(child.stdout, _LINES)]
    except (asyncio.IncompleteReadError, msgspec.MsgspecError):
        raise invalid(f"{_UNREADABLE}: it needs too much memory or time, or is damaged; {_REMEDY}") from None
    return Table(lines, place=head.place, problems=head.lost, notes=head.notes)


_HEADS = msgspec.msgpack.Decoder(Head)
_LINES = msgspec.msgpack.Decoder(list[Line])


async def _frame(stream: asyncio.StreamReader, decoder: msgspec.msgpack.Decoder[T]) -> T:
    (length,) = LENGTH.unpack(await stream.readexactly(LENGTH.size))
    if length > _LONGEST_FRAME:
        raise msgspec.DecodeError("longer than a child writes")
    return decoder.decode(await stream.readexactly(length))


_READERS = Readers()
table_of = _READERS.table_of
