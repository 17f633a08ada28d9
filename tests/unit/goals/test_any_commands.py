"""Whatever is commanded in whatever order: a refusal changes nothing, the facts are the state, and no loop appears."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec import to_builtins

from goldenthread.contracts import commands as c
from goldenthread.contracts import registry, texts
from goldenthread.contracts.entities import Id, Link, RoleGrant
from goldenthread.contracts.enums import (
    LinkState,
    Role,
)
from goldenthread.contracts.envelope import encode_data
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.events.alignment import AlignmentState, Verdict
from goldenthread.contracts.events.goals import LinkAccepted
from goldenthread.contracts.texts import folded
from goldenthread.organization.organization import LIVE_LINKS, OPEN_LINKS, Organization
from services.alignment.domain.verdict import Graph
from services.goals.domain.cycles.carry_over import OPEN
from services.goals.domain.decide import RULES
from services.goals.domain.links import graph_rules
from tests.unit.goals.random_commands import Commands
from tests.unit.goals.world import Acme, seen

LINES = {"title", "name", "source", "segment", "measure_unit"}


def texts_of(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a payload, with the name of its field."""
    if isinstance(value, str) and value:
        yield name, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from texts_of(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from texts_of(each, name)


def judged(graph: Graph) -> Iterator[tuple[Id, Verdict]]:
    """The verdicts; what was frozen when a goal ended knows only who saw it end."""
    return ((id, each) for id, each in graph.verdicts() if each.state is not AlignmentState.NOT_JUDGED)


class AnyCommands(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.acme = Acme()
        self.folded = Organization()
        self.graph = Graph()
        self.read = self.looked_at = self.judged = 0

    def _try(self, command: Any, actor: str) -> None:
        before = seen(self.acme.org)
        try:
            decision = self.acme.do(command, actor)
        except Refused as refusal:
            event(f"{type(command).__name__} {refusal.problems[0].code}")
            assert seen(self.acme.org) == before
        else:
            event(f"{type(command).__name__} accepted")
            assert decision.ids or isinstance(command, c.MoveLogins)  # there may be no logins to move
            assert decision.facts or seen(self.acme.org) == before

    def _one(self, data: st.DataObject, strategy: st.SearchStrategy[Any]) -> None:
        powerful = st.sampled_from([self.acme.boss, self.acme.sales_lead, self.acme.tech_lead])
        actor = data.draw(st.one_of(powerful, powerful, st.sampled_from(list(self.acme.org.people))))
        self._try(data.draw(strategy), actor)

    @invariant()
    def no_service_account_leads_answers_or_sponsors(self) -> None:
        org = self.acme.org if hasattr(self, "acme") else Organization()
        accounts = {each.id for each in org.people.values() if each.service}
        assert accounts.isdisjoint(each.lead for each in org.units.values())
        assert accounts.isdisjoint(each.accountable for each in org.objectives.values())
        assert accounts.isdisjoint(each.sponsor for each in org.whys.values())

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
    def verdicts_that_followed_commit_by_commit_are_those_of_all_facts_at_once(self) -> None:
        facts = self.acme.facts
        if self.judged < len(facts):
            for sequence in range(self.judged, len(facts)):
                self.graph.apply(facts[sequence].payload, sequence + 1)
            self.graph.judge()
            self.judged, fresh = len(facts), Graph()
            for sequence, fact in enumerate(facts, start=1):
                fresh.apply(fact.payload, sequence)
            fresh.judge()
            assert dict(judged(self.graph)) == dict(judged(fresh))

    @invariant()
    def every_text_can_be_seen_and_every_title_is_one_line(self) -> None:
        for fact in self.acme.facts[self.looked_at :]:
            for name, text in texts_of(to_builtins(fact.payload)):
                assert texts.wrong(text, line=name in LINES) is None, (name, text)
        self.looked_at = len(self.acme.facts)

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
    def no_proposal_waits_for_a_goal_that_has_ended(self) -> None:
        org = self.acme.org
        for link in org.links.values():
            if link.state in OPEN_LINKS:
                assert graph_rules.can_speak(org, link.child)
                assert org.live(link.parent)

    @invariant()
    def no_objective_is_open_in_a_closed_cycle(self) -> None:
        org = self.acme.org
        open_ = [each for each in org.objectives.values() if each.state in OPEN]
        assert all(each.cycle is None or org.cycles[each.cycle].open for each in open_)

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
    def open_cycles_have_names_of_their_own(self) -> None:
        names = [folded(each.name) for each in self.acme.org.cycles.values() if each.open]
        assert len(names) == len(set(names))

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
