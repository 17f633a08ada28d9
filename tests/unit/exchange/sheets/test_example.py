"""The sheet to fill in: it shows what goes where, and is a plan without a problem as it is."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from goldenthread import exchange
from goldenthread.contracts.plan import RowType
from goldenthread.exchange.sheets.example import example
from tests.unit.goals.import_harness import ImportHarness


@given(st.dates(date(1990, 1, 1), date(2200, 12, 31)))
def test_the_example_is_read_without_a_problem_or_a_note_on_any_day(on: date) -> None:
    plan = exchange.read(example(on))
    assert (plan.problems, plan.notes) == ([], [])
    assert len(plan.rows) == 8
    assert {row.type for row in plan.rows} == set(RowType)
    objective = plan.rows[4]
    assert [(parent.row, bool(parent.because)) for parent in objective.parents] == [("W1", True), ("W2", True)]
    assert (objective.unit, objective.co_owners) == ("Workshop", ["Front Desk"])
    assert objective.starts_on is not None
    assert objective.ends_on is not None
    assert objective.starts_on <= on <= objective.ends_on
    for row in plan.rows[5:]:
        assert None not in (row.start_value, row.target_value, row.current_value, row.measure_unit, row.direction)


def test_the_example_imports_without_a_word_and_again_changes_nothing() -> None:
    harness = ImportHarness()
    for number in range(2):
        decision = harness.load(example(date(2026, 2, 3)))
        report = decision.report
        assert report is not None
        assert (report.skipped, decision.warnings) == ([], [])
        assert report.created == (0 if number else 8)
    assert not decision.facts
