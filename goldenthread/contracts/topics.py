"""The topics: one table, from which the launcher and every deployment create them.

The three streams are co-partitioned (one constant), so that a consumer of two of them finds an organisation's events on
the same partition number of both.
"""

from __future__ import annotations

from typing import NamedTuple

PARTITIONS = 12


class Topic(NamedTuple):
    """A topic and how it is made. `retention_ms` -1 keeps records for ever (replay comes from the producers anyway)."""

    name: str
    partitions: int
    retention_ms: int


GOALS = "goldenthread.goals.v1"
ALIGNMENT = "goldenthread.alignment.v1"
ALERTS = "goldenthread.alerts.v1"

_WEEK = 7 * 24 * 3600 * 1000
STREAMS = (GOALS, ALIGNMENT, ALERTS)


def dead(topic: str) -> str:
    """The topic for what a consumer of `topic` parked."""
    return f"{topic}.dead"


TOPICS: tuple[Topic, ...] = (
    *(Topic(name, PARTITIONS, _WEEK) for name in STREAMS),
    *(Topic(dead(name), 1, 4 * _WEEK) for name in STREAMS),
)
