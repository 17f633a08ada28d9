"""Mistakes in topics, users, and in how processes come to Kafka."""

from __future__ import annotations

from tests.deploy.manifests import Render
from tests.deploy.planted.registry import breaks, container, one, pod, tell
from tests.deploy.rules import kafka


@breaks(kafka.topics_are_all_there)
def a_topic_that_nobody_makes(render: Render) -> object:
    render.objects.remove(one(render, "KafkaTopic", "goldenthread.alerts.v1.dead"))
    return one(render, "Kafka")


@breaks(kafka.topics_are_all_there)
def a_topic_that_is_misspelt(render: Render) -> object:
    one(render, "KafkaTopic", "goldenthread.alerts.v1").spec["topicName"] = "goldenthread.alert.v1"
    return one(render, "Kafka")


@breaks(kafka.topics_are_all_there)
def topics_by_mentioning_them(render: Render) -> object:
    found = one(render, "Kafka")
    found.spec["kafka"]["config"]["auto.create.topics.enable"] = True
    return found


@breaks(kafka.topics_are_as_the_code_says)
def more_partitions_than_of_its_companion(render: Render) -> object:
    found = one(render, "KafkaTopic", "goldenthread.alignment.v1")
    found.spec["partitions"] = 24
    return found


@breaks(kafka.topics_are_as_the_code_says)
def room_for_small_records_only(render: Render) -> object:
    found = one(render, "KafkaTopic", "goldenthread.alerts.v1")
    found.spec["config"]["max.message.bytes"] = 1048576
    return found


@breaks(kafka.topics_are_as_the_code_says)
def a_setting_that_no_schema_knows(render: Render) -> object:
    found = one(render, "KafkaTopic", "goldenthread.alerts.v1")
    found.spec["config"]["cleanup.police"] = "compact"
    return found


@breaks(kafka.kafka_is_there)
def a_topic_of_another_cluster(render: Render) -> object:
    found = one(render, "KafkaTopic")
    found.body["metadata"]["labels"][kafka.CLUSTER] = "kafka"
    return found


@breaks(kafka.one_broker_may_be_lost)
def two_brokers(render: Render) -> object:
    one(render, "KafkaNodePool", "broker").spec["replicas"] = 2
    return one(render, "Kafka")


@breaks(kafka.one_broker_may_be_lost)
def every_copy_needed_to_write(render: Render) -> object:
    found = one(render, "Kafka")
    found.spec["kafka"]["config"]["min.insync.replicas"] = 3
    return found


@breaks(kafka.one_broker_may_be_lost)
def records_that_cannot_be_copied(render: Render) -> object:
    found = one(render, "Kafka")
    del found.spec["kafka"]["config"]["replica.fetch.max.bytes"]
    return found


@breaks(kafka.kafka_lets_in_who_shows_a_certificate)
def a_listener_for_everybody(render: Render) -> object:
    found = one(render, "Kafka")
    found.spec["kafka"]["listeners"].append({"name": "plain", "port": 9092, "type": "internal", "tls": False})
    return found


@breaks(kafka.kafka_lets_in_who_shows_a_certificate)
def nobody_is_asked(render: Render) -> object:
    found = one(render, "Kafka")
    del found.spec["kafka"]["authorization"]
    return found


@breaks(kafka.users_may_do_what_they_do)
def a_user_who_may_write_everything(render: Render) -> object:
    found = one(render, "KafkaUser", "goldenthread-gateway-kafka")
    resource = {"type": "topic", "name": "goldenthread.", "patternType": "prefix"}
    found.spec["authorization"]["acls"].append({"resource": resource, "operations": ["Write"]})
    return found


@breaks(kafka.users_may_do_what_they_do)
def a_group_that_was_forgotten(render: Render) -> object:
    found = one(render, "KafkaUser", "goldenthread-alignment-kafka")
    acls = found.spec["authorization"]["acls"]
    found.spec["authorization"]["acls"] = [
        each for each in acls if each["resource"]["name"] != "goldenthread-alignment-large"
    ]
    return found


@breaks(kafka.users_may_do_what_they_do)
def a_user_of_nobody(render: Render) -> object:
    found = one(render, "KafkaUser", "goldenthread-goals-kafka")
    found.body["metadata"]["name"] = "goals"
    return found


@breaks(kafka.certificates_are_its_own)
def the_certificate_of_another_process(render: Render) -> object:
    one(render, "Kafka")
    found = pod(render, "gateway")
    for volume in found.spec["volumes"]:
        for source in volume.get("projected", {}).get("sources", []):
            if source["secret"]["name"] == "goldenthread-gateway-kafka":
                source["secret"]["name"] = "goldenthread-goals-kafka"
    return container(render, "gateway")


@breaks(kafka.processes_come_as_the_listener_wants)
def kafka_at_a_port_that_it_does_not_have(render: Render) -> object:
    found = one(render, "Kafka")
    tell(container(render, "goals"), "GOLDENTHREAD_KAFKA", value="goldenthread-kafka-bootstrap:9092")
    return found


@breaks(kafka.processes_come_as_the_listener_wants)
def plain_text_at_a_port_with_tls(render: Render) -> object:
    found = one(render, "Kafka")
    tell(container(render, "goals"), "GOLDENTHREAD_KAFKA_SECURITY_PROTOCOL", value="PLAINTEXT")
    return found


@breaks(kafka.kafkas_containers_are_restricted)
def brokers_that_pod_security_refuses(render: Render) -> object:
    found = one(render, "KafkaNodePool", "broker")
    del found.spec["template"]["kafkaContainer"]["securityContext"]["seccompProfile"]
    return found


@breaks(kafka.kafkas_containers_are_restricted)
def an_operator_that_pod_security_refuses(render: Render) -> object:
    found = one(render, "Kafka")
    del found.spec["entityOperator"]["template"]["userOperatorContainer"]
    return found
