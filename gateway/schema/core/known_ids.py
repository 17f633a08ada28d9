"""Ids that a caller gives as arguments: each names something of the right kind, or the request is refused.

An id that is not known is never a filter that nothing passes: an empty answer would look like "there is none".
People who left, units that were closed and cycles that are over stay known.
"""

from __future__ import annotations

from typing import Any, TypeVar

from gateway.errors import BadRequest
from gateway.live.organization_view import OrganizationView
from goldenthread.contracts import entities as e
from goldenthread.contracts.entities import Id

_LONGEST = 60
_NODES = (e.Purpose, e.Why, e.Objective, e.KeyResult)
_WORDS: dict[type[Any], str] = {
    e.OrganizationInfo: "organization",
    e.OrgUnit: "unit",
    e.Person: "person",
    e.Cycle: "cycle",
    e.Purpose: "purpose",
    e.Why: "why",
    e.Objective: "objective",
    e.KeyResult: "key result",
    e.CheckIn: "check-in",
    e.Link: "link",
    e.WhyAnswer: "answer",
    e.Question: "question",
    e.CustomerFeedback: "customer feedback",
}

T = TypeVar("T")


def known_unit(view: OrganizationView, id: Id | None, *path: str) -> None:
    """Raise `BadRequest` unless `id` is None or a unit's; `path` leads to the argument it was given in."""
    _known(view, id, e.OrgUnit, path)


def known_cycle(view: OrganizationView, id: Id | None, *path: str) -> None:
    """The same for a cycle."""
    _known(view, id, e.Cycle, path)


def known_person(view: OrganizationView, id: Id | None, *path: str) -> None:
    """The same for a person; a service account is none."""
    row = _known(view, id, e.Person, path)
    if row is not None and row.service:
        raise _wrong_kind(id, "service account", "person", path)


def known_node(view: OrganizationView, id: Id | None, *path: str) -> None:
    """The same for a node of the goal graph."""
    if id is None or view.org.node(id) is not None:
        return
    row = view.get(id)
    if row is None:
        raise _unknown(id, "goal", path)
    raise _wrong_kind(id, _word(row), "purpose, why, objective or key result", path)


def _known(view: OrganizationView, id: Id | None, kind: type[T], path: tuple[str, ...]) -> T | None:
    if id is None:
        return None
    row: Any = view.get(id)
    if row is None:
        raise _unknown(id, _WORDS[kind], path)
    if not isinstance(row, kind):
        raise _wrong_kind(id, _word(row), _WORDS[kind], path)
    return row


def _unknown(id: Id, word: str, path: tuple[str, ...]) -> BadRequest:
    return BadRequest(f"{'.'.join(path)}: there is no {word} {_short(id)} here; check the id.", "NOT_FOUND", path)


def _wrong_kind(id: Id | None, is_a: str, wanted: str, path: tuple[str, ...]) -> BadRequest:
    article = "an" if is_a[0] in "aeo" else "a"
    message = f"{'.'.join(path)}: {_short(id or '')} is the id of {article} {is_a}; give that of a {wanted}."
    return BadRequest(message, "INVALID", path)


def _word(row: Any) -> str:
    return "service account" if isinstance(row, e.Person) and row.service else _WORDS.get(type(row), "alert")


def _short(id: Id) -> str:
    """An id as it is shown, on one line: callers give anything."""
    shown = id if len(id) <= _LONGEST else f"{id[: _LONGEST - 1]}…"
    return repr(shown)[1:-1]
