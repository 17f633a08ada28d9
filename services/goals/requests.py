"""A command as it arrived, and what it was answered when it came before, under its idempotency key."""

from __future__ import annotations

import hashlib

import msgspec
from msgspec import Struct, structs

from goldenthread.contracts.commands import AnyCommand
from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.reading import Login, Position
from goldenthread.contracts.replies import Accepted
from goldenthread.runtime import outbox
from goldenthread.runtime.auth import Caller
from goldenthread.runtime.database import Connection
from services.goals import store

_answers = msgspec.json.Decoder(Accepted)


class Request(Struct, frozen=True):
    """A command as it arrived: who sent it, under which key (or none), to which organisation."""

    caller: Caller
    organization: Id
    command: AnyCommand
    key: str | None = None


async def known(connection: Connection, request: Request) -> Accepted | None:
    """What the command was answered under this key. Raises `Refused` (CONFLICT) when that was another input."""
    if not request.key:
        return None
    found = await store.answer(connection, request.organization, request.caller.login, request.key)
    if found is None:
        return None
    if found.input != _asked(request):
        message = "This idempotency key was used for another input; take a new key for a new command."
        raise refuse(ErrorCode.CONFLICT, message, "idempotencyKey")
    rows = await store.events(connection, request.organization, found.first, found.last)
    return structs.replace(_answers.decode(found.answer), events=[msgspec.Raw(outbox.as_json(row)) for row in rows])


async def remember(
    connection: Connection, request: Request, answer: Accepted, head: Position, written: int, login: Login
) -> None:
    """Keep the answer under the key, if there is one, for who signs in as `login`: that many events follow `head`."""
    if request.key:
        kept = msgspec.json.encode(structs.replace(answer, events=[]))
        given = store.Answer(_asked(request), kept, head.sequence + 1, head.sequence + written)
        await store.put_answer(connection, request.organization, login, request.key, given)


def _asked(request: Request) -> bytes:
    return hashlib.sha256(msgspec.json.encode(request.command)).digest()
