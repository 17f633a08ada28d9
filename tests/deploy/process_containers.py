"""Which of our processes a container runs, what it is told there, and the settings that this comes to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from msgspec import structs

from goldenthread.launcher.topology import PROCESSES, Process
from goldenthread.runtime.configuration.settings import PREFIX, ProcessSettings
from tests.deploy.manifests import COMPONENT, Container, Pod, Render, at

NAME = "app.kubernetes.io/name"
OURS = "goldenthread"
_REFERENCE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")


class SecretKey(NamedTuple):
    """A key of a Secret that is referenced."""

    name: str
    key: str
    optional: bool


class Variable(NamedTuple):
    """A variable of a container: its text, or the key of a Secret that has it."""

    text: str
    secret: SecretKey | None = None


@dataclass(frozen=True, eq=False)
class Running:
    """A container that runs one of our processes."""

    process: Process
    container: Container

    def __str__(self) -> str:
        return str(self.container)

    @property
    def settings(self) -> type[ProcessSettings]:
        """The class of its settings."""
        return self.process.settings

    @property
    def fields(self) -> set[str]:
        """The names of its settings."""
        return {field.name for field in structs.fields(self.settings)}

    def default(self, name: str) -> Any:
        """What a setting is where nothing is told."""
        return next(field.default for field in structs.fields(self.settings) if field.name == name)

    @property
    def component(self) -> str:
        """The label that its pods are told apart by."""
        return self.container.pod.labels.get(COMPONENT, "")


def process_of(command: list[str]) -> Process | None:
    """The process that a container's command runs."""
    return next((each for each in PROCESSES if command == in_container(each)), None)


def in_container(process: Process) -> list[str]:
    """The command of a process where Python is on the path, as in the image."""
    return ["python", *process.command[1:]]


def our_pods(render: Render) -> list[Pod]:
    """Subjects: the pods of what is ours, and not what stands in for a server that others bring along."""
    return [each for each in render.pods() if each.labels.get(NAME) == OURS]


def our_containers(render: Render) -> list[Container]:
    """Subjects: the containers of these pods, those that run first, too."""
    return [container for pod in our_pods(render) for container in pod.containers]


def running(render: Render) -> list[Running]:
    """Subjects: every container that runs one of our processes."""
    found = ((process_of(each.command), each) for each in render.containers() if each.part == "containers")
    return [Running(process, container) for process, container in found if process is not None]


def variables(container: Container, render: Render) -> dict[str, Variable]:
    """What the container is told, as the kubelet puts it together: `envFrom`, then `env`, then `$(NAME)` in its texts.

    What refers to a ConfigMap that is not there is left out (a rule of its own finds that).
    """
    found: dict[str, Variable] = {}
    for source in container.body.get("envFrom") or []:
        found |= _from(source, render)
    for each in container.body.get("env") or []:
        variable = _one(each, render)
        if variable is not None:
            found[each["name"]] = variable._replace(text=_expanded(variable.text, found))
    return found


def setting(name: str) -> str:
    """The variable of a setting."""
    return PREFIX + name.upper()


def _from(source: Mapping[str, Any], render: Render) -> dict[str, Variable]:
    config = render.find("ConfigMap", at(source, "configMapRef", "name", default=""))
    data = at(config.body, "data", default={}) if config is not None else {}
    return {str(source.get("prefix", "")) + key: Variable(text) for key, text in data.items()}


def _one(each: Mapping[str, Any], render: Render) -> Variable | None:
    reference = at(each, "valueFrom", default={})
    if secret := reference.get("secretKeyRef"):
        return Variable("", SecretKey(secret["name"], secret["key"], bool(secret.get("optional"))))
    if key := reference.get("configMapKeyRef"):
        config = render.find("ConfigMap", key["name"])
        return Variable(at(config.body, "data", key["key"], default="")) if config is not None else None
    if reference:
        return Variable(f"<{next(iter(reference))}>")
    return Variable(str(each.get("value", "")))


def _expanded(text: str, known: Mapping[str, Variable]) -> str:
    return _REFERENCE.sub(lambda found: known[found[1]].text if found[1] in known else found[0], text)
