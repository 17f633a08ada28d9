"""NetworkPolicies let through what a process connects to, and nothing else: the arrows of `launcher.topology`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from goldenthread.launcher.topology import GATEWAY, PROCESSES
from tests.deploy.manifests import COMPONENT, Object, Pod, Render, selects
from tests.deploy.network_policies import WAYS, policies_allow, policies_of, rules_at, rules_of
from tests.deploy.process_containers import OURS, Running, Variable, our_pods, running, setting, variables
from tests.deploy.rules.brokers import CLUSTER
from tests.deploy.rules.registry import every, rule

_HTTP, _INTERNAL, _DNS, _POSTGRES = 8080, 9090, 53, 5432
_DATABASE = "cnpg.io/cluster"
_BROKER = {"strimzi.io/broker-role": "true"}
_COLLECTOR = {COMPONENT: "opentelemetry-collector"}


def policed(render: Render) -> list[Pod]:
    """Subjects: our pods, where there are policies."""
    return our_pods(render) if render.of("NetworkPolicy") else []


def calling(render: Render) -> list[Running]:
    """Subjects: our processes, where there are policies."""
    return running(render) if render.of("NetworkPolicy") else []


@rule(policed)
def everything_else_is_denied(pod: Pod, render: Render) -> Iterator[str]:
    """One policy chooses it for both ways and lets nothing through: then there is only what others let through."""
    denying = [each for each in policies_of(pod, "Ingress", render) if each in policies_of(pod, "Egress", render)]
    if not any(not each.spec.get("ingress") and not each.spec.get("egress") for each in denying):
        yield f"no NetworkPolicy denies it everything: add its label {COMPONENT} to the one that denies"


@rule(every("NetworkPolicy"))
def policies_name_ports_and_peers(policy: Object, _: Render) -> Iterator[str]:
    """What is left out in a policy means everything."""
    for way, (key, side) in WAYS.items():
        for each in policy.spec.get(key) or []:
            if not each.get("ports") or not all("port" in port for port in each["ports"]):
                yield f"a rule for {way} names no port: every port is open"
            if not each.get(side) or not all(_says_who(peer) for peer in each[side]):
                yield f"a rule for {way} names nobody, or everybody: {each.get(side)}"
        if policy.spec.get(key) and way not in policy.spec.get("policyTypes", []):
            yield f"it has rules for {way}, which policyTypes leave out: they do nothing"


@rule(policed)
def names_can_be_looked_up(pod: Pod, render: Render) -> Iterator[str]:
    """By UDP, and by TCP where an answer is long."""
    open_ports = [port for each in rules_of(pod, "Egress", render) for port in each.get("ports") or []]
    for protocol in ("UDP", "TCP"):
        if not any(each.get("port") == _DNS and each.get("protocol", "TCP") == protocol for each in open_ports):
            yield f"it may not ask for names by {protocol}, port {_DNS}"


@rule(calling)
def neighbours_are_let_through(found: Running, render: Render) -> Iterator[str]:
    """It may call exactly the processes that topology says it calls, and each of them lets it in."""
    for other in running(render):
        answers = other.component == other.process.name
        needed = other.process.name in found.process.calls and answers
        leaves = policies_allow(found.container.pod, "Egress", other.container.pod.labels, _HTTP, render)
        enters = policies_allow(other.container.pod, "Ingress", found.container.pod.labels, _HTTP, render)
        if needed != leaves or needed != enters:
            text = "it calls it" if needed else "nothing in launcher/topology.py calls it"
            yield f"{other.container.pod}: may go out: {leaves}, is let in: {enters}, and {text}"


@rule(policed)
def servers_are_reached(pod: Pod, render: Render) -> Iterator[str]:
    """Kafka, PostgreSQL and the collector, by the labels that operators give to pods: by who is told where they are."""
    told = {name: each for container in pod.containers for name, each in variables(container, render).items()}
    kafka, database = (told.get(setting(name)) for name in ("kafka", "database_url"))
    traces = told.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or told.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    wanted = [
        *((each, _BROKER | {CLUSTER: each.name}, _port(kafka), kafka) for each in render.of("Kafka")),
        *((each, {_DATABASE: each.name}, _POSTGRES, database) for each in render.of("Cluster")),
        *((each, _COLLECTOR, _port(traces), traces) for each in render.of("OpenTelemetryCollector")),
    ]
    for server, labels, port, address in wanted:
        may = policies_allow(pod, "Egress", labels, port, render)
        if may != (address is not None) or policies_allow(pod, "Egress", {}, port, render):
            yield f"{server}, port {port}: it {'may' if may else 'may not'} go there, and is told {address}"


@rule(calling)
def strangers_come_to_the_gateway_alone(found: Running, render: Render) -> Iterator[str]:
    """From other namespaces: callers to the gateway, whoever reads metrics to the internal port of each."""
    for port, needed in ((_HTTP, found.process.name == GATEWAY), (_INTERNAL, True)):
        rules = rules_at(found.container.pod, "Ingress", port, render)
        peers = [peer for each in rules for peer in each.get("from") or [{}]]
        if any("podSelector" not in peer or "namespaceSelector" in peer for peer in peers) != needed:
            yield f"port {port}: other namespaces are {'not let in' if needed else 'let in without need'}"
        if port == _INTERNAL and not all("namespaceSelector" in each and "podSelector" in each for each in peers):
            yield f"port {port}: a peer is to have namespaceSelector and podSelector in one entry: two mean `or`"


@rule(every("NetworkPolicy"))
def policies_choose_somebody(policy: Object, render: Render) -> Iterator[str]:
    """It is of pods that are there, and names no component of ours that could not be."""
    components = {each.labels.get(COMPONENT) for each in our_pods(render)}
    if not any(selects(policy.spec.get("podSelector"), each.labels) for each in render.pods()):
        yield f"its podSelector {policy.spec.get('podSelector')} chooses no pod"
    known = components | {each.name for each in PROCESSES} | {"alignment-large", "migrate"}
    for value in sorted(set(_components(policy.body)) - known):
        yield f"it names the component {value}, which is none of {sorted(map(str, known))}"


def _says_who(peer: dict[str, Any]) -> bool:
    """Whether every part of a peer narrows it."""
    return bool(peer) and all(part for part in peer.values()) and all(_chosen(part) for part in peer.values())


def _chosen(part: dict[str, Any]) -> bool:
    return bool(part.get("matchLabels") or part.get("matchExpressions") or part.get("cidr"))


def _port(address: Variable | None) -> int:
    """The port at the end of an address or a URL."""
    text = address.text if address is not None else ""
    port = text.partition("://")[2].partition("/")[0].rpartition(":")[2] if "://" in text else text.rpartition(":")[2]
    return int(port) if port.isdigit() else 0


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
