"""Two alignments share the work by size: one judges the small organizations, one the large ones, all else is alike."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from tests.deploy.manifests import COMPONENT, Object, Render
from tests.deploy.process_containers import running, variables
from tests.deploy.rules.processes import whole
from tests.deploy.rules.registry import rule

SHARE = "GOLDENTHREAD_SHARE"
LARGE = "goldenthread-alignment-large"


def large(render: Render) -> list[Object]:
    """Subjects: the second alignment, where there is one."""
    return [each for each in render.of("Deployment") if each.name == LARGE]


@rule(whole)
def every_organization_has_an_alignment(render: Render, _: Render) -> Iterator[str]:
    """Either one judges all, or one the small and one the large ones: who is in no share is judged by nobody."""
    shares = []
    for each in running(render):
        if each.process.name == "alignment":
            told = variables(each.container, render).get(SHARE)
            shares.append(told.text if told is not None else "all")
    if sorted(shares) not in (["all"], ["large", "small"]):
        yield f"the shares of its alignments ({SHARE}) are {shares}: either all, or small and large"


@rule(large)
def both_alignments_are_alike(second: Object, render: Render) -> Iterator[str]:
    """But for name, component, account, replicas and share; whatever a component changes, it changes in both."""
    first = render.find("Deployment", LARGE.removesuffix("-large"))
    if first is None:
        yield f"there is no {LARGE.removesuffix('-large')}"
        return
    for place, ours, other in _differences(_comparable(first), _comparable(second)):
        yield f"{place} is {other!r}, and {ours!r} in {first}: list the component that changes it after this one"


def _comparable(deployment: Object) -> dict[str, Any]:
    """The Deployment without what is to differ."""
    body = copy.deepcopy(deployment.body)
    component = deployment.labels[COMPONENT]
    body["metadata"].pop("name")
    body["spec"].pop("replicas", None)
    template = body["spec"]["template"]
    template["spec"].pop("serviceAccountName")
    chosen = [each["labelSelector"] for each in template["spec"].get("topologySpreadConstraints") or []]
    for labels in (body["metadata"]["labels"], template["metadata"]["labels"], body["spec"]["selector"]["matchLabels"]):
        _forget(labels, component)
    for selector in chosen:
        _forget(selector["matchLabels"], component)
    for container in template["spec"]["containers"]:
        container["env"] = {each["name"]: each for each in container["env"] if each["name"] != SHARE}
    return body


def _forget(labels: dict[str, str], component: str) -> None:
    if labels.get(COMPONENT) == component:
        del labels[COMPONENT]


def _differences(ours: Any, other: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(ours, dict) and isinstance(other, dict):
        for key in sorted(ours.keys() | other.keys()):
            yield from _differences(ours.get(key), other.get(key), f"{place}.{key}".lstrip("."))
    elif isinstance(ours, list) and isinstance(other, list) and len(ours) == len(other):
        for number, (one, two) in enumerate(zip(ours, other, strict=True)):
            yield from _differences(one, two, f"{place}[{number}]")
    elif ours != other:
        yield place, ours, other
