"""The first administrator of an organization: invited from outside, until somebody has claimed that."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.events.goals import PersonInvited, PersonJoined
from goldenthread.organization.invitations import VALID
from goldenthread.organization.organization import Organization
from services.goals.domain.decision import Case
from services.goals.domain.org_chart import invitations
from services.goals.domain.org_chart.bootstrap import bootstrap
from tests.unit.goals.world import Acme, World


@pytest.fixture
def acme() -> Acme:
    return Acme()


def test_the_first_administrator_of_an_organization_is_invited_by_nobody_of_it(acme: Acme) -> None:
    acme.org.begin()
    case = Case(acme.org, acme.context(None))
    invitations.invite_founder(case, acme.boss)
    acme.org.commit()
    assert not acme.org.people[acme.boss].signs_in
    acme.claim(acme.boss)
    assert acme.org.people[acme.boss].signs_in


def founded() -> tuple[World, Id]:
    """An organization whose first administrator is invited, and that person."""
    world = World()
    world.org, world.facts = Organization(), []
    done = bootstrap(world.org, "Acme", world.context(None), invited=True)
    world.facts += done.facts
    return world, done.ids[2]


def invite_again(world: World) -> None:
    world.org.begin()
    case = Case(world.org, world.context(None))
    try:
        invitations.invite_founder_again(case)
    except Refused:
        world.org.rollback()
        raise
    world.org.commit()
    world.facts += case.facts


def test_a_first_administrator_is_invited_again_until_an_invitation_was_claimed_and_never_after_that() -> None:
    world, founder = founded()
    assert [type(each.payload) for each in world.facts[-2:]] == [PersonJoined, PersonInvited]
    assert not world.org.people[founder].signs_in
    world.later(days=30)
    for _ in range(2):
        before = world.org.people[founder].invitation
        invite_again(world)
        after = world.org.people[founder].invitation
        assert before is not None
        assert after is not None
        assert (after.id != before.id, after.expires_at) == (True, world.now + VALID)
    world.claim(founder)
    assert world.org.people[founder].signs_in
    with pytest.raises(Refused) as caught:
        invite_again(world)
    assert caught.value.problems[0].code is ErrorCode.STATE_NOT_ALLOWED


def test_an_organization_whose_administrator_has_a_login_or_left_gets_no_first_administrator(acme: Acme) -> None:
    for world in (acme, World()):
        with pytest.raises(Refused):
            invite_again(world)
    for change in ({"left": True}, {"no_login": False}, {"invitation": None}):
        world, founder = founded()
        world.org.people[founder] = replace(world.org.people[founder], **change)
        with pytest.raises(Refused):
            invite_again(world)
