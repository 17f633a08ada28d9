"""The verdict's rules, one small graph each."""

from __future__ import annotations

import pytest
from msgspec import structs

from goldenthread.contracts.entities import Entity
from goldenthread.contracts.enums import LinkState, ObjectiveState, PurposeState, Side, WhyState
from goldenthread.contracts.events import goals
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict
from goldenthread.contracts.events.goals import clock
from services.alignment.domain.verdict import Graph, LabelChange
from services.alignment.domain.verdict.graph_view import GraphView
from tests.support.entities import T0, key_result, link, objective, purpose, why
from tests.unit.alignment.commits import JudgedGraph, payload_of
from tests.unit.alignment.verdict.known_graphs import CHAIN, UNJUDGED, orphan
from tests.unit.alignment.verdict.packed_rows import rows_of, unsaved_of


def test_the_published_purpose_is_aligned_at_depth_0() -> None:
    assert JudgedGraph(purpose()).verdict("purpose_1") == Verdict(AlignmentState.ALIGNED, 0, 0)


def test_a_path_of_explained_links_aligns_a_node() -> None:
    assert JudgedGraph(*CHAIN).verdict("objective_1") == Verdict(AlignmentState.ALIGNED, 2, 0, "link_1")


def test_a_link_without_a_because_leaves_its_child_unexplained() -> None:
    judged = JudgedGraph(*CHAIN[:4], link("link_1", "objective_1", "why_1", 5, because_version=None))
    assert judged.verdict("objective_1") == Verdict(AlignmentState.UNEXPLAINED, 2, 1, "link_1")


def test_a_new_version_of_the_parent_unexplains_until_reaffirmed() -> None:
    judged = JudgedGraph(*CHAIN)
    judged.commit(why("why_1", version=2))
    assert judged.verdict("objective_1") == Verdict(AlignmentState.UNEXPLAINED, 2, 1, "link_1")
    assert judged.verdict("why_1").state is AlignmentState.ALIGNED
    judged.commit(link("link_1", "objective_1", "why_1", 5, because_version=2))
    assert judged.verdict("objective_1").state is AlignmentState.ALIGNED


def test_an_explained_way_round_is_taken_before_a_shorter_unexplained_one() -> None:
    judged = JudgedGraph(
        *CHAIN,
        objective("objective_2"),
        link("link_short", "objective_2", "purpose_1", 1, because_version=None),
        link("link_long", "objective_2", "objective_1", 9),
    )
    assert judged.verdict("objective_2") == Verdict(AlignmentState.ALIGNED, 3, 0, "link_long")


def test_equal_ways_are_decided_by_the_oldest_accepted_link() -> None:
    judged = JudgedGraph(*CHAIN, why("why_2"), link("link_v", "why_2", "purpose_1", 8))
    judged.commit(link("link_0", "objective_1", "why_2", 3))
    assert judged.verdict("objective_1").via == "link_0"
    judged.commit(link("link_0", "objective_1", "why_2", 9))
    assert judged.verdict("objective_1").via == "link_1"


def test_a_parent_that_moves_away_hands_its_child_to_another_as_near() -> None:
    judged = JudgedGraph(
        *CHAIN, why("why_2"), link("link_v", "why_2", "purpose_1", 6), link("link_2", "objective_1", "why_2", 7)
    )
    assert judged.verdict("objective_1").via == "link_1"
    judged.commit(why("why_3"), link("link_x", "why_3", "purpose_1", 8), link("link_y", "why_1", "why_3", 9))
    judged.commit(link("link_w", "why_1", "purpose_1", 4, state=LinkState.WITHDRAWN))
    assert judged.verdict("objective_1") == Verdict(AlignmentState.ALIGNED, 2, 0, "link_2")
    judged.commit(link("link_w", "why_1", "purpose_1", 4))
    assert judged.verdict("objective_1") == Verdict(AlignmentState.ALIGNED, 2, 0, "link_1")


def test_a_key_result_is_explained_by_what_it_measures_whatever_its_version() -> None:
    measure = link("link_m", "keyresult_1", "why_1", 6, because_version=None, measure=True)
    judged = JudgedGraph(*CHAIN, key_result("keyresult_1", "why_1"), measure)
    judged.commit(why("why_1", version=2))
    assert judged.verdict("keyresult_1") == Verdict(AlignmentState.ALIGNED, 2, 0, "link_m")


def test_an_objective_hangs_under_a_key_result_until_what_that_measures_ends() -> None:
    judged = JudgedGraph(
        *CHAIN,
        key_result("keyresult_1", "objective_1"),
        link("link_m", "keyresult_1", "objective_1", 6, measure=True),
        objective("objective_2"),
        link("link_2", "objective_2", "keyresult_1", 7),
    )
    assert judged.verdict("objective_2").depth == 4
    judged.commit(objective("objective_1", ObjectiveState.CLOSED))
    assert judged.verdict("keyresult_1") == Verdict(AlignmentState.NOT_JUDGED, frozen=AlignmentState.ALIGNED)
    assert judged.verdict("objective_2") == orphan(OrphanCause.PARENT_ENDED, "objective_2", "keyresult_1")


def test_drafts_are_not_judged_and_carry_nobody() -> None:
    judged = JudgedGraph(*CHAIN[:2], objective("objective_1", ObjectiveState.DRAFT), *CHAIN[3:])
    judged.commit(objective("objective_2"), link("link_2", "objective_2", "objective_1", 9))
    assert judged.verdict("objective_1") == UNJUDGED
    assert judged.verdict("objective_2") == orphan(OrphanCause.NOT_LINKED, "objective_2")


@pytest.mark.parametrize("state", [ObjectiveState.CLOSED, ObjectiveState.ARCHIVED])
def test_an_end_freezes_the_last_verdict_until_reopened(state: ObjectiveState) -> None:
    judged = JudgedGraph(*CHAIN)
    judged.commit(objective("objective_1", state), why("why_1", state=WhyState.RETIRED))
    frozen = Verdict(AlignmentState.NOT_JUDGED, frozen=AlignmentState.ALIGNED)
    assert judged.verdict("objective_1") == judged.verdict("why_1") == frozen
    assert {row.id: row.frozen for row in rows_of(judged.graph).nodes}["objective_1"] is AlignmentState.ALIGNED
    judged.commit(objective("objective_1"))
    assert judged.verdict("objective_1") == orphan(OrphanCause.WHY_RETIRED, lost="why_1")
    assert {row.id: row.frozen for row in rows_of(judged.graph).nodes}["objective_1"] is None


def test_what_began_and_ended_in_one_commit_was_never_judged() -> None:
    judged = JudgedGraph(purpose(), objective("objective_1"), objective("objective_1", ObjectiveState.CLOSED))
    assert judged.verdict("objective_1") == UNJUDGED


PENDING = link("link_p", "objective_1", "why_2", None, state=LinkState.PROPOSED, turn=Side.PARENT)
COUNTERED = structs.replace(PENDING, state=LinkState.COUNTERED, turn=Side.CHILD)
DECLINED = structs.replace(PENDING, id="link_d", state=LinkState.DECLINED, turn=None)
WITHDRAWN = link("link_x", "objective_1", "why_3", 2, state=LinkState.WITHDRAWN)
TO_RETIRED = link("link_r", "objective_1", "why_retired", 3)
TO_ENDED = link("link_e", "objective_1", "objective_ended", 4)
TO_PURPOSE = link("link_u", "objective_1", "purpose_1", 5)
WORLD: list[Entity] = [
    purpose(state=PurposeState.RETIRED),
    why("why_2"),
    why("why_3"),
    why("why_retired", state=WhyState.RETIRED),
    objective("objective_ended", ObjectiveState.CLOSED),
    objective("objective_1"),
]


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ([TO_RETIRED, PENDING], orphan(OrphanCause.LINK_PENDING, lost="why_retired", link="link_p")),
        ([COUNTERED], orphan(OrphanCause.LINK_PENDING, link="link_p")),
        ([TO_ENDED, TO_RETIRED, WITHDRAWN], orphan(OrphanCause.WHY_RETIRED, lost="why_retired")),
        ([TO_PURPOSE, DECLINED, WITHDRAWN, TO_ENDED], orphan(OrphanCause.PARENT_ENDED, lost="objective_ended")),
        ([TO_PURPOSE, DECLINED, WITHDRAWN], orphan(OrphanCause.LINK_WITHDRAWN, lost="why_3", link="link_x")),
        ([TO_PURPOSE, DECLINED], orphan(OrphanCause.LINK_DECLINED, lost="purpose_1", link="link_d")),
        ([TO_PURPOSE], orphan(OrphanCause.PURPOSE_MISSING, lost="purpose_1")),
        ([], orphan(OrphanCause.NOT_LINKED)),
    ],
)
def test_the_first_cause_that_applies_decides(links: list[Entity], expected: Verdict) -> None:
    assert JudgedGraph(*WORLD, *links).verdict("objective_1") == expected
    assert JudgedGraph(*WORLD, *reversed(links)).verdict("objective_1") == expected


def test_a_proposal_to_what_has_ended_is_no_pending_link() -> None:
    judged = JudgedGraph(*WORLD, PENDING)
    judged.commit(why("why_2", state=WhyState.RETIRED))
    assert judged.verdict("objective_1") == orphan(OrphanCause.NOT_LINKED)


def test_of_several_lost_parents_the_oldest_accepted_is_named() -> None:
    judged = JudgedGraph(
        *WORLD, why("why_gone", state=WhyState.RETIRED), TO_RETIRED, link("l", "objective_1", "why_gone", 1)
    )
    assert judged.verdict("objective_1").lost_parent == "why_gone"


def test_an_orphans_chain_ends_at_the_nearest_live_node_that_hangs_on_nothing() -> None:
    judged = JudgedGraph(
        purpose(),
        *(objective(f"objective_{n}") for n in range(1, 5)),
        link("link_1", "objective_1", "objective_2", 1, because_version=None),
        link("link_2", "objective_1", "objective_3", 2),
        link("link_3", "objective_3", "objective_4", 3),
    )
    far = orphan(OrphanCause.NOT_LINKED, "objective_4")
    assert judged.verdict("objective_4") == far
    assert judged.verdict("objective_1") == structs.replace(far, via="link_2")


def test_a_new_cause_at_the_break_reaches_everything_below_it() -> None:
    judged = JudgedGraph(purpose(), objective("objective_1"), objective("objective_2"), why("why_2"))
    judged.commit(link("link_2", "objective_2", "objective_1", 5))
    judged.commit(PENDING)
    expected = orphan(OrphanCause.LINK_PENDING, link="link_p")
    assert judged.verdict("objective_2") == structs.replace(expected, via="link_2")


def test_orphans_hang_on_the_older_of_two_ways_as_long_whichever_is_lengthened_how_often() -> None:
    judged = JudgedGraph(*(objective(f"objective_{name}") for name in "abpqxyz"))
    judged.commit(
        link("link_pa", "objective_p", "objective_a", 1),
        link("link_qb", "objective_q", "objective_b", 2),
        link("link_xp", "objective_x", "objective_p", 3),
        link("link_xq", "objective_x", "objective_q", 4),
        link("link_yx", "objective_y", "objective_x", 5),
        link("link_za", "objective_z", "objective_a", 6),
    )
    for _ in range(3):
        judged.commit(link("link_pa", "objective_p", "objective_z", 1))
        assert judged.verdict("objective_x") == structs.replace(
            orphan(OrphanCause.NOT_LINKED, "objective_b"), via="link_xq"
        )
        assert judged.verdict("objective_y").broken_at == "objective_b"
        judged.commit(link("link_pa", "objective_p", "objective_a", 1))
        assert judged.verdict("objective_x").via == "link_xp"
        assert judged.verdict("objective_y").broken_at == "objective_a"


def test_what_joined_while_all_was_well_is_orphaned_with_the_rest_when_the_purpose_goes_again() -> None:
    judged = JudgedGraph(*CHAIN, objective("objective_2"), link("link_2", "objective_2", "objective_1", 6))
    judged.commit(purpose(state=PurposeState.RETIRED))
    judged.commit(purpose())
    judged.commit(objective("objective_3"), link("link_3", "objective_3", "objective_2", 7))
    assert judged.verdict("objective_3").depth == 4
    judged.commit(purpose(state=PurposeState.RETIRED))
    expected = orphan(OrphanCause.PURPOSE_MISSING, "why_1", "purpose_1")
    for number in (1, 2, 3):
        assert judged.verdict(f"objective_{number}") == structs.replace(expected, via=f"link_{number}")


LOOP: list[Entity] = [
    *(objective(f"objective_{name}") for name in "cabx"),
    link("link_ab", "objective_a", "objective_b", 7),
    link("link_bc", "objective_b", "objective_c", 9),
    link("link_ca", "objective_c", "objective_a", 8),
    link("link_xa", "objective_x", "objective_a", 10),
]


def test_a_loop_breaks_at_its_oldest_node_and_names_its_newest_link() -> None:
    judged = JudgedGraph(*LOOP)
    loop = orphan(OrphanCause.LOOP, "objective_c", link="link_bc")
    assert judged.verdict("objective_c") == loop
    for node, via in {"a": "link_ab", "b": "link_bc", "x": "link_xa"}.items():
        assert judged.verdict(f"objective_{node}") == structs.replace(loop, via=via)


def test_what_hangs_on_a_loop_hears_of_each_change_to_it() -> None:
    judged = JudgedGraph(*LOOP, objective("objective_y"), link("link_yx", "objective_y", "objective_x", 2))
    on, below = [f"objective_{name}" for name in "abc"], ["objective_x", "objective_y"]
    for order, newest in ((6, "link_ca"), (9, "link_bc"), (6, "link_ca"), (20, "link_bc")):
        judged.commit(link("link_bc", "objective_b", "objective_c", order))
        assert {judged.verdict(node).link for node in on + below} == {newest}
    judged.commit(link("link_bc", "objective_b", "objective_x", 9))
    assert {judged.verdict(node).broken_at for node in on + below} == {"objective_a"}
    assert {judged.verdict(node).link for node in on + below} == {"link_xa"}
    judged.commit(link("link_bc", "objective_b", "objective_c", 9))
    assert {judged.verdict(node).broken_at for node in on + below} == {"objective_c"}


def test_a_thread_on_a_loop_goes_through_nothing_that_has_ended() -> None:
    judged = JudgedGraph(
        *LOOP, why("why_retired", state=WhyState.RETIRED), link("link_r", "objective_a", "why_retired", 1)
    )
    assert judged.verdict("objective_a").via == "link_ab"
    assert judged.verdict("objective_b").broken_at == "objective_c"


def test_a_loop_with_one_way_out_is_no_loop() -> None:
    judged = JudgedGraph(*LOOP, purpose())
    judged.commit(link("link_out", "objective_b", "purpose_1", 11))
    depths = {name: judged.verdict(f"objective_{name}").depth for name in "abcx"}
    assert depths == {"a": 2, "b": 1, "c": 3, "x": 3}
    judged.commit(link("link_out", "objective_b", "purpose_1", 11, state=LinkState.WITHDRAWN))
    assert judged.verdict("objective_x").cause is OrphanCause.LOOP


def test_a_self_link_and_links_to_nothing_are_survived() -> None:
    judged = JudgedGraph(objective("objective_1"), link("link_s", "objective_1", "objective_1", 1))
    assert judged.verdict("objective_1") == orphan(OrphanCause.LOOP, link="link_s")
    judged = JudgedGraph(
        objective("objective_1"), link("l", "objective_1", "why_nil", 1), link("m", "objective_nil", "why_nil")
    )
    assert judged.verdict("objective_1") == orphan(OrphanCause.NOT_LINKED)
    assert judged.graph.verdict("why_nil") is None


def test_key_results_that_measure_each_other_are_not_judged() -> None:
    judged = JudgedGraph(key_result("keyresult_1", "keyresult_2"), key_result("keyresult_2", "keyresult_1"))
    assert judged.verdict("keyresult_1") == judged.verdict("keyresult_2") == UNJUDGED


@pytest.mark.slow
def test_a_chain_of_50_000_is_judged_without_recursion() -> None:
    size = 50_000
    nodes: list[Entity] = [purpose(), *(objective(f"objective_{n}") for n in range(size))]
    judged = JudgedGraph(*nodes, *(link(f"l{n}", f"objective_{n}", f"objective_{n - 1}", n) for n in range(1, size)))
    assert judged.verdict(f"objective_{size - 1}").broken_at == "objective_0"
    judged.commit(link("l", "objective_0", "purpose_1", 0))
    assert judged.verdict(f"objective_{size - 1}").depth == size


def test_changes_name_only_what_changed_the_oldest_first() -> None:
    judged = JudgedGraph(*CHAIN)
    unsaved_of(judged.graph)
    aligned = judged.verdict("objective_1")
    changes = judged.commit(why("why_2"), why("why_1", version=2))
    unlinked = orphan(OrphanCause.NOT_LINKED, "why_2")
    unexplained = Verdict(AlignmentState.UNEXPLAINED, 2, 1, "link_1")
    assert changes.labels == [
        LabelChange("objective_1", aligned, unexplained),
        LabelChange("why_2", None, unlinked),
    ]
    unsaved = unsaved_of(judged.graph)
    assert sorted(each.id for each in unsaved.nodes) == ["objective_1", "why_1", "why_2"]
    assert unsaved.links == []


def test_what_the_verdicts_do_not_rest_on_changes_nothing() -> None:
    judged = JudgedGraph(*CHAIN)
    renamed = structs.replace(objective("objective_1"), title="Another")
    assert judged.graph.apply(goals.ObjectiveChanged(renamed, objective("objective_1"), editorial=True), 9) is False
    assert judged.graph.apply(clock.GraceEnded("objective_1", clock.Grace.LINKING, T0), 10) is False
    assert judged.graph.apply(None, 11) is False
    assert judged.graph.judge().labels == []


def test_a_hypothetical_change_is_told_and_leaves_no_trace() -> None:
    judged = JudgedGraph(*CHAIN)
    before = rows_of(judged.graph)
    changes = judged.graph.impact([payload_of(why("why_1", state=WhyState.RETIRED)), payload_of(why("why_9"))], 6)
    assert [change.node for change in changes.labels] == ["why_1", "objective_1", "why_9"]
    assert changes.labels[1].after == orphan(OrphanCause.WHY_RETIRED, lost="why_1")
    assert rows_of(judged.graph) == before
    assert judged.graph.verdict("why_9") is None


def test_ids_that_somebody_made_up_are_not_kept() -> None:
    judged = JudgedGraph(*CHAIN)
    before = dict(judged.graph.ids._odd)
    for number in range(100):
        made_up = payload_of(why(f"made_up_{number}")), payload_of(key_result(f"kr_{number}", f"goal_{number}"))
        changes = judged.graph.impact(made_up, 6)
        assert f"made_up_{number}" in [change.node for change in changes.labels]
        assert judged.graph.verdict(f"nobody_{number}") is None
        assert GraphView(judged.graph).node(f"nobody_{number}") < 0
        assert GraphView(judged.graph).link(f"nobody_{number}") < 0
    assert judged.graph.ids._odd == before
    assert "why_1" in before.values()


def test_a_hypothesis_is_not_put_over_what_waits_for_judgement() -> None:
    graph = Graph()
    graph.apply(payload_of(purpose()), 1)
    with pytest.raises(RuntimeError, match="under way"):
        graph.impact([], 2)
