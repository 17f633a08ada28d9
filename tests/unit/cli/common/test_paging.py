"""Long lists are read to their end, whatever one request may cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.cli.common import output
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import RequestTooCostly
from goldenthread.cli.common.paging import complete_list, every_node, every_page, nodes_by_ids
from tests.unit.cli.conftest import FakeGateway, Run

DOCUMENT = "query Things($first: Int = {}, $after: String) {{ things(first: $first, after: $after) }}"


class Server:
    """A list of things, of which one answer may cost so much."""

    def __init__(self, costs: list[int], most: int, usual: int = 0) -> None:
        self.costs, self.most, self.usual = costs, most, usual
        self.sizes: list[int] = []

    def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        asked = dict(variables or {})
        if "ids" in asked:
            return {"nodes": [None if each % 5 == 4 else each for each in self._shown(asked["ids"])]}
        start, size = int(asked["after"] or 0), asked.get("first", self.usual)
        shown = self._shown(list(range(len(self.costs)))[start : start + size])
        end = start + len(shown)
        info = {"hasNextPage": end < len(self.costs), "endCursor": str(end) if shown else None}
        return {"things": {"totalCount": len(self.costs), "nodes": shown, "pageInfo": info}}

    def _shown(self, wanted: list[int]) -> list[int]:
        self.sizes.append(len(wanted))
        if sum(self.costs[each] for each in wanted) > self.most:
            raise RequestTooCostly("too much")
        return wanted


@given(st.lists(st.integers(1, 9), max_size=40), st.integers(1, 50), st.integers(9, 60))
def test_whatever_a_request_may_cost_every_item_is_read_once_and_in_order(
    costs: list[int], size: int, most: int
) -> None:
    everything = list(range(len(costs)))
    server = Server(costs, most, size)
    page = every_page(server, DOCUMENT.format(size), "things")["things"]
    assert (page["nodes"], page["totalCount"]) == (everything, len(costs))
    assert every_node(server, DOCUMENT.format(size), "things") == everything
    found = list[Any](nodes_by_ids(server, "", list[Any](everything), size))
    assert found == [each for each in everything if each % 5 != 4 and each]


def test_one_item_that_is_too_much_for_a_request_is_refused_and_not_left_out() -> None:
    for ask in (lambda server: every_node(server, DOCUMENT.format(4), "things"), _by_ids):
        server = Server([1, 1, 100, 1], 50, 4)
        with pytest.raises(RequestTooCostly):
            ask(server)
        assert server.sizes[-1] == 1


def _by_ids(server: Server) -> list[Any]:
    return list(nodes_by_ids(server, "", range(4), 4))  # type: ignore[arg-type]


def test_a_list_whose_first_page_came_with_its_node_is_read_to_its_end() -> None:
    class Node(Server):
        def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
            assert variables is not None
            assert variables["node"] == "n"
            return {"node": super().ask(document, variables)}

    server = Node([1] * 10, 3, 4)
    begun = {"nodes": [0, 1], "pageInfo": {"hasNextPage": True, "endCursor": "2"}}
    assert complete_list(server, DOCUMENT.format(4), "node.things", "n", begun) == list(range(10))
    whole = {"nodes": [0], "pageInfo": {"hasNextPage": False, "endCursor": "1"}}
    assert complete_list(server, DOCUMENT.format(4), "node.things", "n", whole) == [0]


def test_a_list_whose_node_has_gone_meanwhile_is_no_empty_list() -> None:
    class Gone:
        def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
            return {"node": None}

    with pytest.raises(CommandError, match="gone"):
        every_node(Gone(), DOCUMENT.format(4), "node.things", {"node": "n"})


def test_a_cost_limit_over_http_is_asked_for_again_in_half_the_size(gateway: FakeGateway, run: Run) -> None:
    too_much = {"errors": [{"message": "too much for one", "extensions": {"code": "COST_LIMIT"}}], "data": None}
    page = {"totalCount": 0, "pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": []}
    gateway.answers = [too_much, too_much, {"data": {"objectives": page}}]
    assert run("orphans", "--url", gateway.url) == 0
    assert [each["variables"].get("first") for each in gateway.asked] == [None, 100, 50]


def test_progress_is_told_to_a_person_and_nobody_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Server([1] * 10, 100, 4)
    every_node(server, DOCUMENT.format(4), "things")
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    every_node(server, DOCUMENT.format(4), "things")
    assert capsys.readouterr().err == "\r4 read …\x1b[K\r8 read …\x1b[K\r\x1b[K"
    output.clear_progress()
    assert capsys.readouterr().err == ""
