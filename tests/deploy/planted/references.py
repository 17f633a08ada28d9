"""Mistakes in what an object names."""

from __future__ import annotations

from tests.deploy.manifests import Render
from tests.deploy.planted.registry import breaks, container, one
from tests.deploy.rules import references
from tests.deploy.rules.rolling import target


@breaks(references.configuration_is_there)
def configuration_that_is_not_there(render: Render) -> object:
    found = container(render, "goals")
    found.body["envFrom"][0]["configMapRef"]["name"] = "goldenthread-old"
    return found.pod


@breaks(references.volumes_are_there)
def a_volume_that_nobody_mounts(render: Render) -> object:
    found = container(render, "goals")
    found.pod.spec["volumes"].append({"name": "cache", "emptyDir": {"sizeLimit": "1Gi"}})
    return found.pod


@breaks(references.scalers_have_a_target)
def a_scaler_of_nobody(render: Render) -> object:
    found = one(render, "ScaledObject")
    found.spec["scaleTargetRef"]["name"] = "alignment"
    return found


@breaks(references.scalers_have_a_target)
def replicas_under_a_scaler(render: Render) -> object:
    found = one(render, "HorizontalPodAutoscaler")
    scaled = target(found, render)
    assert scaled is not None
    scaled.spec["replicas"] = 3
    return found


@breaks(references.scalers_have_a_target)
def two_scalers_of_one(render: Render) -> object:
    found, other = one(render, "ScaledObject"), one(render, "HorizontalPodAutoscaler")
    other.spec["scaleTargetRef"] = {"kind": "Deployment", **found.spec["scaleTargetRef"]}
    return found


@breaks(references.monitors_find_pods)
def a_monitor_of_nobody(render: Render) -> object:
    found = one(render, "PodMonitor")
    found.spec["selector"] = {"matchLabels": {"app": "goldenthread"}}
    return found


@breaks(references.monitors_find_pods)
def a_monitor_of_a_port_that_is_not_there(render: Render) -> object:
    found = one(render, "PodMonitor")
    found.spec["podMetricsEndpoints"][0]["port"] = "metrics"
    return found


@breaks(references.routes_lead_to_a_service)
def a_route_to_nobody(render: Render) -> object:
    found = one(render, "HTTPRoute")
    next(each for each in found.spec["rules"] if each.get("backendRefs"))["backendRefs"][0]["port"] = 80
    return found


@breaks(references.routes_lead_to_a_service)
def a_route_of_a_listener_that_is_not_there(render: Render) -> object:
    found = one(render, "HTTPRoute")
    found.spec["parentRefs"][0]["sectionName"] = "ftp"
    return found


@breaks(references.triggers_have_their_login)
def a_trigger_without_its_login(render: Render) -> object:
    found = one(render, "ScaledObject")
    found.spec["triggers"][0]["authenticationRef"] = {"name": "nobody"}
    return found


@breaks(references.routes_lead_to_a_service)
def a_route_of_no_gateway(render: Render) -> object:
    found = one(render, "HTTPRoute")
    del found.spec["parentRefs"]
    return found


@breaks(references.routes_lead_to_a_service)
def a_route_to_nothing(render: Render) -> object:
    found = one(render, "HTTPRoute")
    del found.spec["rules"][0]["backendRefs"]
    return found


@breaks(references.monitors_find_pods)
def a_monitor_that_asks_nothing(render: Render) -> object:
    found = one(render, "PodMonitor")
    del found.spec["podMetricsEndpoints"]
    return found


@breaks(references.triggers_have_their_login)
def a_trigger_that_is_nobody(render: Render) -> object:
    one(render, "Kafka")
    found = one(render, "ScaledObject")
    del found.spec["triggers"][0]["authenticationRef"]
    return found
