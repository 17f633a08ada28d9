"""A planted mistake: a change of rendered objects that a rule must notice, and whose place it must name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.deploy.manifests import Container, Object, Pod, Render
from tests.deploy.process_containers import Running, running
from tests.deploy.rules.registry import Rule, named


class Absent(LookupError):
    """The render has nothing of the kind that this mistake is made in."""


@dataclass(frozen=True)
class Mistake:
    """`plant` changes a render in place, and returns what the rule must name; `Absent` where it cannot."""

    rule: Rule
    name: str
    plant: Callable[[Render], object]


MISTAKES: list[Mistake] = []


def breaks(*checks: Callable[..., Any]) -> Callable[[Callable[[Render], object]], Callable[[Render], object]]:
    """Registers a mistake, which must break each of these rules."""

    def register(plant: Callable[[Render], object]) -> Callable[[Render], object]:
        MISTAKES.extend(Mistake(named(check), getattr(plant, "__name__", ""), plant) for check in checks)
        return plant

    return register


def one(render: Render, kind: str, name: str | None = None) -> Object:
    """An object of this kind, and of this name if it is given."""
    found = [each for each in render.of(kind) if name in (None, each.name)]
    if not found:
        raise Absent(f"{render} has no {kind} {name or ''}")
    return found[0]


def only_overlays(render: Render) -> None:
    """For a mistake that is one only in what is complete."""
    if not render.is_overlay:
        raise Absent(f"{render} is no overlay")


def process(render: Render, name: str) -> Running:
    """The container that runs this process."""
    found = [each for each in running(render) if each.process.name == name]
    if not found:
        raise Absent(f"{render} does not run {name}")
    return found[0]


def pod(render: Render, name: str) -> Pod:
    """The pod of this process."""
    return process(render, name).container.pod


def container(render: Render, name: str) -> Container:
    """The container of this process."""
    return process(render, name).container


def first_container(render: Render, part: str = "initContainers") -> Container:
    """One of those that run first."""
    found = [each for each in render.containers() if each.part == part]
    if not found:
        raise Absent(f"{render} has no {part}")
    return found[0]


def tell(container: Container, name: str, **how: Any) -> None:
    """Give a container a variable; what it was told before of that name is gone."""
    rest = [each for each in container.body.get("env") or [] if each["name"] != name]
    container.body["env"] = [*rest, {"name": name, **how}]
