"""Endings without wreckage: what hung on a goal, unit, person or cycle goes on with a successor, in one commit."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.entities import Id, RoleGrant
from goldenthread.contracts.enums import LinkState, ObjectiveState, QuestionState, Side
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import (
    CycleClosed,
    LinkMoved,
    ObjectiveArchived,
    ObjectiveCarriedOver,
    ObjectiveClosed,
    QuestionMoved,
    UnitClosed,
)
from goldenthread.organization.why_cascade import CascadeRole, addressed_unit
from tests.unit.goals.world import Acme


class Ending(Acme):
    """An objective of Web hangs on one of Sales, which `next` shall succeed."""

    def __init__(self) -> None:
        super().__init__()
        self.old, self.next = self.objective(self.sales, "Old"), self.objective(self.sales, "Next")
        self.child = self.objective(self.web, "Child")
        self.up = self.propose(self.child, self.old, self.web_member).id

    def accept(self, link: Id) -> None:
        self.do(c.AcceptLink(link=link, round=self.link(link).round, in_return="two people"))

    def close(self, successor: Id | None = None) -> c.CloseObjective:
        return c.CloseObjective(objective=self.old, grade=1, note="n", successor=successor or self.next)

    def kinds(self, command: c.AnyCommand, actor: Id | None = None) -> list[type]:
        return [type(fact.payload) for fact in self.do(command, actor).facts]


@pytest.fixture
def acme() -> Ending:
    return Ending()


def test_an_accepted_link_goes_to_the_successor_unexplained_until_reaffirmed(acme: Ending) -> None:
    acme.accept(acme.up)
    assert acme.kinds(acme.close(), acme.sales_lead) == [LinkMoved, ObjectiveClosed]
    link = acme.link(acme.up)
    assert (link.parent, link.state, link.because, link.in_return) == (
        acme.next,
        LinkState.ACCEPTED,
        "it helps",
        "two people",
    )
    assert not acme.org.explained(link)
    assert acme.org.children(acme.old) == []
    acme.do(c.ReaffirmLinks(links=[acme.up]), acme.web_member)
    assert acme.org.explained(acme.link(acme.up))


def test_an_open_proposal_moves_with_a_round_of_its_own_so_that_nobody_decides_unread(acme: Ending) -> None:
    acme.later(days=2)
    acme.do(acme.close(), acme.sales_lead)
    link = acme.link(acme.up)
    assert (link.parent, link.round, link.turn, link.state) == (acme.next, 2, Side.PARENT, LinkState.PROPOSED)
    assert link.due_at == acme.now + timedelta(days=7)
    assert acme.refused(c.AcceptLink(link=acme.up, round=1), acme.sales_lead).code is ErrorCode.STALE_VERSION
    acme.do(c.AcceptLink(link=acme.up, round=2), acme.sales_lead)


def test_what_hangs_on_a_measure_moves_too_and_the_measures_own_hop_stays(acme: Ending) -> None:
    measure = acme.id(c.AddKeyResult(measures=acme.old, key_result=c.KeyResultSpec(title="k")))
    other = acme.objective(acme.web, "Other")
    link = acme.propose(other, measure, acme.web_member).id
    acme.do(acme.close())
    assert acme.link(link).parent == acme.next
    assert [each.parent for each in acme.org.parents(measure)] == [acme.old]


def test_a_child_that_serves_the_successor_already_keeps_its_old_link(acme: Ending) -> None:
    acme.accept(acme.up)
    acme.propose(acme.child, acme.next, acme.web_member)
    assert acme.kinds(acme.close()) == [ObjectiveClosed]
    assert acme.link(acme.up).parent == acme.old


def test_a_successor_that_cannot_be_one_is_refused(acme: Ending) -> None:
    draft, theirs = acme.objective(acme.sales, activate=False), acme.objective(acme.tech, "Theirs")
    below = acme.objective(acme.sales, "Below")
    acme.propose(below, acme.child, acme.sales_member)
    for successor, code in [
        (acme.old, ErrorCode.INVALID),
        (draft, ErrorCode.STATE_NOT_ALLOWED),
        (theirs, ErrorCode.FORBIDDEN),
        (acme.purpose, ErrorCode.INVALID),
        ("objective_x", ErrorCode.NOT_FOUND),
        (below, ErrorCode.LINK_LOOP),
    ]:
        problem = acme.refused(acme.close(successor), acme.sales_lead)
        assert (problem.code, problem.path) == (code, ["successor"])
    assert acme.refused(acme.close(acme.child)).nodes == [acme.child]


def test_open_questions_go_to_the_successor_and_settled_ones_stay(acme: Ending) -> None:
    ask = l.AskQuestion(about=acme.old, body="Why?", unit=acme.web)
    settled, open_ = acme.id(ask), acme.id(ask)
    acme.do(l.WithdrawQuestion(question=settled))
    assert acme.kinds(acme.close()) == [LinkMoved, QuestionMoved, ObjectiveClosed]
    moved = acme.org.questions[open_]
    assert (moved.about, moved.awaiting, moved.state) == (acme.next, acme.sales, QuestionState.OPEN)
    assert acme.org.questions[settled].about == acme.old


def test_a_whys_successor_takes_its_children_and_its_audience(acme: Ending) -> None:
    old, new = (
        acme.id(c.PublishWhy(statement=words, because="b", audience=[unit]), acme.executive)
        for words, unit in (("old", acme.tech), ("new", acme.sales))
    )
    link = acme.propose(acme.child, old, acme.web_member).id
    acme.later(days=1)
    retire = c.RetireWhy(why=old, reason="r", successor=new)
    acme.do(retire, acme.executive)
    assert acme.link(link).parent == new
    assert acme.org.whys[new].audience == [acme.sales, acme.tech]
    found = addressed_unit(acme.org, acme.org.whys[new], acme.tech)
    assert found is not None
    assert (found.part, found.since, acme.org.whys[new].version) == (CascadeRole.OWES, acme.now, 1)
    again = c.RetireWhy(why=new, reason="r", successor=old)
    assert acme.refused(again, acme.executive).path == ["successor"]


# -- people ------------------------------------------------------------------------------------------------------------


def test_who_succeeds_a_person_takes_leads_accountabilities_whys_and_questions(acme: Ending) -> None:
    acme.do(c.UpdateObjective(objective=acme.old, accountable=acme.tech_lead))
    why = acme.id(c.PublishWhy(statement="s", because="b", audience=[acme.web], unit=acme.tech), acme.tech_lead)
    question = acme.id(l.AskQuestion(about=acme.old, body="?", unit=acme.tech), acme.tech_lead)
    acme.do(c.RemovePerson(person=acme.tech_lead, successor=acme.web_member))
    org, heir = acme.org, acme.web_member
    assert org.units[acme.tech].lead == heir
    assert RoleGrant(R.LEAD, acme.tech) in org.people[heir].roles
    assert (org.objectives[acme.old].accountable, org.whys[why].sponsor) == (heir, heir)
    assert org.questions[question].asked_by == heir
    acme.do(l.WithdrawQuestion(question=question), heir)


def test_nobody_succeeds_themselves_or_after_leaving(acme: Ending) -> None:
    acme.do(c.RemovePerson(person=acme.viewer))
    for successor in (acme.tech_lead, acme.viewer, "person_x"):
        assert acme.refused(c.RemovePerson(person=acme.tech_lead, successor=successor)).path == ["successor"]


# -- units -------------------------------------------------------------------------------------------------------------


def test_a_units_successor_takes_all_that_was_its_own(acme: Ending) -> None:
    acme.do(c.UpdateObjective(objective=acme.old, owners=[acme.sales, acme.tech]))
    mine = acme.objective(acme.tech, "Mine")
    spoken = acme.id(c.PublishWhy(statement="s", because="b", audience=[acme.web], unit=acme.tech))
    told = acme.id(c.PublishWhy(statement="t", because="b", audience=[acme.tech]))
    asked = acme.id(l.AskQuestion(about=mine, body="?", unit=acme.root))
    asks = acme.id(l.AskQuestion(about=acme.old, body="?", unit=acme.tech))
    acme.later(days=3)
    facts = acme.do(c.CloseUnit(unit=acme.tech, successor=acme.sales)).facts
    org = acme.org
    assert any(isinstance(fact.payload, UnitClosed) for fact in facts)
    assert (org.units[acme.tech].closed, org.units[acme.tech].lead) == (True, None)
    assert (org.units[acme.web].parent, org.units[acme.web].placed_at) == (acme.sales, acme.now)
    assert org.objectives[mine].owners == org.objectives[acme.old].owners == [acme.sales]
    assert (org.whys[spoken].unit, org.whys[told].audience) == (acme.sales, [acme.sales])
    owed = addressed_unit(org, org.whys[told], acme.sales)
    assert owed is not None
    assert (owed.part, owed.since) == (CascadeRole.OWES, acme.now)
    assert (org.questions[asked].asked, org.questions[asked].awaiting) == (acme.sales, acme.sales)
    assert org.questions[asks].unit == acme.sales
    assert org.people[acme.tech_lead].roles == [RoleGrant(R.MEMBER, acme.sales)]
    assert org.units[acme.sales].lead == acme.sales_lead


def test_a_successor_that_owns_an_objective_is_not_invited_to_own_it_too(acme: Ending) -> None:
    shared = acme.id(c.CreateObjective(title="t", owners=[acme.web, acme.sales]), acme.web_member)
    other = acme.id(c.CreateObjective(title="u", owners=[acme.sales, acme.web]), acme.sales_lead)
    assert acme.org.objectives[shared].invited == [acme.sales]
    assert acme.org.objectives[other].invited == [acme.web]
    acme.do(c.CloseUnit(unit=acme.web, successor=acme.sales))
    assert [(each.owners, each.invited) for each in map(acme.org.objectives.__getitem__, (shared, other))] == [
        ([acme.sales], []),
        ([acme.sales], []),
    ]


def test_a_debt_from_above_moves_to_a_successor_that_was_not_told(acme: Ending) -> None:
    why = acme.id(c.PublishWhy(statement="t", because="b", audience=[acme.tech]))
    acme.do(l.AnswerWhy(why=why, version=1, unit=acme.tech, statement="we"))
    acme.do(c.CloseUnit(unit=acme.web, successor=acme.sales))
    assert acme.org.whys[why].audience == [acme.tech, acme.sales]


def test_a_unit_without_a_lead_is_led_by_who_led_the_one_it_succeeds(acme: Ending) -> None:
    empty = acme.unit("Empty")
    acme.do(c.CloseUnit(unit=acme.tech, successor=empty))
    assert acme.org.units[empty].lead == acme.tech_lead


def test_units_that_cannot_be_closed_or_succeed_are_refused(acme: Ending) -> None:
    acme.unit("Web", acme.sales)
    for unit, successor, path in [
        (acme.root, acme.sales, "unit"),
        (acme.tech, acme.tech, "successor"),
        (acme.tech, acme.web, "successor"),
        (acme.tech, acme.sales, "successor"),
        (acme.old, acme.sales, "unit"),
    ]:
        assert acme.refused(c.CloseUnit(unit=unit, successor=successor)).path == [path]
    forbidden = c.CloseUnit(unit=acme.web, successor=acme.tech)
    assert acme.refused(forbidden, acme.tech_lead).code is ErrorCode.FORBIDDEN


# -- cycles ------------------------------------------------------------------------------------------------------------


def cycled(acme: Ending) -> tuple[Id, dict[str, Any]]:
    """The next cycle, and a disposition for every open objective of the one that ends."""
    following = acme.id(c.OpenCycle(name="2027", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31)))
    for each in (acme.old, acme.next, acme.child):
        acme.do(c.UpdateObjective(objective=each, cycle=acme.cycle))
    return following, {"carry_over": [acme.old, acme.child], "archive": [acme.next], "to_cycle": following}


def test_a_cycle_closes_with_a_disposition_for_every_open_objective(acme: Ending) -> None:
    following, named = cycled(acme)
    acme.accept(acme.up)
    close = c.CloseCycle(cycle=acme.cycle, **named)
    assert [type(fact.payload) for fact in acme.do(close, acme.admin, dry_run=True).facts][-1] is CycleClosed
    assert acme.org.cycles[acme.cycle].open
    carried = [ObjectiveCarriedOver, ObjectiveCarriedOver]
    assert acme.kinds(close, acme.admin) == [*carried, ObjectiveArchived, CycleClosed]
    assert acme.org.objectives[acme.old].cycle == acme.org.objectives[acme.child].cycle == following
    assert acme.org.objectives[acme.next].state is ObjectiveState.ARCHIVED
    assert acme.org.explained(acme.link(acme.up)), "links to live parents stay as they are"
    assert acme.refused(close, acme.admin).path == ["cycle"]


def test_objectives_not_named_are_listed(acme: Ending) -> None:
    _, named = cycled(acme)
    problem = acme.refused(c.CloseCycle(cycle=acme.cycle, **{**named, "carry_over": [acme.old]}))
    assert (problem.code, problem.path, problem.nodes) == (ErrorCode.STATE_NOT_ALLOWED, ["cycle"], [acme.child])
    assert "“Child”" in problem.message
    acme.do(c.CloseObjective(objective=acme.child, grade=1, note="n"))
    acme.do(c.CloseCycle(cycle=acme.cycle, **{**named, "carry_over": [acme.old]}))


def test_a_disposition_that_means_nothing_is_refused(acme: Ending) -> None:
    _, named = cycled(acme)
    stranger = acme.objective(acme.web, "Stranger")
    changes: list[tuple[dict[str, Any], list[str]]] = [
        ({"to_cycle": None}, ["toCycle"]),
        ({"to_cycle": acme.cycle}, ["toCycle"]),
        ({"archive": [acme.next, acme.child]}, ["archive", "1"]),
        ({"archive": [stranger, acme.next]}, ["archive", "0"]),
        ({"carry_over": ["objective_x"]}, ["carryOver", "0"]),
    ]
    for change, path in changes:
        assert acme.refused(c.CloseCycle(cycle=acme.cycle, **{**named, **change})).path == path
    assert acme.refused(c.CloseCycle(cycle=acme.cycle, **named), acme.sales_lead).code is ErrorCode.FORBIDDEN


def test_carrying_over_again_changes_nothing_and_is_for_who_may_change_it(acme: Ending) -> None:
    following, _ = cycled(acme)
    carry = c.CarryOver(objectives=[acme.child], to_cycle=following)
    assert acme.refused(carry, acme.sales_member).path == ["objectives", "0"]
    assert acme.kinds(carry, acme.web_member) == [ObjectiveCarriedOver]
    assert acme.kinds(carry, acme.web_member) == []
    acme.do(c.ArchiveObjective(objective=acme.child))
    assert acme.refused(carry).code is ErrorCode.STATE_NOT_ALLOWED
