"""What somebody said that the words of their sheet mean: checked as it comes, and added to what is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.commands_imports import MAX_WORD, MAX_WORDS
from goldenthread.contracts.errors import ErrorCode, Refused, refuse
from goldenthread.contracts.plan import PlanWords
from goldenthread.contracts.texts import folded
from goldenthread.exchange.columns import COLUMNS, OPTIONAL_COLUMNS
from services.goals.domain import checks

T = TypeVar("T")
_SHOWN = 40


def key_of(word: str) -> str:
    """How headings and words for types are compared: case, blanks, `_` and `-` make no difference."""
    return re.sub("[ _-]+", "_", folded(word))


_COLUMNS = {key_of(name): name for name in COLUMNS + OPTIONAL_COLUMNS}


def said(command: ImportPlan) -> PlanWords:
    """The words that came with a command. Raises `Refused` (INVALID) at the word that makes no sense."""
    _bounded(len(command.columns) + len(command.types), "columns" if command.columns else "types")
    headings = _distinct([each.heading for each in command.columns], "columns", "heading")
    columns = [_column(each.column, at) for at, each in enumerate(command.columns)]
    types = _distinct([each.word for each in command.types], "types", "word")
    return PlanWords(
        dict(zip(headings, columns, strict=True)),
        {word: each.type for word, each in zip(types, command.types, strict=True)},
    )


def merged(kept: PlanWords, said: PlanWords) -> PlanWords:
    """What is kept of a source from now on: what was said now, and of what was said before all else.

    Raises `Refused` (INVALID) where that is too much to be kept.
    """
    found = PlanWords(_merged(kept.columns, said.columns), _merged(kept.types, said.types))
    _bounded(len(found.columns) + len(found.types), "columns" if said.columns else "types")
    return found


def _merged(kept: Mapping[str, T], said: Mapping[str, T]) -> dict[str, T]:
    """Both; a word that is only spelled otherwise now stays as it is."""
    known = {key_of(word): meaning for word, meaning in kept.items()}
    new = {word: meaning for word, meaning in said.items() if known.get(key_of(word)) != meaning}
    keys = set(map(key_of, new))
    return {word: meaning for word, meaning in kept.items() if key_of(word) not in keys} | new


def _bounded(count: int, *path: str) -> None:
    if count > MAX_WORDS:
        message = (
            f"{count:,} words of a sheet are more than the {MAX_WORDS} that are kept of a source. Say those that its "
            "columns and types need; another kind of sheet has a `source` of its own."
        )
        raise refuse(ErrorCode.INVALID, message, *path)


def _distinct(words: list[str], field: str, name: str) -> list[str]:
    """`words` on one line each. Raises `Refused` for one that is said twice."""
    found: dict[str, str] = {}
    for at, text in enumerate(words):
        word = checks.line(" ".join(text.split()), field, str(at), name, longest=MAX_WORD)
        if key_of(word) in found:
            message = f"“{word[:_SHOWN]}” is said twice; say once what it means."
            raise refuse(ErrorCode.INVALID, message, field, str(at), name)
        found[key_of(word)] = word
    return list(found.values())


def _column(text: str, at: int) -> str:
    """The name of the column that is meant; an empty text means none."""
    if not text.strip():
        return ""
    found = _COLUMNS.get(key_of(text[: 2 * MAX_WORD]))
    if found is None:
        raise _unknown(text.strip(), at)
    return found


def _unknown(text: str, at: int) -> Refused:
    message = (
        f"There is no column “{text[:_SHOWN]}”; a heading can be one of {', '.join(_COLUMNS.values())}; or "
        "nothing, and it is not read."
    )
    return refuse(ErrorCode.INVALID, message, "columns", str(at), "column")
