"""An organization that is loaded shows no name of a person who was erased, in whatever order its parts were read."""

from __future__ import annotations

from gateway.live.organization_view import OrganizationView
from gateway.schema.types.lookups import ERASED, ERASED_ACCOUNT, person_name
from gateway.upstream.ports import OrganizationSnapshot
from goldenthread.contracts.entities import Person
from goldenthread.contracts.read_api import PeopleSnapshot, PersonName, StreamPosition
from goldenthread.organization.organization import Organization
from tests.support.snapshots import goals_snapshot


def test_a_name_that_was_read_before_the_erasure_is_not_shown_after_it() -> None:
    people = [
        Person("person_1", [], left=True, erased=True),
        Person("person_2", [], left=True, service=True, erased=True),
    ]
    read = PeopleSnapshot(StreamPosition(3, "e3"), [PersonName("person_1", "Bo", "bo", None, "")])
    goals = goals_snapshot(Organization.of(people), StreamPosition(9, "e9"))
    view = OrganizationView("org_1", OrganizationSnapshot(goals, None, None, read))
    assert view.names == {}
    assert view.logins == {}
    assert [person_name(view, each.id) for each in people] == [ERASED, ERASED_ACCOUNT]
