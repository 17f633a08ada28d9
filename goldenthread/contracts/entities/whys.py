"""The purpose, the whys and the answers to them."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from goldenthread.contracts.entities.ids import Id
from goldenthread.contracts.enums import AnswerStance, PurposeState, WhyState


class Purpose(Struct, frozen=True):
    """Why the organization exists. One node; its id never changes, publishing again makes version n + 1."""

    id: Id
    statement: str
    version: int
    state: PurposeState
    published_by: Id | None
    published_at: datetime
    title: str = ""
    source_key: str | None = None


class Why(Struct, frozen=True):
    """A strategic why of a unit. `because` is mirrored in the link to what it serves; None when an import gave none.

    `told` says when each unit of the audience was told the current version. `successor` is the why that what hung on it
    goes on with, where retiring it named one.
    """

    id: Id
    title: str
    statement: str
    because: str | None
    version: int
    state: WhyState
    sponsor: Id | None
    unit: Id
    audience: list[Id]
    published_at: datetime
    source_key: str | None = None
    told: dict[Id, datetime] = {}
    successor: Id | None = None


class WhyAnswer(Struct, frozen=True):
    """What a unit says a why means for it, in its own words; one per why and unit, the latest replaces the one before.

    `version` is the version of the why it answers; `passed_on_at` the first answer to that version: those below owe
    theirs from then on.
    """

    id: Id
    why: Id
    unit: Id
    version: int
    stance: AnswerStance
    statement: str
    by: Id | None
    at: datetime
    passed_on_at: datetime
    confirmed_by: Id | None = None
    confirmed_at: datetime | None = None
