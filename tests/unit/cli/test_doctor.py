"""`goldenthread doctor`, where it is run beside one process: in a container, say."""

from __future__ import annotations

import json

import pytest

from goldenthread.launcher.ports import free_port
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
