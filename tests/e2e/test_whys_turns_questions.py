"""`whys`, `turns`, `questions` as a user types them: what is silent, whose move it is, what is not settled."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import CommandLine
from tests.support.story_organization import StoryOrganization


@pytest.fixture
def command(org: StoryOrganization, tmp_path: Path) -> CommandLine:
    """Speaks as the administrator of a new organization."""
    return CommandLine({"GOLDENTHREAD_URL": org.admin.url, "GOLDENTHREAD_TOKEN": str(org.admin.token)}, tmp_path)


async def test_the_silent_side_of_a_why_its_turns_and_the_open_questions_are_shown(
    org: StoryOrganization, command: CommandLine
) -> None:
    stations, sam = await org.led("Stations", "sam")
    await org.unit("Platform 7", parent=stations)  # nobody leads it: Stations hears for it
    await org.purpose()
    why = await org.why("Never leave a passenger guessing", audience=[stations])
    shown = (await command("whys")).out
    assert "Stations: owes its answer, holds up 1" in shown
    assert "Platform 7: waits for Stations" in shown
    assert "0/1" in shown
    assert "\x1b" not in shown
    turns = (await command("turns", "--unit", "Stations")).out
    assert "ANSWER_WHY" in turns
    assert "Never leave a passenger guessing" in turns

    answer = {"why": why, "version": 1, "unit": stations, "stance": "DISAGREES", "statement": "We lack the words"}
    await sam.do("answerWhy", "answer { id }", answer)
    shown = (await command("whys")).out
    assert "1/1" in shown
    assert "Platform 7: owes its answer" in shown
    asked = (await command("questions")).out
    assert "Stations asks about “Never leave a passenger guessing”; Test is to move" in asked
    assert "We lack the words" in asked
    found = (await command("questions", "--json")).json()
    assert [each["state"] for each in found["questions"]["nodes"]] == ["OPEN"]
    assert (await command("turns", "--json", "--unit", stations)).json()["myTurn"]["totalCount"] >= 1
    unknown = await command("turns", "--unit", "Nowhere")
    assert (unknown.code, unknown.out) == (1, "")
    assert "no unit is called “Nowhere”" in unknown.err


async def test_where_nothing_waits_nothing_is_listed(command: CommandLine) -> None:
    for name in ("whys", "turns", "questions"):
        said = await command(name)
        assert (said.code, said.out, said.err) == (0, "", "")
