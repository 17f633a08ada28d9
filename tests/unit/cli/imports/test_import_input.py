"""What `goldenthread import` sends of a file, and of what was said of its words."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

import pytest

from goldenthread import exchange
from goldenthread.contracts.commands.imports import MAX_CONTENT_BYTES
from goldenthread.contracts.plan import RowType
from tests.unit.cli.conftest import FakeGateway, Run
from tests.unit.cli.imports.import_answers import Terminal, answer


def sent(gateway: FakeGateway) -> dict[str, Any]:
    found: dict[str, Any] = gateway.asked[-1]["variables"]["input"]
    return found


@pytest.mark.parametrize(
    "content",
    [
        *(b"PK\x03\x04\x14\x00", "Größe".encode("cp1252"), "Größe".encode("utf-16"), b"a\0b"),
        b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xc3\xbc</a>',
    ],
    ids=["workbook", "Windows-1252", "UTF-16", "NUL", "XML"],
)
def test_what_is_not_utf_8_is_sent_as_its_bytes(gateway: FakeGateway, run: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "plan.xlsx").write_bytes(content)
    gateway.answers = [answer()]
    assert run("import", str(tmp_path / "plan.xlsx"), "--sheet", "Q1", "--url", gateway.url) == 0
    asked = sent(gateway)
    assert base64.b64decode(asked["contentBase64"]) == content
    assert (asked["sheet"], asked["fileName"], "content" in asked) == ("Q1", "plan.xlsx", False)


@pytest.mark.parametrize("text", ["Title\r\nGröße\n", "\ufeffTitle\n", '<?xml encoding="UTF-8"?><a>ü</a>', ""])
def test_utf_8_is_sent_as_the_text_it_is(gateway: FakeGateway, run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.csv").write_bytes(text.encode())
    gateway.answers = [answer()]
    assert run("import", str(tmp_path / "plan.csv"), "--url", gateway.url) == 0
    assert sent(gateway)["content"] == text
    assert not {"contentBase64", "sheet", "columns", "types"} & sent(gateway).keys()


@pytest.mark.parametrize(("byte", "most"), [(b"a", 10 * 2**20), (b"\xff", MAX_CONTENT_BYTES)], ids=["text", "bytes"])
def test_a_file_that_is_too_large_is_not_sent(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path, byte: bytes, most: int
) -> None:
    (tmp_path / "plan.xlsx").write_bytes(byte * (most + 1))
    assert run("import", str(tmp_path / "plan.xlsx"), "--url", gateway.url) == 1
    assert f"has {most + 1:,} bytes, more than the {most:,}" in capsys.readouterr().err
    assert gateway.asked == []


def test_a_file_that_is_not_there_is_told(run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run("import", str(tmp_path / "gone.csv")) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_words_are_said_with_an_equals_sign(gateway: FakeGateway, run: Run, tmp_path: Path) -> None:
    (tmp_path / "plan.csv").write_text("Title\n", encoding="utf-8")
    gateway.answers = [answer()]
    said = [
        "--map",
        "Summary=title",
        "--map",
        " a = b =Target Value",
        "--map",
        "Owner=",
        "--type",
        "Epic=Key Result",
        "--type",
        "Los=Kennzahl",
    ]
    assert run("import", str(tmp_path / "plan.csv"), *said, "--url", gateway.url) == 0
    assert sent(gateway)["columns"] == [
        {"heading": "Summary", "column": "title"},
        {"heading": "a = b", "column": "Target Value"},
        {"heading": "Owner", "column": ""},
    ]
    assert sent(gateway)["types"] == [
        {"word": "Epic", "type": "KEY_RESULT"},
        {"word": "Los", "type": "KEY_RESULT"},
    ]


@pytest.mark.parametrize(
    ("said", "help"),
    [
        (["--map", "Summary"], "Summary=title"),
        (["--map", "=title"], "Summary=title"),
        (["--map", "Metric=measure"], "no column"),
        (["--type", "Epic"], "Milestone=key_result"),
        (["--type", "Epic=epic"], "objective"),
        (["--type", "Epic="], "objective"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_words_that_say_nothing_end_with_2_and_an_example(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path, said: list[str], help: str
) -> None:
    (tmp_path / "plan.csv").write_text("Title\n", encoding="utf-8")
    assert run("import", str(tmp_path / "plan.csv"), *said, "--url", gateway.url) == 2
    assert help in capsys.readouterr().err
    assert gateway.asked == []


def no_sheet() -> dict[str, Any]:
    error = {"code": "INVALID", "message": "the workbook has no sheet “Q3”", "path": ["sheet"]}
    return answer(errors=[{**error, "candidates": ["Q1", "Q2"]}])


def test_a_sheet_that_is_not_there_ends_with_2_and_the_names(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "plan.xlsx").write_bytes(b"PK\x03\x04")
    gateway.answers = [no_sheet()]
    assert run("import", str(tmp_path / "plan.xlsx"), "--sheet", "Q3", "--url", gateway.url) == 2
    assert capsys.readouterr().err == "goldenthread: the workbook has no sheet “Q3”. They are: “Q1”, “Q2”.\n"


def test_names_that_the_message_has_are_not_said_again(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "plan.xlsx").write_bytes(b"PK\x03\x04")
    message = "the workbook has no sheet “Q3”; its sheets: “Q1”, “Q2”"
    error = {"code": "INVALID", "message": message, "path": ["sheet"], "candidates": ["Q1", "Q2"]}
    gateway.answers = [answer(errors=[error])]
    assert run("import", str(tmp_path / "plan.xlsx"), "--sheet", "Q3", "--url", gateway.url) == 2
    assert capsys.readouterr().err == f"goldenthread: {message}.\n"


def test_on_a_terminal_a_person_is_asked_for_the_sheet(
    gateway: FakeGateway, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal("2\n"))
    monkeypatch.setattr(sys, "stderr", seen)
    (tmp_path / "plan.xlsx").write_bytes(b"PK\x03\x04")
    gateway.answers = [no_sheet(), answer()]
    assert run("import", str(tmp_path / "plan.xlsx"), "--sheet", "Q3", "--url", gateway.url) == 0
    assert "  1. Q1\n  2. Q2\nWhich one (1 to 2)? " in seen.getvalue()
    assert [asked["variables"]["input"]["sheet"] for asked in gateway.asked] == ["Q3", "Q2"]


# -- the example -------------------------------------------------------------------------------------------------------


def test_the_example_is_printed_or_written_to_a_new_file_and_is_a_plan(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run("import", "--example") == 0
    printed = capsys.readouterr().out
    plan = exchange.read(printed)
    assert {row.type for row in plan.rows} == set(RowType)
    assert plan.problems == []
    file = tmp_path / "plan.csv"
    assert run("import", "--example", str(file)) == 0
    assert capsys.readouterr() == ("", "")
    assert exchange.read(file.read_bytes()).rows == plan.rows
    assert gateway.asked == []


def test_the_example_replaces_no_file(run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "plan.csv"
    file.write_text("mine", encoding="utf-8")
    assert run("import", "--example", str(file)) == 1
    assert "was not written" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == "mine"
    assert run("import", "--example", str(tmp_path / "gone" / "plan.csv")) == 1
    assert run("import", "--example", str(tmp_path / "plan.xlsx")) == 2
    assert "plan.csv" in capsys.readouterr().err


def test_without_a_file_it_says_how_to_get_one(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("import") == 2
    assert "--example" in capsys.readouterr().err
