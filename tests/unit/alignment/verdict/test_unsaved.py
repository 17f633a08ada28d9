"""What the engine names for saving."""

from __future__ import annotations

from goldenthread.contracts.enums import LinkState
from tests.support.entities import key_result, link, objective, purpose, why
from tests.unit.alignment.commits import JudgedGraph
from tests.unit.alignment.verdict.known_graphs import CHAIN
from tests.unit.alignment.verdict.packed_rows import (
    Kind,
    LinkRow,
    NodeRow,
    Rows,
    Status,
    load,
    restored,
    rows_of,
    unsaved_of,
)


def test_what_was_taken_to_be_saved_is_named_again_only_when_it_changes_again() -> None:
    judged = JudgedGraph(*CHAIN)
    first = unsaved_of(judged.graph)
    assert len(first.nodes) == 3
    assert len(first.links) == 2
    assert unsaved_of(judged.graph) == ([], [])
    judged.commit(link("link_1", "objective_1", "why_1", 5, because_version=None))
    judged.commit(link("link_1", "objective_1", "why_1", 5, because_version=1))
    again = unsaved_of(judged.graph)
    assert [each.id for each in again.nodes] == ["objective_1"]
    assert [each.id for each in again.links] == ["link_1"]


def test_a_graph_that_was_loaded_names_for_saving_what_changes_and_nothing_else() -> None:
    judged = JudgedGraph(*CHAIN)
    judged.graph = restored(judged.graph)
    assert unsaved_of(judged.graph) == ([], [])
    judged.commit(link("link_1", "objective_1", "why_1", 5, because_version=None))
    again = unsaved_of(judged.graph)
    assert [each.id for each in again.nodes] == ["objective_1"]
    assert [each.id for each in again.links] == ["link_1"]
    judged.commit(why("why_2"))
    again = unsaved_of(judged.graph)
    assert [each.id for each in again.nodes] == ["why_2"]
    assert again.links == []


def test_a_row_that_changed_twice_is_named_once_and_one_that_did_not_change_is_not_named() -> None:
    judged = JudgedGraph(*CHAIN)
    unsaved_of(judged.graph)
    for version in (2, 3, 4):
        judged.commit(why("why_1", version=version), link("link_w", "why_1", "purpose_1", 10 + version))
    judged.commit(objective("objective_2"), objective("objective_2"))
    again = unsaved_of(judged.graph)
    assert sorted(each.id for each in again.nodes) == ["objective_1", "objective_2", "why_1"]
    assert [each.id for each in again.links] == ["link_w"]
    judged.commit(link("link_2", "objective_1", "why_1", 20, because_version=None))
    again = unsaved_of(judged.graph)
    assert again.nodes == []
    assert [each.id for each in again.links] == ["link_2"]


def test_rows_say_what_was_told() -> None:
    judged = JudgedGraph(
        purpose(),
        key_result("keyresult_1", "purpose_1"),
        link("link_1", "keyresult_1", "purpose_1", 0, 0, measure=True),
        link("link_2", "purpose_1", "objective_unknown", None, None, LinkState.PROPOSED),
    )
    expected = Rows(
        [
            NodeRow("purpose_1", 1, Kind.PURPOSE, Status.LIVE, 1),
            NodeRow("keyresult_1", 2, Kind.KEY_RESULT, Status.LIVE, 1, "purpose_1"),
        ],
        [
            LinkRow("link_1", 3, "keyresult_1", "purpose_1", LinkState.ACCEPTED, True, 0, 0),
            LinkRow("link_2", 4, "purpose_1", "objective_unknown", LinkState.PROPOSED, False, None, None),
        ],
    )
    assert rows_of(judged.graph) == unsaved_of(judged.graph) == expected
    assert rows_of(load(*expected)) == expected
