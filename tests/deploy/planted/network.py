"""Mistakes in NetworkPolicies."""

from __future__ import annotations

from tests.deploy.manifests import COMPONENT, Render, selects
from tests.deploy.planted.registry import breaks, container, one, pod
from tests.deploy.rules import network


@breaks(network.everything_else_is_denied)
def a_process_that_was_forgotten(render: Render) -> object:
    policy = one(render, "NetworkPolicy", "goldenthread-default-deny")
    policy.spec["podSelector"]["matchExpressions"][0]["values"].remove("goals")
    return pod(render, "goals")


@breaks(network.policies_name_ports_and_peers)
def every_port(render: Render) -> object:
    found = one(render, "NetworkPolicy", "goldenthread-alignment")
    del found.spec["ingress"][0]["ports"]
    return found


@breaks(network.policies_name_ports_and_peers)
def every_namespace(render: Render) -> object:
    found = one(render, "NetworkPolicy", "goldenthread-gateway")
    found.spec["ingress"][0]["from"] = [{"namespaceSelector": {}}]
    return found


@breaks(network.policies_name_ports_and_peers)
def rules_that_do_nothing(render: Render) -> object:
    found = one(render, "NetworkPolicy", "goldenthread-gateway")
    found.spec["policyTypes"] = ["Ingress"]
    return found


@breaks(network.everything_else_is_denied)
def a_process_that_nothing_is_denied(render: Render) -> object:
    one(render, "NetworkPolicy")
    found = pod(render, "goals")
    for policy in render.of("NetworkPolicy"):
        if selects(policy.spec.get("podSelector"), found.labels):
            render.objects.remove(policy)
    return found


@breaks(network.names_can_be_looked_up)
def names_by_udp_alone(render: Render) -> object:
    policy = one(render, "NetworkPolicy", "goldenthread-dns")
    policy.spec["egress"][0]["ports"] = [{"protocol": "UDP", "port": 53}]
    return pod(render, "goals")


@breaks(network.neighbours_are_let_through)
def a_neighbour_that_is_not_let_in(render: Render) -> object:
    policy = one(render, "NetworkPolicy", "goldenthread-goals")
    for each in policy.spec["ingress"][0]["from"][0]["podSelector"]["matchExpressions"]:
        each["values"].remove("notifications")
    return container(render, "notifications")


@breaks(network.neighbours_are_let_through)
def a_neighbour_at_another_port(render: Render) -> object:
    policy = one(render, "NetworkPolicy", "goldenthread-gateway")
    policy.spec["egress"][0]["ports"][0]["port"] = 80
    return container(render, "gateway")


@breaks(network.neighbours_are_let_through)
def everybody_may_call_everybody(render: Render) -> object:
    policy = one(render, "NetworkPolicy", "goldenthread-alignment")
    policy.spec["ingress"] = [{"from": [{"podSelector": {}}]}]
    return container(render, "goals")


@breaks(network.servers_are_reached)
def the_gateway_at_the_databases(render: Render) -> object:
    one(render, "Cluster")
    one(render, "NetworkPolicy", "goldenthread-to-postgres").spec["podSelector"] = {}
    return pod(render, "gateway")


@breaks(network.servers_are_reached)
def a_job_that_reaches_no_database(render: Render) -> object:
    job = one(render, "Job")
    one(render, "Cluster")
    policy = one(render, "NetworkPolicy", "goldenthread-to-postgres")
    policy.spec["podSelector"]["matchExpressions"][0]["values"].remove("migrate")
    return job


@breaks(network.servers_are_reached)
def traces_to_another_port(render: Render) -> object:
    one(render, "OpenTelemetryCollector")
    one(render, "NetworkPolicy", "goldenthread-to-collector").spec["egress"][0]["ports"][0]["port"] = 4317
    return pod(render, "goals")


@breaks(network.servers_are_reached)
def kafka_at_another_port(render: Render) -> object:
    one(render, "Kafka")
    one(render, "NetworkPolicy", "goldenthread-to-kafka").spec["egress"][0]["ports"][0]["port"] = 9092
    return pod(render, "goals")


@breaks(network.strangers_come_to_the_gateway_alone)
def callers_at_goals(render: Render) -> object:
    policy = one(render, "NetworkPolicy", "goldenthread-goals")
    policy.spec["ingress"][0]["from"].append({"namespaceSelector": {}})
    return container(render, "goals")


@breaks(network.strangers_come_to_the_gateway_alone)
def nobody_reads_the_metrics(render: Render) -> object:
    render.objects.remove(one(render, "NetworkPolicy", "goldenthread-metrics"))
    return container(render, "goals")


@breaks(network.policies_choose_somebody)
def a_policy_of_nobody(render: Render) -> object:
    found = one(render, "NetworkPolicy", "goldenthread-goals")
    found.spec["podSelector"] = {"matchLabels": {COMPONENT: "goal"}}
    return found


@breaks(network.policies_choose_somebody)
def a_component_that_is_misspelt(render: Render) -> object:
    found = one(render, "NetworkPolicy", "goldenthread-goals")
    found.spec["ingress"][0]["from"][0]["podSelector"]["matchExpressions"][0]["values"].append("notification")
    return found


@breaks(network.strangers_come_to_the_gateway_alone)
def every_pod_beside_prometheus(render: Render) -> object:
    found = one(render, "NetworkPolicy", "goldenthread-metrics")
    (peer,) = found.spec["ingress"][0]["from"]
    found.spec["ingress"][0]["from"] = [{key: value} for key, value in peer.items()]
    return container(render, "goals")
