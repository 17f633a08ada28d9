"""Mistakes by which a roll-out or a drained node takes answers away."""

from __future__ import annotations

from tests.deploy.manifests import COMPONENT, Render
from tests.deploy.planted.registry import breaks, container, one
from tests.deploy.rules import rolling


@breaks(rolling.one_pod_is_replaced_at_a_time)
def old_pods_end_first(render: Render) -> object:
    found = one(render, "Deployment", "goldenthread-goals")
    found.spec["strategy"]["rollingUpdate"] = {"maxSurge": 0, "maxUnavailable": 1}
    return found


@breaks(rolling.pods_end_in_time)
def no_pause(render: Render) -> object:
    found = container(render, "gateway")
    del found.body["lifecycle"]
    return found


@breaks(rolling.pods_end_in_time)
def killed_while_it_answers(render: Render) -> object:
    found = container(render, "gateway")
    found.pod.spec["terminationGracePeriodSeconds"] = 10
    return found


@breaks(rolling.budgets_leave_one_to_evict)
def a_node_that_cannot_be_drained(render: Render) -> object:
    found = one(render, "PodDisruptionBudget", "goldenthread-goals")
    found.spec.pop("maxUnavailable", None)
    found.spec["minAvailable"] = 2
    one(render, "Deployment", "goldenthread-goals").spec["replicas"] = 2
    return found


@breaks(rolling.budgets_leave_one_to_evict)
def a_budget_that_keeps_none(render: Render) -> object:
    found = one(render, "PodDisruptionBudget", "goldenthread-goals")
    found.spec.pop("minAvailable", None)
    found.spec["maxUnavailable"] = 2
    one(render, "Deployment", "goldenthread-goals").spec["replicas"] = 2
    return found


@breaks(rolling.budgets_leave_one_to_evict)
def a_budget_of_nobody(render: Render) -> object:
    found = one(render, "PodDisruptionBudget", "goldenthread-goals")
    found.spec["selector"]["matchLabels"][COMPONENT] = "goal"
    return found


@breaks(rolling.workloads_have_a_budget)
def no_budget(render: Render) -> object:
    render.objects.remove(one(render, "PodDisruptionBudget", "goldenthread-goals"))
    found = one(render, "Deployment", "goldenthread-goals")
    found.spec["replicas"] = 2
    return found


@breaks(rolling.members_have_partitions)
def more_replicas_than_partitions(render: Render) -> object:
    found = container(render, "notifications")
    found.pod.owner.spec["replicas"] = 13
    for scaler in render.of(*rolling.SCALERS):
        if rolling.target(scaler, render) is found.pod.owner:
            scaler.spec["maxReplicaCount"] = 13
    return found
