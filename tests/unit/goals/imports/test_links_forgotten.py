"""Links of a file of which nothing is remembered, or which is one of several copies of an export."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import CellOutcome as O
from goldenthread.contracts.enums import LinkState
from goldenthread.contracts.plan import PlanParent, PlanRow, RowType
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.links import NONE, TO_V, linked, notes
from tests.unit.goals.imports.plans import O1, cells, link_of, load, quiet, up

# -- where nothing is remembered ---------------------------------------------------------------------------------------


def test_a_link_of_the_file_that_people_withdrew_stays_so_where_nothing_is_remembered(harness: ImportHarness) -> None:
    harness.do(c.WithdrawLink(link=link_of(harness).id, reason="No"))
    harness.merge_bases.clear()
    decision = load(harness)
    assert (decision.facts, set(cells(decision, "O").values())) == ([], {O.LEFT})
    assert notes(decision) == ["the link was withdrawn here: “No”"]
    again = load(harness)
    assert (quiet(again), notes(again)) == (True, ["the link was withdrawn here: “No”"])
    load(harness, NONE)
    assert set(cells(load(harness), "O").values()) == {O.CONFLICT}, "stated newly"


def test_a_link_of_the_file_that_people_withdrew_in_its_words_stays_so_where_nothing_is_remembered(
    harness: ImportHarness,
) -> None:
    harness.do(c.WithdrawLink(link=link_of(harness).id, reason="file no longer states it"))
    harness.merge_bases.clear()
    assert (load(harness).facts, up(harness, "O")) == ([], [])


def test_a_link_that_the_import_withdrew_is_made_anew_where_nothing_is_remembered(harness: ImportHarness) -> None:
    load(harness, NONE)
    harness.merge_bases.clear()
    load(harness)
    assert up(harness, "O") == [harness.row("W").id]


def test_where_nothing_is_remembered_only_the_links_of_the_file_go_and_changed_ones_are_asked_about(
    harness: ImportHarness,
) -> None:
    load(harness, TO_V)
    to_w, to_v = (link.id for link in harness.org.parents(harness.row("O").id))
    load(harness, TO_V, PlanRow("X", "line 9", RowType.WHY, "Lead"))
    mine = linked(harness, "X")
    harness.do(c.ReaffirmLinks(links=[to_v], because="it pays"))
    harness.merge_bases.clear()
    decision = load(harness, NONE)
    states = [harness.org.links[each].state for each in (to_w, to_v, mine)]
    assert states == [LinkState.WITHDRAWN, LinkState.ACCEPTED, LinkState.ACCEPTED]
    assert set(cells(decision, "O").values()) == {O.TAKEN, O.CONFLICT}
    assert "it was changed here since" in notes(decision)


def test_a_key_result_keeps_what_it_measures_where_nothing_is_remembered(harness: ImportHarness) -> None:
    before = harness.org.parents(harness.row("K").id, *LinkState)
    harness.merge_bases.clear()
    assert (load(harness).facts, harness.org.parents(harness.row("K").id, *LinkState)) == ([], before)


@pytest.mark.parametrize(("because", "outcomes"), [(None, set()), ("it is said otherwise", {O.CONFLICT})])
def test_a_because_that_is_here_stays_where_nothing_is_remembered(
    harness: ImportHarness, because: str | None, outcomes: set[O]
) -> None:
    before = link_of(harness)
    harness.merge_bases.clear()
    decision = load(harness, replace(O1, parents=[PlanParent("W", because)]))
    assert (link_of(harness), set(cells(decision, "O").values())) == (before, outcomes)


# -- copies of one export ----------------------------------------------------------------------------------------------


def test_a_copy_that_says_what_was_exported_does_not_bring_back_what_another_copy_took(harness: ImportHarness) -> None:
    load(harness, TO_V)
    exported = harness.merge_bases["file"].rows
    load(harness)
    harness.merge_bases["file"] = replace(harness.merge_bases["file"], exported=exported)
    decision = load(harness, TO_V)
    assert up(harness, "O") == [harness.row("W").id]
    assert notes(decision) == ["as it was exported; another copy states it no more"]
    assert set(cells(decision, "O").values()) == {O.LEFT}


def test_a_copy_withdraws_what_the_export_had(harness: ImportHarness) -> None:
    load(harness, TO_V)
    harness.merge_bases["file"] = replace(harness.merge_bases["file"], exported=harness.merge_bases["file"].rows)
    load(harness)
    assert up(harness, "O") == [harness.row("W").id]


def test_a_link_of_another_copy_that_people_withdrew_since_is_not_told(harness: ImportHarness) -> None:
    exported = harness.merge_bases["file"].rows
    load(harness, TO_V)
    harness.merge_bases["file"] = replace(harness.merge_bases["file"], exported=exported)
    (decision,) = [load(harness)]
    assert notes(decision) == ["not in the export; a copy of it has brought it"]
    assert set(cells(decision, "O").values()) == {O.LEFT}
    harness.do(c.WithdrawLink(link=harness.org.parents(harness.row("O").id)[1].id, reason="No"))
    harness.merge_bases["file"] = replace(harness.merge_bases["file"], exported=exported)
    assert notes(load(harness)) == []
