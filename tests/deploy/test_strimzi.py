"""The component kafka-strimzi: topics, users and permissions are those of the code; the brokers take what it sends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from goldenthread.contracts.topics import TOPICS
from goldenthread.launcher.topology import PROCESSES, Process
from tests.deploy import strimzi

each_process = pytest.mark.parametrize("process", PROCESSES, ids=[process.name for process in PROCESSES])


def objects(file: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(file.read_text()))


@pytest.fixture
def kafka() -> dict[str, Any]:
    (found,) = objects(strimzi.COMPONENT / "kafka.yaml")
    return dict(found["spec"]["kafka"])


@pytest.mark.parametrize("file", ["topics.yaml", "users.yaml"])
def test_what_is_written_from_the_code_is_up_to_date(file: str) -> None:
    path = strimzi.COMPONENT / file
    assert path.read_text() == strimzi.files()[path], "run: python -m tests.deploy.strimzi"


def test_every_topic_is_made_as_the_code_says() -> None:
    made = {each["metadata"]["name"]: each["spec"] for each in objects(strimzi.COMPONENT / "topics.yaml")}
    assert set(made) == {topic.name for topic in TOPICS}
    for topic in TOPICS:
        spec = made[topic.name]
        assert (spec["partitions"], spec["replicas"]) == (topic.partitions, strimzi.REPLICAS)
        assert {name: str(value) for name, value in spec["config"].items()} == topic.settings


def allowed(user: dict[str, Any]) -> set[tuple[str, str, str]]:
    """(operation, kind, name) of what a user may do."""
    acls = user["spec"]["authorization"]["acls"]
    assert {acl["resource"]["patternType"] for acl in acls} == {"literal"}
    return {
        (operation, acl["resource"]["type"], acl["resource"]["name"]) for acl in acls for operation in acl["operations"]
    }


def test_every_process_may_do_what_it_does_and_nothing_else() -> None:
    users = {each["metadata"]["name"]: each for each in objects(strimzi.COMPONENT / "users.yaml")}
    for process in PROCESSES:
        assert allowed(users.pop(strimzi.user_of(process))) == {
            *(("Read", "topic", topic) for topic in process.reads),
            *(("Read", "group", group) for group in process.groups),
            *(("Write", "topic", topic) for topic in process.writes),
        }
    keda = allowed(users.pop(strimzi.KEDA))
    assert {operation for operation, _, _ in keda} == {"Describe"}
    assert {name for _, kind, name in keda if kind == "group"} == {each for one in PROCESSES for each in one.groups}
    assert not users


def test_no_secret_of_a_user_is_called_like_that_of_a_process() -> None:
    """The User Operator writes a Secret of the user's name: it would be the one with the process's own secrets."""
    users = {each["metadata"]["name"] for each in objects(strimzi.COMPONENT / "users.yaml")}
    assert not users & {process.client for process in PROCESSES}


def test_brokers_take_the_largest_record_and_copy_it(kafka: dict[str, Any]) -> None:
    largest = max(topic.max_message_bytes for topic in TOPICS)
    assert kafka["config"]["message.max.bytes"] >= largest
    assert kafka["config"]["replica.fetch.max.bytes"] >= largest


def test_one_broker_may_fail_without_a_loss_or_a_stop(kafka: dict[str, Any]) -> None:
    config = kafka["config"]
    pools = objects(strimzi.COMPONENT / "node-pools.yaml")
    brokers = sum(pool["spec"]["replicas"] for pool in pools if "broker" in pool["spec"]["roles"])
    assert 1 < config["min.insync.replicas"] < strimzi.REPLICAS <= brokers
    for name in ("default.replication.factor", "offsets.topic.replication.factor"):
        assert config[name] == strimzi.REPLICAS
    assert {volume["type"] for pool in pools for volume in pool["spec"]["storage"]["volumes"]} == {"persistent-claim"}


def test_nobody_comes_without_a_certificate_and_no_topic_is_made_by_mistake(kafka: dict[str, Any]) -> None:
    assert kafka["authorization"] == {"type": "simple"}
    assert [(each["tls"], each["authentication"]["type"]) for each in kafka["listeners"]] == [(True, "tls")]
    assert kafka["config"]["auto.create.topics.enable"] is False


@each_process
def test_a_process_shows_the_certificate_of_its_own_user(process: Process) -> None:
    (patch,) = objects(strimzi.COMPONENT / "clients" / f"{process.name}.yaml")
    (volume,) = patch["spec"]["template"]["spec"]["volumes"]
    secrets = [source["secret"]["name"] for source in volume["projected"]["sources"]]
    assert secrets == [f"{strimzi.CLUSTER}-cluster-ca-cert", strimzi.user_of(process)]
