"""A public name that changes is seen in every record; a reason allows it, and a reason that is not needed is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.surface import __main__ as command
from tests.contract.surface import comparing
from tests.contract.surface.comparing import compare, recorded, write

PLANTED = {
    "asyncapi": ('channels.goldenthread.goals.v1.address = "goldenthread.goals.v1"', "goals.v1", "objectives.v1"),
    "command_line": ("import --dry-run: bool, default false", "--dry-run", "--try"),
    "events": ("link.declined.link.child: string, required", ".child", ".goal"),
    "graphql": ("LinkState.DECLINED", "DECLINED", "REFUSED"),
    "http": ("goals route GET /v1/people", "people", "persons"),
    "migrations": ("goals/0001_goals.sql of goals: sha256 262c", "262c", "0000"),
    "settings": ("GOLDENTHREAD_KAFKA of goals: text", "KAFKA", "BROKERS"),
    "shared_names": ("notified channel of saved revisions: judged", "judged", "revision"),
    "stored": ('notifications fact standing.verdict.cause = "LOOP"', "standing", "checkpoint"),
    "telemetry": ("gauge goldenthread_subscribers()", "subscribers", "sockets"),
    "topics": ("process goals: writes goldenthread.goals.v1", "goals.v1", "objectives.v1"),
}
"""Kind → part of a recorded line, and a change of it: old and new."""


def test_every_record_has_a_planted_change() -> None:
    assert PLANTED.keys() == recorded().keys()


@pytest.mark.parametrize("kind", PLANTED)
def test_a_changed_line_is_broken_unless_there_is_a_reason(kind: str) -> None:
    part, old, new = PLANTED[kind]
    lines = recorded()[kind]
    (line,) = (each for each in lines if part in each)
    renamed = line.replace(old, new)
    found = [each for each in lines if each != line] + [renamed]
    assert compare(lines, found, {}) == ([line], [renamed], [])
    assert line in compare(lines, found, {}).message()
    assert compare(lines, found, {line: "a reason"}) == ([], [renamed], [])
    assert compare(lines, lines, {line: "a reason", "~ never recorded": ""}).needless == [line, "~ never recorded"]
    assert "python -m tests.contract.surface" in compare(lines, [*lines, renamed], {}).message()
    assert compare(lines, lines, {}).message() == ""


def test_a_record_loses_a_line_only_with_a_reason_and_with_the_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "RECORDS", tmp_path)
    write({"topics": ["old", "same"]})
    monkeypatch.setattr(command, "surface", lambda: {"topics": ["same", "new"]})
    with pytest.raises(SystemExit, match=r"(?s)1 recorded lines would be lost.*old"):
        command.main([])
    assert recorded() == {"topics": ["old", "same"]}
    monkeypatch.setattr(command, "CHANGES", {"old": "a reason"})
    command.main([])
    assert recorded() == {"topics": ["new", "old", "same"]}
    command.main(["--released"])
    assert recorded() == {"topics": ["new", "same"]}
