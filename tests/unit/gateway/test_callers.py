"""Reading needs a live person of the organization: who was removed, or is nobody here, reads and hears nothing."""

from __future__ import annotations

import asyncio
import math

import pytest
from msgspec import structs

from gateway.errors import BadRequest
from gateway.http.authentication import RequestAuthenticator
from gateway.live.organization_cache import OrganizationCache
from gateway.request.context import RequestContext
from gateway.upstream.streams import GOALS
from goldenthread.contracts.entities import Person
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.goals import PersonJoined, PersonLeft
from goldenthread.contracts.read_api import PersonName
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.identity.verifier import Verifier
from tests.support.entities import purpose, why
from tests.unit.gateway.fakes import NOW, FakeUpstreams
from tests.unit.gateway.world import ORG, World


class Named(Verifier):
    """The authorization is the login itself, `subject` or `subject of issuer`; “service” is a service of ours,
    “operator” an administrator of the installation.
    """

    def __init__(self) -> None:
        pass

    async def caller(self, authorization: str | None, organization: str | None = None) -> Caller:
        assert authorization is not None
        subject, _, issuer = authorization.partition(" of ")
        operator = subject == "operator"
        organization = None if operator else ORG
        return Caller(subject, organization, subject == "service", Secret("token"), math.inf, issuer, operator)


class Gate:
    """The way in to a fake world. Events reach this process only by `deliver`."""

    def __init__(self) -> None:
        self.world = World(purpose(), why("why_1"))
        self.upstreams = FakeUpstreams(self.world)
        self.cache = OrganizationCache(self.upstreams)
        self.requests = RequestAuthenticator(self.cache, Named(), lambda: NOW)

    async def enter(self, login: str, revision: str | None = None) -> RequestContext:
        return await self.requests.context(login, revision)

    async def refused(self, login: str) -> tuple[str, str]:
        with pytest.raises(BadRequest) as caught:
            await self.enter(login)
        assert caught.value.extensions is not None
        return caught.value.extensions["code"], caught.value.message

    def leave(self, id: str) -> list[Event]:
        return self.world.commit(PersonLeft(structs.replace(self.world.org.people[id], roles=[], left=True)))

    def join(self, id: str, login: str) -> list[Event]:
        self.world.people.append(PersonName(id, login.title(), login))
        return self.world.commit(PersonJoined(Person(id, [])))


async def test_a_removed_person_and_a_login_of_nobody_read_nothing_and_are_told_the_same() -> None:
    gate = Gate()
    assert (await gate.enter("ada")).me is not None
    gate.cache.deliver_all(gate.leave("person_a"))
    code, message = await gate.refused("ada")
    assert (code, "administrator can add" in message) == ("FORBIDDEN", True)
    assert await gate.refused("mallory") == (code, message)
    assert (await gate.enter("rita")).me is not None


async def test_a_service_never_reaches_graphql() -> None:
    assert (await Gate().refused("service"))[0] == "FORBIDDEN"


async def test_an_administrator_of_the_installation_reads_no_organization() -> None:
    code, message = await Gate().refused("operator")
    assert (code, "administrator of the installation" in message) == ("FORBIDDEN", True)


@pytest.mark.parametrize("delivered", [True, False])
async def test_a_person_who_was_just_added_gets_in_at_once(delivered: bool) -> None:
    gate = Gate()
    await gate.enter("rita")
    joined = gate.join("person_new", "nora")
    if delivered:
        gate.cache.deliver_all(joined)
    me = (await gate.enter("nora")).me
    assert me is not None
    assert me.id == "person_new"


async def test_a_login_that_was_given_to_somebody_else_is_that_person() -> None:
    gate = Gate()
    await gate.enter("ada")
    gone = gate.leave("person_a")
    gate.world.people = [each for each in gate.world.people if each.subject != "ada"]
    gate.cache.deliver_all([*gone, *gate.join("person_new", "ada")])
    me = (await gate.enter("ada")).me
    assert me is not None
    assert me.id == "person_new"


async def test_without_goals_known_people_read_and_whoever_is_not_known_is_asked_to_come_later() -> None:
    gate = Gate()
    await gate.enter("rita")
    gate.upstreams.down.add(GOALS)
    assert (await gate.enter("rita")).me is not None
    assert (await gate.refused("mallory"))[0] == "UNAVAILABLE"


async def test_who_leaves_while_their_request_waits_for_its_turn_reads_nothing() -> None:
    gate = Gate()
    context = await gate.enter("ada")
    context.pace.charge(1.0)
    waiting = asyncio.create_task(gate.requests.paced(context))
    await asyncio.sleep(0)
    gate.cache.deliver_all(gate.leave("person_a"))
    with pytest.raises(BadRequest, match="nobody's here"):
        await waiting
    await gate.requests.paced(await gate.enter("rita"))


async def test_who_leaves_while_waiting_for_a_revision_reads_nothing() -> None:
    gate = Gate()
    await gate.enter("ada")
    waiting = asyncio.create_task(gate.enter("ada", "1"))
    await asyncio.sleep(0)
    gate.cache.deliver_all(gate.leave("person_a"))
    gate.world.judge()
    gate.cache.deliver_all(gate.world.all())
    gate.cache.organizations[ORG].judged = 1
    with pytest.raises(BadRequest, match="administrator"):
        await waiting


async def test_the_same_subject_of_another_issuer_is_somebody_else() -> None:
    gate = Gate()
    assert (await gate.refused("rita of https://another.example"))[0] == "FORBIDDEN"
    gate.world.people.append(PersonName("person_b", "Other Rita", "rita", None, "https://another.example"))
    gate.cache.deliver_all(gate.world.commit(PersonJoined(Person("person_b", []))))
    found = [(await gate.enter(login)).me for login in ("rita of https://another.example", "rita")]
    assert [each.id for each in found if each is not None] == ["person_b", "person_root"]


async def test_a_changed_login_reads_nothing_from_its_event_on_and_the_new_one_is_that_person() -> None:
    gate = Gate()
    await gate.enter("ada")
    gate.cache.deliver_all(gate.world.rename("person_a", subject="ada.new"))
    assert (await gate.refused("ada"))[0] == "FORBIDDEN"
    me = (await gate.enter("ada.new")).me
    assert me is not None
    assert me.id == "person_a"


async def test_the_new_login_gets_in_before_its_event_is_here_and_the_one_before_does_not_after_that() -> None:
    gate = Gate()
    await gate.enter("ada")
    gate.world.rename("person_a", subject="ada.new")
    assert (await gate.enter("ada.new")).me is not None
    assert (await gate.refused("ada"))[0] == "FORBIDDEN"
    gate.cache.deliver_all(gate.world.all())
    gate.upstreams.down.add(GOALS)
    assert (await gate.enter("ada.new")).me is not None


async def test_a_login_that_was_passed_on_is_its_new_holder() -> None:
    gate = Gate()
    await gate.enter("ada")
    gate.cache.deliver_all(gate.world.rename("person_a", subject="ada.new"))
    gate.cache.deliver_all(gate.world.rename("person_root", subject="ada"))
    for login, person in (("ada", "person_root"), ("ada.new", "person_a")):
        me = (await gate.enter(login)).me
        assert me is not None
        assert me.id == person
    assert (await gate.refused("rita"))[0] == "FORBIDDEN"


async def test_while_goals_is_away_a_changed_login_is_nobodys() -> None:
    gate = Gate()
    await gate.enter("ada")
    gate.upstreams.down.add(GOALS)
    gate.cache.deliver_all(gate.world.rename("person_a", subject="ada.new"))
    for login in ("ada", "ada.new"):
        assert (await gate.refused(login))[0] == "UNAVAILABLE"


async def test_whose_login_changes_while_their_request_waits_for_its_turn_reads_nothing() -> None:
    gate = Gate()
    context = await gate.enter("ada")
    context.pace.charge(1.0)
    waiting = asyncio.create_task(gate.requests.paced(context))
    await asyncio.sleep(0)
    gate.cache.deliver_all(gate.world.rename("person_a", subject="ada.new"))
    with pytest.raises(BadRequest, match="administrator"):
        await waiting
