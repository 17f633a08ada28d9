"""Which side of a link may do what, what is said to the others, and what a turn keeps of the one before."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Link, RoleGrant
from goldenthread.contracts.enums import LinkKind, LinkState, ObjectiveState, Requirement, Side
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import LinkAccepted, LinkCountered, LinkProposed, LinkWithdrawn, WhyRevised
from services.goals.domain.clock import timer_rules as clock
from services.goals.domain.decision import Case
from services.goals.domain.links import open_proposals
from tests.support import entities
from tests.unit.goals.world import Acme


def test_who_is_not_asked_is_told_whom_to_ask(acme: Acme, open_link: Link) -> None:
    assert "for Sales; ask" in acme.refused(c.AcceptLink(link=open_link.id, round=1), acme.viewer).message
    acme.do(c.CounterLink(link=open_link.id, round=1, in_return="data"), acme.sales_lead)
    accept = c.AcceptLink(link=open_link.id, round=2)
    assert "for Web; ask" in acme.refused(accept, acme.viewer).message
    assert "other side's turn" in acme.refused(accept, acme.sales_lead).message


def test_every_decision_is_about_its_link(acme: Acme, open_link: Link) -> None:
    id = open_link.id
    assert acme.do(c.CounterLink(link=id, round=1, in_return="data"), acme.sales_lead).ids == [id]
    assert acme.do(c.AcceptLink(link=id, round=2), acme.tech_lead).ids == [id]
    assert acme.do(c.ReaffirmLinks(links=[id], because="still"), acme.web_member).ids == [id]
    assert acme.do(c.WithdrawLink(link=id, reason="over"), acme.web_member).ids == [id]
    again = acme.propose(open_link.child, open_link.parent, acme.web_member).id
    assert acme.do(c.DeclineLink(link=again, round=1, reason="no"), acme.sales_lead).ids == [again]
    over = acme.refused(c.AcceptLink(link=again, round=1), acme.sales_lead)
    assert over.message == "This link is declined (no); there is nothing to decide."


def test_an_open_proposal_is_taken_back_by_the_childs_side_and_declined_by_the_parents(
    acme: Acme, open_link: Link
) -> None:
    withdraw = c.WithdrawLink(link=open_link.id, reason="over")
    problem = acme.refused(withdraw, acme.sales_lead)
    assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["link"])
    assert "decline or counter it" in problem.message
    assert acme.refused(withdraw, acme.sales_member).code is ErrorCode.FORBIDDEN
    fact = acme.do(withdraw, acme.web_member).facts[0].payload
    assert isinstance(fact, LinkWithdrawn)
    assert fact.side is Side.CHILD


@pytest.mark.parametrize("accepted", [True, False])
def test_who_may_speak_for_both_sides_withdraws_for_that_which_they_decide_for(
    acme: Acme, open_link: Link, accepted: bool
) -> None:
    """Here a member of the child's unit who leads the parent's. What is open only the child's side takes back."""
    both = acme.person(RoleGrant(R.MEMBER, acme.web), RoleGrant(R.LEAD, acme.sales))
    if accepted:
        acme.do(c.AcceptLink(link=open_link.id, round=1), acme.sales_lead)
    fact = acme.do(c.WithdrawLink(link=open_link.id, reason="over"), both).facts[0].payload
    assert isinstance(fact, LinkWithdrawn)
    assert fact.side is (Side.PARENT if accepted else Side.CHILD)


def test_who_decides_for_both_sides_withdraws_for_the_childs(acme: Acme, open_link: Link) -> None:
    both = acme.person(RoleGrant(R.LEAD, acme.web), RoleGrant(R.LEAD, acme.sales))
    acme.do(c.AcceptLink(link=open_link.id, round=1), both)
    fact = acme.do(c.WithdrawLink(link=open_link.id, reason="over"), both).facts[0].payload
    assert isinstance(fact, LinkWithdrawn)
    assert fact.side is Side.CHILD


def test_a_counter_keeps_the_terms_it_does_not_name(acme: Acme, open_link: Link) -> None:
    acme.do(c.CounterLink(link=open_link.id, round=1, in_return="data"), acme.sales_lead)
    acme.do(c.UpdateObjective(objective=open_link.parent, title="Sell better"))
    acme.do(c.CounterLink(link=open_link.id, round=2, in_return="budget"), acme.tech_lead)
    link = acme.link(open_link.id)
    assert (link.because, link.because_version) == ("it helps", 1), "nobody wrote it against the new title"
    acme.do(c.CounterLink(link=open_link.id, round=3, because="it pays"), acme.sales_lead)
    link = acme.link(open_link.id)
    assert (link.in_return, link.because_version, link.kind) == ("budget", 2, LinkKind.CONTRIBUTES)


def test_only_the_parents_side_promises_when_it_accepts(acme: Acme, open_link: Link) -> None:
    acme.do(c.CounterLink(link=open_link.id, round=1, because="it pays"), acme.sales_lead)
    problem = acme.refused(c.AcceptLink(link=open_link.id, round=2, in_return="gold"), acme.tech_lead)
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["inReturn"])


@pytest.mark.parametrize("end", ["child", "parent"])
def test_a_link_of_a_goal_that_has_ended_is_not_reaffirmed(acme: Acme, open_link: Link, end: str) -> None:
    acme.do(c.AcceptLink(link=open_link.id, round=1), acme.sales_lead)
    acme.do(c.CloseObjective(objective=getattr(open_link, end), grade=1, note="n"))
    problem = acme.refused(c.ReaffirmLinks(links=[open_link.id], because="still"), acme.web_member)
    assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["links", "0"])


def test_only_an_accepted_link_is_reaffirmed(acme: Acme, open_link: Link) -> None:
    problem = acme.refused(c.ReaffirmLinks(links=[open_link.id], because="still"), acme.web_member)
    assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["links", "0"])
    assert "is proposed" in problem.message
    unknown = acme.refused(c.ReaffirmLinks(links=["link_nowhere"], because="still"), acme.web_member)
    assert (unknown.code, unknown.path) == (ErrorCode.NOT_FOUND, ["links", "0"])
    assert acme.refused(c.WithdrawLink(link="link_nowhere", reason="r")).path == ["link"]


def test_a_link_of_which_nobody_said_why_is_reaffirmed_with_a_because(acme: Acme, open_link: Link) -> None:
    child, parent = acme.objective(acme.web), acme.objective(acme.sales)
    acme.org.apply(LinkAccepted(entities.link("link_bare", child, parent, because_version=None)))
    problem = acme.refused(c.ReaffirmLinks(links=["link_bare"]), acme.web_member)
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["because"])
    acme.do(c.ReaffirmLinks(links=["link_bare"], because="it helps"), acme.web_member)
    assert acme.link("link_bare").because == "it helps"
    acme.do(c.AcceptLink(link=open_link.id, round=1), acme.sales_lead)
    acme.do(c.UpdateObjective(objective=open_link.parent, title="Sell better"))
    acme.do(c.ReaffirmLinks(links=[open_link.id]), acme.web_member)
    assert acme.link(open_link.id).because == "it helps", "what was said before still holds"


def test_accepting_what_nobody_explained_warns_of_no_revision(acme: Acme) -> None:
    child, parent = acme.objective(acme.web), acme.objective(acme.sales)
    bare = entities.link(
        "link_bare", child, parent, None, because_version=None, state=LinkState.PROPOSED, turn=Side.PARENT
    )
    acme.org.apply(LinkProposed(bare))
    assert acme.do(c.AcceptLink(link="link_bare", round=1), acme.sales_lead).warnings == []


def test_a_goal_does_not_serve_itself_and_a_second_link_names_the_first(acme: Acme, open_link: Link) -> None:
    itself = acme.refused(c.ProposeLink(child=open_link.child, parent=open_link.child, because="b"), acme.web_member)
    assert (itself.code, itself.nodes) == (ErrorCode.LINK_LOOP, [open_link.child])
    assert itself.message == "A goal cannot serve itself; name another parent."
    second = acme.refused(c.ProposeLink(child=open_link.child, parent=open_link.parent, because="b"), acme.web_member)
    said = f"“Fast pages” already has a link to “Sell more” (proposed, {open_link.id}); use that one."
    assert second.message == said
    unknown = acme.refused(c.ProposeLink(child="objective_x", parent=open_link.parent, because="b"))
    assert (unknown.code, unknown.path) == (ErrorCode.NOT_FOUND, ["child"])
    bare = c.ProposeLink(child=open_link.parent, parent=acme.objective(acme.tech, "Run"), because=None)
    assert "No link from “Sell more” to “Run”" in acme.refused(bare).message
    assert "write a because: why “Sell more” serves “Run”." in acme.refused(bare).message


def test_the_hop_of_a_measure_supports_and_had_no_round(acme: Acme) -> None:
    key_result = acme.id(c.AddKeyResult(measures=acme.objective(acme.web), key_result=c.KeyResultSpec(title="k")))
    (hop,) = acme.org.parents(key_result)
    assert (hop.kind, hop.round, hop.rounds) == (LinkKind.SUPPORTS, 0, [])


def test_only_a_draft_becomes_active_with_its_first_link_and_only_where_the_policy_asks_for_one(acme: Acme) -> None:
    parent, other = acme.objective(acme.sales), acme.objective(acme.sales)
    draft = acme.objective(acme.web, activate=False)
    link = acme.propose(draft, parent, acme.web_member)
    acme.do(c.AcceptLink(link=link.id, round=1), acme.sales_lead)
    assert acme.org.objectives[draft].state is ObjectiveState.DRAFT
    acme.do(c.SetPolicy(alignment_required=Requirement.BLOCK))
    second = acme.propose(draft, other, acme.web_member)
    acme.do(c.AcceptLink(link=second.id, round=1), acme.sales_lead)
    assert acme.org.objectives[draft].state is ObjectiveState.ACTIVE
    third = acme.propose(draft, acme.purpose, acme.web_member)
    facts = acme.do(c.AcceptLink(link=third.id, round=1), acme.executive).facts
    assert [type(fact.payload) for fact in facts] == [LinkAccepted]


def test_a_link_contributes_unless_it_is_said_otherwise(acme: Acme) -> None:
    said = c.ProposeLink(child=acme.objective(acme.web), parent=acme.objective(acme.sales), because="b", kind=None)
    assert acme.link(acme.id(said, acme.web_member)).kind is LinkKind.CONTRIBUTES


def test_terms_that_nobody_gave_are_not_offered_again(acme: Acme) -> None:
    child, parent = acme.objective(acme.web, "Fast pages"), acme.objective(acme.sales, "Sell more")
    over = entities.link("link_over", child, parent, because_version=None, state=LinkState.WITHDRAWN)
    acme.org.apply(LinkProposed(over))
    problem = acme.refused(c.ProposeLink(child=child, parent=parent, because=None), acme.web_member)
    assert "Of the last link from “Fast pages” to “Sell more” nobody said why" in problem.message


def test_a_draft_of_a_closed_cycle_stays_one_and_it_is_said_why(acme: Acme) -> None:
    acme.do(c.SetPolicy(alignment_required=Requirement.BLOCK))
    draft = acme.id(c.CreateObjective(title="t", owners=[acme.web], cycle=acme.cycle), acme.web_member)
    link = acme.propose(draft, acme.purpose, acme.web_member)
    cycle = acme.org.cycles[acme.cycle]
    acme.org.begin()
    acme.org.put(replace(cycle, open=False))
    acme.org.commit()
    decision = acme.do(c.AcceptLink(link=link.id, round=1), acme.executive)
    assert [(each.code, each.path) for each in decision.warnings] == [(ErrorCode.STATE_NOT_ALLOWED, ["link"])]
    assert acme.org.objectives[draft].state is ObjectiveState.DRAFT


def test_what_waits_for_a_copy_that_stays_a_draft_is_withdrawn_by_the_parents_side(acme: Acme, open_link: Link) -> None:
    case = Case(acme.org, acme.context(acme.boss))
    acme.org.begin()
    open_proposals.withdraw_from_below(case, open_link.parent)
    acme.org.commit()
    (fact,) = case.facts
    assert isinstance(fact.payload, LinkWithdrawn)
    assert fact.payload.side is Side.PARENT
    said = "“Sell more” stays a draft until its first link is accepted; propose again then."
    assert fact.payload.link.reason == said


def test_a_because_that_is_written_anew_is_another_round_of_what_is_open(acme: Acme) -> None:
    published = c.PublishWhy(statement="s", because="b", audience=[acme.sales], unit=acme.sales)
    why = acme.id(published, acme.sales_lead)
    (link,) = acme.org.parents(why, LinkState.PROPOSED)
    facts = acme.do(c.ReviseWhy(why=why, expected_version=1, because="it grows"), acme.sales_lead).facts
    assert [type(fact.payload) for fact in facts] == [WhyRevised, LinkProposed]
    acme.do(c.CounterLink(link=link.id, round=2, in_return="money"), acme.executive)
    facts = acme.do(c.ReviseWhy(why=why, expected_version=1, because="it lasts"), acme.sales_lead).facts
    assert [type(fact.payload) for fact in facts] == [WhyRevised, LinkCountered]
    acme.do(c.CounterLink(link=link.id, round=4, because="it pays"), acme.executive)
    facts = acme.do(c.AcceptLink(link=link.id, round=5), acme.sales_lead).facts
    assert [type(fact.payload) for fact in facts] == [LinkAccepted, WhyRevised]
    assert isinstance(facts[1].payload, WhyRevised)
    assert (facts[1].payload.editorial, acme.org.whys[why].because, acme.org.whys[why].version) == (True, "it pays", 1)


@pytest.mark.parametrize("end", ["child", "parent"])
def test_a_proposal_left_over_names_the_goal_that_has_ended(acme: Acme, open_link: Link, end: str) -> None:
    over = acme.org.objectives[getattr(open_link, end)]
    acme.org.begin()
    acme.org.put(replace(over, state=ObjectiveState.ARCHIVED))
    acme.org.commit()
    (fact,) = clock.left_over(acme.org, acme.now)
    assert isinstance(fact.payload, LinkWithdrawn)
    assert fact.payload.side is (Side.CHILD if end == "child" else Side.PARENT)
    assert fact.payload.link.reason == f"“{over.title}” is over."


def test_a_proposal_to_what_is_not_known_is_left_alone(acme: Acme, open_link: Link) -> None:
    for child, parent in (("objective_x", open_link.parent), (open_link.child, "objective_x")):
        stray = entities.link("link_stray", child, parent, None, state=LinkState.PROPOSED)
        acme.org.apply(LinkProposed(stray))
        assert clock.left_over(acme.org, acme.now) == []
