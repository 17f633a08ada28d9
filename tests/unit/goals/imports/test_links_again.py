"""Links of a file that comes again after people ended or replaced them, or after a goal went on with another."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import CellOutcome as O
from goldenthread.contracts.enums import ConflictChoice, LinkState, Side
from goldenthread.contracts.events.goals import LinkReaffirmed, LinkWithdrawn
from goldenthread.contracts.plan import PlanParent, PlanRow, RowType
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.links import NONE, O2, TO_V, close, linked, notes
from tests.unit.goals.imports.plans import O1, OURS, THEIRS, K, cells, link_of, load, quiet, told, up

# -- which link is meant -----------------------------------------------------------------------------------------------


def test_a_file_without_parents_says_nothing_of_links_and_an_emptied_cell_takes_them_back(
    harness: ImportHarness,
) -> None:
    load(harness, replace(O1, parents=[]))
    assert up(harness, "O") == [harness.row("W").id]
    decision = load(harness, NONE)
    assert up(harness, "O") == []
    (withdrawn,) = [fact.payload for fact in decision.facts if isinstance(fact.payload, LinkWithdrawn)]
    assert (withdrawn.side, cells(decision, "O")) == (Side.CHILD, {f"parent:{harness.row('W').id}": O.TAKEN})
    assert decision.report is not None
    assert decision.report.updated == 1


def test_a_purpose_has_no_parent_whatever_its_row_names() -> None:
    harness = ImportHarness()
    load(harness, PlanRow("P", "line 1", RowType.PURPOSE, "Be useful", parents=[PlanParent("W")]))
    assert up(harness, "P") == []


def test_what_a_key_result_measures_is_no_link_of_its_row(harness: ImportHarness) -> None:
    measure = harness.org.parents(harness.row("K").id, *LinkState)
    assert not [name for name in harness.merge_bases["file"].rows["K"].cells if name.startswith("parent:")]
    for parents in ([PlanParent("O"), PlanParent("O", "again")], [PlanParent("O")], [PlanParent("O"), PlanParent("W")]):
        load(harness, replace(K, parents=parents))
        assert harness.org.parents(harness.row("K").id, *LinkState)[: len(measure)] == measure


def test_of_several_links_that_ended_the_last_one_counts(harness: ImportHarness) -> None:
    load(harness, TO_V)
    load(harness)
    harness.do(c.WithdrawLink(link=linked(harness), reason="No"))
    assert set(cells(load(harness, TO_V), "O").values()) == {O.CONFLICT}
    assert up(harness, "O") == [harness.row("W").id]


def test_a_link_that_people_make_instead_is_the_one_that_the_file_states_from_then_on(harness: ImportHarness) -> None:
    load(harness, TO_V)
    load(harness)
    mine = linked(harness, accept=False)
    proposed = replace(TO_V, parents=[*O1.parents, PlanParent("V", "so", proposed=True)])
    load(harness, proposed)
    assert quiet(load(harness, proposed))
    harness.do(c.WithdrawLink(link=mine, reason="No"))
    assert set(cells(load(harness, proposed), "O").values()) == {O.LEFT}


def test_two_parents_that_are_one_goal_now_are_one_link(harness: ImportHarness) -> None:
    load(harness, TO_V)
    harness.do(c.RetireWhy(why=harness.row("W").id, reason="Over", successor=harness.row("V").id))
    before = harness.org.parents(harness.row("O").id)
    load(harness, TO_V)
    assert harness.org.parents(harness.row("O").id) == before
    assert quiet(load(harness, TO_V))


def test_two_rows_that_are_one_goal_now_make_one_link_and_explain_it_once(harness: ImportHarness) -> None:
    load(harness, O2)
    close(harness, "O2", "O")
    both = replace(O2, parents=[PlanParent("V", "it earns us")], cells={})
    load(harness, TO_V, both)
    assert up(harness, "O") == [harness.row("W").id, harness.row("V").id]
    anew = [PlanParent("V", "it pays")]
    decision = load(harness, replace(TO_V, parents=[*O1.parents, *anew]), replace(both, parents=anew))
    assert len([fact for fact in decision.facts if isinstance(fact.payload, LinkReaffirmed)]) == 1


def test_a_goal_that_went_on_with_its_own_parent_is_not_linked_to_itself(harness: ImportHarness) -> None:
    load(harness, O2)
    close(harness, "O", "O2")
    decision = load(harness, replace(O1, parents=[*O1.parents, PlanParent("O2")]), O2)
    assert "both are one goal here now" in notes(decision)
    assert set(cells(decision, "O").values()) == {O.LEFT}


def test_the_because_of_a_link_that_was_another_goals_is_not_written_to_its_successors_link(
    harness: ImportHarness,
) -> None:
    load(harness, O2)
    harness.do(c.WithdrawLink(link=link_of(harness).id, reason="No"))
    mine = linked(harness, "W", "O2")
    close(harness, "O", "O2")
    decision = load(harness, replace(O1, parents=[PlanParent("W", "quite another")]), O2)
    assert harness.org.links[mine].because == "so"
    assert "the link was withdrawn here: “No”" in notes(decision)


def test_a_link_that_the_successor_has_is_not_made_for_it_once_more(harness: ImportHarness) -> None:
    load(harness, O2)
    load(harness, NONE, O2)
    linked(harness, "W", "O2")
    close(harness, "O", "O2")
    load(harness, O1, O2)
    assert len(harness.org.parents(harness.row("O2").id)) == 1


def test_a_parent_that_is_nowhere_is_told_once(harness: ImportHarness) -> None:
    assert len(told(load(harness, replace(O1, parents=[*O1.parents, PlanParent("X")])))) == 1


# -- what people ended -------------------------------------------------------------------------------------------------


def test_what_people_withdraw_with_the_words_of_an_import_is_theirs_all_the_same(harness: ImportHarness) -> None:
    load(harness, TO_V)
    load(harness)
    harness.do(c.WithdrawLink(link=linked(harness), reason="file no longer states it"))
    assert set(cells(load(harness, TO_V), "O").values()) == {O.CONFLICT}


def test_a_link_that_was_kept_against_the_file_and_withdrawn_then_is_a_conflict_when_stated_again(
    harness: ImportHarness,
) -> None:
    harness.do(c.ReaffirmLinks(links=[link_of(harness).id], because="it pays"))
    for choice in (None, OURS):
        load(harness, NONE, conflicts=choice)
        assert up(harness, "O") == [harness.row("W").id]
    harness.do(c.WithdrawLink(link=link_of(harness).id, reason="No"))
    decision = load(harness)
    assert (set(cells(decision, "O").values()), len(told(decision))) == ({O.CONFLICT}, 1)


def test_a_file_that_forgot_a_link_states_it_newly_the_next_time(harness: ImportHarness) -> None:
    harness.do(c.WithdrawLink(link=link_of(harness).id, reason="No"))
    decision = load(harness, NONE)
    assert (decision.facts, cells(decision, "O")) == ([], {})
    assert set(cells(load(harness), "O").values()) == {O.CONFLICT}


@pytest.mark.parametrize(
    ("choice", "outcome", "parents"),
    [(None, {O.CONFLICT}, ["W"]), (OURS, {O.LEFT}, ["W"]), (THEIRS, {O.TAKEN}, ["W", "V"])],
)
def test_a_goal_that_has_ended_gets_a_link_only_where_somebody_decides_so(
    harness: ImportHarness, choice: ConflictChoice | None, outcome: set[O], parents: list[str]
) -> None:
    close(harness)
    decision = load(harness, TO_V, conflicts=choice)
    assert (set(cells(decision, "O").values()), up(harness, "O")) == (outcome, [harness.row(r).id for r in parents])
    assert any("it has ended here" in each for each in told(decision)) == (choice is None)
    if choice is OURS:
        again = load(harness, TO_V)
        assert (quiet(again), notes(again)) == (True, ["it was decided to stay so"])


@pytest.mark.parametrize(
    ("choice", "outcome", "parents"), [(None, {O.CONFLICT}, ["W"]), (OURS, {O.LEFT}, ["W"]), (THEIRS, {O.TAKEN}, [])]
)
def test_a_goal_that_has_ended_loses_a_link_only_where_somebody_decides_so(
    harness: ImportHarness, choice: ConflictChoice | None, outcome: set[O], parents: list[str]
) -> None:
    close(harness)
    decision = load(harness, NONE, conflicts=choice)
    assert (set(cells(decision, "O").values()), up(harness, "O")) == (outcome, [harness.row(r).id for r in parents])
    if choice is not None:
        assert quiet(load(harness, NONE))


def test_ours_takes_back_what_nobody_changed_here(harness: ImportHarness) -> None:
    load(harness, NONE, conflicts=OURS)
    assert up(harness, "O") == []


def test_ours_links_what_only_the_file_changed_and_says_later_why_it_left_another(harness: ImportHarness) -> None:
    load(harness, TO_V, conflicts=OURS)
    assert up(harness, "O") == [harness.row("W").id, harness.row("V").id]
    load(harness)
    harness.do(c.WithdrawLink(link=linked(harness), reason="No"))
    load(harness, TO_V, conflicts=OURS)
    assert notes(load(harness, TO_V)) == ["the link was withdrawn here: “No”"]


def test_that_an_old_link_waits_for_the_decision_about_the_new_one_is_told(harness: ImportHarness) -> None:
    harness.do(c.WithdrawLink(link=linked(harness), reason="No"))
    decision = load(harness, replace(O1, parents=[PlanParent("V", "it earns us")]))
    of_w, of_v = (f"parent:{harness.row(row).id}" for row in "WV")
    assert cells(decision, "O") == {of_v: O.CONFLICT, of_w: O.LEFT}
    assert "it stays while the link that the file has instead is in conflict" in notes(decision)


def test_a_because_is_forgotten_with_its_link(harness: ImportHarness) -> None:
    load(harness, NONE)
    linked(harness, "W")
    decision = load(harness)
    assert cells(decision, "O") == {f"because:{harness.row('W').id}": O.CONFLICT}
    assert "what it said the last time is not known" in told(decision)[0]


def test_the_links_of_a_new_row_are_no_changes_of_it(harness: ImportHarness) -> None:
    decision = load(harness, replace(O2, parents=[PlanParent("W", "it grows us")], cells={}))
    assert cells(decision, "O2") == {}


def test_two_rows_that_are_one_goal_explain_what_people_linked_once(harness: ImportHarness) -> None:
    load(harness, O2)
    close(harness, "O2", "O")
    linked(harness)
    both = replace(O2, parents=[PlanParent("V", "it earns us")], cells={})
    decision = load(harness, TO_V, both, conflicts=THEIRS)
    assert len([fact for fact in decision.facts if isinstance(fact.payload, LinkReaffirmed)]) == 1
