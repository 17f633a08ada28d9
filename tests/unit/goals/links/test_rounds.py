"""Who decides on a link names the round they read; what a proposal was checked for is checked again then."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id, Link
from goldenthread.contracts.enums import LinkState, ObjectiveState
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import LinkAccepted, ObjectiveArchived
from tests.support import entities
from tests.unit.goals.world import Acme

Decide = Callable[[Id, int], c.AnyCommand]


def _accept(link: Id, round: int) -> c.AnyCommand:
    return c.AcceptLink(link=link, round=round)


def _counter(link: Id, round: int) -> c.AnyCommand:
    return c.CounterLink(link=link, round=round, in_return="money")


def _decline(link: Id, round: int) -> c.AnyCommand:
    return c.DeclineLink(link=link, round=round, reason="not this year")


AGREES = [_accept, _counter]
"""Decisions by which a link lives on."""


@pytest.fixture
def acme() -> Acme:
    return Acme()


@pytest.fixture
def second_round(acme: Acme) -> Link:
    """A link in its second round: the child's side has the turn."""
    child, parent = acme.objective(acme.web, "Fast pages"), acme.objective(acme.sales, "Sell more")
    link = acme.propose(child, parent, acme.web_member)
    acme.do(c.CounterLink(link=link.id, round=1, in_return="data"), acme.sales_lead)
    return acme.link(link.id)


@pytest.mark.parametrize("decide", [*AGREES, _decline])
@pytest.mark.parametrize("round", [0, 1, 3, 7])
def test_a_decision_names_the_current_round_and_no_earlier_or_later_one(
    acme: Acme, second_round: Link, decide: Decide, round: int
) -> None:
    problem = acme.refused(decide(second_round.id, round), acme.tech_lead)
    assert (problem.code, problem.path) == (ErrorCode.STALE_VERSION, ["round"])
    acme.do(decide(second_round.id, 2), acme.tech_lead)


@pytest.mark.parametrize("decide", AGREES)
def test_a_loop_that_came_into_being_since_the_proposal_is_refused_when_it_is_decided(
    acme: Acme, second_round: Link, decide: Decide
) -> None:
    """An import stores links as its file has them, and asks nobody whether a proposal waits the other way round."""
    back = entities.link("link_imported", second_round.parent, second_round.child)
    acme.org.apply(LinkAccepted(back))
    problem = acme.refused(decide(second_round.id, 2), acme.tech_lead)
    assert (problem.code, problem.path) == (ErrorCode.LINK_LOOP, ["link"])
    assert problem.nodes == [second_round.child, second_round.parent]
    acme.do(_decline(second_round.id, 2), acme.tech_lead)


@pytest.mark.parametrize("decide", AGREES)
def test_what_is_only_proposed_the_other_way_round_hinders_no_decision(
    acme: Acme, second_round: Link, decide: Decide
) -> None:
    back = entities.link("link_imported", second_round.parent, second_round.child, state=LinkState.PROPOSED, order=None)
    acme.org.apply(LinkAccepted(back))
    acme.do(decide(second_round.id, 2), acme.tech_lead)


@pytest.mark.parametrize("decide", AGREES)
@pytest.mark.parametrize("end", ["child", "parent"])
def test_a_proposal_that_outlived_a_goal_is_not_agreed_on(
    acme: Acme, second_round: Link, decide: Decide, end: str
) -> None:
    """Commands withdraw such proposals; streams that were written before they did have some."""
    over = acme.org.objectives[getattr(second_round, end)]
    acme.org.apply(ObjectiveArchived(replace(over, state=ObjectiveState.ARCHIVED, ended_at=acme.now)))
    problem = acme.refused(decide(second_round.id, 2), acme.tech_lead)
    assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["link"])
    acme.do(_decline(second_round.id, 2), acme.tech_lead)
