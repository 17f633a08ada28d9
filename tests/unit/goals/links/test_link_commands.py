"""Catchball: two sides, numbered rounds, and what a link may not be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Link
from goldenthread.contracts.enums import LinkKind, LinkPolicy, LinkState, ObjectiveState, Requirement, Side
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import LinkAccepted, LinkProposed, LinkWithdrawn
from tests.unit.goals.world import Acme


def test_a_proposal_is_round_one_and_the_parents_turn_until_it_is_due(acme: Acme, open_link: Link) -> None:
    assert (open_link.state, open_link.round, open_link.turn) == (LinkState.PROPOSED, 1, Side.PARENT)
    assert open_link.due_at == acme.now + timedelta(days=7)
    assert open_link.rounds[0].unit == acme.web
    assert not acme.org.explained(open_link)


def test_the_parents_lead_accepts_with_a_promise_in_return(acme: Acme, open_link: Link) -> None:
    acme.do(c.AcceptLink(link=open_link.id, round=1, in_return="we pay the servers"), acme.sales_lead)
    link = acme.link(open_link.id)
    assert (link.state, link.in_return, link.turn, link.due_at) == (
        LinkState.ACCEPTED,
        "we pay the servers",
        None,
        None,
    )
    assert link.decided_by == acme.sales_lead
    assert acme.org.explained(link)


def test_the_accepted_order_is_the_sequence_of_the_event_that_accepted(acme: Acme, open_link: Link) -> None:
    acme.do(c.AcceptLink(link=open_link.id, round=1), acme.sales_lead)
    acme.objective(acme.tech)
    for sequence, fact in enumerate(acme.facts, start=1):
        if isinstance(fact.payload, LinkAccepted):
            assert fact.payload.link.accepted_order == sequence


def test_only_the_side_whose_turn_it_is_decides(acme: Acme, open_link: Link) -> None:
    accept = c.AcceptLink(link=open_link.id, round=1)
    for actor in (acme.tech_lead, acme.web_member, acme.sales_member, acme.executive, acme.admin, acme.viewer):
        assert acme.refused(accept, actor).code is ErrorCode.FORBIDDEN
    assert "other side's turn" in acme.refused(accept, acme.tech_lead).message


def test_a_counter_turns_the_turn_and_every_round_is_kept(acme: Acme, open_link: Link) -> None:
    acme.later(days=1)
    acme.do(c.CounterLink(link=open_link.id, round=1, because="it keeps buyers", in_return="data"), acme.sales_lead)
    link = acme.link(open_link.id)
    assert (link.state, link.round, link.turn) == (LinkState.COUNTERED, 2, Side.CHILD)
    assert link.due_at == acme.now + timedelta(days=7)
    acme.do(c.CounterLink(link=open_link.id, round=2, in_return="data and budget"), acme.tech_lead)
    acme.do(c.AcceptLink(link=open_link.id, round=3), acme.sales_lead)
    link = acme.link(open_link.id)
    assert [(r.round, r.because, r.in_return) for r in link.rounds] == [
        (1, "it helps", None),
        (2, "it keeps buyers", "data"),
        (3, None, "data and budget"),
    ]
    assert (link.because, link.in_return) == ("it keeps buyers", "data and budget")


def test_deciding_on_terms_that_changed_since_is_stale(acme: Acme, open_link: Link) -> None:
    acme.do(c.CounterLink(link=open_link.id, round=1, in_return="data"), acme.sales_lead)
    acme.do(c.CounterLink(link=open_link.id, round=2, in_return="money"), acme.tech_lead)
    for command in (
        c.AcceptLink(link=open_link.id, round=1),
        c.DeclineLink(link=open_link.id, round=1, reason="no"),
        c.CounterLink(link=open_link.id, round=1, in_return="x"),
    ):
        problem = acme.refused(command, acme.sales_lead)
        assert (problem.code, problem.path) == (ErrorCode.STALE_VERSION, ["round"])


def test_the_childs_side_cannot_promise_for_the_parents(acme: Acme, open_link: Link) -> None:
    acme.do(c.CounterLink(link=open_link.id, round=1, because="better"), acme.sales_lead)
    promise = c.AcceptLink(link=open_link.id, round=2, in_return="gold")
    assert acme.refused(promise, acme.tech_lead).path == ["inReturn"]


def test_a_counter_needs_new_terms(acme: Acme, open_link: Link) -> None:
    assert acme.refused(c.CounterLink(link=open_link.id, round=1), acme.sales_lead).code is ErrorCode.INVALID


def test_a_declined_link_says_why_and_may_be_proposed_anew(acme: Acme, open_link: Link) -> None:
    assert acme.refused(c.DeclineLink(link=open_link.id, round=1, reason=" "), acme.sales_lead).path == ["reason"]
    acme.do(c.DeclineLink(link=open_link.id, round=1, reason="not this year"), acme.sales_lead)
    assert acme.link(open_link.id).reason == "not this year"
    again = acme.propose(open_link.child, open_link.parent, acme.web_member)
    assert again.state is LinkState.PROPOSED


@pytest.mark.parametrize(("who", "side"), [("web_member", Side.CHILD), ("sales_lead", Side.PARENT)])
def test_either_side_withdraws_an_accepted_link(acme: Acme, open_link: Link, who: str, side: Side) -> None:
    acme.do(c.AcceptLink(link=open_link.id, round=1), acme.sales_lead)
    fact = acme.do(c.WithdrawLink(link=open_link.id, reason="changed course"), getattr(acme, who)).facts[0].payload
    assert isinstance(fact, LinkWithdrawn)
    assert fact.side is side
    assert acme.refused(c.WithdrawLink(link=open_link.id, reason="x")).code is ErrorCode.STATE_NOT_ALLOWED


def test_a_stranger_withdraws_nothing(acme: Acme, open_link: Link) -> None:
    acme.do(c.AcceptLink(link=open_link.id, round=1), acme.sales_lead)
    withdraw = c.WithdrawLink(link=open_link.id, reason="x")
    assert acme.refused(withdraw, acme.sales_member).code is ErrorCode.FORBIDDEN


def test_links_within_one_unit_accept_themselves(acme: Acme) -> None:
    child, parent = acme.objective(acme.web), acme.objective(acme.web)
    facts = acme.do(c.ProposeLink(child=child, parent=parent, because="b"), acme.web_member).facts
    assert [type(fact.payload) for fact in facts] == [LinkProposed, LinkAccepted]


def test_a_link_to_the_purpose_waits_for_an_executive(acme: Acme) -> None:
    link = acme.propose(acme.objective(acme.sales), acme.purpose, acme.sales_lead)
    assert link.state is LinkState.PROPOSED
    accept = c.AcceptLink(link=link.id, round=1)
    assert acme.refused(accept, acme.admin).code is ErrorCode.FORBIDDEN
    acme.do(accept, acme.executive)


def test_a_link_to_a_why_is_decided_by_its_sponsor_or_the_lead_of_its_unit(acme: Acme) -> None:
    why = acme.id(c.PublishWhy(statement="s", because="b", audience=[acme.tech], unit=acme.sales), acme.executive)
    for actor in (acme.executive, acme.sales_lead):
        link = acme.propose(acme.objective(acme.web), why, acme.tech_lead)
        assert acme.refused(c.AcceptLink(link=link.id, round=1), acme.sales_member).code is ErrorCode.FORBIDDEN
        acme.do(c.AcceptLink(link=link.id, round=1), actor)


def test_auto_accept_asks_nobody(acme: Acme) -> None:
    acme.do(c.SetPolicy(link_policy=LinkPolicy.AUTO_ACCEPT))
    link = acme.propose(acme.objective(acme.web), acme.objective(acme.sales), acme.web_member)
    assert acme.link(link.id).state is LinkState.ACCEPTED


def test_a_loop_is_refused_and_named(acme: Acme) -> None:
    a, b, d = (acme.objective(acme.web, name) for name in "ABD")
    acme.propose(a, b)
    acme.propose(b, d)
    problem = acme.refused(c.ProposeLink(child=d, parent=a, because="x"))
    assert (problem.code, problem.nodes, problem.path) == (ErrorCode.LINK_LOOP, [d, a, b], ["parent"])
    assert "“D” → “A” → “B” → “D”" in problem.message
    assert acme.refused(c.ProposeLink(child=a, parent=a, because="x")).nodes == [a]


def test_a_loop_through_a_key_result_is_refused(acme: Acme) -> None:
    top, low = acme.objective(acme.web, "top"), acme.objective(acme.web, "low")
    key_result = acme.id(c.AddKeyResult(measures=top, key_result=c.KeyResultSpec(title="k")))
    acme.propose(low, key_result)
    problem = acme.refused(c.ProposeLink(child=top, parent=low, because="x"))
    assert (problem.code, problem.nodes) == (ErrorCode.LINK_LOOP, [top, low, key_result])


def test_a_second_live_link_is_refused_while_the_first_lives(acme: Acme, open_link: Link) -> None:
    again = c.ProposeLink(child=open_link.child, parent=open_link.parent, because="x")
    assert acme.refused(again, acme.web_member).code is ErrorCode.CONFLICT
    acme.do(c.WithdrawLink(link=open_link.id, reason="wrong"), acme.web_member)
    acme.do(again, acme.web_member)


def test_a_parent_that_is_not_live_is_refused(acme: Acme) -> None:
    draft = acme.objective(acme.sales, activate=False)
    problem = acme.refused(c.ProposeLink(child=acme.objective(acme.web), parent=draft, because="x"))
    assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["parent"])


def test_deciding_is_refused_once_an_end_has_ended_and_says_why(acme: Acme, open_link: Link) -> None:
    acme.do(c.CloseObjective(objective=open_link.parent, grade=1, note="All sold."), acme.sales_lead)
    problem = acme.refused(c.AcceptLink(link=open_link.id, round=1), acme.sales_lead)
    assert problem.code is ErrorCode.STATE_NOT_ALLOWED
    assert "was closed: All sold." in problem.message


def test_a_draft_may_propose_a_link(acme: Acme) -> None:
    draft = acme.objective(acme.web, activate=False)
    assert acme.propose(draft, acme.objective(acme.sales), acme.web_member).state is LinkState.PROPOSED
    assert acme.org.objectives[draft].state is ObjectiveState.DRAFT


def test_kinds_and_weights_have_to_make_sense(acme: Acme) -> None:
    why = acme.id(c.PublishWhy(statement="s", because="b", audience=[acme.tech]))
    objective, parent = acme.objective(acme.web), acme.objective(acme.sales)
    key_result = acme.id(c.AddKeyResult(measures=objective, key_result=c.KeyResultSpec(title="k")))
    for command, path in [
        (c.ProposeLink(child=acme.purpose, parent=why, because="b"), "child"),
        (c.ProposeLink(child=why, parent=objective, because="b"), "parent"),
        (c.ProposeLink(child=key_result, parent=parent, because="b"), "kind"),
        (c.ProposeLink(child=objective, parent=parent, because="b", kind=LinkKind.SUPPORTS, weight=0.5), "weight"),
        (c.ProposeLink(child=objective, parent=parent, because="b", weight=1.5), "weight"),
        (c.ProposeLink(child=objective, parent=parent, because="b", weight=float("nan")), "weight"),
        (c.ProposeLink(child=objective, parent=parent, because="  "), "because"),
        (c.ProposeLink(child=objective, parent=acme.sales, because="b"), "parent"),
    ]:
        problem = acme.refused(command)
        assert (problem.code, problem.path) == (ErrorCode.INVALID, [path])
    missing = acme.refused(c.ProposeLink(child=objective, parent="objective_x", because="b"))
    assert missing.code is ErrorCode.NOT_FOUND


def test_the_hop_of_a_measure_is_not_talked_about(acme: Acme) -> None:
    key_result = acme.id(c.AddKeyResult(measures=acme.objective(acme.web), key_result=c.KeyResultSpec(title="k")))
    hop = acme.org.parents(key_result)[0]
    assert hop.measure
    assert acme.org.explained(hop)
    for command in (
        c.WithdrawLink(link=hop.id, reason="x"),
        c.ReaffirmLinks(links=[hop.id], because="x"),
        c.AcceptLink(link=hop.id, round=0),
    ):
        assert acme.refused(command).code is ErrorCode.STATE_NOT_ALLOWED


def test_a_revised_parent_unexplains_its_links_until_they_are_reaffirmed(acme: Acme, open_link: Link) -> None:
    acme.do(c.AcceptLink(link=open_link.id, round=1), acme.sales_lead)
    acme.do(c.UpdateObjective(objective=open_link.parent, title="Sell better"))
    assert not acme.org.explained(acme.link(open_link.id))
    assert acme.refused(c.ReaffirmLinks(links=[open_link.id]), acme.sales_lead).code is ErrorCode.FORBIDDEN
    acme.do(c.ReaffirmLinks(links=[open_link.id]), acme.web_member)
    assert acme.org.explained(acme.link(open_link.id))
    assert acme.do(c.ReaffirmLinks(links=[open_link.id]), acme.web_member).facts == []


def test_links_are_reaffirmed_in_bulk_or_not_at_all(acme: Acme, open_link: Link) -> None:
    parent = open_link.parent
    others = [acme.propose(acme.objective(acme.sales), parent) for _ in range(3)]
    acme.do(c.UpdateObjective(objective=parent, title="Sell better"))
    ids = [link.id for link in others]
    problem = acme.refused(c.ReaffirmLinks(links=[*ids, open_link.id]))
    assert problem.path == ["links", "3"]
    acme.do(c.ReaffirmLinks(links=ids, because="still true"))
    assert all(acme.org.explained(acme.link(id)) and acme.link(id).because == "still true" for id in ids)


def test_accepting_after_a_revision_warns_that_the_because_is_out_of_date(acme: Acme, open_link: Link) -> None:
    acme.do(c.UpdateObjective(objective=open_link.parent, title="Sell better"))
    decision = acme.do(c.AcceptLink(link=open_link.id, round=1), acme.sales_lead)
    assert [warning.code for warning in decision.warnings] == [ErrorCode.STALE_VERSION]
    assert not acme.org.explained(acme.link(open_link.id))


@pytest.mark.parametrize("requirement", Requirement)
def test_activation_follows_the_policy(acme: Acme, requirement: Requirement) -> None:
    parent = acme.objective(acme.sales)
    acme.do(c.SetPolicy(alignment_required=requirement))
    target = c.LinkTarget(parent=parent, because="b")
    created = acme.do(c.CreateObjective(title="t", owners=[acme.web], link_to=target), acme.web_member)
    objective, link = created.ids
    blocked = requirement is Requirement.BLOCK
    assert acme.org.objectives[objective].state is (ObjectiveState.DRAFT if blocked else ObjectiveState.ACTIVE)
    warned = [warning.code for warning in created.warnings]
    assert warned == ([] if requirement is Requirement.OFF else [ErrorCode.POLICY])
    if blocked:
        assert acme.refused(c.ActivateObjective(objective=objective), acme.web_member).code is ErrorCode.POLICY
    acme.do(c.AcceptLink(link=link, round=1), acme.sales_lead)
    assert acme.org.objectives[objective].state is ObjectiveState.ACTIVE
