"""Sums that can be added up and taken apart again: how figures follow single changes exactly."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from goldenthread.contracts.events.alignment import AlignmentHealth, AlignmentState


class Part(NamedTuple):
    """What one goal, or one debt of an answer, adds to the figures of a unit.

    `state` is the standing of an active objective: PENDING or an `AlignmentState`. `asked`, `answered` and `seconds`
    (from owed to given) speak of an answer to a why, `goals` and `heard` of evidence from outside.
    """

    state: str | None = None
    depth: int | None = None
    asked: int = 0
    answered: int = 0
    seconds: int | None = None
    goals: int = 0
    heard: int = 0


PENDING = "PENDING"


class Tally:
    """The sum of some parts."""

    def __init__(self) -> None:
        self.states: Counter[str] = Counter()
        self.depths: Counter[int] = Counter()
        self.seconds: Counter[int] = Counter()
        self.asked = self.answered = self.goals = self.heard = 0

    def add(self, part: Part, sign: int = 1) -> None:
        """Add a part, or (sign -1) take one away that was added."""
        self.asked += sign * part.asked
        self.answered += sign * part.answered
        self.goals += sign * part.goals
        self.heard += sign * part.heard
        if part.state is not None:
            _count(self.states, part.state, sign)
        if part.depth is not None:
            _count(self.depths, part.depth, sign)
        if part.seconds is not None:
            _count(self.seconds, part.seconds, sign)

    def health(self) -> AlignmentHealth:
        """The figures. A share of nothing is 1: what nobody was asked is not missing."""
        hours = median(self.seconds)
        return AlignmentHealth(
            objectives=self.states.total(),
            aligned=self.states[AlignmentState.ALIGNED],
            unexplained=self.states[AlignmentState.UNEXPLAINED],
            pending=self.states[PENDING],
            orphaned=self.states[AlignmentState.ORPHANED],
            cascade_coverage=self.answered / self.asked if self.asked else 1.0,
            outside_in_coverage=self.heard / self.goals if self.goals else 1.0,
            median_depth=median(self.depths),
            median_answer_hours=None if hours is None else hours / 3600,
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


def _count(counts: Counter[Any], value: Any, sign: int) -> None:
    counts[value] += sign
    if not counts[value]:
        del counts[value]
