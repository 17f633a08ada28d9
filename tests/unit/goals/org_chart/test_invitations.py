"""Invitations: who may make, claim, confirm, revoke and undo them, and when they are over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import json

from goldenthread.contracts import commands as c
from goldenthread.contracts import registry
from goldenthread.contracts.entities import Id, RoleGrant
from goldenthread.contracts.enums import InvitationState as S
from goldenthread.contracts.enums import PersonField, UnitFunction
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode, Problem, Refused
from goldenthread.contracts.events.goals import (
    InvitationClaimed,
    InvitationRevoked,
    InvitationUndone,
    PersonInvited,
    PersonJoined,
    PersonRolesChanged,
    PersonUpdated,
)
from goldenthread.contracts.read_api import NO_LOGIN, Login
from goldenthread.organization.invitations import VALID, state_of, to_review
from services.goals.domain.org_chart import invitations
from services.goals.history.sentences import summary
from tests.unit.goals.world import Acme


@pytest.fixture
def acme() -> Acme:
    return Acme()


def invite(acme: Acme, actor: Id | None = None, *roles: RoleGrant) -> Id:
    grants = list(roles) or [RoleGrant(R.MEMBER, acme.web)]
    return acme.id(c.InvitePerson(name="Ana", email="ana@acme.example", roles=grants), actor)


def state(acme: Acme, person: Id) -> S:
    found = acme.org.people[person].invitation
    assert found is not None
    return state_of(found, acme.now)


def unclaimable(acme: Acme, person: Id) -> Problem:
    before = acme.org.people[person]
    with pytest.raises(Refused) as caught:
        acme.claim(person)
    assert acme.org.people[person] == before
    return caught.value.problems[0]


def test_who_is_invited_is_here_and_cannot_sign_in_until_they_claim_it(acme: Acme) -> None:
    done = acme.do(c.InvitePerson(name="Ana", roles=[RoleGrant(R.MEMBER, acme.web)]), acme.tech_lead)
    assert [type(each.payload) for each in done.facts] == [PersonJoined, PersonInvited]
    person = acme.org.people[done.ids[0]]
    invitation = person.invitation
    assert invitation is not None
    assert (person.signs_in, person.no_login, invitation.by) == (False, True, acme.tech_lead)
    assert (invitation.made_at, invitation.expires_at) == (acme.now, acme.now + timedelta(days=7))
    case = acme.claim(person.id, Login("https://idp.example", "ana-1"))
    assert [type(each.payload) for each in case.facts] == [PersonUpdated, InvitationClaimed]
    told = case.facts[0].payload
    assert isinstance(told, PersonUpdated)
    assert told.fields == [PersonField.LOGIN], "gateways of before close sockets of the login before"
    assert (acme.org.people[person.id].signs_in, state(acme, person.id)) == (True, S.CLAIMED)
    kept = acme.names[person.id]
    assert (kept.login, kept.signed_in_at) == (Login("https://idp.example", "ana-1"), acme.now)


def test_no_fact_carries_a_name_an_address_or_a_login(acme: Acme) -> None:
    person = invite(acme)
    acme.claim(person, Login("https://idp.example", "secret-subject"))
    acme.do(c.UndoInvitation(person=person))
    written = b"".join(json.encode(each.payload) for each in acme.facts)
    for hidden in (b"Ana", b"acme.example", b"idp.example", b"secret-subject", NO_LOGIN.encode()):
        assert hidden not in written


@pytest.mark.parametrize(("after", "usable"), [(VALID - timedelta(microseconds=1), True), (VALID, False)])
def test_an_invitation_is_claimed_within_seven_days_and_not_at_their_end(
    acme: Acme, after: timedelta, usable: bool
) -> None:
    person = invite(acme)
    acme.now += after
    if usable:
        acme.claim(person)
    else:
        assert state(acme, person) is S.EXPIRED
        unclaimable(acme, person)


def test_every_secret_that_gives_nobody_a_login_is_answered_the_same(acme: Acme) -> None:
    expired, revoked, used, undone, left, demoted = (invite(acme, acme.tech_lead) for _ in range(6))
    never = acme.web_member
    acme.do(c.RevokeInvitation(person=revoked))
    for person in (used, undone):
        acme.claim(person)
    acme.do(c.UndoInvitation(person=undone))
    acme.do(c.RemovePerson(person=left))
    acme.do(c.SetRoles(person=demoted, roles=[RoleGrant(R.ADMIN)]))
    answers = {unclaimable(acme, each).message for each in (revoked, used, undone, left, demoted, never)}
    acme.later(days=7)
    answers.add(unclaimable(acme, expired).message)
    answers.add(invitations.unusable().problems[0].message)
    assert len(answers) == 1
    assert "Ask who invited you for a new one" in answers.pop()


def test_an_invitation_ends_with_the_roles_of_who_made_it(acme: Acme) -> None:
    of_lead, of_admin = invite(acme, acme.tech_lead), invite(acme, acme.admin, RoleGrant(R.ADMIN))
    acme.do(c.SetRoles(person=acme.tech_lead, roles=[]))
    acme.do(c.RemovePerson(person=acme.admin))
    for person in (of_lead, of_admin):
        assert state(acme, person) is S.REVOKED
        assert unclaimable(acme, person).code is ErrorCode.NOT_FOUND
        acme.do(c.InvitePerson(person=person))
        acme.claim(person)


def test_a_lead_cannot_claim_what_an_administrator_gave_the_invited_person_meanwhile(acme: Acme) -> None:
    person = invite(acme, acme.tech_lead)
    given = acme.do(c.SetRoles(person=person, roles=[RoleGrant(R.MEMBER, acme.web), RoleGrant(R.ADMIN)]))
    assert [type(each.payload) for each in given.facts] == [PersonRolesChanged, InvitationRevoked]
    assert "Invite them anew" in given.warnings[0].message
    unclaimable(acme, person)
    assert acme.refused(c.InvitePerson(person=person), acme.tech_lead).code is ErrorCode.FORBIDDEN
    acme.do(c.InvitePerson(person=person))
    acme.claim(person)


def test_roles_that_who_invited_could_have_given_leave_the_invitation_open(acme: Acme) -> None:
    person, other = invite(acme, acme.tech_lead), invite(acme, acme.admin)
    acme.do(c.SetRoles(person=person, roles=[RoleGrant(R.MEMBER, acme.tech)]))
    acme.do(c.SetRoles(person=other, roles=[RoleGrant(R.ADMIN)]))
    acme.do(c.SetRoles(person=acme.tech_lead, roles=[RoleGrant(R.LEAD, acme.tech), RoleGrant(R.EXECUTIVE)]))
    assert (state(acme, person), state(acme, other)) == (S.OPEN, S.OPEN)


def test_a_unit_that_gets_another_lead_ends_what_the_one_before_could_not_invite(acme: Acme) -> None:
    person = invite(acme, acme.tech_lead)
    acme.do(c.UpdateUnit(unit=acme.tech, lead=acme.sales_lead))
    unclaimable(acme, person)


def test_only_an_administrator_invites_who_has_a_login_and_they_keep_it_until_somebody_claims(acme: Acme) -> None:
    again = c.InvitePerson(person=acme.web_member)
    problem = acme.refused(again, acme.tech_lead)
    assert (problem.code, problem.path) == (ErrorCode.FORBIDDEN, ["person"])
    acme.do(again, acme.admin)
    assert acme.org.people[acme.web_member].signs_in
    acme.claim(acme.web_member, Login("https://idp.example", "new"))
    assert acme.names[acme.web_member].login == Login("https://idp.example", "new")


def test_a_login_given_by_an_administrator_ends_an_open_invitation(acme: Acme) -> None:
    person = invite(acme)
    acme.do(c.UpdatePerson(person=person, name="Ana B."))
    assert (state(acme, person), acme.org.people[person].signs_in) == (S.OPEN, False)
    acme.do(c.UpdatePerson(person=person, subject="ana"))
    assert (state(acme, person), acme.org.people[person].signs_in) == (S.REVOKED, True)
    unclaimable(acme, person)


def test_a_login_given_without_an_issuer_is_one_that_somebody_can_show(acme: Acme) -> None:
    person, undone = invite(acme), invite(acme)
    acme.claim(undone)
    acme.do(c.UndoInvitation(person=undone))
    for each in (person, undone):
        acme.do(c.UpdatePerson(person=each, subject=f"subject of {each}"))
        assert acme.names[each].login == Login("https://issuer.example", f"subject of {each}")


def test_who_has_no_login_is_given_one_with_its_subject(acme: Acme) -> None:
    person = invite(acme)
    problem = acme.refused(c.UpdatePerson(person=person, issuer="https://idp.example"))
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["subject"])
    assert not acme.org.people[person].signs_in


def test_nobody_is_given_the_login_that_stands_for_none(acme: Acme) -> None:
    """Else the last administrator who can sign in would be one who cannot."""
    for command in (
        c.AddPerson(name="A", subject="a", issuer=NO_LOGIN),
        c.CreateServiceAccount(name="A", subject="a", issuer=NO_LOGIN),
        c.UpdatePerson(person=acme.viewer, issuer=f"{NO_LOGIN}/"),
    ):
        problem = acme.refused(command)
        assert (problem.code, problem.path) == (ErrorCode.INVALID, ["issuer"])


def test_a_login_that_an_administrator_gave_after_the_claim_is_not_taken_away_by_a_lead(acme: Acme) -> None:
    """Else a lead would decide who signs in as somebody for whom an administrator has decided it."""
    person = invite(acme, acme.tech_lead)
    acme.claim(person)
    acme.do(c.UpdatePerson(person=person, subject="the right one"))
    assert to_review(acme.org.people[person]) is None, "an administrator has said who it is"
    problem = acme.refused(c.UndoInvitation(person=person), acme.tech_lead)
    assert (problem.code, acme.names[person].subject) == (ErrorCode.FORBIDDEN, "the right one")
    assert acme.do(c.UndoInvitation(person=person), acme.admin).facts


def test_what_an_administrator_confirmed_is_not_undone_by_a_lead(acme: Acme) -> None:
    person = invite(acme, acme.tech_lead)
    acme.claim(person)
    acme.do(c.ConfirmInvitation(person=person))
    assert acme.do(c.ConfirmInvitation(person=person), acme.tech_lead).facts == []
    assert acme.refused(c.UndoInvitation(person=person), acme.tech_lead).code is ErrorCode.FORBIDDEN


def test_nobody_confirms_their_own_claim(acme: Acme) -> None:
    """Whoever got hold of an administrator's invitation would keep everybody else from being asked."""
    person = invite(acme, acme.boss, RoleGrant(R.ADMIN))
    acme.claim(person)
    problem = acme.refused(c.ConfirmInvitation(person=person), person)
    assert (problem.code, problem.path) == (ErrorCode.FORBIDDEN, ["person"])
    assert to_review(acme.org.people[person]) is not None
    acme.do(c.ConfirmInvitation(person=person))


def test_a_claim_is_reviewed_by_who_invited_within_seven_days_and_by_administrators_at_any_time(acme: Acme) -> None:
    person = invite(acme, acme.tech_lead)
    acme.claim(person)
    for command in (c.ConfirmInvitation(person=person), c.UndoInvitation(person=person)):
        for actor in (acme.sales_lead, acme.executive, acme.viewer, person):
            assert acme.refused(command, actor).code is ErrorCode.FORBIDDEN
        assert acme.do(command, acme.tech_lead, dry_run=True).facts
        acme.later(days=7)
        assert acme.refused(command, acme.tech_lead).code is ErrorCode.FORBIDDEN
        assert acme.do(command, dry_run=True).facts
        acme.later(days=-7)
    acme.do(c.SetRoles(person=person, roles=[RoleGrant(R.ADMIN)]))
    assert acme.refused(c.UndoInvitation(person=person), acme.tech_lead).code is ErrorCode.FORBIDDEN


def test_who_was_confirmed_is_asked_about_no_more_and_can_still_be_undone(acme: Acme) -> None:
    person = invite(acme)
    acme.claim(person)
    assert to_review(acme.org.people[person]) is not None
    acme.do(c.ConfirmInvitation(person=person))
    assert to_review(acme.org.people[person]) is None
    assert acme.do(c.ConfirmInvitation(person=person)).facts == []
    assert acme.do(c.UndoInvitation(person=person)).facts


def test_undoing_takes_the_login_and_what_it_made_known_and_the_person_is_invited_anew(acme: Acme) -> None:
    person = invite(acme)
    acme.later(days=1)
    acme.claim(person)
    undone = acme.do(c.UndoInvitation(person=person))
    assert [type(each.payload) for each in undone.facts] == [PersonUpdated, InvitationUndone]
    kept = acme.names[person]
    assert (kept.issuer, kept.signed_in_at, state(acme, person)) == (NO_LOGIN, None, S.UNDONE)
    assert acme.refused(c.UndoInvitation(person=person)).code is ErrorCode.STATE_NOT_ALLOWED
    acme.do(c.InvitePerson(person=person))
    acme.claim(person, Login("https://idp.example", "the right one"))
    assert acme.org.people[person].signs_in


def test_who_had_signed_in_before_the_claim_still_has_when_it_is_undone(acme: Acme) -> None:
    first = acme.now
    acme.claim(person := invite(acme))
    acme.later(days=1)
    acme.do(c.InvitePerson(person=person))
    acme.claim(person)
    acme.do(c.UndoInvitation(person=person))
    assert acme.names[person].signed_in_at == first


def test_the_last_administrator_who_can_sign_in_stays(acme: Acme) -> None:
    invited = invite(acme, acme.boss, RoleGrant(R.ADMIN))
    acme.do(c.RemovePerson(person=acme.admin))
    last = acme.refused(c.RemovePerson(person=acme.boss))
    assert (last.code, "can sign in" in last.message) == (ErrorCode.STATE_NOT_ALLOWED, True)
    acme.claim(invited)
    acme.do(c.RemovePerson(person=acme.boss), invited)
    assert acme.refused(c.UndoInvitation(person=invited), invited).code is ErrorCode.STATE_NOT_ALLOWED


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (c.InvitePerson(), "name"),
        (c.InvitePerson(name=" "), "name"),
        (c.InvitePerson(name="A", email="no address"), "email"),
    ],
)
def test_an_invitation_says_who_is_meant(acme: Acme, command: c.InvitePerson, path: str) -> None:
    problem = acme.refused(command)
    assert (problem.code, problem.path) == (ErrorCode.INVALID, [path])


def test_an_invitation_of_somebody_who_is_here_changes_nothing_else_of_them(acme: Acme) -> None:
    for field, command in (
        ("name", c.InvitePerson(person=acme.viewer, name="B")),
        ("email", c.InvitePerson(person=acme.viewer, email="b@acme.example")),
        ("roles", c.InvitePerson(person=acme.viewer, roles=[RoleGrant(R.VIEWER)])),
    ):
        problem = acme.refused(command)
        assert (problem.code, problem.path) == (ErrorCode.INVALID, [field])


def test_what_nobody_claimed_is_not_undone_and_what_was_claimed_is_not_revoked(acme: Acme) -> None:
    person = invite(acme)
    for command in (c.ConfirmInvitation(person=person), c.UndoInvitation(person=person)):
        assert acme.refused(command).code is ErrorCode.STATE_NOT_ALLOWED
    never = c.RevokeInvitation(person=acme.viewer)
    assert "was not invited" in acme.refused(never).message
    acme.claim(person)
    assert "undoInvitation" in acme.refused(c.RevokeInvitation(person=person)).message


def test_a_lead_of_another_unit_revokes_nothing_and_revoking_twice_changes_nothing(acme: Acme) -> None:
    person = invite(acme)
    assert acme.refused(c.RevokeInvitation(person=person), acme.sales_lead).code is ErrorCode.FORBIDDEN
    assert acme.do(c.RevokeInvitation(person=person), acme.tech_lead).facts
    assert acme.do(c.RevokeInvitation(person=person)).facts == []


def test_who_invited_revokes_also_what_they_could_not_make_any_more(acme: Acme) -> None:
    person = invite(acme, acme.tech_lead)
    acme.do(c.UpdateUnit(unit=acme.tech, lead=acme.sales_lead))
    assert acme.do(c.RevokeInvitation(person=person), acme.tech_lead).facts


def test_the_history_says_what_became_of_an_invitation(acme: Acme) -> None:
    start = len(acme.facts)
    person = invite(acme)
    acme.do(c.RevokeInvitation(person=person))
    acme.do(c.InvitePerson(person=person))
    acme.claim(person)
    acme.do(c.ConfirmInvitation(person=person))
    acme.do(c.UndoInvitation(person=person))
    said = [summary(registry.name_of(each.payload), each.payload) for each in acme.facts[start:]]
    assert [each for each in said if not each.startswith("Login of")] == [
        "A person joined",
        "A person invited",
        "An invitation revoked",
        "A person invited",
        "An invitation claimed",
        "The claim of an invitation confirmed",
        "The claim of an invitation undone",
    ]
    assert said.count("Login of a person changed") == 2


def test_a_lead_who_was_invited_leads_their_unit_before_they_sign_in(acme: Acme) -> None:
    unit = acme.id(c.CreateUnit(name="New", function=UnitFunction.BUSINESS))
    person = invite(acme, acme.boss, RoleGrant(R.LEAD, unit))
    assert acme.org.units[unit].lead == person
