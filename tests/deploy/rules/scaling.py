"""Scalers follow the work of the process that they scale: never below two replicas, never beyond what has work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from goldenthread.contracts.topics import PARTITIONS
from tests.deploy.manifests import Object, Render, at
from tests.deploy.process_containers import Running, Variable, running, setting, variables
from tests.deploy.rules.registry import every, rule
from tests.deploy.rules.rolling import SCALERS, target

LEAST = 2
SLOW = 300
"""Seconds in which fewer replicas must be enough before one is taken away."""
_LOGIN = {"ca": "ca.crt", "cert": "user.crt", "key": "user.key"}
"""What KEDA takes, and the key of Strimzi's Secrets that has it."""
_BY_METADATA = ("allowIdleConsumers", "scaleToZeroOnInvalidOffset")


def scaled(scaler: Object, render: Render) -> Running | None:
    """The process that a scaler scales, if it is one of ours."""
    owner = target(scaler, render)
    return next((each for each in running(render) if each.container.pod.owner is owner), None)


def group_of(found: Running, render: Render) -> str:
    """The consumer group of a process, as it is told to share the work."""
    share = variables(found.container, render).get("GOLDENTHREAD_SHARE")
    large = share is not None and share.text == "large"
    return next(each for each in found.process.groups if each.endswith("-large") == large)


@rule(every(*SCALERS))
def two_replicas_are_always_there(scaler: Object, _: Render) -> Iterator[str]:
    """They publish what is stored and answer callers, too, whatever there is to consume: one node may be lost."""
    least = scaler.spec.get("minReplicaCount", scaler.spec.get("minReplicas", 0))
    if least < LEAST:
        yield f"it goes down to {least} replicas: {LEAST} are the least, or nothing is published while one is replaced"
    if "idleReplicaCount" in scaler.spec:
        yield "idleReplicaCount takes the replicas away when there is nothing to consume: leave it out"


@rule(every(*SCALERS))
def scaling_down_is_slow(scaler: Object, _: Render) -> Iterator[str]:
    """Each replica that goes hands over its organizations, or closes its WebSockets."""
    place = ("advanced", "horizontalPodAutoscalerConfig") if scaler.kind == "ScaledObject" else ()
    window = at(scaler.spec, *place, "behavior", "scaleDown", "stabilizationWindowSeconds", default=0)
    if window < SLOW:
        yield f"its scaleDown.stabilizationWindowSeconds is {window}: {SLOW} or more, so that a lull takes nobody away"


@rule(every("ScaledObject"))
def consumers_are_as_many_as_partitions_at_most(scaler: Object, render: Render) -> Iterator[str]:
    """So many replicas can have work, and no more: as many partitions as the installation has chosen."""
    found = scaled(scaler, render)
    chosen = variables(found.container, render).get("GOLDENTHREAD_PARTITIONS") if found is not None else None
    partitions = int(chosen.text) if chosen is not None else PARTITIONS
    most = scaler.spec.get("maxReplicaCount", 100)
    if most != partitions:
        yield f"maxReplicaCount is {most}, and topics have {partitions} partitions: one replica for each"


@rule(every("ScaledObject"))
def triggers_follow_what_is_consumed(scaler: Object, render: Render) -> Iterator[str]:
    """A trigger for every topic that the process reads, in its own group; no other."""
    found = scaled(scaler, render)
    if found is None:
        yield "it scales none of our processes"
        return
    watched = [(each.get("consumerGroup"), each.get("topic")) for each in _kafka(scaler)]
    wanted = [(group_of(found, render), topic) for topic in found.process.reads]
    for group, topic in watched:
        if (group, topic) not in wanted:
            yield f"it follows {topic} in the group {group}, and {found.process.name} reads {wanted}"
    for group, topic in wanted:
        if (group, topic) not in watched:
            yield f"it has no trigger for {topic} in the group {group}"


@rule(every("ScaledObject"))
def triggers_count_the_backlog_alone(scaler: Object, _: Render) -> Iterator[str]:
    """A partition without a committed offset is no backlog of all that ever was on it (KEDA up to 2.20)."""
    for number, metadata in enumerate(_kafka(scaler)):
        if metadata.get("offsetResetPolicy") != "latest":
            yield f"offsetResetPolicy of trigger {number} is to be latest: see the component's README"
        if metadata.get("limitToPartitionsWithLag") != "true":
            yield f"trigger {number} is to have limitToPartitionsWithLag: no replica helps another with its partition"
        for name in _BY_METADATA:
            if metadata.get(name) == "true":
                yield f"{name} of trigger {number} asks for replicas that have no work, or takes those that have"


@rule(every("ScaledObject"))
def triggers_ask_the_broker_of_the_process(scaler: Object, render: Render) -> Iterator[str]:
    """The address is read from the container, where it stands once."""
    found = scaled(scaler, render)
    source = at(scaler.spec, "scaleTargetRef", "envSourceContainerName")
    if found is not None and source != found.container.body["name"]:
        yield f"envSourceContainerName is {source!r}, and the process runs in {found.container.body['name']!r}"
    for number, metadata in enumerate(_kafka(scaler)):
        if "bootstrapServers" in metadata or metadata.get("bootstrapServersFromEnv") != "GOLDENTHREAD_KAFKA":
            yield f"trigger {number} is to have the process's address: bootstrapServersFromEnv: GOLDENTHREAD_KAFKA"


@rule(every("ScaledObject"))
def triggers_find_the_broker(scaler: Object, render: Render) -> Iterator[str]:
    """KEDA's operator looks names up from its own namespace, where a Service's name alone is nothing."""
    found = scaled(scaler, render)
    told = variables(found.container, render).get(setting("kafka")) if found is not None else None
    for address in told.text.split(",") if told is not None else ():
        if "." not in address:
            yield f"{setting('kafka')} is {address}: KEDA does not find it without the namespace, NAME.NAMESPACE.svc"


@rule(every("TriggerAuthentication"))
def logins_of_scalers_are_made(login: Object, render: Render) -> Iterator[str]:
    """By Strimzi, where it makes the users: a KafkaUser, and the authority of the cluster."""
    users = {each.name for each in render.of("KafkaUser")}
    if users and (missing := set(_LOGIN) - {each.get("parameter") for each in login.spec.get("secretTargetRef") or []}):
        yield f"it has no {sorted(missing)}: Kafka asks for a certificate, and shows one"
    authorities = {f"{each.name}-cluster-ca-cert" for each in render.of("Kafka")}
    for each in login.spec.get("secretTargetRef") or []:
        if users and each["name"] not in users | authorities:
            yield f"it needs the Secret {each['name']}, which neither a KafkaUser nor a Kafka makes: {sorted(users)}"
        if users and each["key"] != _LOGIN.get(each["parameter"], each["key"]):
            yield f"the key {each['key']} is not in {each['name']}: {each['parameter']} is {_LOGIN[each['parameter']]}"


@rule(every("ScaledObject"))
def triggers_speak_as_the_process_does(scaler: Object, render: Render) -> Iterator[str]:
    """By TLS where it does, as far as the render says."""
    found = scaled(scaler, render)
    told = variables(found.container, render) if found is not None else {}
    if found is None or setting("kafka") not in told:
        return
    protocol = told.get(setting("kafka_security_protocol"), Variable("PLAINTEXT")).text
    for number, metadata in enumerate(_kafka(scaler)):
        if (metadata.get("tls") == "enable") != protocol.endswith("SSL"):
            yield f"trigger {number} has tls: {metadata.get('tls')}, and the process speaks {protocol}"


@rule(every("HorizontalPodAutoscaler"))
def metrics_are_of_a_container(scaler: Object, render: Render) -> Iterator[str]:
    """What is measured of one container names one that is there."""
    owner = target(scaler, render)
    names = {each.body["name"] for each in render.containers() if each.pod.owner is owner}
    if not scaler.spec.get("metrics"):
        yield "it has no metrics: Kubernetes would take the CPU of all containers, beside what they request"
    for metric in scaler.spec.get("metrics") or []:
        name = at(metric, "containerResource", "container", default="")
        if name and name not in names:
            yield f"it looks at the container {name}, and {owner} has {sorted(names)}"


def _kafka(scaler: Object) -> list[dict[str, Any]]:
    """What the triggers of Kafka are told."""
    return [each.get("metadata") or {} for each in scaler.spec.get("triggers") or [] if each["type"] == "kafka"]
