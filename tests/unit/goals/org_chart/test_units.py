"""Units, people, cycles and the policy."""

from __future__ import annotations

from datetime import date

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import FiscalYearName, LinkPolicy, Requirement, UnitFunction
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.events.goals import OrganizationCreated, PersonJoined, UnitCreated
from goldenthread.organization.organization import Organization
from services.goals.domain.org_chart.bootstrap import bootstrap
from tests.unit.goals.world import Acme, World


@pytest.fixture
def acme() -> Acme:
    return Acme()


def test_an_organization_begins_with_a_root_unit_and_one_person_who_may_everything() -> None:
    world = World()
    assert [type(fact.payload) for fact in world.facts] == [OrganizationCreated, UnitCreated, PersonJoined]
    root, boss = world.org.units[world.root], world.org.people[world.boss]
    assert (root.function, root.lead, root.parent) == (UnitFunction.EXECUTIVE, boss.id, None)
    assert {grant.role for grant in boss.roles} == {R.ADMIN, R.EXECUTIVE, R.LEAD}
    assert world.org.info is not None
    assert world.org.info.root == root.id
    with pytest.raises(Refused, match="exists already") as caught:
        bootstrap(world.org, "Again", world.context(None))
    assert caught.value.problems[0].code is ErrorCode.CONFLICT
    assert world.org.info.id.startswith("org_")


def test_an_organization_takes_the_ids_its_caller_has() -> None:
    org = Organization()
    decision = bootstrap(org, "Acme", World().context(None), organization="org_acme", admin="person_me")
    assert (decision.ids[0], decision.ids[2]) == ("org_acme", "person_me")
    assert org.info is not None
    assert org.info.id == "org_acme"


def test_a_unit_never_moves_below_itself(acme: Acme) -> None:
    for parent in (acme.tech, acme.web):
        assert acme.refused(c.MoveUnit(unit=acme.tech, parent=parent)).code is ErrorCode.CONFLICT
    problem = acme.refused(c.MoveUnit(unit=acme.root, parent=acme.web))
    assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["unit"])
    acme.do(c.MoveUnit(unit=acme.web, parent=acme.sales))
    assert [unit.id for unit in acme.org.ancestors(acme.web)] == [acme.web, acme.sales, acme.root]
    assert acme.do(c.MoveUnit(unit=acme.web, parent=acme.sales)).facts == []


def test_two_units_at_one_place_have_two_names(acme: Acme) -> None:
    assert acme.refused(c.CreateUnit(name="SALES", function=UnitFunction.BUSINESS)).code is ErrorCode.CONFLICT
    assert acme.refused(c.UpdateUnit(unit=acme.tech, name="sales")).path == ["name"]
    other = acme.unit("Sales", acme.tech)
    assert acme.refused(c.MoveUnit(unit=other, parent=acme.root)).path == ["parent"]
    acme.do(c.UpdateUnit(unit=acme.sales, name="SALES"))
    acme.do(c.UpdateUnit(unit=acme.root, name="Sales"))


def test_the_name_of_a_closed_unit_may_be_had_again(acme: Acme) -> None:
    acme.do(c.CloseUnit(unit=acme.sales, successor=acme.tech))
    again = acme.unit("Sales")
    assert acme.org.units[again].name == acme.org.units[acme.sales].name == "Sales"


def test_what_is_not_said_of_a_unit_stays_and_the_same_again_changes_nothing(acme: Acme) -> None:
    acme.do(c.UpdateUnit(unit=acme.sales, function=UnitFunction.SHARED_SERVICES))
    acme.do(c.UpdateUnit(unit=acme.sales, name="Selling"))
    unit = acme.org.units[acme.sales]
    assert (unit.name, unit.function, unit.lead) == ("Selling", UnitFunction.SHARED_SERVICES, acme.sales_lead)
    again = c.UpdateUnit(unit=acme.sales, name="Selling", function=UnitFunction.SHARED_SERVICES, lead=acme.sales_lead)
    assert acme.do(again).facts == []


def test_a_unit_and_its_leads_role_say_the_same(acme: Acme) -> None:
    assert acme.org.units[acme.sales].lead == acme.sales_lead
    new = acme.person()
    acme.do(c.UpdateUnit(unit=acme.sales, lead=new))
    assert acme.org.units[acme.sales].lead == new
    assert acme.org.people[new].roles == [RoleGrant(R.LEAD, acme.sales)]
    assert acme.org.people[acme.sales_lead].roles == []
    acme.do(c.SetRoles(person=new, roles=[]))
    assert acme.org.units[acme.sales].lead is None
    acme.do(c.SetRoles(person=acme.sales_lead, roles=[RoleGrant(R.LEAD, acme.sales)]))
    assert acme.org.units[acme.sales].lead == acme.sales_lead


def test_who_leaves_leads_and_answers_for_nothing(acme: Acme) -> None:
    objective = acme.objective(acme.tech)
    acme.do(c.UpdateObjective(objective=objective, accountable=acme.tech_lead))
    acme.do(c.RemovePerson(person=acme.tech_lead))
    assert acme.org.units[acme.tech].lead is None
    assert acme.org.objectives[objective].accountable is None
    assert acme.org.objectives[objective].version == 1
    assert acme.refused(c.UpdateUnit(unit=acme.tech, lead=acme.tech_lead)).code is ErrorCode.STATE_NOT_ALLOWED


def test_somebody_always_stays_administrator(acme: Acme) -> None:
    acme.do(c.RemovePerson(person=acme.admin))
    for command in (c.RemovePerson(person=acme.boss), c.SetRoles(person=acme.boss, roles=[])):
        assert acme.refused(command).code is ErrorCode.STATE_NOT_ALLOWED


def test_a_role_is_held_where_it_belongs(acme: Acme) -> None:
    for roles, code in [
        ([RoleGrant(R.LEAD)], ErrorCode.INVALID),
        ([RoleGrant(R.MEMBER)], ErrorCode.INVALID),
        ([RoleGrant(R.EXECUTIVE, acme.web)], ErrorCode.INVALID),
        ([RoleGrant(R.MEMBER, "unit_x")], ErrorCode.NOT_FOUND),
    ]:
        problem = acme.refused(c.SetRoles(person=acme.viewer, roles=roles))
        assert (problem.code, problem.path) == (code, ["roles", "0", "unit"])


def test_a_cycle_ends_after_it_starts_and_has_its_own_name(acme: Acme) -> None:
    backwards = c.OpenCycle(name="x", starts_on=date(2026, 2, 1), ends_on=date(2026, 1, 1))
    assert acme.refused(backwards).path == ["endsOn"]
    again = c.OpenCycle(name="2026", starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 1))
    assert acme.refused(again).code is ErrorCode.CONFLICT


@pytest.mark.parametrize("days", [-1, 366])
def test_a_patience_lies_between_none_and_a_year(acme: Acme, days: int) -> None:
    assert acme.refused(c.SetPolicy(grace_days=days)).path == ["graceDays"]
    assert acme.refused(c.SetPolicy(handover_days=days)).path == ["handoverDays"]
    assert acme.refused(c.SetPolicy(reply_days=days)).path == ["replyDays"]
    assert acme.do(c.SetPolicy(reply_days=7)).facts == []


@pytest.mark.parametrize("month", [-1, 0, 13, 10**30])
def test_a_year_begins_in_a_month(acme: Acme, month: int) -> None:
    problem = acme.refused(c.SetPolicy(fiscal_year_start=month))
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["fiscalYearStart"])
    assert "1 to 12" in problem.message


def test_what_is_not_said_of_the_year_stays_as_it_was(acme: Acme) -> None:
    acme.do(c.SetPolicy(fiscal_year_start=4))
    acme.do(c.SetPolicy(fiscal_year_named_by=FiscalYearName.START))
    acme.do(c.SetPolicy(grace_days=3))
    assert acme.org.info is not None
    policy = acme.org.info.policy
    assert (policy.fiscal_year_start, policy.fiscal_year_named_by) == (4, FiscalYearName.START)
    acme.do(c.SetPolicy(link_policy=LinkPolicy.AUTO_ACCEPT, alignment_required=Requirement.BLOCK))
    acme.do(c.SetPolicy(grace_days=4))
    policy = acme.org.info.policy
    assert (policy.link_policy, policy.alignment_required) == (LinkPolicy.AUTO_ACCEPT, Requirement.BLOCK)
    assert (policy.grace_days, policy.fiscal_year_start) == (4, 4)
    assert acme.do(c.SetPolicy(fiscal_year_start=4)).facts == []
