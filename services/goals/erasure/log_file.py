"""The log of erasures as a file: a first line that says how many entries follow, then an entry a line, as JSON.

First come people who were erased, then organizations that were deleted, then the newest invitations of people.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec
from msgspec import Struct

from services.goals.stores.endings_store import Deletion, NewestInvitation
from services.goals.stores.erasures_store import Erasure

MOST_ENTRIES = 1_000_000
"""Of each kind."""
_LONGEST = 4_096
"""Bytes of a line."""
_VERSION = 2
"""1: a file of a release that kept erasures alone. It can be read."""

Entry = Erasure | Deletion | NewestInvitation


class ErasureLog(NamedTuple):
    """What must not come back with a backup."""

    erasures: list[Erasure]
    deletions: list[Deletion]
    invitations: list[NewestInvitation]


class Heading(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The first line."""

    erasures: int
    version: int = 1
    deletions: int = 0
    invitations: int = 0


class BadLogFile(ValueError):
    """A file that is no log of erasures, or not the whole of one: the message says what is wrong, and in which line."""


_headings = msgspec.json.Decoder(Heading)
_erasures, _deletions = msgspec.json.Decoder(Erasure), msgspec.json.Decoder(Deletion)
_invitations = msgspec.json.Decoder(NewestInvitation)


def write(file: Path, log: ErasureLog) -> int:
    """Write a log in place of `file`, as a whole or not at all; how many entries it has. Raises OSError."""
    lines = [msgspec.json.encode(entry) for entries in log for entry in entries]
    heading = msgspec.json.encode(Heading(len(log.erasures), _VERSION, len(log.deletions), len(log.invitations)))
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with draft.open("wb") as out:
            out.writelines(line + b"\n" for line in (heading, *lines))
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
    return len(lines)


def read(file: Path) -> Iterator[Entry]:
    """The entries of a log, one by one. Raises `BadLogFile` and OSError.

    To be read once to its end before anything is done: only then is it known to be whole.
    """
    with file.open("rb") as lines:
        heading, number = _heading(lines), 0
        expected = heading.erasures + heading.deletions + heading.invitations
        while line := lines.readline(_LONGEST):
            number += 1
            if number > expected:
                raise BadLogFile(
                    f"line {number + 1}: the first line says that {expected} entries follow, here are more"
                )
            yield _entry(heading, line, number)
        if number < expected:
            raise BadLogFile(f"it ends after {number} of {expected} entries; take a copy that is whole")


def _heading(lines: BinaryIO) -> Heading:
    try:
        found = _headings.decode(lines.readline(_LONGEST))
    except msgspec.MsgspecError:
        raise BadLogFile("line 1: this is no log of erasures; take a file of `goldenthread erasures export`") from None
    if found.version > _VERSION:
        raise BadLogFile("line 1: a newer release wrote it; use that release")
    if not all(0 <= count <= MOST_ENTRIES for count in (found.erasures, found.deletions, found.invitations)):
        raise BadLogFile(f"line 1: a log has at most {MOST_ENTRIES:,} entries of a kind")
    return found


def _entry(heading: Heading, line: bytes, number: int) -> Entry:
    try:
        found = _decoded(heading, line, number)
    except msgspec.MsgspecError as error:
        raise BadLogFile(f"line {number + 1}: {error}") from None
    values = [getattr(found, field) for field in type(found).__struct_fields__]
    null = any(isinstance(value, str) and "\x00" in value for value in values)
    if null or any(isinstance(value, datetime) and value.tzinfo is None for value in values):
        raise BadLogFile(f"line {number + 1}: an id without null characters, and a time with its zone are needed")
    return found


def _decoded(heading: Heading, line: bytes, number: int) -> Entry:
    if number <= heading.erasures:
        return _erasures.decode(line)
    return _deletions.decode(line) if number <= heading.erasures + heading.deletions else _invitations.decode(line)
