"""`compose.yaml` tells the processes what `overlays/local` tells them, and runs them as confined as there."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from goldenthread.launcher.topology import PROCESSES
from goldenthread.runtime.configuration.settings import FILE, PREFIX
from goldenthread.runtime.observability.health import PATHS
from tests.deploy.kustomize import DEPLOY, rendered
from tests.deploy.manifests import Container, at
from tests.deploy.process_containers import our_containers, running, variables
from tests.deploy.quantities import bytes_of

ROOT = DEPLOY.parents[1]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: each for name, each in SERVICES.items() if each["image"].startswith("goldenthread:")}
LOCAL = rendered("overlays/local")
_UNITS = {"m": "Mi", "g": "Gi"}


def told(service: Mapping[str, Any]) -> dict[str, str]:
    """The variables of a service: those of its files, then its own. Where to send traces is apart."""
    found: dict[str, str] = {}
    for file in service["env_file"]:
        lines = [line for line in (ROOT / file).read_text().splitlines() if line and not line.startswith("#")]
        found |= dict(line.split("=", 1) for line in lines)
    found |= service.get("environment", {})
    return {name: value for name, value in found.items() if name.startswith(PREFIX)}


def deployed(container: Container) -> dict[str, str]:
    """The variables of a container with the names that things have in compose.yaml."""
    found = {}
    for name, each in variables(container, LOCAL).items():
        if each.secret is None:
            found[name] = re.sub(r"//goldenthread-(goals|alignment|notifications):", r"//\1:", each.text)
        elif not each.secret.optional:
            found[name + FILE] = f"/run/secrets/{each.secret.name.removeprefix('goldenthread-')}-{each.secret.key}"
    for name in [each for each in found if found[each].startswith("/etc/goldenthread/")]:
        process = at(container.pod.template, "metadata", "labels", "app.kubernetes.io/component")
        found[name] = {
            "/etc/goldenthread/credentials/client-secret": f"/run/secrets/{process}-client-secret",
            "/etc/goldenthread/keys/keys.json": "/run/secrets/encryption-keys",
        }[found[name]]
    return found


def test_each_process_is_run_and_told_as_it_is_deployed() -> None:
    compared = set()
    for found in running(LOCAL):
        service = SERVICES[found.process.name]
        assert service["command"] == found.container.command
        assert told(service) == deployed(found.container), found
        limit = at(found.container.body, "resources", "limits", "memory")
        own = str(service["mem_limit"])
        assert bytes_of(own[:-1] + _UNITS[own[-1]]) == bytes_of(limit), found
        compared.add(found.process.name)
    assert compared == {process.name for process in PROCESSES}


def test_commands_that_end_are_those_of_the_overlay() -> None:
    theirs = {" ".join(each.command): each for each in our_containers(LOCAL) if each.command[0] == "goldenthread"}
    ours = {" ".join(each["command"]): each for each in OURS.values() if each["command"][0] == "goldenthread"}
    assert set(ours) == set(theirs)
    for command, service in ours.items():
        assert told(service).items() >= deployed(theirs[command]).items(), command


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_containers_are_confined_as_on_a_cluster(name: str) -> None:
    service = OURS[name]
    (pod,) = {(at(each.pod.spec, "securityContext", "runAsUser"), each.body["image"]) for each in our_containers(LOCAL)}
    assert (service["user"], service["image"]) == (f"{pod[0]}:{pod[0]}", pod[1])
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"] == ["/tmp:size=64m,mode=1777"]


def test_servers_have_the_images_users_and_variables_of_the_overlay() -> None:
    for name in ("postgres", "kafka", "keycloak"):
        (container,) = [each for each in LOCAL.containers() if at(each.body, "name") == name]
        assert SERVICES[name]["image"] == container.body["image"]
        context = container.pod.spec["securityContext"]
        assert SERVICES[name]["user"] == f"{context['runAsUser']}:{context['runAsGroup']}"
        plain = {each["name"]: each["value"] for each in container.body["env"] if "value" in each}
        assert SERVICES[name]["environment"].items() >= plain.items()
        script = " ".join(SERVICES[name].get("entrypoint", []))
        for secret in [each["name"] for each in container.body["env"] if "valueFrom" in each]:
            assert f"export {secret}=" in script or secret + FILE in SERVICES[name]["environment"], secret


def test_only_what_people_open_is_published_and_on_this_machine_alone() -> None:
    published = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}
    assert set(published) == {"gateway", "grafana"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_the_image_is_built_by_one_service_which_all_wait_for() -> None:
    """Compose builds all services at once: several builds that end in one name can fail with "already exists"."""
    assert [name for name, each in SERVICES.items() if "build" in each] == ["topics"]
    assert all("topics" in SERVICES[process.name]["depends_on"] for process in PROCESSES)


def test_health_is_asked_where_it_is_answered() -> None:
    for process in PROCESSES:
        script = SERVICES[process.name]["healthcheck"]["test"][-1]
        assert f"'{PATHS[1]}'" in script
        assert told(SERVICES[process.name])["GOLDENTHREAD_INTERNAL_PORT"] in script


def test_images_are_pinned_and_nothing_is_privileged() -> None:
    for name, service in SERVICES.items():
        assert re.search(r":v?\d[\w.-]*$", service["image"]), name
        assert "privileged" not in service, name
        assert service["cap_drop"] == ["ALL"], name
        assert "mem_limit" in service, name


def test_what_is_mounted_is_there_or_made_by_the_script(tmp_path: Path) -> None:
    """And each secret is random, long, and stays when the script runs again."""
    script = tmp_path / "compose" / "secrets.sh"
    script.parent.mkdir()
    script.write_bytes((ROOT / "deploy" / "compose" / "secrets.sh").read_bytes())
    read = dict[str, str]()
    for _ in range(2):
        subprocess.run(["sh", script], check=True, timeout=60, env={"PATH": os.environ["PATH"]})
        made = {each.name: each.read_text() for each in (script.parent / "secrets").iterdir()}
        assert read in ({}, made)
        read = made
    assert set(COMPOSE["secrets"]) == set(read)
    assert {each["file"] for each in COMPOSE["secrets"].values()} == {f"deploy/compose/secrets/{name}" for name in read}
    assert len(set(read.values())) == len(read)
    assert all(len(value) >= 48 for value in read.values())
    used = {secret for each in SERVICES.values() for secret in each.get("secrets", [])}
    assert used == set(read)
    ignored = subprocess.run(["git", "check-ignore", "-q", "deploy/compose/secrets/x"], cwd=ROOT)
    assert ignored.returncode == 0
