"""goals is told once of who signs in for the first time, and callers cost nothing after that."""

from __future__ import annotations

import asyncio

import pytest

from gateway.live.organization_view import OrganizationView
from gateway.live.people_names import PeopleNames
from gateway.live.sign_ins import AGAIN_SECONDS, FirstSignIns
from gateway.upstream.streams import GOALS
from goldenthread.contracts.entities import Person
from goldenthread.contracts.enums import PersonField
from goldenthread.contracts.events.goals import PersonSignedIn, PersonUpdated
from goldenthread.contracts.read_api import Login, PeopleSnapshot, PersonName, StreamPosition
from tests.support.entities import T0
from tests.unit.gateway.fakes import FakeUpstreams
from tests.unit.gateway.world import World


class Told:
    """`FirstSignIns` over a world, at times the test chooses."""

    def __init__(self) -> None:
        self.now, self.world = 0.0, World()
        self.upstreams = FakeUpstreams(self.world)
        self.sign_ins = FirstSignIns(self.upstreams, lambda: self.now)
        self.view: OrganizationView = self.world.view()

    async def saw(self, *people: str) -> list[Login]:
        """Those people come, some several times; of whom goals was told since the beginning."""
        for person in people:
            self.sign_ins.saw(self.view, self.view.org.people[person])
        await self.sign_ins.until_told()
        return self.upstreams.signed_in_told


@pytest.fixture
def told() -> Told:
    return Told()


async def test_each_person_is_told_of_once_however_often_they_come(told: Told) -> None:
    assert await told.saw("person_a", "person_a", "person_root") == [Login("", "ada"), Login("", "rita")]
    assert len(await told.saw("person_a", "person_root", "person_a")) == 2


async def test_who_has_signed_in_before_is_not_told_of(told: Told) -> None:
    told.view.people_names.take("person_a", PersonName("person_a", "A", "ada", signed_in_at=T0), 10**6)
    assert await told.saw("person_a") == []


async def test_who_was_told_of_in_vain_is_told_of_again_later(told: Told) -> None:
    told.upstreams.down = {GOALS}
    assert len(await told.saw("person_a")) == 1
    assert len(await told.saw("person_a")) == 1
    told.now = AGAIN_SECONDS
    assert len(await told.saw("person_a")) == 2


async def test_programs_are_nobody_who_signs_in(told: Told) -> None:
    told.sign_ins.saw(told.view, Person("person_a", [], service=True))
    await told.sign_ins.until_told()
    assert told.upstreams.signed_in_told == []


async def test_what_is_being_told_ends_with_the_process(told: Told) -> None:
    told.sign_ins.saw(told.view, told.view.org.people["person_a"])
    told.sign_ins.close()
    await told.sign_ins.until_told()
    await asyncio.sleep(0)
    assert told.upstreams.signed_in_told == []


def test_a_replica_that_hears_of_a_first_sign_in_knows_when_without_reading_anything() -> None:
    person = Person("person_a", [])
    names = PeopleNames(PeopleSnapshot(StreamPosition(5, "e"), [PersonName("person_a", "A", "ada")]))
    names.follow(PersonSignedIn(person), 6, T0)
    names.follow(PersonSignedIn(Person("person_erased", [])), 7, T0)
    assert (names.signed_in_at("person_a"), names.signed_in_at("person_erased")) == (T0, None)
    assert (dict(names.outdated), names.logins) == ({}, {Login("", "ada"): "person_a"})
    names.take_all(PeopleSnapshot(StreamPosition(5, "e"), [PersonName("person_a", "A", "ada")]))
    assert names.signed_in_at("person_a") == T0, "what was read before the event does not take it back"


def test_a_login_that_was_taken_away_takes_the_sign_in_with_it() -> None:
    person = Person("person_a", [])
    names = PeopleNames(PeopleSnapshot(StreamPosition(5, "e"), [PersonName("person_a", "A", "ada")]))
    names.follow(PersonSignedIn(person), 6, T0)
    names.follow(PersonUpdated(person, [PersonField.NAME]), 7, T0)
    assert names.signed_in_at("person_a") == T0
    names.follow(PersonUpdated(person, [PersonField.LOGIN]), 8, T0)
    names.take("person_a", PersonName("person_a", "A", "nobody"), 8)
    assert names.signed_in_at("person_a") is None
    names.take("person_a", PersonName("person_a", "A", "ada", signed_in_at=T0), 9)
    assert names.signed_in_at("person_a") == T0
