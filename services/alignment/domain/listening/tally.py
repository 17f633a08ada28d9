"""Sums that can be added up and taken apart again: how figures follow single changes exactly."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, NamedTuple

from goldenthread.contracts.entities import Id
from goldenthread.contracts.events.alignment import AlignmentHealth, AlignmentState


class Told(NamedTuple):
    """Who told a unit of a why, and of which version."""

    by: Id
    version: int


class Since(NamedTuple):
    """Since when something has been so, and what it is about."""

    at: datetime
    about: Id


class Part(NamedTuple):
    """What one goal, debt of an answer, question or link adds to the figures of a unit.

    `state` is the standing of an active objective: PENDING or an `AlignmentState`. `asked`, `answered` and `seconds`
    (from owed to given) speak of an answer to a why; `told` is who told the unit of it, and of which version; `owes`
    since when it owes the answer, and to which why. `goals` and `heard` speak of evidence from outside, `waits` of a
    question of the unit that has found no answer since then, `ties` of the units that an accepted link connects,
    `responded` of the seconds that a customer waited for the first response.
    """

    state: str | None = None
    depth: int | None = None
    asked: int = 0
    answered: int = 0
    seconds: int | None = None
    goals: int = 0
    heard: int = 0
    told: Told | None = None
    owes: Since | None = None
    waits: Since | None = None
    responded: int | None = None
    ties: tuple[Id, ...] = ()


PENDING = "PENDING"


class Tally:
    """The sum of some parts."""

    def __init__(self) -> None:
        self.states: Counter[str] = Counter()
        self.depths: Counter[int] = Counter()
        self.seconds: Counter[int] = Counter()
        self.owes: Counter[Since] = Counter()
        self.waits: Counter[Since] = Counter()
        self.ties: Counter[Id] = Counter()
        self.responded: Counter[int] = Counter()
        self.asked = self.answered = self.goals = self.heard = self.told = 0

    def add(self, part: Part, sign: int = 1) -> None:
        """Add a part, or (sign -1) take one away that was added."""
        self.asked += sign * part.asked
        self.answered += sign * part.answered
        self.goals += sign * part.goals
        self.heard += sign * part.heard
        self.told += sign * (part.told is not None)
        if part.state is not None:
            _count(self.states, part.state, sign)
        if part.depth is not None:
            _count(self.depths, part.depth, sign)
        if part.seconds is not None:
            _count(self.seconds, part.seconds, sign)
        if part.owes is not None:
            _count(self.owes, part.owes, sign)
        if part.waits is not None:
            _count(self.waits, part.waits, sign)
        if part.responded is not None:
            _count(self.responded, part.responded, sign)
        for unit in part.ties:
            _count(self.ties, unit, sign)

    def health(self) -> AlignmentHealth:
        """The figures. A share of nothing is 1: what nobody was asked is not missing."""
        return AlignmentHealth(
            objectives=self.states.total(),
            aligned=self.states[AlignmentState.ALIGNED],
            unexplained=self.states[AlignmentState.UNEXPLAINED],
            pending=self.states[PENDING],
            orphaned=self.states[AlignmentState.ORPHANED],
            cascade_coverage=self.answered / self.asked if self.asked else 1.0,
            outside_in_coverage=self.heard / self.goals if self.goals else 1.0,
            median_depth=median(self.depths),
            median_answer_hours=hours(self.seconds),
            median_response_hours=hours(self.responded),
        )


def median(counts: Counter[int]) -> float | None:
    """The middle value, or the mean of the two middle ones; None of nothing."""
    total, seen = counts.total(), 0
    low: int | None = None
    for value in sorted(counts):
        seen += counts[value]
        if low is None and 2 * seen >= total:
            low = value
        if 2 * seen > total:
            return (low + value) / 2 if low is not None else float(value)
    return None


def hours(seconds: Counter[int]) -> float | None:
    """The median of some seconds, in hours."""
    middle = median(seconds)
    return None if middle is None else middle / 3600


def _count(counts: Counter[Any], value: Any, sign: int) -> None:
    counts[value] += sign
    if not counts[value]:
        del counts[value]
