"""A goal is found by its title where one can be meant."""

from __future__ import annotations

from typing import Any, cast

import pytest

from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import GraphQLClient
from goldenthread.cli.goals.goal_lookup import goal_id


class Answers:
    """Answers every search with the same goals: (id, title, state of its alignment)."""

    def __init__(self, *goals: tuple[str, str, str]) -> None:
        self.nodes = [{"id": id, "title": title, "alignment": {"state": state}} for id, title, state in goals]

    def ask(self, document: str, variables: Any = None) -> dict[str, Any]:
        return {"goals": {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": self.nodes}}


def found(text: str, *goals: tuple[str, str, str]) -> str:
    return goal_id(cast(GraphQLClient, Answers(*goals)), text)


def test_a_goal_goes_by_its_title_and_by_a_part_of_it() -> None:
    assert found("sell more", ("1", "Sell more", "ALIGNED"), ("2", "Sell more in May", "ALIGNED")) == "1"
    assert found("May", ("2", "Sell more in May", "NOT_JUDGED")) == "2"


def test_of_a_goal_and_its_copy_the_one_under_way_is_meant() -> None:
    assert found("Sell", ("1", "Sell", "NOT_JUDGED"), ("2", "Sell", "ORPHANED"), ("3", "Sell on", "ALIGNED")) == "2"
    assert found("ell", ("1", "Sell", "NOT_JUDGED"), ("2", "Sell", "ORPHANED")) == "2"


def test_where_several_can_be_meant_all_are_named() -> None:
    for state in ("ALIGNED", "NOT_JUDGED"):
        with pytest.raises(CommandError, match="in the title of 2 goals") as refused:
            found("Sell", ("1", "Sell", state), ("2", "Sell", state))
        assert "1  Sell" in str(refused.value)
    with pytest.raises(CommandError, match="no goal has"):
        found("Sell")
