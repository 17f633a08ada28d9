"""Kafka has the topics of `contracts.topics`, and permits what `launcher.topology` says and nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from goldenthread.contracts.topics import TOPICS
from goldenthread.launcher.topology import PROCESSES, Process
from tests.deploy import strimzi
from tests.deploy.manifests import Object, Render, at
from tests.deploy.rules.registry import every, rule
from tests.deploy.rules.secrets import references
from tests.deploy.running import Running, running, setting, variables

CLUSTER = "strimzi.io/cluster"
_SECURE = ("SSL", "SASL_SSL")


@rule(every("Kafka"))
def topics_are_all_there(kafka: Object, render: Render) -> Iterator[str]:
    """Every topic of the code is made, and nothing makes another one."""
    made = {each.spec.get("topicName", each.name) for each in render.of("KafkaTopic")}
    for name in sorted({topic.name for topic in TOPICS} ^ made):
        yield f"the topic {name} is {'not in contracts/topics.py' if name in made else 'not made'}"
    if _config(kafka).get("auto.create.topics.enable") is not False:
        yield "auto.create.topics.enable is to be false: a misspelt name would make a topic with one partition"


@rule(every("KafkaTopic"))
def topics_are_as_the_code_says(made: Object, _: Render) -> Iterator[str]:
    """Partitions and settings, which Strimzi does not look at itself."""
    topic = next((each for each in TOPICS if each.name == made.spec.get("topicName", made.name)), None)
    if topic is None:
        return
    config = {name: str(value) for name, value in at(made.spec, "config", default={}).items()}
    if made.spec.get("partitions") != topic.partitions:
        yield f"it has {made.spec.get('partitions')} partitions, and contracts/topics.py says {topic.partitions}"
    if config != topic.settings:
        yield f"its config is {config}, and contracts/topics.py says {topic.settings}"


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
    config, enough = _config(kafka), int(_config(kafka).get("min.insync.replicas", 1))
    for made in render.of("KafkaTopic"):
        copies = made.spec.get("replicas", config.get("default.replication.factor", 1))
        if not 1 < enough < copies <= brokers:
            yield f"{made.name}: {copies} copies on {brokers} brokers, {enough} needed to write: losing one stops it"
    largest = max(topic.max_message_bytes for topic in TOPICS)
    for name in ("message.max.bytes", "replica.fetch.max.bytes"):
        if int(config.get(name, 0)) < largest:
            yield f"{name} is {config.get(name)}, and records have up to {largest} bytes"


@rule(every("Kafka"))
def kafka_lets_in_who_shows_a_certificate(kafka: Object, _: Render) -> Iterator[str]:
    """Everybody is known, and may do what the KafkaUsers say."""
    if at(kafka.spec, "kafka", "authorization", "type") != "simple":
        yield "its authorization is to be simple: otherwise the KafkaUsers' ACLs say nothing"
    for each in at(kafka.spec, "kafka", "listeners", default=[]):
        if not each.get("tls") or not each.get("authentication"):
            yield f"its listener {each['name']} is to have tls and authentication"


@rule(every("KafkaUser"))
def users_may_do_what_they_do(user: Object, _: Render) -> Iterator[str]:
    """A process: what topology says it reads and writes, in its groups. KEDA: see how far the groups are behind."""
    process = next((each for each in PROCESSES if strimzi.user_of(each) == user.name), None)
    if process is None and user.name != strimzi.KEDA:
        yield f"it is nobody's: users are {[strimzi.user_of(each) for each in PROCESSES]} and {strimzi.KEDA}"
        return
    needed = strimzi.keda_acls() if process is None else strimzi.process_acls(process)
    have, want = _permissions(at(user.spec, "authorization", "acls", default=[])), _permissions(needed)
    for extra in sorted(have - want):
        yield f"it may {' '.join(extra)}, which nothing in launcher/topology.py asks for"
    for missing in sorted(want - have):
        yield f"it may not {' '.join(missing)}, which launcher/topology.py says it does"


@rule(running)
def certificates_are_its_own(found: Running, render: Render) -> Iterator[str]:
    """A process shows the certificate of its own user of Kafka, and its own role of PostgreSQL."""
    own = {strimzi.user_of(found.process), f"{found.process.client}-client-cert", found.process.client}
    others = {name for process in PROCESSES if process != found.process for name in _of(process)} | {strimzi.KEDA}
    for name in sorted({each.name for each in references(found.container.pod)} & (others - own)):
        yield f"it has the Secret {name}, which is not that of {found.process.name}"


@rule(every("Kafka"))
def processes_come_as_the_listener_wants(kafka: Object, render: Render) -> Iterator[str]:
    """Every process has the address and the security of a listener, and shows who it is."""
    listeners = {each["port"]: each for each in at(kafka.spec, "kafka", "listeners", default=[])}
    for found in running(render):
        given = variables(found.container, render)
        address = given[setting("kafka")].text if setting("kafka") in given else ""
        host, _, port = address.rpartition(":")
        listener = listeners.get(int(port)) if port.isdigit() else None
        if host != f"{kafka.name}-kafka-bootstrap" or listener is None:
            yield f"{found} is told {setting('kafka')}={address}, which is none of its listeners {sorted(listeners)}"
            continue
        protocol = given[setting("kafka_security_protocol")].text if setting("kafka_security_protocol") in given else ""
        if (protocol in _SECURE) != bool(listener.get("tls")):
            yield f"{found} speaks {protocol or 'PLAINTEXT'} at a listener with tls: {listener.get('tls')}"
        if at(listener, "authentication", "type") == "tls" and setting("kafka_certificate_file") not in given:
            yield f"{found} shows no certificate: {setting('kafka_certificate_file')} is not set"


@rule(every("Kafka", "KafkaNodePool"))
def kafkas_containers_are_restricted(thing: Object, _: Render) -> Iterator[str]:
    """Strimzi writes no securityContext by itself: each of its containers is to have one."""
    template = at(thing.spec, "entityOperator", "template", default={}) if thing.kind == "Kafka" else {}
    names = ["topicOperatorContainer", "userOperatorContainer"]
    if thing.kind == "KafkaNodePool":
        template, names = at(thing.spec, "template", default={}), ["kafkaContainer"]
    for name in names:
        context = at(template, name, "securityContext", default={})
        if (
            context.get("allowPrivilegeEscalation") is not False
            or context.get("runAsNonRoot") is not True
            or at(context, "capabilities", "drop") != ["ALL"]
            or at(context, "seccompProfile", "type") != "RuntimeDefault"
        ):
            yield f"template.{name}.securityContext is {context}: Pod Security would refuse its pods"


def _of(process: Process) -> set[str]:
    return {strimzi.user_of(process), f"{process.client}-client-cert", process.client}


def _config(kafka: Object) -> dict[str, Any]:
    found: dict[str, Any] = at(kafka.spec, "kafka", "config", default={})
    return found


def _permissions(acls: list[dict[str, Any]]) -> set[tuple[str, str, str, str]]:
    """(operation, kind, name, how the name is meant)."""
    return {
        (operation, each["resource"]["type"], each["resource"]["name"], each["resource"].get("patternType", "literal"))
        for each in acls
        for operation in each["operations"]
    }
