"""What goals keeps of an answer under an idempotency key: its events are in the outbox, a long report compressed."""

from __future__ import annotations

import asyncio
import zlib

import msgspec
from msgspec import Struct, structs

from goldenthread.contracts.commands import AnyCommand
from goldenthread.contracts.entities import Id
from goldenthread.contracts.read_api import Login, StreamPosition
from goldenthread.contracts.replies import Accepted, ImportReport
from goldenthread.runtime.idempotency import keyed_commands
from goldenthread.runtime.idempotency.keyed_commands import EventRange, KeyedAnswer, KeyedCommand
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Connection
from services.goals.stores import entities_store

_reports = msgspec.json.Decoder(ImportReport)
_SHORT = 100
"""Rows of a report that are kept in the answer itself."""


class ReceivedCommand(Struct, frozen=True):
    """A command that was received: who sent it, under which key (or none), to which organization."""

    caller: Caller
    organization: Id
    command: AnyCommand
    key: str | None = None


async def earlier_answer(connection: Connection, request: ReceivedCommand) -> Accepted | None:
    """What the command was answered under this key. Raises `Refused` (CONFLICT) when that was another input."""
    if not request.key:
        return None
    keyed = KeyedCommand(request.organization, request.caller.login, request.key, request.command)
    found = await keyed_commands.earlier_answer(connection, keyed)
    if found is None:
        return None
    answer = found.accepted
    if found.report is not None:
        report = found.report
        answer = structs.replace(answer, report=await asyncio.to_thread(lambda: _decompressed_report(report)))
    rows = await entities_store.events(connection, request.organization, *found.events) if found.events else []
    return structs.replace(answer, events=[msgspec.Raw(outbox.stored_row_json(row)) for row in rows])


async def keep_answer(
    connection: Connection,
    request: ReceivedCommand,
    answer: Accepted,
    head: StreamPosition,
    written: int,
    login: Login,
    report: bytes | None = None,
) -> None:
    """Keep the answer under the key, if there is one, for who signs in as `login`: that many events follow `head`.

    `report` is what `compressed_report` made of the answer's.
    """
    if request.key:
        brief = answer.report
        if report is not None and brief is not None:
            brief = structs.replace(brief, rows=[], skipped=[], missing=[], new_units=[])
        events = EventRange(head.sequence + 1, head.sequence + written)
        kept = KeyedAnswer(structs.replace(answer, events=[], report=brief), events, report)
        keyed = KeyedCommand(request.organization, login, request.key, request.command)
        await keyed_commands.keep_answer(connection, keyed, kept)


def compressed_report(report: ImportReport | None) -> bytes | None:
    """A long report as it is kept: a hundred thousand rows are dozens of megabytes, and nobody waits for that in a
    transaction. None for a short one, which is kept in the answer. To be called in a thread.
    """
    if report is None or len(report.rows) + len(report.skipped) + len(report.missing) <= _SHORT:
        return None
    return zlib.compress(msgspec.json.encode(report), 1)


def _decompressed_report(report: bytes) -> ImportReport:
    return _reports.decode(zlib.decompress(report))
