"""What the fold leaves out, because nothing follows from it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import Struct, structs

from goldenthread.contracts.entities import CheckIn
from goldenthread.contracts.enums import ProgressStatus
from goldenthread.contracts.events.goals import CheckInRecorded, ObjectiveActivated
from goldenthread.runtime.streams.position import Commit
from services.alignment.handlers import AlignmentFold, Judgement
from tests.support.entities import T0, key_result, link, objective, purpose, why
from tests.unit.alignment.commits import commit_of, payload_of
from tests.unit.alignment.verdict.packed_rows import unsaved_of

RESULT = key_result("keyresult_1", "objective_1")
READ = structs.replace(RESULT, current_value=40.0, status=ProgressStatus.AT_RISK, confidence=0.5)
CHECKED_IN = CheckInRecorded(CheckIn("checkin_1", RESULT.id, 40.0, T0, None, 0.5, ProgressStatus.AT_RISK, "Slow"), READ)


@pytest.fixture
def state() -> Judgement:
    fold = AlignmentFold()
    made = fold.new("org_1")
    entities_put: list[Any] = [
        purpose(), why("why_1"), link("link_w", "why_1", "purpose_1", 3), objective("objective_1"),
        link("link_1", "objective_1", "why_1", 5), RESULT, link("link_m", RESULT.id, "objective_1", 7, measure=True),
    ]  # fmt: skip
    assert fold.apply(made, commit(1, *map(payload_of, entities_put)))
    unsaved_of(made.graph)
    made.figures.mark_saved()
    return made


def commit(first: int, *payloads: Struct) -> Commit:
    return Commit("/goldenthread/goals", tuple(commit_of(payloads, first)))


def test_a_check_in_changes_no_verdict_and_no_figure_and_may_be_left_out(state: Judgement) -> None:
    assert AlignmentFold().apply(state, commit(8, CHECKED_IN)) == ()
    state.figures.apply(CHECKED_IN)
    state.graph.apply(CHECKED_IN, 8)
    assert len(state.graph.judge()) == 0
    assert state.figures.settle() == set()
    assert unsaved_of(state.graph) == ([], [])
    assert (state.figures.unsaved_entities, state.figures.unsaved_owners, state.figures.unsaved_units) == (
        {},
        {},
        set(),
    )


def test_what_happened_together_with_a_check_in_is_not_left_out(state: Judgement) -> None:
    found = AlignmentFold().apply(state, commit(8, ObjectiveActivated(objective("objective_2")), CHECKED_IN))
    assert [each.type for each in found] == ["goal.orphaned", "labels.changed"]
