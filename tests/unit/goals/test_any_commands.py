"""Whatever is commanded in whatever order: a refusal changes nothing, the facts are the state, and no loop appears."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from goldenthread.contracts import commands as c
from goldenthread.contracts import commands_listening as l
from goldenthread.contracts import registry
from goldenthread.contracts.entities import Link, RoleGrant
from goldenthread.contracts.enums import (
    AnswerStance,
    Direction,
    FeedbackOutcome,
    Kept,
    LinkKind,
    LinkPolicy,
    LinkState,
    Requirement,
    Role,
    Sentiment,
    SettlementKind,
    UnitFunction,
)
from goldenthread.contracts.envelope import encode_data
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.events.goals import LinkAccepted
from goldenthread.contracts.organization import LIVE_LINKS, Organization
from services.goals.domain.decide import RULES
from services.goals.domain.endings import OPEN
from tests.unit.goals.world import Acme, seen

good_words = st.sampled_from(["a", "b", "why not"])
text = st.one_of(*[good_words] * 3, st.sampled_from(["a", "", " ", "x" * 501, "x" * 10_001, "\x00"]))
floats = st.one_of(st.floats(0, 1), st.floats(0, 1), st.floats())
days, flag = st.one_of(st.none(), st.integers(-5, 400)), st.booleans()
day = st.dates(date(2026, 1, 1), date(2026, 12, 31))


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


class Commands:
    """Random commands about what an organisation has, with now and then an id of the wrong kind or of nothing."""

    def __init__(self, org: Organization) -> None:
        purpose = [org.purpose.id] if org.purpose else []
        goals = [*purpose, *org.whys, *org.objectives, *org.key_results]
        everything = [*goals, *org.units, *org.people, *org.cycles, *org.check_ins, *org.links, *org.questions]
        everything += [*org.answers, *org.feedback, "why_x", "nonsense"]
        self.any = st.sampled_from(everything)
        self.unit, self.person = self.of(org.units), self.of(org.people)
        self.cycle, self.why, self.objective = self.of(org.cycles), self.of(org.whys), self.of(org.objectives)
        self.key_result, self.check_in, self.link = self.of(org.key_results), self.of(org.check_ins), self.of(org.links)
        self.goal = self.of(goals)
        self.answer, self.question, self.feedback = self.of(org.answers), self.of(org.questions), self.of(org.feedback)
        self.versions = st.integers(1, 3)
        self.rounds = {link.id: link.round for link in org.links.values()}

    def of(self, ids: Any) -> st.SearchStrategy[str]:
        found = list(ids)
        if not found:
            return self.any
        known = st.sampled_from(found)
        return st.one_of(known, known, known, known, known, self.any)

    def open(self) -> st.SearchStrategy[tuple[str, int]]:
        return self.link.map(lambda id: (id, self.rounds.get(id, 1)))

    def structure(self) -> st.SearchStrategy[Any]:
        unit, person = self.unit, self.person
        grants = st.lists(st.builds(RoleGrant, st.sampled_from(Role), maybe(unit)), max_size=3)
        function = st.sampled_from(UnitFunction)
        return st.one_of(
            st.builds(c.CreateUnit, name=text, function=function, parent=maybe(unit), lead=maybe(person)),
            st.builds(c.UpdateUnit, unit=unit, name=maybe(text), function=maybe(function), lead=maybe(person)),
            st.builds(c.MoveUnit, unit=unit, parent=unit),
            st.builds(c.AddPerson, name=text, subject=text, roles=grants),
            st.builds(c.SetRoles, person=person, roles=grants),
            st.builds(c.RemovePerson, person=person, successor=maybe(person)),
            st.builds(c.CloseUnit, unit=unit, successor=unit),
            st.builds(c.OpenCycle, name=text, starts_on=day, ends_on=day),
            st.builds(
                c.SetPolicy,
                link_policy=maybe(st.sampled_from(LinkPolicy)),
                alignment_required=maybe(st.sampled_from(Requirement)),
                grace_days=days,
                handover_days=days,
                reply_days=days,
            ),
        )

    def whys(self) -> st.SearchStrategy[Any]:
        units = st.lists(self.unit, max_size=3)
        serves = maybe(st.one_of(self.why, self.goal))
        return st.one_of(
            st.builds(c.PublishPurpose, statement=text, expected_version=maybe(self.versions), editorial=flag),
            st.builds(c.RetirePurpose, reason=text),
            st.builds(c.PublishWhy, statement=text, because=text, audience=units, serves=serves, unit=maybe(self.unit)),
            st.builds(
                c.ReviseWhy,
                why=self.why,
                expected_version=self.versions,
                editorial=flag,
                statement=maybe(text),
                because=maybe(text),
                audience=maybe(units),
            ),
            st.builds(c.RetireWhy, why=self.why, reason=text, successor=maybe(self.why)),
        )

    def listening(self) -> st.SearchStrategy[Any]:
        goals, outcome = st.lists(self.goal, max_size=2), st.sampled_from(FeedbackOutcome)
        stance, about = st.sampled_from(AnswerStance), st.one_of(self.goal, self.link, self.answer)
        answer = st.builds(
            l.AnswerWhy, why=self.why, version=self.versions, unit=self.unit, statement=text, stance=stance
        )
        settle = st.builds(
            l.SettleQuestion,
            question=self.question,
            kind=st.sampled_from(SettlementKind),
            note=text,
            resulting_version=maybe(self.versions),
        )
        return st.one_of(
            answer,
            answer,
            settle,
            st.builds(l.ConfirmAnswer, answer=self.answer),
            st.builds(l.AskQuestion, about=about, body=text, unit=self.unit),
            st.builds(l.AnswerQuestion, question=self.question, body=text),
            st.builds(l.WithdrawQuestion, question=self.question),
            st.builds(
                l.RecordFeedback, source=text, body=text, sentiment=maybe(st.sampled_from(Sentiment)), about=goals
            ),
            st.builds(
                l.RecordFeedbackItems,
                items=st.lists(st.builds(l.FeedbackItem, source=text, body=text, about=goals), max_size=3),
            ),
            st.builds(l.LinkFeedback, feedback=self.feedback, add=goals, remove=goals),
            st.builds(l.RespondToFeedback, feedback=self.feedback, unit=self.unit, body=text, outcome=outcome),
        )

    def cycles(self) -> st.SearchStrategy[Any]:
        some, cycle = st.lists(self.objective, max_size=3), self.cycle
        return st.one_of(
            st.builds(c.CarryOver, objectives=some, to_cycle=cycle),
            st.builds(c.CloseCycle, cycle=cycle, carry_over=some, to_cycle=maybe(cycle), archive=some),
        )

    def objectives(self) -> st.SearchStrategy[Any]:
        objective = self.objective
        kind = st.sampled_from(LinkKind)
        target = st.builds(c.LinkTarget, parent=self.goal, because=text, kind=kind, weight=maybe(floats))
        kept = st.builds(c.KeptPromise, link=self.link, kept=st.sampled_from(Kept))
        create = st.builds(
            c.CreateObjective,
            title=text,
            owners=st.lists(self.unit, min_size=1, max_size=2),
            cycle=maybe(self.cycle),
            accountable=maybe(self.person),
            activate=flag,
            link_to=maybe(target),
            key_results=st.lists(self.spec(), max_size=2),
        )
        update = st.builds(
            c.UpdateObjective,
            objective=objective,
            title=maybe(text),
            description=maybe(text),
            accountable=maybe(self.person),
            cycle=maybe(self.cycle),
            owners=maybe(st.lists(self.unit, min_size=1, max_size=3)),
            editorial=flag,
        )
        return st.one_of(
            create,
            create,
            update,
            st.builds(c.ActivateObjective, objective=objective),
            st.builds(
                c.CloseObjective,
                objective=objective,
                grade=floats,
                note=text,
                kept=st.lists(kept, max_size=2),
                successor=maybe(objective),
            ),
            st.builds(c.DecideCoOwnership, objective=objective, unit=self.unit, accept=flag),
            st.builds(c.ArchiveObjective, objective=objective, reason=maybe(text)),
            st.builds(c.ReopenObjective, objective=objective, reason=text),
        )

    def spec(self) -> st.SearchStrategy[Any]:
        direction = st.sampled_from(Direction)
        numbers = maybe(floats)
        return st.builds(c.KeyResultSpec, title=text, start_value=numbers, target_value=numbers, direction=direction)

    def key_results(self) -> st.SearchStrategy[Any]:
        return st.one_of(
            st.builds(c.AddKeyResult, measures=st.one_of(self.objective, self.why), key_result=self.spec()),
            st.builds(c.UpdateKeyResult, key_result=self.key_result, title=maybe(text), target_value=maybe(floats)),
            st.builds(c.RemoveKeyResult, key_result=self.key_result),
            st.builds(c.RecordCheckIn, key_result=self.key_result, value=floats, confidence=maybe(floats)),
            st.builds(c.AcknowledgeCheckIn, check_in=self.check_in),
        )

    def links(self) -> st.SearchStrategy[Any]:
        kind = st.sampled_from(LinkKind)
        propose = st.builds(
            c.ProposeLink, child=self.goal, parent=self.goal, because=text, kind=kind, weight=maybe(floats)
        )
        turn, term = self.open(), maybe(text)
        return st.one_of(
            propose,
            propose,
            propose,
            st.builds(lambda t, term: c.AcceptLink(link=t[0], round=t[1], in_return=term), turn, term),
            st.builds(lambda t, a, b: c.CounterLink(link=t[0], round=t[1], because=a, in_return=b), turn, term, term),
            st.builds(lambda t, r: c.DeclineLink(link=t[0], round=t[1], reason=r), turn, text),
            st.builds(c.AcceptLink, link=self.link, round=st.integers(0, 3)),
            st.builds(c.WithdrawLink, link=self.link, reason=text),
            st.builds(c.ReaffirmLinks, links=st.lists(self.link, max_size=3), because=term),
        )


class AnyCommands(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.acme = Acme()
        self.folded = Organization()
        self.read = 0

    def _try(self, command: Any, actor: str) -> None:
        before = seen(self.acme.org)
        try:
            decision = self.acme.do(command, actor)
        except Refused as refusal:
            event(f"{type(command).__name__} {refusal.problems[0].code}")
            assert seen(self.acme.org) == before
        else:
            event(f"{type(command).__name__} accepted")
            assert decision.ids
            assert decision.facts or seen(self.acme.org) == before

    def _one(self, data: st.DataObject, strategy: st.SearchStrategy[Any]) -> None:
        powerful = st.sampled_from([self.acme.boss, self.acme.sales_lead, self.acme.tech_lead])
        actor = data.draw(st.one_of(powerful, powerful, st.sampled_from(list(self.acme.org.people))))
        self._try(data.draw(strategy), actor)

    @rule(data=st.data())
    def change_the_structure(self, data: st.DataObject) -> None:
        self._one(data, Commands(self.acme.org).structure())

    @rule(data=st.data())
    def speak_of_whys(self, data: st.DataObject) -> None:
        self._one(data, Commands(self.acme.org).whys())

    @rule(data=st.data())
    def listen(self, data: st.DataObject) -> None:
        self._one(data, Commands(self.acme.org).listening())

    @rule(data=st.data())
    def end_cycles(self, data: st.DataObject) -> None:
        self._one(data, Commands(self.acme.org).cycles())

    @rule()
    def close_a_whole_cycle(self) -> None:
        org = self.acme.org
        ending = next((cycle for cycle in org.cycles.values() if cycle.open), None)
        if ending is not None:
            open_ = [each.id for each in org.objectives.values() if each.cycle == ending.id and each.state in OPEN]
            self._try(c.CloseCycle(cycle=ending.id, archive=open_), self.acme.boss)

    @rule(data=st.data())
    def speak_of_objectives(self, data: st.DataObject) -> None:
        self._one(data, Commands(self.acme.org).objectives())

    @rule(data=st.data())
    def measure(self, data: st.DataObject) -> None:
        self._one(data, Commands(self.acme.org).key_results())

    @rule(data=st.data())
    def speak_of_links(self, data: st.DataObject) -> None:
        self._one(data, Commands(self.acme.org).links())

    @rule(data=st.data())
    def create(self, data: st.DataObject) -> None:
        acme = self.acme
        unit = data.draw(st.sampled_from([acme.sales, acme.web]))
        self._try(c.CreateObjective(title="t", owners=[unit]), acme.boss)

    @rule(data=st.data())
    def answer_an_open_link(self, data: st.DataObject) -> None:
        waiting = [link for link in self.acme.org.links.values() if link.turn is not None]
        if waiting:
            link: Link = data.draw(st.sampled_from(waiting))
            accept = c.AcceptLink(link=link.id, round=link.round)
            counter = c.CounterLink(link=link.id, round=link.round, in_return="gold")
            self._try(data.draw(st.sampled_from([accept, counter])), self.acme.boss)

    @rule(hours=st.integers(0, 400))
    def time_passes(self, hours: int) -> None:
        self.acme.now += timedelta(hours=hours)

    @invariant()
    def the_facts_as_they_travel_fold_to_the_state(self) -> None:
        for fact in self.acme.facts[self.read :]:
            name = registry.name_of(fact.payload)
            assert fact.subject
            self.folded.apply(registry.decode(name, 1, encode_data(fact.payload)))
        self.read = len(self.acme.facts)
        assert seen(self.folded) == seen(self.acme.org)

    @invariant()
    def no_loop_lives(self) -> None:
        org = self.acme.org
        done: set[str] = set()
        path: list[str] = []

        def climb(node: str) -> None:
            assert node not in path, f"a loop: {path}"
            if node not in done:
                path.append(node)
                for link in org.parents(node, *LIVE_LINKS):
                    climb(link.parent)
                path.pop()
                done.add(node)

        for node in list(org.up):
            climb(node)

    @invariant()
    def no_two_live_links_join_the_same_nodes(self) -> None:
        live = [(link.child, link.parent) for link in self.acme.org.links.values() if link.state in LIVE_LINKS]
        assert len(live) == len(set(live))

    @invariant()
    def an_accepted_link_knows_its_place_and_an_open_one_its_turn(self) -> None:
        orders = {
            fact.payload.link.id: sequence
            for sequence, fact in enumerate(self.acme.facts, start=1)
            if isinstance(fact.payload, LinkAccepted)
        }
        for link in self.acme.org.links.values():
            assert link.accepted_order == orders.get(link.id)
            waits = link.state in (LinkState.PROPOSED, LinkState.COUNTERED)
            assert waits == (link.turn is not None) == (link.due_at is not None)
            assert [each.round for each in link.rounds] == list(range(1, link.round + 1))

    @invariant()
    def a_closed_unit_owns_speaks_and_owes_nothing_and_nobody_belongs_to_it(self) -> None:
        org = self.acme.org
        closed = {unit.id for unit in org.units.values() if unit.closed}
        assert not closed & {unit for each in org.objectives.values() for unit in [*each.owners, *each.invited]}
        assert not closed & {unit for why in org.whys.values() for unit in [why.unit, *why.audience]}
        assert not closed & {grant.unit for person in org.people.values() for grant in person.roles}
        waiting = [each for each in org.questions.values() if each.awaiting is not None]
        assert not closed & {unit for each in waiting for unit in (each.awaiting, each.unit, each.asked)}
        assert all(unit.parent not in closed for unit in org.units.values() if not unit.closed)

    @invariant()
    def owners_are_each_named_once_and_invitations_are_to_open_objectives(self) -> None:
        for each in self.acme.org.objectives.values():
            named = [*each.owners, *each.invited]
            assert each.owners
            assert len(named) == len(set(named))
            assert not each.invited or each.state in OPEN

    @invariant()
    def who_was_told_a_why_is_its_audience(self) -> None:
        for why in self.acme.org.whys.values():
            assert why.audience
            assert list(why.told) == why.audience

    @invariant()
    def somebody_is_administrator_and_leads_agree(self) -> None:
        people = [person for person in self.acme.org.people.values() if not person.left]
        assert any(RoleGrant(Role.ADMIN) in person.roles for person in people)
        for unit in self.acme.org.units.values():
            if unit.lead is not None:
                assert RoleGrant(Role.LEAD, unit.id) in self.acme.org.people[unit.lead].roles


class ManyCommands(AnyCommands):
    """The same, far deeper."""


COMMON = settings(deadline=None, suppress_health_check=list(HealthCheck))
AnyCommands.TestCase.settings = settings(COMMON, max_examples=12, stateful_step_count=30)
ManyCommands.TestCase.settings = settings(COMMON, max_examples=500, stateful_step_count=50)
TestAnyCommands = AnyCommands.TestCase
TestManyCommands = pytest.mark.long(ManyCommands.TestCase)


def test_every_command_but_the_import_has_its_rule() -> None:
    assert set(RULES) == set(c.AnyCommand.__args__) - {c.ImportPlan}
