"""Names are read from goals, apart from the events: in whatever order the two come, the last change is what stays."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from gateway.live.people_names import PeopleNames
from goldenthread.contracts.entities import Person
from goldenthread.contracts.enums import PersonField
from goldenthread.contracts.events.goals import PersonErased, PersonJoined, PersonUpdated
from goldenthread.contracts.read_api import Login, PeopleSnapshot, PersonName, StreamPosition

EVERYTHING = list(PersonField)


@dataclass
class Kept:
    """What goals keeps at each revision, and what an event says at each."""

    at: list[dict[str, PersonName]] = field(default_factory=lambda: [{}])
    said: list[object] = field(default_factory=lambda: [None])
    erased: dict[str, int] = field(default_factory=dict)
    """Person → the revision at which they were erased."""

    def write(self, name: PersonName) -> int:
        before = self.at[-1].get(name.id)
        person = Person(name.id, [])
        self.said.append(PersonJoined(person) if before is None else PersonUpdated(person, _fields(before, name)))
        self.at.append({**self.at[-1], name.id: name})
        return len(self.at) - 1

    def erase(self, person: str) -> None:
        self.said.append(PersonErased(Person(person, [], left=True, erased=True)))
        self.at.append({id: name for id, name in self.at[-1].items() if id != person})
        self.erased.setdefault(person, len(self.at) - 1)

    def everybody(self, revision: int) -> PeopleSnapshot:
        return PeopleSnapshot(StreamPosition(revision, f"event_{revision}"), list(self.at[revision].values()))


def _fields(before: PersonName, after: PersonName) -> list[PersonField]:
    pairs = {PersonField.NAME: "name", PersonField.EMAIL: "email", PersonField.LOGIN: "login"}
    return [field for field, name in pairs.items() if getattr(before, name) != getattr(after, name)]


def one(name: str = "Bo", subject: str = "bo", id: str = "person_1") -> PersonName:
    return PersonName(id, name, subject, None, "")


def test_a_name_that_was_read_before_its_event_is_read_again_and_shown_until_then() -> None:
    kept = Kept()
    names = PeopleNames(kept.everybody(kept.write(one())))
    names.follow(PersonUpdated(Person("person_1", []), [PersonField.NAME]), kept.write(one("Bob")))
    assert names.outdated == {"person_1": 2}
    assert (names.of["person_1"].name, names.logins) == ("Bo", {Login("", "bo"): "person_1"})
    names.take("person_1", one("Bob"), 2)
    assert (names.of["person_1"].name, names.outdated) == ("Bob", {})


def test_a_name_that_was_read_after_its_change_is_not_read_again() -> None:
    kept = Kept()
    kept.write(one())
    names = PeopleNames(kept.everybody(kept.write(one("Bob", "bob"))))
    names.follow(kept.said[2], 2)  # type: ignore[arg-type]
    assert names.outdated == {}
    assert names.logins == {Login("", "bob"): "person_1"}


def test_a_login_is_nobodys_from_the_event_on_whatever_late_answer_comes() -> None:
    kept = Kept()
    names = PeopleNames(kept.everybody(kept.write(one())))
    names.follow(PersonUpdated(Person("person_1", []), [PersonField.LOGIN]), kept.write(one("Bo", "new")))
    assert names.logins == {}
    for alone in (True, False):
        if alone:
            names.take("person_1", one(), 1)
        else:
            names.take_all(kept.everybody(1))
        assert (names.logins, names.outdated) == ({}, {"person_1": 2})
    names.take_all(kept.everybody(2))
    assert (names.logins, names.outdated) == ({Login("", "new"): "person_1"}, {})


def test_whose_name_was_erased_is_not_asked_for_again_and_again() -> None:
    names = PeopleNames(PeopleSnapshot(StreamPosition(), []))
    names.follow(PersonJoined(Person("person_1", [])), 1)
    names.take("person_1", None, 1)
    assert (names.of, names.outdated) == ({}, {})


def test_an_answer_that_is_older_than_what_is_here_changes_nothing() -> None:
    kept = Kept()
    for each in (one(), one("Bob", "bob")):
        kept.write(each)
    names = PeopleNames(kept.everybody(0))
    for revision in (1, 2):
        names.follow(kept.said[revision], revision)  # type: ignore[arg-type]
    names.take("person_1", one("Bob", "bob"), 2)
    names.take("person_1", one(), 1)
    names.take_all(kept.everybody(1))
    assert names.of == {"person_1": one("Bob", "bob")}
    assert (names.logins, names.outdated) == ({Login("", "bob"): "person_1"}, {})


def test_what_was_read_of_one_person_earlier_takes_no_login_from_whom_it_was_given_to_since() -> None:
    names = PeopleNames(PeopleSnapshot(StreamPosition(1, "x"), [one(), one("Al", "al", "person_2")]))
    names.take("person_2", one("Al", "bo", "person_2"), 9)
    names.take("person_1", one("Bob"), 5)
    assert names.logins == {Login("", "bo"): "person_2"}


people, subjects = st.sampled_from(["person_1", "person_2"]), st.sampled_from("abc")
step = st.tuples(
    st.sampled_from(["write", "event", "event", "one", "one", "all", "erase"]), people, subjects, st.integers(0, 3)
)
steps = st.lists(step, min_size=6, max_size=30)


@given(steps)
@settings(max_examples=300)
def test_in_whatever_order_events_and_answers_come_a_login_is_never_its_former_holders(steps: list) -> None:  # type: ignore[type-arg]
    kept, shown = Kept(), 0
    names = PeopleNames(kept.everybody(0))
    for what, person, subject, back in steps:
        last = len(kept.at) - 1
        if what == "erase":
            kept.erase(person)
        elif (
            what == "write"
            and person not in kept.erased
            and all(each.subject != subject for each in kept.at[-1].values())
        ):
            kept.write(PersonName(person, f"{person} at {last + 1}", subject))
        elif what == "event" and shown < last:
            shown += 1
            names.follow(kept.said[shown], shown)  # type: ignore[arg-type]
        elif what == "one":
            at = max(last - back, 0)
            names.take(person, kept.at[at].get(person), at)
        elif what == "all":
            names.take_all(kept.everybody(max(last - back, 0)))
        assert not any(id in names.of for id, revision in kept.erased.items() if revision <= shown)
        for login, holder in names.logins.items():
            # At the revision shown, or one after it that was read already, it is that person's.
            assert any(now.get(holder) and now[holder].login == login for now in kept.at[shown:]), (login, holder)
    for revision in range(shown + 1, len(kept.at)):
        names.follow(kept.said[revision], revision)  # type: ignore[arg-type]
    for person in list(names.outdated):
        names.take(person, kept.at[-1].get(person), len(kept.at) - 1)
    assert names.of == kept.at[-1]
    assert names.logins == {each.login: each.id for each in kept.at[-1].values()}
    assert names.outdated == {}


@pytest.mark.parametrize("fields", [[PersonField.NAME], [PersonField.EMAIL]])
def test_a_login_that_did_not_change_goes_on(fields: list[PersonField]) -> None:
    names = PeopleNames(PeopleSnapshot(StreamPosition(1, "x"), [one()]))
    names.follow(PersonUpdated(Person("person_1", []), fields), 2)
    assert names.logins == {Login("", "bo"): "person_1"}
    names.take("person_1", structs.replace(one(), email="bo@example.org"), 2)
    assert names.logins == {Login("", "bo"): "person_1"}


ERASED = PersonErased(Person("person_1", [], left=True, erased=True))


def test_who_was_erased_is_forgotten_at_once_whatever_late_answer_comes() -> None:
    names = PeopleNames(PeopleSnapshot(StreamPosition(1, "x"), [one(), one("Al", "al", "person_2")]))
    names.follow(ERASED, 9)
    names.take("person_1", one(), 8)
    names.take_all(PeopleSnapshot(StreamPosition(8, "x"), [one(), one("Al", "al", "person_2")]))
    assert names.of == {"person_2": one("Al", "al", "person_2")}
    assert names.logins == {Login("", "al"): "person_2"}


def test_who_was_erased_is_read_once_more_so_that_sentences_with_their_name_are_made_again() -> None:
    names = PeopleNames(PeopleSnapshot(StreamPosition(1, "x"), [one()]))
    names.follow(ERASED, 9)
    assert names.outdated == {"person_1": 9}
    names.take("person_1", None, 9)
    assert (names.of, names.outdated) == ({}, {})


def test_the_login_of_who_was_erased_is_somebody_elses_when_it_was_given_away() -> None:
    names = PeopleNames(PeopleSnapshot(StreamPosition(1, "x"), [one()]))
    names.take("person_2", one("Al", "bo", "person_2"), 8)
    names.follow(ERASED, 9)
    assert names.logins == {Login("", "bo"): "person_2"}
