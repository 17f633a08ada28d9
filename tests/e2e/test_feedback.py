"""`goldenthread feedback` as a user types it: what customers said is recorded, listed, and missed where nobody did."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldenthread.cli.listening import listening_documents
from tests.support.command_line import CommandLine, CommandOutput
from tests.support.story_organization import StoryOrganization

SHEET = """source,segment,body,sentiment,received at,about
Hotline,Commuters,The board was wrong,NEGATIVE,2026-01-05,boards tell the truth
Letter,,Thank you,POSITIVE,2026-01-04T10:00:00Z,
"""


@pytest.fixture
def command(org: StoryOrganization, tmp_path: Path) -> CommandLine:
    """Speaks as the administrator of a new organization."""
    return CommandLine({"GOLDENTHREAD_URL": org.admin.url, "GOLDENTHREAD_TOKEN": str(org.admin.token)}, tmp_path)


def sheet(folder: Path, text: str) -> Path:
    found = folder / "items.csv"
    found.write_text(text, encoding="utf-8")
    return found


async def revision(org: StoryOrganization) -> int:
    return int((await org.admin.ask("{ organization { revision } }"))["organization"]["revision"])


def lines(said: CommandOutput) -> list[str]:
    assert (said.code, said.err) == (0, "")
    return said.out.splitlines()


async def test_a_file_of_feedback_is_recorded_once_and_listed(
    org: StoryOrganization, command: CommandLine, tmp_path: Path
) -> None:
    stations, sam = await org.led("Stations", "sam")
    other = await org.unit("Depot")
    await org.purpose()
    boards = await org.objective("Boards tell the truth", stations)
    await org.objective("Clean trains", other)
    file = sheet(tmp_path, SHEET)
    before = await revision(org)
    assert lines(await command("feedback", "--file", file, "--dry-run")) == ["2 items would be recorded"]
    assert await revision(org) == before
    assert lines(await command("feedback", "--file", file)) == ["2 items recorded"]
    after = await revision(org)
    assert lines(await command("feedback", "--file", file)) == ["2 items: recorded before, nothing changed"]
    assert await revision(org) == after

    header, wrong, thanks = lines(await command("feedback"))
    assert header.split() == ["received", "source", "segment", "sentiment", "said", "about", "response"]
    assert wrong.startswith("2026-01-05")
    for word in ("Hotline", "Commuters", "NEGATIVE", "The board was wrong", "Boards tell the truth", "–"):
        assert word in wrong
    assert "(unlinked)" in thanks
    found = (await command("feedback", "--json")).json()
    assert found == await org.admin.ask(listening_documents.FEEDBACK)
    assert [goal["id"] for goal in found["feedback"]["nodes"][0]["about"]] == [boards]

    answer = {
        "feedback": found["feedback"]["nodes"][0]["id"],
        "unit": stations,
        "body": "Mended",
        "outcome": "ACTED_ON",
    }
    await sam.do("respondToFeedback", "feedback { id }", answer)
    assert "Stations: ACTED_ON “Mended”" in (await command("feedback", "--unit", "stations")).out
    assert [line.split()[1] for line in lines(await command("feedback", "--unlinked"))[1:]] == ["Letter"]
    assert lines(await command("feedback", "--unit", "Depot")) == []
    root = (await command("feedback", "--unit", org.root, "--json")).json()
    assert [each["source"] for each in root["feedback"]["nodes"]] == ["Hotline"]


async def test_goals_without_outside_evidence_are_listed(
    org: StoryOrganization, command: CommandLine, tmp_path: Path
) -> None:
    await org.purpose()
    why = await org.why("Never leave a passenger guessing")
    heard, unheard = await org.objective("Heard of", org.root), await org.objective("Unheard of", org.root)
    assert lines(await command("feedback", "--file", sheet(tmp_path, f"source,body,about\nShop,Good,{heard}\n")))
    shown = lines(await command("feedback", "--goals"))
    assert [(line.split()[0], line.split()[-1]) for line in shown] == [("why", why), ("objective", unheard)]
    found = (await command("feedback", "--goals", "--json")).json()
    assert [each["id"] for each in found["whys"]["nodes"] + found["objectives"]["nodes"]] == [why, unheard]


BAD = {
    "source,body\nShop,\n": "line 2, column body: it is empty",
    "source,body,about\nShop,Good,\nShop,Bad,Nowhere\n": "line 3, column about: no goal under way is called “Nowhere”",
    "source,body,about\nShop,Good,Twice\n": "line 2, column about: 2 goals are called “Twice”; give the id: objective_",
    f"source,body,about\nShop,Good,\nShop,Bad,why_{'0' * 32}\n": "line 3, column about: There is no goal why_",
    "source,body,received at\nShop,Good,\nShop,Bad,2999-01-01\n": "line 3, column received at: This time has not come",
    f"source,body\n{'x' * 501},Good\n": "line 2, column source: source has 501 characters",
    "source,opinion\nShop,Good\n": "“opinion” is no column",
}


async def test_a_file_with_a_bad_row_records_nothing_and_says_line_and_column(
    org: StoryOrganization, command: CommandLine, tmp_path: Path
) -> None:
    for _ in range(2):
        await org.objective("Twice", org.root)
    before = await revision(org)
    for text, words in BAD.items():
        said = await command("feedback", "--file", sheet(tmp_path, text))
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith("goldenthread: nothing was recorded:\n")
        assert words in said.err
    assert "cannot be read" in (await command("feedback", "--file", tmp_path / "none.csv")).err
    assert await revision(org) == before
    for options in (["--dry-run"], ["--goals", "--unlinked"], ["--goals", "--file", "x"]):
        assert (await command("feedback", *options)).code == 2
