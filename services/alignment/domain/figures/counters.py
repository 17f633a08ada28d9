"""Counters that contributions are added to and taken from again: so figures follow single changes exactly."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import datetime
from typing import NamedTuple, TypeVar

from msgspec import Struct, structs

from goldenthread.contracts.entities import Id
from goldenthread.contracts.events.alignment import AlignmentHealth, AlignmentState

K = TypeVar("K", bound=Hashable)


class WhyNotice(NamedTuple):
    """Who passed a why on to a unit, and which version of it."""

    by: Id
    version: int


class OpenItem(NamedTuple):
    """Something that a unit owes or waits for: since when, and what it is about (a why or a question)."""

    at: datetime
    about: Id


class StateAndDepth(NamedTuple):
    """The state of an active objective (PENDING or an `AlignmentState`), and its hops to the purpose."""

    state: str
    depth: int | None


class Contribution(NamedTuple):
    """What one goal, debt of an answer, question or customer's word adds to the figures of a unit.

    `objective` is given for an active objective. `asked`, `answered` and `seconds` (from owed to given) are about an
    answer to a why; `told` is who passed the why on, and which version; `owes` since when the unit owes the answer,
    and to which why. `goals` and `heard` are about evidence from outside, `waits` about a question of the unit that has
    had no answer since then, `responded` about the seconds that a customer waited for the first response.
    """

    objective: StateAndDepth | None = None
    asked: int = 0
    answered: int = 0
    seconds: int | None = None
    goals: int = 0
    heard: int = 0
    told: WhyNotice | None = None
    owes: OpenItem | None = None
    waits: OpenItem | None = None
    responded: int | None = None


PENDING = "PENDING"


class Counters(Struct, omit_defaults=True):
    """The sum of contributions. That of the organization leaves out what only a unit can be a silo for: the last four.

    `ties` counts the links that connect the unit with one that is neither above nor below it.
    """

    states: dict[str, int] = {}
    depths: dict[int, int] = {}
    seconds: dict[int, int] = {}
    responded: dict[int, int] = {}
    asked: int = 0
    answered: int = 0
    goals: int = 0
    heard: int = 0
    told: int = 0
    ties: int = 0
    owes: dict[Id, datetime] = {}
    """By why."""
    waits: dict[Id, datetime] = {}
    """By question."""

    def add(self, contribution: Contribution, sign: int = 1) -> None:
        """Add a contribution, or (sign -1) take one away that was added."""
        self.asked += sign * contribution.asked
        self.answered += sign * contribution.answered
        self.goals += sign * contribution.goals
        self.heard += sign * contribution.heard
        if contribution.objective is not None:
            self.count_objective(contribution.objective, sign)
        if contribution.seconds is not None:
            _count(self.seconds, contribution.seconds, sign)
        if contribution.responded is not None:
            _count(self.responded, contribution.responded, sign)

    def count_objective(self, objective: StateAndDepth, times: int) -> None:
        """Count so many objectives more, or less, with this state and depth."""
        _count(self.states, objective.state, times)
        if objective.depth is not None:
            _count(self.depths, objective.depth, times)

    def add_for_unit(self, contribution: Contribution, sign: int) -> None:
        """Add or take away what is only counted for a unit."""
        self.told += sign * (contribution.told is not None)
        for since, kept in ((contribution.owes, self.owes), (contribution.waits, self.waits)):
            if since is not None and sign > 0:
                kept[since.about] = since.at
            elif since is not None:
                del kept[since.about]

    def without_durations(self) -> Counters:
        """The same without the durations, which every contribution adds for one unit only: see `add_durations`."""
        return structs.replace(self, seconds={}, responded={})

    def add_durations(self, one: Counters) -> None:
        """Add what `without_durations` left out, from the counters of a unit."""
        for whole, some in ((self.seconds, one.seconds), (self.responded, one.responded)):
            for value, number in some.items():
                whole[value] = whole.get(value, 0) + number

    def health(self) -> AlignmentHealth:
        """The figures. A share of nothing is 1: what nobody was asked is not missing."""
        return AlignmentHealth(
            objectives=sum(self.states.values()),
            aligned=self.states.get(AlignmentState.ALIGNED, 0),
            unexplained=self.states.get(AlignmentState.UNEXPLAINED, 0),
            pending=self.states.get(PENDING, 0),
            orphaned=self.states.get(AlignmentState.ORPHANED, 0),
            cascade_coverage=self.answered / self.asked if self.asked else 1.0,
            outside_in_coverage=self.heard / self.goals if self.goals else 1.0,
            median_depth=median(self.depths),
            median_answer_hours=hours(self.seconds),
            median_response_hours=hours(self.responded),
        )


def oldest(since: Mapping[Id, datetime]) -> OpenItem | None:
    """What has been so for the longest, and since when."""
    if not since:
        return None
    first = min(since.values())
    return OpenItem(first, min([about for about, at in since.items() if at == first]))


def median(counts: Mapping[int, int]) -> float | None:
    """The middle value, or the mean of the two middle ones; None of nothing."""
    total, seen = sum(counts.values()), 0
    low: int | None = None
    for value in sorted(counts):
        seen += counts[value]
        if low is None and 2 * seen >= total:
            low = value
        if 2 * seen > total:
            return (low + value) / 2 if low is not None else float(value)
    return None


def hours(seconds: Mapping[int, int]) -> float | None:
    """The median of some seconds, in hours."""
    middle = median(seconds)
    return None if middle is None else middle / 3600


def _count(counts: dict[K, int], value: K, times: int) -> None:
    now = counts.get(value, 0) + times
    if now:
        counts[value] = now
    else:
        del counts[value]
