"""What NetworkPolicies let through, as Kubernetes reads them."""

from __future__ import annotations

from typing import Any

from tests.deploy.manifests import Object, Pod, Render, selects

WAYS = {"Ingress": ("ingress", "from"), "Egress": ("egress", "to")}
"""Each way, with the names that its rules and the peers in them have."""


def policies_of(pod: Pod, way: str, render: Render) -> list[Object]:
    """The policies that say which ways there are for a pod."""
    policies = [each for each in render.of("NetworkPolicy") if selects(each.spec.get("podSelector"), pod.labels)]
    return [each for each in policies if way in each.spec.get("policyTypes", ["Ingress"])]


def rules_of(pod: Pod, way: str, render: Render) -> list[dict[str, Any]]:
    return [each for policy in policies_of(pod, way, render) for each in policy.spec.get(WAYS[way][0]) or []]


def rules_at(pod: Pod, way: str, port: int, render: Render) -> list[dict[str, Any]]:
    """The rules that open this TCP port, or all of them."""
    wanted = {"protocol": "TCP", "port": port}
    return [
        each
        for each in rules_of(pod, way, render)
        if not each.get("ports") or wanted in [{"protocol": "TCP", **open_port} for open_port in each["ports"]]
    ]


def policies_allow(pod: Pod, way: str, labels: dict[str, str], port: int, render: Render) -> bool:
    """Whether a pod may exchange with what has these labels, in the same namespace."""
    if not policies_of(pod, way, render):
        return True
    rules = rules_at(pod, way, port, render)
    peers = [each.get(WAYS[way][1]) for each in rules]
    return any(not some or any(_is_meant(peer, labels) for peer in some) for some in peers)


def _is_meant(peer: dict[str, Any], labels: dict[str, str]) -> bool:
    inside = "podSelector" in peer and "namespaceSelector" not in peer
    return inside and selects(peer["podSelector"], labels)
