"""`goldenthread whys`: every silent unit of a why is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.cli.conftest import FakeGateway, Run
from tests.unit.cli.pages import END


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
