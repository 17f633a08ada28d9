"""Two files that come again and again while people go on: whatever the order, nothing that people did is undone."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id, Link
from goldenthread.contracts.enums import ConflictChoice, UnitFunction
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.plan import Plan, PlanCycle, PlanFormat, PlanParent, PlanRow, RowType
from goldenthread.organization.organization import LIVE_LINKS, OPEN_LINKS
from services.goals.domain.decision import Decision
from services.goals.domain.imports.import_plan import import_plan
from services.goals.domain.imports.node_cells import base_row_of
from services.goals.domain.imports.successors import ended, followed
from services.goals.domain.merge_base import MergeBase
from tests.unit.goals.import_harness import ImportHarness

SHEET, HOME = "sheet", "export"
"""A file of somebody else's, and an export of what became of it: both are about the same goals."""
THEIRS, OURS = ConflictChoice.THEIRS, ConflictChoice.OURS
CYCLES = [PlanCycle("Q1", date(2026, 1, 1), date(2026, 3, 31)), PlanCycle("Q2", date(2026, 4, 1), date(2026, 6, 30))]
WHYS, GOALS = ("W", "V"), ("A", "B")
ROWS = {**dict.fromkeys(WHYS, RowType.WHY), **dict.fromkeys(GOALS, RowType.OBJECTIVE), "K": RowType.KEY_RESULT}
MOVES = ("reaffirm", "withdraw", "counter", "decline")
COPIED: dict[str, dict[str, Any]] = {"goes on": {}, "starts anew": {"start_value": 1.0}, "ends": {"leave_out": True}}
numbers = st.integers(0, 2)
choices = st.sampled_from([None, None, THEIRS, OURS])


def row_of(id: str, title: int = 0, **other: Any) -> PlanRow:
    return PlanRow(id, f"line {id}", ROWS[id], f"{id} {title}", **other)


def first() -> dict[str, PlanRow]:
    """What the sheet says at first. The objectives hang on W, the key result on A."""
    rows = [row_of(id) for id in WHYS]
    rows += [row_of(id, description="d 0", parents=[PlanParent("W", "b 0")], cycle="Q1", unit="Ops") for id in GOALS]
    rows.append(row_of("K", parents=[PlanParent("A")], current_value=0.0, target_value=9.0))
    return {row.row: row for row in rows}


class Merges(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.harness = ImportHarness()
        self.fold = self.harness.org.copy()
        self.versions: dict[str, list[dict[str, PlanRow]]] = {SHEET: [first()], HOME: []}
        self.nodes: dict[str, Id] = {}
        self.settled: dict[tuple[str, str, str], Any] = {}
        """By source, row and cell: what the file said when it and what is here last agreed, or OURS was decided."""

    @initialize()
    def begin(self) -> None:
        for fact in self.harness.imports(self.plan(SHEET, first()), source=SHEET).facts:
            self.fold.apply(fact.payload)
        self.nodes = {id: self.sheet_row(id).id for id in ROWS}
        for id, row in first().items():
            self.settle(SHEET, id, stated(row))
        self.export()

    def sheet_row(self, id: str) -> Any:
        org = self.harness.org
        nodes: list[Any] = [*org.whys.values(), *org.objectives.values(), *org.key_results.values()]
        return next(each for each in nodes if each.source_key == f"{SHEET}/{id}")

    # -- files ---------------------------------------------------------------------------------------------------------

    @rule()
    def export(self) -> None:
        """The organization as it is now becomes a file of its own, which is what is remembered of it."""
        org = self.harness.org
        found: dict[Any, Any] = {}
        for id, node in self.nodes.items():
            if not ended(org, node):
                found[id] = self.exported(id)
        self.versions[HOME] = [found]
        rows = {self.nodes[id]: base_row_of(org, self.nodes[id], exact=True) for id in found}
        self.harness.merge_bases[HOME] = MergeBase(rows)
        self.forget(HOME)
        for id, row in found.items():
            self.settle(HOME, id, stated(row))

    def exported(self, id: str) -> PlanRow:
        org, node = self.harness.org, self.harness.org.node(self.nodes[id])
        links = [] if id == "K" else [each for each in org.parents(self.nodes[id]) if org.under_way(each.parent)]
        names = {node: name for name, node in self.nodes.items()}
        parents = [PlanParent(names[each.parent], each.because, each.kind) for each in links if each.parent in names]
        assert node is not None
        return replace(
            row_of(id),
            title=node.title,
            description=getattr(node, "description", None),
            parents=[PlanParent("A")] if id == "K" else parents,
            current_value=getattr(node, "current_value", None),
            cells={} if parents else {"parents": ""},
        )

    @rule(source=st.sampled_from([SHEET, HOME]), id=st.sampled_from([*ROWS]), title=numbers, choice=choices)
    def retitled(self, source: str, id: str, title: int, choice: ConflictChoice | None) -> None:
        self.edited(source, id, choice, title=f"{id} {title}")

    @rule(source=st.sampled_from([SHEET, HOME]), id=st.sampled_from(GOALS), number=numbers, choice=choices)
    def described(self, source: str, id: str, number: int, choice: ConflictChoice | None) -> None:
        self.edited(source, id, choice, description=f"d {number}")

    @rule(source=st.sampled_from([SHEET, HOME]), value=numbers, choice=choices)
    def measured(self, source: str, value: int, choice: ConflictChoice | None) -> None:
        self.edited(source, "K", choice, current_value=float(value))

    @rule(
        source=st.sampled_from([SHEET, HOME]),
        id=st.sampled_from(GOALS),
        whys=st.lists(st.sampled_from(WHYS), unique=True),
        because=numbers,
        proposed=st.booleans(),
        choice=choices,
    )
    def linked(
        self, source: str, id: str, whys: list[str], because: int, proposed: bool, choice: ConflictChoice | None
    ) -> None:
        parents = [PlanParent(why, f"b {because}", proposed=proposed) for why in whys]
        self.edited(source, id, choice, parents=parents, cells={} if parents else {"parents": ""})

    @rule(unit=st.sampled_from(["Ops", "IT"]), cycle=st.sampled_from(["Q1", "Q2"]), choice=choices)
    def placed(self, unit: str, cycle: str, choice: ConflictChoice | None) -> None:
        self.edited(SHEET, "A", choice, unit=unit, cycle=cycle)

    @rule(source=st.sampled_from([SHEET, HOME]), back=st.integers(0, 5), choice=choices)
    def older(self, source: str, back: int, choice: ConflictChoice | None) -> None:
        versions = self.versions[source]
        self.imports(source, versions[max(0, len(versions) - 1 - back)], choice)

    @rule(source=st.sampled_from([SHEET, HOME]), gone=st.sampled_from([*ROWS]))
    def without_a_row(self, source: str, gone: str) -> None:
        self.imports(source, {id: row for id, row in self.versions[source][-1].items() if id != gone}, None)

    @rule(source=st.sampled_from([SHEET, HOME]))
    def memory_is_lost(self, source: str) -> None:
        self.harness.merge_bases.pop(source, None)
        self.forget(source)

    def edited(self, source: str, id: str, choice: ConflictChoice | None, **changed: Any) -> None:
        version = self.versions[source][-1]
        if id in version:
            self.versions[source].append({**version, id: replace(version[id], **changed)})
        self.imports(source, self.versions[source][-1], choice)

    def now(self, id: str) -> Id:
        """What a row is about now."""
        return followed(self.harness.org, self.nodes[id])

    # -- people --------------------------------------------------------------------------------------------------------

    def people(self, *commands: Any) -> None:
        """Commands one after the other, as far as they are not refused."""
        for command in commands:
            with suppress(Refused):
                self.harness.org.begin()
                try:
                    decision = self.harness.do(command)
                except Refused:
                    self.harness.org.rollback()
                    raise
                self.harness.org.commit()
                for fact in decision.facts:
                    self.fold.apply(fact.payload)

    @rule(id=st.sampled_from(GOALS), title=numbers, description=numbers)
    def goal_is_edited(self, id: str, title: int, description: int) -> None:
        goal = self.now(id)
        self.people(c.UpdateObjective(objective=goal, title=f"{id} {title}", description=f"d {description}"))

    @rule(id=st.sampled_from(WHYS), number=numbers)
    def why_is_revised(self, id: str, number: int) -> None:
        why = self.harness.org.whys[self.nodes[id]]
        self.people(c.ReviseWhy(why=why.id, expected_version=why.version, statement=f"{id} {number}"))

    @rule(value=numbers)
    def checked_in(self, value: int) -> None:
        self.people(c.RecordCheckIn(key_result=self.now("K"), value=float(value)))

    @rule(
        id=st.sampled_from(GOALS), number=numbers, move=st.sampled_from(["reaffirm", "withdraw", "counter", "decline"])
    )
    def link_is_talked_about(self, id: str, number: int, move: str) -> None:
        for link in self.harness.org.parents(self.now(id), *LIVE_LINKS)[:1]:
            if move == "reaffirm":
                self.people(c.ReaffirmLinks(links=[link.id], because=f"b {number}"))
            elif move == "withdraw":
                self.people(c.WithdrawLink(link=link.id, reason="people"))
            elif move == "counter":
                self.people(c.CounterLink(link=link.id, round=link.round, because=f"counter {number}"))
            else:
                self.people(c.DeclineLink(link=link.id, round=link.round, reason="people"))

    @rule(id=st.sampled_from(GOALS), why=st.sampled_from(WHYS), accept=st.booleans())
    def linked_by_people(self, id: str, why: str, accept: bool) -> None:
        self.people(c.ProposeLink(child=self.nodes[id], parent=self.nodes[why], because="b 1"))
        if accept:
            for link in self.harness.org.parents(self.nodes[id], *OPEN_LINKS):
                self.people(c.AcceptLink(link=link.id, round=link.round))

    @rule(id=st.sampled_from(GOALS), successor=st.booleans())
    def goal_is_closed(self, id: str, successor: bool) -> None:
        other = self.nodes["B" if id == "A" else "A"] if successor else None
        self.people(c.CloseObjective(objective=self.nodes[id], grade=1, note="Done", successor=other))

    @rule(id=st.sampled_from(GOALS))
    def goal_is_opened_again(self, id: str) -> None:
        self.people(c.ReopenObjective(objective=self.nodes[id], reason="after all"))

    @rule(successor=st.booleans())
    def why_is_retired(self, successor: bool) -> None:
        other = self.nodes["V"] if successor else None
        self.people(c.RetireWhy(why=self.nodes["W"], reason="Over", successor=other))

    @rule(id=st.sampled_from(GOALS))
    def goal_is_carried_over(self, id: str) -> None:
        second = next(each.id for each in self.harness.org.cycles.values() if each.name == "Q2")
        self.people(c.CarryOver(objectives=[self.nodes[id]], to_cycle=second))

    @rule(id=st.sampled_from(GOALS), cycle=st.sampled_from(["Q1", "Q2"]), title=numbers, k=st.sampled_from([*COPIED]))
    def goal_is_copied(self, id: str, cycle: str, title: int, k: str) -> None:
        org, goal, measure = self.harness.org, self.now(id), self.now("K")
        to = next(each.id for each in org.cycles.values() if each.name == cycle)
        told = [c.CopyKeyResult(key_result=measure, **COPIED[k])] if org.key_results[measure].measures == goal else []
        called = f"{id} {title}" if title else None
        copied = c.CopyObjective(objective=goal, grade=1, note="Done", title=called, key_results=told)
        self.people(c.CarryOver(to_cycle=to, copy=[copied]))

    @rule(name=st.sampled_from(["Ops", "IT"]), what=st.sampled_from(["rename", "move", "close"]))
    def unit_is_changed(self, name: str, what: str) -> None:
        org = self.harness.org
        unit = next((each for each in org.units.values() if each.name == name and not each.closed), None)
        if unit is None or org.info is None:
            return
        if what == "rename":
            self.people(c.UpdateUnit(unit=unit.id, name=f"{name} renamed"))
        elif what == "move":
            self.people(c.CreateUnit(name=f"Above {name}", function=UnitFunction.BUSINESS, parent=org.info.root))
            above = next(each.id for each in org.units.values() if each.name == f"Above {name}")
            self.people(c.MoveUnit(unit=unit.id, parent=above))
        else:
            self.people(c.CloseUnit(unit=unit.id, successor=org.info.root))

    # -- what holds of every import ------------------------------------------------------------------------------------

    def imports(self, source: str, rows: dict[str, PlanRow], choice: ConflictChoice | None) -> None:
        plan, org = self.plan(source, rows), self.harness.org
        before = self.here()
        links, over = dict(org.links), {id for id in self.nodes.values() if ended(org, id)}
        nodes = {row: said.node for row, said in self.merge_base(source).rows.items()}
        dry = self.computed(source, plan, choice)
        decision = self.harness.imports(plan, source=source, conflicts=choice)
        assert (decision.facts, decision.report, decision.remembered) == (dry.facts, dry.report, dry.remembered)
        for fact in decision.facts:
            self.fold.apply(fact.payload)
        self.nothing_is_undone(source, rows, before, choice)
        self.links_of_people_stay(links, choice)
        assert {id for id in self.nodes.values() if ended(org, id)} == over, "an import ends and reopens nothing"
        assert nodes.items() <= {row: said.node for row, said in self.merge_base(source).rows.items()}.items()
        again = self.computed(source, plan, None)
        assert again.remembered is not None
        assert (again.facts, again.remembered.rows, again.remembered.units) == ([], {}, {}), self.differing(
            source, again
        )

    def differing(self, source: str, decision: Decision) -> list[tuple[str, object]]:
        """The cells that are remembered anew."""
        assert decision.remembered is not None
        before, after = self.merge_base(source).rows, decision.remembered.rows
        return [
            (row, set(said.cells.items()) ^ set(before[row].cells.items()))
            for row, said in after.items()
            if said is not None and row in before
        ]

    def plan(self, source: str, rows: dict[str, PlanRow]) -> Plan:
        """The rows of an export are called by the ids of their nodes."""
        found = list(rows.values())
        if source == HOME:
            named = [[replace(each, row=self.nodes[each.row]) for each in row.parents] for row in found]
            found = [
                replace(row, row=self.nodes[row.row], parents=parents)
                for row, parents in zip(found, named, strict=True)
            ]
        return Plan(PlanFormat.JSON, found, cycles=CYCLES if source == SHEET else [])

    def computed(self, source: str, plan: Plan, choice: ConflictChoice | None) -> Decision:
        """What an import would do, on a copy."""
        start = next(self.harness.numbers)
        self.harness.numbers, mine = count(start), count(start)
        context = replace(self.harness.context(self.harness.admin), new_id=lambda kind: f"{kind}_{next(mine):05}")
        command = c.ImportPlan(source=source, content="", conflicts=choice, dry_run=True)
        return import_plan(self.harness.org.copy(), command, plan, context, self.merge_base(source))

    def nothing_is_undone(
        self, source: str, rows: dict[str, PlanRow], before: dict[tuple[str, str], Any], choice: ConflictChoice | None
    ) -> None:
        after = self.here()
        for id, row in rows.items():
            for cell, file in stated(row).items():
                was, now = before.get((id, cell)), after[id, cell]
                key = (source, id, cell)
                if (id, cell) in before and was != now:
                    assert now in {stated(each)[cell] for each in rows.values() if cell in stated(each)}
                    untouched = key in self.settled and self.settled[key] == was
                    assert choice is THEIRS or untouched or self.shares(id), (key, was, now)
                over = ended(self.harness.org, followed(self.harness.org, self.nodes[id]))
                asked = file not in (was, self.settled.get(key)) and (over or self.settled.get(key) != was)
                if asked and choice is OURS:
                    self.settled[key] = file
            self.settle(source, id, stated(row))

    def shares(self, id: str) -> bool:
        """Do two rows lead to one node now?"""
        leads = [followed(self.harness.org, node) for node in self.nodes.values()]
        return leads.count(followed(self.harness.org, self.nodes[id])) > 1

    def links_of_people_stay(self, before: dict[Id, Link], choice: ConflictChoice | None) -> None:
        org = self.harness.org
        ended_by_people: set[tuple[Id, Id]] = set()
        for link in before.values():
            if link.state in OPEN_LINKS:
                assert org.links[link.id] == link, "nobody answers a proposal but who is asked"
            mine = [id for id, node in self.nodes.items() if followed(org, node) == link.child]
            if link.because == org.links[link.id].because and (choice is not THEIRS or len(mine) < 2):
                assert org.links[link.id].because_version == link.because_version, "nothing is reaffirmed by the way"
            pair = {(link.child, link.parent)}
            ended_by_people = ended_by_people | pair if link.reason == "people" else ended_by_people - pair
        made = {(link.child, link.parent) for id, link in org.links.items() if id not in before}
        assert choice is THEIRS or not made & ended_by_people

    @invariant()
    def a_fold_of_the_facts_is_the_organization(self) -> None:
        assert {each.id: each for each in self.fold.entities()} == {
            each.id: each for each in self.harness.org.entities()
        }

    # -- what is here --------------------------------------------------------------------------------------------------

    def here(self) -> dict[tuple[str, str], Any]:
        org = self.harness.org
        found: dict[Any, Any] = {}
        for id, node in self.nodes.items():
            now = org.node(followed(org, node))
            assert now is not None
            found[id, "title"] = now.title
            found[id, "description"] = getattr(now, "description", None)
            found[id, "current_value"] = getattr(now, "current_value", None)
        return found

    def settle(self, source: str, id: str, file: dict[str, Any]) -> None:
        here = self.here()
        self.settled |= {(source, id, cell): value for cell, value in file.items() if here[id, cell] == value}

    def forget(self, source: str) -> None:
        self.settled = {key: value for key, value in self.settled.items() if key[0] != source}

    def merge_base(self, source: str) -> MergeBase:
        return self.harness.merge_bases.get(source, MergeBase())


def stated(row: PlanRow) -> dict[str, Any]:
    """The cells that are held against what is here, where the row states them."""
    found: dict[str, Any] = {"title": row.title, "description": row.description, "current_value": row.current_value}
    return {cell: value for cell, value in found.items() if value is not None}


Merges.TestCase.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)
TestMerges = pytest.mark.slow(Merges.TestCase)
