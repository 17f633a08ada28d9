"""Sheets that were made for other eyes, from the command line to what GraphQL shows: read, or told in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import CommandLine
from tests.support.story_organization import StoryOrganization

GERMAN = """Jahresplan der Bäckerei;;;;;;;;
Stand 3. Mai 2026;;;;;;;;
Nr;Typ;Titel;Übergeordnet;Bereich;Zeitraum;Startwert;Zielwert;Istwert
1;Zweck;Brot für die ganze Straße;;Bäckerei;;;;
2;Ziel;Früher backen;Brot für die ganze Straße;"Öfen
Laden";2. Quartal 2026;;;
3;Schlüsselergebnis;Laibe am Tag;Früher backen;Öfen;;800;1.600;1.200
4;Schlüsselergebnis;Anteil warm verkauft;2.0;Laden;;20%;80%;0,5
5;Meilenstein;Zweiter Ofen;2;Öfen;;;;
Summe;;;;;;800;1.680;1.200
;;;;;;;;
"""
GOALS = """{ objectives { nodes { title progress cycle { name startsOn endsOn } owners { name }
    parents { parent { title } } keyResults { title startValue targetValue currentValue progress } } } }"""
HEADER = "Row ID,Type,Title,Parent,Team\n"
NO_PLANS = {
    "empty.csv": b"",
    "mark.csv": b"\xef\xbb\xbf\r\n",
    "blanks.csv": b" \n\t\n  \n",
    "header.csv": b"Row ID,Type,Title,Parent\n",
    "nul.csv": b"Row ID,Type,Title\nA,objective,a\x00b\n",
    "page.xls": b"<html><head></head><body><table><tr><td>Type</td><td>Title</td></tr></table></body></html>",
    "picture.csv": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "letter.csv": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "broken.xlsx": b"PK\x03\x04\x14\x00\x06\x00",
    "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00",
    "list.csv": b"Bread\nRolls\nCakes\n",
}


@pytest.fixture
def command(org: StoryOrganization, tmp_path: Path) -> CommandLine:
    """Speaks as the administrator of a new organization."""
    return CommandLine({"GOLDENTHREAD_URL": org.admin.url, "GOLDENTHREAD_TOKEN": str(org.admin.token)}, tmp_path)


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


async def revision(org: StoryOrganization) -> int:
    return int((await org.admin.ask("{ organization { revision } }"))["organization"]["revision"])


async def objectives(org: StoryOrganization) -> list[dict[str, Any]]:
    return list((await org.admin.ask(GOALS))["objectives"]["nodes"])


async def its_export_comes_home(command: CommandLine, file: Path) -> None:
    assert (await command("export", file, "--format", "sheet")).code == 0
    back = (await command("import", file, "--dry-run", "--json")).json()["importPlan"]
    assert (back["created"], back["updated"], back["conflictCount"]) == (0, 0, 0)


async def test_a_german_sheet_of_a_spreadsheet_program_becomes_goals_and_says_what_it_did_not_take(
    org: StoryOrganization, command: CommandLine, tmp_path: Path
) -> None:
    await org.admin.do("setPolicy", "policy { linkPolicy }", {"linkPolicy": "AUTO_ACCEPT"})
    file = written(tmp_path / "Jahresplan.csv", GERMAN.encode("cp1252"))
    report = (await command("import", file, "--json")).json()["importPlan"]
    assert {each["row"].partition(" (")[0] for each in report["skipped"]} == {"line 8", "line 9", "line 10"}
    said = " ".join(each["message"] for each in report["skipped"])
    for words in ("“0,5” may be 50% or 0.5%", "--type", "“Summe” is a total"):
        assert words in said
    warned = " ".join(each["message"] for each in report["warnings"])
    for words in ("Windows-1252", "the header is line 3"):
        assert words in warned
    (goal,) = await objectives(org)
    assert goal == {
        "title": "Früher backen",
        "progress": 0.25,
        "cycle": {"name": "2. Quartal 2026", "startsOn": "2026-04-01", "endsOn": "2026-06-30"},
        "owners": [{"name": "Öfen"}, {"name": "Laden"}],
        "parents": [{"parent": {"title": "Brot für die ganze Straße"}}],
        "keyResults": [
            {"title": "Laibe am Tag", "startValue": 800, "targetValue": 1600, "currentValue": 1200, "progress": 0.5},
            {
                "title": "Anteil warm verkauft", "startValue": 20, "targetValue": 80, "currentValue": None,
                "progress": 0.0,
            },
        ],
    }  # fmt: skip
    before = await revision(org)
    again = (await command("import", file, "--json")).json()["importPlan"]
    assert (again["created"], again["updated"], await revision(org)) == (0, 0, before)
    await its_export_comes_home(command, tmp_path / "home.csv")


async def test_a_sheet_of_a_team_finds_the_companys_row_and_the_unit_that_it_means(
    org: StoryOrganization, command: CommandLine, tmp_path: Path
) -> None:
    north, south = await org.unit("North"), await org.unit("South")
    for above in (north, south):
        await org.unit("Shop", parent=above)
    company = HEADER + "P,purpose,Bread for the whole street,,\nW,why,Warm until the evening,P,Board\n"
    await command("import", written(tmp_path / "company.csv", company), "--source", "bakery")
    team = (
        HEADER
        + "T,objective,Bake twice,W,North / Shop\nU,objective,Bake thrice,W,Shop\nV,objective,Lost,Nowhere,Board\n"
    )
    report = (await command("import", written(tmp_path / "team.csv", team), "--source", "bakery", "--json")).json()
    said = {each["row"].partition(" (")[0]: each["message"] for each in report["importPlan"]["skipped"]}
    assert set(said) == {"line 3", "line 4"}
    assert "“Test / North / Shop” or “Test / South / Shop”; write which one" in said["line 3"]
    assert "Nowhere" in said["line 4"]
    found = {each["title"]: [up["parent"]["title"] for up in each["parents"]] for each in await objectives(org)}
    assert found["Bake twice"] == ["Warm until the evening"]
    assert found["Lost"] == []
    await its_export_comes_home(command, tmp_path / "home.csv")


async def test_what_is_no_plan_is_refused_in_words_and_changes_nothing(
    org: StoryOrganization, command: CommandLine, tmp_path: Path
) -> None:
    before = await revision(org)
    for name, content in NO_PLANS.items():
        said = await command("import", written(tmp_path / name, content))
        assert (said.code, said.out) == (1, ""), name
        assert said.err.startswith("goldenthread: "), name
        assert not any(word in said.err for word in ("Traceback", "Error", "codec", "0x", "None")), (name, said.err)
        assert 20 < len(said.err) < 500, (name, said.err)
    assert await revision(org) == before
