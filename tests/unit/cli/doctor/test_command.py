"""`goldenthread doctor`, where it is run beside one process: in a container, say."""

from __future__ import annotations

import json

import httpx
import pytest
from prometheus_client import generate_latest

from goldenthread.cli.doctor.instance_checks import degradation_problems, quarantine_problems
from goldenthread.launcher.ports import free_port
from goldenthread.runtime.observability import metrics
from tests.unit.cli.conftest import FakeGateway, Run


def test_it_asks_the_internal_port_whether_the_process_here_is_ready(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    status = {"data": {"organization": {"name": "Example", "revision": 1}}}
    gateway.answers = [status, status]
    assert run("doctor", "--json", "--url", gateway.url) == 0
    assert json.loads(capsys.readouterr().out)["problems"] == []
    port = free_port()
    monkeypatch.setenv("GOLDENTHREAD_INTERNAL_PORT", str(port))
    assert run("doctor", "--json", "--url", gateway.url) == 1
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert f"http://127.0.0.1:{port} does not answer" in problem


@pytest.mark.parametrize(("stopped", "said"), [(0, []), (2, ["goals has quarantined 2 organization(s), whose days"])])
def test_it_says_what_is_quarantined(stopped: int, said: list[str]) -> None:
    metrics.CLOCKS.follow(lambda: stopped)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=generate_latest()))
    with httpx.Client(transport=transport) as client:
        problems = quarantine_problems(client, "goals", "http://goals")
    metrics.CLOCKS.forget()
    assert len(problems) == len(said)
    assert all(problem.startswith(start) for problem, start in zip(problems, said, strict=True))


@pytest.mark.parametrize(
    ("ready", "said"),
    [
        ({"ready": True}, []),
        ({"ready": True, "degraded": {"broker": "it is away"}}, ["goals is ready, but: it is away"]),
    ],
)
def test_it_says_what_a_process_that_is_ready_lacks(ready: dict[str, object], said: list[str]) -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=ready))) as client:
        assert degradation_problems(client, "goals", "http://goals") == said


def test_it_says_when_a_process_gives_no_metrics() -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(404))) as client:
        assert quarantine_problems(client, "goals", "http://goals") == [
            "goals does not say what is quarantined: HTTPStatusError"
        ]
