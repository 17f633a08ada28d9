"""Mistakes in images."""

from __future__ import annotations

from tests.deploy.manifests import Render
from tests.deploy.planted.registry import breaks, container, first_container, one
from tests.deploy.rules import images


@breaks(images.containers_have_our_image)
def another_image_for_one_process(render: Render) -> object:
    found = container(render, "gateway")
    found.body["image"] = "registry.example/gateway:0.1.0"
    return found


@breaks(images.images_say_the_version)
def a_tag_that_is_not_the_version(render: Render) -> object:
    found = first_container(render)
    found.body["image"] = "goldenthread:0.0.9"
    return found


@breaks(images.images_are_pinned)
def the_latest(render: Render) -> object:
    container(render, "gateway").body["image"] = "goldenthread:latest"
    return one(render, "Deployment", "goldenthread-gateway")


@breaks(images.images_are_pinned)
def no_tag_at_a_port(render: Render) -> object:
    container(render, "gateway").body["image"] = "registry.example:5000/goldenthread"
    return one(render, "Deployment", "goldenthread-gateway")
