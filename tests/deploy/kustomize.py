"""Renders `deploy/k8s`: the base, every component alone on the base, all components together, and every overlay.

What there is, is found in the folders: nobody adds a component to a list.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.manifests import Object, Render

DEPLOY = Path(__file__).parents[2] / "deploy" / "k8s"
KUBECTL = Path(sys.executable).parent / "kubectl"
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

NEEDS: dict[str, tuple[str, ...]] = {}
"""The components that another one builds on: it is rendered together with them, in this order, before itself."""
TOGETHER = "together"
FIRST = ("large-organizations", "migrations")
"""The components that add Deployments or Jobs: in this order they come before those that change all of them."""


def folders(kind: str) -> list[str]:
    """The names of what is in `components` or `overlays`, complete or not."""
    place = DEPLOY / kind
    return sorted(found.name for found in place.iterdir() if found.is_dir()) if place.is_dir() else []


def names() -> list[str]:
    """What can be rendered: `base`, `components/NAME`, `together`, `overlays/NAME`."""
    components = [f"components/{name}" for name in folders("components")]
    return ["base", *components, TOGETHER, *(f"overlays/{name}" for name in folders("overlays"))]


def rendered(name: str) -> Render:
    """What `kubectl kustomize` makes of it. Raises AssertionError with kustomize's words when it cannot."""
    found = _all()[name]
    assert isinstance(found, Render), f"{name} cannot be rendered: {found}"
    return found


def renders() -> list[Render]:
    """Everything, as far as it can be rendered."""
    return [found for found in _all().values() if isinstance(found, Render)]


@cache
def _all() -> dict[str, Render | str]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(names(), pool.map(_render, names()), strict=True))


def _render(name: str) -> Render | str:
    kind, _, component = name.partition("/")
    if kind == "components":
        parts = (*NEEDS.get(component, ()), component)
    elif name == TOGETHER:
        parts = (*FIRST, *in_any_order())
    else:
        return _built(name, DEPLOY / name)
    return composed(name, parts)


def in_any_order() -> list[str]:
    """The components that may follow one another in any order."""
    return [each for each in folders("components") if each not in FIRST]


def composed(
    name: str, parts: Sequence[str], more: Mapping[str, Any] | None = None, files: Mapping[str, str] | None = None
) -> Render | str:
    """What a folder of somebody's own is rendered to: the base, these components, the resources in `files`, and what
    `more` says in its kustomization. Kustomize's words where it cannot be.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve()
        said = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [os.path.relpath(DEPLOY / "base", place), *(files or {})],
            "components": [os.path.relpath(DEPLOY / "components" / each, place) for each in parts],
            **(more or {}),
        }
        for file, text in {"kustomization.yaml": yaml.safe_dump(said), **(files or {})}.items():
            (place / file).write_text(text)
        return _built(name, place)


def _built(name: str, folder: Path) -> Render | str:
    done = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, text=True, timeout=60)
    if done.returncode or done.stderr:  # a warning of what will not be understood any more
        return done.stderr.strip()
    return Render(name, [Object(body) for body in parsed(done.stdout)])


def parsed(text: str) -> list[Any]:
    """The documents of a YAML file."""
    return [body for body in yaml.load_all(text, Loader=_LOADER) if body is not None]
