"""Labels set afresh say what labels brought up to date say, and leave nothing behind of what was before."""

from __future__ import annotations

from msgspec import structs

from goldenthread.contracts.entities import Entity
from goldenthread.contracts.enums import LinkState, ObjectiveState, PurposeState, WhyState
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict
from services.alignment.domain.verdict import Graph
from tests.support.entities import key_result, link, objective, purpose, why
from tests.unit.alignment.commits import JudgedGraph
from tests.unit.alignment.verdict.packed_rows import restored


def chain(name: str, size: int) -> list[Entity]:
    """Objectives of this name, each under the one before."""
    nodes: list[Entity] = [objective(f"objective_{name}{n}") for n in range(size)]
    pairs = [(f"{name}{n}", f"{name}{n - 1}") for n in range(1, size)]
    return nodes + [link(f"link_{a}", f"objective_{a}", f"objective_{b}", 50) for a, b in pairs]


def judged_graph(unsettled_limit: int, *entities: Entity) -> JudgedGraph:
    judged = JudgedGraph()
    judged.graph = Graph(unsettled_limit)
    judged.commit(*entities)
    return judged


def test_an_end_from_before_is_not_taken_for_one_that_was_told_to_all_below() -> None:
    nobody = purpose(state=PurposeState.RETIRED)
    judged = judged_graph(
        5,
        nobody,
        why("why_1"),
        link("link_w", "why_1", "purpose_1", 1),
        *chain("a", 2),
        *chain("b", 20),
        objective("z"),
    )
    judged.commit(link("link_a0", "objective_a0", "why_1", 2))
    judged.commit(purpose(), link("link_b0", "objective_b0", "z", 3))
    judged.commit(objective("objective_new"), link("link_new", "objective_new", "objective_a1", 4))
    judged.commit(nobody)
    expected = Verdict(AlignmentState.ORPHANED, cause=OrphanCause.PURPOSE_MISSING, broken_at="why_1")
    for name in ("a0", "a1", "new"):
        via = structs.replace(expected, via=f"link_{name}", lost_parent="purpose_1")
        assert judged.verdict(f"objective_{name}") == via


def test_no_way_leads_through_the_key_result_of_what_has_ended_however_short() -> None:
    ended: list[Entity] = [
        objective("objective_ended", ObjectiveState.CLOSED),
        key_result("keyresult_1", "objective_ended"),
    ]
    ways = [link("link_k", "objective_x", "keyresult_1", 1), link("link_c", "objective_x", "objective_c3", 2)]
    judged = judged_graph(0, *ended, *chain("c", 4), objective("objective_x"), *ways)
    loaded = restored(judged.graph)
    assert judged.verdict("objective_x") == loaded.verdict("objective_x")
    assert (judged.verdict("objective_x").via, judged.verdict("objective_x").broken_at) == ("link_c", "objective_c0")


def test_of_two_ways_as_long_to_different_breaks_the_older_decides_whichever_hop_is_unexplained() -> None:
    ways = [link("link_xa", "objective_x", "objective_a4", 9, None), link("link_xb", "objective_x", "objective_b4", 8)]
    judged = judged_graph(0, *chain("a", 5), *chain("b", 5), objective("objective_x"), *ways)
    judged.commit(link("link_b1", "objective_b1", "objective_b0", 50, None))
    for graph in (judged.graph, restored(judged.graph)):
        verdict = graph.verdict("objective_x")
        assert verdict is not None
        assert (verdict.via, verdict.broken_at) == ("link_xb", "objective_b0")


def test_a_loop_is_found_beside_breaks_and_takes_no_part_in_them() -> None:
    judged = judged_graph(0, *chain("a", 3), link("link_back", "objective_a0", "objective_a2", 60), *chain("b", 2))
    judged.commit(why("why_1", state=WhyState.RETIRED), link("link_r", "objective_a0", "why_1", 1))
    assert {judged.verdict(f"objective_a{n}").cause for n in range(3)} == {OrphanCause.LOOP}
    assert judged.verdict("objective_a0").via is None
    assert judged.verdict("objective_b1").broken_at == "objective_b0"
    judged.commit(link("link_back", "objective_a0", "objective_a2", 60, state=LinkState.WITHDRAWN))
    assert judged.verdict("objective_a2").broken_at == "objective_a0"
    assert judged.verdict("objective_a2").cause is OrphanCause.WHY_RETIRED
