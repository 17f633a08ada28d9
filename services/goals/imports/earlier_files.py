"""Which files of a source were taken: a file is known again by what it says, in whatever order and format."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import ErrorCode, Refused, refuse
from goldenthread.contracts.plan import Plan
from goldenthread.runtime.postgres.database import Connection
from services.goals.stores import names_store
from services.goals.stores.import_sources_store import ImportedFile


def digest(plan: Plan) -> bytes:
    """SHA-256 of what a file says: rows, units, cycles and feedback, each in a canonical order.

    Where a row stands in the file, and how its cells are written, makes no difference. To be called in a thread.
    """
    found = hashlib.sha256()
    rows = [replace(row, line="", cells={}) for row in sorted(plan.rows, key=lambda row: row.row)]
    for kind, things in (("rows", _encoded(rows)), *((name, _sorted(plan, name)) for name in _BESIDES)):
        found.update(kind.encode())
        for each in things:
            found.update(len(each).to_bytes(4, "big") + each)
    return found.digest()


_BESIDES = ("units", "cycles", "feedback")


def _sorted(plan: Plan, name: str) -> list[bytes]:
    return sorted(_encoded(getattr(plan, name)))


def _encoded(things: Iterable[Struct]) -> list[bytes]:
    return [msgspec.json.encode(each) for each in things]


def earlier(digest: bytes, files: Sequence[ImportedFile]) -> ImportedFile | None:
    """The last time that this file was taken, where another file was taken since; `files` begin with the last one."""
    if not files or files[0].digest == digest:
        return None
    return next((each for each in files if each.digest == digest), None)


async def refusal(connection: Connection, organization: Id, source: str, file: ImportedFile) -> Refused:
    """What is said of a file that was taken before: by whom, when, and what to do."""
    message = (
        f"This file is an earlier one of “{source}”: {await _who(connection, organization, file.by)} imported the same "
        f"on {file.at.astimezone(UTC):%Y-%m-%d at %H:%M} UTC, and another file was imported since. Nothing was taken. "
        "Import the newest file; or say `again` (`--again`), and what differs in this one is taken."
    )
    return refuse(ErrorCode.CONFLICT, message, "content")


async def _who(connection: Connection, organization: Id, person: Id | None) -> str:
    if person is None:
        return "a service"
    names = await names_store.some_names(connection, organization, [person])
    return names.get(person, "somebody who left")
