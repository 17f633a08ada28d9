"""`goldenthread remove-person`: who is meant, what is asked of a person first, and what is printed."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest

from tests.unit.cli.conftest import FakeGateway, Run


class Typing(io.StringIO):
    """What somebody types on a terminal, or sees there."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def caller(gateway: FakeGateway, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDENTHREAD_URL", gateway.url)


def named(*names: str) -> dict[str, Any]:
    nodes = [{"id": f"person_{each.lower()}", "name": each} for each in names]
    page = {"totalCount": len(nodes), "pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": nodes}
    return {"data": {"people": page}}


def found(name: str) -> dict[str, Any]:
    roles = [{"role": "LEAD", "unit": {"name": "Sales"}}]
    return {"data": {"node": {"id": f"person_{name.lower()}", "name": name, "roles": roles}}}


def removed(name: str = "Ana", **more: Any) -> dict[str, Any]:
    person = {"id": f"person_{name.lower()}", "name": name}
    return {"data": {"removePerson": {"person": person, "revision": 7, "warnings": [], "errors": []} | more}}


def test_who_leaves_and_who_takes_over_are_found_by_name(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    warning = {"code": "POLICY", "message": "An open invitation ends.", "path": []}
    gateway.answers = [named("Ana", "Anabel"), found("Ana"), found("Bo"), removed(warnings=[warning])]
    assert run("remove-person", "ana", "--successor", "person_bo", "--yes") == 0
    sent = gateway.asked[-1]["variables"]["input"]
    assert (sent["person"], sent["successor"]) == ("person_ana", "person_bo")
    assert capsys.readouterr().out == "Ana (person_ana) is removed; Bo takes over.\nAn open invitation ends.\n"


def test_without_a_terminal_nobody_is_removed_unless_the_command_says_so(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers = [found("Ana")]
    assert run("remove-person", "person_ana") == 2
    assert "this removes Ana (person_ana), and nobody is here to ask; with --yes" in capsys.readouterr().err
    assert len(gateway.asked) == 1


@pytest.mark.parametrize(("word", "code", "asked"), [("remove", 0, 2), ("yes", 2, 1), ("", 2, 1)])
def test_a_person_at_a_terminal_sees_whom_and_types_the_word(
    gateway: FakeGateway, run: Run, monkeypatch: pytest.MonkeyPatch, word: str, code: int, asked: int
) -> None:
    shown = Typing()
    monkeypatch.setattr(sys, "stdin", Typing(f"{word}\n"))
    monkeypatch.setattr(sys, "stderr", shown)
    gateway.answers = [found("Ana\x1b[2J"), removed()]
    assert run("remove-person", "person_ana") == code
    assert "Ana␛[2J (person_ana␛[2j): lead of Sales\nNobody takes over (--successor).\n" in shown.getvalue()
    assert len(gateway.asked) == asked


def test_who_is_not_here_and_a_refusal_are_said_in_words(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers = [named(), {"data": {"node": None}}, {"data": {"node": {}}}]
    assert run("remove-person", "Nobody", "--yes") == 1
    assert "nobody here is called" in capsys.readouterr().err
    for id in ("person_gone", "person_account"):
        assert run("remove-person", id, "--yes") == 1
        assert f"{id} is nobody here" in capsys.readouterr().err
    error = {"code": "STATE_NOT_ALLOWED", "message": "This is the last administrator.", "path": ["person"]}
    gateway.answers = [found("Ana"), removed(errors=[error])]
    assert run("remove-person", "person_ana", "--yes") == 1
    assert "This is the last administrator. (STATE_NOT_ALLOWED at person)" in capsys.readouterr().err


def test_a_program_gets_the_answer(gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    gateway.answers = [found("Ana"), removed()]
    assert run("remove-person", "person_ana", "--yes", "--json") == 0
    assert json.loads(capsys.readouterr().out) == removed()["data"]
