"""The words of a sheet and what they mean, as somebody gave them: checked, and combined with those that are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.commands.imports import MAX_WORD, MAX_WORDS
from goldenthread.contracts.errors import ErrorCode, Refused, refuse
from goldenthread.contracts.plan import PlanWords
from goldenthread.exchange.tables.headings import COLUMNS, OPTIONAL_COLUMNS, OWNER, column_named, heading_key
from services.goals.domain import validation

T = TypeVar("T")
_SHOWN = 40
_COLUMNS = (*COLUMNS, *OPTIONAL_COLUMNS, OWNER)


def words_of(command: ImportPlan) -> PlanWords:
    """The words that came with a command. Raises `Refused` (INVALID) at the word that makes no sense."""
    _bounded(len(command.columns) + len(command.types), "columns" if command.columns else "types")
    headings = _distinct([each.heading for each in command.columns], "columns", "heading")
    columns = [_column(each.column, at) for at, each in enumerate(command.columns)]
    types = _distinct([each.word for each in command.types], "types", "word")
    return PlanWords(
        dict(zip(headings, columns, strict=True)),
        {word: each.type for word, each in zip(types, command.types, strict=True)},
    )


def combined(kept: PlanWords, words_of: PlanWords) -> PlanWords:
    """What is kept of a source from now on: what was said now, and of what was said before all else.

    Raises `Refused` (INVALID) where that is too much to be kept.
    """
    found = PlanWords(_merged(kept.columns, words_of.columns), _merged(kept.types, words_of.types))
    _bounded(len(found.columns) + len(found.types), "columns" if words_of.columns else "types")
    return found


def _merged(kept: Mapping[str, T], words_of: Mapping[str, T]) -> dict[str, T]:
    """Both; a word that is only spelled otherwise now stays as it is."""
    known = {heading_key(word): meaning for word, meaning in kept.items()}
    new = {word: meaning for word, meaning in words_of.items() if known.get(heading_key(word)) != meaning}
    keys = set(map(heading_key, new))
    return {word: meaning for word, meaning in kept.items() if heading_key(word) not in keys} | new


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
        word = validation.line(" ".join(text.split()), field, str(at), name, longest=MAX_WORD)
        key = heading_key(word)
        if not key:
            message = f"“{word[:_SHOWN]}” is no word that a sheet can have; give it as it is written in the sheet."
            raise refuse(ErrorCode.INVALID, message, field, str(at), name)
        if key in found:
            message = f"“{word[:_SHOWN]}” is said twice; say once what it means."
            raise refuse(ErrorCode.INVALID, message, field, str(at), name)
        found[key] = word
    return list(found.values())


def _column(text: str, at: int) -> str:
    """The name of the column that is meant; an empty text means none."""
    if not text.strip():
        return ""
    found = column_named(text)
    if found is None:
        raise _unknown(text.strip(), at)
    return found


def _unknown(text: str, at: int) -> Refused:
    message = (
        f"There is no column “{text[:_SHOWN]}”; a heading can be one of {', '.join(_COLUMNS)}; or "
        "nothing, and it is not read."
    )
    return refuse(ErrorCode.INVALID, message, "columns", str(at), "column")
