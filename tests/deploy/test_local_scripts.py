"""The scripts of overlays/local make what its manifests refer to, and nothing that exists anew."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from goldenthread.contracts.organizations import NewOrganization
from goldenthread.runtime.configuration.trusted_issuers import SERVICE_CLIENTS
from tests.deploy.kustomize import DEPLOY, rendered
from tests.deploy.process_containers import variables
from tests.deploy.rules.secrets import references

LOCAL = DEPLOY / "overlays" / "local"
REALM = json.loads((LOCAL / "goldenthread-realm.json").read_text())


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    """A cluster that is a folder; `kubectl` is found in its `bin`."""
    (tmp_path / "bin").mkdir()
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.deploy.pretended_kubectl "$@"\n')
    kubectl.chmod(0o755)
    return tmp_path


def run(script: str, cluster: Path) -> str:
    path = f"{cluster / 'bin'}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "CLUSTER": str(cluster), "PYTHONPATH": str(DEPLOY.parents[1])}
    done = subprocess.run([LOCAL / script], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def made(cluster: Path) -> dict[tuple[str, str], str]:
    """Every Secret and key, with its value."""
    return {(file.parent.name, file.name): file.read_text() for file in cluster.glob("goldenthread-*/*")}


def test_every_secret_that_the_overlay_refers_to_is_made_once(cluster: Path) -> None:
    run("secrets.sh", cluster)
    first = made(cluster)
    for pod in rendered("overlays/local").pods():
        for secret in references(pod):
            optional = {"kafka-username", "kafka-password"}
            assert {(secret.name, key) for key in secret.keys - optional} <= set(first), pod
    assert len({value for (_, key), value in first.items() if key == "client-secret"}) == 5
    assert all(len(value) >= 48 for value in first.values())
    password = first["goldenthread-postgres", "password"]
    assert first["goldenthread-goals", "database-url"].endswith(f":{password}@goldenthread-postgres:5432/goals")
    run("secrets.sh", cluster)
    assert made(cluster) == first
    calls = (cluster / "calls").read_text()
    assert not any(value in calls for value in first.values()), "a process list would show it"


def test_the_first_organization_is_made_as_goals_takes_it_for_the_person_of_the_realm(cluster: Path) -> None:
    run("secrets.sh", cluster)
    assert run("first-organization.sh", cluster).strip() == "token-of-goldenthread-people"
    (asked,) = map(json.loads, (cluster / "asked-goals").read_text().splitlines())
    assert (asked["path"], asked["authorization"]) == ("/v1/organizations", "Bearer token-of-goldenthread-operator")
    organization = msgspec.json.decode(asked["body"], type=NewOrganization)
    (person,) = REALM["users"]
    assert organization.admin_subject == person["id"]
    assert [organization.id] == person["attributes"]["organization"]
    tokens = [json.loads(line)["body"] for line in (cluster / "asked-keycloak").read_text().splitlines()]
    secrets = made(cluster)
    assert f"client_secret={secrets['goldenthread-operator', 'client-secret']}" in tokens[0]
    assert f"password={secrets['goldenthread-keycloak', 'person-password']}" in tokens[1]


def test_the_realm_has_a_client_for_each_service_and_none_of_them_signs_people_in() -> None:
    services = {each["clientId"]: each for each in REALM["clients"] if not each["publicClient"]}
    assert set(services) == set(SERVICE_CLIENTS)
    for name, client in services.items():
        assert client["serviceAccountsEnabled"], name
        assert not client["standardFlowEnabled"], name
        assert not client["directAccessGrantsEnabled"], name


def test_keycloak_is_told_everything_that_the_realm_leaves_open() -> None:
    """Each client's secret is that of its process; a name that is not told would stand there as it is."""
    (keycloak,) = [each for each in rendered("overlays/local").containers() if "keycloak" in each.body["image"]]
    told = {name: each.secret for name, each in variables(keycloak, rendered("overlays/local")).items()}
    needed = set(re.findall(r"\$\{(\w+)\}", json.dumps(REALM)))
    assert needed <= set(told)
    for client in (each for each in REALM["clients"] if not each["publicClient"]):
        found = told[client["secret"].strip("${}")]
        assert found is not None
        assert (found.name, found.key) == (client["clientId"], "client-secret")
