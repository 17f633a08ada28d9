"""Co-ownership: proposed to a unit, decided by its lead; either owner's lead acts; one outcome for all."""

from __future__ import annotations

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id, Objective
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import CoOwnerAccepted, CoOwnerDeclined
from tests.unit.goals.world import Acme


class Shared(Acme):
    """An objective of Web that Sales is invited to own too."""

    def __init__(self) -> None:
        super().__init__()
        shared = c.CreateObjective(title="t", owners=[self.web, self.sales])
        self.goal = self.id(shared, self.web_member)

    @property
    def found(self) -> Objective:
        return self.org.objectives[self.goal]

    def decide(self, unit: Id, accept: bool = True) -> c.DecideCoOwnership:
        return c.DecideCoOwnership(objective=self.goal, unit=unit, accept=accept)

    def owners(self, *units: Id) -> c.UpdateObjective:
        return c.UpdateObjective(objective=self.goal, owners=list(units))


@pytest.fixture
def acme() -> Shared:
    return Shared()


def test_an_invited_unit_owns_nothing_until_its_lead_accepts(acme: Shared) -> None:
    close = c.CloseObjective(objective=acme.goal, grade=1, note="n")
    assert acme.refused(close, acme.sales_lead).code is ErrorCode.FORBIDDEN
    for actor in (acme.tech_lead, acme.sales_member, acme.web_member):
        assert acme.refused(acme.decide(acme.sales), actor).path == ["unit"]
    (fact,) = acme.do(acme.decide(acme.sales), acme.sales_lead).facts
    assert isinstance(fact.payload, CoOwnerAccepted)
    assert (acme.found.owners, acme.found.invited) == ([acme.web, acme.sales], [])
    acme.do(close, acme.sales_lead)
    assert acme.found.outcome is not None
    assert acme.found.outcome.owners == [acme.web, acme.sales]


def test_a_unit_declines_once_and_accepts_twice_to_the_same_effect(acme: Shared) -> None:
    (fact,) = acme.do(acme.decide(acme.sales, accept=False), acme.sales_lead).facts
    assert isinstance(fact.payload, CoOwnerDeclined)
    assert (acme.found.owners, acme.found.invited) == ([acme.web], [])
    assert acme.refused(acme.decide(acme.sales), acme.sales_lead).code is ErrorCode.STATE_NOT_ALLOWED
    acme.do(acme.owners(acme.web, acme.sales), acme.web_member)
    acme.do(acme.decide(acme.sales), acme.sales_lead)
    assert acme.do(acme.decide(acme.sales), acme.sales_lead).facts == []
    assert acme.refused(acme.decide(acme.sales, accept=False), acme.sales_lead).path == ["unit"]


def test_whoever_changes_the_objective_takes_an_invitation_back_but_only_a_decider_removes_an_owner(
    acme: Shared,
) -> None:
    acme.do(acme.owners(acme.web), acme.web_member)
    assert acme.found.invited == []
    acme.do(acme.owners(acme.web, acme.sales), acme.boss)
    assert acme.found.owners == [acme.web, acme.sales]
    assert acme.refused(acme.owners(acme.web), acme.web_member).path == ["owners"]
    acme.do(acme.owners(acme.web), acme.sales_lead)
    assert acme.found.owners == [acme.web]


def test_the_primary_owner_changes_only_by_who_may_decide_for_both(acme: Shared) -> None:
    for actor in (acme.web_member, acme.tech_lead):
        assert acme.refused(acme.owners(acme.sales, acme.web), actor).path == ["owners", "0"]
    acme.do(acme.owners(acme.sales, acme.web), acme.boss)
    assert (acme.found.owners, acme.found.invited) == ([acme.sales, acme.web], [])


def test_who_was_invited_stays_invited_and_an_ending_takes_the_invitation_back(acme: Shared) -> None:
    acme.do(acme.owners(acme.web, acme.sales, acme.root), acme.web_member)
    assert acme.found.invited == [acme.sales, acme.root]
    acme.do(c.ArchiveObjective(objective=acme.goal))
    assert acme.found.invited == []
    assert acme.refused(acme.decide(acme.sales), acme.sales_lead).path == ["objective"]
