"""Everything in `deploy/k8s` renders, says what it is, and has no file that nothing uses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy import kustomize
from tests.deploy.kustomize import DEPLOY
from tests.deploy.manifests import Render
from tests.deploy.validation import SCHEMAS, VERSIONS, problems, schema_file

_KUSTOMIZATIONS = sorted(DEPLOY.rglob("kustomization.yaml"))
_PARTS = ("adds", "needs", "works")


@pytest.mark.parametrize("name", kustomize.names())
def test_it_renders(name: str) -> None:
    assert kustomize.rendered(name).objects


@pytest.mark.parametrize("name", kustomize.names())
def test_names_are_there_once(name: str) -> None:
    found = [f"{each} in {each.namespace}" for each in kustomize.rendered(name).objects]
    assert len(found) == len(set(found)), sorted(each for each in set(found) if found.count(each) > 1)


def test_components_may_be_listed_in_any_order() -> None:
    """But for those that add what others change, which come first, in their own order. (A component's `labels` reach
    what those before it have added, which changes nothing but labels.)
    """
    turned = kustomize.composed("turned", [*kustomize.FIRST, *reversed(kustomize.in_any_order())])
    assert isinstance(turned, Render), turned
    together = kustomize.rendered(kustomize.TOGETHER).copy()
    for render in (turned, together):
        for each in render.objects:
            each.body["metadata"].pop("labels", None)
    expected = {str(each): _sorted(each.body) for each in together.objects}
    assert {str(each): _sorted(each.body) for each in turned.objects} == expected


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", kustomize.names())
def test_every_object_fits_its_schema(name: str, version: str) -> None:
    wrong = [f"{each}: {text}" for each in kustomize.rendered(name).objects for text in problems(each, version)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("component", kustomize.folders("components"))
def test_a_component_is_complete(component: str) -> None:
    """It is a `Component`, and its README says what it adds, what it needs first, and how to see that it works."""
    folder = DEPLOY / "components" / component
    assert (folder / "kustomization.yaml").is_file(), f"{folder} has no kustomization.yaml"
    assert _of(folder / "kustomization.yaml")["kind"] == "Component"
    assert (folder / "README.md").is_file(), f"{folder} has no README.md"
    headings = " ".join(re.findall(r"^##+ (.+)$", (folder / "README.md").read_text(), re.MULTILINE)).lower()
    missing = [part for part in _PARTS if part not in headings]
    assert not missing, f"no heading of {folder / 'README.md'} has these words: {', '.join(missing)}"


def test_components_that_need_others_are_there() -> None:
    named = {name for needed in kustomize.NEEDS.values() for name in needed} | set(kustomize.NEEDS)
    assert named <= set(kustomize.folders("components"))


@pytest.mark.parametrize("file", _KUSTOMIZATIONS, ids=lambda file: str(file.parent.relative_to(DEPLOY)))
def test_no_file_is_left_out(file: Path) -> None:
    """A kustomization uses every file of its folder, and nothing from the network."""
    used = [text.rpartition("=")[2] for text in _texts(_of(file))]
    inner = [other.parent for other in _KUSTOMIZATIONS if file.parent in other.parent.parents]
    files = [
        each
        for each in file.parent.rglob("*")
        if each.suffix in (".yaml", ".yml", ".env", ".json") and each != file and not set(inner) & set(each.parents)
    ]
    unused = {str(each.relative_to(file.parent)) for each in files} - set(used)
    assert not unused, f"{file} uses no {', '.join(sorted(unused))}"
    taken = [each for key in ("resources", "components") for each in _of(file).get(key) or []]
    assert all((file.parent / each).exists() for each in taken), f"{file} takes something from the network"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("Deployment", {"spec": {"replica": 2}}),
        ("Deployment", {"spec": {"replicas": "2"}}),
        ("Deployment", {"apiVersion": "extensions/v1beta1"}),
        ("NetworkPolicy", {"apiVersion": "networking.istio.io/v1"}),
        ("Service", {"kind": "Services"}),
        ("ConfigMap", {"data": {"GOLDENTHREAD_HTTP_PORT": 8080}}),
        ("KafkaTopic", {"spec": {"partition": 12}}),
        ("KafkaTopic", {"apiVersion": "kafka.strimzi.io/v1beta2"}),
        ("Cluster", {"spec": {"instances": 0}}),
        ("ScaledObject", {"metadata": {"label": {}}}),
    ],
    ids=lambda value: value if isinstance(value, str) else re.sub(r"\W+", "-", str(value)).strip("-"),
)
def test_a_schema_refuses(kind: str, change: dict[str, Any], version: str) -> None:
    """An unknown field, kind or version, and a value of the wrong type."""
    thing = next(each for each in kustomize.rendered(kustomize.TOGETHER).copy().of(kind))
    assert not problems(thing, version)
    for key, value in change.items():
        thing.body[key] = {**thing.body.get(key, {}), **value} if isinstance(value, dict) else value
    assert problems(thing, version)


def test_every_schema_is_used() -> None:
    """Schemas are here for the kinds that are deployed; each group's source and licence are in SOURCES.md."""
    used = {schema_file(each) for render in kustomize.renders() for each in render.objects}
    have = set(SCHEMAS.rglob("*.json"))
    assert have <= used, f"nothing needs {sorted(str(each.relative_to(SCHEMAS)) for each in have - used)}: remove it"
    sources = (SCHEMAS / "SOURCES.md").read_text()
    assert all(f"| {each.parent.name} |" in sources for each in have)


def _of(file: Path) -> dict[str, Any]:
    (found,) = kustomize.parsed(file.read_text())
    return dict(found)


def _sorted(body: Any) -> Any:
    """The same with every list of named things in the order of their names."""
    if isinstance(body, dict):
        return {key: _sorted(value) for key, value in body.items()}
    if isinstance(body, list):
        return sorted(map(_sorted, body), key=lambda each: json.dumps(each, sort_keys=True))
    return body


def _texts(body: Any) -> Iterator[str]:
    """Every text in nested maps and lists."""
    if isinstance(body, str):
        yield body
    for part in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
        yield from _texts(part)
