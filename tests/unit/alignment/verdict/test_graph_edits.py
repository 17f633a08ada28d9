"""What is told, again or otherwise, replaces what was told before, and all that rests on it follows."""

from __future__ import annotations

import pytest
from msgspec import structs

from goldenthread.contracts.enums import LinkState, ObjectiveState
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict
from tests.support.entities import key_result, link, objective, purpose, why
from tests.unit.alignment.commits import JudgedGraph, payload_of
from tests.unit.alignment.verdict.known_graphs import CHAIN, UNJUDGED, orphan


def test_what_ends_and_is_reopened_takes_along_what_hangs_on_its_key_result_each_time() -> None:
    judged = JudgedGraph(*CHAIN, key_result("keyresult_1", "objective_1"), objective("objective_2"))
    judged.commit(link("link_m", "keyresult_1", "objective_1", 6, measure=True))
    judged.commit(link("link_2", "objective_2", "keyresult_1", 7))
    for _ in range(3):
        judged.commit(objective("objective_1", ObjectiveState.CLOSED))
        assert judged.verdict("objective_2") == orphan(OrphanCause.PARENT_ENDED, "objective_2", "keyresult_1")
        judged.commit(objective("objective_1"))
        assert judged.verdict("objective_2").depth == 4


def test_a_draft_is_known_from_its_first_version_on_even_if_that_is_0() -> None:
    assert JudgedGraph(objective("objective_1", ObjectiveState.DRAFT, version=0)).verdict("objective_1") == UNJUDGED


def test_a_link_may_be_given_other_ends() -> None:
    judged = JudgedGraph(*CHAIN, objective("objective_2"), link("link_2", "objective_2", "why_1", 9))
    judged.commit(link("link_w", "objective_2", "objective_1", 4))
    lost = orphan(OrphanCause.NOT_LINKED, "why_1")
    assert judged.verdict("why_1") == lost
    assert judged.verdict("objective_2") == structs.replace(lost, via="link_2")
    judged.commit(link("link_w", "objective_2", "why_1", 4))
    assert judged.verdict("objective_2") == structs.replace(lost, via="link_w")
    judged.commit(link("link_w", "why_1", "purpose_1", 4))
    assert judged.verdict("objective_2") == Verdict(AlignmentState.ALIGNED, 2, 0, "link_2")


def test_what_is_told_again_changes_nothing() -> None:
    measure = link("link_m", "keyresult_1", "objective_1", 6, measure=True)
    entities = [*CHAIN, key_result("keyresult_2", "objective_1"), key_result("keyresult_1", "objective_1"), measure]
    judged = JudgedGraph(*entities)
    assert [judged.graph.apply(payload_of(each), 20) for each in entities] == [False] * len(entities)
    judged.commit(key_result("keyresult_1", "keyresult_2"))
    judged.commit(key_result("keyresult_2", "objective_1", removed=True))
    assert judged.verdict("keyresult_1") == Verdict(AlignmentState.NOT_JUDGED, frozen=AlignmentState.ALIGNED)


def test_each_term_of_a_link_counts_by_itself() -> None:
    judged = JudgedGraph(*CHAIN[:4], why("why_2"), link("link_v", "why_2", "purpose_1", 6))
    judged.commit(link("link_1", "objective_1", "why_1", 5), link("link_2", "objective_1", "why_2", 7))
    judged.commit(link("link_1", "objective_1", "why_1", 5, because_version=None))
    assert judged.verdict("objective_1").via == "link_2"
    judged.commit(link("link_1", "objective_1", "why_1", 5, because_version=None, measure=True))
    assert judged.verdict("objective_1") == Verdict(AlignmentState.ALIGNED, 2, 0, "link_1")
    judged.commit(link("link_1", "objective_1", "why_1", 8, because_version=None, measure=True))
    assert judged.verdict("objective_1").via == "link_2"
    judged.commit(link("link_2", "objective_1", "why_2", 7, state=LinkState.PROPOSED))
    assert judged.verdict("objective_1").via == "link_1"
    judged.commit(link("link_1", "objective_1", "why_1", 8, because_version=None))
    assert judged.verdict("objective_1") == Verdict(AlignmentState.UNEXPLAINED, 2, 1, "link_1")


@pytest.mark.parametrize("size", range(1, 12))
def test_circles_of_measures_of_any_size_are_not_judged_nor_is_what_measures_them(size: int) -> None:
    names = [f"keyresult_{n}" for n in range(size + 3)]
    judged = JudgedGraph()
    judged.commit(*(key_result(name, names[n - 1 if n else size - 1]) for n, name in enumerate(names)))
    assert {judged.verdict(name) for name in names} == {UNJUDGED}
    judged.commit(objective("objective_1"), key_result(names[0], "objective_1"))
    assert {judged.verdict(name).cause for name in names} == {OrphanCause.NOT_LINKED}


def test_many_links_may_be_given_other_ends_in_one_commit() -> None:
    judged = JudgedGraph(purpose())
    for first in range(0, 400, 10):
        judged.commit(*(objective(f"objective_{n}") for n in range(first, first + 10)))
    for first in range(0, 200, 10):
        judged.commit(*(link(f"link_{n}", f"objective_{n}", "purpose_1") for n in range(first, first + 10)))
    judged.commit(*(link(f"link_{n}", f"objective_{200 + n}", "purpose_1") for n in range(200)))
    found = [judged.verdict(f"objective_{n}").state for n in range(400)]
    assert found == [AlignmentState.ORPHANED] * 200 + [AlignmentState.ALIGNED] * 200


def test_one_child_may_get_many_links_in_one_commit() -> None:
    judged = JudgedGraph(objective("objective_x"))
    for first in range(0, 200, 10):
        judged.commit(*(objective(f"objective_{n}") for n in range(first, first + 10)))
    judged.commit(*(link(f"link_{n}", "objective_x", f"objective_{n}", n) for n in range(200)))
    assert judged.verdict("objective_x").via == "link_0"


@pytest.mark.parametrize("moved", range(5))
def test_any_of_several_key_results_may_measure_something_else(moved: int) -> None:
    names = [f"keyresult_{n}" for n in range(5)]
    judged = JudgedGraph(
        objective("objective_1"), objective("objective_2"), *(key_result(name, "objective_1") for name in names)
    )
    judged.commit(key_result(names[moved], "objective_2"))
    judged.commit(objective("objective_1", ObjectiveState.CLOSED))
    assert [name for name in names if judged.verdict(name).state is AlignmentState.ORPHANED] == [names[moved]]
    judged.commit(key_result(names[moved], "objective_1"))
    assert {judged.verdict(name).state for name in names} == {AlignmentState.NOT_JUDGED}
    judged.commit(objective("objective_1"), objective("objective_2", ObjectiveState.CLOSED))
    assert {judged.verdict(name).state for name in names} == {AlignmentState.ORPHANED}


@pytest.mark.parametrize("moved", range(5))
@pytest.mark.parametrize("other", range(5))
def test_any_of_several_links_may_be_given_another_child_or_parent(moved: int, other: int) -> None:
    judged = JudgedGraph(purpose(), *(objective(f"objective_{each}") for each in "abcdexyz"))
    judged.commit(*(link(f"link_{n}", "objective_x", f"objective_{each}", n) for n, each in enumerate("abcde")))
    judged.commit(*(link(f"link_y{each}", f"objective_{each}", "objective_y", 9) for each in "abcde"))
    for n in {moved, other}:
        judged.commit(link(f"link_{n}", "objective_z", f"objective_{'abcde'[n]}", n))
        judged.commit(link(f"link_y{'abcde'[n]}", f"objective_{'abcde'[n]}", "purpose_1", 9))
    left = min({*range(5)} - {moved, other})
    assert judged.verdict("objective_x").via == f"link_{left}"
    assert judged.verdict("objective_x").broken_at == "objective_y"
    assert judged.verdict("objective_z") == Verdict(AlignmentState.ALIGNED, 2, 0, f"link_{min(moved, other)}")
    judged.commit(link("link_top", "objective_y", "purpose_1", 1))
    assert judged.verdict("objective_x") == Verdict(AlignmentState.ALIGNED, 3, 0, f"link_{left}")
