"""Objects against schemas: those of Kubernetes itself for two versions, and those of operators' resources.

What no schema knows is refused: an unknown kind, an unknown field. Maps that an operator leaves free (the settings of a
topic, the configuration of a collector) are looked at by rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import referencing
from kubernetes_validate.utils import schema_contents

from tests.deploy.manifests import Object

VERSIONS = ("1.35", "1.37")
"""The oldest and the newest Kubernetes that `deploy/k8s` is for."""
SCHEMAS = Path(__file__).parent / "schemas"
_MOST = 3
"""Problems told of one object: one mistake may break many branches of a schema."""


def problems(thing: Object, version: str) -> list[str]:
    """What keeps Kubernetes `version`, or the operator that owns this kind, from accepting it."""
    if thing.group and (SCHEMAS / thing.group).is_dir():
        found = _of_file(schema_file(thing))
    else:
        found = _built_in(thing.kind.lower(), _short(str(thing.body["apiVersion"])), version)
    if found is None:
        return [
            f"Kubernetes {version} and tests/deploy/schemas know no {thing.kind} of {thing.body['apiVersion']}: "
            "correct it, or add its schema there (see SOURCES.md)"
        ]
    return list(_told(found, thing.body))


def schema_file(thing: Object) -> Path:
    """Where the schema of an operator's resource is."""
    version = str(thing.body["apiVersion"]).rpartition("/")[2]
    return SCHEMAS / thing.group / f"{thing.kind.lower()}_{version}.json"


def _told(validator: Any, body: dict[str, Any]) -> Iterator[str]:
    errors = sorted(validator.iter_errors(body), key=lambda error: list(map(str, error.absolute_path)))
    for error in errors[:_MOST]:
        yield f"{'.'.join(map(str, error.absolute_path)) or 'the object'}: {error.message[:300]}"


def _short(api_version: str) -> str:
    """`policy/v1` and `rbac.authorization.k8s.io/v1` as the schema files have them: `policy-v1`, `rbac-v1`. The files
    say the whole group once more, so that another one of the same short name does not fit.
    """
    return re.sub(r"^([^./]*)(\.[^/]*)?/", r"\1-", api_version)


@cache
def _of_file(file: Path) -> Any:
    return jsonschema.Draft7Validator(json.loads(file.read_text())) if file.is_file() else None


@cache
def _built_in(kind: str, api_version: str, version: str) -> Any:
    """The strict validator of kubernetes-validate, kept: that package reads its files again for every object."""
    folder = f"v{version}.0-local-strict"
    try:
        schema = schema_contents(f"kubernetes-json-schema/{folder}/{kind}-{api_version}.json", version)
    except FileNotFoundError:
        return None
    return jsonschema.Draft202012Validator(schema, registry=_definitions(folder, version))


@cache
def _definitions(folder: str, version: str) -> Any:
    contents = schema_contents(f"kubernetes-json-schema/{folder}/_definitions.json", version)
    return referencing.Resource.from_contents(contents) @ referencing.Registry()
