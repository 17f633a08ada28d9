"""People come, change roles and leave: who leads what afterwards, and what goes to whom."""

from __future__ import annotations

from typing import Any

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.entities import Id, RoleGrant
from goldenthread.contracts.enums import ObjectiveState, QuestionState
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import (
    ObjectiveChanged,
    PersonJoined,
    PersonLeft,
    PersonRolesChanged,
    QuestionMoved,
    UnitChanged,
    WhyRevised,
)
from services.goals.domain.decision import Decision
from tests.unit.goals.world import Acme


class Staff(Acme):
    """People who come and go."""

    def lead(self, unit: Id) -> Id | None:
        return self.org.units[unit].lead

    def roles(self, person: Id) -> list[RoleGrant]:
        return self.org.people[person].roles

    def leave(self, person: Id, successor: Id | None = None) -> Decision:
        return self.do(c.RemovePerson(person=person, successor=successor))

    def why(self, unit: Id, actor: Id) -> Id:
        return self.id(c.PublishWhy(statement="s", because="b", audience=[self.web], unit=unit), actor)

    def asked(self, actor: Id) -> Id:
        return self.id(l.AskQuestion(about=self.purpose, body="?", unit=self.tech), actor)


@pytest.fixture
def acme() -> Staff:
    return Staff()


def of_kind(decision: Decision, kind: type) -> list[Any]:
    return [fact.payload for fact in decision.facts if isinstance(fact.payload, kind)]


# -- coming ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["name", "subject", "issuer"])
@pytest.mark.parametrize("kind", [c.AddPerson, c.CreateServiceAccount])
def test_whoever_signs_in_has_a_name_a_login_and_an_issuer_that_can_be_read(acme: Staff, kind: Any, field: str) -> None:
    said = {"name": "N", "subject": "n", "issuer": "https://issuer.example"}
    assert acme.do(kind(**said), dry_run=True).ids
    for wrong in (" ", "a\nb", "x" * 501):
        problem = acme.refused(kind(**{**said, field: wrong}))
        assert (problem.code, problem.path) == (ErrorCode.INVALID, [field])


def test_a_person_may_have_no_address(acme: Staff) -> None:
    for address in (None, "", "  "):
        assert acme.do(c.AddPerson(name="N", subject="n", email=address), dry_run=True).ids


def test_who_joins_as_a_lead_leads_where_nobody_did_and_replaces_nobody(acme: Staff) -> None:
    decision = acme.do(c.AddPerson(name="N", subject="n", roles=[RoleGrant(R.LEAD, acme.web)]))
    assert [type(fact.payload) for fact in decision.facts] == [PersonJoined, UnitChanged]
    assert acme.lead(acme.web) == decision.ids[0]
    acme.person(RoleGrant(R.LEAD, acme.web), RoleGrant(R.LEAD, acme.sales))
    assert (acme.lead(acme.web), acme.lead(acme.sales)) == (decision.ids[0], acme.sales_lead)
    member = acme.person(RoleGrant(R.MEMBER, acme.unit("New")))
    assert member not in {unit.lead for unit in acme.org.units.values()}


def test_each_role_that_may_not_be_granted_says_which_one(acme: Staff) -> None:
    roles = [RoleGrant(R.MEMBER, acme.web), RoleGrant(R.LEAD, acme.web)]
    problem = acme.refused(c.AddPerson(name="N", subject="n", roles=roles), acme.tech_lead)
    assert (problem.code, problem.path) == (ErrorCode.FORBIDDEN, ["roles", "1"])


# -- roles -------------------------------------------------------------------------------------------------------------


def test_a_role_named_twice_is_held_once_and_the_same_roles_again_change_nothing(acme: Staff) -> None:
    role = RoleGrant(R.MEMBER, acme.web)
    acme.do(c.SetRoles(person=acme.viewer, roles=[role, role]))
    assert acme.roles(acme.viewer) == [role]
    assert acme.do(c.SetRoles(person=acme.viewer, roles=[role])).facts == []


def test_a_unit_whose_lead_is_taken_away_is_led_by_another_who_holds_lead_there(acme: Staff) -> None:
    second = acme.person(RoleGrant(R.LEAD, acme.sales), RoleGrant(R.LEAD, acme.web))
    acme.do(c.SetRoles(person=acme.sales_lead, roles=[RoleGrant(R.MEMBER, acme.sales)]))
    assert acme.lead(acme.sales) == second
    acme.do(c.SetRoles(person=second, roles=[RoleGrant(R.LEAD, acme.sales)]))
    assert (acme.lead(acme.sales), acme.lead(acme.web), acme.lead(acme.tech)) == (second, None, acme.tech_lead)


def test_the_next_lead_is_somebody_who_is_here(acme: Staff) -> None:
    gone = acme.person(RoleGrant(R.LEAD, acme.sales))
    acme.leave(gone)
    acme.do(c.SetRoles(person=acme.sales_lead, roles=[]))
    assert acme.lead(acme.sales) is None


def test_a_lead_who_is_appointed_has_the_role_and_the_one_before_has_it_no_more(acme: Staff) -> None:
    acme.do(c.SetRoles(person=acme.sales_lead, roles=[RoleGrant(R.LEAD, acme.sales), RoleGrant(R.VIEWER)]))
    decision = acme.do(c.UpdateUnit(unit=acme.sales, lead=acme.viewer))
    assert acme.roles(acme.sales_lead) == [RoleGrant(R.VIEWER)]
    assert acme.roles(acme.viewer) == [RoleGrant(R.VIEWER), RoleGrant(R.LEAD, acme.sales)]
    assert [type(fact.payload) for fact in decision.facts] == [PersonRolesChanged, UnitChanged, PersonRolesChanged]
    assert acme.do(c.UpdateUnit(unit=acme.sales, lead=acme.viewer)).facts == []


def test_who_holds_lead_already_and_is_appointed_holds_it_once(acme: Staff) -> None:
    second = acme.person(RoleGrant(R.LEAD, acme.sales))
    acme.do(c.UpdateUnit(unit=acme.sales, lead=second))
    assert acme.lead(acme.sales) == second
    assert acme.roles(second) == [RoleGrant(R.LEAD, acme.sales)]


def test_who_leads_a_unit_goes_on_leading_it_with_other_roles_though_somebody_held_lead_before(acme: Staff) -> None:
    acme.do(c.UpdateUnit(unit=acme.sales, lead=acme.viewer))
    lead = RoleGrant(R.LEAD, acme.sales)
    acme.do(c.SetRoles(person=acme.sales_lead, roles=[lead]))
    decision = acme.do(c.SetRoles(person=acme.viewer, roles=[lead]))
    assert [type(fact.payload) for fact in decision.facts] == [PersonRolesChanged]
    assert acme.lead(acme.sales) == acme.viewer


def test_a_unit_led_from_above_has_no_lead_and_who_led_it_keeps_their_other_roles(acme: Staff) -> None:
    acme.do(c.SetRoles(person=acme.sales_lead, roles=[RoleGrant(R.LEAD, acme.sales), RoleGrant(R.LEAD, acme.web)]))
    acme.do(c.UpdateUnit(unit=acme.sales, clear=["lead"]))
    assert (acme.lead(acme.sales), acme.lead(acme.web)) == (None, acme.sales_lead)
    assert acme.roles(acme.sales_lead) == [RoleGrant(R.LEAD, acme.web)]
    assert acme.do(c.UpdateUnit(unit=acme.sales, clear=["lead"])).facts == []


def test_a_unit_whose_lead_is_dismissed_is_led_by_the_other_who_holds_lead_there(acme: Staff) -> None:
    second = acme.person(RoleGrant(R.LEAD, acme.sales))
    acme.do(c.UpdateUnit(unit=acme.sales, clear=["lead"]))
    assert acme.lead(acme.sales) == second


# -- leaving -----------------------------------------------------------------------------------------------------------


def test_who_leaves_without_a_successor_leads_and_answers_for_nothing_more(acme: Staff) -> None:
    why, question = acme.why(acme.tech, acme.tech_lead), acme.asked(acme.tech_lead)
    goal = acme.objective(acme.web)
    acme.do(c.UpdateObjective(objective=goal, accountable=acme.tech_lead))
    decision = acme.leave(acme.tech_lead)
    assert [type(fact.payload) for fact in decision.facts] == [PersonLeft, UnitChanged, ObjectiveChanged]
    assert (acme.org.people[acme.tech_lead].left, acme.roles(acme.tech_lead)) == (True, [])
    assert acme.org.whys[why].sponsor == acme.org.questions[question].asked_by == acme.tech_lead


def test_a_successor_leads_the_units_of_who_leaves_and_no_others(acme: Staff) -> None:
    over = acme.unit("Over", acme.tech, acme.tech_lead)
    acme.do(c.CloseUnit(unit=over, successor=acme.tech))
    decision = acme.leave(acme.tech_lead, acme.viewer)
    (left,) = of_kind(decision, PersonLeft)
    assert (left.person.id, left.successor) == (acme.tech_lead, acme.viewer)
    assert acme.roles(acme.viewer) == [RoleGrant(R.VIEWER), RoleGrant(R.LEAD, acme.tech)]
    leads = {id: unit.lead for id, unit in acme.org.units.items()}
    assert leads == {
        acme.root: acme.boss,
        acme.sales: acme.sales_lead,
        acme.tech: acme.viewer,
        acme.web: None,
        over: None,
    }


@pytest.mark.parametrize("activate", [False, True])
def test_open_objectives_of_who_leaves_have_the_successor_or_nobody_accountable_and_no_others(
    acme: Staff, activate: bool
) -> None:
    mine, theirs, over = (acme.objective(acme.web, activate=activate) for _ in range(3))
    for goal, who in ((mine, acme.tech_lead), (theirs, acme.sales_lead), (over, acme.tech_lead)):
        acme.do(c.UpdateObjective(objective=goal, accountable=who))
    acme.do(c.ArchiveObjective(objective=over))
    (changed,) = of_kind(acme.leave(acme.tech_lead, acme.viewer), ObjectiveChanged)
    assert (changed.before.id, changed.editorial) == (mine, True)
    objectives = acme.org.objectives
    assert [objectives[each].accountable for each in (mine, theirs, over)] == [
        acme.viewer,
        acme.sales_lead,
        acme.tech_lead,
    ]
    assert objectives[over].state is ObjectiveState.ARCHIVED


def test_published_whys_of_who_leaves_are_the_successors_and_no_others(acme: Staff) -> None:
    mine, retired = acme.why(acme.tech, acme.tech_lead), acme.why(acme.tech, acme.tech_lead)
    theirs = acme.why(acme.sales, acme.sales_lead)
    acme.do(c.RetireWhy(why=retired, reason="r"))
    (revised,) = of_kind(acme.leave(acme.tech_lead, acme.viewer), WhyRevised)
    assert (revised.before.id, revised.editorial) == (mine, True)
    sponsors = [acme.org.whys[each].sponsor for each in (mine, retired, theirs)]
    assert sponsors == [acme.viewer, acme.tech_lead, acme.sales_lead]


def test_open_questions_of_who_leaves_are_the_successors_and_no_others(acme: Staff) -> None:
    mine, over, theirs = acme.asked(acme.tech_lead), acme.asked(acme.tech_lead), acme.asked(acme.sales_lead)
    acme.do(l.WithdrawQuestion(question=over))
    (moved,) = of_kind(acme.leave(acme.tech_lead, acme.viewer), QuestionMoved)
    assert moved.before.id == mine
    asked_by = [acme.org.questions[each].asked_by for each in (mine, over, theirs)]
    assert asked_by == [acme.viewer, acme.tech_lead, acme.sales_lead]
    assert acme.org.questions[mine].state is QuestionState.OPEN


def test_nobody_succeeds_themselves(acme: Staff) -> None:
    problem = acme.refused(c.RemovePerson(person=acme.tech_lead, successor=acme.tech_lead))
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["successor"])
    assert "Nobody succeeds themselves" in problem.message


def test_the_last_administrator_stays_one_though_others_left_and_may_change_their_other_roles(acme: Staff) -> None:
    acme.leave(acme.admin)
    boss = acme.roles(acme.boss)
    for command, path in (
        (c.RemovePerson(person=acme.boss, successor=acme.viewer), "person"),
        (c.SetRoles(person=acme.boss, roles=boss[1:]), "roles"),
    ):
        problem = acme.refused(command)
        assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, [path])
    acme.do(c.SetRoles(person=acme.boss, roles=boss[:1]))
    acme.do(c.SetRoles(person=acme.viewer, roles=[]))
    acme.do(c.SetRoles(person=acme.viewer, roles=[RoleGrant(R.ADMIN)]))
    acme.do(c.SetRoles(person=acme.boss, roles=[]))


def test_a_service_account_may_lose_every_role_whatever_it_held(acme: Staff) -> None:
    program = acme.id(c.CreateServiceAccount(name="P", subject="p", roles=[RoleGrant(R.ADMIN)]))
    acme.leave(acme.admin)
    acme.do(c.SetRoles(person=program, roles=[]))
    assert acme.roles(program) == []
