"""NetworkPolicies let through what a process connects to, and nothing else: the arrows of `launcher.topology`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from goldenthread.launcher.topology import GATEWAY, PROCESSES
from tests.deploy.manifests import COMPONENT, Object, Pod, Render, selects
from tests.deploy.rules.kafka import CLUSTER
from tests.deploy.rules.registry import every, rule
from tests.deploy.running import OURS, Running, our_pods, running, setting, variables

_WAYS = {"Ingress": ("ingress", "from"), "Egress": ("egress", "to")}
_HTTP, _INTERNAL, _DNS, _POSTGRES = 8080, 9090, 53, 5432


def policed(render: Render) -> list[Pod]:
    """Subjects: our pods, where there are policies."""
    return our_pods(render) if render.of("NetworkPolicy") else []


def calling(render: Render) -> list[Running]:
    """Subjects: our processes, where there are policies."""
    return running(render) if render.of("NetworkPolicy") else []


@rule(policed)
def everything_else_is_denied(pod: Pod, render: Render) -> Iterator[str]:
    """Some policy chooses it for both ways: then only what policies allow comes in or goes out."""
    for way in _WAYS:
        if not _of(pod, way, render):
            yield f"no NetworkPolicy denies its {way}: choose its label {COMPONENT} in the one that denies"


@rule(policed)
def names_can_be_looked_up(pod: Pod, render: Render) -> Iterator[str]:
    """By UDP, and by TCP where an answer is long."""
    open_ports = [port for each in _rules(pod, "Egress", render) for port in each.get("ports") or []]
    for protocol in ("UDP", "TCP"):
        if not any(each.get("port") == _DNS and each.get("protocol", "TCP") == protocol for each in open_ports):
            yield f"it may not ask for names by {protocol}, port {_DNS}"


@rule(calling)
def neighbours_are_let_through(found: Running, render: Render) -> Iterator[str]:
    """It may call exactly the processes that topology says it calls, and each of them lets it in."""
    for other in running(render):
        answers = other.component == other.process.name
        needed = other.process.name in found.process.calls and answers
        leaves = _allows(found.container.pod, "Egress", other.container.pod.labels, _HTTP, render)
        enters = _allows(other.container.pod, "Ingress", found.container.pod.labels, _HTTP, render)
        if needed != leaves or needed != enters:
            text = "it calls it" if needed else "nothing in launcher/topology.py calls it"
            yield f"{other.container.pod}: may go out: {leaves}, is let in: {enters}, and {text}"


@rule(calling)
def servers_are_reached(found: Running, render: Render) -> Iterator[str]:
    """Kafka for all, PostgreSQL for who has a database: by the labels that their operators give to pods."""
    pod, wanted = found.container.pod, []
    for kafka in render.of("Kafka"):
        port = int(variables(found.container, render)[setting("kafka")].text.rpartition(":")[2])
        wanted.append((f"Kafka {kafka.name}", {CLUSTER: kafka.name, "strimzi.io/broker-role": "true"}, port, True))
    for cluster in render.of("Cluster"):
        needed = found.process.database
        wanted.append((f"PostgreSQL {cluster.name}", {"cnpg.io/cluster": cluster.name}, _POSTGRES, needed))
    for collector in render.of("OpenTelemetryCollector"):
        url = variables(found.container, render)[setting("otlp_endpoint")].text
        labels = {COMPONENT: "opentelemetry-collector"}
        wanted.append((f"the collector {collector.name}", labels, urlsplit(url).port or 0, True))
    for name, labels, port, needed in wanted:
        if _allows(pod, "Egress", labels, port, render) != needed:
            yield f"{name}, port {port}: it {'may not go there, and has to' if needed else 'may go there without need'}"


@rule(calling)
def strangers_come_to_the_gateway_alone(found: Running, render: Render) -> Iterator[str]:
    """From other namespaces: callers to the gateway, whoever reads metrics to the internal port of each."""
    for port, needed in ((_HTTP, found.process.name == GATEWAY), (_INTERNAL, True)):
        rules = _at(found.container.pod, "Ingress", port, render)
        peers = [peer for each in rules for peer in each.get("from") or [{}]]
        if any("podSelector" not in peer or "namespaceSelector" in peer for peer in peers) != needed:
            yield f"port {port}: other namespaces are {'not let in' if needed else 'let in without need'}"


@rule(every("NetworkPolicy"))
def policies_choose_somebody(policy: Object, render: Render) -> Iterator[str]:
    """It is of pods that are there, and names no component of ours that could not be."""
    components = {each.labels.get(COMPONENT) for each in our_pods(render)}
    if not any(selects(policy.spec.get("podSelector"), each.labels) for each in render.pods()):
        yield f"its podSelector {policy.spec.get('podSelector')} chooses no pod"
    known = components | {each.name for each in PROCESSES} | {"alignment-large", "migrate"}
    for value in sorted(set(_components(policy.body)) - known):
        yield f"it names the component {value}, which is none of {sorted(map(str, known))}"


def _of(pod: Pod, way: str, render: Render) -> list[Object]:
    """The policies that say which ways there are for a pod."""
    policies = [each for each in render.of("NetworkPolicy") if selects(each.spec.get("podSelector"), pod.labels)]
    return [each for each in policies if way in each.spec.get("policyTypes", ["Ingress"])]


def _rules(pod: Pod, way: str, render: Render) -> list[dict[str, Any]]:
    return [each for policy in _of(pod, way, render) for each in policy.spec.get(_WAYS[way][0]) or []]


def _at(pod: Pod, way: str, port: int, render: Render) -> list[dict[str, Any]]:
    """The rules that open this TCP port, or all of them."""
    wanted = {"protocol": "TCP", "port": port}
    return [
        each
        for each in _rules(pod, way, render)
        if not each.get("ports") or wanted in [{"protocol": "TCP", **open_port} for open_port in each["ports"]]
    ]


def _allows(pod: Pod, way: str, labels: dict[str, str], port: int, render: Render) -> bool:
    """Whether a pod may exchange with what has these labels, in the same namespace."""
    if not _of(pod, way, render):
        return True
    rules = _at(pod, way, port, render)
    peers = [each.get(_WAYS[way][1]) for each in rules]
    return any(not some or any(_is_meant(peer, labels) for peer in some) for some in peers)


def _is_meant(peer: dict[str, Any], labels: dict[str, str]) -> bool:
    inside = "podSelector" in peer and "namespaceSelector" not in peer
    return inside and selects(peer["podSelector"], labels)


def _components(body: Any) -> Iterator[str]:
    """The components of ours that selectors in `body` name."""
    if isinstance(body, dict):
        labels = body.get("matchLabels") or {}
        if labels.get("app.kubernetes.io/name") == OURS and COMPONENT in labels:
            yield labels[COMPONENT]
        for each in body.get("matchExpressions") or []:
            if each["key"] == COMPONENT:
                yield from each.get("values") or []
        for each in body.values():
            yield from _components(each)
    elif isinstance(body, list):
        for each in body:
            yield from _components(each)
