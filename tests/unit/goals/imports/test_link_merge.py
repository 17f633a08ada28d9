"""Links and becauses when an import comes again (rule 10), as small examples."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import CellOutcome as O
from goldenthread.contracts.enums import ConflictChoice, LinkState
from goldenthread.contracts.plan import PlanParent
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import O1, OURS, THEIRS, cells, link_of, load, quiet, rows, told, up


def test_rule_10_a_because_is_a_cell_like_others(harness: ImportHarness) -> None:
    harness.do(c.ReaffirmLinks(links=[link_of(harness).id], because="it pays for us"))
    before = link_of(harness)
    decision = load(harness)
    assert (quiet(decision), set(cells(decision, "O").values()), link_of(harness)) == (True, {O.LEFT}, before)
    other = replace(O1, parents=[PlanParent("W", "it feeds us")])
    assert set(cells(load(harness, other), "O").values()) == {O.CONFLICT}
    load(harness, other, conflicts=THEIRS)
    assert link_of(harness).because == "it feeds us"
    assert quiet(load(harness, other))


def test_rule_10_an_import_reaffirms_nothing_that_it_does_not_change(harness: ImportHarness) -> None:
    why = harness.row("W")
    harness.do(c.ReviseWhy(why=why.id, expected_version=why.version, statement="We grow, or we go under"))
    assert not harness.org.explained(link_of(harness))
    assert quiet(load(harness))
    assert not harness.org.explained(link_of(harness))
    load(harness, replace(O1, parents=[PlanParent("W", "it feeds us")]))
    assert harness.org.explained(link_of(harness))


def test_rule_10_a_link_that_people_withdrew_is_not_made_again(harness: ImportHarness) -> None:
    harness.do(c.WithdrawLink(link=link_of(harness).id, reason="It does not help"))
    for choice in (None, THEIRS):
        decision = load(harness, conflicts=choice)
        assert quiet(decision)
        assert set(cells(decision, "O").values()) == {O.LEFT}
    assert up(harness, "O") == []


def test_rule_10_a_link_that_people_withdrew_and_the_file_states_newly_is_a_conflict(harness: ImportHarness) -> None:
    linked = harness.do(c.ProposeLink(child=harness.row("O").id, parent=harness.row("V").id, because="it earns")).ids[0]
    if harness.org.links[linked].state is LinkState.PROPOSED:
        harness.do(c.AcceptLink(link=linked, round=1))
    harness.do(c.WithdrawLink(link=linked, reason="No"))
    more = replace(O1, parents=[*O1.parents, PlanParent("V", "it earns us")])
    for _ in range(2):
        decision = load(harness, more)
        assert quiet(decision)
        assert set(cells(decision, "O").values()) == {O.CONFLICT}
        assert "withdrawn here: “No”" in told(decision)[0]
    load(harness, more, conflicts=OURS)
    assert (up(harness, "O"), quiet(load(harness, more))) == ([harness.row("W").id], True)


def test_rule_10_theirs_links_anew_what_people_withdrew_and_the_file_states_newly(harness: ImportHarness) -> None:
    linked = harness.do(c.ProposeLink(child=harness.row("O").id, parent=harness.row("V").id, because="it earns")).ids[0]
    if harness.org.links[linked].state is LinkState.PROPOSED:
        harness.do(c.AcceptLink(link=linked, round=1))
    harness.do(c.WithdrawLink(link=linked, reason="No"))
    more = replace(O1, parents=[*O1.parents, PlanParent("V", "it earns us")])
    load(harness, more, conflicts=THEIRS)
    assert up(harness, "O") == [harness.row("W").id, harness.row("V").id]
    assert quiet(load(harness, more))


def test_rule_10_a_link_that_the_file_states_no_more_is_withdrawn_where_nothing_of_it_was_changed(
    harness: ImportHarness,
) -> None:
    moved = replace(O1, parents=[PlanParent("V", "it earns us")])
    load(harness, moved)
    assert up(harness, "O") == [harness.row("V").id]
    assert quiet(load(harness, moved))
    load(harness)
    assert up(harness, "O") == [harness.row("W").id], "what the import itself withdrew, it makes anew"
    harness.do(c.ReaffirmLinks(links=[harness.org.parents(harness.row("O").id)[0].id], because="it pays"))
    decision = load(harness, moved)
    assert "no longer states the link" in told(decision)[0]
    assert sorted(up(harness, "O")) == sorted([harness.row("W").id, harness.row("V").id])
    load(harness, moved, conflicts=OURS)
    assert quiet(load(harness, moved))
    assert len(up(harness, "O")) == 2


def test_rule_10_an_open_proposal_is_nobodys_to_answer_by_an_import() -> None:
    harness = ImportHarness()
    proposed = replace(O1, parents=[PlanParent("W", "it grows us", proposed=True)])
    load(harness, proposed)
    before = link_of(harness)
    assert before.state is LinkState.PROPOSED
    for row in (O1, proposed, replace(O1, parents=[], cells={"parents": ""}), O1):
        decision = load(harness, row)
        assert (decision.facts, link_of(harness)) == ([], before)
    harness.do(c.CounterLink(link=before.id, round=1, in_return="Two people"))
    countered = link_of(harness)
    decision = load(harness, O1)
    assert (decision.facts, link_of(harness), decision.report and decision.report.left) == ([], countered, 1)
    assert [cell.note for row in rows(decision) for cell in row.cells] == ["still talked about; it is the child's turn"]


def test_rule_10_a_link_that_went_on_with_a_successor_is_the_same_link(harness: ImportHarness) -> None:
    link = link_of(harness).id
    harness.do(c.RetireWhy(why=harness.row("W").id, reason="Over", successor=harness.row("V").id))
    assert harness.org.links[link].parent == harness.row("V").id
    assert load(harness).facts == []
    assert quiet(load(harness))
    said_anew = replace(O1, parents=[PlanParent("V", "it grows us")])
    decision = load(harness, said_anew)
    assert (decision.facts, told(decision)) == ([], [])
    assert quiet(load(harness, said_anew))


def test_the_terms_of_a_link_that_exists_are_not_changed_by_a_file(harness: ImportHarness) -> None:
    before = link_of(harness)
    decision = load(harness, replace(O1, parents=[replace(O1.parents[0], weight=0.5)]))
    assert (decision.facts, link_of(harness)) == ([], before)
    assert [cell.note for row in rows(decision) for cell in row.cells] == [
        "its weight stays nothing (the file says 0.5): both sides agreed on it"
    ]


def test_a_link_that_one_copy_of_an_export_brought_is_not_withdrawn_by_another(harness: ImportHarness) -> None:
    more = replace(O1, parents=[*O1.parents, PlanParent("V", "it earns us")])
    before = harness.merge_bases["file"].rows
    load(harness, more)
    for choice in (None, THEIRS):
        harness.merge_bases["file"] = replace(harness.merge_bases["file"], exported=before)
        decision = load(harness, replace(O1, description="All of it"), conflicts=choice)
        assert set(cells(decision, "O")) >= {f"parent:{harness.row('V').id}"}
        assert up(harness, "O") == [harness.row("W").id, harness.row("V").id]


def test_a_because_that_the_file_takes_away_is_told_and_stays() -> None:
    harness, head = ImportHarness(), "Row ID,Type,Title,Parent,Because\nW,why,Grow,,\n"
    harness.load(head + "O,objective,Sell,W,it grows us\n")
    for _ in range(2):
        decision = harness.load(head + "O,objective,Sell,W,\n")
        (row,) = [each for each in rows(decision) if each.row == "O"]
        (cell,) = row.cells
        assert (cell.outcome, cell.was, cell.here, cell.file) == (O.LEFT, "it grows us", "it grows us", None)
        assert (decision.facts, link_of(harness).because) == ([], "it grows us")


@pytest.mark.parametrize(("choice", "parents"), [(None, ["W"]), (OURS, ["W"]), (THEIRS, ["V"])])
def test_a_row_leaves_its_old_parent_only_when_it_has_the_new_one(
    harness: ImportHarness, choice: ConflictChoice | None, parents: list[str]
) -> None:
    proposed = harness.do(c.ProposeLink(child=harness.row("O").id, parent=harness.row("V").id, because="it earns")).ids[
        0
    ]
    harness.do(c.WithdrawLink(link=proposed, reason="no"))
    moved = replace(O1, parents=[PlanParent("V", "it earns us")])
    decision = load(harness, moved, conflicts=choice)
    assert up(harness, "O") == [harness.row(parent).id for parent in parents]
    assert decision.report is not None
    assert decision.report.conflicts == (choice is None)
    if choice is not None:
        assert quiet(load(harness, moved))
        assert up(harness, "O") == [harness.row(parent).id for parent in parents]
    else:
        load(harness, moved, conflicts=THEIRS)
        assert up(harness, "O") == [harness.row("V").id]


def test_a_link_that_one_row_states_is_not_withdrawn_for_another_row_of_the_same_goal() -> None:
    """The goal of a row went on with that of another row, and nothing is remembered of either."""
    harness = ImportHarness()
    other = replace(O1, row="O2", title="Answer at once", parents=[], cells={"parents": ""})
    load(harness, O1, other)
    harness.do(c.CloseObjective(objective=harness.row("O2").id, grade=1, note="Done", successor=harness.row("O").id))
    harness.merge_bases.clear()
    before = link_of(harness)
    for _ in range(2):
        load(harness, O1, other)
        assert link_of(harness) == before
    assert quiet(load(harness, O1, other))
