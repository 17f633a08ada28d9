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
from services.goals.domain.imports.node_cells import base_row_of
from services.goals.domain.merge_base import BaseRow, MergeBase
from tests.unit.goals.desk import Desk
from tests.unit.goals.imports.plans import O1, OURS, THEIRS, K, V, W, cells, load, quiet, rows, told, up


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    load(made)
    return made


# -- the five rules ----------------------------------------------------------------------------------------------------


def test_rule_1_what_the_file_says_is_here_already(desk: Desk) -> None:
    desk.do(c.UpdateObjective(objective=desk.row("O").id, title="Sell more"))
    decision = load(desk, replace(O1, title="Sell more"))
    assert (decision.facts, told(decision)) == ([], [])
    assert decision.remembered is not None
    assert decision.remembered.rows["O"] is not None
    assert decision.remembered.rows["O"].cells["title"].value == "Sell more"


def test_rule_2_what_was_changed_here_stays_where_the_file_says_what_it_said(desk: Desk) -> None:
    desk.do(c.UpdateObjective(objective=desk.row("O").id, title="Sell more"))
    for choice in (None, THEIRS, OURS):
        decision = load(desk, conflicts=choice)
        assert quiet(decision)
        assert (cells(decision, "O"), desk.row("O").title) == ({"title": O.LEFT}, "Sell more")
        (row,) = rows(decision)
        assert (row.outcome, row.cells[0].was, row.cells[0].here) == (RowOutcome.LEFT, "Sell", "Sell more")


def test_rule_3_what_nobody_changed_here_is_taken(desk: Desk) -> None:
    decision = load(desk, replace(O1, title="Sell more"))
    assert (cells(decision, "O"), desk.row("O").title) == ({"title": O.TAKEN}, "Sell more")
    assert quiet(load(desk, replace(O1, title="Sell more")))


def test_rule_4_what_both_changed_is_a_conflict_that_is_told_until_it_is_decided(desk: Desk) -> None:
    desk.do(c.UpdateObjective(objective=desk.row("O").id, title="Sell more"))
    for _ in range(3):
        decision = load(desk, replace(O1, title="Sell well"))
        assert quiet(decision)
        assert decision.report is not None
        assert (decision.report.conflicts, decision.report.unchanged, desk.row("O").title) == (1, 3, "Sell more")
        assert told(decision) == [
            "title: the file says “Sell well” (last time “Sell”), here it is “Sell more”. "
            "Decide with --theirs or --ours."
        ]


@pytest.mark.parametrize(("choice", "title"), [(THEIRS, "Sell well"), (OURS, "Sell more")])
def test_rule_5_a_conflict_is_decided_for_the_run_or_for_its_row(
    desk: Desk, choice: ConflictChoice, title: str
) -> None:
    desk.do(c.UpdateObjective(objective=desk.row("O").id, title="Sell more"))
    desk.do(c.UpdateKeyResult(key_result=desk.row("K").id, title="Contracts"))
    both = replace(O1, title="Sell well"), replace(K, current_value=10, title="Sales")
    load(desk, *both, choices=[RowChoice(row="O", take=choice)])
    assert (desk.row("O").title, desk.row("K").title) == (title, "Contracts")
    decision = load(desk, *both)
    assert [row.row for row in rows(decision) if row.outcome is RowOutcome.CONFLICT] == ["K"]
    assert cells(decision, "K") == {"title": O.CONFLICT}
    load(desk, *both, conflicts=choice)
    assert desk.row("K").title == ("Sales" if choice is THEIRS else "Contracts")
    assert quiet(load(desk, *both))


def test_a_decision_about_a_row_that_the_file_does_not_have_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused) as refused:
        load(desk, choices=[RowChoice(row="X", take=OURS)])
    assert refused.value.problems[0].path == ["choices", "0", "row"]


def test_rule_6_what_an_old_text_is_read_as_anew_is_told_and_not_taken() -> None:
    """One row more decides what `1.500` is, and the direction follows; and that months come first."""
    desk = Desk()
    parent = PlanRow("O", "line 2", RowType.OBJECTIVE, "Sell", cells={"title": "Sell", "ends_on": "3/4/2026"})
    texts = {"title": "Cost", "start_value": "1.500", "target_value": "900"}
    cost = PlanRow("K", "line 3", RowType.KEY_RESULT, "Cost", parents=[PlanParent("O")], cells=texts)

    def sheet(ends_on: date, start: float) -> Decision:
        found = [replace(parent, ends_on=ends_on), replace(cost, start_value=start, target_value=900)]
        return desk.imports(Plan(PlanFormat.OKR_SHEET, found))

    sheet(date(2026, 4, 3), 1.5)
    decision = sheet(date(2026, 3, 4), 1500)
    assert quiet(decision)
    assert cells(decision, "O") == {"ends_on": O.READ_ANEW}
    assert cells(decision, "K") == {"start_value": O.READ_ANEW, "direction": O.READ_ANEW}
    assert (desk.row("O").ends_on, desk.row("K").direction) == (date(2026, 4, 3), "INCREASE")


def test_a_direction_follows_numbers_that_the_file_changed() -> None:
    desk = Desk()
    rows = [PlanRow("O", "", RowType.OBJECTIVE, "Sell"), replace(K, start_value=1)]
    desk.imports(Plan(PlanFormat.JSON, rows))
    decision = desk.imports(Plan(PlanFormat.JSON, [rows[0], replace(K, start_value=200)]))
    assert cells(decision, "K") == {"start_value": O.TAKEN, "direction": O.TAKEN}
    assert desk.row("K").direction == "DECREASE"


def test_rule_6_what_a_cell_does_not_state_stays_and_what_it_empties_is_cleared(desk: Desk) -> None:
    assert load(desk, replace(O1, description=None)).facts == []
    assert desk.row("O").description == "More of it"
    load(desk, replace(O1, description=None, cells={"description": " "}))
    assert desk.row("O").description is None


def test_rule_6_a_cell_that_could_not_be_read_is_left_alone(desk: Desk) -> None:
    decision = load(desk, replace(K, cells={"current_value": "ten or so"}))
    assert (quiet(decision), desk.row("K").current_value) == (True, 10)


def test_rule_7_a_row_follows_its_goal_to_its_successor(desk: Desk) -> None:
    other = desk.do(c.CreateObjective(title="Serve", owners=[desk.row("O").owners[0]])).ids[0]
    desk.do(c.CloseObjective(objective=desk.row("O").id, grade=1, note="Done", successor=other))
    decision = load(desk)
    assert quiet(decision)
    assert cells(decision, "O") | {"parent": O.LEFT} == {"title": O.LEFT, "description": O.LEFT, "parent": O.LEFT}
    changed = replace(O1, description="All of it")
    assert cells(load(desk, changed), "O")["description"] is O.CONFLICT
    load(desk, changed, conflicts=THEIRS)
    assert desk.org.objectives[other].description == "All of it"
    assert desk.row("O").description == "More of it"
    under = PlanRow("N", "line 6", RowType.WHY, "More", parents=[PlanParent("O", "so")])
    load(desk, changed, under)
    assert up(desk, "N") == [other]


def test_rule_7_what_was_ended_here_stays_ended_and_a_change_of_it_is_a_conflict(desk: Desk) -> None:
    desk.do(c.ArchiveObjective(objective=desk.row("O").id))
    decision = load(desk)
    assert quiet(decision)
    assert [(row.row, row.outcome) for row in rows(decision)] == [("O", RowOutcome.LEFT), ("K", RowOutcome.LEFT)]
    changed = replace(O1, title="Sell more")
    decision = load(desk, changed)
    assert (quiet(decision), cells(decision, "O")) == (True, {"title": O.CONFLICT})
    assert "it has ended here" in told(decision)[0]
    load(desk, changed, conflicts=THEIRS)
    assert (desk.row("O").title, desk.row("O").state) == ("Sell more", "ARCHIVED")


def test_rule_7_what_was_carried_over_stays_in_its_new_cycle() -> None:
    desk = Desk()
    cycles = [
        PlanCycle("Q1", date(2026, 1, 1), date(2026, 3, 31)),
        PlanCycle("Q2", date(2026, 4, 1), date(2026, 6, 30)),
    ]
    plan = Plan(PlanFormat.JSON, [replace(O1, parents=[], cycle="Q1")], cycles=cycles)
    desk.imports(plan)
    second = next(each.id for each in desk.org.cycles.values() if each.name == "Q2")
    desk.do(c.CarryOver(objectives=[desk.row("O").id], to_cycle=second))
    decision = desk.imports(plan)
    assert (quiet(decision), cells(decision, "O")) == (True, {"cycle": O.LEFT})


def test_rule_7_rows_that_are_gone_are_named_and_not_ended(desk: Desk) -> None:
    decision = load(desk, rows=[W, V])
    assert decision.report is not None
    assert decision.report.missing == ["K", "O"]
    assert {(row.row, row.outcome, row.title) for row in rows(decision)} == {
        ("K", RowOutcome.MISSING, "Deals"),
        ("O", RowOutcome.MISSING, "Sell"),
    }
    assert decision.facts == []
    assert quiet(load(desk)), "their memory stays"


def test_rule_8_a_refused_row_keeps_its_memory_and_serves_as_a_parent(desk: Desk) -> None:
    before = desk.memory["file"].rows["W"]
    under = PlanRow("N", "line 6", RowType.OBJECTIVE, "More", parents=[PlanParent("W", "so")])
    decision = load(desk, replace(W, title="x" * 501), under)
    assert [row.outcome for row in rows(decision) if row.row == "W"] == [RowOutcome.SKIPPED]
    assert desk.memory["file"].rows["W"] == before
    assert up(desk, "N") == [desk.row("W").id]
    again = PlanRow("V", "line 3", RowType.OBJECTIVE, "Earn")
    assert "keeps its type" in told(load(desk, again, under))[0]
    assert desk.memory["file"].rows["V"].node == desk.row("V").id


def test_rule_9_a_unit_that_was_renamed_moved_or_closed_is_still_the_unit_of_its_row(desk: Desk) -> None:
    assert desk.org.info is not None
    root, ops = desk.org.info.root, desk.row("O").owners[0]
    sales = desk.do(c.CreateUnit(name="Sales", function=UnitFunction.BUSINESS, parent=root)).ids[0]
    desk.do(c.UpdateUnit(unit=ops, name="Operations"))
    desk.do(c.MoveUnit(unit=ops, parent=sales))
    assert quiet(load(desk))
    it = desk.do(c.CreateUnit(name="IT", function=UnitFunction.BUSINESS, parent=root)).ids[0]
    desk.do(c.CloseUnit(unit=ops, successor=it))
    again = load(desk)
    assert (again.facts, told(again), desk.row("O").owners) == ([], [], [it])
    assert quiet(load(desk))
    load(desk, replace(O1, unit="Sales"))
    assert desk.row("O").owners == [sales]


# -- key results, the purpose, what nobody knows -----------------------------------------------------------------------


def test_a_value_that_the_file_and_a_check_in_changed_is_a_conflict_that_names_all_three(desk: Desk) -> None:
    desk.do(c.RecordCheckIn(key_result=desk.row("K").id, value=60, status=ProgressStatus.ON_TRACK))
    decision = load(desk, replace(K, current_value=20))
    assert told(decision) == [
        "current value: the file says “20” (last time “10”), here it is “60”. Decide with --theirs or --ours."
    ]
    assert desk.row("K").current_value == 60


def test_readings_are_known_again_beside_what_people_checked_in(desk: Desk) -> None:
    read = replace(K, current_value=10, readings=[PlanReading(7, date(2026, 1, 2)), PlanReading(10, date(2026, 1, 9))])
    load(desk, read)
    desk.do(c.RecordCheckIn(key_result=desk.row("K").id, value=60))
    assert quiet(load(desk, read))
    assert (len(desk.org.check_ins), desk.row("K").current_value) == (3, 60)


def test_a_purpose_that_differs_is_told_as_long_as_it_is_news_and_taken_only_when_asked_for() -> None:
    desk = Desk()
    first, other = (PlanRow("P", "line 2", RowType.PURPOSE, title) for title in ("Be useful", "Be loved"))

    def purpose(row: PlanRow, **other: Any) -> Decision:
        return desk.imports(Plan(PlanFormat.JSON, [row]), **other)

    purpose(first)
    for choice in (None, THEIRS):
        decision = purpose(other, conflicts=choice)
        assert (quiet(decision), "replacePurpose" in told(decision)[0]) == (True, True)
    desk.do(c.PublishPurpose(statement="Be kind"))
    assert purpose(first, replace_purpose=True).facts == [], "the file says what it said"
    assert told(purpose(first)) == []
    assert "Be kind" in told(purpose(other, replace_purpose=True))[0]
    purpose(other, replace_purpose=True, conflicts=THEIRS)
    assert desk.org.purpose is not None
    assert desk.org.purpose.statement == "Be loved"


def test_what_is_said_of_new_objectives_only_is_told_and_not_dropped(desk: Desk) -> None:
    desk.do(c.CreateUnit(name="Legal", function=UnitFunction.BUSINESS))
    decision = load(desk, replace(O1, invited=["Legal"], draft=True))
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
    desk = Desk()
    why = replace(W, title=title.strip(), description=f"{title} zählt")
    other: Literal["NFC", "NFD"] = "NFD" if form == "NFC" else "NFC"
    load(desk, replace(why, **_stored(why, form)), O1)
    for choice in (None, THEIRS):
        decision = load(desk, replace(why, **_stored(why, other)), O1, conflicts=choice)
        assert (decision.facts, told(decision), rows(decision)) == ([], [], [])


def _stored(row: PlanRow, form: Literal["NFC", "NFD"]) -> dict[str, str]:
    return {name: unicodedata.normalize(form, getattr(row, name)) for name in ("title", "description")}


def test_a_row_under_a_new_id_is_remembered_under_that_one_only(desk: Desk) -> None:
    decision = load(desk, replace(K, row="K2"), rows=[W, V, O1])
    assert decision.remembered is not None
    assert decision.remembered.rows == {
        "K": None,
        "K2": BaseRow(desk.row("K").id, desk.memory["file"].rows["K2"].cells),
    }
    assert "K" not in desk.memory["file"].rows


def test_a_row_of_another_type_is_told_and_still_serves_as_a_parent(desk: Desk) -> None:
    decision = load(desk, replace(O1, type=RowType.WHY), replace(K, current_value=11))
    assert told(decision) == ["This row was an objective before; a row keeps its type. Give it a new id."]
    assert desk.row("K").current_value == 11


def test_a_key_result_of_a_goal_that_went_on_as_another_keeps_what_it_measures(desk: Desk) -> None:
    before = desk.row("O").id
    successor = desk.do(c.CreateObjective(title="Sell on", owners=[desk.org.objectives[before].owners[0]])).ids[0]
    desk.do(c.CloseObjective(objective=before, grade=0.5, note="It goes on.", successor=successor))
    decision = load(desk)
    assert (decision.facts, told(decision)) == ([], [])
    assert desk.row("K").measures == before


def test_a_purpose_that_was_retired_stays_retired_until_it_is_asked_for() -> None:
    desk = Desk()
    first, other = (PlanRow("P", "line 2", RowType.PURPOSE, title) for title in ("Be useful", "Be loved"))

    def purpose(row: PlanRow, **other: Any) -> Decision:
        return desk.imports(Plan(PlanFormat.JSON, [row]), **other)

    purpose(first)
    desk.do(c.RetirePurpose(reason="merger"))
    for choice in (None, THEIRS, OURS):
        again = purpose(first, conflicts=choice)
        assert (quiet(again), told(again)) == (True, [])
        assert rows(again)[0].notes == ["It has ended here, and stays so."]
    for choice in (None, THEIRS):
        changed = purpose(other, conflicts=choice)
        assert (quiet(changed), "replacePurpose" in told(changed)[0]) == (True, True)
    purpose(other, replace_purpose=True)
    assert desk.org.purpose is not None
    assert (desk.org.purpose.statement, desk.org.purpose.state) == ("Be loved", PurposeState.PUBLISHED)


def test_a_new_plan_publishes_a_purpose_where_the_one_before_was_retired() -> None:
    desk = Desk()
    desk.imports(Plan(PlanFormat.JSON, [PlanRow("P", "line 2", RowType.PURPOSE, "Be useful")]))
    desk.do(c.RetirePurpose(reason="merger"))
    plan = Plan(PlanFormat.JSON, [PlanRow("P", "line 2", RowType.PURPOSE, "Be loved")])
    assert desk.imports(plan, source="another").facts != []


def test_what_nobody_knows_is_a_conflict_unless_both_say_the_same(desk: Desk) -> None:
    desk.memory.clear()
    assert load(desk).facts == []
    assert quiet(load(desk))
    desk.memory.clear()
    decision = load(desk, replace(O1, title="Sell more"))
    assert (decision.facts, cells(decision, "O")) == ([], {"title": O.CONFLICT})
    assert "what it said the last time is not known" in told(decision)[0]


# -- two editors -------------------------------------------------------------------------------------------------------


def exported(desk: Desk) -> tuple[list[PlanRow], MergeBase]:
    """A copy of the objective as it is now, and what is remembered of it: an export is a source of its own."""
    node = desk.row("O")
    row = PlanRow(node.id, "line 2", RowType.OBJECTIVE, node.title, node.description, ends_on=node.ends_on)
    return [row], MergeBase({node.id: base_row_of(desk.org, node.id, exact=True)})


def test_two_editors_of_two_exports() -> None:
    desk = Desk()
    desk.imports(Plan(PlanFormat.JSON, [PlanRow("O", "", RowType.OBJECTIVE, "A", "first")]))
    (ten,), desk.memory["at 10"] = exported(desk)
    desk.do(c.UpdateObjective(objective=desk.row("O").id, title="B"))
    (twenty,), desk.memory["at 20"] = exported(desk)

    def send(row: PlanRow, source: str, **other: Any) -> Decision:
        return desk.imports(Plan(PlanFormat.JSON, [row]), source=source, **other)

    target = replace(ten, description="second")
    decision = send(target, "at 10")
    assert cells(decision, ten.row) == {"title": O.LEFT, "description": O.TAKEN}
    send(replace(twenty, title="C"), "at 20")
    assert (desk.row("O").title, desk.row("O").description) == ("C", "second")
    assert quiet(send(target, "at 10"))
    decision = send(replace(target, title="D"), "at 10")
    assert (quiet(decision), cells(decision, ten.row)) == (True, {"title": O.CONFLICT})
    send(replace(target, title="D"), "at 10", conflicts=THEIRS)
    assert desk.row("O").title == "D"


def test_two_copies_of_one_export_do_not_undo_each_other() -> None:
    desk = Desk()
    desk.imports(Plan(PlanFormat.JSON, [PlanRow("O", "", RowType.OBJECTIVE, "A", "first")]))
    (copy,), memory = exported(desk)
    desk.memory["export"] = memory
    desk.imports(Plan(PlanFormat.JSON, [replace(copy, title="B")]), source="export")
    desk.memory["export"] = replace(desk.memory["export"], exported=memory.rows)
    for choice in (None, THEIRS):
        decision = desk.imports(
            Plan(PlanFormat.JSON, [replace(copy, description="second")]), source="export", conflicts=choice
        )
        assert (desk.row("O").title, desk.row("O").description) == ("B", "second")
        assert cells(decision, copy.row)["title"] is O.LEFT
        desk.memory["export"] = replace(desk.memory["export"], exported=memory.rows)


def test_what_two_copies_of_one_export_both_edited_is_a_conflict() -> None:
    """Nobody knows whose copy it is; so the second one does not undo the first without a word."""
    desk = Desk()
    load(desk)
    objective, memory = desk.row("O"), desk.memory["file"]
    copy = PlanRow(objective.id, "line 2", RowType.OBJECTIVE, "Sell", "More of it")
    state = BaseRow(objective.id, memory.rows["O"].cells)
    desk.memory["export"] = MergeBase({objective.id: state}, exported={objective.id: state})

    def come_home(*rows: PlanRow, **more: Any) -> Decision:
        decision = desk.imports(Plan(PlanFormat.JSON, list(rows), revision=1), source="export", **more)
        desk.memory["export"] = replace(desk.memory["export"], exported={objective.id: state})
        return decision

    added = PlanRow("new", "line 3", RowType.OBJECTIVE, "Added by one")
    assert cells(come_home(replace(copy, title="One"), added), copy.row)["title"] is O.TAKEN
    second = come_home(replace(copy, title="Two"))
    (row,) = [each for each in rows(second) if each.row == copy.row]
    title = next(cell for cell in row.cells if cell.cell == "title")
    assert (title.outcome, title.was, title.here, title.file) == (O.CONFLICT, "Sell", "One", "Two")
    assert second.report is not None
    assert second.report.missing == [], "what another copy has brought is not missing from this one"
    assert cells(come_home(replace(copy, title="Two"), conflicts=OURS), copy.row)["title"] is O.LEFT
    assert cells(come_home(replace(copy, title="Two")), copy.row)["title"] is O.LEFT, "it was decided"
    come_home(replace(copy, title="Three"), conflicts=THEIRS)
    assert desk.row("O").title == "Three"


def test_a_row_that_the_file_moved_away_from_a_unit_that_was_closed_is_moved(desk: Desk) -> None:
    assert desk.org.info is not None
    other, it = (
        desk.do(c.CreateUnit(name=name, function=UnitFunction.BUSINESS, parent=desk.org.info.root)).ids[0]
        for name in ("Sales", "IT")
    )
    desk.do(c.CloseUnit(unit=desk.row("O").owners[0], successor=it))
    decision = load(desk, replace(O1, unit="Sales"))
    assert (cells(decision, "O"), desk.row("O").owners) == ({"unit": O.TAKEN}, [other])


def test_a_sign_beside_the_numbers_is_news_only_where_their_texts_are() -> None:
    desk = Desk()
    texts = {"title": "Cost", "measure_unit": "", "current_value": "20 %"}
    row = PlanRow("K", "", RowType.KEY_RESULT, "Cost", parents=[PlanParent("O")], cells=texts, current_value=20)

    def sheet(sign: str, cell: str) -> Decision:
        found = replace(row, measure_unit=sign, cells={**texts, "current_value": cell})
        return desk.imports(Plan(PlanFormat.OKR_SHEET, [PlanRow("O", "", RowType.OBJECTIVE, "Sell"), found]))

    sheet("%", "20 %")
    assert (cells(sheet("€", "20 %"), "K"), desk.row("K").measure_unit) == ({"measure_unit": O.READ_ANEW}, "%")
    assert (cells(sheet("€", "20 €"), "K"), desk.row("K").measure_unit) == ({"measure_unit": O.TAKEN}, "€")


def test_a_why_that_moves_to_another_unit_is_told_there(desk: Desk) -> None:
    load(desk, replace(W, unit="Ops"))
    assert desk.row("W").audience == [desk.row("W").unit]
    decision = load(desk, replace(W, unit="Sales"))
    sales = desk.org.units[desk.row("W").unit]
    assert (sales.name, desk.row("W").audience, list(desk.row("W").told)) == ("Sales", [sales.id], [sales.id])
    assert cells(decision, "W") == {"unit": O.TAKEN}
    assert quiet(load(desk, replace(W, unit="Sales")))
