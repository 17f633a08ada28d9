"""Images: ours is named in one place, and none can change under the same name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.deploy.manifests import Container, Object, Render
from tests.deploy.process_containers import our_containers
from tests.deploy.rules.labels import VERSION
from tests.deploy.rules.registry import objects, rule

_TAGGED = re.compile(r"^(?P<name>[^@]+?)(:(?P<tag>[\w][\w.-]{0,127}))?(@sha256:[0-9a-f]{64})?$")
_KEYS = ("image", "imageName")


@rule(our_containers)
def containers_have_our_image(container: Container, render: Render) -> Iterator[str]:
    """One image whose argument picks the process: an overlay that names another one, names it for all of them."""
    others = {each.body.get("image", "") for each in our_containers(render)} - {container.body.get("image", "")}
    if others:
        yield f"its image is {container.body['image']}, and of others {sorted(others)}: set it by `images:` alone"


@rule(our_containers)
def images_say_the_version(container: Container, _: Render) -> Iterator[str]:
    """The image's tag is the label of the version."""
    tag, version = _tag(container.body.get("image", "")), container.pod.labels.get(VERSION)
    if tag != version and (tag is not None or "@sha256:" not in container.body.get("image", "")):
        yield f"its image's tag is {tag}, and its label {VERSION} {version}: change both together"


@rule(objects)
def images_are_pinned(thing: Object, _: Render) -> Iterator[str]:
    """Also those that operators are told of."""
    for image in _images(thing.body):
        if _tag(image) in (None, "latest") and "@sha256:" not in image:
            yield f"the image {image} has no tag, or one that moves: name a version"


def _tag(image: str) -> str | None:
    found = _TAGGED.match(image)
    return found["tag"] if found else None


def _images(body: object) -> Iterator[str]:
    if isinstance(body, dict):
        for key, value in body.items():
            if key in _KEYS and isinstance(value, str):
                yield value
            else:
                yield from _images(value)
    elif isinstance(body, list):
        for each in body:
            yield from _images(each)
