"""Migrations as files: what each does to a database, and which code can live with what it did.

A folder of `NNNN_name.sql` is a list of migrations. The first line of a file says which code may go on running:

* `-- expand`: all earlier code; it finds everything it knew. Processes of the last release run meanwhile.
* `-- contract, needs NNNN_name.sql`: only code that knows this migration of the same folder (the file itself, too).

Either may go on with `: ` and what it is for. Files that are older than this rule have no mark; all code that reads
marks knows them. A file that is one CREATE or DROP INDEX CONCURRENTLY runs outside a transaction.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_COMMENT = re.compile(r"--[^\n]*")
_MARK = re.compile(r"-- (?:expand|contract, needs (?P<needs>\d{4}_\w+\.sql))(?:: .*)?")
_INDEX = re.compile(
    r"\s*(?:CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?P<created>\w+)\s+ON\s[^;]+"
    r"|DROP\s+INDEX\s+CONCURRENTLY\s+(?P<dropped>\w+)\s*);?\s*",
    re.IGNORECASE,
)


class ConcurrentIndex(NamedTuple):
    """The index that a migration creates, or drops, while the table is written to."""

    name: str
    created: bool


class Migration(NamedTuple):
    """One file. `name` is its identity in every database: it never changes."""

    name: str
    sql: str
    needs: str | None = None
    """The migration that code must know to live with this one; None where all code can."""
    concurrent: ConcurrentIndex | None = None
    """Set where the file must run outside a transaction."""


class Migrations(NamedTuple):
    """The migrations in a folder. Their names begin with `name`, wherever the folder is moved.

    Where they run, those of `then` run after them.
    """

    name: str
    folder: Path
    then: tuple[Migrations, ...] = ()

    def files(self) -> list[Migration]:
        """All of them, in order. Raises ValueError, naming the file, for one that cannot be used."""
        return [*self._own(), *(each for more in self.then for each in more.files())]

    def _own(self) -> list[Migration]:
        found: list[Migration] = []
        for path in sorted(self.folder.glob("*.sql")):
            found.append(read(f"{self.name}/{path.name}", path.read_text(encoding="utf-8")))
            if found[-1].needs is not None and found[-1].needs not in {each.name for each in found}:
                raise ValueError(
                    f"migration {found[-1].name} needs {found[-1].needs}, which is neither before it nor itself"
                )
        return found


def read(name: str, sql: str) -> Migration:
    """The migration `name` of this text. Raises ValueError for a mark, or CONCURRENTLY, that is not understood."""
    first = sql.partition("\n")[0].rstrip()
    mark = _MARK.fullmatch(first)
    if mark is None and re.match(r"--\s*(expand|contract)\b", first, re.IGNORECASE):
        raise ValueError(f"migration {name}: write `-- expand` or `-- contract, needs NNNN_name.sql`, not {first!r}")
    needs = mark and mark["needs"]
    return Migration(name, sql, needs and f"{name.rpartition('/')[0]}/{needs}", _index(name, sql))


def _index(name: str, sql: str) -> ConcurrentIndex | None:
    bare = _COMMENT.sub("", sql)
    if not re.search(r"\bCONCURRENTLY\b", bare, re.IGNORECASE):
        return None
    found = _INDEX.fullmatch(bare)
    if found is None:
        raise ValueError(
            f"migration {name}: CREATE INDEX CONCURRENTLY name ON …, or DROP INDEX CONCURRENTLY name, stands alone in "
            "a file, without IF [NOT] EXISTS: it runs outside a transaction"
        )
    return ConcurrentIndex(found["created"] or found["dropped"], found["created"] is not None)
