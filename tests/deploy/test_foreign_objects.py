"""What stands beside ours in an overlay of somebody else is not touched."""

from __future__ import annotations

import pytest

from tests.deploy import kustomize
from tests.deploy.manifests import Render

_THEIRS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: theirs, labels: {app.kubernetes.io/name: theirs, app.kubernetes.io/component: alignment}}
spec:
  replicas: 1
  selector: {matchLabels: {app.kubernetes.io/name: theirs}}
  template:
    metadata: {labels: {app.kubernetes.io/name: theirs}}
    spec:
      containers: [{name: theirs, image: "theirs:1"}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: theirs, labels: {app.kubernetes.io/name: theirs, app.kubernetes.io/component: migrate}}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: theirs, image: "theirs:1"}]
"""


@pytest.mark.parametrize("component", kustomize.folders("components"))
def test_a_component_leaves_alone_what_is_not_ours(component: str) -> None:
    found = kustomize.composed(component, [component], files={"theirs.yaml": _THEIRS})
    assert isinstance(found, Render), found
    have = {each.kind: each.body for each in found.objects if each.name == "theirs"}
    assert have == {each["kind"]: each for each in kustomize.parsed(_THEIRS)}
