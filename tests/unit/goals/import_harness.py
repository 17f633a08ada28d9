"""An organization that plans are imported into, and the verdicts on it."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from goldenthread import exchange
from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.events.alignment import Verdict
from goldenthread.contracts.plan import Plan
from goldenthread.organization.organization import Organization
from services.alignment.domain.verdict import Graph
from services.goals.domain.decide import decide
from services.goals.domain.decision import Decision, DecisionContext, DecisionLimits
from services.goals.domain.imports.import_plan import import_plan
from services.goals.domain.merge_base import MergeBase, MergeBaseChanges
from services.goals.domain.org_chart.bootstrap import bootstrap
from tests.support.entities import T0

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


class ImportHarness:
    """An organization and a graph that both follow what is imported, and what is remembered of every source."""

    def __init__(self) -> None:
        self.limits, self.time = DecisionLimits(), T0
        self.org, self.graph, self.head = Organization(), Graph(), 0
        self.numbers = count()
        self.merge_bases: dict[str, MergeBase] = {}
        self.take(bootstrap(self.org, "Example", self.context(None)))
        self.admin = next(iter(self.org.people))

    def context(self, actor: str | None) -> DecisionContext:
        new_id = lambda kind: f"{kind}_{next(self.numbers):05}"  # noqa: E731
        return DecisionContext(
            actor=actor, now=self.time, new_id=new_id, next_sequence=self.head + 1, limits=self.limits
        )

    def take(self, decision: Decision) -> Decision:
        for fact in decision.facts:
            self.head += 1
            self.graph.apply(fact.payload, self.head)
        self.graph.judge()
        return decision

    def load(self, content: str | bytes, **other: Any) -> Decision:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        return self.imports(exchange.read(text), **other)

    def imports(self, plan: Plan, **other: Any) -> Decision:
        """Take a plan in, as goals does: with what is remembered of its source, and remembering it."""
        command = ImportPlan(**{"source": "file", "content": "", **other})
        merge_base = self.merge_bases.get(command.source or "", MergeBase())
        decision = import_plan(self.org, command, plan, self.context(self.admin), merge_base)
        self.merge_bases[command.source or ""] = after(merge_base, decision)
        return self.take(decision)

    def do(self, command: Any, actor: str | None = None) -> Decision:
        """Any other command, by the administrator unless another person is named."""
        return self.take(decide(self.org, command, self.context(actor or self.admin)))

    def verdict(self, row: str) -> Verdict:
        found = self.graph.verdict(self.row(row).id)
        assert found is not None
        return found

    def row(self, row: str) -> Any:
        return next(each for each in self.org.entities() if getattr(each, "source_key", None) == f"file/{row}")


def after(merge_base: MergeBase, decision: Decision) -> MergeBase:
    """What is remembered after an import."""
    new = decision.remembered or MergeBaseChanges()
    rows = {row: said for row, said in {**merge_base.rows, **new.rows}.items() if said is not None}
    return MergeBase(rows, {**merge_base.units, **new.units})


def report(decision: Decision) -> tuple[int, int, int, int]:
    assert decision.report is not None
    return decision.report.created, decision.report.updated, decision.report.unchanged, len(decision.report.skipped)


def close_the_cycle(harness: ImportHarness, carried: str | None = None) -> None:
    """Close the only cycle; the objective of row `carried` goes on in another one."""
    (cycle,) = harness.org.cycles

    def do(command: c.AnyCommand) -> Decision:
        return harness.take(decide(harness.org, command, harness.context(harness.admin)))

    following = do(c.OpenCycle(name="Q2", starts_on=date(2025, 4, 1), ends_on=date(2025, 6, 30))).ids[0]
    open_ = {each.id for each in harness.org.objectives.values() if each.cycle == cycle}
    going_on = {harness.row(carried).id} if carried else set()
    archive = sorted(open_ - going_on)
    do(c.CloseCycle(cycle=cycle, carry_over=list(going_on), to_cycle=following, archive=archive))
