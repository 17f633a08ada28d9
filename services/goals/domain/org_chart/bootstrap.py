"""How an organization begins."""

from __future__ import annotations

from goldenthread.contracts.entities import Id, OrganizationInfo, OrgUnit, Person, Policy, RoleGrant
from goldenthread.contracts.enums import Role, UnitFunction
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import OrganizationCreated, PersonJoined, UnitCreated
from goldenthread.organization.organization import Organization
from services.goals.domain import validation
from services.goals.domain.decision import Case, Decision, DecisionContext
from services.goals.domain.org_chart import invitations


def bootstrap(
    org: Organization,
    name: str,
    context: DecisionContext,
    *,
    organization: Id | None = None,
    admin: Id | None = None,
    invited: bool = False,
) -> Decision:
    """Fill an empty `org` with the organization, its root unit and its first person.

    That person is ADMIN and EXECUTIVE and leads the root unit, and with `invited` has no login until they claim one.
    `organization` and `admin` are the ids to use where the caller has some already. The ids of the decision are those
    of the organization, the root unit and the person.
    """
    if org.info is not None:
        raise refuse(ErrorCode.CONFLICT, "This organization exists already; use it.")
    case, name = Case(org, context), validation.title(name, "name")
    root, person = case.new_id("unit"), admin or case.new_id("person")
    info = OrganizationInfo(organization or case.new_id("org"), name, root, Policy(), case.now)
    roles = [RoleGrant(Role.ADMIN), RoleGrant(Role.EXECUTIVE), RoleGrant(Role.LEAD, root)]
    case.emit(OrganizationCreated(info))
    case.emit(UnitCreated(OrgUnit(root, name, UnitFunction.EXECUTIVE, lead=person)))
    case.emit(PersonJoined(Person(person, roles, no_login=invited)))
    if invited:
        invitations.invite_founder(case, person)
    case.about(info.id, root, person)
    return case.decision()
