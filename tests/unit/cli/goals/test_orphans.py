"""`goldenthread orphans`: by the break they share."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.cli.conftest import FakeGateway, Run
from tests.unit.cli.goals.known_goals import A, B


def test_orphans_are_told_by_the_break_they_share_with_who_must_move(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    def orphan(id: str, title: str) -> dict[str, Any]:
        return {
            "id": id,
            "title": title,
            "owners": [{"name": "Sales"}],
            "alignment": {
                "cause": "WHY_RETIRED",
                "since": None,
                "nextStep": "Board: name what follows.",
                "silentSide": {"id": "u", "name": "Board"},
                "brokenAt": {"id": A, "title": "First"},
                "lostParent": {"id": "w", "title": "Old why"},
            },
        }

    def page(nodes: list[Any], more: bool) -> dict[str, Any]:
        info = {"hasNextPage": more, "endCursor": "c" if more else None}
        return {"data": {"objectives": {"totalCount": 2, "pageInfo": info, "nodes": nodes}}}

    gateway.answers = [page([orphan(A, "First")], True), page([orphan(B, "Second")], False)]
    assert run("orphans", "--url", gateway.url) == 0
    out = capsys.readouterr().out
    assert out.count("next step: Board: name what follows.") == 1
    assert "hung on: Old why" in out
    assert out.count("orphaned: ") == 2
    assert [asked["variables"] for asked in gateway.asked] == [{"after": None}, {"after": "c"}]
