"""Who may do what: the table of the rules, role by action, in one's own unit and in another."""

from __future__ import annotations

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id, Person, RoleGrant
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.enums import UnitFunction
from goldenthread.contracts.errors import ErrorCode
from services.goals.domain import permissions
from services.goals.domain.permissions import Action
from tests.unit.goals.world import Acme

PLACES = ("none", "own", "below", "above", "other", "root")
# Which places each role reaches, the person's own unit being Tech.
REACH: dict[tuple[R, Action], str] = {
    (R.ADMIN, Action.ADMINISTER): "none own below above other root",
    (R.ADMIN, Action.ADD_PEOPLE): "none own below above other root",
    (R.ADMIN, Action.ACKNOWLEDGE): "none own below above other root",
    (R.ADMIN, Action.ASK): "none own below above other root",
    (R.EXECUTIVE, Action.PUBLISH_PURPOSE): "none own below above other root",
    (R.EXECUTIVE, Action.PUBLISH_WHY): "none own below above other root",
    (R.EXECUTIVE, Action.DECIDE): "root above",
    (R.EXECUTIVE, Action.CHANGE): "none own below above other root",
    (R.EXECUTIVE, Action.ACKNOWLEDGE): "none own below above other root",
    (R.EXECUTIVE, Action.RECORD): "none own below above other root",
    (R.EXECUTIVE, Action.ASK): "none own below above other root",
    (R.LEAD, Action.ADD_PEOPLE): "own below",
    (R.LEAD, Action.PUBLISH_WHY): "own below",
    (R.LEAD, Action.DECIDE): "own below",
    (R.LEAD, Action.CHANGE): "own below",
    (R.LEAD, Action.ACKNOWLEDGE): "none own below above other root",
    (R.LEAD, Action.RECORD): "none own below above other root",
    (R.LEAD, Action.ASK): "none own below above other root",
    (R.MEMBER, Action.CHANGE): "own",
    (R.MEMBER, Action.ACKNOWLEDGE): "none own below above other root",
    (R.MEMBER, Action.RECORD): "none own below above other root",
    (R.MEMBER, Action.ASK): "none own below above other root",
    (R.VIEWER, Action.ASK): "none own below above other root",
}


@pytest.fixture(scope="module")
def acme() -> Acme:
    return Acme()


@pytest.fixture(scope="module")
def people(acme: Acme) -> dict[R, Id]:
    placed = {R.LEAD, R.MEMBER}
    return {role: acme.person(RoleGrant(role, acme.tech if role in placed else None)) for role in R}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", R)
def test_the_table_says_who_may_do_what(acme: Acme, people: dict[R, Id], role: R, action: Action, place: str) -> None:
    units = {"own": acme.tech, "below": acme.web, "above": acme.root, "other": acme.sales, "root": acme.root}
    expected = place in REACH.get((role, action), "").split()
    assert permissions.allowed(acme.org, people[role], action, units.get(place)) is expected


def test_an_executive_who_belongs_to_a_unit_decides_for_it(acme: Acme) -> None:
    both = acme.person(RoleGrant(R.EXECUTIVE), RoleGrant(R.MEMBER, acme.sales))
    assert permissions.allowed(acme.org, both, Action.DECIDE, acme.sales)
    assert not permissions.allowed(acme.org, both, Action.DECIDE, acme.tech)


def test_the_accountable_person_decides_their_own_objective_and_no_other() -> None:
    acme = Acme()
    mine, other = acme.objective(acme.web), acme.objective(acme.web)
    acme.do(c.UpdateObjective(objective=mine, accountable=acme.web_member))
    assert permissions.may_decide(acme.org, acme.web_member, mine)
    assert not permissions.may_decide(acme.org, acme.web_member, other)
    acme.do(c.CloseObjective(objective=mine, grade=1, note="done"), acme.web_member)
    close = c.CloseObjective(objective=other, grade=1, note="done")
    assert acme.refused(close, acme.web_member).code is ErrorCode.FORBIDDEN


def test_who_has_left_is_allowed_nothing() -> None:
    acme = Acme()
    acme.do(c.RemovePerson(person=acme.executive))
    assert acme.refused(c.PublishPurpose(statement="x"), acme.executive).code is ErrorCode.FORBIDDEN


def test_nobody_outside_the_organization_changes_it() -> None:
    acme = Acme()
    assert acme.refused(c.PublishPurpose(statement="x"), "person_elsewhere").code is ErrorCode.FORBIDDEN


def test_each_refusal_says_whom_to_ask() -> None:
    acme = Acme()
    unit = c.CreateUnit(name="X", function=UnitFunction.BUSINESS)
    assert "; ask an admin." in acme.refused(unit, acme.executive).message
    objective = c.CreateObjective(title="x", owners=[acme.sales])
    problem = acme.refused(objective, acme.web_member)
    assert (problem.code, problem.path) == (ErrorCode.FORBIDDEN, ["owners", "0"])
    assert "for Sales; ask an executive, a lead or a member." in problem.message


def test_a_lead_adds_members_to_their_own_units_only_and_grants_nothing_more() -> None:
    acme = Acme()
    for role, unit, allowed in [
        (R.MEMBER, acme.web, True),
        (R.MEMBER, acme.sales, False),
        (R.LEAD, acme.web, False),
        (R.ADMIN, None, False),
    ]:
        command = c.AddPerson(name="N", subject="n", roles=[RoleGrant(role, unit)])
        if allowed:
            acme.do(command, acme.tech_lead)
        else:
            assert acme.refused(command, acme.tech_lead).code is ErrorCode.FORBIDDEN
    assert acme.refused(c.AddPerson(name="N", subject="n"), acme.tech_lead).code is ErrorCode.FORBIDDEN


def test_who_is_not_here_holds_leads_and_may_nothing() -> None:
    acme = Acme()
    goal = acme.objective(acme.web)
    why = acme.id(c.PublishWhy(statement="s", because="b", audience=[acme.web]), acme.executive)
    acme.do(c.UpdateObjective(objective=goal, accountable=acme.sales_lead))
    acme.do(c.RemovePerson(person=acme.sales_lead))
    acme.do(c.RemovePerson(person=acme.executive))
    for actor in (None, "", "person_elsewhere", acme.sales_lead, acme.executive):
        assert not any(permissions.holds(acme.org, actor, role) for role in R)
        assert permissions.led_units(acme.org, actor) == []
        assert not any(permissions.allowed(acme.org, actor, action) for action in Action)
        for node in (goal, why, acme.purpose):
            assert not permissions.may_decide(acme.org, actor, node)
            assert not permissions.may_change(acme.org, actor, node)


def test_leading_a_unit_is_holding_lead_and_no_other_role() -> None:
    acme = Acme()
    mine = acme.unit("Mine", acme.sales, acme.viewer)
    assert permissions.holds(acme.org, acme.viewer, R.LEAD)
    assert not permissions.holds(acme.org, acme.viewer, R.MEMBER)
    assert permissions.led_units(acme.org, acme.viewer) == [mine]
    assert permissions.led_units(acme.org, acme.sales_lead) == [acme.sales], "not those below"
    assert permissions.led_units(acme.org, acme.sales_member) == []
    second = acme.person(RoleGrant(R.LEAD, acme.sales), RoleGrant(R.MEMBER, acme.web))
    assert permissions.led_units(acme.org, second) == [acme.sales], "a unit may have several leads"
    acme.do(c.CloseUnit(unit=mine, successor=acme.sales))
    assert permissions.led_units(acme.org, acme.viewer) == []


def test_a_member_changes_things_where_they_are_a_member_and_not_where_they_only_look_on() -> None:
    acme = Acme()
    acme.org.begin()
    acme.org.put(Person("person_x", [RoleGrant(R.MEMBER, acme.web), RoleGrant(R.VIEWER, acme.sales)]))
    acme.org.commit()
    assert permissions.allowed(acme.org, "person_x", Action.CHANGE, acme.web)
    assert not permissions.allowed(acme.org, "person_x", Action.CHANGE, acme.sales)


def test_a_why_is_changed_by_who_may_publish_it_and_decided_on_by_its_sponsor() -> None:
    acme = Acme()
    why = acme.id(c.PublishWhy(statement="s", because="b", audience=[acme.web], unit=acme.sales), acme.sales_lead)
    second = acme.person(RoleGrant(R.LEAD, acme.sales))
    for actor, changes in (
        (acme.sales_lead, True),
        (second, True),
        (acme.sales_member, False),
        (acme.tech_lead, False),
    ):
        assert permissions.may_change(acme.org, actor, why) is changes
        assert permissions.may_decide(acme.org, actor, why) is changes
    assert permissions.may_change(acme.org, acme.executive, why)
    assert not permissions.may_decide(acme.org, acme.executive, why)
    assert not permissions.may_change(acme.org, acme.sales_lead, acme.purpose)


def test_who_is_accountable_changes_and_decides_the_measures_too() -> None:
    acme = Acme()
    goal = acme.objective(acme.web)
    measure = acme.id(c.AddKeyResult(measures=goal, key_result=c.KeyResultSpec(title="k")))
    acme.do(c.UpdateObjective(objective=goal, accountable=acme.viewer))
    for node in (goal, measure):
        assert permissions.may_change(acme.org, acme.viewer, node)
        assert permissions.may_decide(acme.org, acme.viewer, node)
        assert not permissions.may_decide(acme.org, acme.web_member, node)
        assert permissions.may_change(acme.org, acme.web_member, node)


def test_a_refusal_names_what_may_not_be_done() -> None:
    acme = Acme()
    goal = acme.objective(acme.web)
    why = acme.id(c.PublishWhy(statement="s", because="b", audience=[acme.web], unit=acme.sales))
    refused: list[tuple[c.AnyCommand, str]] = [
        (c.UpdateObjective(objective=goal, title="x"), "You may not create, change, link, check in"),
        (c.CloseObjective(objective=goal, grade=1, note="n"), "You may not answer a why, decide a link"),
        (c.RetireWhy(why=why, reason="r"), "You may not publish, revise or retire a why for Sales; ask"),
        (c.UpdatePerson(person=acme.executive, name="X"), "You may not change units, people"),
        (c.PublishPurpose(statement="x"), "You may not publish, revise or retire the purpose; ask"),
    ]
    for command, may_not in refused:
        assert acme.refused(command, acme.viewer).message.startswith(may_not)
