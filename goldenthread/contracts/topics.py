"""The topics: one table, from which the launcher and every deployment create them.

The three streams are co-partitioned (one constant), so that a consumer of two of them finds an organization's events on
the same partition number of both.
"""

from __future__ import annotations

from typing import NamedTuple

PARTITIONS = 12
"""Of each stream, unless an installation chooses another number. It is chosen once: which partition an organization is
on follows from it.
"""
MAX_RECORD = 16 * 1024 * 1024
"""Bytes of a record with its headers, at most: an alert about some hundred thousand goals, a plan with as many rows."""
_AROUND_RECORD = 64 * 1024
"""What a broker's own format adds to a record, at most."""


class Topic(NamedTuple):
    """A topic and how it is made. `retention_ms` -1 keeps records for ever (replay comes from outboxes anyway)."""

    name: str
    partitions: int
    retention_ms: int
    max_message_bytes: int = MAX_RECORD + _AROUND_RECORD

    @property
    def settings(self) -> dict[str, str]:
        """Its Kafka settings, those that are not the brokers' own."""
        return {"retention.ms": str(self.retention_ms), "max.message.bytes": str(self.max_message_bytes)}


GOALS = "goldenthread.goals.v1"
ALIGNMENT = "goldenthread.alignment.v1"
ALERTS = "goldenthread.alerts.v1"

_WEEK = 7 * 24 * 3600 * 1000
STREAMS = (GOALS, ALIGNMENT, ALERTS)


def dead_letter_topic(topic: str) -> str:
    """The topic for what a consumer of `topic` parked."""
    return f"{topic}.dead"


def topics(partitions: int = PARTITIONS) -> tuple[Topic, ...]:
    """Every topic of an installation whose streams have so many partitions."""
    return (
        *(Topic(name, partitions, _WEEK) for name in STREAMS),
        *(Topic(dead_letter_topic(name), 1, 4 * _WEEK) for name in STREAMS),
    )


TOPICS = topics()


def service_name(source: str) -> str:
    """What people call the service that writes `source`."""
    return source.rpartition("/")[2]
