"""Idempotency: a command that comes again under its key is given the answer that it had before."""

from __future__ import annotations

import asyncio
import hashlib
import zlib

import msgspec
from msgspec import Struct, structs

from goldenthread.contracts.commands import AnyCommand
from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.read_api import Login, StreamPosition
from goldenthread.contracts.replies import Accepted, ImportReport
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Connection
from goldenthread.runtime.web.jwt import Caller
from services.goals.stores import answers_store, entities_store

_answers = msgspec.json.Decoder(Accepted)
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
    found = await answers_store.stored_answer(connection, request.organization, request.caller.login, request.key)
    if found is None:
        return None
    if found.input != _digest(request):
        message = "This idempotency key was used for another input; take a new key for a new command."
        raise refuse(ErrorCode.CONFLICT, message, "idempotencyKey")
    rows = await entities_store.events(connection, request.organization, found.first, found.last)
    answer = _answers.decode(found.answer)
    if found.report is not None:
        report = found.report
        answer = structs.replace(answer, report=await asyncio.to_thread(lambda: _decompressed_report(report)))
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
        kept = msgspec.json.encode(structs.replace(answer, events=[], report=brief))
        given = answers_store.StoredAnswer(_digest(request), kept, head.sequence + 1, head.sequence + written, report)
        await answers_store.put_answer(connection, request.organization, login, request.key, given)


def compressed_report(report: ImportReport | None) -> bytes | None:
    """A long report as it is kept: a hundred thousand rows are dozens of megabytes, and nobody waits for that in a
    transaction. None for a short one, which is kept in the answer. To be called in a thread.
    """
    if report is None or len(report.rows) + len(report.skipped) + len(report.missing) <= _SHORT:
        return None
    return zlib.compress(msgspec.json.encode(report), 1)


def _decompressed_report(report: bytes) -> ImportReport:
    return _reports.decode(zlib.decompress(report))


def _digest(request: ReceivedCommand) -> bytes:
    return hashlib.sha256(msgspec.json.encode(request.command)).digest()
