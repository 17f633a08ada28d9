"""Kafka's brokers: one may be lost, nobody comes in unknown, and Pod Security lets their pods in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from goldenthread.contracts.topics import TOPICS
from tests.deploy.manifests import Container, Object, Render, at, selects
from tests.deploy.process_containers import running, setting, variables
from tests.deploy.rules.registry import containers, every, rule

CLUSTER = "strimzi.io/cluster"
_LEAST = 3
"""Brokers, and controllers: with fewer none may be lost."""


@rule(every("KafkaTopic", "KafkaUser", "KafkaNodePool"))
def kafka_is_there(thing: Object, render: Render) -> Iterator[str]:
    """Strimzi finds a cluster by a label, and leaves alone what names another one, without a word."""
    if render.find("Kafka", thing.labels.get(CLUSTER, "")) is None:
        yield f"its label {CLUSTER} is {thing.labels.get(CLUSTER)}, which is no Kafka here"


@rule(every("Kafka"))
def one_broker_may_be_lost(kafka: Object, render: Render) -> Iterator[str]:
    """Copies are on several brokers, and one fewer is enough to write; every broker takes the largest record."""
    pools = [each for each in render.of("KafkaNodePool") if "broker" in each.spec.get("roles", [])]
    brokers = sum(each.spec["replicas"] for each in pools)
    config, enough = config_of(kafka), int(config_of(kafka).get("min.insync.replicas", 1))
    for made in render.of("KafkaTopic"):
        copies = made.spec.get("replicas", config.get("default.replication.factor", 1))
        if not 1 < enough < copies <= brokers:
            yield f"{made.name}: {copies} copies on {brokers} brokers, {enough} needed to write: losing one stops it"
    for name in ("offsets.topic.replication.factor", "transaction.state.log.replication.factor"):
        if not enough < int(config.get(name, 1)) <= brokers:
            yield f"{name} is {config.get(name, 1)}: more than {enough}, and not more than {brokers} brokers"
    largest = max(topic.max_message_bytes for topic in TOPICS)
    for name in ("message.max.bytes", "replica.fetch.max.bytes"):
        if int(config.get(name, 0)) < largest:
            yield f"{name} is {config.get(name)}, and records have up to {largest} bytes"


@rule(every("Kafka"))
def kafka_lets_in_who_shows_a_certificate(kafka: Object, render: Render) -> Iterator[str]:
    """Everybody is known, and may do what the KafkaUsers say."""
    if at(kafka.spec, "kafka", "authorization", "type") != "simple":
        yield "its authorization is to be simple: otherwise the KafkaUsers' ACLs say nothing"
    for each in at(kafka.spec, "kafka", "listeners", default=[]):
        if not each.get("tls") or not each.get("authentication"):
            yield f"its listener {each['name']} is to have tls and authentication"
        allowed = each.get("networkPolicyPeers") or []
        peers = [peer.get("podSelector") for peer in allowed if "namespaceSelector" not in peer]
        for found in running(render) if allowed else []:
            if not any(selects(peer, found.container.pod.labels) for peer in peers):
                yield f"the networkPolicyPeers of its listener {each['name']} leave out {found.container.pod}"
    for name in ("topicOperator", "userOperator"):
        if at(kafka.spec, "entityOperator", name) is None:
            yield f"its entityOperator has no {name}: nobody would make topics and users"


@rule(every("KafkaNodePool"))
def brokers_keep_what_they_have(pool: Object, _: Render) -> Iterator[str]:
    """On volumes that stay, also when the pool is deleted; one of three or more may be lost."""
    volumes = at(pool.spec, "storage", "volumes", default=[])
    if not volumes or {each["type"] for each in volumes} != {"persistent-claim"}:
        yield "its storage is to be on volumes of the type persistent-claim"
    if any(each.get("deleteClaim") for each in volumes):
        yield "deleteClaim is on: who deletes the pool by mistake deletes the records, too"
    if pool.spec["replicas"] < _LEAST or ("controller" in pool.spec["roles"] and pool.spec["replicas"] % 2 == 0):
        yield f"it has {pool.spec['replicas']} replicas: at least {_LEAST}, and of controllers an odd number"


@rule(every("Kafka", "KafkaNodePool"))
def kafkas_containers_are_restricted(thing: Object, _: Render) -> Iterator[str]:
    """Strimzi writes no securityContext by itself: each of its containers is to have one."""
    template = at(thing.spec, "entityOperator", "template", default={}) if thing.kind == "Kafka" else {}
    names = ["topicOperatorContainer", "userOperatorContainer"]
    if thing.kind == "KafkaNodePool":
        template, names = at(thing.spec, "template", default={}), ["kafkaContainer", "initContainer"]
    for name in names:
        context = at(template, name, "securityContext", default={})
        if (
            context.get("allowPrivilegeEscalation") is not False
            or context.get("runAsNonRoot") is not True
            or at(context, "capabilities", "drop") != ["ALL"]
            or at(context, "seccompProfile", "type") != "RuntimeDefault"
        ):
            yield f"template.{name}.securityContext is {context}: Pod Security would refuse its pods"


def config_of(kafka: Object) -> dict[str, Any]:
    """Its brokers' settings, which Strimzi leaves free."""
    found: dict[str, Any] = at(kafka.spec, "kafka", "config", default={})
    return found


@rule(containers)
def a_broker_is_found_again(container: Container, render: Render) -> Iterator[str]:
    """Clients go on at the address that the broker names itself by: the one that they are told."""
    own = variables(container, render).get("KAFKA_ADVERTISED_LISTENERS")
    if own is None:
        return
    told = {variables(each.container, render)[setting("kafka")].text for each in running(render)}
    if {each.partition("://")[2] for each in own.text.split(",")} != told:
        yield f"it calls itself {own.text}, and processes are told {sorted(told)}"
