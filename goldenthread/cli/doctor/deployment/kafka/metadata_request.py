"""Requests to Kafka that aiokafka has no newer form of: metadata with what the asking user may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Schema, String
from msgspec import Struct

_UNTOLD = -(2**31)
"""Kafka's word for operations that were not asked for, or are not told."""
_READ, _WRITE = 1 << 3, 1 << 4
"""Kafka's operations (`AclOperation`), as bits."""
TOPIC_AUTHORIZATION_FAILED, GROUP_AUTHORIZATION_FAILED = 29, 30
CLUSTER_AUTHORIZATION_FAILED = 31
NOT_YET = (14, 15, 16)
UNABLE = (-1, 35)
"""The errors of brokers that know a request and cannot serve it."""

_TEXT = String("utf-8")
_PARTITION = Array(
    ("error_code", Int16),
    ("partition", Int32),
    ("leader", Int32),
    ("leader_epoch", Int32),
    ("replicas", Array(Int32)),
    ("isr", Array(Int32)),
    ("offline_replicas", Array(Int32)),
)


class _Answer(Response):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", Array(("node_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT))),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("topic", _TEXT),
                ("is_internal", Boolean),
                ("partitions", _PARTITION),
                ("operations", Int32),
            ),
        ),
        ("cluster_operations", Int32),
    )


class _Question(RequestStruct):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 8
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(
        ("topics", Array(_TEXT)),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_operations", Boolean),
        ("include_topic_operations", Boolean),
    )


class DescribeTopics(Request[_Question]):  # type: ignore[misc]
    """Asks for topics by name, without creating any, and for what the user may do there (Metadata v8, KIP-430)."""

    API_KEY = 3

    def __init__(self, topics: Sequence[str]) -> None:
        self._topics = list(topics)

    def build(self, request_struct_class: type[Any]) -> Any:
        """As aiokafka asks for it."""
        return request_struct_class(self._topics, False, False, True)


class TopicMetadata(Struct, frozen=True):
    """A topic as the brokers answer it to this user."""

    name: str
    error: int
    partitions: int
    leaderless: int
    reads: bool | None
    """Whether the user may read it; None where the brokers do not tell."""
    writes: bool | None


class ClusterMetadata(Struct, frozen=True):
    """The brokers, as they call themselves, and the topics that were asked for."""

    brokers: list[tuple[int, str, int]]
    topics: dict[str, TopicMetadata]


def read_metadata(answer: Any) -> ClusterMetadata:
    """What an answer to `DescribeTopics`, or to aiokafka's own request for metadata, says."""
    found = answer.to_object()
    topics = [_topic(each) for each in found["topics"]]
    brokers = [(each["node_id"], each["host"], each["port"]) for each in found["brokers"]]
    return ClusterMetadata(brokers, {each.name: each for each in topics})


def _topic(found: dict[str, Any]) -> TopicMetadata:
    partitions, operations = found["partitions"], found.get("operations", _UNTOLD)
    told = operations != _UNTOLD
    return TopicMetadata(
        name=found["topic"],
        error=found["error_code"],
        partitions=len(partitions),
        leaderless=sum(each["leader"] < 0 for each in partitions),
        reads=bool(operations & _READ) if told else None,
        writes=bool(operations & _WRITE) if told else None,
    )
