"""`goldenthread` alone: whose move it is where something runs, else what there is to run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import FakeGateway, Run


@pytest.fixture(autouse=True)
def nothing_runs_here(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def caller(gateway: FakeGateway, nothing_runs_here: None, monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    monkeypatch.setenv("GOLDENTHREAD_URL", gateway.url)
    monkeypatch.setenv("GOLDENTHREAD_TOKEN", "t")
    return gateway


def turns(total: int, *steps: str) -> dict[str, Any]:
    nodes = [{"overdue": number == 0, "nextStep": step} for number, step in enumerate(steps)]
    return {"data": {"organization": {"name": "Acme"}, "myTurn": {"totalCount": total, "nodes": nodes}}}


def test_it_greets_with_the_first_turns_and_how_many_more_there_are(
    caller: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    caller.answers = [turns(7, "Tech: answer “Grow”.", "Tech: link\x1b[2J something.")]
    assert run() == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.splitlines() == [
        "Acme: 7 things wait for you.",
        "  overdue  Tech: answer “Grow”.",
        "           Tech: link␛[2J something.",
        "           and 5 more",
        "`goldenthread turns` lists them all; `goldenthread --help` shows every command.",
    ]


def test_it_says_when_nobody_waits(caller: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    caller.answers = [turns(0)]
    assert run() == 0
    assert capsys.readouterr().out.startswith("Acme: nobody waits for you.\n")
    caller.answers = [turns(1, "Tech: answer “Grow”.")]
    assert run() == 0
    assert "more" not in (said := capsys.readouterr().out)
    assert said.startswith("Acme: one thing waits for you.\n")


def test_without_an_instance_it_is_the_help(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 2
    said = capsys.readouterr()
    assert "Keeps an organization's why intact" in said.out
    assert said.err == ""


def test_an_instance_that_does_not_answer_is_said_and_the_help_shown(
    caller: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    caller.answers = [b"nonsense"]
    assert run() == 2
    said = capsys.readouterr()
    assert "Keeps an organization's why intact" in said.out
    assert "is that the GraphQL URL?" in said.err
