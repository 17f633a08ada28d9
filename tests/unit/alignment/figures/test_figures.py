"""Whatever happens in whatever order, the figures are those that a count from scratch gives."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, structs

from goldenthread.contracts.enums import Kept
from goldenthread.contracts.events import goals
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict
from goldenthread.organization.organization import Organization
from services.alignment.domain.figures.exchanges import Act
from services.alignment.domain.figures.figures_fold import FiguresFold
from tests.support import entities
from tests.support.entities import T0
from tests.unit.alignment.figures import recomputed_figures
from tests.unit.alignment.figures.figures_beside_graph import FiguresBesideGraph
from tests.unit.alignment.figures.history import UNITS, begun, commits, feedback


@pytest.mark.slow
@given(st.lists(commits, max_size=14), st.integers(0, 14))
@settings(max_examples=150, deadline=None)
def test_folding_commit_by_commit_with_a_reload_gives_what_a_count_from_scratch_gives(
    history: list[Any], reload: int
) -> None:
    told, org = FiguresBesideGraph(), Organization()
    for index, (events, judged) in enumerate([(begun(), {}), *history]):
        for each in events:
            org.apply(each)
        told.commit(events, judged)
        for unit in (None, *UNITS):
            assert told.figures.health(unit).health == recomputed_figures.health(org, told.known, unit), unit
        if index == reload:
            told.reload()


def figures_after(*events: Struct, **known: Verdict) -> FiguresFold:
    counted = FiguresBesideGraph()
    counted.commit([*begun(), *events], known)
    return counted.figures


def test_where_nothing_was_asked_nothing_is_missing() -> None:
    found = figures_after().health(None).health
    assert (found.objectives, found.cascade_coverage, found.outside_in_coverage) == (0, 1.0, 1.0)
    assert (found.median_depth, found.median_answer_hours) == (None, None)


def test_an_orphan_that_only_waits_for_a_decision_is_pending_and_not_orphaned() -> None:
    waits = Verdict(AlignmentState.ORPHANED, cause=OrphanCause.LINK_PENDING)
    found = (
        figures_after(goals.ObjectiveActivated(entities.objective("objective_1")), objective_1=waits)
        .health("unit_a")
        .health
    )
    assert (found.objectives, found.pending, found.orphaned) == (1, 1, 0)


def test_every_owner_counts_a_goal_and_the_organization_counts_it_once() -> None:
    shared = structs.replace(entities.objective("objective_1"), owners=["unit_a", "unit_b"])
    found = figures_after(goals.ObjectiveActivated(shared), objective_1=Verdict(AlignmentState.ALIGNED, depth=2))
    assert [found.health(unit).health.aligned for unit in (None, "unit_a", "unit_b", "unit_c")] == [1, 1, 1, 0]
    assert [each.unit for each in found.with_objectives()] == [None, "unit_a", "unit_b"]


def test_an_answer_takes_as_long_as_from_when_it_was_owed() -> None:
    def at(hours: int) -> datetime:
        return T0 + timedelta(hours=hours)

    why = structs.replace(entities.why("why_1"), audience=["unit_a"])
    first = entities.answer("why_1", "unit_a", at=at(10))
    second = entities.answer("why_1", "unit_b", at=at(13))
    found = figures_after(goals.WhyPublished(why), goals.WhyAnswered(first), goals.WhyAnswered(second))
    assert [found.health(unit).health.median_answer_hours for unit in ("unit_a", "unit_b", None)] == [10, 3, 6.5]
    assert found.health(None).health.cascade_coverage == 2 / 3


def test_no_words_of_people_are_kept_for_figures() -> None:
    figures = figures_after(
        goals.FeedbackReceived(feedback("feedback_1", "objective_1")), goals.WhyPublished(entities.why("why_1"))
    )
    assert figures.unsaved_entities
    assert "Too slow" not in str(figures.unsaved_entities)
    assert "'because'" not in str(figures.unsaved_entities)


def test_a_promise_counts_once_where_the_goal_goes_on_as_a_copy_in_the_same_commit_and_again_at_its_end() -> None:
    told, T = FiguresBesideGraph(), entities
    parent, child, copy, third = (T.objective(f"objective_{each}") for each in ("p", "c", "c2", "c3"))
    parent = structs.replace(parent, owners=["unit_a"])
    mine = [structs.replace(each, owners=["unit_c"]) for each in (child, copy, third)]
    link = structs.replace(T.link("link_1", "objective_c", "objective_p"), in_return="two people")
    told.commit([*begun(), *(goals.ObjectiveActivated(each) for each in (parent, *mine)), goals.LinkAccepted(link)])
    for kept, old, new in ((Kept.YES, "objective_c", "objective_c2"), (Kept.NO, "objective_c2", "objective_c3")):
        here = structs.replace(link, child=old)
        judged = structs.replace(here, kept=kept)
        said = goals.PromiseBroken(judged, kept) if kept is Kept.NO else goals.PromiseKept(judged, kept)
        told.commit([said, goals.LinkMoved(structs.replace(here, child=new), judged)])
    between = {(each.unit, each.other, each.act): number for each, number in told.figures.unsaved_exchanges.items()}
    assert between == {("unit_c", "unit_a", Act.PROMISE_KEPT): 1, ("unit_c", "unit_a", Act.PROMISE_BROKEN): 1}
    assert told.figures.facts.promises == {}
