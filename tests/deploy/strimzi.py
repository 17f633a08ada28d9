"""Kafka's topics, users and their permissions as Strimzi takes them, from `topics` and `topology`.

`python -m tests.deploy.strimzi` writes them into the component; `test_strimzi.py` compares.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from goldenthread.contracts.topics import TOPICS, Topic
from goldenthread.launcher.topology import PROCESSES, Process

COMPONENT = Path(__file__).parents[2] / "deploy" / "k8s" / "components" / "kafka-strimzi"
CLUSTER = "goldenthread"
REPLICAS = 3
KEDA = "goldenthread-keda"
_LABELS = {"strimzi.io/cluster": CLUSTER, "app.kubernetes.io/part-of": "goldenthread"}
_TOPICS_HEAD = """\
# The topics. Written by `python -m tests.deploy.strimzi` from goldenthread/contracts/topics.py: change that.
"""
_USERS_HEAD = """\
# Who may do what. Written by `python -m tests.deploy.strimzi` from goldenthread/launcher/topology.py: change that.
# Read and Write include Describe; DescribeConfigs is for a look at the topics' settings when a process starts.
# Idempotent producers need no more than Write (Kafka 2.8 and newer).
"""


def topics() -> list[dict[str, Any]]:
    """A KafkaTopic for every topic."""
    return [_topic(topic) for topic in TOPICS]


def users() -> list[dict[str, Any]]:
    """A KafkaUser for every process, and one for KEDA, which reads how far the groups are behind."""
    ours = [_user(user_of(process), process_acls(process)) for process in PROCESSES]
    return [*ours, _user(KEDA, keda_acls())]


def user_of(process: Process) -> str:
    """The name of its KafkaUser, and of the Secret with the user's certificate. Not that of the process: its own Secret
    is called so.
    """
    return f"{process.client}-kafka"


def process_acls(process: Process) -> list[dict[str, Any]]:
    """What a process may do: what it does."""
    checked = ["DescribeConfigs"] if process.checks_topics else []
    return [
        *_each("topic", process.reads, "Read", *checked),
        *_each("group", process.groups, "Read"),
        *_each("topic", process.writes, "Write", *checked),
    ]


def keda_acls() -> list[dict[str, Any]]:
    """The groups that are scaled by their lag, and the topics that they read."""
    scaled = [process for process in PROCESSES if process.groups]
    read = {topic for process in scaled for topic in process.reads}
    return [
        *_each("topic", [topic.name for topic in TOPICS if topic.name in read], "Describe"),
        *_each("group", [group for process in scaled for group in process.groups], "Describe"),
    ]


def text(head: str, objects: Iterable[dict[str, Any]]) -> str:
    """A file of these objects."""
    return head + yaml.safe_dump_all(objects, sort_keys=False, width=120)


def files() -> dict[Path, str]:
    """What is in each of the written files."""
    return {
        COMPONENT / "topics.yaml": text(_TOPICS_HEAD, topics()),
        COMPONENT / "users.yaml": text(_USERS_HEAD, users()),
    }


def _topic(topic: Topic) -> dict[str, Any]:
    config = {name: int(value) for name, value in topic.settings.items()}
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaTopic",
        "metadata": {"name": topic.name, "labels": dict(_LABELS)},
        "spec": {"partitions": topic.partitions, "replicas": REPLICAS, "config": config},
    }


def _user(name: str, acls: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaUser",
        "metadata": {"name": name, "labels": dict(_LABELS)},
        "spec": {"authentication": {"type": "tls"}, "authorization": {"type": "simple", "acls": acls}},
    }


def _each(kind: str, names: Iterable[str], *operations: str) -> list[dict[str, Any]]:
    return [
        {"resource": {"type": kind, "name": name, "patternType": "literal"}, "operations": [*operations]}
        for name in names
    ]


if __name__ == "__main__":
    for file, content in files().items():
        file.write_text(content)
