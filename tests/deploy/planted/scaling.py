"""Mistakes by which a scaler takes replicas away that have work, or adds some that have none."""

from __future__ import annotations

from typing import Any

from tests.deploy.manifests import Object, Render
from tests.deploy.planted.registry import Absent, breaks, container, one, tell
from tests.deploy.rules import scaling


def _alignment(render: Render) -> Object:
    return one(render, "ScaledObject", "goldenthread-alignment")


def _trigger(scaler: Object) -> dict[str, Any]:
    found: dict[str, Any] = scaler.spec["triggers"][0]["metadata"]
    return found


@breaks(scaling.two_replicas_are_always_there)
def one_consumer(render: Render) -> object:
    found = _alignment(render)
    found.spec["minReplicaCount"] = 1
    return found


@breaks(scaling.two_replicas_are_always_there)
def none_when_idle(render: Render) -> object:
    found = _alignment(render)
    found.spec["idleReplicaCount"] = 0
    return found


@breaks(scaling.two_replicas_are_always_there)
def one_gateway(render: Render) -> object:
    found = one(render, "HorizontalPodAutoscaler", "goldenthread-gateway")
    found.spec["minReplicas"] = 1
    return found


@breaks(scaling.scaling_down_is_slow)
def down_at_once(render: Render) -> object:
    found = _alignment(render)
    del found.spec["advanced"]
    return found


@breaks(scaling.scaling_down_is_slow)
def gateways_down_at_once(render: Render) -> object:
    found = one(render, "HorizontalPodAutoscaler", "goldenthread-gateway")
    found.spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"] = 60
    return found


@breaks(scaling.consumers_are_as_many_as_partitions_at_most)
def more_consumers_than_partitions(render: Render) -> object:
    found = _alignment(render)
    found.spec["maxReplicaCount"] = 100
    return found


@breaks(scaling.consumers_are_as_many_as_partitions_at_most)
def other_partitions(render: Render) -> object:
    found = _alignment(render)
    tell(container(render, "alignment"), "GOLDENTHREAD_PARTITIONS", value="24")
    return found


@breaks(scaling.triggers_follow_what_is_consumed)
def the_group_of_another(render: Render) -> object:
    found = _alignment(render)
    _trigger(found)["consumerGroup"] = "goldenthread-alignment-large"
    return found


@breaks(scaling.triggers_follow_what_is_consumed)
def a_topic_that_is_not_followed(render: Render) -> object:
    found = one(render, "ScaledObject", "goldenthread-notifications")
    found.spec["triggers"].pop()
    return found


@breaks(scaling.triggers_count_the_backlog_alone)
def records_that_are_deleted(render: Render) -> object:
    found = _alignment(render)
    _trigger(found)["offsetResetPolicy"] = "earliest"
    return found


@breaks(scaling.triggers_ask_the_broker_of_the_process)
def another_broker(render: Render) -> object:
    found = _alignment(render)
    _trigger(found)["bootstrapServers"] = "kafka:9092"
    return found


@breaks(scaling.triggers_ask_the_broker_of_the_process)
def the_variables_of_another_container(render: Render) -> object:
    found = _alignment(render)
    found.spec["scaleTargetRef"]["envSourceContainerName"] = "alignment"
    return found


@breaks(scaling.logins_of_scalers_are_made)
def a_user_that_nobody_makes(render: Render) -> object:
    found = one(render, "TriggerAuthentication")
    if not render.of("KafkaUser"):
        raise Absent(f"{render} makes no users")
    found.spec["secretTargetRef"][1]["name"] = "goldenthread-autoscaler"
    return found


@breaks(scaling.triggers_speak_as_the_process_does)
def a_trigger_without_tls(render: Render) -> object:
    one(render, "Kafka")
    found = _alignment(render)
    del _trigger(found)["tls"]
    return found


@breaks(scaling.metrics_are_of_a_container)
def the_cpu_of_nobody(render: Render) -> object:
    found = one(render, "HorizontalPodAutoscaler")
    found.spec["metrics"][0]["containerResource"]["container"] = "gateway"
    return found


@breaks(scaling.logins_of_scalers_are_made)
def a_login_without_its_key(render: Render) -> object:
    one(render, "KafkaUser")
    found = one(render, "TriggerAuthentication")
    del found.spec["secretTargetRef"][2]
    return found


@breaks(scaling.logins_of_scalers_are_made)
def a_login_under_another_key(render: Render) -> object:
    one(render, "KafkaUser")
    found = one(render, "TriggerAuthentication")
    found.spec["secretTargetRef"][1]["key"] = "tls.crt"
    return found


@breaks(scaling.metrics_are_of_a_container)
def nothing_measured(render: Render) -> object:
    found = one(render, "HorizontalPodAutoscaler")
    del found.spec["metrics"]
    return found


@breaks(scaling.triggers_find_the_broker)
def a_broker_that_only_its_neighbours_find(render: Render) -> object:
    found = one(render, "ScaledObject", "goldenthread-alignment")
    tell(container(render, "alignment"), "GOLDENTHREAD_KAFKA", value="goldenthread-kafka-bootstrap:9093")
    return found
