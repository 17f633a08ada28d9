"""What people said to alerts stays said, whatever the fold makes of them and however often it is folded anew."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec import structs

from goldenthread.contracts.entities import Person, RoleGrant
from goldenthread.contracts.enums import Role
from goldenthread.contracts.events.alerts import (
    AlertAcknowledged,
    AlertChanged,
    AlertRaised,
    AlertResolved,
    AlertState,
)
from services.notifications.alert_events import AlertDraft, with_acknowledgements
from services.notifications.domain.acknowledgements import Acknowledgement, Payload, acknowledged
from services.notifications.domain.permissions import holds, may_acknowledge
from tests.support import entities
from tests.support.entities import T0
from tests.unit.notifications.known_alerts import ALERT, OVER, WORSE


def said(basis: int, alert: str = "alert_1") -> Acknowledgement:
    return Acknowledgement(alert, "person_a", T0, basis, "Seen")


def commit(basis: int, *payloads: Payload) -> list[AlertDraft]:
    return [AlertDraft(f"{basis}-{i}", "any", each.alert.id, T0, basis, each) for i, each in enumerate(payloads)]


def lay(commits: Sequence[Sequence[AlertDraft]], *acknowledgements: Acknowledgement) -> list[tuple[str, int, str]]:
    made = with_acknowledgements("org_1", commits, {each.alert: each for each in acknowledgements}, 1)
    assert all(len({draft.basis for draft in drafts}) == 1 for drafts in made)
    return [(type(d.payload).__name__[5:], d.basis, d.payload.alert.state.value) for drafts in made for d in drafts]


def test_what_happens_to_an_acknowledged_alert_later_leaves_it_acknowledged_until_it_is_resolved() -> None:
    made = with_acknowledgements(
        "org_1", [commit(5, AlertChanged(WORSE)), commit(6, AlertResolved(OVER))], {"alert_1": said(4)}, 1
    )
    worse, over = (drafts[0].payload.alert for drafts in made)
    assert (worse.state, worse.goals, worse.note) == (AlertState.ACKNOWLEDGED, WORSE.goals, "Seen")
    assert (over.state, over.acknowledged_by, over.note) == (AlertState.RESOLVED, "person_a", "Seen")


def test_folded_anew_it_is_said_again_where_it_was_said() -> None:
    stream = [commit(3, AlertRaised(ALERT)), commit(4, AlertChanged(WORSE)), commit(6, AlertChanged(ALERT))]
    assert lay(stream, said(4)) == [
        ("Raised", 3, "OPEN"),
        ("Changed", 4, "OPEN"),
        ("Acknowledged", 4, "ACKNOWLEDGED"),
        ("Changed", 6, "ACKNOWLEDGED"),
    ]


def test_folded_anew_it_is_said_of_the_alert_as_it_reads_by_then() -> None:
    stream = [commit(3, AlertRaised(ALERT)), commit(4, AlertChanged(WORSE))]
    *_, [last] = with_acknowledgements("org_1", stream, {"alert_1": said(5)}, 1)
    assert isinstance(last.payload, AlertAcknowledged)
    assert (last.payload.alert.goals, last.payload.alert.state) == (WORSE.goals, AlertState.ACKNOWLEDGED)


def test_an_alert_that_nobody_acknowledged_is_as_it_was() -> None:
    assert acknowledged(ALERT, None) == ALERT


def test_folded_anew_it_is_said_again_at_the_end_or_before_the_alert_is_resolved() -> None:
    assert lay([commit(3, AlertRaised(ALERT))], said(9))[-1] == ("Acknowledged", 9, "ACKNOWLEDGED")
    assert lay([commit(3, AlertRaised(ALERT)), commit(4, AlertResolved(OVER))], said(4)) == [
        ("Raised", 3, "OPEN"),
        ("Acknowledged", 4, "ACKNOWLEDGED"),
        ("Resolved", 4, "RESOLVED"),
    ]


def test_an_alert_raised_later_than_it_was_acknowledged_is_so_from_the_next_commit_on() -> None:
    stream = [commit(7, AlertRaised(ALERT)), commit(8, AlertChanged(WORSE))]
    assert [(what, basis) for what, basis, _ in lay(stream, said(4))] == [
        ("Raised", 7),
        ("Acknowledged", 7),
        ("Changed", 8),
    ]


def test_what_was_said_to_an_alert_that_is_no_more_is_not_published() -> None:
    assert lay([commit(3, AlertRaised(ALERT))], said(2, "alert_gone")) == [("Raised", 3, "OPEN")]


def test_the_event_of_an_acknowledgement_is_the_same_in_every_recomputation() -> None:
    one, two = (
        with_acknowledgements("org_1", [commit(3, AlertRaised(ALERT))], {"alert_1": said(4)}, 1) for _ in range(2)
    )
    assert one == two
    assert (one[1][0].actor, one[1][0].payload) == ("person_a", AlertAcknowledged(acknowledged(ALERT, said(4))))


@pytest.mark.parametrize(
    ("grant", "may"),
    [
        (RoleGrant(Role.ADMIN), True),
        (RoleGrant(Role.EXECUTIVE), True),
        (RoleGrant(Role.LEAD, "unit_a"), True),
        (RoleGrant(Role.LEAD, "unit_root"), True),
        (RoleGrant(Role.LEAD, "unit_b"), False),
        (RoleGrant(Role.MEMBER, "unit_a"), True),
        (RoleGrant(Role.MEMBER, "unit_root"), False),
        (RoleGrant(Role.MEMBER, "unit_b"), False),
        (RoleGrant(Role.VIEWER), False),
        (RoleGrant(Role.VIEWER, "unit_a"), False),
    ],
)
def test_who_may_acknowledge_an_alert_to_unit_a(grant: RoleGrant, may: bool) -> None:
    org = entities.organization(Person("person_x", [grant]))
    assert may_acknowledge(org, "person_x", ALERT) == may
    assert holds(org, "person_x", Role.ADMIN) == (grant.role is Role.ADMIN)
    gone = entities.organization(Person("person_x", [grant], left=True))
    assert not may_acknowledge(gone, "person_x", ALERT)
    assert not may_acknowledge(org, "person_unknown", ALERT)


def test_an_alert_to_nobody_in_particular_is_the_executives() -> None:
    nobody = structs.replace(ALERT, addressee=None)
    org = entities.organization()
    assert may_acknowledge(org, "person_root", nobody)
    assert not may_acknowledge(org, "person_a", nobody)
