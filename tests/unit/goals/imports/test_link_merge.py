"""Links and becauses when an import comes again (rule 10), as small examples."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import CellOutcome as O
from goldenthread.contracts.enums import ConflictChoice, LinkState
from goldenthread.contracts.plan import PlanParent
from tests.unit.goals.desk import Desk
from tests.unit.goals.imports.plans import O1, OURS, THEIRS, cells, link_of, load, quiet, rows, told, up


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    load(made)
    return made


def test_rule_10_a_because_is_a_cell_like_others(desk: Desk) -> None:
    desk.do(c.ReaffirmLinks(links=[link_of(desk).id], because="it pays for us"))
    before = link_of(desk)
    decision = load(desk)
    assert (quiet(decision), set(cells(decision, "O").values()), link_of(desk)) == (True, {O.LEFT}, before)
    other = replace(O1, parents=[PlanParent("W", "it feeds us")])
    assert set(cells(load(desk, other), "O").values()) == {O.CONFLICT}
    load(desk, other, conflicts=THEIRS)
    assert link_of(desk).because == "it feeds us"
    assert quiet(load(desk, other))


def test_rule_10_an_import_reaffirms_nothing_that_it_does_not_change(desk: Desk) -> None:
    why = desk.row("W")
    desk.do(c.ReviseWhy(why=why.id, expected_version=why.version, statement="We grow, or we go under"))
    assert not desk.org.explained(link_of(desk))
    assert quiet(load(desk))
    assert not desk.org.explained(link_of(desk))
    load(desk, replace(O1, parents=[PlanParent("W", "it feeds us")]))
    assert desk.org.explained(link_of(desk))


def test_rule_10_a_link_that_people_withdrew_is_not_made_again(desk: Desk) -> None:
    desk.do(c.WithdrawLink(link=link_of(desk).id, reason="It does not help"))
    for choice in (None, THEIRS):
        decision = load(desk, conflicts=choice)
        assert quiet(decision)
        assert set(cells(decision, "O").values()) == {O.LEFT}
    assert up(desk, "O") == []


def test_rule_10_a_link_that_people_withdrew_and_the_file_states_newly_is_a_conflict(desk: Desk) -> None:
    linked = desk.do(c.ProposeLink(child=desk.row("O").id, parent=desk.row("V").id, because="it earns")).ids[0]
    if desk.org.links[linked].state is LinkState.PROPOSED:
        desk.do(c.AcceptLink(link=linked, round=1))
    desk.do(c.WithdrawLink(link=linked, reason="No"))
    more = replace(O1, parents=[*O1.parents, PlanParent("V", "it earns us")])
    for _ in range(2):
        decision = load(desk, more)
        assert quiet(decision)
        assert set(cells(decision, "O").values()) == {O.CONFLICT}
        assert "withdrawn here: “No”" in told(decision)[0]
    load(desk, more, conflicts=OURS)
    assert (up(desk, "O"), quiet(load(desk, more))) == ([desk.row("W").id], True)


def test_rule_10_theirs_links_anew_what_people_withdrew_and_the_file_states_newly(desk: Desk) -> None:
    linked = desk.do(c.ProposeLink(child=desk.row("O").id, parent=desk.row("V").id, because="it earns")).ids[0]
    if desk.org.links[linked].state is LinkState.PROPOSED:
        desk.do(c.AcceptLink(link=linked, round=1))
    desk.do(c.WithdrawLink(link=linked, reason="No"))
    more = replace(O1, parents=[*O1.parents, PlanParent("V", "it earns us")])
    load(desk, more, conflicts=THEIRS)
    assert up(desk, "O") == [desk.row("W").id, desk.row("V").id]
    assert quiet(load(desk, more))


def test_rule_10_a_link_that_the_file_states_no_more_is_withdrawn_where_nothing_of_it_was_changed(desk: Desk) -> None:
    moved = replace(O1, parents=[PlanParent("V", "it earns us")])
    load(desk, moved)
    assert up(desk, "O") == [desk.row("V").id]
    assert quiet(load(desk, moved))
    load(desk)
    assert up(desk, "O") == [desk.row("W").id], "what the import itself withdrew, it makes anew"
    desk.do(c.ReaffirmLinks(links=[desk.org.parents(desk.row("O").id)[0].id], because="it pays"))
    decision = load(desk, moved)
    assert "no longer states the link" in told(decision)[0]
    assert sorted(up(desk, "O")) == sorted([desk.row("W").id, desk.row("V").id])
    load(desk, moved, conflicts=OURS)
    assert quiet(load(desk, moved))
    assert len(up(desk, "O")) == 2


def test_rule_10_an_open_proposal_is_nobodys_to_answer_by_an_import() -> None:
    desk = Desk()
    proposed = replace(O1, parents=[PlanParent("W", "it grows us", proposed=True)])
    load(desk, proposed)
    before = link_of(desk)
    assert before.state is LinkState.PROPOSED
    for row in (O1, proposed, replace(O1, parents=[], cells={"parents": ""}), O1):
        decision = load(desk, row)
        assert (decision.facts, link_of(desk)) == ([], before)
    desk.do(c.CounterLink(link=before.id, round=1, in_return="Two people"))
    countered = link_of(desk)
    decision = load(desk, O1)
    assert (decision.facts, link_of(desk), decision.report and decision.report.left) == ([], countered, 1)
    assert [cell.note for row in rows(decision) for cell in row.cells] == ["still talked about; it is the child's turn"]


def test_rule_10_a_link_that_went_on_with_a_successor_is_the_same_link(desk: Desk) -> None:
    link = link_of(desk).id
    desk.do(c.RetireWhy(why=desk.row("W").id, reason="Over", successor=desk.row("V").id))
    assert desk.org.links[link].parent == desk.row("V").id
    assert load(desk).facts == []
    assert quiet(load(desk))
    said_anew = replace(O1, parents=[PlanParent("V", "it grows us")])
    decision = load(desk, said_anew)
    assert (decision.facts, told(decision)) == ([], [])
    assert quiet(load(desk, said_anew))


def test_the_terms_of_a_link_that_exists_are_not_changed_by_a_file(desk: Desk) -> None:
    before = link_of(desk)
    decision = load(desk, replace(O1, parents=[replace(O1.parents[0], weight=0.5)]))
    assert (decision.facts, link_of(desk)) == ([], before)
    assert [cell.note for row in rows(decision) for cell in row.cells] == [
        "its weight stays nothing (the file says 0.5): both sides agreed on it"
    ]


def test_a_link_that_one_copy_of_an_export_brought_is_not_withdrawn_by_another(desk: Desk) -> None:
    more = replace(O1, parents=[*O1.parents, PlanParent("V", "it earns us")])
    before = desk.memory["file"].rows
    load(desk, more)
    for choice in (None, THEIRS):
        desk.memory["file"] = replace(desk.memory["file"], exported=before)
        decision = load(desk, replace(O1, description="All of it"), conflicts=choice)
        assert set(cells(decision, "O")) >= {f"parent:{desk.row('V').id}"}
        assert up(desk, "O") == [desk.row("W").id, desk.row("V").id]


def test_a_because_that_the_file_takes_away_is_told_and_stays() -> None:
    desk, head = Desk(), "Row ID,Type,Title,Parent,Because\nW,why,Grow,,\n"
    desk.load(head + "O,objective,Sell,W,it grows us\n")
    for _ in range(2):
        decision = desk.load(head + "O,objective,Sell,W,\n")
        (row,) = [each for each in rows(decision) if each.row == "O"]
        (cell,) = row.cells
        assert (cell.outcome, cell.was, cell.here, cell.file) == (O.LEFT, "it grows us", "it grows us", None)
        assert (decision.facts, link_of(desk).because) == ([], "it grows us")


@pytest.mark.parametrize(("choice", "parents"), [(None, ["W"]), (OURS, ["W"]), (THEIRS, ["V"])])
def test_a_row_leaves_its_old_parent_only_when_it_has_the_new_one(
    desk: Desk, choice: ConflictChoice | None, parents: list[str]
) -> None:
    proposed = desk.do(c.ProposeLink(child=desk.row("O").id, parent=desk.row("V").id, because="it earns")).ids[0]
    desk.do(c.WithdrawLink(link=proposed, reason="no"))
    moved = replace(O1, parents=[PlanParent("V", "it earns us")])
    decision = load(desk, moved, conflicts=choice)
    assert up(desk, "O") == [desk.row(parent).id for parent in parents]
    assert decision.report is not None
    assert decision.report.conflicts == (choice is None)
    if choice is not None:
        assert quiet(load(desk, moved))
        assert up(desk, "O") == [desk.row(parent).id for parent in parents]
    else:
        load(desk, moved, conflicts=THEIRS)
        assert up(desk, "O") == [desk.row("V").id]


def test_a_link_that_one_row_states_is_not_withdrawn_for_another_row_of_the_same_goal() -> None:
    """The goal of a row went on with that of another row, and nothing is remembered of either."""
    desk = Desk()
    other = replace(O1, row="O2", title="Answer at once", parents=[], cells={"parents": ""})
    load(desk, O1, other)
    desk.do(c.CloseObjective(objective=desk.row("O2").id, grade=1, note="Done", successor=desk.row("O").id))
    desk.memory.clear()
    before = link_of(desk)
    for _ in range(2):
        load(desk, O1, other)
        assert link_of(desk) == before
    assert quiet(load(desk, O1, other))
