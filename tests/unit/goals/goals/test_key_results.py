"""Key results: who may measure what, which numbers are taken, and what a reading changes."""

from __future__ import annotations

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id, KeyResult, RoleGrant
from goldenthread.contracts.enums import Direction, ProgressStatus
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode
from tests.unit.goals.world import Acme

SPEC = c.KeyResultSpec(title="k")


class Measured(Acme):
    """An objective of Web with a key result."""

    def __init__(self) -> None:
        super().__init__()
        self.goal = self.objective(self.web)
        self.id_ = self.add(self.goal, start_value=1, target_value=9, measure_unit="s")

    def add(self, measures: Id, actor: Id | None = None, **spec: object) -> Id:
        said = c.KeyResultSpec(**{"title": "k", **spec})  # type: ignore[arg-type]
        return self.id(c.AddKeyResult(measures=measures, key_result=said), actor)

    @property
    def measure(self) -> KeyResult:
        return self.org.key_results[self.id_]


@pytest.fixture
def acme() -> Measured:
    return Measured()


def test_only_an_objective_or_a_why_is_measured(acme: Measured) -> None:
    for measures in (acme.purpose, acme.id_):
        problem = acme.refused(c.AddKeyResult(measures=measures, key_result=SPEC))
        assert (problem.code, problem.path) == (ErrorCode.INVALID, ["measures"])


def test_a_sponsor_who_leads_the_unit_no_more_still_measures_their_why(acme: Measured) -> None:
    why = acme.id(c.PublishWhy(statement="s", because="b", audience=[acme.web], unit=acme.tech), acme.tech_lead)
    for roles in ([], [RoleGrant(R.MEMBER, acme.tech)]):
        acme.do(c.SetRoles(person=acme.tech_lead, roles=roles))
        measure = acme.add(why, acme.tech_lead)
        acme.do(c.UpdateKeyResult(key_result=measure, title="l"), acme.tech_lead)


@pytest.mark.parametrize(
    ("direction", "start", "target", "fits"),
    [
        (Direction.INCREASE, 1, 2, True),
        (Direction.INCREASE, 1, 1, True),
        (Direction.INCREASE, 2, 1, False),
        (Direction.DECREASE, 2, 1, True),
        (Direction.DECREASE, 1, 1, True),
        (Direction.DECREASE, 1, 2, False),
        (Direction.STAY_ABOVE, 2, 1, True),
        (Direction.STAY_BELOW, 1, 2, True),
    ],
)
def test_numbers_go_the_way_of_the_direction(
    acme: Measured, direction: Direction, start: float, target: float, fits: bool
) -> None:
    spec = c.KeyResultSpec(title="k", direction=direction, start_value=start, target_value=target)
    command = c.AddKeyResult(measures=acme.goal, key_result=spec)
    if fits:
        acme.do(command)
    else:
        problem = acme.refused(command)
        assert (problem.code, problem.path) == (ErrorCode.INVALID, ["keyResult", "targetValue"])


def test_what_is_not_said_of_a_key_result_stays_and_the_same_again_changes_nothing(acme: Measured) -> None:
    acme.do(c.UpdateKeyResult(key_result=acme.id_, measure_unit="ms"))
    acme.do(c.UpdateKeyResult(key_result=acme.id_, title="p95"))
    found = acme.measure
    assert (found.title, found.measure_unit, found.start_value, found.target_value) == ("p95", "ms", 1, 9)
    again = c.UpdateKeyResult(key_result=acme.id_, title="p95", measure_unit="ms", start_value=1, target_value=9)
    assert acme.do(again).facts == []


def test_a_removed_key_result_says_that_it_was_removed(acme: Measured) -> None:
    acme.do(c.RemoveKeyResult(key_result=acme.id_))
    problem = acme.refused(c.UpdateKeyResult(key_result=acme.id_, title="x"))
    assert (problem.code, "removed" in problem.message) == (ErrorCode.STATE_NOT_ALLOWED, True)


def test_measures_of_a_draft_are_not_checked_in_until_it_is_active(acme: Measured) -> None:
    draft = acme.objective(acme.web, activate=False)
    measure = acme.add(draft)
    problem = acme.refused(c.RecordCheckIn(key_result=measure, value=1))
    assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["keyResult"])
    acme.do(c.ActivateObjective(objective=draft))
    acme.do(c.RecordCheckIn(key_result=measure, value=1))


def test_a_reading_takes_status_and_confidence_away_where_it_says_so(acme: Measured) -> None:
    acme.do(c.RecordCheckIn(key_result=acme.id_, value=2, confidence=0.5, status=ProgressStatus.ON_TRACK))
    acme.do(c.RecordCheckIn(key_result=acme.id_, value=3))
    assert (acme.measure.confidence, acme.measure.status) == (0.5, ProgressStatus.ON_TRACK)
    acme.do(c.RecordCheckIn(key_result=acme.id_, value=4, clear=["status"]))
    assert (acme.measure.confidence, acme.measure.status) == (0.5, None)
    acme.do(c.RecordCheckIn(key_result=acme.id_, value=5, clear=["confidence"]))
    assert (acme.measure.confidence, acme.measure.current_value) == (None, 5)
