"""Kafka has the topics of `contracts.topics`, and permits what `launcher.topology` says and nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from goldenthread.contracts.topics import TOPICS
from goldenthread.launcher.topology import PROCESSES, Process
from tests.deploy import strimzi
from tests.deploy.manifests import Object, Render, at
from tests.deploy.process_containers import Running, Variable, running, setting, variables
from tests.deploy.rules.brokers import config_of
from tests.deploy.rules.registry import every, rule
from tests.deploy.rules.secrets import references

CLUSTER = "strimzi.io/cluster"
_LEAST = 3
_NAMESPACE = "goldenthread"
"""Where nothing else is said: that of the overlays."""
_SECURE = ("SSL", "SASL_SSL")


@rule(every("Kafka"))
def topics_are_all_there(kafka: Object, render: Render) -> Iterator[str]:
    """Every topic of the code is made, and nothing makes another one."""
    made = {each.spec.get("topicName", each.name) for each in render.of("KafkaTopic")}
    for name in sorted({topic.name for topic in TOPICS} ^ made):
        yield f"the topic {name} is {'not in contracts/topics.py' if name in made else 'not made'}"
    if config_of(kafka).get("auto.create.topics.enable") is not False:
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


@rule(running)
def producers_are_idempotent(found: Running, render: Render) -> Iterator[str]:
    """With Apache Kafka, which has them: a retry must not write a record twice or out of order."""
    if variables(found.container, render).get(setting("kafka_idempotent"), Variable("")).text != "true":
        yield f"{setting('kafka_idempotent')} is to be true: only the embedded broker needs it off"


@rule(every("KafkaUser"))
def users_show_a_certificate(user: Object, _: Render) -> Iterator[str]:
    if at(user.spec, "authentication", "type") != "tls":
        yield "its authentication is to be tls: a Secret with a certificate is made of that"


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
        known = f"{kafka.name}-kafka-bootstrap.{kafka.namespace or _NAMESPACE}.svc"
        if host != known or listener is None:
            yield f"{found} is told {setting('kafka')}={address}, and its listeners are {known}:{sorted(listeners)}"
            continue
        protocol = given[setting("kafka_security_protocol")].text if setting("kafka_security_protocol") in given else ""
        if (protocol in _SECURE) != bool(listener.get("tls")):
            yield f"{found} speaks {protocol or 'PLAINTEXT'} at a listener with tls: {listener.get('tls')}"
        files = ("kafka_ca_file", "kafka_certificate_file", "kafka_key_file")
        for name in files if at(listener, "authentication", "type") == "tls" else files[:1]:
            if listener.get("tls") and setting(name) not in given:
                yield f"{found} is not told {setting(name)}, which the listener asks for"


def _of(process: Process) -> set[str]:
    return {strimzi.user_of(process), f"{process.client}-client-cert", process.client}


def _permissions(acls: list[dict[str, Any]]) -> set[tuple[str, str, str, str]]:
    """(operation, kind, name, how the name is meant)."""
    return {
        (operation, each["resource"]["type"], each["resource"]["name"], each["resource"].get("patternType", "literal"))
        for each in acls
        for operation in each["operations"]
    }
