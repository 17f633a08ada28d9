"""What one of each carries: the figures that `python -m benchmarks capacity` prints, and what is taken for granted.

They were measured on two shared cores of a slow machine, with everything on it. Yours differ: run the benchmark there,
and compare. `SAFETY` is on top of every processor time, and nowhere else.
"""

from __future__ import annotations

from typing import NamedTuple

SAFETY = 1.5
"""For what the benchmark does not have: encryption between processes, telemetry, neighbours on the machine."""
EVENTS_OF_CHANGE = 1.2
"""Events of goals for one change: a check-in is one, a goal with its link two."""
MIB = 2**20


class ConsumerCosts(NamedTuple):
    """What a projection needs. Times in seconds of a core, sizes in bytes."""

    event: float
    """An event of an organization that is in memory and saved alone: small organizations, working day."""
    loading: float
    """What is added where the organization is not in memory."""
    event_in_batch: float
    """An event among many of the same organization, as in an import: one organization, turning."""
    events_of_goal: float
    """Events of goals that a goal with its link comes to be by."""
    idle: float
    """Memory of a process that holds nobody."""
    goal_bytes: float
    """Memory of a goal with its link, and of its share of what an organization needs besides (`memory`, small)."""
    held: int
    """Organizations in memory (`GOLDENTHREAD_HELD`)."""
    held_weight: int
    """Goals and links in memory (`GOLDENTHREAD_HELD_WEIGHT`)."""
    absence: float = 15.0
    """Seconds until the partitions of a lost replica are another's: `GOLDENTHREAD_KAFKA_SESSION_TIMEOUT_MS`, and some
    to hand them over.
    """


CONSUMERS = {
    "alignment": ConsumerCosts(
        event=0.000_30, loading=0.002_1, event_in_batch=0.000_095, events_of_goal=2.2,
        idle=235 * MIB, goal_bytes=1_200, held=10_000, held_weight=2_500_000,
    ),
    "notifications": ConsumerCosts(
        event=0.000_52, loading=0.010, event_in_batch=0.000_21, events_of_goal=2.2,
        idle=96 * MIB, goal_bytes=2_700, held=10_000, held_weight=1_200_000,
    ),
}  # fmt: skip
WEIGHT_OF_GOAL = 2.0
"""What a goal with its link weighs (`GOLDENTHREAD_HELD_WEIGHT`)."""
PATH = 0.02
"""Seconds from a commit of goals to its arrival at a projection: relay and Kafka (`pipeline`, p50)."""

GOALS_COMMAND = 0.003_4
"""Seconds of a core: a goal that is made (`commands`)."""
GATEWAY_MUTATION = 0.005
GATEWAY_QUERY = 0.000_8
"""A page of 20 goals."""
GATEWAY_FOLLOWING = 0.000_04
"""A change, read from the streams by each replica, of organizations that it does not hold (`streams`)."""
GATEWAY_IDLE = 107 * MIB
GATEWAY_GOAL_BYTES = 1_850
"""Of a goal with its link and its verdict (`memory`)."""
GATEWAY_HELD_WEIGHT = 1_000_000
"""Things that a replica holds before it forgets who was not asked for lately (`gateway/live/cache_limits.py`)."""
GATEWAY_THINGS_OF_GOAL = 3.0

POSTGRES_CHANGE = 0.005
"""Seconds of a core of PostgreSQL: in goals, alignment and notifications together."""
TRANSACTIONS_OF_CHANGE = 20.0
LOG_OF_CHANGE = 14_000
DISK_OF_GOAL = {"goals": 3_400.0, "alignment": 3_600.0, "notifications": 2_300.0}
"""Bytes with indexes; in goals with the events that made it (`streams`)."""
DISK_OF_EVENT = {"goals": 1_800.0, "alignment": 200.0, "notifications": 690.0}
"""Bytes with indexes, working day (`streams`)."""
VERDICTS_OF_EVENT = 0.1
ALERTS_OF_EVENT = 0.03
RECORD_BYTES = 1_300
"""Of a record on a topic, before it is compressed."""
