"""`export` on what a gateway answers: where it is put, and what somebody would miss in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from goldenthread import exchange
from tests.unit.cli.conftest import FakeGateway, Run

_END = {"hasNextPage": False, "endCursor": None}


def page(name: str, *nodes: Any, **more: Any) -> dict[str, Any]:
    return {"data": {name: {"nodes": list(nodes), "pageInfo": _END}, **more}}


def answers(*objectives: Any) -> list[Any]:
    root = {"id": "unit_1", "name": "Acme", "function": "EXECUTIVE", "parent": None}
    purpose = {"id": "purpose_1", "state": "PUBLISHED", "statement": "Be useful"}
    top = page("units", root, organization={"name": "Acme", "revision": 1}, purpose=purpose)
    goals = [{"data": {"nodes": list(objectives)}}] if objectives else []
    return [top, page("whys"), page("objectives", *objectives), *goals, page("cycles"), page("feedback")]


def objective(**other: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(("description", "status", "startsOn", "endsOn", "cycle"))
    lists: dict[str, list[Any]] = {"owners": [{"id": "unit_1"}], "parents": [], "invited": [], "keyResults": []}
    return {"id": "objective_1", "title": "Sell", "state": "ACTIVE", **nothing, **lists, **other}


def link(**other: Any) -> dict[str, Any]:
    said = {"kind": "SUPPORTS", "weight": None, "because": None, "inReturn": None, "state": "ACCEPTED"}
    return {**said, "explained": False, "parent": {"id": "purpose_1"}, **other}


@pytest.fixture
def export(gateway: FakeGateway, run: Run) -> Any:
    """Run `export` with these arguments on these objectives; gives the exit code."""

    def call(*arguments: str, objectives: tuple[Any, ...] = ()) -> int:
        gateway.answers = answers(*objectives)
        return run("export", *arguments, "--url", gateway.url)

    return call


@pytest.mark.parametrize("format", ["json", "stratml", "sheet"])
def test_it_is_printed_or_put_where_it_is_told(
    export: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path, format: str
) -> None:
    assert export("--format", format) == 0
    printed = capsys.readouterr()
    assert export("-", "--format", format) == 0
    assert capsys.readouterr() == printed
    assert not Path("-").exists()
    assert (exchange.read(printed.out).rows[0].title, printed.err) == ("Be useful", "")
    assert export(str(tmp_path / "plan"), "--format", format) == 0
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "plan").read_text(encoding="utf-8") == printed.out


@pytest.mark.parametrize(
    ("name", "format"),
    [("plan.CSV", "OKR_SHEET"), ("plan.xml", "STRATML"), ("plan.json", "JSON"), ("plan", "JSON"), ("plan.txt", "JSON")],
)
def test_the_format_follows_the_ending_of_the_file_unless_it_is_told(
    export: Any, tmp_path: Path, name: str, format: str
) -> None:
    assert export(str(tmp_path / name)) == 0
    assert exchange.detect((tmp_path / name).read_text(encoding="utf-8")).value == format
    assert export(str(tmp_path / name), "--format", "stratml") == 0
    assert exchange.detect((tmp_path / name).read_text(encoding="utf-8")).value == "STRATML"


@pytest.mark.parametrize("name", ["plan.xlsx", "plan.xls", "plan.ods"])
def test_a_workbook_is_not_written(export: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str) -> None:
    assert export(str(tmp_path / name)) == 2
    assert "plan.csv" in capsys.readouterr().err
    assert not (tmp_path / name).exists()


def test_links_to_what_has_ended_are_left_out_and_counted(export: Any, capsys: pytest.CaptureFixture[str]) -> None:
    ended = objective(parents=[link(), link(parent={"id": "why_gone"})])
    assert export(objectives=(ended,)) == 0
    said = capsys.readouterr()
    assert [parent.row for parent in exchange.read(said.out).rows[1].parents] == ["purpose_1"]
    assert said.err == "1 links to goals that have ended are not in the plan.\n"


def test_what_no_import_reads_at_once_is_said(export: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert export(objectives=(objective(description="a" * exchange.MAX_BYTES),)) == 0
    assert f"more than the {exchange.MAX_BYTES:,} that `import` reads at once" in capsys.readouterr().err


def test_a_sheet_says_drafts_proposals_and_what_is_out_of_date(export: Any, capsys: pytest.CaptureFixture[str]) -> None:
    waiting = objective(state="DRAFT", invited=[{"id": "unit_1"}], parents=[link(state="COUNTERED", because="b")])
    stale = objective(id="objective_2", parents=[link(because="out of date", inReturn="help")])
    assert export("--format", "sheet", objectives=(waiting, stale)) == 0
    said = capsys.readouterr()
    assert said.err == ""
    first, second = exchange.read(said.out).rows[1:]
    assert (first.draft, first.invited, second.draft) == (True, ["Acme"], False)
    assert [(each.because, each.proposed, each.stale) for each in first.parents] == [("b", True, False)]
    (old,) = second.parents
    assert (old.because, old.in_return, old.proposed, old.stale) == ("out of date", "help", False, True)


def test_columns_that_are_not_used_are_not_written(export: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert export("--format", "sheet", objectives=(objective(parents=[link()]),)) == 0
    header = capsys.readouterr().out.partition("\n")[0].split(",")
    assert not {"Draft", "Link State", "In Return", "Invited Units", "Audience Units"} & {*header}


def test_what_a_sheet_cannot_say_is_said_with_its_count(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    crew = {"id": "unit_2", "name": "Crew", "function": "TECHNOLOGY", "parent": {"id": "unit_1"}}
    said: dict[str, Any] = {"source": "Shop", "segment": None, "body": "Good", "sentiment": None, "about": []}
    gateway.answers = answers()
    gateway.answers[0]["data"]["units"]["nodes"].append(crew)
    gateway.answers[-1] = page("feedback", said | {"receivedAt": "2026-01-05T09:00:00Z"})
    for format, words in (
        ("sheet", "A sheet does not say: what customers said (1), where units stand and what they do (1). "),
        ("json", ""),
    ):
        before = list(gateway.answers)
        assert run("export", "--format", format, "--url", gateway.url) == 0
        gateway.answers = before
        assert capsys.readouterr().err.startswith(words)


def test_a_sheet_says_who_owns_an_objective_too(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers = answers(objective(owners=[{"id": "unit_1"}, {"id": "unit_2"}]))
    crew = {"id": "unit_2", "name": "Crew", "function": "BUSINESS", "parent": {"id": "unit_1"}}
    gateway.answers[0]["data"]["units"]["nodes"].append(crew)
    assert run("export", "--format", "sheet", "--url", gateway.url) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert exchange.read(said.out).rows[-1].co_owners == ["Crew"]
