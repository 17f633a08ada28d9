"""Rows of a purpose, whys and objectives: what a new one becomes, and what a known one changes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import CellOutcome as O
from goldenthread.contracts.enums import ObjectiveState, UnitFunction
from goldenthread.contracts.events.goals import WhyRevised
from goldenthread.contracts.plan import Plan, PlanCycle, PlanFormat, PlanParent, PlanRow, RowType
from services.goals.domain.decision import Decision
from tests.unit.goals.import_harness import ImportHarness, close_the_cycle
from tests.unit.goals.imports.plans import O1, THEIRS, V, W, cells, load, quiet, rows, told

P = PlanRow("P", "line 2", RowType.PURPOSE, "Be useful")
Q1 = PlanCycle("Q1 2025", date(2025, 1, 1), date(2025, 3, 31))
Q2 = PlanCycle("Q2 2025", date(2025, 4, 1), date(2025, 6, 30))
IN_Q1 = PlanRow("O", "line 2", RowType.OBJECTIVE, "Sell", cycle="Q1 2025")


def plan(harness: ImportHarness, *rows: PlanRow, format: PlanFormat = PlanFormat.JSON, **other: Any) -> Decision:
    return harness.imports(Plan(format, list(rows), cycles=[Q1, Q2]), **other)


def days(harness: ImportHarness) -> tuple[date | None, date | None]:
    """The objective's own days."""
    return harness.row("O").starts_on, harness.row("O").ends_on


# -- the purpose -------------------------------------------------------------------------------------------------------


def test_a_purpose_that_is_published_again_is_the_same_one_with_another_version() -> None:
    harness = ImportHarness()
    plan(harness, P)
    first = harness.org.purpose
    assert first is not None
    assert first.version == 1
    harness.do(c.RetirePurpose(reason="merger"))
    plan(harness, P, source="another")
    assert harness.org.purpose is not None
    assert (harness.org.purpose.id, harness.org.purpose.version) == (first.id, 2)


def test_a_file_that_states_only_the_first_line_of_a_purpose_keeps_the_others() -> None:
    harness = ImportHarness()
    plan(harness, replace(P, description="Every day"))
    assert harness.org.purpose is not None
    statement = harness.org.purpose.statement
    assert statement == "Be useful\nEvery day"
    assert quiet(plan(harness, P, replace_purpose=True))
    assert harness.org.purpose.statement == statement
    for other in (
        replace(P, title="Be loved"),
        replace(P, description="At night"),
        replace(P, cells={"description": ""}),
    ):
        (message,) = told(plan(harness, other))
        assert "a file changes the published purpose only where that was asked for" in message
    assert harness.org.purpose.statement == statement


def test_a_purpose_that_nobody_remembers_is_replaced_where_that_is_asked_for() -> None:
    harness = ImportHarness()
    plan(harness, P)
    harness.merge_bases.clear()
    plan(harness, replace(P, title="Be loved"), replace_purpose=True)
    assert harness.org.purpose is not None
    assert (harness.org.purpose.statement, harness.org.purpose.version) == ("Be loved", 2)


def test_a_purpose_of_this_file_stays_retired_whoever_knows_that_it_is() -> None:
    forgotten, stated = ImportHarness(), ImportHarness()
    plan(forgotten, P)
    stated.do(c.PublishPurpose(statement="Be useful"))
    plan(stated, P)
    for harness in (forgotten, stated):
        harness.do(c.RetirePurpose(reason="merger"))
        if harness is forgotten:
            harness.merge_bases.clear()
        assert plan(harness, P).facts == []


# -- whys --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("remembered", [True, False])
def test_a_why_without_a_description_says_its_title_and_one_that_has_another_statement_keeps_it(
    harness: ImportHarness, remembered: bool
) -> None:
    if not remembered:
        harness.merge_bases.clear()
    load(harness, replace(W, title="Grow more", description=None), replace(V, title="Earn more"), conflicts=THEIRS)
    assert (harness.row("W").title, harness.row("W").statement) == ("Grow more", "We grow or we go")
    assert (harness.row("V").title, harness.row("V").statement) == ("Earn more", "Earn more")


def test_what_a_why_says_is_that_of_the_file_where_people_said_it_otherwise(harness: ImportHarness) -> None:
    harness.do(c.ReviseWhy(why=harness.row("V").id, expected_version=1, statement="Earn, or end"))
    decision = load(harness, replace(V, title="Earn more"))
    assert cells(decision, "V") == {"title": O.CONFLICT, "description": O.CONFLICT}


@pytest.mark.parametrize("lost", ["title", "description"])
def test_a_why_of_which_half_is_remembered_says_its_title_where_it_does_here(harness: ImportHarness, lost: str) -> None:
    base = harness.merge_bases["file"]
    for row in ("W", "V"):
        del base.rows[row].cells[lost]
    load(harness, replace(W, title="Grow more", description=None), replace(V, title="Earn more"), conflicts=THEIRS)
    assert (harness.row("W").statement, harness.row("V").statement) == ("We grow or we go", "Earn more")


def test_a_new_why_says_the_because_of_its_first_link() -> None:
    harness = ImportHarness()
    parents = [PlanParent("W", "it feeds us"), PlanParent("V", "it pays")]
    load(harness, PlanRow("N", "line 9", RowType.WHY, "Hire", parents=parents))
    assert harness.row("N").because == "it feeds us"
    assert harness.merge_bases["file"].rows["N"].cells["because"].value == "it feeds us"
    harness.do(c.ReaffirmLinks(links=[harness.org.parents(harness.row("N").id)[0].id], because="it leads"))
    decision = load(harness, PlanRow("N", "line 9", RowType.WHY, "Hire", parents=parents))
    assert cells(decision, "N") == {f"because:{harness.row('W').id}": O.LEFT}


def test_a_because_of_its_own_that_the_file_words_anew_is_taken() -> None:
    harness = ImportHarness()
    for because in ("it feeds us", "it leads us"):
        load(harness, replace(V, because=because))
        assert harness.row("V").because == because


def test_a_why_that_was_told_to_others_too_or_that_names_whom_to_tell_is_told_to_those() -> None:
    harness = ImportHarness()
    load(harness, replace(W, unit="Ops", audience=["Ops", "Depot"]), replace(V, unit="Ops"))
    told_to = harness.row("W").audience
    load(harness, replace(W, unit="Sales"), replace(V, unit="Sales", audience=["Legal"]))
    assert harness.row("W").audience == told_to
    assert [harness.org.units[each].name for each in harness.row("V").audience] == ["Legal"]


def test_that_a_why_is_told_where_it_moved_to_is_remembered() -> None:
    harness = ImportHarness()
    load(harness, replace(W, unit="Ops"))
    load(harness, replace(W, unit="Sales"))
    legal = harness.do(c.CreateUnit(name="Legal", function=UnitFunction.BUSINESS)).ids[0]
    harness.do(c.ReviseWhy(why=harness.row("W").id, expected_version=1, editorial=True, audience=[legal]))
    assert harness.row("W").audience == [legal]
    decision = load(harness, replace(W, unit="Sales", audience=["Sales"]))
    assert (decision.facts, cells(decision, "W")) == ([], {"audience": O.LEFT})


def test_only_another_text_of_a_why_is_a_revision_that_is_answered_anew() -> None:
    harness = ImportHarness()
    load(harness, replace(V, because="so"))
    for row, editorial, version in (
        (replace(V, because="or so"), True, 1),
        (replace(V, because="or so", title="Earn more"), False, 2),
    ):
        (fact,) = [each.payload for each in load(harness, row).facts if isinstance(each.payload, WhyRevised)]
        assert (fact.editorial, harness.row("V").version) == (editorial, version)


# -- objectives --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "other", "state", "active", "ended"),
    [
        (O1, {}, ObjectiveState.ACTIVE, True, False),
        (replace(O1, draft=True), {}, ObjectiveState.DRAFT, False, False),
        (O1, {"as_state": ObjectiveState.DRAFT}, ObjectiveState.DRAFT, False, False),
        (replace(O1, ends_on=date(2024, 1, 1)), {"close_past": True}, ObjectiveState.CLOSED, True, True),
        (replace(O1, ends_on=date(2024, 1, 1)), {}, ObjectiveState.ACTIVE, True, False),
        (replace(O1, ends_on=date(2030, 1, 1)), {"close_past": True}, ObjectiveState.ACTIVE, True, False),
    ],
    ids=["active", "draft of the file", "drafts asked for", "past", "past as it is", "future"],
)
def test_a_new_objective_is_active_a_draft_or_closed_since_now(
    row: PlanRow, other: dict[str, Any], state: ObjectiveState, active: bool, ended: bool
) -> None:
    harness = ImportHarness()
    load(harness, row, **other)
    made = harness.row("O")
    times = (made.activated_at, made.ended_at)
    assert (made.state, times) == (state, (harness.time if active else None, harness.time if ended else None))


def test_only_another_title_of_an_objective_is_another_version(harness: ImportHarness) -> None:
    load(harness, replace(O1, description="Much"))
    assert harness.row("O").version == 1
    load(harness, replace(O1, description="Much", title="Sell more"))
    assert harness.row("O").version == 2


def test_that_the_file_has_a_draft_is_noted_only_of_what_is_active(harness: ImportHarness) -> None:
    harness.do(c.CloseObjective(objective=harness.row("O").id, grade=1, note="Done"))
    decision = load(harness, replace(O1, draft=True))
    assert not [note for row in rows(decision) for note in row.notes if "draft" in note]


def test_an_objective_that_goes_to_another_cycle_takes_its_days_unless_the_row_repeats_the_old_ones() -> None:
    for stated, expected in (
        ({}, (None, None)),
        ({"starts_on": Q1.starts_on}, (Q1.starts_on, None)),
        ({"starts_on": Q1.starts_on, "ends_on": Q1.ends_on}, (Q1.starts_on, Q1.ends_on)),
        ({"starts_on": Q2.starts_on, "ends_on": Q2.ends_on}, (None, None)),
        ({"starts_on": date(2025, 4, 15), "ends_on": date(2025, 6, 15)}, (date(2025, 4, 15), date(2025, 6, 15))),
    ):
        harness = ImportHarness()
        plan(harness, IN_Q1)
        plan(harness, replace(IN_Q1, cycle="Q2 2025", **stated))
        assert days(harness) == expected
        assert harness.org.cycles[harness.row("O").cycle].name == "Q2 2025"


def test_days_that_were_changed_here_stay_when_the_row_goes_to_another_cycle() -> None:
    harness, mine = ImportHarness(), date(2025, 1, 15)
    row = replace(IN_Q1, starts_on=date(2025, 1, 10))
    plan(harness, row)
    here = replace(row, row=harness.row("O").id, starts_on=mine)
    plan(harness, here, source="another", conflicts=THEIRS)
    assert cells(plan(harness, replace(row, cycle="Q2 2025")), "O") == {"cycle": O.TAKEN, "starts_on": O.LEFT}
    assert days(harness)[0] == mine


@pytest.mark.parametrize(
    ("format", "cycle", "own"),
    [
        (PlanFormat.JSON, "Q1 2025", True),
        (PlanFormat.OKR_SHEET, "Q1 2025", False),
        (PlanFormat.OKR_SHEET, "First", True),
    ],
)
def test_days_that_a_sheet_only_repeats_of_its_period_are_not_the_objectives_own(
    format: PlanFormat, cycle: str, own: bool
) -> None:
    harness, dated = ImportHarness(), replace(Q1, name=cycle)
    row = replace(IN_Q1, cycle=cycle, starts_on=Q1.starts_on, ends_on=Q1.ends_on)
    harness.imports(Plan(format, [row], cycles=[dated]))
    assert days(harness) == ((Q1.starts_on, Q1.ends_on) if own else (None, None))


@pytest.mark.parametrize("choice", [None, THEIRS])
def test_no_decision_of_a_file_moves_an_open_objective_into_a_closed_cycle(choice: Any) -> None:
    harness = ImportHarness()
    harness.imports(Plan(PlanFormat.JSON, [replace(IN_Q1, row="X")], cycles=[Q1]))
    close_the_cycle(harness)
    other = replace(IN_Q1, cycle=None)
    plan(harness, other)
    decision = plan(harness, IN_Q1, conflicts=choice)
    assert (decision.facts, cells(decision, "O")) == ([], {"cycle": O.CONFLICT})
    assert any("the cycle Q1 2025 is closed" in each for each in told(decision))


def test_a_new_objective_comes_into_a_closed_cycle_only_closed() -> None:
    harness = ImportHarness()
    harness.imports(Plan(PlanFormat.JSON, [replace(IN_Q1, row="X")], cycles=[Q1]))
    close_the_cycle(harness)
    row = replace(IN_Q1, ends_on=date(2024, 3, 1))
    assert any("Its cycle Q1 2025 is closed here" in each for each in told(plan(harness, row)))
    plan(harness, row, close_past=True)
    assert (harness.row("O").state, harness.org.cycles[harness.row("O").cycle].name) == (
        ObjectiveState.CLOSED,
        "Q1 2025",
    )


# -- a because that is known by another name ---------------------------------------------------------------------------


def test_a_because_is_the_same_cell_when_the_row_names_the_parents_successor(harness: ImportHarness) -> None:
    harness.do(c.RetireWhy(why=harness.row("W").id, reason="Over", successor=harness.row("V").id))
    decision = load(harness, replace(O1, parents=[PlanParent("V", "it feeds us")]))
    assert (told(decision), harness.org.parents(harness.row("O").id)[0].because) == ([], "it feeds us")
