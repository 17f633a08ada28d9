"""The words that are kept of sources, compared with a sheet: whose they may be, and which of them it has."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from goldenthread.contracts.plan import PlanWords
from goldenthread.exchange.tables.headings import heading_key
from goldenthread.exchange.tables.table import Table, text_of

TRIED = 3
"""Sources whose words a file is read with to see whether it is of one of them, at most."""
_FIRST = 100
"""Lines of a sheet that headings may stand in."""
_TOLD = 10
"""Words that a message names, at most."""


class SheetTexts(Struct, frozen=True):
    """The texts of a sheet, as `heading_key` has them: those in its first lines, where headings stand, and all."""

    first: frozenset[str]
    all: frozenset[str]


def texts_of(table: Table) -> SheetTexts:
    """The texts in the cells of a table that may be words. To be called in a thread."""
    first = {text_of(cell) for line in table.lines[:_FIRST] for cell in line.cells}
    rest = {cell for line in table.lines[_FIRST:] for cell in line.cells if isinstance(cell, str)}
    keys = frozenset(map(heading_key, first))
    return SheetTexts(keys, keys | frozenset(map(heading_key, rest)))


def candidates(kept: Mapping[str, PlanWords], name: str, texts: SheetTexts) -> list[str]:
    """The sources whose words may be those of a sheet: that of its file's `name`; and those whose headings it has all,
    the ones with most words of it first, otherwise in the order of `kept`. They are few.
    """
    found = {source: _standing(words, texts) for source, words in kept.items() if source != name}
    others = sorted((source for source, count in found.items() if count), key=lambda each: -found[each])
    return [*([name] if name in kept else []), *others][:TRIED]


def used(kept: PlanWords, said: PlanWords, texts: SheetTexts) -> str | None:
    """The message about words that were given for an earlier file, not for this one, and that the sheet has; None
    without any.
    """
    now = {heading_key(word) for word in (*said.columns, *said.types)}
    told = [
        f"“{heading}” was read as {column}" if column else f"“{heading}” was not read"
        for heading, column in kept.columns.items()
        if heading_key(heading) in texts.first and heading_key(heading) not in now
    ]
    told += [
        f"“{word}” was read as the type {type}"
        for word, type in kept.types.items()
        if heading_key(word) in texts.all and heading_key(word) not in now
    ]
    if not told:
        return None
    more = [f"{len(told) - _TOLD} more words as they were"] if len(told) > _TOLD else []
    return f"As was said before: {', '.join([*told[:_TOLD], *more])}."


def _standing(words: PlanWords, texts: SheetTexts) -> int:
    """How many words a sheet has, where it has all headings that are columns; otherwise 0."""
    if not all(heading_key(heading) in texts.first for heading, column in words.columns.items() if column):
        return 0
    headings = sum(heading_key(each) in texts.first for each in words.columns)
    return headings + sum(heading_key(each) in texts.all for each in words.types)
