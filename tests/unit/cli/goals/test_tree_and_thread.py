"""`goldenthread tree` and `thread`: what is drawn, how a goal is named, and what goes wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import FakeGateway, Run
from tests.unit.cli.goals.known_goals import A, B, C, D

P = f"purpose_{'1' * 32}"
END = {"hasNextPage": False, "endCursor": None}


def node(id: str, title: str, state: str = "ALIGNED", kind: str = "Objective", **alignment: Any) -> dict[str, Any]:
    verdict = {"state": state, "cause": None, "brokenAt": None} | alignment
    return {"__typename": kind, "id": id, "title": title, "owners": [{"name": "Sales"}], "alignment": verdict}


def link(child: str, parent: str, primary: bool = True, title: str = "") -> dict[str, Any]:
    return {
        "id": f"link_{child[-1]}{parent[-1]}",
        "primary": primary,
        "explained": True,
        "because": "so",
        "child": {"id": child},
        "parent": {"id": parent, "title": title},
    }


def tree(*nodes: dict[str, Any], roots: list[str], links: list[dict[str, Any]]) -> dict[str, Any]:
    answer = {"revision": 1, "truncated": 0, "roots": [{"id": root} for root in roots], "nodes": list(nodes)}
    return {"data": {"goalTree": answer | {"links": links, "pageInfo": END}}}


def goals(*nodes: dict[str, Any]) -> dict[str, Any]:
    found = [{"alignment": {"state": "ALIGNED"}, **each} for each in nodes]
    return {"data": {"goals": {"pageInfo": END, "nodes": found}}}


def test_a_tree_shows_each_node_once_under_its_primary_parent_and_breaks_as_trees_of_their_own(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = node(C, "Lonely", "ORPHANED", cause="NOT_LINKED", brokenAt={"id": C})
    gateway.answers = [
        tree(
            node(P, "Everything mended", kind="Purpose"),
            node(A, "First"),
            node(B, "Second"),
            broken,
            node(D, "Below the lonely one", "ORPHANED", cause="NOT_LINKED", brokenAt={"id": C}),
            roots=[P, C],
            links=[
                link(A, P, title="Everything mended"),
                link(B, A, title="First"),
                link(B, P, False, "Everything mended"),
                link(D, C, title="Lonely"),
            ],
        )
    ]
    assert run("tree", "--url", gateway.url) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.strip("│├└─ ").split("  ")[0] for line in lines] == [
        "● Everything mended",
        "● First",
        "● Second",
        "○ Lonely",
        "○ Below the lonely one",
    ]
    assert "also serves Everything mended" in lines[2]
    assert lines[3].startswith("○ Lonely")
    assert lines[3].endswith("ORPHANED NOT_LINKED")
    assert lines[4].endswith("ORPHANED")
    assert gateway.tokens == ["Bearer t"]


def test_a_tree_of_several_pages_is_one_tree(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    first = tree(node(P, "Top", kind="Purpose"), node(A, "First"), roots=[P], links=[link(A, P, title="Top")])
    second = tree(node(B, "Second"), roots=[], links=[link(B, A, title="First")])
    first["data"]["goalTree"] |= {"pageInfo": {"hasNextPage": True, "endCursor": "c"}, "truncated": 4}
    second["data"]["goalTree"] |= {"truncated": 5}
    gateway.answers = [first, second]
    assert run("tree", "--url", gateway.url) == 0
    said = capsys.readouterr()
    assert [line.strip("│├└─ ").split("  ")[0] for line in said.out.splitlines()] == ["● Top", "● First", "● Second"]
    assert said.err == "3 more are not shown; ask for more with --depth.\n"
    assert [asked["variables"]["after"] for asked in gateway.asked] == [None, "c"]


@pytest.mark.parametrize(("revisions", "says"), [((1, 2, 2, 2), ""), ((1, 2, 3, 4, 5, 6), "revisions 5 to 6")])
def test_a_tree_that_changes_while_it_is_read_is_read_again_or_said_to_be_mixed(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], revisions: tuple[int, ...], says: str
) -> None:
    def page(number: int, revision: int) -> dict[str, Any]:
        made = tree(node([A, B][number % 2], "Goal"), roots=[], links=[])
        info = {"hasNextPage": number % 2 == 0, "endCursor": "c"}
        made["data"]["goalTree"] |= {"revision": revision, "pageInfo": info}
        return made

    gateway.answers = [page(number, revision) for number, revision in enumerate(revisions)]
    assert run("tree", "--url", gateway.url) == 0
    said = capsys.readouterr()
    assert said.out.count("Goal") == 2
    assert says in said.err
    assert bool(says) == bool(said.err)
    assert gateway.answers == []


def test_a_tree_ends_on_a_loop_and_leaves_no_node_out(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers = [
        tree(
            node(A, "One", "ORPHANED", cause="LOOP", brokenAt={"id": A}),
            node(B, "Two", "ORPHANED", cause="LOOP", brokenAt={"id": A}),
            node(C, "Three", "ORPHANED", cause="LOOP", brokenAt={"id": C}),
            node(D, "Four", "ORPHANED", cause="LOOP", brokenAt={"id": C}),
            roots=[A],
            links=[link(A, B), link(B, A), link(C, D), link(D, C)],
        )
    ]
    assert run("tree", "--url", gateway.url) == 0
    out = capsys.readouterr().out
    assert all(out.count(name) == 1 for name in ("One", "Two", "Three", "Four"))


def test_breaks_may_be_missing_while_the_newest_changes_are_not_judged(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    for up_to_date in (True, False):
        answer = tree(node(P, "Why", kind="Purpose"), roots=[P], links=[])
        answer["data"]["newest"] = {"nodes": [{"alignment": {"upToDate": up_to_date}}]}
        gateway.answers = [answer]
        assert run("tree", "--url", gateway.url) == 0
        assert ("not judged yet" in capsys.readouterr().err) is not up_to_date


def test_json_prints_the_data_of_the_answer(gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    answer = tree(node(P, "Why", kind="Purpose"), roots=[P], links=[])
    gateway.answers = [answer]
    assert run("tree", "--json", "--url", gateway.url) == 0
    assert json.loads(capsys.readouterr().out) == answer["data"]


def test_a_goal_can_be_named_by_words_of_its_title(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    alignment = {
        "state": "ALIGNED",
        "aloud": "Our purpose: all.\nFirst serves the purpose: so.",
        "upToDate": True,
    }
    gateway.answers = [
        goals({"id": A, "title": "First"}, {"id": B, "title": "First of two"}),
        {"data": {"node": {"__typename": "Objective", "id": A, "title": "First", "alignment": alignment}}},
    ]
    assert run("thread", "first", "--url", gateway.url) == 0
    assert gateway.asked[1]["variables"] == {"node": A}
    assert capsys.readouterr().out.splitlines()[1:] == ["Our purpose: all.", "First serves the purpose: so."]


def test_words_that_fit_several_goals_are_refused_with_their_ids(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes = [{"id": A, "title": "Ship one"}, {"id": B, "title": "Ship two"}]
    nodes += [{"id": f"objective_{n:032}", "title": f"Ship more: {n}"} for n in range(9)]
    gateway.answers = [goals(*nodes)]
    assert run("thread", "ship", "--url", gateway.url) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert A in said.err
    assert B in said.err
    assert "in the title of 11 goals" in said.err
    assert said.err.endswith("… and 3 more\n")


def test_a_key_result_can_be_named_by_words_of_its_title(gateway: FakeGateway, run: Run) -> None:
    result = f"keyresult_{'e' * 32}"
    alignment = {"state": "ALIGNED", "aloud": "so.", "upToDate": True}
    node = {"__typename": "KeyResult", "id": result, "title": "Half the time", "alignment": alignment}
    gateway.answers = [goals({"id": result, "title": "Half the time"}), {"data": {"node": node}}]
    assert run("thread", "half the", "--url", gateway.url) == 0
    assert gateway.asked[1]["variables"] == {"node": result}


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (
            {"errors": [{"message": "no such node", "extensions": {"code": "NOT_FOUND"}}]},
            200,
            "no such node (NOT_FOUND)",
        ),
        ({"errors": [{"code": "FORBIDDEN", "message": "send a token"}]}, 401, "send a token (FORBIDDEN)"),
        (b"<html>", 502, "no GraphQL"),
        ({"data": None}, 200, "without data"),
    ],
)
def test_errors_go_to_stderr_and_the_exit_code_is_not_zero(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], answer: Any, status: int, said: str
) -> None:
    gateway.answers, gateway.status = [answer], status
    assert run("orphans", "--url", gateway.url) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err


def test_without_an_instance_or_a_token_it_says_what_to_do(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("tree", "--data-dir", str(tmp_path)) == 1
    assert "goldenthread up --data-dir" in capsys.readouterr().err
    assert run("tree", "--url", "http://127.0.0.1:1/graphql") == 1
    assert "cannot be reached" in capsys.readouterr().err
    monkeypatch.delenv("GOLDENTHREAD_TOKEN")
    assert run("tree", "--url", "http://127.0.0.1:1/graphql") == 1
    assert "GOLDENTHREAD_TOKEN" in capsys.readouterr().err


def test_url_and_token_can_come_from_the_environment(
    gateway: FakeGateway, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLDENTHREAD_URL", gateway.url)
    monkeypatch.setenv("GOLDENTHREAD_TOKEN", "from-env")
    gateway.answers = [tree(roots=[], links=[])]
    assert run("tree", "--json") == 0
    assert gateway.tokens == ["Bearer from-env"]


@pytest.mark.parametrize("steering", ["\x1b]0;owned\x07", "\x1b[31m", "\r", "\x9b31m", "\u202e"])
def test_a_title_cannot_steer_a_terminal(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], steering: str
) -> None:
    gateway.answers = [tree(node(P, f"Why{steering} now", kind="Purpose"), roots=[P], links=[])]
    assert run("tree", "--url", gateway.url) == 0
    shown = capsys.readouterr().out
    assert "Why" in shown
    assert not set(shown) & {"\x1b", "\x07", "\r", "\x9b", "\u202e"}


def test_goals_that_fit_are_named_with_their_cycle_and_whether_they_have_ended(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    q3 = {"name": "Q3"}
    gateway.answers = [
        goals(
            {"id": A, "title": "Ship it", "state": "CLOSED", "cycle": {"name": "Q3"}},
            {"id": B, "title": "Ship it", "state": "ACTIVE", "cycle": {"name": "Q4"}},
            {"id": f"keyresult_{'e' * 32}", "title": "Ships", "measures": {"state": "CLOSED", "cycle": q3}},
            {"id": f"keyresult_{'f' * 32}", "title": "Ships", "measures": {}},
        )
    ]
    assert run("thread", "ship", "--url", gateway.url) == 1
    assert [line.split("  ", 2)[2] for line in capsys.readouterr().err.splitlines()[1:]] == [
        "Ship it  (Q3, closed)",
        "Ship it  (Q4)",
        "Ships  (Q3, closed)",
        "Ships",
    ]
