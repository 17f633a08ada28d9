"""An organization in the middle of a quarter: goals of three teams on one thread, and the cycle that comes next."""

from __future__ import annotations

from datetime import date
from typing import Any

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id, KeyResult, Objective
from goldenthread.contracts.enums import LinkState
from services.goals.domain.decision import Decision
from tests.unit.goals.world import Acme


class Quarter(Acme):
    """`parent` of Sales serves a why; `goal` of Web serves `parent`; `below` of Tech serves `goal`: all explained."""

    def __init__(self) -> None:
        super().__init__()
        self.next = self.id(c.OpenCycle(name="Q2", starts_on=date(2027, 1, 1), ends_on=date(2027, 3, 31)))
        self.why = self.id(c.PublishWhy(statement="Grow", because="b", audience=[self.sales]), self.executive)
        self.parent, self.goal, self.below = (
            self.in_cycle(unit, title) for unit, title in ((self.sales, "P"), (self.web, "G"), (self.tech, "B"))
        )
        self.top = self.accepted(self.parent, self.why)
        self.up, self.down = self.accepted(self.goal, self.parent), self.accepted(self.below, self.goal)

    def in_cycle(self, unit: Id, title: str, **other: Any) -> Id:
        return self.id(c.CreateObjective(title=title, owners=[unit], cycle=self.cycle, **other))

    def accepted(self, child: Id, parent: Id, in_return: str | None = "two people") -> Id:
        link = self.propose(child, parent)
        if link.state is LinkState.PROPOSED:
            self.do(c.AcceptLink(link=link.id, round=1, in_return=in_return))
        return link.id

    def measure(self, start: float | None, target: float | None, now: float | None = None, **other: Any) -> Id:
        spec = c.KeyResultSpec(title="m", start_value=start, target_value=target, **other)
        id = self.id(c.AddKeyResult(measures=self.goal, key_result=spec))
        if now is not None:
            self.do(c.RecordCheckIn(key_result=id, value=now, confidence=0.5))
        return id

    def asked(self, objective: Id | None = None, **other: Any) -> c.CopyObjective:
        return c.CopyObjective(**{"objective": objective or self.goal, "grade": 0.7, "note": "Nearly", **other})

    def copy(self, objective: Id | None = None, **other: Any) -> Objective:
        decision = self.do(c.CarryOver(to_cycle=self.next, copy=[self.asked(objective, **other)]))
        return self.org.objectives[decision.ids[0]]

    def copied(self, key_result: Id) -> KeyResult:
        return next(each for each in self.org.key_results.values() if each.continues == key_result)

    def of(self, original: Id) -> Id:
        found = self.org.continued(original)
        assert found is not None
        return found

    def close_cycle(self, **said: Any) -> Decision:
        return self.do(c.CloseCycle(cycle=self.cycle, to_cycle=self.next, **said))


def kinds(decision: Decision) -> list[type]:
    return [type(fact.payload) for fact in decision.facts]
