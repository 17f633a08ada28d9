"""`goldenthread turns`: one line a turn for programs; for people, sentences that go on below themselves."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.unit.cli.conftest import FakeGateway, Run

STEP = "Sales: answer “Never leave a passenger guessing” in your own words, or say why it is not yours; it is due."


@pytest.fixture(autouse=True)
def caller(gateway: FakeGateway, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDENTHREAD_URL", gateway.url)
    nodes: list[dict[str, Any]] = [
        {"kind": "ANSWER_WHY", "overdue": True, "nextStep": STEP},
        {"kind": "DECIDE_CO_OWNERSHIP", "overdue": False, "nextStep": "Sales: say\x1b[2J yes."},
    ]
    page = {"totalCount": 2, "pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": nodes}
    gateway.answers = [{"data": {"myTurn": page}}]


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")


def test_a_program_reads_a_turn_a_line(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("turns") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"overdue  ANSWER_WHY          {STEP}",
        "         DECIDE_CO_OWNERSHIP Sales: say␛[2J yes.",
    ]


@pytest.mark.parametrize("columns", [80, 100])
def test_a_sentence_that_does_not_fit_goes_on_below_itself(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    on_a_terminal(monkeypatch, columns)
    assert run("turns") == 0
    *sentence, last = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert sentence[0].startswith("overdue  ANSWER_WHY          Sales: answer")
    assert len(sentence) > 1
    assert all(line[:29].isspace() and not line[29].isspace() for line in sentence[1:])
    assert " ".join(line[29:] for line in sentence) == STEP
    assert max(map(len, sentence)) <= columns
    assert last == "         DECIDE_CO_OWNERSHIP Sales: say␛[2J yes."


def test_on_a_narrow_terminal_every_word_is_there(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_a_terminal(monkeypatch, 40)
    assert run("turns") == 0
    assert STEP in " ".join(capsys.readouterr().out.split())
