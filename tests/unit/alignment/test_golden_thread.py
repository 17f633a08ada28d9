"""The golden thread as every process reads it from the organization is the one alignment judged."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from goldenthread.contracts.entities import Entity
from goldenthread.contracts.events.alignment import AlignmentState
from goldenthread.organization.organization import Organization
from goldenthread.organization.responsibility import first_unexplained, golden_thread, next_step, silent_side
from tests.support.entities import link, objective, organization, purpose, why
from tests.support.oracle import Oracle
from tests.unit.alignment.verdict.engine_machine import ENTITIES


def known(entities: list[Entity]) -> tuple[Organization, Oracle]:
    org, oracle = organization(*entities), Oracle()
    for number, entity in enumerate(entities, 1):
        oracle.put(entity, number)
    return org, oracle


@settings(max_examples=300, deadline=None)
@given(st.lists(ENTITIES, min_size=5, max_size=40))
def test_the_golden_thread_is_as_long_and_as_unexplained_as_the_verdict_says(entities: list[Entity]) -> None:
    org, oracle = known(entities)
    for id in oracle.nodes:
        verdict, thread = oracle.verdict(id), golden_thread(org, id)
        assert len(thread) == (verdict.depth or 0)
        assert sum(not org.explained(each) for each in thread) == (verdict.unexplained or 0)
        assert (first_unexplained(org, id) is not None) == (verdict.state is AlignmentState.UNEXPLAINED)
        if thread:
            assert thread[0].child == id
            assert thread[-1].parent == "purpose_1"


def test_who_is_asked_to_explain_is_on_the_golden_thread_and_not_on_an_older_way_to_nowhere() -> None:
    org, oracle = known(
        [
            purpose(),
            why("why_1"),
            objective("objective_1"),
            objective("objective_2"),
            link("link_1", "objective_1", "objective_2", 1, None),
            link("link_2", "objective_1", "why_1", 2, 1),
            link("link_3", "why_1", "purpose_1", 3, None),
        ]
    )
    hop = first_unexplained(org, "objective_1")
    assert hop is not None
    assert hop.id == "link_3"
    verdict = oracle.verdict("objective_1")
    assert silent_side(org, "objective_1", verdict) == "unit_root"
    assert "serves the purpose" in (next_step(org, "objective_1", verdict) or "")
