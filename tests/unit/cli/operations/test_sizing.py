"""`goldenthread sizing`: a table for people, JSON for programs, and a sentence about what cannot be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from goldenthread.cli.command_table import load_command
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.operations.sizing import shown
from goldenthread.sizing.answer import SizingLine, size
from goldenthread.sizing.demand import Demand


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    load_command("sizing").main([*arguments], standalone_mode=False)
    return capsys.readouterr().out


def test_it_answers_programs_with_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--organizations", "5000", "--goals", "300", "--people", "80", "--changes-per-person-per-week", "3")
    found: dict[str, Any] = json.loads(said(capsys, *options, "--largest", "100000", "--json"))
    answer = size(Demand(organizations=5_000, goals=300, people=80, changes=3, largest=100_000))
    assert found["partitions"] == answer.partitions
    assert found["pods"] == answer.pods
    assert [line["name"] for line in found["lines"]] == [line.name for line in answer.lines]
    assert [line["value"] for line in found["lines"]] == pytest.approx([line.value for line in answer.lines])


def test_it_shows_people_each_number_with_what_it_follows_from(capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(said(capsys, "--organizations", "100").split())
    for line in size(Demand(organizations=100)).lines:
        assert line.what in text
        assert shown(line) in text


def test_an_installation_that_has_its_partitions_asks_for_them(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(said(capsys, "--organizations", "100", "--partitions", "24", "--json"))
    assert found["partitions"] == 24


def test_what_cannot_be_is_said_in_a_sentence() -> None:
    with pytest.raises(CommandError, match=r"goals \(900 on average\) must not be above largest \(5\)"):
        load_command("sizing").main(["--organizations", "3", "--goals", "900", "--largest", "5"], standalone_mode=False)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.25, "GiB", "0.2 GiB"),
        (0.004, "GiB", "0.004 GiB"),
        (3.0, "", "3"),
        (12.6, "%", "13 %"),
        (1234567, "MiB", "1,234,567 MiB"),
    ],
)
def test_numbers_are_shown_as_people_read_them(value: float, unit: str, text: str) -> None:
    assert shown(SizingLine("name", "what", value, unit, "because")) == text
