"""Who decides about a link, by what it goes up to; and who speaks for the child."""

from __future__ import annotations

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id, RoleGrant
from goldenthread.contracts.enums import LinkState
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode
from services.goals.domain import permissions
from tests.unit.goals.world import Acme

# Boss: administrator and executive, leads the root unit, and so every unit.
PEOPLE = ["boss", "admin", "executive", "sales_lead", "tech_lead", "web_lead", "web_member", "sales_member", "viewer"]
DECIDES = {
    "purpose": "boss executive",
    "why of the root unit": "boss executive",
    "why of Tech": "boss tech_lead",
    "why of Tech that an executive sponsors": "boss tech_lead executive",
    "objective of Web": "boss tech_lead web_lead",
    "objective of Web that a member answers for": "boss tech_lead web_lead web_member",
    "objective of Web and Sales": "boss tech_lead web_lead sales_lead",
    "key result of an objective of Web": "boss tech_lead web_lead",
    "key result of a why of Tech": "boss tech_lead",
}


class Place(Acme):
    """Acme with a goal of every kind to link up to."""

    def __init__(self) -> None:
        super().__init__()
        self.web_lead = self.person(RoleGrant(R.LEAD, self.web))
        mine = self.objective(self.web)
        self.do(c.UpdateObjective(objective=mine, accountable=self.web_member))
        ours = c.CreateObjective(title="Ours", owners=[self.web, self.sales])
        tech_why = self.why(self.tech, self.tech_lead)
        web_goal = self.objective(self.web)
        self.parents: dict[str, Id] = {
            "purpose": self.purpose,
            "why of the root unit": self.why(self.root, self.boss),
            "why of Tech": tech_why,
            "why of Tech that an executive sponsors": self.why(self.tech, self.executive),
            "objective of Web": web_goal,
            "objective of Web that a member answers for": mine,
            "objective of Web and Sales": self.id(ours),
            "key result of an objective of Web": self.measure(web_goal),
            "key result of a why of Tech": self.measure(tech_why),
        }

    def why(self, unit: Id, sponsor: Id) -> Id:
        command = c.PublishWhy(statement="Grow", because="It pays", audience=[unit], unit=unit)
        return self.id(command, sponsor)

    def measure(self, node: Id) -> Id:
        return self.id(c.AddKeyResult(measures=node, key_result=c.KeyResultSpec(title="Deals")))


@pytest.fixture(scope="module")
def place() -> Place:
    return Place()


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("parent", DECIDES)
def test_a_link_is_decided_by_those_who_speak_for_its_parent(place: Place, parent: str, who: str) -> None:
    expected = who in DECIDES[parent].split()
    assert permissions.may_decide(place.org, getattr(place, who), place.parents[parent]) is expected


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("parent", DECIDES)
def test_accepting_declining_and_countering_ask_the_same_people(parent: str, who: str) -> None:
    place = Place()
    other = place.unit("Other")
    link = place.propose(place.objective(other), place.parents[parent])
    actor: Id = getattr(place, who)
    for command in (
        c.CounterLink(link=link.id, round=1, in_return="Time"),
        c.DeclineLink(link=link.id, round=1, reason="No"),
        c.AcceptLink(link=link.id, round=1),
    ):
        if who not in DECIDES[parent].split():
            assert place.refused(command, actor).code is ErrorCode.FORBIDDEN
        else:
            assert place.do(command, actor, dry_run=True).facts
    assert place.link(link.id).state is LinkState.PROPOSED


def test_only_an_executives_why_to_the_purpose_accepts_itself_and_no_objective() -> None:
    place = Place()
    for child, actor, state in (
        (place.why(place.sales, place.executive), place.executive, LinkState.ACCEPTED),
        (place.why(place.sales, place.sales_lead), place.sales_lead, LinkState.PROPOSED),
        (place.objective(place.sales, actor=place.executive), place.executive, LinkState.PROPOSED),
    ):
        found = [link for link in place.org.links.values() if link.child == child]
        link = found[0] if found else place.propose(child, place.purpose, actor)
        assert (link.parent, link.state) == (place.purpose, state)
