"""What the one clock of the system says, in goals' stream."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from goldenthread.contracts.entities import Id, Question


class Grace(StrEnum):
    """Which patience ran out."""

    LINKING = "LINKING"
    """An objective has been active (and its cycle running) for `grace_days`."""
    HANDOVER = "HANDOVER"
    """`handover_days` after the cycle of an ended objective or key result (or its own end, without a cycle)."""
    UPTAKE = "UPTAKE"
    """A why has been published for `reply_days`."""


class GraceEnded(Struct, frozen=True):
    """The clock: `grace` of `node` ended.

    `ended` False takes an earlier end back, because a policy or cycle change moved it into the future.
    """

    node: Id
    grace: Grace
    due_at: datetime
    ended: bool = True


class LinkOverdue(Struct, frozen=True):
    """The clock: nobody moved on round `round` of a link before `due_at`."""

    link: Id
    round: int
    due_at: datetime


class WhyAnswerOverdue(Struct, frozen=True):
    """The clock: a unit owed its answer to this version of a why until `due_at`, and has not given it."""

    why: Id
    unit: Id
    version: int
    due_at: datetime


class QuestionEscalated(Struct, frozen=True):
    """The clock: nobody answered in time. The question goes to the next unit above, or stays at the top `unheard`."""

    question: Question
    before: Question


class DayClosed(Struct, frozen=True):
    """The clock: a UTC day is over."""

    day: date
