"""Who is refused, and whom the refusal says to ask."""

from __future__ import annotations

import pytest
from msgspec import structs

from goldenthread.contracts.entities import Person, RoleGrant
from goldenthread.contracts.enums import Role
from goldenthread.contracts.errors import ErrorCode, Refused
from services.notifications.domain.permissions import may_acknowledge, require_acknowledge, require_webhooks
from tests.support import entities
from tests.unit.notifications.known_alerts import ALERT


def test_who_may_not_acknowledge_an_alert_is_told_who_does() -> None:
    org = entities.organization(Person("person_x", [RoleGrant(Role.MEMBER, "unit_b")]))
    require_acknowledge(org, "person_a", ALERT)
    with pytest.raises(Refused) as refused:
        require_acknowledge(org, "person_x", ALERT)
    [problem] = refused.value.problems
    assert (problem.code, list(problem.path)) == (ErrorCode.FORBIDDEN, ["alert"])
    assert problem.message == (
        "This alert is addressed to A; its lead or a member of it acknowledges it, or an executive."
    )


def test_a_member_of_no_unit_is_not_who_an_alert_to_nobody_in_particular_is_for() -> None:
    org = entities.organization(Person("person_x", [RoleGrant(Role.MEMBER)]))
    assert not may_acknowledge(org, "person_x", structs.replace(ALERT, addressee=None))


@pytest.mark.parametrize("role", Role)
def test_where_alerts_are_delivered_is_the_admins(role: Role) -> None:
    org = entities.organization(Person("person_x", [RoleGrant(role, "unit_a")]))
    if role is Role.ADMIN:
        require_webhooks(org, "person_x")
        return
    with pytest.raises(Refused) as refused:
        require_webhooks(org, "person_x")
    assert [each.code for each in refused.value.problems] == [ErrorCode.FORBIDDEN]
