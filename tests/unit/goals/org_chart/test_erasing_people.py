"""People are erased: the fact has an id only, and who is erased stays what they were to the history and to goals."""

from __future__ import annotations

from typing import Any

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id, Person, RoleGrant
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import PersonErased, PersonLeft, UnitChanged
from goldenthread.organization.organization import Organization
from services.goals.domain.decision import Case, Decision
from services.goals.domain.org_chart import erasing_people
from services.goals.history.names import called
from services.goals.history.sentences import summary
from tests.unit.goals.world import Acme


@pytest.fixture
def acme() -> Acme:
    return Acme()


def gone(acme: Acme) -> Id:
    acme.do(c.RemovePerson(person=acme.viewer))
    return acme.viewer


def erased_again(acme: Acme, person: Id) -> Decision:
    """As after a restored backup."""
    named = None if person in acme.erased else acme.named(person)
    case = Case(acme.org, acme.context(None, named))
    erasing_people.erase_again(case, acme.org.people[person])
    return case.decision()


def test_who_was_removed_is_erased_and_the_fact_has_no_more_than_their_id(acme: Acme) -> None:
    decision = acme.do(c.ErasePerson(person=gone(acme)))
    (fact,) = (each.payload for each in decision.facts)
    assert fact == PersonErased(Person(acme.viewer, [], left=True, erased=True))
    assert (decision.ids, decision.erased) == ([acme.viewer], acme.viewer)
    assert acme.org.people[acme.viewer].erased
    assert summary("person.erased", fact) == "A person was erased"


def test_a_service_account_is_erased_once_it_is_revoked(acme: Acme) -> None:
    account = acme.id(c.CreateServiceAccount(name="Planner", subject="planner"))
    problem = acme.refused(c.ErasePerson(person=account))
    assert (problem.code, "revokeServiceAccount" in problem.message) == (ErrorCode.STATE_NOT_ALLOWED, True)
    acme.do(c.RevokeServiceAccount(service_account=account))
    (fact,) = (each.payload for each in acme.do(c.ErasePerson(person=account)).facts)
    assert summary("person.erased", fact) == "Service account erased"


@pytest.mark.parametrize("who", ["viewer", "admin", "boss"])
def test_who_is_still_here_is_not_erased_whoever_they_are(acme: Acme, who: str) -> None:
    problem = acme.refused(c.ErasePerson(person=getattr(acme, who)))
    assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["person"])
    assert "removePerson" in problem.message


def test_only_an_administrator_erases(acme: Acme) -> None:
    person = gone(acme)
    for actor in (acme.executive, acme.tech_lead, acme.web_member):
        assert acme.refused(c.ErasePerson(person=person), actor).code is ErrorCode.FORBIDDEN
    assert acme.refused(c.ErasePerson(person="person_nobody")).code is ErrorCode.NOT_FOUND
    assert acme.refused(c.ErasePerson(person=acme.sales)).code is ErrorCode.INVALID


def test_erasing_again_answers_the_same_and_writes_nothing(acme: Acme) -> None:
    first = acme.do(c.ErasePerson(person=gone(acme)))
    second = acme.do(c.ErasePerson(person=acme.viewer))
    assert (second.ids, second.warnings) == (first.ids, first.warnings)
    assert (second.facts, second.erased) == ([], None)


def test_a_dry_run_says_what_would_be_erased_and_that_it_cannot_be_undone(acme: Acme) -> None:
    person = gone(acme)
    tried = acme.do(c.ErasePerson(person=person, dry_run=True), dry_run=True)
    (warning,) = tried.warnings
    for words in ("name, e-mail address and login", "cannot be undone", "texts that people wrote stay"):
        assert words in warning.message
    assert not acme.org.people[person].erased
    (done,) = acme.do(c.ErasePerson(person=person)).warnings
    assert "backup" in done.message


def test_of_whom_something_is_kept_again_it_is_erased_again(acme: Acme) -> None:
    acme.do(c.ErasePerson(person=gone(acme)))
    acme.erased.clear()
    assert acme.do(c.ErasePerson(person=acme.viewer)).erased == acme.viewer


def test_whom_a_backup_brought_back_leaves_and_is_erased(acme: Acme) -> None:
    facts = [each.payload for each in erased_again(acme, acme.sales_lead).facts]
    kinds = [type(each) for each in facts]
    assert kinds[0] is PersonLeft
    assert kinds[-1] is PersonErased
    assert UnitChanged in kinds  # nobody leads a unit who is not here
    assert acme.org.units[acme.sales].lead is None
    assert acme.org.people[acme.sales_lead] == Person(acme.sales_lead, [], left=True, erased=True)


def test_the_last_administrator_is_erased_again_as_well(acme: Acme) -> None:
    acme.do(c.SetRoles(person=acme.admin, roles=[]))
    assert acme.refused(c.RemovePerson(person=acme.boss), acme.boss).code is ErrorCode.STATE_NOT_ALLOWED
    assert erased_again(acme, acme.boss).erased == acme.boss


def test_whom_the_backup_has_erased_already_is_not_erased_again(acme: Acme) -> None:
    acme.do(c.ErasePerson(person=gone(acme)))
    assert erased_again(acme, acme.viewer).facts == []


def test_a_service_account_that_a_backup_brought_back_is_erased_too(acme: Acme) -> None:
    account = acme.id(c.CreateServiceAccount(name="P", subject="p", roles=[RoleGrant(R.ADMIN)]))
    assert [type(each.payload) for each in erased_again(acme, account).facts] == [PersonLeft, PersonErased]


@pytest.mark.parametrize(
    ("person", "words"),
    [
        (Person("person_1", [], left=True, erased=True), "a person who was erased"),
        (Person("person_1", [], left=True, service=True, erased=True), "a service account that was erased"),
        (Person("person_1", [], left=True), "a former member"),
    ],
)
def test_the_history_says_that_somebody_was_erased(person: Person, words: str) -> None:
    org: Any = Organization.of([person])
    assert called(org, {}, "person_1") == words
