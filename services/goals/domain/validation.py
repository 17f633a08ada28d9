"""Validation of input: values are within bounds, and what they name exists. Each function returns the clean value or
raises `Refused`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeVar

from goldenthread.contracts import texts
from goldenthread.contracts.entities import (
    CheckIn,
    CustomerFeedback,
    Cycle,
    GoalNode,
    Id,
    KeyResult,
    Link,
    Objective,
    OrgUnit,
    Person,
    Purpose,
    Question,
    Why,
    WhyAnswer,
)
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.read_api import NO_LOGIN, issuer_id
from goldenthread.organization.organization import Organization

TITLE = 500
TEXT = 10_000
DAYS = 365
BULK = 1_000

_T = TypeVar("_T")
_WORDS: dict[type, str] = {
    OrgUnit: "unit",
    Person: "person",
    Cycle: "cycle",
    Purpose: "purpose",
    Why: "why",
    Objective: "objective",
    KeyResult: "key result",
    CheckIn: "check-in",
    Link: "link",
    WhyAnswer: "answer",
    Question: "question",
    CustomerFeedback: "feedback",
}


def text(value: str, *path: str) -> str:
    """`value` without surrounding blanks; refused when empty, too long, or with control characters.

    It may have several lines, and tabs.
    """
    return _clean(value, path, TEXT, line=False)


def line(value: str, *path: str, longest: int) -> str:
    """As `text`, on one line."""
    return _clean(value, path, longest, line=True)


def title(value: str, *path: str) -> str:
    """As `line`, as long as a title may be."""
    return _clean(value, path, TITLE, line=True)


def login_issuer(value: str, *path: str) -> str:
    """The issuer of a login as it is kept, of which somebody can show a token."""
    issuer = title(issuer_id(value), *path)
    if issuer == NO_LOGIN:
        message = f"{NO_LOGIN} stands for people who cannot sign in; name the issuer of their tokens, or invite them."
        raise refuse(ErrorCode.INVALID, message, *path)
    return issuer


def tidied_title(value: str, *path: str) -> str:
    """As `title`; of a text of several lines, or with tabs, the words."""
    return title(value if texts.wrong(value.strip(), line=True) is None else " ".join(value.split()), *path)


def optional(value: str | None, *path: str) -> str | None:
    """As `text`, but absent or blank means none."""
    return None if value is None or not value.strip() else text(value, *path)


def optional_line(value: str | None, *path: str, longest: int = TITLE) -> str | None:
    """As `line`, but absent or blank means none."""
    return None if value is None or not value.strip() else line(value, *path, longest=longest)


def _clean(value: str, path: tuple[str, ...], longest: int, *, line: bool) -> str:
    clean = value.strip()
    field = path[-1] if path else "text"
    if len(clean) > longest:
        raise refuse(ErrorCode.INVALID, f"{field} has {len(clean)} characters; at most {longest} fit.", *path)
    problem = texts.wrong(clean, line=line)
    if problem is not None:
        raise refuse(ErrorCode.INVALID, f"{field} {problem}.", *path)
    return clean


def number(value: float, *path: str) -> float:
    """A finite number."""
    if not math.isfinite(value):
        raise refuse(ErrorCode.INVALID, f"{path[-1]} is not a finite number; give a plain number.", *path)
    return float(value)


def share(value: float, *path: str) -> float:
    """A number from 0 to 1."""
    if not 0.0 <= number(value, *path) <= 1.0:
        raise refuse(ErrorCode.INVALID, f"{path[-1]} is {value:g}; it lies between 0 and 1.", *path)
    return float(value)


def days(value: int, *path: str) -> int:
    """A patience in days."""
    if not 0 <= value <= DAYS:
        raise refuse(ErrorCode.INVALID, f"{path[-1]} is {value}; it lies between 0 and {DAYS} days.", *path)
    return value


def month(value: int, *path: str) -> int:
    """The number of a month."""
    if not 1 <= value <= 12:
        raise refuse(ErrorCode.INVALID, f"{path[-1]} is {value}; it is a month from 1 to 12.", *path)
    return value


def bulk(ids: Iterable[Id], *path: str) -> list[Id]:
    """At least one id, none twice, and not more than one command takes."""
    unique = list(dict.fromkeys(ids))
    if not unique:
        raise refuse(ErrorCode.INVALID, f"{path[-1]} is empty; name at least one.", *path)
    if len(unique) > BULK:
        raise refuse(ErrorCode.INVALID, f"{path[-1]} names {len(unique)}; send at most {BULK} at a time.", *path)
    return unique


def find(org: Organization, kind: type[_T], id: Id, *path: str) -> _T:
    """The entity of `kind` with this id. NOT_FOUND when there is none, INVALID when it is of another kind."""
    found = org.get(id)
    if isinstance(found, kind):
        return found
    word = _WORDS.get(kind, "goal")
    if found is None:
        raise refuse(ErrorCode.NOT_FOUND, f"There is no {word} {_short(id)} here; check the id.", *path)
    is_a = _WORDS.get(type(found), "organization")
    message = f"{_short(id)} is {_a(is_a)}, not {_a(word)}; name {_a(word)}."
    raise refuse(ErrorCode.INVALID, message, *path)


def _a(word: str) -> str:
    """`word` with its article."""
    return f"{'an' if word[0] in 'aeio' else 'a'} {word}"


def goal(org: Organization, id: Id, *path: str) -> GoalNode:
    """The purpose, why, objective or key result with this id."""
    node = org.node(id)
    if node is not None:
        return node
    if org.get(id) is None:
        raise refuse(ErrorCode.NOT_FOUND, f"There is no goal {_short(id)} here; check the id.", *path)
    raise refuse(ErrorCode.INVALID, f"{_short(id)} is not a goal; name a purpose, why, objective or key result.", *path)


def open_unit(org: Organization, id: Id, *path: str) -> OrgUnit:
    """A unit that is not closed."""
    unit = find(org, OrgUnit, id, *path)
    if unit.closed:
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, f"The unit {unit.name} is closed; name one that is open.", *path)
    return unit


def open_units(org: Organization, ids: Iterable[Id], *path: str) -> list[Id]:
    """At least one open unit, none twice."""
    return [open_unit(org, id, *path, str(index)).id for index, id in enumerate(bulk(ids, *path))]


def open_cycle(org: Organization, id: Id, *path: str) -> Cycle:
    """A cycle that is not closed."""
    cycle = find(org, Cycle, id, *path)
    if not cycle.open:
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, f"The cycle {cycle.name} is closed; name one that is open.", *path)
    return cycle


def present_person(org: Organization, id: Id, *path: str, instead: str = "name a person") -> Person:
    """A person who has not left; `instead` says what to do with a service account."""
    person = find(org, Person, id, *path)
    if person.service:
        message = f"That is a service account, which leads and answers for nothing; {instead}."
        raise refuse(ErrorCode.INVALID, message, *path)
    return present_actor(org, id, *path)


def present_account(org: Organization, id: Id, *path: str) -> Person:
    """A service account that has not been revoked."""
    account = find(org, Person, id, *path)
    if not account.service:
        raise refuse(ErrorCode.INVALID, "That is a person, not a service account; name a service account.", *path)
    if account.left:
        message = "That service account has been revoked; name one that has not."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, *path)
    return account


def present_actor(org: Organization, id: Id, *path: str) -> Person:
    """A person who has not left, or a service account."""
    person = find(org, Person, id, *path)
    if person.left:
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, "That person has left; name a person who is here.", *path)
    return person


def _short(id: Id) -> str:
    return id if len(id) <= 60 else f"{id[:57]}…"
