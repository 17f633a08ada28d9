"""Key results in files: what they measure, what moves their version, and readings that are recorded once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import CheckIn, KeyResult
from goldenthread.contracts.enums import ProgressStatus
from goldenthread.contracts.events.goals import CheckInRecorded
from goldenthread.contracts.plan import PlanParent, PlanReading, PlanRow, RowType
from services.goals.domain.decision import Decision
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import K, W, load, told

DAY = date(2025, 5, 1)
NOON = datetime(2025, 5, 1, 12, tzinfo=UTC)


class Read(ImportHarness):
    """The four rows, with readings of the key result."""

    def __init__(self) -> None:
        super().__init__()
        load(self)
        self.before = len(self.org.check_ins)

    def read(self, *readings: PlanReading) -> list[CheckIn]:
        """The check-ins that this import records."""
        return checked(load(self, replace(K, readings=list(readings))))

    @property
    def measure(self) -> KeyResult:
        found: KeyResult = self.row("K")
        return found


def checked(decision: Decision) -> list[CheckIn]:
    return [fact.payload.check_in for fact in decision.facts if isinstance(fact.payload, CheckInRecorded)]


@pytest.fixture
def harness() -> Read:
    return Read()


# -- what is measured --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parents", "reason"),
    [
        ([], "names no parent"),
        ([PlanParent("X")], "'X' was not taken"),
        ([PlanParent("K")], "'K' is neither"),
    ],
)
def test_a_new_key_result_measures_an_objective_or_a_why(harness: Read, parents: list[PlanParent], reason: str) -> None:
    bad = PlanRow("X", "line 8", RowType.OBJECTIVE, " ")
    decision = load(harness, bad, PlanRow("N", "line 9", RowType.KEY_RESULT, "New", parents=parents))
    assert any(reason in each for each in told(decision)), told(decision)
    assert len(harness.org.key_results) == 1


def test_a_known_one_may_leave_out_what_it_measures_and_keeps_it_whatever_is_said(harness: Read) -> None:
    objective = harness.measure.measures
    load(harness, replace(K, title="More deals", parents=[]))
    assert (harness.measure.title, harness.measure.measures) == ("More deals", objective)
    decision = load(harness, replace(K, title="Other", parents=[PlanParent("W")]))
    assert any("keeps what it measures" in each for each in told(decision))
    assert (harness.measure.title, harness.measure.measures) == ("More deals", objective)


def test_a_key_result_whose_objective_went_on_with_another_is_still_of_that_row(harness: Read) -> None:
    harness.time += timedelta(days=1)
    other = load(harness, PlanRow("P", "line 8", RowType.OBJECTIVE, "Other", parents=[PlanParent("W", "b")]))
    assert told(other) == []
    harness.do(c.CloseObjective(objective=harness.row("O").id, grade=1, note="n", successor=harness.row("P").id))
    decision = load(harness)
    assert not any("keeps what it measures" in each for each in told(decision))


def test_another_title_moves_the_version_and_another_number_does_not(harness: Read) -> None:
    load(harness, replace(K, target_value=200))
    assert (harness.measure.version, harness.measure.target_value) == (1, 200)
    load(harness, replace(K, target_value=200, title="More deals"))
    assert (harness.measure.version, harness.measure.title) == (2, "More deals")


# -- readings ----------------------------------------------------------------------------------------------------------


def test_a_reading_is_recorded_at_the_beginning_of_its_day_or_at_its_time_and_once(harness: Read) -> None:
    (first,) = harness.read(PlanReading(3, DAY, "so"))
    assert (first.value, first.at, first.note) == (3, datetime.combine(DAY, time(), UTC), "so")
    assert harness.read(PlanReading(3, DAY, "so")) == []
    (again,) = harness.read(PlanReading(3, DAY, "so", NOON))
    assert (again.id, again.at) == (first.id, NOON)
    assert harness.read(PlanReading(3, DAY, "so")) == [], "what is not said of its time stays"


def test_another_value_of_a_day_mends_the_reading_and_nobody_has_acknowledged_that(harness: Read) -> None:
    (first,) = harness.read(PlanReading(3, DAY, None, None, 0.5, ProgressStatus.AT_RISK))
    reader = harness.do(c.AddPerson(name="N", subject="n")).ids[0]
    assert reader
    harness.org.put(replace(harness.org.check_ins[first.id], acknowledged_by=reader, acknowledged_at=NOON))
    (mended,) = harness.read(PlanReading(4, DAY))
    assert (mended.id, mended.value, mended.confidence, mended.status) == (first.id, 4, 0.5, ProgressStatus.AT_RISK)
    assert (mended.acknowledged_by, mended.acknowledged_at) == (None, None)


def test_several_readings_of_a_day_are_known_by_their_place(harness: Read) -> None:
    first, second = harness.read(PlanReading(3, DAY), PlanReading(4, DAY))
    assert first.id != second.id
    assert harness.read(PlanReading(3, DAY), PlanReading(4, DAY)) == []
    (mended,) = harness.read(PlanReading(3, DAY), PlanReading(5, DAY))
    assert mended.id == second.id


def test_what_people_read_themselves_is_not_recorded_a_second_time(harness: Read) -> None:
    harness.do(c.RecordCheckIn(key_result=harness.measure.id, value=7, note="so"))
    on = harness.time.date()
    assert harness.read(PlanReading(7, on, "so")) == []
    (other,) = harness.read(PlanReading(7, on, "so"), PlanReading(7, on, "so"))
    assert other.value == 7


@pytest.mark.parametrize(
    ("reading", "reason"),
    [
        (PlanReading(float("nan"), DAY), "finite"),
        (PlanReading(1, DAY, None, None, 1.5), "between 0 and 1"),
        (PlanReading(1, DAY, None, NOON + timedelta(days=1)), "not on 2025-05-01"),
        (PlanReading(1, DAY, None, datetime(2025, 5, 1, 12)), "not on 2025-05-01"),
        (PlanReading(1, DAY, None, datetime(2025, 5, 1, 1, tzinfo=timezone(timedelta(hours=2)))), "not on 2025-05-01"),
    ],
    ids=["number", "confidence", "another day", "no offset", "another day in UTC"],
)
def test_a_row_with_a_reading_that_is_none_is_not_taken(harness: Read, reading: PlanReading, reason: str) -> None:
    decision = load(harness, replace(K, title="Other", readings=[reading]))
    assert [reason in each for each in told(decision)] == [True]
    assert (harness.measure.title, checked(decision)) == ("Deals", [])


def test_nothing_is_read_of_what_has_ended(harness: Read) -> None:
    (first,) = harness.read(PlanReading(3, DAY))
    harness.do(c.CloseObjective(objective=harness.row("O").id, grade=1, note="n"))
    decision = load(harness, replace(K, readings=[PlanReading(3, DAY), PlanReading(4, DAY + timedelta(days=1))]))
    assert checked(decision) == []
    assert any("reading of 2025-05-02 was not recorded" in each for each in told(decision))
    assert harness.org.check_ins[first.id].value == 3


def test_a_why_is_measured_as_well(harness: Read) -> None:
    decision = load(harness, PlanRow("N", "line 9", RowType.KEY_RESULT, "New", parents=[PlanParent("W")]))
    assert told(decision) == []
    made: Any = harness.row("N")
    assert made.measures == harness.row(W.row).id
    assert (made.version, made.created_at) == (1, harness.time)
