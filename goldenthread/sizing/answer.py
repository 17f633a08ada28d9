"""What an installation needs, in numbers with the assumption beside each."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from goldenthread.sizing import measured as m
from goldenthread.sizing import stores
from goldenthread.sizing.demand import READS, Demand
from goldenthread.sizing.organization_sizes import largest_size, median_size
from goldenthread.sizing.replicas import UTILIZATION, WITH_ONE_LOST, Consumer, consumer, partitions_for

GIB, MIB = 2**30, 2**20


class SizingLine(Struct, frozen=True):
    """One number of the answer, and what it follows from."""

    name: str
    """For programs; it stays the same from release to release."""
    what: str
    value: float
    unit: str
    because: str


class Sizing(Struct, frozen=True):
    """What an installation needs."""

    demand: Demand
    partitions: int
    pods: dict[str, int]
    """Replicas of each process."""
    lines: list[SizingLine]


def size(demand: Demand, partitions: int | None = None) -> Sizing:
    """The answer; `partitions`: of an installation that has been set up already."""
    count = partitions or partitions_for(demand)
    consumers = {name: consumer(demand, costs, count) for name, costs in m.CONSUMERS.items()}
    gateway = stores.gateway(demand)
    pods = {
        "goals": stores.goals_replicas(demand),
        **{name: found.replicas for name, found in consumers.items()},
        "gateway": gateway.replicas,
    }
    lines = [
        *_load_lines(demand),
        _partitions_line(demand, count),
        SizingLine("goals.replicas", "goals, replicas", pods["goals"], "", "commands of the busiest hour"),
    ]
    for name, found in consumers.items():
        lines += _consumer_lines(name, found)
    lines += [*_gateway_lines(gateway), *_database_lines(demand, pods), *_kafka_lines(demand)]
    return Sizing(demand, count, pods, lines)


def _load_lines(demand: Demand) -> Iterator[SizingLine]:
    yield SizingLine(
        "changes", "changes, busiest hour", demand.peak_changes, "/s",
        f"{demand.people:g} people, {demand.changes:g} changes a week each, {demand.peak:g} times the mean of a week",
    )  # fmt: skip
    yield SizingLine(
        "median", "goals, organization in the middle", median_size(demand), "",
        f"mean {demand.goals:g}; sizes are skewed (exponent {demand.skew:g})",
    )  # fmt: skip
    why = "as given" if demand.largest else "half of such installations have a larger one"
    yield SizingLine("largest", "goals, largest organization", largest_size(demand), "", why)


def _partitions_line(demand: Demand, count: int) -> SizingLine:
    why = f"chosen once: 2 for each replica at {demand.growth:g} times as many organizations"
    return SizingLine("partitions", "partitions of each stream", count, "", why)


def _consumer_lines(name: str, found: Consumer) -> Iterator[SizingLine]:
    why = f"at most {UTILIZATION:.0%} of a core each, {WITH_ONE_LOST:.0%} while one is away"
    yield SizingLine(f"{name}.replicas", f"{name}, replicas", found.replicas, "", why)
    busy = f"of a core; {found.one_lost:.0%} while one is away"
    yield SizingLine(f"{name}.utilization", f"{name}, busiest replica", found.utilization * 100, "%", busy)
    yield SizingLine(
        f"{name}.memory", f"{name}, memory of a replica", found.memory / MIB, "MiB",
        f"{found.held:.0%} of organizations are in memory when they change",
    )  # fmt: skip


def _gateway_lines(found: stores.Gateway) -> Iterator[SizingLine]:
    yield SizingLine("gateway.replicas", "gateway, replicas", found.replicas, "", f"{READS:g} queries for a change")
    yield SizingLine(
        "gateway.following", "gateway, reading all streams", found.following * 100, "%",
        "of a core; each replica reads all of them",
    )  # fmt: skip
    yield SizingLine(
        "gateway.memory", "gateway, memory of a replica", found.memory / MIB, "MiB",
        f"holds {found.held:.0%} of the goals, if people of all organizations work in the busiest hour",
    )  # fmt: skip


def _database_lines(demand: Demand, pods: dict[str, int]) -> Iterator[SizingLine]:
    yield SizingLine(
        "postgres.cores", "PostgreSQL, cores of the primary", stores.postgres_cores(demand), "",
        f"{stores.postgres_transactions(demand):,.0f} transactions/s in the busiest hour",
    )  # fmt: skip
    asked = stores.connections(pods)
    yield SizingLine(
        "postgres.connections", "PostgreSQL, max_connections", sum(asked.values()) + stores.RESERVED, "",
        f"{stores.POOL} a pod and one pod more of each process; {stores.RESERVED} reserved",
    )  # fmt: skip
    for weeks, name, what in ((0, "now", "at the beginning"), (stores.WEEKS, "year", "after a year")):
        each = stores.database_bytes(demand, weeks)
        yield SizingLine(
            f"postgres.disk.{name}", f"PostgreSQL, disk {what}", sum(each.values()) / GIB, "GiB",
            ", ".join(f"{database} {found / GIB:,.1f}" for database, found in each.items()),
        )  # fmt: skip
    yield SizingLine(
        "postgres.log", "PostgreSQL, write-ahead log of a week", stores.postgres_log(demand) / GIB, "GiB",
        "what a backup keeps besides",
    )  # fmt: skip


def _kafka_lines(demand: Demand) -> Iterator[SizingLine]:
    yield SizingLine(
        "kafka.disk", "Kafka, disk of all brokers", stores.kafka_bytes(demand) / GIB, "GiB",
        f"a week of three streams, {stores.KAFKA_REPLICAS} copies",
    )  # fmt: skip
    yield SizingLine(
        "kafka.rate",
        "Kafka, written in the busiest hour",
        stores.kafka_rate(demand) / MIB,
        "MiB/s",
        "before it is copied",
    )
