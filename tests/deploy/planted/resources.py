"""Mistakes in what a container may take of a node."""

from __future__ import annotations

from tests.deploy.manifests import Render
from tests.deploy.planted.registry import breaks, container, first_container, tell
from tests.deploy.rules import resources


@breaks(resources.memory_is_limited_and_the_cpu_is_not)
def no_limit_of_memory(render: Render) -> object:
    found = first_container(render)
    del found.body["resources"]["limits"]
    return found


@breaks(resources.memory_is_limited_and_the_cpu_is_not)
def a_limit_of_the_cpu(render: Render) -> object:
    found = container(render, "gateway")
    found.body["resources"]["limits"]["cpu"] = "1"
    return found


@breaks(resources.memory_is_enough)
def a_limit_that_the_engine_does_not_start_in(render: Render) -> object:
    found = container(render, "alignment")
    found.body["resources"]["limits"]["memory"] = "512Mi"
    return found


@breaks(resources.memory_is_enough)
def more_held_than_there_is_memory_for(render: Render) -> object:
    found = container(render, "alignment")
    tell(found, "GOLDENTHREAD_HELD_WEIGHT", value="100000000")
    return found


@breaks(resources.memory_is_enough)
def a_request_below_what_is_idle(render: Render) -> object:
    found = container(render, "gateway")
    found.body["resources"]["requests"]["memory"] = "64Mi"
    return found
