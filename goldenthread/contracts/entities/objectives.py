"""Objectives with their outcome, key results and check-ins."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from goldenthread.contracts.entities.ids import Id
from goldenthread.contracts.enums import Direction, ObjectiveState, ProgressStatus


class Outcome(Struct, frozen=True):
    """What an objective came to, the same for every owner. `grade` is 0..1."""

    grade: float
    note: str
    closed_by: Id | None
    closed_at: datetime
    owners: list[Id]


class Objective(Struct, frozen=True):
    """A qualitative goal of its owning units, the primary owner first.

    `invited` are units that were asked to own it too and have not decided yet; they own nothing until they accept.
    `successor` is the objective that what hung on it goes on with, where closing it named one. `continues`: this is a
    copy of that objective, which was closed with its grade when a new cycle began.
    """

    id: Id
    title: str
    description: str | None
    state: ObjectiveState
    version: int
    owners: list[Id]
    cycle: Id | None
    accountable: Id | None
    created_at: datetime
    activated_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    status: ProgressStatus | None = None
    source_key: str | None = None
    invited: list[Id] = []
    successor: Id | None = None
    continues: Id | None = None


class KeyResult(Struct, frozen=True):
    """A measure of one objective or why. Its hop up to what it measures is an ordinary link with `measure` set.

    `continues`: this is a copy of that key result, made with the copy of its objective.
    """

    id: Id
    title: str
    measures: Id
    version: int
    direction: Direction
    created_at: datetime
    start_value: float | None = None
    target_value: float | None = None
    current_value: float | None = None
    measure_unit: str | None = None
    status: ProgressStatus | None = None
    confidence: float | None = None
    removed: bool = False
    description: str | None = None
    source_key: str | None = None
    continues: Id | None = None


class CheckIn(Struct, frozen=True):
    """One reading of a key result."""

    id: Id
    key_result: Id
    value: float
    at: datetime
    by: Id | None
    confidence: float | None = None
    status: ProgressStatus | None = None
    note: str | None = None
    acknowledged_by: Id | None = None
    acknowledged_at: datetime | None = None
    source_key: str | None = None
