"""The organization and its people are renamed. Which of it changed is a fact; what it was or is, is in none."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import json

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id, RoleGrant
from goldenthread.contracts.enums import PersonField as F
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.events.goals import OrganizationUpdated, PersonUpdated, UnitChanged
from services.goals.domain.decide import decide
from services.goals.history.sentences import summary
from tests.unit.goals.world import Acme


@pytest.fixture
def acme() -> Acme:
    return Acme()


def facts(acme: Acme, command: Any, actor: Id | None = None) -> list[Any]:
    return [each.payload for each in acme.do(command, actor).facts]


def fields(acme: Acme, command: c.UpdatePerson, actor: Id | None = None) -> list[F]:
    return [field for each in facts(acme, command, actor) for field in each.fields]


def test_an_organization_is_renamed_and_its_root_unit_with_it(acme: Acme) -> None:
    renamed, root = facts(acme, c.UpdateOrganization(name=" Globex "))
    assert (type(renamed), type(root)) == (OrganizationUpdated, UnitChanged)
    assert acme.org.info is not None
    assert (acme.org.info.name, acme.org.units[acme.root].name) == ("Globex", "Globex")
    assert summary("organization.updated", renamed) == "Organization changed: name “Acme” → “Globex”"
    assert facts(acme, c.UpdateOrganization(name="Globex")) == facts(acme, c.UpdateOrganization()) == []


def test_a_root_unit_that_has_a_name_of_its_own_keeps_it(acme: Acme) -> None:
    acme.do(c.UpdateUnit(unit=acme.root, name="Board"))
    assert [type(each) for each in facts(acme, c.UpdateOrganization(name="Globex"))] == [OrganizationUpdated]
    assert acme.org.units[acme.root].name == "Board"


def test_the_policy_is_not_touched_and_its_history_says_as_before_what_changed(acme: Acme) -> None:
    acme.do(c.SetPolicy(reply_days=3))
    acme.do(c.UpdateOrganization(name="Globex"))
    assert acme.org.info is not None
    assert acme.org.info.policy.reply_days == 3
    policy = facts(acme, c.SetPolicy(reply_days=4))[0]
    assert summary("policy.changed", policy) == "Policy changed: reply days 3 → 4"


@pytest.mark.parametrize("name", ["", " ", "x" * 501, "a\x00b", "a\nb", "a\tb", "\u200b"])
def test_a_name_is_a_bounded_line(acme: Acme, name: str) -> None:
    for command in (c.UpdateOrganization(name=name), c.UpdatePerson(person=acme.viewer, name=name)):
        problem = acme.refused(command)
        assert (problem.code, problem.path) == (ErrorCode.INVALID, ["name"])


def test_only_an_administrator_renames_the_organization(acme: Acme) -> None:
    assert facts(acme, c.UpdateOrganization(name="Globex"), acme.admin)
    for person in (acme.executive, acme.tech_lead, acme.web_member, acme.viewer):
        assert acme.refused(c.UpdateOrganization(name="Initech"), person).code is ErrorCode.FORBIDDEN


def test_everybody_says_what_they_are_called_and_an_administrator_says_the_rest(acme: Acme) -> None:
    account = acme.id(c.CreateServiceAccount(name="Planner", subject="planner", roles=[RoleGrant(R.EXECUTIVE)]))
    own = (acme.executive, acme.tech_lead, acme.web_member, acme.viewer)
    for person in own:
        assert fields(acme, c.UpdatePerson(person=person, name="Vera"), person) == [F.NAME]
        for more in (
            {"email": "v@example.org"},
            {"subject": "v"},
            {"issuer": "https://x.example"},
            {"clear": ["email"]},
        ):
            command = c.UpdatePerson(person=person, name="Vera Two", **more)
            assert acme.refused(command, person).code is ErrorCode.FORBIDDEN
    for person in (acme.web_member, acme.admin, account):
        assert acme.refused(c.UpdatePerson(person=person, name="x"), acme.tech_lead).code is ErrorCode.FORBIDDEN
    assert acme.refused(c.UpdatePerson(person=account, name="x"), account).code is ErrorCode.FORBIDDEN
    every = c.UpdatePerson(person=acme.viewer, name="V", email="v@example.org", subject="v", issuer="https://x.example")
    assert fields(acme, every, acme.admin) == [F.NAME, F.EMAIL, F.LOGIN]


def test_the_fact_says_which_of_it_changed_and_never_what_it_is_or_was(acme: Acme) -> None:
    acme.do(c.UpdatePerson(person=acme.viewer, name="Vera Secret", email="old@secret.example"))
    command = c.UpdatePerson(
        person=acme.viewer,
        name="Verena Hidden",
        email="new@hidden.example",
        subject="hidden",
        issuer="https://hidden.example/",
    )
    decision = acme.do(command)
    written = json.encode([each.payload for each in decision.facts])
    assert b"idden" not in written
    assert b"ecret" not in written
    (fact,) = (each.payload for each in decision.facts)
    assert fact == PersonUpdated(acme.org.people[acme.viewer], [F.NAME, F.EMAIL, F.LOGIN])
    assert summary("person.updated", fact) == "Name, e-mail address and login of a person changed"
    assert acme.named(acme.viewer).login == ("https://hidden.example", "hidden")


def test_what_stays_as_it_is_is_no_change(acme: Acme) -> None:
    same = acme.named(acme.viewer)
    again = c.UpdatePerson(person=acme.viewer, name=f" {same.name}", subject=same.subject, issuer=f"{same.issuer}/")
    assert facts(acme, again) == facts(acme, c.UpdatePerson(person=acme.viewer, clear=["email"])) == []
    assert acme.do(again).ids == [acme.viewer]


def test_null_takes_the_address_away(acme: Acme) -> None:
    acme.do(c.UpdatePerson(person=acme.viewer, email="v@example.org"))
    assert fields(acme, c.UpdatePerson(person=acme.viewer, clear=["email"])) == [F.EMAIL]
    assert acme.named(acme.viewer).email is None


def test_a_service_account_has_a_name_and_a_login_and_reads_no_mail(acme: Acme) -> None:
    account = acme.id(c.CreateServiceAccount(name="Planner", subject="planner"))
    (fact,) = facts(acme, c.UpdatePerson(person=account, name="Importer", subject="importer"))
    assert summary("person.updated", fact) == "Name and login of a service account changed"
    assert acme.refused(c.UpdatePerson(person=account, email="x@example.org")).code is ErrorCode.INVALID


def test_nobody_who_left_or_was_never_here_is_renamed(acme: Acme) -> None:
    acme.do(c.RemovePerson(person=acme.viewer))
    assert acme.refused(c.UpdatePerson(person=acme.viewer, name="x")).code is ErrorCode.STATE_NOT_ALLOWED
    assert acme.refused(c.UpdatePerson(person=acme.viewer, name="x"), acme.viewer).code is ErrorCode.FORBIDDEN
    assert acme.refused(c.UpdatePerson(person="person_nobody", name="x")).code is ErrorCode.NOT_FOUND


def test_whoever_changes_their_own_login_is_told_that_it_ends_here(acme: Acme) -> None:
    own = acme.do(c.UpdatePerson(person=acme.boss, subject="another"))
    assert [(each.code, "tokens" in each.message) for each in own.warnings] == [(ErrorCode.FORBIDDEN, True)]
    assert acme.do(c.UpdatePerson(person=acme.boss, name="Another")).warnings == []
    assert acme.do(c.UpdatePerson(person=acme.viewer, subject="another too")).warnings == []


def test_of_whom_nothing_is_kept_any_more_nothing_is_changed(acme: Acme) -> None:
    context = acme.context(acme.admin)
    with pytest.raises(Refused) as caught:
        decide(acme.org, c.UpdatePerson(person=acme.viewer, name="Vera"), context)
    problem = caught.value.problems[0]
    assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["person"])
    assert "erased" in problem.message
