"""Idempotency: a command that comes again under its key is given the answer that it had before, and is not done again.

A key is one login's in one organization. Another command under it is refused (CONFLICT). The answer is kept in the
transaction of the command, for at least thirty days (`answers_store.KEPT_DAYS`), and replayed exactly.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from msgspec import Struct, structs

from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.idempotency import input_hash
from goldenthread.contracts.read_api import Login
from goldenthread.contracts.replies import Accepted
from goldenthread.runtime.idempotency import answers_store
from goldenthread.runtime.idempotency.answers_store import StoredAnswer
from goldenthread.runtime.postgres.database import Connection

_answers = msgspec.json.Decoder(Accepted)


class KeyedCommand(Struct, frozen=True):
    """A command that was sent to an organization under a key of `login`."""

    organization: Id
    login: Login
    key: str
    command: Struct


class EventRange(NamedTuple):
    """The sequences of the events that a command wrote; none where `last` is before `first`."""

    first: int
    last: int


class KeyedAnswer(Struct, frozen=True):
    """What a command was answered, as it is kept.

    The parts that a service can make again are left out of `accepted` by it: `events` says where the events are, and
    `report` is the report in another form. A secret is never kept.
    """

    accepted: Accepted
    events: EventRange | None = None
    report: bytes | None = None


async def earlier_answer(connection: Connection, keyed: KeyedCommand) -> KeyedAnswer | None:
    """What the command was answered under its key; None: nothing yet. Raises `Refused` (CONFLICT): it was another."""
    found = await answers_store.stored_answer(connection, keyed.organization, keyed.login, keyed.key)
    if found is None:
        return None
    if found.input != input_hash(keyed.command):
        message = "This idempotency key was used for another input; take a new key for a new command."
        raise refuse(ErrorCode.CONFLICT, message, "idempotencyKey")
    events = None if found.first is None or found.last is None else EventRange(found.first, found.last)
    return KeyedAnswer(_answers.decode(found.answer), events, found.report)


async def keep_answer(connection: Connection, keyed: KeyedCommand, answer: KeyedAnswer) -> None:
    """Keep the answer to a command that had none under its key, in the transaction that did the command."""
    accepted = msgspec.json.encode(structs.replace(answer.accepted, secret=None))
    first, last = answer.events or (None, None)
    stored = StoredAnswer(input_hash(keyed.command), accepted, first, last, answer.report)
    await answers_store.put_answer(connection, keyed.organization, keyed.login, keyed.key, stored)
