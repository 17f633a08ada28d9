"""Mistakes in labels, and in what is chosen by them."""

from __future__ import annotations

from tests.deploy.manifests import COMPONENT, Render
from tests.deploy.planted.registry import breaks, one, pod
from tests.deploy.rules import labels


@breaks(labels.objects_are_labelled)
def an_object_without_labels(render: Render) -> object:
    found = one(render, "Service", "goldenthread-goals")
    del found.body["metadata"]["labels"]
    return found


@breaks(labels.there_is_one_version)
def a_version_that_was_forgotten(render: Render) -> object:
    found = one(render, "Service", "goldenthread-goals")
    found.body["metadata"]["labels"][labels.VERSION] = "0.0.9"
    return found


@breaks(labels.selectors_last)
def a_version_in_a_selector(render: Render) -> object:
    found = one(render, "Deployment", "goldenthread-goals")
    found.spec["selector"]["matchLabels"][labels.VERSION] = found.labels[labels.VERSION]
    return found


@breaks(labels.selectors_last)
def a_selector_that_chooses_two(render: Render) -> object:
    pod(render, "goals").template["metadata"]["labels"][COMPONENT] = "gateway"
    return one(render, "Deployment", "goldenthread-gateway")


@breaks(labels.pods_are_labelled)
def pods_without_a_version(render: Render) -> object:
    found = pod(render, "goals")
    del found.template["metadata"]["labels"][labels.VERSION]
    return found


@breaks(labels.objects_of_an_overlay_are_in_its_namespace)
def an_object_of_no_namespace(render: Render) -> object:
    one(render, "Namespace")
    found = one(render, "Service", "goldenthread-goals")
    del found.body["metadata"]["namespace"]
    return found


@breaks(labels.objects_of_an_overlay_are_in_its_namespace)
def an_overlay_that_makes_no_namespace(render: Render) -> object:
    render.objects.remove(one(render, "Namespace"))
    return one(render, "Service", "goldenthread-goals")


@breaks(labels.replicas_are_spread)
def replicas_in_one_zone(render: Render) -> object:
    found = pod(render, "goals")
    del found.spec["topologySpreadConstraints"][0]
    return found


@breaks(labels.replicas_are_spread)
def a_spread_that_counts_others(render: Render) -> object:
    found = pod(render, "goals")
    found.spec["topologySpreadConstraints"][0]["labelSelector"] = {"matchLabels": {COMPONENT: "gateway"}}
    return found
