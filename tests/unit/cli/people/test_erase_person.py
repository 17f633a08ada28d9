"""`goldenthread erase-person`: who is meant, what is asked of a person first, what is printed, and the exit codes."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest

from tests.unit.cli.conftest import FakeGateway, Run

ID = "person_0197f2c4a0007000800000000000000a"


class Typed(io.StringIO):
    """What somebody types on a terminal."""

    def isatty(self) -> bool:
        return True


def payload(name: str = "Bo Berg", erased: bool = False, **more: Any) -> dict[str, Any]:
    person = {"id": ID, "name": name, "erased": erased}
    warning = {"code": "POLICY", "message": "It cannot be undone.", "path": ["person"]}
    return {"data": {"erasePerson": {"person": person, "revision": 7, "warnings": [warning], "errors": [], **more}}}


def former(*names: str) -> dict[str, Any]:
    nodes = [{"id": f"{ID[:-1]}{number}", "name": name} for number, name in enumerate(names)]
    return {"data": {"formerPeople": {"nodes": nodes, "pageInfo": {"hasNextPage": False, "endCursor": None}}}}


DONE = payload("A person who was erased", True)


def dry_runs(gateway: FakeGateway) -> list[bool]:
    inputs = [asked["variables"]["input"] for asked in gateway.asked if "input" in asked["variables"]]
    return [each.get("dryRun", False) for each in inputs]


def test_with_yes_the_person_is_erased_without_a_question(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers = [DONE]
    assert run("erase-person", ID, "--yes", "--url", gateway.url) == 0
    assert capsys.readouterr().out == f"{ID} is erased\nIt cannot be undone.\n"
    assert dry_runs(gateway) == [False]


def test_where_nobody_is_there_to_ask_nothing_is_erased(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers = [payload()]
    assert run("erase-person", ID, "--url", gateway.url) == 2
    said = capsys.readouterr()
    assert (said.out, "--yes" in said.err, "Bo Berg" in said.err) == ("", True, True)
    assert dry_runs(gateway) == [True]


@pytest.mark.parametrize(("word", "code", "sent"), [("erase", 0, [True, False]), ("yes", 2, [True]), ("", 2, [True])])
def test_a_person_at_a_terminal_is_told_what_it_means_and_types_the_word(
    gateway: FakeGateway, run: Run, monkeypatch: pytest.MonkeyPatch, word: str, code: int, sent: list[bool]
) -> None:
    shown = Typed()
    monkeypatch.setattr(sys, "stdin", Typed(f"{word}\n"))
    monkeypatch.setattr(sys, "stderr", shown)
    gateway.answers = [payload(), DONE]
    assert run("erase-person", ID, "--url", gateway.url) == code
    assert f"Bo Berg ({ID})\nIt cannot be undone.\nType “erase” to go on: " in shown.getvalue()
    assert dry_runs(gateway) == sent


def test_a_dry_run_says_what_would_be_erased_and_asks_nothing(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers = [payload(), payload()]
    assert run("erase-person", ID, "--dry-run", "--url", gateway.url) == 0
    assert capsys.readouterr().out == f"Bo Berg ({ID}) would be erased\nIt cannot be undone.\n"
    assert run("erase-person", ID, "--dry-run", "--json", "--url", gateway.url) == 0
    assert json.loads(capsys.readouterr().out) == payload()["data"]
    assert dry_runs(gateway) == [True, True]


def test_a_name_is_looked_for_among_those_who_were_removed(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers = [former("Bo Berg", "Bo Bergman"), DONE]
    assert run("erase-person", "bo berg", "--yes", "--url", gateway.url) == 0
    assert gateway.asked[1]["variables"]["input"]["person"] == f"{ID[:-1]}0"
    gateway.answers = [former("Bo Berg", "Bo Bergman")]
    assert run("erase-person", "bo", "--yes", "--url", gateway.url) == 2
    assert "Bo Bergman" in capsys.readouterr().err
    gateway.answers = [former()]
    assert run("erase-person", "al", "--yes", "--url", gateway.url) == 1
    assert "goldenthread remove-person" in capsys.readouterr().err


def test_a_refusal_is_printed_and_ends_with_1(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    error = {"code": "STATE_NOT_ALLOWED", "message": "That person is still here.", "path": ["person"]}
    gateway.answers = [payload(errors=[error])]
    assert run("erase-person", ID, "--url", gateway.url) == 1
    assert capsys.readouterr().err == "goldenthread: That person is still here. (STATE_NOT_ALLOWED at person)\n"
