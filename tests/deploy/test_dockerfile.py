"""The image without building it: what it copies is there, and it is run as the manifests run it."""

from __future__ import annotations

import json
import platform
import re
import tomllib
from typing import Any

import pytest

from goldenthread import __version__
from goldenthread.launcher.topology import PROCESSES
from goldenthread.runtime.configuration.settings import ProcessSettings
from tests.deploy import dockerfile
from tests.deploy.kustomize import renders
from tests.deploy.process_containers import our_containers, our_pods

LOCK = tomllib.loads((dockerfile.ROOT / "uv.lock").read_text())
FINAL = 1
MEGABYTE = 2**20


def one(word: str, stage: int = FINAL) -> str:
    """The text of the only instruction of this kind in a stage."""
    (found,) = [each.text for each in dockerfile.instructions() if (each.stage, each.word) == (stage, word)]
    return found


def test_a_build_is_sent_what_is_copied_and_no_more() -> None:
    assert set(dockerfile.let_through()) == dockerfile.copied()
    assert all((dockerfile.ROOT / name).exists() for name in dockerfile.copied())
    files = dockerfile.context()
    assert sum(each.stat().st_size for each in files) < 10 * MEGABYTE
    assert not [each for each in files if "tests" in each.relative_to(dockerfile.ROOT).parts]


def test_every_package_of_ours_is_copied() -> None:
    project = tomllib.loads((dockerfile.ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(packages) <= dockerfile.copied()
    assert {process.module.partition(".")[0] for process in PROCESSES} <= set(packages)


def test_the_commit_is_named_after_everything_that_would_be_built_again_for_it() -> None:
    words = [(each.word, each.text) for each in dockerfile.instructions() if each.stage == FINAL]
    (named,) = [number for number, (word, text) in enumerate(words) if word == "ARG" and text.startswith("REVISION")]
    assert {"RUN", "COPY"}.isdisjoint(word for word, _ in words[named:])


def test_the_user_is_that_of_the_manifests() -> None:
    users = {
        (context["runAsUser"], context["runAsGroup"])
        for render in renders()
        for context in (pod.spec["securityContext"] for pod in our_pods(render))
    }
    assert [one("USER")] == [f"{user}:{group}" for user, group in users]


def test_the_ports_are_those_of_the_manifests() -> None:
    ports = {
        port["containerPort"]
        for render in renders()
        for container in our_containers(render)
        for port in container.body.get("ports") or []
    }
    assert {int(port) for port in one("EXPOSE").split()} == ports


def test_the_programs_of_the_manifests_are_those_of_the_image() -> None:
    """`python` and `goldenthread` are in the folder that is first on the path; nothing is put before a command."""
    commands = {container.command[0] for render in renders() for container in our_containers(render)}
    assert commands == {"python", "goldenthread"}
    environment = [each.text for each in dockerfile.instructions() if (each.stage, each.word) == (FINAL, "ENV")]
    assert "PATH=/opt/goldenthread/bin:" in environment[0]
    assert json.loads(one("CMD")) == ["goldenthread", "--help"]
    assert not [each for each in dockerfile.instructions() if each.word == "ENTRYPOINT"]


def test_the_version_is_that_of_the_code() -> None:
    """The build fails where the two differ, since the wheel is named after the code's."""
    versions = re.findall(r"^ARG VERSION=(.+)$", (dockerfile.ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert versions == [__version__] * 2
    assert 'image.version="${VERSION}"' in one("LABEL")


def test_both_stages_compile_for_the_same_processor() -> None:
    """What is compiled for another one than is asked for at run time is compiled again, at every start."""
    texts = [each.text for each in dockerfile.instructions() if each.word == "ENV"]
    assert [re.findall(r"NUMBA_CPU_NAME=(\S+)", text) for text in texts] == [["generic"], ["generic"]]


def test_a_setting_of_ours_is_not_hidden_in_the_image() -> None:
    names = {f"GOLDENTHREAD_{name.upper()}" for name in ProcessSettings.__struct_fields__}
    told = " ".join(each.text for each in dockerfile.instructions() if each.word == "ENV")
    assert names
    assert not [name for name in names if name in told]


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_whatever_is_installed_has_a_wheel_for_the_architecture(machine: str) -> None:
    """There is no compiler in the build, for neither of the two architectures."""
    tags = re.compile(rf"-(cp313-cp313|cp3\d+-abi3)-manylinux\w*_{machine}[.\w]*\.whl$|-none-any\.whl$")
    missing = [
        each["name"] for each in installed() if not any(tags.search(wheel["url"]) for wheel in each.get("wheels", []))
    ]
    assert missing == [], platform.machine()


def installed() -> list[dict[str, Any]]:
    """The packages that the project depends on without its extras, also through others."""
    by_name = dict[str, list[dict[str, Any]]]()
    for package in LOCK["package"]:
        by_name.setdefault(package["name"], []).append(package)
    found, waiting = dict[str, list[dict[str, Any]]](), ["goldenthread"]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = by_name[name]
        for package in by_name[name]:
            needed = [*package.get("dependencies", [])]
            for extra in package.get("optional-dependencies", {}).values() if name != "goldenthread" else []:
                needed += extra
            waiting += [each["name"] for each in needed if "win32" not in each.get("marker", "")]
    return [max(each, key=lambda package: package["version"]) for name, each in found.items() if name != "goldenthread"]
