"""The component network-policies allows the arrows of `topology`, and no other."""

from __future__ import annotations

import json
from ipaddress import ip_address, ip_network
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from goldenthread.launcher.topology import GATEWAY, PROCESSES
from services.notifications import special_addresses
from services.notifications.special_addresses import is_public

COMPONENT = Path(__file__).parents[2] / "deploy" / "k8s" / "components" / "network-policies"
NAMES = [process.name for process in PROCESSES]
RUNNING = [*NAMES, "alignment-large"]
"""What serves or folds; `migrate` is the Job that only migrates."""
PODS = [*RUNNING, "migrate"]
HTTP, INTERNAL, POSTGRES, KAFKA, OTLP = 8080, 9090, 5432, 9093, 4318


Policies = list[dict[str, Any]]
"""What the policies' `spec` say."""


def labels(name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": "goldenthread", "app.kubernetes.io/component": name}


BROKER = {"strimzi.io/cluster": "goldenthread", "strimzi.io/broker-role": "true"}
DATABASE = {"cnpg.io/cluster": "goldenthread-postgres"}
COLLECTOR = {"app.kubernetes.io/component": "opentelemetry-collector"}


@pytest.fixture(scope="module")
def policies() -> Policies:
    files = yaml.safe_load((COMPONENT / "kustomization.yaml").read_text())["resources"]
    found = [each for file in files for each in yaml.safe_load_all((COMPONENT / file).read_text())]
    named = {each["metadata"]["name"]: each["spec"] for each in found}
    # As the kustomization copies it.
    named["goldenthread-to-issuer"]["egress"][0]["to"] = named["goldenthread-webhooks"]["egress"][0]["to"]
    return list(named.values())


def selects(selector: dict[str, Any], of: dict[str, str]) -> bool:
    """Whether a label selector with `matchLabels` and `In` chooses what has these labels."""
    assert {each["operator"] for each in selector.get("matchExpressions", [])} <= {"In"}
    return all(of.get(key) == value for key, value in selector.get("matchLabels", {}).items()) and all(
        of.get(each["key"]) in each["values"] for each in selector.get("matchExpressions", [])
    )


def chosen(policies: Policies, pod: dict[str, str], way: str) -> Policies:
    """The policies that isolate a pod in this way: `Ingress` or `Egress`."""
    return [each for each in policies if way in each["policyTypes"] and selects(each["podSelector"], pod)]


def allowed(
    policies: Policies,
    pod: dict[str, str],
    way: str,
    peer: dict[str, str],
    port: int,
    protocol: str = "TCP",
) -> bool:
    """Whether a pod of this namespace may be reached by another one, or reach it, at a port."""
    key = {"Ingress": "from", "Egress": "to"}[way]
    return any(
        {"protocol": "TCP", "port": port} in rule["ports"] and _meets(one, peer)
        for policy in chosen(policies, pod, way)
        for rule in policy.get(way.lower(), [])
        for one in rule[key]
    )


def _meets(peer: dict[str, Any], pod: dict[str, str]) -> bool:
    return "podSelector" in peer and "namespaceSelector" not in peer and selects(peer["podSelector"], pod)


def test_the_processes_call_one_another_as_the_topology_says_and_not_otherwise(policies: Policies) -> None:
    calls = {process.name: set(process.calls) for process in PROCESSES}
    calls |= {"alignment-large": calls["alignment"], "migrate": set()}
    for caller, called in product(PODS, PODS):
        leaves = allowed(policies, labels(caller), "Egress", labels(called), HTTP)
        enters = allowed(policies, labels(called), "Ingress", labels(caller), HTTP)
        assert (leaves, enters) == ((called in calls[caller],) * 2), f"{caller} to {called}"


@pytest.mark.parametrize("name", PODS)
def test_a_pod_reaches_its_database_its_broker_and_the_collector_alone(policies: Policies, name: str) -> None:
    databases = {process.name for process in PROCESSES if process.database} | {"alignment-large", "migrate"}
    folding = {process.name for process in PROCESSES if process.reads or process.writes} | {"alignment-large"}
    pod = labels(name)
    assert allowed(policies, pod, "Egress", DATABASE, POSTGRES) == (name in databases)
    assert allowed(policies, pod, "Egress", BROKER, KAFKA) == (name in folding)
    assert not allowed(policies, pod, "Egress", {**BROKER, "strimzi.io/broker-role": "false"}, KAFKA)
    assert allowed(policies, pod, "Egress", COLLECTOR, OTLP) == (name in RUNNING)


@pytest.mark.parametrize("name", PODS)
def test_a_pod_is_denied_everything_else(policies: Policies, name: str) -> None:
    """Some policy isolates it in both ways, so that what no policy allows is refused."""
    for way in ("Ingress", "Egress"):
        assert chosen(policies, labels(name), way)
    rules = [rule for policy in policies for way in ("ingress", "egress") for rule in policy.get(way, [])]
    assert all(rule.get("from") or rule.get("to") for rule in rules)
    assert all(rule["ports"] for rule in rules)


@pytest.mark.parametrize("name", PODS)
def test_names_are_looked_up_by_udp_and_tcp(policies: Policies, name: str) -> None:
    rules = [rule for each in chosen(policies, labels(name), "Egress") for rule in each.get("egress", [])]
    found = [port for rule in rules for port in rule["ports"] if port["port"] == 53]
    assert {each["protocol"] for each in found} == {"UDP", "TCP"}


def entrances(policies: Policies, name: str, port: int) -> list[Any]:
    """Who may come from other namespaces."""
    rules = [rule for each in chosen(policies, labels(name), "Ingress") for rule in each.get("ingress", [])]
    peers = [peer for rule in rules if port in [each["port"] for each in rule["ports"]] for peer in rule["from"]]
    return [peer["namespaceSelector"] for peer in peers if "namespaceSelector" in peer]


@pytest.mark.parametrize("name", PODS)
def test_people_reach_the_gateway_and_prometheus_every_process(policies: Policies, name: str) -> None:
    assert len(entrances(policies, name, HTTP)) == (1 if name == GATEWAY else 0)
    assert len(entrances(policies, name, INTERNAL)) == (1 if name in RUNNING else 0)


def reaches(policies: Policies, name: str, address: str, port: int) -> bool:
    rules = [rule for each in chosen(policies, labels(name), "Egress") for rule in each.get("egress", [])]
    peers = [peer for rule in rules if port in [each["port"] for each in rule["ports"]] for peer in rule["to"]]
    return any(_within(peer["ipBlock"], address) for peer in peers if "ipBlock" in peer)


def _within(block: dict[str, Any], text: str) -> bool:
    address = ip_address(text)
    if address not in ip_network(block["cidr"]):
        return False
    return not any(address in ip_network(each) for each in block.get("except", []))


@pytest.mark.parametrize("name", PODS)
def test_only_processes_reach_the_internet_and_nobody_a_private_address(policies: Policies, name: str) -> None:
    """The addresses at the edges of what notifications takes for special: policy and process say the same."""
    networks = [*special_addresses._SPECIAL_4, *special_addresses._SPECIAL_6, ip_network("2000::/3")]
    edges = [int(edge) + step for each in networks for edge in (each[0], each[-1]) for step in (-1, 0, 1)]
    asked = {str(ip_address(edge)) for edge in edges if edge >= 0} | {
        "1.1.1.1",
        "2606:4700::1111",
        "fd00::1",
        "fe80::1",
    }
    for address in asked:
        assert reaches(policies, name, address, 443) == (is_public(address) and name in RUNNING), address
        assert not reaches(policies, name, address, 80)


def test_the_issuer_is_reached_where_webhooks_go() -> None:
    """What the fixture does by hand, the kustomization does."""
    (replacement,) = yaml.safe_load((COMPONENT / "kustomization.yaml").read_text())["replacements"]
    assert replacement["source"] == {
        "kind": "NetworkPolicy",
        "name": "goldenthread-webhooks",
        "fieldPath": "spec.egress.0.to",
    }
    assert "goldenthread-to-issuer" in json.dumps(replacement["targets"])
