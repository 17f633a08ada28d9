"""Whatever rows come in whatever order: none is lost without a reason, and the same file again makes nothing new."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from goldenthread.contracts.enums import ConflictChoice, RowOutcome
from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanRow, RowType
from goldenthread.exchange.plans.row_ids import settle_ids
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import rows

IDS = ["1", "2", "3", "A", "B", "C", "D", "P"]
rows_of_any_kind = st.builds(
    lambda id, type, title, parents, unit, co_owners: PlanRow(
        id, "", type, title, parents=[PlanParent(each) for each in parents], unit=unit, co_owners=co_owners
    ),
    st.sampled_from([*IDS, " "]),
    st.sampled_from(list(RowType)),
    st.sampled_from(["Sell", "Ship", "Grow", "Ask", " "]),
    st.lists(st.sampled_from([*IDS, "gone"]), max_size=3),
    st.sampled_from([None, "Ops", "anna@example.invalid", "x" * 501, "Ops, Sales"]),
    st.lists(st.sampled_from(["Ops", "Legal"]), max_size=2),
)
files = st.lists(st.lists(rows_of_any_kind, max_size=7), min_size=1, max_size=3)


@settings(max_examples=25, deadline=None)
@given(files, st.sampled_from(PlanFormat), st.sampled_from([None, *ConflictChoice]))
def test_a_row_is_taken_or_says_why_not_and_the_same_file_again_makes_nothing(
    files: list[list[PlanRow]], format: PlanFormat, conflicts: ConflictChoice | None
) -> None:
    harness = ImportHarness()
    for file in files:
        lines = [replace(row, line=f"line {at}") for at, row in enumerate(file)]
        plan = Plan(format, settle_ids(lines, []))
        decision = harness.imports(plan, conflicts=conflicts)
        assert decision.report is not None
        not_taken = [row for row in rows(decision) if row.outcome is RowOutcome.SKIPPED]
        assert all(row.notes for row in not_taken)
        assert {row.line for row in not_taken} <= {each.row for each in decision.report.skipped}
        again = harness.imports(plan, conflicts=conflicts)
        assert again.report is not None
        assert (again.report.taken, again.report.created) == (decision.report.taken, 0)
