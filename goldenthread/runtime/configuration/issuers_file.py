"""`GOLDENTHREAD_ISSUERS_FILE`: several trusted issuers, as a TOML file with one table `[[issuers]]` for each.

The file is read once, when a process starts, and checked whole: every problem is said, with its place.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from goldenthread.runtime.configuration import small_files
from goldenthread.runtime.configuration.issuer_table import shown, table_problems
from goldenthread.runtime.configuration.trusted_issuers import TrustedIssuer

_LONGEST = 4 * 2**20
"""Bytes of the file, at most: a mapping of tens of thousands of groups."""
_MOST_ISSUERS, _MOST_PROBLEMS = 100, 50


class BadIssuersFile(ValueError):
    """A file that cannot be used: its problems, each with its place in the file."""

    def __init__(self, problems: list[str]) -> None:
        more = len(problems) - _MOST_PROBLEMS
        self.problems = problems[:_MOST_PROBLEMS] + ([f"and {more} more problems"] if more > 0 else [])
        super().__init__("; ".join(self.problems))


class IssuersFile(Struct, frozen=True):
    """The file as it was read: its issuers, of which the first is the installation's own."""

    path: str
    issuers: tuple[TrustedIssuer, ...]


def read(path: str) -> IssuersFile:
    """The issuers of a file. Raises `BadIssuersFile`, and `UnreadableFile` where there is no such text."""
    try:
        found = tomllib.loads(small_files.read(path, _LONGEST).decode("utf-8"))
    except UnicodeDecodeError:
        raise small_files.UnreadableFile(f"{path} is not text in UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadIssuersFile([f"it is no TOML: {error}"]) from error
    problems = list(_problems(found))
    if not problems:
        issuers = tuple(_issuer(table, number, path) for number, table in enumerate(found["issuers"], 1))
        problems = list(_together(issuers))
    if problems:
        raise BadIssuersFile(problems)
    return IssuersFile(path, issuers)


def _problems(found: dict[str, Any]) -> Iterator[str]:
    for key in found.keys() - {"issuers"}:
        yield f"{shown(key)} is no key of this file; it has tables [[issuers]]"
    tables = found.get("issuers")
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        yield "it needs a table [[issuers]] for each issuer"
    elif not 0 < len(tables) <= _MOST_ISSUERS:
        yield f"it has {len(tables)} issuers, and may have 1 to {_MOST_ISSUERS}"
    else:
        for number, table in enumerate(tables, 1):
            yield from (f"issuers[{number}]{problem}" for problem in table_problems(table, first=number == 1))


def _issuer(table: dict[str, Any], number: int, path: str) -> TrustedIssuer:
    values: dict[str, Any] = {key: tuple(given) if isinstance(given, list) else given for key, given in table.items()}
    return TrustedIssuer(**{"services": number == 1, **values, "place": f"issuers[{number}] of {path}"})


def _together(issuers: tuple[TrustedIssuer, ...]) -> Iterator[str]:
    """What is wrong with issuers of which each by itself is right."""
    numbers: dict[str, int] = {}
    for number, each in enumerate(issuers, 1):
        earlier = numbers.setdefault(each.id, number)
        if earlier != number:
            yield f"issuers[{number}].issuer is that of issuers[{earlier}], too; an issuer has one table"
    if not any(each.services for each in issuers):
        yield "no issuer vouches for services, which our processes need to ask each other; add services = true to one"
