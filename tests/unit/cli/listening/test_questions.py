"""What was asked, and of whom: in words, whatever a question is about."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.cli.conftest import FakeGateway, Run
from tests.unit.cli.pages import END


def question(about: dict[str, Any]) -> dict[str, Any]:
    asked = {"id": "question_1", "body": "Which ones?", "state": "OPEN", "answers": [], "about": about}
    return asked | {"unit": {"name": "Sales"}, "awaiting": {"name": "Plant"}}


def test_a_question_names_the_goal_the_link_or_the_answer_it_is_about(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    why, link = {"__typename": "Why", "title": "Grow"}, {"child": {"title": "Sell"}, "parent": {"title": "Grow"}}
    answer = {"__typename": "WhyAnswer", "unit": {"name": "Plant"}, "why": {"title": "Grow"}}
    nodes = [question(why), question({"__typename": "Link", **link}), question(answer)]
    page = {"nodes": nodes, "pageInfo": END}
    gateway.answers = [{"data": {"questions": page}}]
    assert run("questions", "--url", gateway.url) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines[::2] == [
        "OPEN      Sales asks about “Grow”; Plant is to move",
        "OPEN      Sales asks about the link from “Sell” to “Grow”; Plant is to move",
        "OPEN      Sales asks about the answer of Plant to “Grow”; Plant is to move",
    ]
