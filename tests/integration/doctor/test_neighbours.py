"""Mistakes around the processes that a process calls; and everything silent at once."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from pathlib import Path

from goldenthread.launcher.ports import free_port, free_ports
from tests.integration.doctor.conftest import LONGEST, Deployment
from tests.support.command_line import CommandLine
from tests.support.hanging_server import hanging_server


async def test_a_neighbour_that_is_away_or_silent_is_named(deployment: Deployment) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    found = await deployment.diagnosed("alignment", GOALS_URL=url)
    assert found.problems == {
        "goals": f"goals ({url}) cannot be reached: nothing listens there (connection refused)"
        " → see whether it runs; check GOLDENTHREAD_GOALS_URL"
    }
    async with hanging_server(port):
        found = await deployment.diagnosed("alignment", GOALS_URL=url)
    assert found.problems["goals"].startswith(
        f"goals ({url}) does not answer within 3 s → check GOLDENTHREAD_GOALS_URL"
    )


async def test_an_address_where_something_else_answers_is_named(deployment: Deployment) -> None:
    found = await deployment.diagnosed("gateway", ALIGNMENT_URL=deployment.issuer.url)
    assert list(found.problems) == ["alignment"]
    assert "answers 404" in found.problems["alignment"]
    assert "GOLDENTHREAD_ALIGNMENT_URL" in found.problems["alignment"]


async def test_a_name_that_nobody_knows_is_named(deployment: Deployment) -> None:
    found = await deployment.diagnosed("gateway", GOALS_URL="http://goals.invalid:8080")
    assert "its name cannot be resolved (DNS)" in found.problems["goals"]


async def test_the_command_ends_in_time_when_everything_is_silent(deployment: Deployment) -> None:
    async with AsyncExitStack() as stack:
        ports = free_ports(4)
        for port in ports:
            await stack.enter_async_context(hanging_server(port))
        database, kafka, issuer, goals = (f"127.0.0.1:{port}" for port in ports)
        told = {
            "DATABASE_URL": f"postgresql://a:b@{database}/a",
            "KAFKA": kafka,
            "ISSUER": f"http://{issuer}",
            "SERVICE_TOKEN": None,
            "SERVICE_CLIENT_ID": "goldenthread-alignment",
            "SERVICE_CLIENT_SECRET": "secret",
            "GOALS_URL": f"http://{goals}",
        }
        begun = time.monotonic()
        await CommandLine({}, Path("/"))("doctor", "--deployment", "alignment")
        start = time.monotonic() - begun
        begun = time.monotonic()
        said = await CommandLine(deployment.environment("alignment", told), Path("/"))(
            "doctor", "--deployment", "alignment"
        )
        seconds = time.monotonic() - begun
    assert said.code == 1
    for address in (database, kafka, issuer, goals):
        assert any(" problem " in line and address in line for line in said.out.splitlines()), said
    assert seconds < LONGEST + max(0.0, start - 2), "other work on this machine may make every start slow"
