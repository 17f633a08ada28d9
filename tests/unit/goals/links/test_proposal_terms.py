"""Linking again what was linked before: the terms of the last time are offered, in a link of its own."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id, Link, RoleGrant
from goldenthread.contracts.enums import LinkKind, LinkPolicy, LinkState, ObjectiveState, Requirement, Side
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import LinkAccepted, LinkProposed
from goldenthread.organization.former_links import former_link
from tests.unit.goals.world import Acme


class Parted(Acme):
    """An objective of Web hung on one of Sales: agreed with a promise in return, and withdrawn since."""

    def __init__(self) -> None:
        super().__init__()
        self.child, self.parent = self.objective(self.web, "Fast pages"), self.objective(self.sales)
        self.old = self.agreed("Buyers leave slow pages.", weight=0.4)
        self.end(self.old)

    def agreed(self, because: str, in_return: str | None = "Two testers", **terms: Any) -> Id:
        link = self.again(because=because, **terms)
        self.do(c.AcceptLink(link=link.id, round=1, in_return=in_return), self.sales_lead)
        return link.id

    def end(self, link: Id, reason: str = "No time.") -> None:
        self.later(days=1)
        self.do(c.WithdrawLink(link=link, reason=reason), self.web_member)

    def due(self) -> datetime:
        return self.now + timedelta(days=7)

    def again(self, actor: Id | None = None, **terms: Any) -> Link:
        ends = {"child": self.child, "parent": self.parent, **terms}
        return self.org.links[self.id(c.ProposeLink(**ends), actor or self.web_member)]


@pytest.fixture
def acme() -> Parted:
    return Parted()


def test_the_terms_of_a_withdrawn_link_are_offered_again_in_a_link_of_its_own(acme: Parted) -> None:
    before = acme.link(acme.old)
    link = acme.again()
    assert (link.because, link.kind, link.weight, link.in_return) == (
        "Buyers leave slow pages.",
        LinkKind.CONTRIBUTES,
        0.4,
        "Two testers",
    )
    assert link.id != acme.old
    assert (link.state, link.round, link.turn, link.due_at) == (LinkState.PROPOSED, 1, Side.PARENT, acme.due())
    (said,) = link.rounds
    assert (said.unit, said.by, said.because, said.in_return) == (
        acme.web,
        acme.web_member,
        "Buyers leave slow pages.",
        "Two testers",
    )
    assert (link.accepted_order, link.decided_at, link.reason, link.kept, link.source) == (None,) * 5
    assert acme.link(acme.old) == before, "nothing of the old link changes"


def test_the_other_side_accepts_what_it_gave_in_return_by_accepting_or_counters(acme: Parted) -> None:
    link = acme.again()
    acme.do(c.AcceptLink(link=link.id, round=1), acme.sales_lead)
    assert (acme.link(link.id).state, acme.link(link.id).in_return) == (LinkState.ACCEPTED, "Two testers")
    acme.end(link.id)
    third = acme.again()
    acme.do(c.CounterLink(link=third.id, round=1, in_return="One tester"), acme.sales_lead)
    assert (acme.link(third.id).round, acme.link(third.id).in_return) == (2, "One tester")


def test_what_is_given_counts_and_the_rest_is_as_it_was(acme: Parted) -> None:
    weighed = acme.again(weight=0.9)
    assert (weighed.because, weighed.kind, weighed.weight) == ("Buyers leave slow pages.", LinkKind.CONTRIBUTES, 0.9)
    acme.end(weighed.id)
    supports = acme.again(kind=LinkKind.SUPPORTS)
    assert (supports.kind, supports.weight, supports.in_return) == (LinkKind.SUPPORTS, None, "Two testers")
    acme.end(supports.id)
    last = acme.again()
    assert (last.kind, last.weight) == (LinkKind.SUPPORTS, None), "the last link counts, not the first"


def test_a_because_that_is_given_begins_anew(acme: Parted) -> None:
    link = acme.again(because="Search engines rank fast pages higher.")
    assert (link.because, link.kind, link.weight, link.in_return) == (
        "Search engines rank fast pages higher.",
        LinkKind.CONTRIBUTES,
        None,
        None,
    )


def test_terms_that_were_countered_and_declined_are_offered_as_they_stood_at_the_end(acme: Parted) -> None:
    link = acme.again(because="First words.")
    acme.do(c.CounterLink(link=link.id, round=1, because="Better words.", in_return="A desk"), acme.sales_lead)
    acme.do(c.DeclineLink(link=link.id, round=2, reason="No."), acme.tech_lead)
    acme.later(days=1)
    again = acme.again()
    assert (again.because, again.in_return, again.round) == ("Better words.", "A desk", 1)


def test_the_last_of_several_former_links_counts_whatever_was_accepted(acme: Parted) -> None:
    """Accepted links stand before others in every list of links; in time they may be the older ones."""
    refused = acme.again(because="Second try.")
    acme.later(days=1)
    acme.do(c.DeclineLink(link=refused.id, round=1, reason="No."), acme.sales_lead)
    found = former_link(acme.org, acme.child, acme.parent)
    assert found is not None
    assert found.id == refused.id
    assert acme.again().because == "Second try."


def test_the_last_is_the_one_that_ended_last_and_never_one_that_lives(acme: Parted) -> None:
    """Imported data may have two links between the same goals: the one proposed last may have ended first."""
    old = acme.link(acme.old)
    assert old.decided_at is not None
    early = replace(old, id="link_z", because="Said later", proposed_at=old.proposed_at + timedelta(hours=1))
    acme.org.put(replace(early, decided_at=old.decided_at - timedelta(hours=1)))
    assert former_link(acme.org, acme.child, acme.parent) == old
    acme.org.put(replace(early, state=LinkState.ACCEPTED, decided_at=old.decided_at + timedelta(hours=1)))
    assert former_link(acme.org, acme.child, acme.parent) == old


def test_the_because_is_said_against_what_the_parent_says_now(acme: Parted) -> None:
    acme.do(c.UpdateObjective(objective=acme.parent, title="Sell more to schools"))
    acme.do(c.UpdateObjective(objective=acme.child, title="Pages in a second"))
    link = acme.again()
    assert link.because == "Buyers leave slow pages."
    assert link.because_version == acme.org.objectives[acme.parent].version == 2
    acme.do(c.AcceptLink(link=link.id, round=1), acme.sales_lead)
    assert acme.org.explained(acme.link(link.id))


# -- refused -----------------------------------------------------------------------------------------------------------


def test_without_a_former_link_a_because_has_to_be_written(acme: Parted) -> None:
    other = acme.objective(acme.sales, "Other")
    acme.propose(other, acme.parent, acme.sales_member)
    for child, parent in ((acme.child, other), (acme.objective(acme.web), acme.parent), (acme.parent, acme.child)):
        problem = acme.refused(c.ProposeLink(child=child, parent=parent))
        assert (problem.code, problem.path) == (ErrorCode.INVALID, ["because"])
        assert "was withdrawn or declined, so there are no terms to offer again; write a because" in problem.message


def test_who_is_linked_already_is_told_so_and_not_to_write_a_because(acme: Parted) -> None:
    acme.again()
    problem = acme.refused(c.ProposeLink(child=acme.child, parent=acme.parent))
    assert (problem.code, problem.path) == (ErrorCode.CONFLICT, ["parent"])
    assert "already has a link" in problem.message


def test_where_the_former_link_never_had_a_because_it_has_to_be_written(acme: Parted) -> None:
    old = acme.link(acme.old)
    acme.org.put(msgspec.structs.replace(old, because=None, because_version=None))
    problem = acme.refused(c.ProposeLink(child=acme.child, parent=acme.parent))
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["because"])
    assert "nobody said why; write a because" in problem.message


def test_a_blank_because_is_no_missing_one(acme: Parted) -> None:
    assert acme.refused(c.ProposeLink(child=acme.child, parent=acme.parent, because=" ")).path == ["because"]


def test_the_rules_of_every_proposal_hold(acme: Parted) -> None:
    again = c.ProposeLink(child=acme.child, parent=acme.parent)
    assert acme.refused(again, acme.sales_member).code is ErrorCode.FORBIDDEN
    link = acme.again()
    assert acme.refused(again).code is ErrorCode.CONFLICT
    acme.end(link.id)
    back = acme.propose(acme.parent, acme.child, acme.sales_member).id
    assert acme.refused(again).code is ErrorCode.LINK_LOOP
    acme.do(c.WithdrawLink(link=back, reason="r"), acme.sales_member)
    acme.do(c.CloseObjective(objective=acme.parent, grade=1, note="n"))
    assert (acme.refused(again).code, acme.refused(again).path) == (ErrorCode.STATE_NOT_ALLOWED, ["parent"])
    support = c.ProposeLink(child=acme.child, parent=acme.parent, kind=LinkKind.SUPPORTS, weight=0.5)
    assert acme.refused(support).path == ["weight"]
    assert acme.refused(msgspec.structs.replace(again, weight=2.0)).path == ["weight"]


def test_a_key_result_is_linked_again_as_what_it_was(acme: Parted) -> None:
    measure = acme.id(c.AddKeyResult(measures=acme.child, key_result=c.KeyResultSpec(title="k")))
    link = acme.again(child=measure, because="b", kind=LinkKind.SUPPORTS)
    acme.end(link.id)
    assert acme.again(child=measure).kind is LinkKind.SUPPORTS
    assert acme.refused(c.ProposeLink(child=measure, parent=acme.child)).path == ["parent"], "a measure's own hop"


# -- who agrees --------------------------------------------------------------------------------------------------------


def test_where_nobody_is_asked_only_what_was_agreed_is_promised_again(acme: Parted) -> None:
    acme.do(c.SetPolicy(link_policy=LinkPolicy.AUTO_ACCEPT))
    facts = acme.do(c.ProposeLink(child=acme.child, parent=acme.parent), acme.web_member).facts
    assert [type(fact.payload) for fact in facts] == [LinkProposed, LinkAccepted]
    (link,) = acme.org.parents(acme.child)
    assert link.in_return == "Two testers", "Sales agreed to that before"
    acme.do(c.WithdrawLink(link=link.id, reason="r"))


def test_a_demand_that_was_declined_is_no_promise_where_links_accept_themselves(acme: Parted) -> None:
    link = acme.again(because="b")
    acme.do(c.CounterLink(link=link.id, round=1, because="c"), acme.sales_lead)
    acme.do(c.CounterLink(link=link.id, round=2, in_return="Ten testers"), acme.tech_lead)
    acme.do(c.DeclineLink(link=link.id, round=3, reason="Too many."), acme.sales_lead)
    acme.do(c.SetPolicy(link_policy=LinkPolicy.AUTO_ACCEPT))
    acme.later(days=1)
    found = acme.again()
    assert (found.state, found.because, found.in_return) == (LinkState.ACCEPTED, "c", None)
    assert found.rounds[0].in_return is None


def test_under_block_a_draft_becomes_active_when_its_former_link_is_accepted_again(acme: Parted) -> None:
    acme.do(c.SetPolicy(alignment_required=Requirement.BLOCK))
    draft = acme.objective(acme.web, "Draft", activate=False)
    link = acme.again(child=draft, because="b")
    acme.do(c.WithdrawLink(link=link.id, reason="r"), acme.web_member)
    again = acme.again(child=draft)
    assert acme.org.objectives[draft].state is ObjectiveState.DRAFT
    acme.do(c.AcceptLink(link=again.id, round=1), acme.sales_lead)
    assert acme.org.objectives[draft].state is ObjectiveState.ACTIVE


def test_a_why_says_the_because_of_its_former_link_again() -> None:
    acme = Acme()
    why = acme.id(c.PublishWhy(statement="s", because="It pays.", audience=[acme.web]), acme.executive)
    (link,) = acme.org.parents(why)
    acme.do(c.WithdrawLink(link=link.id, reason="r"), acme.executive)
    acme.do(c.ProposeLink(child=why, parent=acme.purpose), acme.executive)
    (found,) = acme.org.parents(why)
    assert (found.because, found.kind, acme.org.whys[why].because) == ("It pays.", LinkKind.SUPPORTS, "It pays.")


# -- successors --------------------------------------------------------------------------------------------------------


def test_the_former_link_of_a_goal_is_not_that_of_its_successor(acme: Parted) -> None:
    heir = acme.objective(acme.sales, "Heir")
    acme.do(c.CloseObjective(objective=acme.parent, grade=1, note="n", successor=heir))
    assert acme.refused(c.ProposeLink(child=acme.child, parent=heir)).path == ["because"]


def test_a_link_that_moved_and_was_withdrawn_then_is_the_successors(acme: Parted) -> None:
    link = acme.agreed("It moves.")
    heir = acme.objective(acme.sales, "Heir")
    acme.do(c.CloseObjective(objective=acme.parent, grade=1, note="n", successor=heir))
    acme.end(link)
    assert acme.again(parent=heir).because == "It moves."
    acme.do(c.ReopenObjective(objective=acme.parent, reason="r"))
    assert acme.again().because == "Buyers leave slow pages.", "what ended before it moved stays"


def test_a_copy_has_the_former_terms_of_its_original(acme: Parted) -> None:
    following = acme.id(c.OpenCycle(name="2027", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31)))

    def copied(child: Id) -> Id:
        asked = c.CopyObjective(objective=child, grade=1, note="n")
        acme.do(c.CarryOver(to_cycle=following, copy=[asked]))
        (copy,) = acme.org.continued_by[child]
        return str(copy)

    other = acme.objective(acme.web, "Other")
    link = acme.again(child=other, because="It moves.")
    acme.do(c.AcceptLink(link=link.id, round=1, in_return="A desk"), acme.sales_lead)
    assert acme.again(child=copied(acme.child)).because == "Buyers leave slow pages."
    copy = copied(other)
    acme.end(link.id)
    again = acme.again(child=copy)
    assert (again.because, again.in_return) == ("It moves.", "A desk")
    acme.do(c.ReopenObjective(objective=other, reason="r"))
    assert acme.refused(c.ProposeLink(child=other, parent=acme.parent)).path == ["because"]


# -- on the wire -------------------------------------------------------------------------------------------------------


def test_a_request_of_before_is_known_again_by_its_key() -> None:
    sent = b'{"type":"Link","child":"objective_1","parent":"why_1","because":"b","kind":"CONTRIBUTES","weight":null}'
    for body in (sent, b'{"type":"Link","child":"objective_1","parent":"why_1","because":"b"}'):
        decoded = msgspec.json.decode(body, type=c.ProposeLink)
        assert msgspec.json.encode(decoded) == sent


def test_a_new_objective_says_why_it_serves_its_parent() -> None:
    with pytest.raises(msgspec.ValidationError, match="because"):
        msgspec.json.decode(b'{"parent":"why_1"}', type=c.LinkTarget)


def test_any_side_that_may_propose_may_offer_again_who_ever_ended_it(acme: Parted) -> None:
    link = acme.again()
    acme.do(c.AcceptLink(link=link.id, round=1), acme.sales_lead)
    acme.do(c.WithdrawLink(link=link.id, reason="Sales has no testers."), acme.sales_lead)
    colleague = acme.person(RoleGrant(R.MEMBER, acme.web))
    assert acme.again(colleague).proposed_by == colleague
