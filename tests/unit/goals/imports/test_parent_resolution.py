"""What the texts in a column of parents mean: the nearest scope counts, and what means several means none."""

from __future__ import annotations

import time

from goldenthread import exchange
from goldenthread.contracts.commands import RetireWhy
from goldenthread.contracts.entities import KeyResult, Objective, Why
from goldenthread.contracts.plan import PlanFormat
from tests.unit.goals.import_harness import ImportHarness, report

HEADER = "Row ID,Type,Title,Parent,Team\n"
PLAN = HEADER + "P,purpose,Better trains,,\nW,why,Trust the timetable,P,Ops\nO,objective,Explain,W,Ops\n"


def above(harness: ImportHarness, title: str) -> list[str]:
    """The titles of what a goal hangs on."""
    org = harness.org
    goals: list[Why | Objective | KeyResult] = [*org.whys.values(), *org.objectives.values(), *org.key_results.values()]
    (found,) = [each for each in goals if each.title == title]
    parents = [harness.org.node(link.parent) for link in harness.org.parents(found.id)]
    return [each.title for each in parents if each is not None]


def said(harness: ImportHarness, sheet: str, **other: object) -> str:
    found = harness.load(sheet, **other).report
    assert found is not None
    return "\n".join(each.message for each in found.skipped)


def test_a_parent_is_found_by_the_title_of_one_row() -> None:
    harness = ImportHarness()
    assert said(harness, PLAN.replace("Explain,W", "Explain,trust the  TIMETABLE")) == ""
    assert above(harness, "Explain") == ["Trust the timetable"]


def test_a_title_of_two_rows_means_neither_and_both_are_named() -> None:
    harness = ImportHarness()
    two = PLAN.replace("O,objective", "V,why,Trust the timetable,P,Ops\nO,objective")
    messages = said(harness, two.replace("Explain,W", "Explain,Trust the timetable"))
    assert "which may be W (line 3, “Trust the timetable”) or V (line 4, “Trust the timetable”)" in messages
    assert above(harness, "Explain") == []


def test_a_row_id_counts_before_a_title() -> None:
    harness = ImportHarness()
    said(harness, HEADER + "P,purpose,p,,\nGrow,why,Shrink,P,Ops\nW,why,Grow,P,Ops\nO,objective,Explain,Grow,Ops\n")
    assert above(harness, "Explain") == ["Shrink"]


def test_ids_meet_however_a_spreadsheet_writes_them_unless_two_rows_could_be_meant() -> None:
    harness = ImportHarness()
    messages = said(
        harness,
        HEADER + "1,purpose,p,,\n2,why,Grow,1.0,\n2.0,why,Shrink,01,\n"
        "3,objective,a,2,\n4,objective,b,2.0,\n5,objective,c,02,\n6,objective,d,003,\n",
    )
    assert (above(harness, "a"), above(harness, "b"), above(harness, "c"), above(harness, "d")) == (
        ["Grow"],
        ["Shrink"],
        [],
        ["a"],
    )
    assert "“02”, which may be 2 (line 3" in messages


def test_a_sheet_of_a_team_hangs_on_a_row_of_an_earlier_file_of_its_source() -> None:
    harness = ImportHarness()
    harness.load(PLAN)
    assert said(harness, HEADER + "T,objective,Call ahead,W,Stations\n") == ""
    assert above(harness, "Call ahead") == ["Trust the timetable"]
    assert "not linked to “W”" in said(harness, HEADER + "X,objective,Elsewhere,W,Depot\n", source="another")


def test_a_parent_may_be_a_goal_here_by_id_and_by_title() -> None:
    harness = ImportHarness()
    harness.load(PLAN)
    (why,) = harness.org.whys
    said(harness, HEADER + f"A,objective,By id,{why},\nB,objective,By title,Trust the timetable,\n", source="another")
    assert above(harness, "By id") == above(harness, "By title") == ["Trust the timetable"]
    assert said(harness, HEADER + "C,objective,Purposeful,better TRAINS,\n", source="another") == ""
    assert harness.org.purpose is not None


def test_a_title_of_two_goals_here_means_neither() -> None:
    harness = ImportHarness()
    harness.load(PLAN)
    harness.load(PLAN, source="second")
    messages = said(harness, HEADER + "T,objective,Call ahead,Trust the timetable,\n", source="third")
    assert "which may be why_" in messages
    assert above(harness, "Call ahead") == []


def test_a_goal_that_has_ended_is_not_meant_by_its_title() -> None:
    harness = ImportHarness()
    harness.load(PLAN)
    (why,) = harness.org.whys
    harness.do(RetireWhy(why=why, reason="over"))
    assert "not linked to" in said(harness, HEADER + "T,objective,Call ahead,Trust the timetable,\n", source="third")


def test_an_outline_number_is_a_parent_however_it_is_written() -> None:
    harness = ImportHarness()
    messages = said(
        harness,
        HEADER + "P,purpose,p,,\n1,why,Grow,P,\n1.1,objective,a,1.,\n1.1.1,key_result,k,1.01,\n1.2,objective,b,1),\n",
    )
    assert messages == ""
    assert (above(harness, "a"), above(harness, "k"), above(harness, "b")) == (["Grow"], ["a"], ["Grow"])


def test_several_parents_stand_in_one_cell_and_a_title_with_a_comma_is_one() -> None:
    harness = ImportHarness()
    messages = said(
        harness,
        HEADER + 'P,purpose,p,,\nW,why,"Grow, and fast",P,\nV,why,Last,P,\n'
        'a,objective,a,"Grow, and fast",\nb,objective,b,"W, Last",\nc,objective,c,"Last | Grow, and fast",\n'
        'd,objective,d,"W; Nothing",\ne,objective,e,"Nothing, at all",\n',
    )
    assert above(harness, "a") == ["Grow, and fast"]
    assert above(harness, "b") == ["Grow, and fast", "Last"]
    assert above(harness, "c") == ["Last", "Grow, and fast"]
    assert above(harness, "d") == ["Grow, and fast"]
    assert "not linked to “Nothing”" in messages
    assert "not linked to “Nothing, at all”" in messages


def test_each_parent_of_one_cell_has_its_line_of_the_because() -> None:
    harness = ImportHarness()
    harness.load(PLAN)
    row = 'T,objective,Call ahead,"Trust the timetable; Better trains","first\nsecond"\n'
    sheet = "Row ID,Type,Title,Parent,Because\n" + row
    harness.load(sheet, source="another")
    (goal,) = [each.id for each in harness.org.objectives.values() if each.title == "Call ahead"]
    assert [link.because for link in harness.org.parents(goal)] == ["first", "second"]


def test_a_link_whose_parent_could_not_be_told_this_time_stays() -> None:
    harness = ImportHarness()
    harness.load(PLAN)
    two = PLAN.replace("O,objective", "V,why,Trust the timetable,P,Ops\nO,objective")
    said(harness, two.replace("Explain,W", "Explain,Trust the timetable"))
    assert above(harness, "Explain") == ["Trust the timetable"]


def test_a_key_result_measures_its_first_parent_or_nothing() -> None:
    harness = ImportHarness()
    messages = said(harness, PLAN + 'K,key_result,k,"GONE\nO",\nL,key_result,l,"O\nGONE",\n')
    assert [each.title for each in harness.org.key_results.values()] == ["l"]
    assert messages.count("not linked to “GONE”") == 2


def test_a_key_result_that_is_called_like_its_objective_measures_it() -> None:
    harness = ImportHarness()
    assert said(harness, PLAN + "K,key_result,Explain,explain,\nL,key_result,Explain,Explain,\n") == ""
    assert len(harness.org.key_results) == 2


def test_a_row_is_not_its_own_parent_by_title() -> None:
    harness = ImportHarness()
    assert "not linked" in said(harness, PLAN + "X,objective,Alone,Alone,\n")
    assert above(harness, "Alone") == []


def test_an_id_that_two_rows_have_is_nobodys_parent_and_what_may_be_theirs_is_named() -> None:
    harness = ImportHarness()
    messages = said(
        harness,
        HEADER + "P,purpose,p,,\n1.1,objective,First,P,\n1.1,objective,Tenth,P,\n1.1.1,objective,Child,1.1,\n"
        '2,objective,Both,"P\n1.1",\n',
    )
    assert "line 3 has the same id already; its children may be line 5 (1.1.1), line 6 (2)" in messages
    assert "“1.1”, which may be 1.1 (line 3, “First”) or 1.1 (line 4, “Tenth”)" in messages
    assert (above(harness, "Child"), above(harness, "Both")) == ([], ["p"])


def test_a_row_that_is_there_twice_with_the_same_words_is_no_question() -> None:
    harness = ImportHarness()
    said(harness, HEADER + "P,purpose,p,,\nA,objective,a,P,\nA,objective,a,P,\nB,objective,b,A,\n")
    assert above(harness, "b") == ["a"]


def test_a_title_of_all_rows_as_the_parent_of_all_rows_takes_no_time() -> None:
    harness, start = ImportHarness(), time.process_time()
    many = "".join(f"O{n},objective,Same,Same,\nK{n},key_result,Key,Same;Key,\n" for n in range(3000))
    messages = said(harness, HEADER + "P,purpose,p,,\n" + many)
    assert time.process_time() - start < 20
    assert "O4 (line 11, “Same”) or O5 (line 13, “Same”) or many more; name one." in messages


def test_an_id_of_many_rows_is_said_in_few_words_to_each_of_many_children() -> None:
    same = "".join(f"A,objective,a{n},P,\n" for n in range(3000))
    plan = exchange.read(HEADER + "P,purpose,p,,\n" + same + "".join(f"B{n},objective,b{n},A,\n" for n in range(3000)))
    assert plan.rows[-1].parents[0].may_be[-2:] == ["A (line 7, “a4”)", "2995 more"]
    assert len(exchange.write(plan, PlanFormat.JSON)) < 3000 * 1000


def test_hostile_texts_of_parents_take_no_time() -> None:
    harness = ImportHarness()
    many = "".join(f'O{n},objective,Same,"{"a, " * 99}b",\n' for n in range(2000))
    start = time.perf_counter()
    found = harness.load(
        HEADER + "P,purpose,p,,\n" + many + "X,objective,x,Same,\nY,objective,y," + "a;" * 50_000 + ",\n"
    )
    assert time.perf_counter() - start < 20
    assert report(found)[0] == 2003
