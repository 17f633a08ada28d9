"""Service accounts: made and revoked by an administrator, they do what their roles allow and answer for nothing."""

from __future__ import annotations

from typing import Any

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id, RoleGrant
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import PersonJoined, PersonLeft, PersonRolesChanged
from services.goals.history.sentences import summary
from tests.unit.goals.world import Acme


@pytest.fixture
def acme() -> Acme:
    return Acme()


def account(acme: Acme, *roles: RoleGrant) -> Id:
    return acme.id(c.CreateServiceAccount(name="Planner", subject="planner", roles=list(roles)))


def test_only_an_administrator_makes_and_revokes_one(acme: Acme) -> None:
    made = account(acme)
    for person in (acme.executive, acme.tech_lead, acme.web_member, acme.viewer, made):
        for command in (
            c.CreateServiceAccount(name="x", subject="x"),
            c.RevokeServiceAccount(service_account=made),
        ):
            problem = acme.refused(command, person)
            assert (problem.code, "ask an admin" in problem.message) == (ErrorCode.FORBIDDEN, True)
    acme.do(c.RevokeServiceAccount(service_account=made), acme.admin)
    assert acme.org.people[made].left


def test_it_does_what_its_roles_allow_and_nothing_once_it_is_revoked(acme: Acme) -> None:
    made = account(acme, RoleGrant(R.MEMBER, acme.web))
    acme.objective(acme.web, actor=made)
    assert acme.refused(c.CreateObjective(title="x", owners=[acme.sales]), made).code is ErrorCode.FORBIDDEN
    acme.do(c.RevokeServiceAccount(service_account=made))
    assert acme.refused(c.CreateObjective(title="x", owners=[acme.web]), made).code is ErrorCode.FORBIDDEN
    again = acme.refused(c.RevokeServiceAccount(service_account=made))
    assert again.code is ErrorCode.STATE_NOT_ALLOWED


def test_the_role_of_a_lead_lets_it_act_and_makes_it_lead_nothing() -> None:
    acme = Acme()
    empty = acme.unit("Empty")
    made = account(acme, RoleGrant(R.LEAD, empty))
    assert acme.org.units[empty].lead is None
    acme.do(c.SetRoles(person=made, roles=[RoleGrant(R.LEAD, empty), RoleGrant(R.LEAD, acme.sales)]))
    assert acme.org.units[empty].lead is None
    why = acme.id(c.PublishWhy(statement="Sell", because="it helps", audience=[empty], unit=empty), made)
    assert acme.org.whys[why].sponsor is None
    acme.do(c.RemovePerson(person=acme.sales_lead))
    assert acme.org.units[acme.sales].lead is None


def test_it_answers_for_no_goal_leads_no_unit_and_succeeds_nobody(acme: Acme) -> None:
    made, goal = account(acme, RoleGrant(R.ADMIN), RoleGrant(R.EXECUTIVE)), acme.objective(acme.web)
    commands: list[Any] = [
        c.UpdateObjective(objective=goal, accountable=made),
        c.UpdateUnit(unit=acme.web, lead=made),
        c.RemovePerson(person=acme.sales_lead, successor=made),
        c.RemovePerson(person=made),
        c.RevokeServiceAccount(service_account=acme.viewer),
    ]
    for command in commands:
        problem = acme.refused(command)
        assert (problem.code, "service account" in problem.message) == (ErrorCode.INVALID, True)


def test_an_organization_keeps_a_person_who_administers_it(acme: Acme) -> None:
    made = account(acme, RoleGrant(R.ADMIN))
    acme.do(c.RemovePerson(person=acme.admin))
    assert acme.refused(c.RemovePerson(person=acme.boss), made).code is ErrorCode.STATE_NOT_ALLOWED
    acme.do(c.RevokeServiceAccount(service_account=made), made)


def test_the_history_says_that_it_is_one(acme: Acme) -> None:
    before = len(acme.facts)
    made = account(acme)
    acme.do(c.SetRoles(person=made, roles=[RoleGrant(R.VIEWER)]))
    acme.do(c.RevokeServiceAccount(service_account=made))
    types = {PersonJoined: "person.joined", PersonRolesChanged: "person.roles-changed", PersonLeft: "person.left"}
    said = [summary(types[type(each.payload)], each.payload) for each in acme.facts[before:]]
    assert [each.partition(":")[0] for each in said] == [
        "Service account created",
        "Roles of a service account changed",
        "Service account revoked",
    ]
