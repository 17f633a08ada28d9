"""What was asked, and of whom: in words, whatever a question is about."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.cli.conftest import FakeGateway, Run

END = {"hasNextPage": False, "endCursor": None}


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


def test_every_silent_unit_of_a_why_is_named_however_many_there_are(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    def silent(*names: str, more: bool) -> dict[str, Any]:
        stage = {"stage": "NOT_ANSWERED", "dueAt": None, "overdue": False, "holdsUp": 0, "heldUpBy": None}
        nodes = [{"unit": {"name": name}, **stage} for name in names]
        return {"silentUnits": {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": "c"}}}

    cascade = {"addressed": 3, "answered": 0, "confirmed": 0, "overdue": 0, "byLevel": []}
    why = {"id": "why_1", "title": "Grow", "owners": [], "cascade": {**cascade, **silent("A", "B", more=True)}}
    answers = [
        {"data": {"whys": {"nodes": [why], "pageInfo": END}}},
        {"data": {"node": {"cascade": silent("C", more=False)}}},
    ]
    gateway.answers = list(answers)
    assert run("whys", "--url", gateway.url) == 0
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()[1:]] == ["A:", "B:", "C:"]
    assert gateway.asked[1]["variables"] == {"node": "why_1", "after": "c"}
    gateway.answers = list(answers)
    assert run("whys", "--json", "--url", gateway.url) == 0
    (shown,) = json.loads(capsys.readouterr().out)["whys"]["nodes"]
    assert [each["unit"]["name"] for each in shown["cascade"]["silent"]] == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("named", "said"),
    [((), "no unit is called “Sales”"), (("unit_1", "unit_2"), "give the id: unit_1, unit_2")],
    ids=["none", "two"],
)
def test_a_unit_that_is_not_there_or_not_the_only_one_of_its_name_is_said(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], named: tuple[str, ...], said: str
) -> None:
    gateway.answers = [{"data": {"units": {"nodes": [{"id": id, "name": "Sales"} for id in named], "pageInfo": END}}}]
    assert run("turns", "--unit", "Sales", "--url", gateway.url) == 1
    assert said in capsys.readouterr().err
