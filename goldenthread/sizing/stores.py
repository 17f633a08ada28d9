"""What goals, the gateway, PostgreSQL and Kafka need."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from goldenthread.contracts.topics import STREAMS, TOPICS
from goldenthread.sizing import measured as m
from goldenthread.sizing.demand import READS, SECONDS_OF_WEEK, Demand
from goldenthread.sizing.organization_sizes import largest_size
from goldenthread.sizing.replicas import LEAST_REPLICAS, UTILIZATION

POOL = 8
"""Connections of a process to its database (`GOLDENTHREAD_DATABASE_POOL`)."""
RESERVED = 20
"""Connections for people, migrations and the server itself."""
KAFKA_REPLICAS = 3
"""Copies of each record (deploy/k8s/components/kafka-strimzi)."""
WEEKS = 52


class Gateway(NamedTuple):
    """Replicas of the gateway, and what each does and holds."""

    replicas: int
    following: float
    """Of a core, in the busiest hour: reading all streams, which every replica does."""
    held: float
    """The share of organizations that a replica can hold, where people of all of them work in the busiest hour."""
    memory: float
    """Bytes."""


def goals_replicas(demand: Demand) -> int:
    """Of goals, which scales with its commands alone."""
    return max(LEAST_REPLICAS, ceil(demand.peak_changes * m.GOALS_COMMAND * m.SAFETY / UTILIZATION))


def gateway(demand: Demand) -> Gateway:
    """Every replica follows all streams, and holds every organization that somebody works in."""
    following = demand.peak_changes * m.GATEWAY_FOLLOWING * m.SAFETY
    answering = demand.peak_changes * (m.GATEWAY_MUTATION + READS * m.GATEWAY_QUERY) * m.SAFETY
    room = max(0.05, UTILIZATION - following)
    things = demand.organizations * demand.goals * m.GATEWAY_THINGS_OF_GOAL
    held = min(1.0, m.GATEWAY_HELD_WEIGHT / things)
    goals = min(demand.organizations * demand.goals, m.GATEWAY_HELD_WEIGHT / m.GATEWAY_THINGS_OF_GOAL)
    goals = max(goals, largest_size(demand))
    memory = m.GATEWAY_IDLE + goals * m.GATEWAY_GOAL_BYTES
    return Gateway(max(LEAST_REPLICAS, ceil(answering / room)), following, held, memory)


def postgres_cores(demand: Demand) -> float:
    """Of the primary, at the utilization that is allowed."""
    return demand.peak_changes * m.POSTGRES_CHANGE * m.SAFETY / UTILIZATION


def postgres_transactions(demand: Demand) -> float:
    """Transactions a second in the busiest hour, of all databases."""
    return demand.peak_changes * m.TRANSACTIONS_OF_CHANGE


def postgres_log(demand: Demand) -> float:
    """Bytes of write-ahead log in a week."""
    return demand.weekly_changes * m.LOG_OF_CHANGE


def database_bytes(demand: Demand, weeks: int = 0) -> dict[str, float]:
    """Of each database after so many weeks: what organizations are made of, and the events of their changes."""
    goals = demand.organizations * demand.goals
    events = demand.weekly_changes * m.EVENTS_OF_CHANGE * weeks
    return {name: goals * m.DISK_OF_GOAL[name] + events * m.DISK_OF_EVENT[name] for name in m.DISK_OF_GOAL}


def connections(pods: dict[str, int]) -> dict[str, int]:
    """To each database, at most: those of all pods, and of one more while pods are replaced."""
    return {name: (pods[name] + 1) * POOL for name in m.DISK_OF_GOAL}


def kafka_bytes(demand: Demand) -> float:
    """On the disks of all brokers together: the records of the three streams, for as long as topics keep them."""
    retention = max(topic.retention_ms for topic in TOPICS if topic.name in STREAMS) / 1000
    return kafka_rate(demand) / demand.peak * retention * KAFKA_REPLICAS


def kafka_rate(demand: Demand) -> float:
    """Bytes a second that are written in the busiest hour, once."""
    records = m.EVENTS_OF_CHANGE * (1 + m.VERDICTS_OF_EVENT + m.ALERTS_OF_EVENT)
    return demand.weekly_changes / SECONDS_OF_WEEK * demand.peak * records * m.RECORD_BYTES
