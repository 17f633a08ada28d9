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
    tell(container(render, "goals"), "GOLDENTHREAD_KAFKA", value="goldenthread-kafka-bootstrap.goldenthread.svc:9092")
    return found


@breaks(kafka.processes_come_as_the_listener_wants)
def plain_text_at_a_port_with_tls(render: Render) -> object:
    found = one(render, "Kafka")
    tell(container(render, "goals"), "GOLDENTHREAD_KAFKA_SECURITY_PROTOCOL", value="PLAINTEXT")
    return found


@breaks(kafka.producers_are_idempotent)
def records_twice(render: Render) -> object:
    found = container(render, "goals")
    tell(found, "GOLDENTHREAD_KAFKA_IDEMPOTENT", value="false")
    return found


@breaks(kafka.processes_come_as_the_listener_wants)
def a_certificate_without_its_key(render: Render) -> object:
    found = one(render, "Kafka")
    name = container(render, "goals").body["envFrom"][0]["configMapRef"]["name"]
    del one(render, "ConfigMap", name).body["data"]["GOLDENTHREAD_KAFKA_KEY_FILE"]
    return found


@breaks(kafka.users_show_a_certificate)
def a_user_without_a_certificate(render: Render) -> object:
    found = one(render, "KafkaUser")
    del found.spec["authentication"]
    return found
