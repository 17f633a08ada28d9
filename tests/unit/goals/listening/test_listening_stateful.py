"""Cascade, questions and co-ownership against simple models that know nothing of how goals decides them."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from goldenthread.contracts import commands as c
from goldenthread.contracts import envelope, registry
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.enums import AnswerStance, QuestionState, SettlementKind
from goldenthread.organization import why_cascade
from goldenthread.organization.organization import Organization
from services.goals.domain.clock import timer_rules as clock
from tests.unit.goals.world import Acme, seen

DAYS = st.integers(0, 9)
PART = st.sampled_from([AnswerStance.TAKES_PART, AnswerStance.NO_PART])
PICK = st.integers(0, 5)


class Telling(RuleBasedStateMachine):
    """Who owes an answer since when: a walk down the tree with sets of who answered, kept by hand."""

    @initialize()
    def begin(self) -> None:
        self.acme = Acme()
        acme = self.acme
        self.apps = acme.unit("Apps", acme.web)
        self.units = [acme.root, acme.sales, acme.tech, acme.web, self.apps]
        self.above = {acme.sales: acme.root, acme.tech: acme.root, acme.web: acme.tech, self.apps: acme.web}
        self.placed = dict.fromkeys(self.above, acme.now)
        self.told = dict.fromkeys([acme.tech, acme.sales], acme.now)
        self.answers: dict[str, tuple[AnswerStance, datetime]] = {}
        publish = c.PublishWhy(statement="s1", because="b", audience=list(self.told))
        self.why, self.version = acme.id(publish), 1

    def first(self, unit: str) -> datetime | None:
        return self.answers[unit][1] if unit in self.answers else None

    def owes(self, unit: str) -> datetime | None:
        """Since when, by the model: told directly, or the unit above answered and takes part."""
        if unit in self.answers:
            return None
        told = self.told.get(unit)
        if told is None:
            up = self.above.get(unit)
            if up is None or up not in self.answers or not self.addressed(up):
                return None
            stance, told = self.answers[up]
            if stance is AnswerStance.NO_PART:
                return None
        return max(told, self.placed.get(unit, told))

    def addressed(self, unit: str | None) -> bool:
        return unit is not None and (unit in self.told or self.addressed(self.above.get(unit)))

    @rule(days=DAYS)
    def time_passes(self, days: int) -> None:
        self.acme.later(days=days)

    @rule(pick=PICK, stance=PART, version=st.integers(1, 3))
    def answer(self, pick: int, stance: AnswerStance, version: int) -> None:
        unit = self.units[pick % len(self.units)]
        asked = l.AnswerWhy(why=self.why, version=version, unit=unit, statement="us", stance=stance)
        if unit == self.acme.root or version != self.version or not self.addressed(unit):
            self.acme.refused(asked)
            return
        self.acme.do(asked)
        self.answers[unit] = (stance, self.first(unit) or self.acme.now)

    @rule(editorial=st.booleans())
    def revise(self, editorial: bool) -> None:
        words = f"s{len(self.acme.facts)}"
        self.acme.do(c.ReviseWhy(why=self.why, expected_version=self.version, statement=words, editorial=editorial))
        if not editorial:
            self.version, self.answers = self.version + 1, {}
            self.told = dict.fromkeys(self.told, self.acme.now)

    @rule(picks=st.sets(st.integers(1, 4), min_size=1))
    def tell_others(self, picks: set[int]) -> None:
        audience = [self.units[pick] for pick in sorted(picks)]
        self.acme.do(c.ReviseWhy(why=self.why, expected_version=self.version, audience=audience))
        self.told = {unit: self.told.get(unit, self.acme.now) for unit in audience}

    @rule(to_tech=st.booleans())
    def move_web(self, to_tech: bool) -> None:
        web, parent = self.acme.web, self.acme.tech if to_tech else self.acme.sales
        if self.acme.do(c.MoveUnit(unit=web, parent=parent)).facts:
            self.above[web], self.placed[web] = parent, self.acme.now

    @invariant()
    def who_owes_what_since_when_is_what_the_model_says(self) -> None:
        org = self.acme.org
        found = {each.unit: each for each in why_cascade.cascade(org, org.whys[self.why])}
        assert set(found) == {unit for unit in self.units if self.addressed(unit)}
        owing = {unit: each.since for unit, each in found.items() if each.part is why_cascade.CascadeRole.OWES}
        assert owing == {unit: since for unit in self.units if (since := self.owes(unit))}
        for unit in self.units:
            due = [each.due_at for each in clock.timers(org, f"{self.why} {unit}", self.acme.now)]
            since = self.owes(unit)
            assert due == ([since + timedelta(days=7)] if since else [])


class Asking(RuleBasedStateMachine):
    """One question at a time: who may do what next, and how far it climbed."""

    @initialize()
    def begin(self) -> None:
        self.acme = Acme()
        self.goal = self.acme.objective(self.acme.tech)
        self.ask()

    def ask(self) -> None:
        ask = l.AskQuestion(about=self.goal, body="?", unit=self.acme.sales)
        self.id, self.state = self.acme.id(ask, self.acme.sales_member), QuestionState.OPEN
        self.climbed, self.due = 0, self.acme.now + timedelta(days=7)

    @rule()
    def ask_again(self) -> None:
        if self.state in (QuestionState.SETTLED, QuestionState.WITHDRAWN):
            self.ask()

    @rule(by_asker=st.booleans())
    def answer(self, by_asker: bool) -> None:
        asked = l.AnswerQuestion(question=self.id, body="!")
        actor = self.acme.sales_member if by_asker else self.acme.boss
        if by_asker or self.state in (QuestionState.SETTLED, QuestionState.WITHDRAWN):
            self.acme.refused(asked, actor)
        else:
            self.acme.do(asked, actor)
            self.state = QuestionState.ANSWERED

    @rule(by_asker=st.booleans(), withdraws=st.booleans())
    def end(self, by_asker: bool, withdraws: bool) -> None:
        settle = l.SettleQuestion(question=self.id, kind=SettlementKind.AGREED, note="ok")
        command: c.AnyCommand = l.WithdrawQuestion(question=self.id) if withdraws else settle
        actor = self.acme.sales_member if by_asker else self.acme.tech_lead
        over = self.state in (QuestionState.SETTLED, QuestionState.WITHDRAWN)
        if over or not by_asker or (not withdraws and self.state is not QuestionState.ANSWERED):
            self.acme.refused(command, actor)
        else:
            self.acme.do(command, actor)
            self.state = QuestionState.WITHDRAWN if withdraws else QuestionState.SETTLED

    @rule(days=DAYS)
    def the_clock_turns(self, days: int) -> None:
        acme = self.acme
        acme.later(days=days)
        for timer in clock.timers(acme.org, self.id, acme.now):
            fact = clock.ring(acme.org, timer, acme.now)
            if fact is not None:
                acme.org.apply(fact.payload)
        waits = self.state in (QuestionState.OPEN, QuestionState.ESCALATED) and self.climbed < 2
        if waits and acme.now >= self.due:
            self.state, self.climbed = QuestionState.ESCALATED, self.climbed + 1
            self.due = acme.now + timedelta(days=7)

    @invariant()
    def the_question_is_where_the_model_says(self) -> None:
        found = self.acme.org.questions[self.id]
        assert found.state is self.state
        assert found.asked == (self.acme.tech if self.climbed == 0 else self.acme.root)
        waits = self.state in (QuestionState.OPEN, QuestionState.ESCALATED)
        assert found.unheard == (waits and self.climbed == 2)
        turn = {QuestionState.ANSWERED: self.acme.sales}.get(self.state, found.asked if waits else None)
        assert found.awaiting == turn


class Owning(RuleBasedStateMachine):
    """Owners and invitations as two lists; every actor leads one unit (the boss all of them)."""

    @initialize()
    def begin(self) -> None:
        self.acme = Acme()
        acme = self.acme
        self.reach = {
            acme.boss: {acme.root, acme.sales, acme.tech, acme.web},
            acme.sales_lead: {acme.sales},
            acme.tech_lead: {acme.tech, acme.web},
        }
        self.units = [acme.sales, acme.tech, acme.web]
        self.owners, self.invited = [acme.tech], list[str]()
        self.goal = acme.objective(acme.tech)

    def actor(self, pick: int) -> str:
        return list(self.reach)[pick % 3]

    @rule(pick=PICK, picks=st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True))
    def name_owners(self, pick: int, picks: list[int]) -> None:
        actor, named = self.actor(pick), [self.units[each] for each in picks]
        mine = self.reach[actor]
        primary = named[0] == self.owners[0] or {named[0], self.owners[0]} <= mine
        update = c.UpdateObjective(objective=self.goal, owners=named)
        if not primary or not mine & set(self.owners):
            self.acme.refused(update, actor)
            return
        self.acme.do(update, actor)
        owning = set(self.owners) | mine
        self.owners, self.invited = (
            [each for each in named if each in owning],
            [each for each in named if each not in owning],
        )

    @rule(pick=PICK, unit=st.integers(0, 2), accept=st.booleans())
    def decide(self, pick: int, unit: int, accept: bool) -> None:
        actor, asked = self.actor(pick), self.units[unit]
        decide = c.DecideCoOwnership(objective=self.goal, unit=asked, accept=accept)
        if asked not in self.reach[actor] or (asked not in self.invited and not (accept and asked in self.owners)):
            self.acme.refused(decide, actor)
            return
        self.acme.do(decide, actor)
        self.invited = [each for each in self.invited if each != asked]
        if accept and asked not in self.owners:
            self.owners.append(asked)

    @rule(pick=PICK)
    def close_and_reopen(self, pick: int) -> None:
        actor = self.actor(pick)
        close = c.CloseObjective(objective=self.goal, grade=1, note="n")
        if not self.reach[actor] & set(self.owners):
            self.acme.refused(close, actor)
            return
        self.acme.do(close, actor)
        outcome = self.acme.org.objectives[self.goal].outcome
        assert outcome is not None
        assert outcome.owners == self.owners
        self.acme.do(c.ReopenObjective(objective=self.goal, reason="r"), actor)
        self.invited = []

    @invariant()
    def owners_and_invitations_are_what_the_model_says(self) -> None:
        found = self.acme.org.objectives[self.goal]
        assert (found.owners, found.invited) == (self.owners, self.invited)

    def teardown(self) -> None:
        folded = Organization()
        for fact in self.acme.facts:
            folded.apply(registry.decode(registry.name_of(fact.payload), 1, envelope.encode_data(fact.payload)))
        assert seen(folded) == seen(self.acme.org)


COMMON = settings(deadline=None, max_examples=15, stateful_step_count=25, suppress_health_check=list(HealthCheck))
for each in (Telling, Asking, Owning):
    each.TestCase.settings = COMMON
TestTelling, TestAsking, TestOwning = Telling.TestCase, Asking.TestCase, Owning.TestCase
