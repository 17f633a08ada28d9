"""Importing: a plan becomes goals once, however often it is read, and what it does not say is not made up."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from goldenthread import exchange
from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.entities import LinkKind, LinkState, ObjectiveState
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict
from goldenthread.contracts.events.goals import PlanImported, entities_of
from goldenthread.contracts.organization import Organization
from services.alignment.domain.verdict import Graph
from services.goals.domain.bootstrap import bootstrap
from services.goals.domain.case import Context, Decision
from services.goals.domain.imports import import_plan
from tests.support.entities import T0

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason="the real strategy data lies beside the checkout, and is not there")

SHEET = """Row ID,Type,Title,Parent,Entity,Because,Start Value,Target Value,Current Value,Start Date,End Date,Period
P,purpose,Be useful,,,,,,,,,
W,why,Grow,P,Board,Growth keeps us useful,,,,,,
O1,objective,Sell more,W,Sales,Sales are growth,,,,2025-01-01,2025-03-31,Q1
O2,objective,Ship faster,"O1
K1",IT,,,,,,,
K1,key_result,Deals closed,O1,Sales,,0,10,4,,,
K2,key_result,Lead time,"O2
O1",IT,,30,5,20,,,
"""


class Desk:
    """An organisation and a graph that both follow what is imported."""

    def __init__(self) -> None:
        self.org, self.graph, self.head = Organization(), Graph(), 0
        self.numbers = count()
        self.take(bootstrap(self.org, "Example", self.context(None)))
        self.admin = next(iter(self.org.people))

    def context(self, actor: str | None) -> Context:
        new_id = lambda kind: f"{kind}_{next(self.numbers):05}"  # noqa: E731
        return Context(actor=actor, now=T0, new_id=new_id, next_sequence=self.head + 1)

    def take(self, decision: Decision) -> Decision:
        for fact in decision.facts:
            self.head += 1
            self.graph.apply(fact.payload, self.head)
        self.graph.judge()
        return decision

    def load(self, content: str | bytes, **other: Any) -> Decision:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        command = ImportPlan(**{"source": "file", "content": text, **other})
        return self.take(import_plan(self.org, command, exchange.read(text), self.context(self.admin)))

    def verdict(self, row: str) -> Verdict:
        found = self.graph.verdict(self.row(row).id)
        assert found is not None
        return found

    def row(self, row: str) -> Any:
        return next(each for each in self.org.entities() if getattr(each, "source_key", None) == f"file/{row}")


def report(decision: Decision) -> tuple[int, int, int, int]:
    assert decision.report is not None
    return decision.report.created, decision.report.updated, decision.report.unchanged, len(decision.report.skipped)


def test_a_plan_becomes_goals_with_their_units_links_and_numbers() -> None:
    desk = Desk()
    decision = desk.load(SHEET)
    assert report(decision) == (6, 0, 0, 0)
    assert isinstance(decision.facts[-1].payload, PlanImported)
    assert {unit.name for unit in desk.org.units.values()} == {"Example", "Board", "Sales", "IT"}
    k2 = desk.row("K2")
    assert (k2.measures, k2.start_value, k2.target_value, k2.direction) == (desk.row("O2").id, 30, 5, "DECREASE")
    up = {link.parent: link for link in desk.org.parents(k2.id)}
    assert up[desk.row("O2").id].measure
    assert up[desk.row("O1").id].kind is LinkKind.SUPPORTS
    assert [cycle.name for cycle in desk.org.cycles.values()] == ["Q1"]


def test_imported_links_are_accepted_and_explained_only_where_the_file_says_why() -> None:
    desk = Desk()
    desk.load(SHEET)
    assert all(link.state is LinkState.ACCEPTED for link in desk.org.links.values())
    assert desk.verdict("O1").state is AlignmentState.ALIGNED
    assert desk.verdict("O2").state is AlignmentState.UNEXPLAINED


def test_the_same_file_twice_changes_nothing() -> None:
    desk = Desk()
    desk.load(SHEET)
    again = desk.load(SHEET)
    assert again.facts == []
    assert report(again) == (0, 0, 6, 0)


def test_a_changed_file_changes_only_what_differs() -> None:
    desk = Desk()
    desk.load(SHEET)
    decision = desk.load(SHEET.replace("Sell more", "Sell much more").replace("0,10,4", "0,10,7"))
    assert report(decision) == (0, 2, 4, 0)
    changed = [type(fact.payload).__name__ for fact in decision.facts]
    assert changed == ["ObjectiveChanged", "KeyResultChanged", "PlanImported"]


def test_a_because_that_comes_later_explains_the_link() -> None:
    desk = Desk()
    desk.load(SHEET)
    decision = desk.load(SHEET.replace('K1",IT,,,', 'K1",IT,Speed sells,,'))
    assert report(decision) == (0, 1, 5, 0)
    assert desk.verdict("O2").state is AlignmentState.ALIGNED


def test_a_row_that_moves_leaves_its_old_parent() -> None:
    desk = Desk()
    desk.load(SHEET)
    desk.load(SHEET.replace("Sell more,W,", "Sell more,P,"))
    parents = [link.parent for link in desk.org.parents(desk.row("O1").id)]
    assert desk.org.purpose is not None
    assert parents == [desk.org.purpose.id]


def test_rows_gone_from_the_file_are_reported_as_missing_and_never_archived() -> None:
    desk = Desk()
    desk.load(SHEET)
    decision = desk.load(SHEET[: SHEET.index("K2,key_result")])
    assert decision.report is not None
    assert decision.report.missing == ["K2"]
    assert not desk.row("K2").removed


def test_two_sources_may_both_have_a_row_one() -> None:
    desk = Desk()
    desk.load(SHEET)
    assert report(desk.load(SHEET, source="other")) == (5, 0, 1, 0)
    assert len(desk.org.objectives) == 4


def test_a_loop_is_stored_and_judged_loop() -> None:
    desk = Desk()
    desk.load(
        "Row ID,Type,Title,Parent\nP,purpose,Be useful,\nA,objective,One,B\nB,objective,Two,A\nC,objective,Three,A\n"
    )
    assert {desk.verdict(row).cause for row in "ABC"} == {OrphanCause.LOOP}


def test_a_row_that_cannot_be_taken_is_reported_and_so_is_what_hangs_on_it() -> None:
    desk = Desk()
    decision = desk.load(
        "Row ID,Type,Title,Parent\nP,purpose,Be useful,\n"
        "K,key_result,On nothing,\nO,objective,Sell,K\nO2,objective,Buy,P\n"
    )
    assert report(decision) == (3, 0, 0, 2)
    assert desk.verdict("O").cause is OrphanCause.NOT_LINKED


def test_an_objective_that_is_over_comes_in_active_unless_close_past() -> None:
    kept, closed = Desk(), Desk()
    kept.load(SHEET)
    closed.load(SHEET, close_past=True)
    assert date(2025, 3, 31) < T0.date()
    assert kept.row("O1").state is ObjectiveState.ACTIVE
    assert closed.row("O1").state is ObjectiveState.CLOSED


def test_the_published_purpose_is_kept_unless_the_file_is_to_replace_it() -> None:
    desk = Desk()
    desk.load(SHEET)
    other = SHEET.replace("Be useful", "Be loved")
    desk.load(other)
    assert desk.org.purpose is not None
    assert (desk.org.purpose.statement, desk.org.purpose.version) == ("Be useful", 1)
    desk.load(other, replace_purpose=True)
    assert (desk.org.purpose.statement, desk.org.purpose.version) == ("Be loved", 2)


def test_only_an_administrator_imports() -> None:
    desk = Desk()
    desk.org.put(structs.replace(desk.org.people[desk.admin], roles=[]))
    with pytest.raises(Refused) as refused:
        desk.load(SHEET)
    assert refused.value.problems[0].code is ErrorCode.FORBIDDEN


def test_a_fold_of_the_facts_is_the_organization() -> None:
    desk = Desk()
    facts = [*desk.load(SHEET).facts, *desk.load(SHEET.replace("Sell more", "Sell less")).facts]
    folded = {entity.id: entity for fact in facts for entity in entities_of(fact.payload)}
    assert all(desk.org.get(id) == entity for id, entity in folded.items())


# -- real plans ----------------------------------------------------------------------------------------------------


def objectives(desk: Desk) -> Counter[tuple[AlignmentState, OrphanCause | None]]:
    found = [desk.graph.verdict(id) for id in desk.org.objectives]
    return Counter((each.state, each.cause) for each in found if each is not None)


@real
def test_the_four_agencies_have_exactly_their_priority_goals_orphaned() -> None:
    desk = Desk()
    assert report(desk.load((DATA / "performance-gov-4-agencies.csv").read_bytes())) == (145, 0, 0, 0)
    assert objectives(desk) == {
        (AlignmentState.ORPHANED, OrphanCause.NOT_LINKED): 12,
        (AlignmentState.UNEXPLAINED, None): 69,
    }


@real
def test_gitlabs_cascade_has_no_orphan_and_keeps_both_parents() -> None:
    desk = Desk()
    content = (DATA / "gitlab-fy21-q1.csv").read_bytes()
    assert report(desk.load(content)) == (473, 0, 0, 0)
    assert not any(state is AlignmentState.ORPHANED for state, _ in objectives(desk))
    assert Counter(len(desk.org.parents(id)) for id in desk.org.key_results)[2] == 2
    under_whys = [each for each in desk.org.key_results.values() if each.measures.startswith("why_")]
    stated = [row for row in exchange.read(content).rows if row.type == "key_result"]
    whys = {row.row for row in exchange.read(content).rows if row.type == "why"}
    assert len(under_whys) == sum(row.parents[0].row in whys for row in stated) > 0
    assert desk.load(content).facts == []


@real
@pytest.mark.parametrize(
    ("file", "whys", "goals", "measures", "readings"),
    [("PMOAI.xml", 1, 5, 0, 0), ("US_Assistance_to_Albania.xml", 8, 20, 20, 411)],
)
def test_stratml_plans_come_in_whole(file: str, whys: int, goals: int, measures: int, readings: int) -> None:
    desk = Desk()
    content = (DATA / "stratml" / file).read_bytes()
    plan = exchange.read(content)
    desk.load(content)
    assert (len(desk.org.whys), len(desk.org.objectives), len(desk.org.key_results)) == (whys, goals, measures)
    assert sum(len(row.readings) for row in plan.rows) == len(desk.org.check_ins)
    assert len(desk.org.check_ins) == readings
    assert desk.load(content).facts == []
