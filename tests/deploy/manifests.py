"""Rendered objects, and what is inside them that rules look at: pods, containers, labels."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

COMPONENT = "app.kubernetes.io/component"
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")


def at(body: Any, *path: str | int, default: Any = None) -> Any:
    """What stands at `path` in nested maps and lists; `default` where something on the way is missing."""
    for step in path:
        if isinstance(step, int):
            if not isinstance(body, list) or len(body) <= step:
                return default
            body = body[step]
        else:
            if not isinstance(body, Mapping) or body.get(step) is None:
                return default
            body = body[step]
    return body


@dataclass(frozen=True, eq=False)
class Object:
    """One object of Kubernetes. Its text is `Kind/name`, by which problems name it."""

    body: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @property
    def kind(self) -> str:
        return str(self.body["kind"])

    @property
    def group(self) -> str:
        """Its API group without the version; "" is the core's."""
        return str(self.body["apiVersion"]).rpartition("/")[0]

    @property
    def name(self) -> str:
        return str(self.body["metadata"]["name"])

    @property
    def namespace(self) -> str | None:
        found: str | None = at(self.body, "metadata", "namespace")
        return found

    @property
    def labels(self) -> dict[str, str]:
        return dict(at(self.body, "metadata", "labels", default={}))

    @property
    def spec(self) -> dict[str, Any]:
        """Its spec itself, not a copy."""
        found: dict[str, Any] = at(self.body, "spec", default={})
        return found


@dataclass(frozen=True, eq=False)
class Pod:
    """The template of the pods of `owner`."""

    owner: Object
    template: dict[str, Any]

    def __str__(self) -> str:
        return str(self.owner)

    @property
    def labels(self) -> dict[str, str]:
        return dict(at(self.template, "metadata", "labels", default={}))

    @property
    def spec(self) -> dict[str, Any]:
        found: dict[str, Any] = self.template["spec"]
        return found

    @property
    def containers(self) -> list[Container]:
        """All of them, those that run first, too."""
        return [
            Container(self, body, part)
            for part in ("initContainers", "containers", "ephemeralContainers")
            for body in self.spec.get(part) or []
        ]

    def volume(self, name: str) -> dict[str, Any] | None:
        return next((each for each in self.spec.get("volumes") or [] if each["name"] == name), None)


@dataclass(frozen=True, eq=False)
class Container:
    """A container of a pod; `part` is the list it stands in."""

    pod: Pod
    body: dict[str, Any]
    part: str

    def __str__(self) -> str:
        return f"{self.pod}, container {self.body['name']}"

    @property
    def command(self) -> list[str]:
        return list(self.body.get("command") or [])

    @property
    def mounts(self) -> list[dict[str, Any]]:
        return list(self.body.get("volumeMounts") or [])


@dataclass(frozen=True)
class Render:
    """What one folder is rendered to; `name` says which, as in `kustomize.names`."""

    name: str
    objects: list[Object]

    def __str__(self) -> str:
        return self.name

    @property
    def is_overlay(self) -> bool:
        return self.name.startswith("overlays/")

    def copy(self) -> Render:
        """Objects of its own, to be changed."""
        return Render(self.name, [Object(copy.deepcopy(each.body)) for each in self.objects])

    def of(self, *kinds: str) -> list[Object]:
        return [each for each in self.objects if each.kind in kinds]

    def find(self, kind: str, name: str) -> Object | None:
        return next((each for each in self.of(kind) if each.name == name), None)

    def pods(self) -> list[Pod]:
        """The templates of the pods of every workload that is ours, not of those that operators make."""
        return [Pod(each, template) for each in self.of(*WORKLOADS) for template in _templates(each)]

    def containers(self) -> list[Container]:
        return [container for pod in self.pods() for container in pod.containers]


def _templates(workload: Object) -> Iterator[dict[str, Any]]:
    spec = workload.spec
    yield spec["jobTemplate"]["spec"]["template"] if workload.kind == "CronJob" else spec["template"]


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector (`matchLabels`, `matchExpressions`) chooses what has these labels; an empty one does."""
    chosen = selector or {}
    if any(labels.get(key) != value for key, value in (chosen.get("matchLabels") or {}).items()):
        return False
    return all(_meets(each, labels) for each in chosen.get("matchExpressions") or [])


def _meets(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value, values = labels.get(expression["key"]), expression.get("values") or []
    match expression["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case _:
            return value is None
