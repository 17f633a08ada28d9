"""Organizations as they come to be: commands and imports of every kind, mixed, with texts that files misread."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands.listening import LinkFeedback, RecordFeedback
from goldenthread.contracts.enums import (
    Direction,
    LinkKind,
    LinkPolicy,
    LinkState,
    ProgressStatus,
    Sentiment,
    UnitFunction,
)
from goldenthread.contracts.errors import Refused
from services.goals.domain.decision import Decision, DecisionContext
from tests.support.entities import T0
from tests.support.hostile_texts import lines, names, paragraphs
from tests.support.random_plans import plans
from tests.unit.goals.import_harness import ImportHarness

_NUMBERS = [1e300, -0.0, 0.1 + 0.2, 1234567.891, 1.5, 1.125, -1.125, 1000.0, 5e-324, 100.0, 0.0, 1e15, 1e21, -12.0]
numbers = st.sampled_from(_NUMBERS) | st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 99).map(float)
shares = st.sampled_from([0.0, 1.0, 0.5, 0.125]) | st.floats(0, 1)
_CYCLES = [
    "Q1",
    "q1",
    "Q1 2026",
    "2026-Q1",
    "Q2 2026",
    "FY26 Q1",
    "2026",
    "Sprint 7",
    "S1 2026",
    "H1/2026",
    "=1+1",
    "-",
]
days = st.dates(date(2025, 12, 1), date(2027, 2, 1))
_OPEN = (LinkState.PROPOSED, LinkState.COUNTERED)


class Company(ImportHarness):
    """An import harness whose clock goes on, and that rolls back what is refused."""

    def __init__(self) -> None:
        self.now = T0
        super().__init__()

    def context(self, actor: str | None) -> DecisionContext:
        return replace(super().context(actor), now=self.now)

    def tries(self, command: Any) -> Decision | None:
        """The command by the administrator, or nothing where it is refused."""
        self.org.begin()
        try:
            decision = self.do(command)
        except Refused:
            self.org.rollback()
            return None
        self.org.commit()
        return decision

    def later(self, by: timedelta) -> None:
        self.now = self.now + by


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def companies(draw: st.DrawFn, most: int = 14) -> Company:
    """An organization with some history."""
    company = Company()
    if draw(st.booleans()):
        company.tries(c.SetPolicy(link_policy=LinkPolicy.AUTO_ACCEPT))
    if draw(st.booleans()):
        plan = draw(plans())
        company.imports(plan, source="first")
    for name in draw(st.lists(names, max_size=4)):
        parent = draw(st.sampled_from(list(company.org.units)))
        function = draw(st.sampled_from(UnitFunction))
        company.tries(c.CreateUnit(name=name, function=function, parent=parent))
    if draw(st.integers(0, 5)):
        company.tries(c.PublishPurpose(statement=draw(paragraphs)))
    evolve(draw, company, draw(st.integers(2, most)))
    return company


def evolve(draw: st.DrawFn, company: Company, steps: int) -> None:
    """So many commands, those that are refused among them."""
    for _ in range(steps):
        company.later(timedelta(hours=draw(st.sampled_from([0, 1, 5, 30]))))
        commands = _Draws(draw, company)
        found = draw(st.sampled_from(_STEPS))(commands)
        if found is not None:
            company.tries(found)


class _Draws:
    """One command at a time, about what is there."""

    def __init__(self, draw: st.DrawFn, company: Company) -> None:
        self.draw, self.org, self.company = draw, company.org, company

    def one(self, among: Any) -> Any:
        found = list(among)
        return self.draw(st.sampled_from(found)) if found else None

    def some(self, among: Any, most: int = 3) -> list[Any]:
        found = list(among)
        return self.draw(st.lists(st.sampled_from(found), max_size=most, unique=True)) if found else []

    def unit(self) -> Any:
        return self.one(each.id for each in self.org.units.values() if not each.closed)

    def goals(self) -> list[str]:
        purpose = [self.org.purpose.id] if self.org.purpose else []
        return [*purpose, *self.org.whys, *self.org.objectives, *self.org.key_results]

    # -- the structure -------------------------------------------------------------------------------------------------

    def create_unit(self) -> Any:
        return c.CreateUnit(
            name=self.draw(names), function=self.draw(st.sampled_from(UnitFunction)), parent=self.unit()
        )

    def rename_unit(self) -> Any:
        return c.UpdateUnit(unit=self.unit(), name=self.draw(names))

    def move_unit(self) -> Any:
        return c.MoveUnit(unit=self.unit(), parent=self.unit())

    def close_unit(self) -> Any:
        return c.CloseUnit(unit=self.unit(), successor=self.unit())

    def rename_organization(self) -> Any:
        return c.UpdateOrganization(name=self.draw(names))

    def open_cycle(self) -> Any:
        first, last = sorted([self.draw(days), self.draw(days)])
        return c.OpenCycle(name=self.draw(st.sampled_from(_CYCLES) | lines), starts_on=first, ends_on=last)

    def close_cycle(self) -> Any:
        cycle = self.one(self.org.cycles)
        mine = [each.id for each in self.org.objectives.values() if each.cycle == cycle]
        over = self.some(mine)
        rest = [each for each in mine if each not in over]
        to = self.one(each for each in self.org.cycles if each != cycle)
        return cycle and c.CloseCycle(cycle=cycle, carry_over=over, to_cycle=to if over else None, archive=rest)

    def carry_over(self) -> Any:
        cycle, some = self.one(self.org.cycles), self.some(self.org.objectives)
        return (cycle and some and c.CarryOver(objectives=some, to_cycle=cycle)) or None

    # -- whys ----------------------------------------------------------------------------------------------------------

    def publish_purpose(self) -> Any:
        return c.PublishPurpose(statement=self.draw(paragraphs))

    def retire_purpose(self) -> Any:
        return c.RetirePurpose(reason="over") if self.draw(st.integers(0, 3)) == 0 else None

    def publish_why(self) -> Any:
        units = [each.id for each in self.org.units.values() if not each.closed]
        return c.PublishWhy(
            statement=self.draw(paragraphs),
            because=self.draw(paragraphs),
            audience=self.some(units) or units[:1],
            serves=self.one([None, *self.org.whys, *self.goals()[:1]]),
            unit=self.one([None, *units]),
            title=self.draw(maybe(lines)),
        )

    def revise_why(self) -> Any:
        why = self.one(self.org.whys.values())
        return why and c.ReviseWhy(
            why=why.id,
            expected_version=why.version,
            statement=self.draw(maybe(paragraphs)),
            because=self.draw(maybe(paragraphs)),
            editorial=self.draw(st.booleans()),
        )

    def retire_why(self) -> Any:
        why = self.one(self.org.whys)
        return why and c.RetireWhy(why=why, reason="over", successor=self.one([None, *self.org.whys]))

    # -- objectives and key results ------------------------------------------------------------------------------------

    def create_objective(self) -> Any:
        units = [each.id for each in self.org.units.values() if not each.closed]
        target = self.one([None, *self.goals()])
        return c.CreateObjective(
            title=self.draw(lines),
            owners=self.some(units) or units[:1],
            description=self.draw(maybe(paragraphs)),
            cycle=self.one([None, *self.org.cycles]),
            activate=self.draw(st.booleans()),
            link_to=target and c.LinkTarget(parent=target, because=self.draw(paragraphs), kind=self.kind()),
            key_results=[self.spec() for _ in range(self.draw(st.integers(0, 1)))],
        )

    def spec(self) -> c.KeyResultSpec:
        return c.KeyResultSpec(
            title=self.draw(lines),
            start_value=self.draw(maybe(numbers)),
            target_value=self.draw(maybe(numbers)),
            measure_unit=self.draw(maybe(lines)),
            direction=self.draw(st.sampled_from(Direction)),
        )

    def kind(self) -> LinkKind:
        return LinkKind(self.draw(st.sampled_from(LinkKind)))

    def update_objective(self) -> Any:
        objective = self.one(self.org.objectives)
        units = [each.id for each in self.org.units.values() if not each.closed]
        return objective and c.UpdateObjective(
            objective=objective,
            title=self.draw(maybe(lines)),
            description=self.draw(maybe(paragraphs)),
            cycle=self.one([None, *self.org.cycles]),
            owners=self.some(units) or None,
        )

    def co_own(self) -> Any:
        invited = [(each.id, unit) for each in self.org.objectives.values() for unit in each.invited]
        found = self.one(invited)
        return found and c.DecideCoOwnership(objective=found[0], unit=found[1], accept=self.draw(st.booleans()))

    def end_objective(self) -> Any:
        objective = self.one(self.org.objectives)
        if objective is None:
            return None
        if self.draw(st.booleans()):
            return c.ArchiveObjective(objective=objective)
        successor = self.one([None, *self.org.objectives])
        return c.CloseObjective(objective=objective, grade=0.5, note="done", successor=successor)

    def activate(self) -> Any:
        objective = self.one(self.org.objectives)
        return objective and c.ActivateObjective(objective=objective)

    def add_key_result(self) -> Any:
        measures = self.one([*self.org.whys, *self.org.objectives])
        return measures and c.AddKeyResult(measures=measures, key_result=self.spec())

    def remove_key_result(self) -> Any:
        result = self.one(self.org.key_results) if self.draw(st.booleans()) else None
        return result and c.RemoveKeyResult(key_result=result)

    def check_in(self) -> Any:
        result = self.one(self.org.key_results)
        return result and c.RecordCheckIn(
            key_result=result,
            value=self.draw(numbers),
            confidence=self.draw(maybe(shares)),
            status=self.draw(maybe(st.sampled_from(ProgressStatus))),
            note=self.draw(maybe(paragraphs)),
        )

    # -- links ---------------------------------------------------------------------------------------------------------

    def propose(self) -> Any:
        child, parent = self.one([*self.goals()[1:]]), self.one(self.goals())
        weight = self.draw(maybe(shares))
        if child is None or parent is None:
            return None
        return c.ProposeLink(child=child, parent=parent, because=self.draw(paragraphs), kind=self.kind(), weight=weight)

    def decide(self) -> Any:
        link = self.one(each for each in self.org.links.values() if each.state in _OPEN)
        if link is None:
            return None
        how = self.draw(st.integers(0, 5))
        if how == 0:
            return c.DeclineLink(link=link.id, round=link.round, reason="no")
        if how == 1:
            return c.CounterLink(
                link=link.id, round=link.round, because=self.draw(paragraphs), in_return=self.draw(paragraphs)
            )
        return c.AcceptLink(link=link.id, round=link.round, in_return=self.draw(maybe(paragraphs)))

    def withdraw(self) -> Any:
        link = self.one(self.org.links)
        return link and c.WithdrawLink(link=link, reason="no")

    def reaffirm(self) -> Any:
        links = self.some(self.org.links)
        return c.ReaffirmLinks(links=links, because=self.draw(maybe(paragraphs))) if links else None

    # -- others --------------------------------------------------------------------------------------------------------

    def feedback(self) -> Any:
        return RecordFeedback(
            source=self.draw(lines),
            body=self.draw(paragraphs),
            segment=self.draw(maybe(lines)),
            sentiment=self.draw(maybe(st.sampled_from(Sentiment))),
            received_at=self.draw(st.sampled_from([None, datetime.fromisoformat("2025-11-01T10:00:00.123456+02:00")])),
            about=self.some(self.goals(), 2),
        )

    def link_feedback(self) -> Any:
        feedback = self.one(self.org.feedback)
        return feedback and LinkFeedback(feedback=feedback, add=self.some(self.goals(), 1))

    def import_again(self) -> None:
        self.company.imports(self.draw(plans()), source="other")


_STEPS = [
    *(_Draws.create_unit, _Draws.rename_unit, _Draws.move_unit, _Draws.close_unit, _Draws.rename_organization),
    *(_Draws.open_cycle, _Draws.open_cycle, _Draws.close_cycle, _Draws.carry_over),
    *(_Draws.publish_purpose, _Draws.retire_purpose, _Draws.publish_why, _Draws.publish_why, _Draws.revise_why),
    *(_Draws.retire_why, _Draws.create_objective, _Draws.create_objective, _Draws.create_objective),
    *(_Draws.update_objective, _Draws.co_own, _Draws.end_objective, _Draws.activate),
    *(_Draws.add_key_result, _Draws.add_key_result, _Draws.remove_key_result, _Draws.check_in, _Draws.check_in),
    *(_Draws.propose, _Draws.propose, _Draws.propose, _Draws.decide, _Draws.decide, _Draws.withdraw),
    *(_Draws.reaffirm, _Draws.feedback, _Draws.link_feedback, _Draws.import_again),
]
