"""Mistakes in brokers."""

from __future__ import annotations

from tests.deploy.manifests import Render
from tests.deploy.planted.registry import Absent, breaks, one
from tests.deploy.rules import brokers


@breaks(brokers.kafka_is_there)
def a_topic_of_another_cluster(render: Render) -> object:
    found = one(render, "KafkaTopic")
    found.body["metadata"]["labels"][brokers.CLUSTER] = "kafka"
    return found


@breaks(brokers.one_broker_may_be_lost)
def two_brokers(render: Render) -> object:
    one(render, "KafkaNodePool", "broker").spec["replicas"] = 2
    return one(render, "Kafka")


@breaks(brokers.one_broker_may_be_lost)
def every_copy_needed_to_write(render: Render) -> object:
    found = one(render, "Kafka")
    found.spec["kafka"]["config"]["min.insync.replicas"] = 3
    return found


@breaks(brokers.one_broker_may_be_lost)
def records_that_cannot_be_copied(render: Render) -> object:
    found = one(render, "Kafka")
    del found.spec["kafka"]["config"]["replica.fetch.max.bytes"]
    return found


@breaks(brokers.kafka_lets_in_who_shows_a_certificate)
def a_listener_for_everybody(render: Render) -> object:
    found = one(render, "Kafka")
    found.spec["kafka"]["listeners"].append({"name": "plain", "port": 9092, "type": "internal", "tls": False})
    return found


@breaks(brokers.kafka_lets_in_who_shows_a_certificate)
def nobody_is_asked(render: Render) -> object:
    found = one(render, "Kafka")
    del found.spec["kafka"]["authorization"]
    return found


@breaks(brokers.kafkas_containers_are_restricted)
def brokers_that_pod_security_refuses(render: Render) -> object:
    found = one(render, "KafkaNodePool", "broker")
    del found.spec["template"]["kafkaContainer"]["securityContext"]["seccompProfile"]
    return found


@breaks(brokers.kafkas_containers_are_restricted)
def an_operator_that_pod_security_refuses(render: Render) -> object:
    found = one(render, "Kafka")
    del found.spec["entityOperator"]["template"]["userOperatorContainer"]
    return found


@breaks(brokers.kafkas_containers_are_restricted)
def a_container_that_runs_first(render: Render) -> object:
    found = one(render, "KafkaNodePool", "controller")
    del found.spec["template"]["initContainer"]
    return found


@breaks(brokers.one_broker_may_be_lost)
def offsets_on_one_broker(render: Render) -> object:
    found = one(render, "Kafka")
    del found.spec["kafka"]["config"]["offsets.topic.replication.factor"]
    return found


@breaks(brokers.kafka_lets_in_who_shows_a_certificate)
def a_process_that_is_not_let_in(render: Render) -> object:
    found = one(render, "Kafka")
    found.spec["kafka"]["listeners"][0]["networkPolicyPeers"] = [{"podSelector": {"matchLabels": {"app": "kafka"}}}]
    return found


@breaks(brokers.kafka_lets_in_who_shows_a_certificate)
def nobody_makes_topics(render: Render) -> object:
    found = one(render, "Kafka")
    del found.spec["entityOperator"]["topicOperator"]
    return found


@breaks(brokers.brokers_keep_what_they_have)
def records_in_memory(render: Render) -> object:
    found = one(render, "KafkaNodePool", "broker")
    found.spec["storage"] = {"type": "ephemeral"}
    return found


@breaks(brokers.brokers_keep_what_they_have)
def two_controllers(render: Render) -> object:
    found = one(render, "KafkaNodePool", "controller")
    found.spec["replicas"] = 4
    return found


@breaks(brokers.a_broker_is_found_again)
def a_broker_that_is_only_found_by_itself(render: Render) -> object:
    found = next((each for each in render.containers() if each.body["name"] == "kafka"), None)
    if found is None:
        raise Absent("no container is a broker")
    for each in found.body["env"]:
        if each["name"] == "KAFKA_ADVERTISED_LISTENERS":
            each["value"] = "PLAINTEXT://localhost:9092"
    return found
