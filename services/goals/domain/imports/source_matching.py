"""Which source a file is of: one that it shares its rows with, whatever it is called now; else one of its name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from msgspec import Struct

from goldenthread.contracts.plan import PlanRow, RowType
from goldenthread.contracts.texts import cleaned, folded
from goldenthread.organization.organization import Organization
from services.goals.domain.imports.row_matching import keys_of, titled

EXPORT = "export"
"""The source of an export that does not say its revision."""
_UNNAMED = "plan"
_LONGEST = 100
_COPY = re.compile(
    r"\s*(?:\((?:\d{1,4}|copy|kopie)(?:\s*\d{1,4})?\)|[-–_]\s*(?:copy|kopie)(?:\s*\(?\d{1,4}\)?)?|\s(?:copy|kopie)(?:\s\d{1,4})?)$",
    re.IGNORECASE,
)
_COPY_OF = re.compile(r"^(?:copy(?:\s*\(\d{1,4}\))? of|kopie(?:\s*\(\d{1,4}\))? von)\s+", re.IGNORECASE)
_FEW = 3
"""Titles under other ids that a file has to share with a source of another name, at least, to be of it."""


class SourceMatch(Struct, frozen=True):
    """The source of a file; or None, and the several it may be of. `notes` say what a person should know of it."""

    source: str | None = None
    candidates: list[str] = []
    notes: list[str] = []


def candidates(
    org: Organization,
    rows: Sequence[PlanRow],
    remembered: Mapping[str, Mapping[str, str]],
    file_name: str | None,
) -> SourceMatch:
    """The source of a file with these rows. `remembered`: by source and row key, the title it had, as it is remembered.

    A file that shares (id, title) pairs for at least half its rows, and for more rows than have another title under
    their id, is of that source. An export is a source of its own. Else the file's name is it, unless that has the same
    ids with other titles: then it is another plan, with a number behind the name. The purpose says nothing of a source.
    """
    said = _titles(rows)
    if said and 2 * sum(org.node(key) is not None for key in said) > len(said):
        return SourceMatch(EXPORT)
    sharing = {source: _Shared.of(said, known) for source, known in remembered.items()}
    of = [source for source, each in sharing.items() if each.same * 2 >= len(said) and each.same > each.other]
    if len(of) > 1:
        return SourceMatch(None, sorted(of))
    if of:
        return SourceMatch(of[0])
    name = source_of(file_name)
    if name not in sharing:
        moved = [source for source, each in sharing.items() if each.moved >= _FEW and each.moved * 2 >= len(said)]
        if moved:
            return (
                SourceMatch(moved[0], notes=[_moved(name, moved[0])])
                if len(moved) == 1
                else SourceMatch(None, sorted(moved))
            )
    return _named(name, sharing, len(said))


def source_of(file_name: str | None) -> str:
    """The name of a file without what a download or a copy adds to it."""
    name = cleaned((file_name or "").replace("\\", "/").rpartition("/")[2])
    name = " ".join(name.split())[: 2 * _LONGEST]
    stem = name.rpartition(".")[0] or name
    while (plain := _COPY_OF.sub("", _COPY.sub("", stem)).strip()) != stem and plain:
        stem = plain
    return stem[:_LONGEST].strip() or _UNNAMED


class _Shared(Struct, frozen=True):
    """Rows of a file that a source has: under the same id with the same title, with another one; or under other ids."""

    same: int
    other: int
    moved: int

    @classmethod
    def of(cls, said: Mapping[str, str], known: Mapping[str, str]) -> _Shared:
        shared = [(title, _known(known[key])) for key, title in said.items() if key in known]
        same = sum(title == was for title, was in shared)
        titles = {_known(title) for title in known.values()}
        return cls(same, len(shared) - same, sum(title in titles for title in said.values()))


def _titles(rows: Sequence[PlanRow]) -> dict[str, str]:
    keys = keys_of(rows)
    return {keys[row.row]: titled(row.title) for row in rows if row.type is not RowType.PURPOSE}


def _known(title: str) -> str:
    return title if title.startswith("sha256:") else folded(title)


def _moved(name: str, source: str) -> str:
    return (
        f"“{name}” has titles of “{source}” under other row ids, and was taken for the next version of it; if it is a "
        "plan of its own, import it with a new name as its source (`source`, `--source`)"
    )


def _named(name: str, sharing: Mapping[str, _Shared], rows: int) -> SourceMatch:
    for numbered in _numbered(name):
        each = sharing.get(numbered)
        if each is None:
            if numbered == name:
                return SourceMatch(name)
            message = (
                f"“{name}” is another plan here, with the same row ids and other titles. So this one is “{numbered}”; "
                f'if it is the same plan, import it again with the source "{name}" (--source).'
            )
            return SourceMatch(numbered, notes=[message])
        if not each.other or each.same >= each.other or each.moved * 2 >= rows:
            return SourceMatch(numbered)
    raise AssertionError("numbers do not end")


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name} {number}" for number in count(2))
