"""The topics of a process, the group it is in, and what it may do there."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import IncompatibleBrokerVersion
from aiokafka.protocol.admin import DescribeConfigsRequest
from aiokafka.protocol.group import HeartbeatRequest
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.transaction import InitProducerIdRequest

from goldenthread.cli.doctor.deployment.examined_process import ExaminedProcess
from goldenthread.cli.doctor.deployment.findings import CheckFindings
from goldenthread.cli.doctor.deployment.kafka import metadata_request
from goldenthread.cli.doctor.deployment.kafka.metadata_request import (
    ClusterMetadata,
    DescribeTopics,
    TopicMetadata,
    read_metadata,
)
from goldenthread.contracts.topics import Topic
from goldenthread.contracts.topics import topics as every_topic
from goldenthread.runtime.configuration.settings import variable
from goldenthread.runtime.kafka.topic_check import LIMIT, MEND, too_small, wrong_partitions

_ATTEMPTS, _PAUSE = 8, 0.2
_TOPIC = 2
"""Kafka's number for a resource that is a topic."""


async def check(connection: AIOKafkaConnection, case: ExaminedProcess, findings: CheckFindings) -> ClusterMetadata:
    """Examine what the process reads and writes; what the brokers call themselves comes with the answer."""
    used = {*case.process.reads, *case.process.writes}
    wanted = [topic for topic in every_topic(case.settings.partitions) if topic.name in used]
    cluster = await _metadata(connection, [topic.name for topic in wanted])
    there = _exist(cluster, wanted, findings)
    if case.process.writes:  # else it may not even be told
        await _sizes(connection, there, findings)
    _rights(cluster, case, findings)
    await _group(connection, case, findings)
    await _idempotence(connection, case, findings)
    return cluster


async def _metadata(connection: AIOKafkaConnection, names: list[str]) -> ClusterMetadata:
    try:
        return read_metadata(await connection.send(DescribeTopics(names)))
    except (NotImplementedError, IncompatibleBrokerVersion):
        # An older broker may create topics that it is asked for by name.
        found = read_metadata(await connection.send(MetadataRequest(None)))
        return ClusterMetadata(found.brokers, {name: each for name, each in found.topics.items() if name in names})


def _exist(cluster: ClusterMetadata, wanted: list[Topic], findings: CheckFindings) -> list[Topic]:
    """The topics that are there, with as many partitions as they should have."""
    hidden = {
        name for name, each in cluster.topics.items() if each.error == metadata_request.TOPIC_AUTHORIZATION_FAILED
    }
    for name in sorted(hidden):
        findings.problem(f"this process may not even see topic {name}", _grant("Describe", f"topic {name}"), "topics")
    told = [topic for topic in wanted if topic.name not in hidden]
    counts = {name: each.partitions for name, each in cluster.topics.items() if not each.error}
    for topic in told:
        for problem in wrong_partitions(counts, [topic]):
            mend = f"see {variable('partitions')}; a topic cannot get fewer" if topic.name in counts else MEND
            findings.problem(problem, mend, "topics")
    for name, each in cluster.topics.items():
        if each.leaderless and not each.error:
            says = f"{each.leaderless} of {each.partitions} partitions of topic {name} have no leader"
            findings.problem(says, "see which brokers are away", "topics")
    there = [topic for topic in told if topic.name in counts]
    if len(there) == len(wanted) and all(each.state == "ok" for each in findings.found if "topics" in each.check):
        findings.fine(f"all {len(wanted)} that this process uses are there, with the right partitions", "topics")
    return there


async def _sizes(connection: AIOKafkaConnection, topics: list[Topic], findings: CheckFindings) -> None:
    """Whether the largest record fits."""
    if not topics:
        return
    asked = [(_TOPIC, topic.name, None) for topic in topics]  # the embedded broker knows no choice of settings
    try:
        answer = await connection.send(DescribeConfigsRequest(asked, False))
    except (NotImplementedError, IncompatibleBrokerVersion):
        findings.unknown(f"{LIMIT} of the topics is not known: the broker does not tell", of="largest record")
        return
    limits = {
        name: int(entry[1])
        for _, _, _, name, entries in answer.resources
        for entry in entries
        if entry[0] == LIMIT and entry[1]
    }
    for problem in too_small(limits, topics):
        findings.problem(problem, "larger events would be left to the replay, which is slow", "largest record")
    untold = [topic.name for topic in topics if topic.name not in limits]
    if untold:
        mend = f"ask an administrator, or {_grant('DescribeConfigs', 'the topics')}"
        findings.unknown(
            f"{LIMIT} is not known of {', '.join(untold)}: the broker does not tell this process",
            mend,
            "largest record",
        )
    elif not too_small(limits, topics):
        findings.fine("it fits into every topic", "largest record")


def _rights(cluster: ClusterMetadata, case: ExaminedProcess, findings: CheckFindings) -> None:
    """What the process may do with its topics."""
    found = [each for each in cluster.topics.values() if not each.error]
    lacking = [f"read topic {each.name}" for each in found if each.name in case.process.reads and each.reads is False]
    lacking += [
        f"write topic {each.name}" for each in found if each.name in case.process.writes and each.writes is False
    ]
    for each in lacking:
        operation = each.partition(" ")[0].title()
        findings.problem(f"this process may not {each}", _grant(operation, each.partition(" ")[2]), "rights")
    if any(_rights_unknown(each) for each in found):
        findings.unknown("whether it may read and write its topics is not known: the broker does not tell", of="rights")
    elif found and not lacking:
        verbs = " and ".join(
            verb for verb, names in (("read", case.process.reads), ("write", case.process.writes)) if names
        )
        findings.fine(f"it may {verbs} the topics it is to", "rights")


def _rights_unknown(topic: TopicMetadata) -> bool:
    return topic.reads is None or topic.writes is None


async def _group(connection: AIOKafkaConnection, case: ExaminedProcess, findings: CheckFindings) -> None:
    """Whether it may be a member of its group: the heartbeat of no member changes nothing, and needs the same right."""
    if not case.process.groups:
        return
    large = getattr(case.settings, "share", "all") == "large"
    group = next((each for each in case.process.groups if each.endswith("-large") == large), case.process.groups[0])
    try:
        answer = await connection.send(HeartbeatRequest(group, -1, "doctor"))
    except (NotImplementedError, IncompatibleBrokerVersion):
        findings.unknown(f"whether it may be a member of {group} is not known: the broker does not tell", of="group")
        return
    if answer.error_code == metadata_request.GROUP_AUTHORIZATION_FAILED:
        mend = _grant("Read", f"group {group}")
        findings.problem(f"this process may not be a member of consumer group {group}", mend, "group")
    else:
        findings.fine(f"it may be a member of {group}", "group")


async def _idempotence(connection: AIOKafkaConnection, case: ExaminedProcess, findings: CheckFindings) -> None:
    """Whether the broker has what the setting asks for: it is asked for a number, as every producer asks."""
    if not case.process.writes or not case.settings.kafka_idempotent:
        return
    setting = variable("kafka_idempotent")
    error = await _producer_id(connection)
    if error == 0:
        findings.fine(f"they can be idempotent, as {setting} says", "producers")
    elif error in (metadata_request.CLUSTER_AUTHORIZATION_FAILED, metadata_request.TOPIC_AUTHORIZATION_FAILED):
        mend = f"{_grant('Write', 'a topic')}, or IdempotentWrite on the cluster"
        findings.problem("this process may not be an idempotent producer", mend, "producers")
    elif error in (None, *metadata_request.UNABLE):
        says = f"{setting} is true, and the broker has no idempotent producers"
        findings.problem(says, f"set {setting} to false", "producers")
    else:
        findings.unknown(f"whether they can be idempotent is not known (Kafka error {error})", of="producers")


async def _producer_id(connection: AIOKafkaConnection) -> int | None:
    """The error of the answer, which a broker that has just started cannot give yet; None where it has no answer."""
    try:
        for _ in range(_ATTEMPTS):
            answer: Any = await connection.send(InitProducerIdRequest(None, 60_000))
            if answer.error_code not in metadata_request.NOT_YET:
                break
            await asyncio.sleep(_PAUSE)
    except (NotImplementedError, IncompatibleBrokerVersion):
        return None
    return int(answer.error_code)


def _grant(operation: str, on: str) -> str:
    return f"grant its user the operation {operation} on {on}"
