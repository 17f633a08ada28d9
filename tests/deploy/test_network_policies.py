"""What the rules (`rules/network.py`) leave open of the component network-policies: the internet, and migrations."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from goldenthread.launcher.topology import PROCESSES
from services.notifications.webhooks import public_addresses
from services.notifications.webhooks.public_addresses import is_public
from tests.deploy import kustomize
from tests.deploy.manifests import COMPONENT, Render, selects

RUNNING = [*(process.name for process in PROCESSES), "alignment-large"]
MIGRATE = "migrate"


@pytest.fixture(scope="module")
def render() -> Render:
    return kustomize.rendered("components/network-policies")


def ways_out(render: Render, component: str) -> Iterator[tuple[dict[str, Any], set[int]]]:
    """Where a pod may go, and to which ports."""
    labels = {"app.kubernetes.io/name": "goldenthread", COMPONENT: component}
    for policy in render.of("NetworkPolicy"):
        if "Egress" in policy.spec["policyTypes"] and selects(policy.spec["podSelector"], labels):
            for rule in policy.spec.get("egress", []):
                yield from ((peer, {port["port"] for port in rule["ports"]}) for peer in rule["to"])


def reaches(render: Render, component: str, text: str, port: int) -> bool:
    """Whether a pod may go to an address."""
    blocks = [peer["ipBlock"] for peer, ports in ways_out(render, component) if "ipBlock" in peer and port in ports]
    return any(_within(block["cidr"], text) and not _within_any(block.get("except", []), text) for block in blocks)


def _within(network: str, address: str) -> bool:
    return ip_address(address) in ip_network(network)


def _within_any(networks: list[str], address: str) -> bool:
    return any(_within(each, address) for each in networks)


@pytest.mark.parametrize("component", [*RUNNING, MIGRATE])
def test_only_processes_reach_the_internet_and_nobody_a_private_address(render: Render, component: str) -> None:
    """The addresses at the edges of what notifications takes for special: policy and process say the same."""
    networks = [*public_addresses._SPECIAL_4, *public_addresses._SPECIAL_6, ip_network("2000::/3")]
    edges = [int(edge) + step for each in networks for edge in (each[0], each[-1]) for step in (-1, 0, 1)]
    others = {"1.1.1.1", "2606:4700::1111", "fd00::1", "fe80::1"}
    for address in {str(ip_address(edge)) for edge in edges if edge >= 0} | others:
        assert reaches(render, component, address, 443) == (is_public(address) and component in RUNNING), address
        assert not reaches(render, component, address, 80)


def test_migrations_reach_databases_and_names_alone(render: Render) -> None:
    ports = {port for _, some in ways_out(render, MIGRATE) for port in some}
    assert ports == {53, 5432}


def test_every_way_out_names_where_to_and_which_ports(render: Render) -> None:
    """A rule without one of them would allow everything."""
    rules = [rule for policy in render.of("NetworkPolicy") for rule in policy.spec.get("egress", [])]
    rules += [rule for policy in render.of("NetworkPolicy") for rule in policy.spec.get("ingress", [])]
    assert all(rule.get("to") or rule.get("from") for rule in rules)
    assert all(rule.get("ports") for rule in rules)
