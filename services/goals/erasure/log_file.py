"""The log of erasures as a file: a first line that says how many entries follow, then an entry a line, as JSON."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from services.goals.stores.erasures_store import Erasure

MOST_ENTRIES = 1_000_000
_LONGEST = 4_096
"""Bytes of a line."""
_VERSION = 1


class Heading(Struct, frozen=True, forbid_unknown_fields=True):
    """The first line."""

    erasures: int
    version: int = _VERSION


class BadLogFile(ValueError):
    """A file that is no log of erasures, or not the whole of one: the message says what is wrong, and in which line."""


_headings, _entries = msgspec.json.Decoder(Heading), msgspec.json.Decoder(Erasure)


def write(file: Path, entries: Iterable[Erasure]) -> int:
    """Write a log in place of `file`, as a whole or not at all; how many entries it has. Raises OSError."""
    lines = [msgspec.json.encode(each) for each in entries]
    heading = msgspec.json.encode(Heading(len(lines)))
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


def read(file: Path) -> Iterator[Erasure]:
    """The entries of a log, one by one. Raises `BadLogFile` and OSError.

    To be read once to its end before anything is done: only then is it known to be whole.
    """
    with file.open("rb") as lines:
        expected, number = _heading(lines), 0
        while line := lines.readline(_LONGEST):
            number += 1
            if number > expected:
                raise BadLogFile(
                    f"line {number + 1}: the first line says that {expected} entries follow, here are more"
                )
            yield _entry(line, number + 1)
        if number < expected:
            raise BadLogFile(f"it ends after {number} of {expected} entries; take a copy that is whole")


def _heading(lines: BinaryIO) -> int:
    try:
        found = _headings.decode(lines.readline(_LONGEST))
    except msgspec.MsgspecError:
        raise BadLogFile("line 1: this is no log of erasures; take a file of `goldenthread erasures export`") from None
    if found.version > _VERSION:
        raise BadLogFile("line 1: a newer release wrote it; use that release")
    if not 0 <= found.erasures <= MOST_ENTRIES:
        raise BadLogFile(f"line 1: a log has at most {MOST_ENTRIES:,} entries")
    return found.erasures


def _entry(line: bytes, number: int) -> Erasure:
    try:
        found = _entries.decode(line)
    except msgspec.MsgspecError as error:
        raise BadLogFile(f"line {number}: {error}") from None
    if "\x00" in found.organization + found.person + (found.by or "") or found.at.tzinfo is None:
        raise BadLogFile(f"line {number}: an id without null characters, and a time with its zone are needed")
    return found
