"""Every rule of an import that comes again, as one small example; links are in `test_link_merge.py`."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any, Literal

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands.imports import RowChoice
from goldenthread.contracts.enums import CellOutcome as O
from goldenthread.contracts.enums import ConflictChoice, ProgressStatus, PurposeState, RowOutcome, UnitFunction
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.plan import Plan, PlanCycle, PlanFormat, PlanParent, PlanReading, PlanRow, RowType
from services.goals.domain.decision import Decision
from services.goals.domain.merge_base import BaseRow
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import O1, OURS, THEIRS, K, V, W, cells, load, quiet, rows, told, up

# -- the five rules ----------------------------------------------------------------------------------------------------


def test_rule_1_what_the_file_says_is_here_already(harness: ImportHarness) -> None:
    harness.do(c.UpdateObjective(objective=harness.row("O").id, title="Sell more"))
    decision = load(harness, replace(O1, title="Sell more"))
    assert (decision.facts, told(decision)) == ([], [])
    assert decision.remembered is not None
    assert decision.remembered.rows["O"] is not None
    assert decision.remembered.rows["O"].cells["title"].value == "Sell more"


def test_rule_2_what_was_changed_here_stays_where_the_file_says_what_it_said(harness: ImportHarness) -> None:
    harness.do(c.UpdateObjective(objective=harness.row("O").id, title="Sell more"))
    for choice in (None, THEIRS, OURS):
        decision = load(harness, conflicts=choice)
        assert quiet(decision)
        assert (cells(decision, "O"), harness.row("O").title) == ({"title": O.LEFT}, "Sell more")
        (row,) = rows(decision)
        assert (row.outcome, row.cells[0].was, row.cells[0].here) == (RowOutcome.LEFT, "Sell", "Sell more")


def test_rule_3_what_nobody_changed_here_is_taken(harness: ImportHarness) -> None:
    decision = load(harness, replace(O1, title="Sell more"))
    assert (cells(decision, "O"), harness.row("O").title) == ({"title": O.TAKEN}, "Sell more")
    assert quiet(load(harness, replace(O1, title="Sell more")))


def test_rule_4_what_both_changed_is_a_conflict_that_is_told_until_it_is_decided(harness: ImportHarness) -> None:
    harness.do(c.UpdateObjective(objective=harness.row("O").id, title="Sell more"))
    for _ in range(3):
        decision = load(harness, replace(O1, title="Sell well"))
        assert quiet(decision)
        assert decision.report is not None
        assert (decision.report.conflicts, decision.report.unchanged, harness.row("O").title) == (1, 3, "Sell more")
        assert told(decision) == [
            "title: the file says “Sell well” (last time “Sell”), here it is “Sell more”. "
            "Decide with --theirs or --ours."
        ]


@pytest.mark.parametrize(("choice", "title"), [(THEIRS, "Sell well"), (OURS, "Sell more")])
def test_rule_5_a_conflict_is_decided_for_the_run_or_for_its_row(
    harness: ImportHarness, choice: ConflictChoice, title: str
) -> None:
    harness.do(c.UpdateObjective(objective=harness.row("O").id, title="Sell more"))
    harness.do(c.UpdateKeyResult(key_result=harness.row("K").id, title="Contracts"))
    both = replace(O1, title="Sell well"), replace(K, current_value=10, title="Sales")
    load(harness, *both, choices=[RowChoice(row="O", take=choice)])
    assert (harness.row("O").title, harness.row("K").title) == (title, "Contracts")
    decision = load(harness, *both)
    assert [row.row for row in rows(decision) if row.outcome is RowOutcome.CONFLICT] == ["K"]
    assert cells(decision, "K") == {"title": O.CONFLICT}
    load(harness, *both, conflicts=choice)
    assert harness.row("K").title == ("Sales" if choice is THEIRS else "Contracts")
    assert quiet(load(harness, *both))


def test_a_decision_about_a_row_that_the_file_does_not_have_is_refused(harness: ImportHarness) -> None:
    with pytest.raises(Refused) as refused:
        load(harness, choices=[RowChoice(row="X", take=OURS)])
    assert refused.value.problems[0].path == ["choices", "0", "row"]


def test_rule_6_what_an_old_text_is_read_as_anew_is_told_and_not_taken() -> None:
    """One row more decides what `1.500` is, and the direction follows; and that months come first."""
    harness = ImportHarness()
    parent = PlanRow("O", "line 2", RowType.OBJECTIVE, "Sell", cells={"title": "Sell", "ends_on": "3/4/2026"})
    texts = {"title": "Cost", "start_value": "1.500", "target_value": "900"}
    cost = PlanRow("K", "line 3", RowType.KEY_RESULT, "Cost", parents=[PlanParent("O")], cells=texts)

    def sheet(ends_on: date, start: float) -> Decision:
        found = [replace(parent, ends_on=ends_on), replace(cost, start_value=start, target_value=900)]
        return harness.imports(Plan(PlanFormat.OKR_SHEET, found))

    sheet(date(2026, 4, 3), 1.5)
    decision = sheet(date(2026, 3, 4), 1500)
    assert quiet(decision)
    assert cells(decision, "O") == {"ends_on": O.READ_ANEW}
    assert cells(decision, "K") == {"start_value": O.READ_ANEW, "direction": O.READ_ANEW}
    assert (harness.row("O").ends_on, harness.row("K").direction) == (date(2026, 4, 3), "INCREASE")


def test_a_direction_follows_numbers_that_the_file_changed() -> None:
    harness = ImportHarness()
    rows = [PlanRow("O", "", RowType.OBJECTIVE, "Sell"), replace(K, start_value=1)]
    harness.imports(Plan(PlanFormat.JSON, rows))
    decision = harness.imports(Plan(PlanFormat.JSON, [rows[0], replace(K, start_value=200)]))
    assert cells(decision, "K") == {"start_value": O.TAKEN, "direction": O.TAKEN}
    assert harness.row("K").direction == "DECREASE"


def test_rule_6_what_a_cell_does_not_state_stays_and_what_it_empties_is_cleared(harness: ImportHarness) -> None:
    assert load(harness, replace(O1, description=None)).facts == []
    assert harness.row("O").description == "More of it"
    load(harness, replace(O1, description=None, cells={"description": " "}))
    assert harness.row("O").description is None


def test_rule_6_a_cell_that_could_not_be_read_is_left_alone(harness: ImportHarness) -> None:
    decision = load(harness, replace(K, cells={"current_value": "ten or so"}))
    assert (quiet(decision), harness.row("K").current_value) == (True, 10)


def test_rule_7_a_row_follows_its_goal_to_its_successor(harness: ImportHarness) -> None:
    other = harness.do(c.CreateObjective(title="Serve", owners=[harness.row("O").owners[0]])).ids[0]
    harness.do(c.CloseObjective(objective=harness.row("O").id, grade=1, note="Done", successor=other))
    decision = load(harness)
    assert quiet(decision)
    assert cells(decision, "O") | {"parent": O.LEFT} == {"title": O.LEFT, "description": O.LEFT, "parent": O.LEFT}
    changed = replace(O1, description="All of it")
    assert cells(load(harness, changed), "O")["description"] is O.CONFLICT
    load(harness, changed, conflicts=THEIRS)
    assert harness.org.objectives[other].description == "All of it"
    assert harness.row("O").description == "More of it"
    under = PlanRow("N", "line 6", RowType.WHY, "More", parents=[PlanParent("O", "so")])
    load(harness, changed, under)
    assert up(harness, "N") == [other]


def test_rule_7_what_was_ended_here_stays_ended_and_a_change_of_it_is_a_conflict(harness: ImportHarness) -> None:
    harness.do(c.ArchiveObjective(objective=harness.row("O").id))
    decision = load(harness)
    assert quiet(decision)
    assert [(row.row, row.outcome) for row in rows(decision)] == [("O", RowOutcome.LEFT), ("K", RowOutcome.LEFT)]
    changed = replace(O1, title="Sell more")
    decision = load(harness, changed)
    assert (quiet(decision), cells(decision, "O")) == (True, {"title": O.CONFLICT})
    assert "it has ended here" in told(decision)[0]
    load(harness, changed, conflicts=THEIRS)
    assert (harness.row("O").title, harness.row("O").state) == ("Sell more", "ARCHIVED")


def test_rule_7_what_was_carried_over_stays_in_its_new_cycle() -> None:
    harness = ImportHarness()
    cycles = [
        PlanCycle("Q1", date(2026, 1, 1), date(2026, 3, 31)),
        PlanCycle("Q2", date(2026, 4, 1), date(2026, 6, 30)),
    ]
    plan = Plan(PlanFormat.JSON, [replace(O1, parents=[], cycle="Q1")], cycles=cycles)
    harness.imports(plan)
    second = next(each.id for each in harness.org.cycles.values() if each.name == "Q2")
    harness.do(c.CarryOver(objectives=[harness.row("O").id], to_cycle=second))
    decision = harness.imports(plan)
    assert (quiet(decision), cells(decision, "O")) == (True, {"cycle": O.LEFT})


def test_rule_7_rows_that_are_gone_are_named_and_not_ended(harness: ImportHarness) -> None:
    decision = load(harness, rows=[W, V])
    assert decision.report is not None
    assert decision.report.missing == ["K", "O"]
    assert {(row.row, row.outcome, row.title) for row in rows(decision)} == {
        ("K", RowOutcome.MISSING, "Deals"),
        ("O", RowOutcome.MISSING, "Sell"),
    }
    assert decision.facts == []
    assert quiet(load(harness)), "their merge base stays"


def test_rule_8_a_refused_row_keeps_its_memory_and_serves_as_a_parent(harness: ImportHarness) -> None:
    before = harness.merge_bases["file"].rows["W"]
    under = PlanRow("N", "line 6", RowType.OBJECTIVE, "More", parents=[PlanParent("W", "so")])
    decision = load(harness, replace(W, title="x" * 501), under)
    assert [row.outcome for row in rows(decision) if row.row == "W"] == [RowOutcome.SKIPPED]
    assert harness.merge_bases["file"].rows["W"] == before
    assert up(harness, "N") == [harness.row("W").id]
    again = PlanRow("V", "line 3", RowType.OBJECTIVE, "Earn")
    assert "keeps its type" in told(load(harness, again, under))[0]
    assert harness.merge_bases["file"].rows["V"].node == harness.row("V").id


def test_rule_9_a_unit_that_was_renamed_moved_or_closed_is_still_the_unit_of_its_row(harness: ImportHarness) -> None:
    assert harness.org.info is not None
    root, ops = harness.org.info.root, harness.row("O").owners[0]
    sales = harness.do(c.CreateUnit(name="Sales", function=UnitFunction.BUSINESS, parent=root)).ids[0]
    harness.do(c.UpdateUnit(unit=ops, name="Operations"))
    harness.do(c.MoveUnit(unit=ops, parent=sales))
    assert quiet(load(harness))
    it = harness.do(c.CreateUnit(name="IT", function=UnitFunction.BUSINESS, parent=root)).ids[0]
    harness.do(c.CloseUnit(unit=ops, successor=it))
    again = load(harness)
    assert (again.facts, told(again), harness.row("O").owners) == ([], [], [it])
    assert quiet(load(harness))
    load(harness, replace(O1, unit="Sales"))
    assert harness.row("O").owners == [sales]


# -- key results, the purpose, what nobody knows -----------------------------------------------------------------------


def test_a_value_that_the_file_and_a_check_in_changed_is_a_conflict_that_names_all_three(
    harness: ImportHarness,
) -> None:
    harness.do(c.RecordCheckIn(key_result=harness.row("K").id, value=60, status=ProgressStatus.ON_TRACK))
    decision = load(harness, replace(K, current_value=20))
    assert told(decision) == [
        "current value: the file says “20” (last time “10”), here it is “60”. Decide with --theirs or --ours."
    ]
    assert harness.row("K").current_value == 60


def test_readings_are_known_again_beside_what_people_checked_in(harness: ImportHarness) -> None:
    read = replace(K, current_value=10, readings=[PlanReading(7, date(2026, 1, 2)), PlanReading(10, date(2026, 1, 9))])
    load(harness, read)
    harness.do(c.RecordCheckIn(key_result=harness.row("K").id, value=60))
    assert quiet(load(harness, read))
    assert (len(harness.org.check_ins), harness.row("K").current_value) == (3, 60)


def test_a_purpose_that_differs_is_told_as_long_as_it_is_news_and_taken_only_when_asked_for() -> None:
    harness = ImportHarness()
    first, other = (PlanRow("P", "line 2", RowType.PURPOSE, title) for title in ("Be useful", "Be loved"))

    def purpose(row: PlanRow, **other: Any) -> Decision:
        return harness.imports(Plan(PlanFormat.JSON, [row]), **other)

    purpose(first)
    for choice in (None, THEIRS):
        decision = purpose(other, conflicts=choice)
        assert (quiet(decision), "replacePurpose" in told(decision)[0]) == (True, True)
    harness.do(c.PublishPurpose(statement="Be kind"))
    assert purpose(first, replace_purpose=True).facts == [], "the file says what it said"
    assert told(purpose(first)) == []
    assert "Be kind" in told(purpose(other, replace_purpose=True))[0]
    purpose(other, replace_purpose=True, conflicts=THEIRS)
    assert harness.org.purpose is not None
    assert harness.org.purpose.statement == "Be loved"


def test_what_is_said_of_new_objectives_only_is_told_and_not_dropped(harness: ImportHarness) -> None:
    harness.do(c.CreateUnit(name="Legal", function=UnitFunction.BUSINESS))
    decision = load(harness, replace(O1, invited=["Legal"], draft=True))
    assert (quiet(decision), told(decision)) == (True, [])
    assert [(row.outcome, row.notes) for row in rows(decision)] == [
        (
            RowOutcome.UNCHANGED,
            [
                "The file asks Legal to own it too; an import asks only for new objectives. Ask here.",
                "The file has it as a draft; it is active here, and stays so.",
            ],
        )
    ]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("title", ["Qualität", "Qualität " * 20])
def test_accents_stored_in_another_way_are_no_new_text(form: Literal["NFC", "NFD"], title: str) -> None:
    harness = ImportHarness()
    why = replace(W, title=title.strip(), description=f"{title} zählt")
    other: Literal["NFC", "NFD"] = "NFD" if form == "NFC" else "NFC"
    load(harness, replace(why, **_stored(why, form)), O1)
    for choice in (None, THEIRS):
        decision = load(harness, replace(why, **_stored(why, other)), O1, conflicts=choice)
        assert (decision.facts, told(decision), rows(decision)) == ([], [], [])


def _stored(row: PlanRow, form: Literal["NFC", "NFD"]) -> dict[str, str]:
    return {name: unicodedata.normalize(form, getattr(row, name)) for name in ("title", "description")}


def test_a_row_under_a_new_id_is_remembered_under_that_one_only(harness: ImportHarness) -> None:
    decision = load(harness, replace(K, row="K2"), rows=[W, V, O1])
    assert decision.remembered is not None
    assert decision.remembered.rows == {
        "K": None,
        "K2": BaseRow(harness.row("K").id, harness.merge_bases["file"].rows["K2"].cells),
    }
    assert "K" not in harness.merge_bases["file"].rows


def test_a_row_of_another_type_is_told_and_still_serves_as_a_parent(harness: ImportHarness) -> None:
    decision = load(harness, replace(O1, type=RowType.WHY), replace(K, current_value=11))
    assert told(decision) == ["This row was an objective before; a row keeps its type. Give it a new id."]
    assert harness.row("K").current_value == 11


def test_a_key_result_of_a_goal_that_went_on_as_another_keeps_what_it_measures(harness: ImportHarness) -> None:
    before = harness.row("O").id
    successor = harness.do(c.CreateObjective(title="Sell on", owners=[harness.org.objectives[before].owners[0]])).ids[0]
    harness.do(c.CloseObjective(objective=before, grade=0.5, note="It goes on.", successor=successor))
    decision = load(harness)
    assert (decision.facts, told(decision)) == ([], [])
    assert harness.row("K").measures == before


def test_a_purpose_that_was_retired_stays_retired_until_it_is_asked_for() -> None:
    harness = ImportHarness()
    first, other = (PlanRow("P", "line 2", RowType.PURPOSE, title) for title in ("Be useful", "Be loved"))

    def purpose(row: PlanRow, **other: Any) -> Decision:
        return harness.imports(Plan(PlanFormat.JSON, [row]), **other)

    purpose(first)
    harness.do(c.RetirePurpose(reason="merger"))
    for choice in (None, THEIRS, OURS):
        again = purpose(first, conflicts=choice)
        assert (quiet(again), told(again)) == (True, [])
        assert rows(again)[0].notes == ["It has ended here, and stays so."]
    for choice in (None, THEIRS):
        changed = purpose(other, conflicts=choice)
        assert (quiet(changed), "replacePurpose" in told(changed)[0]) == (True, True)
    purpose(other, replace_purpose=True)
    assert harness.org.purpose is not None
    assert (harness.org.purpose.statement, harness.org.purpose.state) == ("Be loved", PurposeState.PUBLISHED)


def test_a_new_plan_publishes_a_purpose_where_the_one_before_was_retired() -> None:
    harness = ImportHarness()
    harness.imports(Plan(PlanFormat.JSON, [PlanRow("P", "line 2", RowType.PURPOSE, "Be useful")]))
    harness.do(c.RetirePurpose(reason="merger"))
    plan = Plan(PlanFormat.JSON, [PlanRow("P", "line 2", RowType.PURPOSE, "Be loved")])
    assert harness.imports(plan, source="another").facts != []


def test_what_nobody_knows_is_a_conflict_unless_both_say_the_same(harness: ImportHarness) -> None:
    harness.merge_bases.clear()
    assert load(harness).facts == []
    assert quiet(load(harness))
    harness.merge_bases.clear()
    decision = load(harness, replace(O1, title="Sell more"))
    assert (decision.facts, cells(decision, "O")) == ([], {"title": O.CONFLICT})
    assert "what it said the last time is not known" in told(decision)[0]


def test_a_row_that_the_file_moved_away_from_a_unit_that_was_closed_is_moved(harness: ImportHarness) -> None:
    assert harness.org.info is not None
    other, it = (
        harness.do(c.CreateUnit(name=name, function=UnitFunction.BUSINESS, parent=harness.org.info.root)).ids[0]
        for name in ("Sales", "IT")
    )
    harness.do(c.CloseUnit(unit=harness.row("O").owners[0], successor=it))
    decision = load(harness, replace(O1, unit="Sales"))
    assert (cells(decision, "O"), harness.row("O").owners) == ({"unit": O.TAKEN}, [other])


def test_a_sign_beside_the_numbers_is_news_only_where_their_texts_are() -> None:
    harness = ImportHarness()
    texts = {"title": "Cost", "measure_unit": "", "current_value": "20 %"}
    row = PlanRow("K", "", RowType.KEY_RESULT, "Cost", parents=[PlanParent("O")], cells=texts, current_value=20)

    def sheet(sign: str, cell: str) -> Decision:
        found = replace(row, measure_unit=sign, cells={**texts, "current_value": cell})
        return harness.imports(Plan(PlanFormat.OKR_SHEET, [PlanRow("O", "", RowType.OBJECTIVE, "Sell"), found]))

    sheet("%", "20 %")
    assert (cells(sheet("€", "20 %"), "K"), harness.row("K").measure_unit) == ({"measure_unit": O.READ_ANEW}, "%")
    assert (cells(sheet("€", "20 €"), "K"), harness.row("K").measure_unit) == ({"measure_unit": O.TAKEN}, "€")


def test_a_why_that_moves_to_another_unit_is_told_there(harness: ImportHarness) -> None:
    load(harness, replace(W, unit="Ops"))
    assert harness.row("W").audience == [harness.row("W").unit]
    decision = load(harness, replace(W, unit="Sales"))
    sales = harness.org.units[harness.row("W").unit]
    assert (sales.name, harness.row("W").audience, list(harness.row("W").told)) == ("Sales", [sales.id], [sales.id])
    assert cells(decision, "W") == {"unit": O.TAKEN}
    assert quiet(load(harness, replace(W, unit="Sales")))
