"""Invitations on a real database: one secret gives one login, whoever tries what at the same time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.envelope import events_to_json
from goldenthread.contracts.errors import ErrorCode, Problem, Refused
from goldenthread.contracts.read_api import NO_LOGIN, ClaimedInvitation, Login, LoginAnswer
from goldenthread.contracts.replies import Accepted
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.clock import new_id
from goldenthread.runtime.identity.caller import Caller
from services.goals.handlers import Goals
from services.goals.head_state_cache import HeadStateCache
from services.goals.idempotent_answers import ReceivedCommand
from services.goals.stores import invitations_store, names_store
from tests.integration.goals.goals_harness import GoalsHarness

IDP, OTHER = "https://idp.example", "https://other.example"


def caller(harness: GoalsHarness, subject: str, issuer: str = IDP, **more: Any) -> Caller:
    return Caller(subject, harness.id, False, Secret(""), issuer=issuer, **more)


async def send(
    harness: GoalsHarness, command: c.AnyCommand, by: Caller | None = None, key: str | None = None
) -> Accepted:
    who = by or caller(harness, "ada", "")
    return await harness.goals.command(ReceivedCommand(who, harness.id, command, key))


async def invite(harness: GoalsHarness, **more: Any) -> tuple[str, Secret]:
    roles = [RoleGrant(R.EXECUTIVE)]
    done = await send(harness, c.InvitePerson(name="Bo", email="bo@acme.example", roles=roles, **more))
    assert done.secret is not None
    return done.ids[0], done.secret


async def refused(claim: Any) -> Problem:
    with pytest.raises(Refused) as caught:
        await claim
    problem: Problem = caught.value.problems[0]
    return problem


async def test_a_secret_gives_the_login_that_claims_it_and_the_same_again_is_answered_the_same(
    harness: GoalsHarness,
) -> None:
    person, secret = await invite(harness)
    bo, claim = caller(harness, "bo"), harness.goals.sign_ins.claim
    nobody = await refused(send(harness, c.PublishPurpose(statement="x"), bo))
    assert nobody.code is ErrorCode.FORBIDDEN
    assert await claim(bo, secret) == ClaimedInvitation(harness.id, person)
    head = len(await harness.events())
    assert await claim(bo, secret) == ClaimedInvitation(harness.id, person)
    assert len(await harness.events()) == head, "the second time changes nothing"
    assert (await send(harness, c.PublishPurpose(statement="Be useful"), bo)).revision
    found = (await names_store.login_holder(harness.pool, harness.id, Login(IDP, "bo"))).person
    assert found is not None
    assert (found.id, found.email, found.signed_in_at) == (person, "bo@acme.example", harness.now)


async def test_whoever_comes_second_with_a_link_gets_nothing(harness: GoalsHarness) -> None:
    _, secret = await invite(harness)
    claim = harness.goals.sign_ins.claim
    await claim(caller(harness, "bo"), secret)
    for other in (caller(harness, "eve"), caller(harness, "bo", OTHER)):
        assert (await refused(claim(other, secret))).code is ErrorCode.NOT_FOUND
        assert (await names_store.login_holder(harness.pool, harness.id, other.login)).person is None


async def test_a_secret_that_is_claimed_twice_at_once_binds_once(harness: GoalsHarness) -> None:
    person, secret = await invite(harness)
    replica = Goals(harness.pool, HeadStateCache(10), lambda: None, lambda: harness.now, new_id)
    claims = [
        (harness.goals, replica)[number % 2].sign_ins.claim(caller(harness, f"somebody {number}"), secret)
        for number in range(6)
    ]
    found = await asyncio.gather(*claims, return_exceptions=True)
    assert found.count(ClaimedInvitation(harness.id, person)) == 1
    assert sum(isinstance(each, Refused) for each in found) == 5
    kinds = [event.type for event in await harness.events()]
    assert kinds.count("person.invitation-claimed") == 1


async def test_every_secret_that_gives_nothing_is_answered_the_same(harness: GoalsHarness) -> None:
    claim, eve = harness.goals.sign_ins.claim, caller(harness, "eve")
    revoked, expired, used, older, left = [await invite(harness) for _ in range(5)]
    await send(harness, c.RevokeInvitation(person=revoked[0]))
    await claim(caller(harness, "bo"), used[1])
    newer = (await send(harness, c.InvitePerson(person=older[0]))).secret
    await send(harness, c.RemovePerson(person=left[0]))
    elsewhere = replace(eve, organization="org_elsewhere")
    assert newer is not None
    answers = [await refused(claim(elsewhere, newer))]
    for secret in (revoked[1], used[1], older[1], left[1]):
        answers.append(await refused(claim(eve, secret)))
    for guess in ("", "x", "gtinv_" + "a" * 43, newer.reveal()[:-1], newer.reveal() + "\x00", "gtinv_" + "é" * 43):
        answers.append(await refused(claim(eve, Secret(guess))))
    harness.now = harness.now.replace(day=harness.now.day + 7)
    answers.append(await refused(claim(eve, expired[1])))
    assert {(each.code, each.message) for each in answers} == {(ErrorCode.NOT_FOUND, answers[0].message)}
    assert (await names_store.login_holder(harness.pool, harness.id, eve.login)).person is None


async def test_somebody_of_the_organization_has_nothing_to_claim(harness: GoalsHarness) -> None:
    _, secret = await invite(harness)
    taken = await refused(harness.goals.sign_ins.claim(caller(harness, "ada", ""), secret))
    assert taken.code is ErrorCode.CONFLICT
    await harness.goals.sign_ins.claim(caller(harness, "bo"), secret)


async def test_only_a_hash_of_a_secret_is_kept_and_a_repeated_command_does_not_say_it_again(
    harness: GoalsHarness,
) -> None:
    command = c.InvitePerson(name="Bo", roles=[RoleGrant(R.VIEWER)])
    first = await send(harness, command, key="once")
    assert first.secret is not None
    again = await send(harness, command, key="once")
    assert (again.ids, again.revision, again.secret) == (first.ids, first.revision, None)
    plain = first.secret.reveal()
    for table in ("names", "invitation_secrets", "entities", "outbox", "answers"):
        rows = await harness.pool.fetch(f"SELECT * FROM {table} WHERE organization = $1", harness.id)
        kept = repr([list(row.values()) for row in rows])
        assert plain not in kept
        assert plain.removeprefix("gtinv_") not in kept
    assert plain.encode() not in events_to_json(await harness.events())


async def test_an_address_never_finds_a_person_and_with_the_setting_is_asked_for_besides(
    harness: GoalsHarness,
) -> None:
    strict = Goals(
        harness.pool,
        HeadStateCache(10),
        lambda: None,
        lambda: harness.now,
        new_id,
        invitation_email_issuer=IDP + "/",
    )
    _, secret = await invite(harness)
    roles = [RoleGrant(R.VIEWER)]
    dee = (await send(harness, c.InvitePerson(name="Dee", email="Dee@strasse.example", roles=roles))).secret
    assert dee is not None
    claim = strict.sign_ins.claim
    another = caller(harness, "dee", email="dee@straße.example", email_verified=True)
    assert (await refused(claim(another, dee))).code is ErrorCode.FORBIDDEN, "another domain"
    fits: dict[str, Any] = {"email": "Bo@acme.example", "email_verified": True}
    wrong = [
        caller(harness, "bo"),
        caller(harness, "bo", email="bo@acme.example"),
        caller(harness, "bo", email="bo@acme.example", email_verified=False),
        caller(harness, "bo", email="eve@acme.example", email_verified=True),
        caller(harness, "bo", OTHER, **fits),
    ]
    for each in wrong:
        problem = await refused(claim(each, secret))
        assert problem.code is ErrorCode.FORBIDDEN
        assert "acme.example" not in problem.message
    without = "gtinv_" + "b" * 43
    assert (await refused(claim(caller(harness, "bo", **fits), Secret(without)))).code is ErrorCode.NOT_FOUND
    await claim(caller(harness, "bo", **fits), secret)
    request = ReceivedCommand(caller(harness, "ada", ""), harness.id, c.InvitePerson(name="Cy"))
    missing = await refused(strict.command(request))
    assert (missing.code, missing.path) == (ErrorCode.INVALID, ["email"])


async def test_an_undone_claim_ends_the_login_and_leaves_the_next_owner_nothing(harness: GoalsHarness) -> None:
    person, secret = await invite(harness)
    claim, eve = harness.goals.sign_ins.claim, caller(harness, "eve")
    await claim(eve, secret)
    await send(harness, c.PublishPurpose(statement="Be useful"), eve, "once")
    await send(harness, c.UndoInvitation(person=person))
    assert (await refused(send(harness, c.RetirePurpose(reason="r"), eve))).code is ErrorCode.FORBIDDEN
    assert (await refused(claim(eve, secret))).code is ErrorCode.NOT_FOUND
    kept = (await names_store.name_as_of(harness.pool, harness.id, person)).person
    assert kept is not None
    assert (kept.issuer, kept.signed_in_at, kept.email) == (NO_LOGIN, None, "bo@acme.example")
    second = (await send(harness, c.InvitePerson(person=person))).secret
    assert second is not None
    bo = caller(harness, "bo")
    await claim(bo, second)
    own = await send(harness, c.PublishPurpose(statement="Be kind", expected_version=1), bo, "once")
    assert own.events, "the key of another owner is no key of theirs"


async def test_a_reader_of_the_database_cannot_claim_with_what_is_in_it(harness: GoalsHarness) -> None:
    await invite(harness)
    stored = await harness.pool.fetchval("SELECT secret FROM invitation_secrets WHERE organization = $1", harness.id)
    for guess in (stored.hex(), "gtinv_" + stored.hex()[:43]):
        assert await invitations_store.owner(harness.pool, Secret(guess)) is None


async def test_the_first_sign_in_is_kept_once_and_told(harness: GoalsHarness) -> None:
    signed_in = harness.goals.sign_ins.signed_in
    before, first = await harness.events(), harness.now
    await asyncio.gather(*(signed_in(harness.id, Login("", "ada")) for _ in range(5)))
    harness.now = harness.now.replace(day=harness.now.day + 1)
    for login in (Login("", "ada"), Login(IDP, "ada"), Login(NO_LOGIN, "ada")):
        await signed_in(harness.id, login)
    await signed_in("org_nowhere", Login("", "ada"))
    told = (await harness.events())[len(before) :]
    assert [(each.type, each.actor, each.subject) for each in told] == [
        ("person.signed-in", "person_ada", "person_ada")
    ]
    found = (await names_store.login_holder(harness.pool, harness.id, Login("", "ada"))).person
    assert found is not None
    assert found.signed_in_at == first


async def test_who_was_removed_has_not_signed_in(harness: GoalsHarness) -> None:
    await harness.do(c.AddPerson(name="Cy", subject="cy", roles=[RoleGrant(R.VIEWER)]))
    person = (await names_store.person_of(harness.pool, harness.id, Login("", "cy"))) or ""
    await harness.do(c.RemovePerson(person=person))
    before = len(await harness.events())
    await harness.goals.sign_ins.signed_in(harness.id, Login("", "cy"))
    assert len(await harness.events()) == before


async def test_who_is_removed_while_they_sign_in_has_not_signed_in(
    harness: GoalsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await harness.do(c.AddPerson(name="Cy", subject="cy", roles=[RoleGrant(R.VIEWER)]))
    look = names_store.login_holder

    async def look_and_remove(*where: Any) -> LoginAnswer:
        found = await look(*where)
        assert found.person is not None
        await harness.do(c.RemovePerson(person=found.person.id))
        return found

    monkeypatch.setattr(names_store, "login_holder", look_and_remove)
    await harness.goals.sign_ins.signed_in(harness.id, Login("", "cy"))
    assert (await harness.events())[-1].type == "person.left"


async def test_who_was_invited_and_is_given_a_login_instead_signs_in_with_it(harness: GoalsHarness) -> None:
    person, _ = await invite(harness)
    goals = Goals(harness.pool, HeadStateCache(10), lambda: None, lambda: harness.now, new_id, issuer=IDP)
    given = c.UpdatePerson(person=person, subject="bo")
    await goals.command(ReceivedCommand(caller(harness, "ada", ""), harness.id, given))
    found = (await names_store.login_holder(harness.pool, harness.id, Login(IDP, "bo"))).person
    assert found is not None
    assert found.id == person


async def test_a_deleted_organization_is_no_other_answer_to_a_secret(harness: GoalsHarness) -> None:
    _, secret = await invite(harness)
    name = await harness.pool.fetchval(
        "SELECT state ->> 'name' FROM entities WHERE organization = $1 AND id = $1", harness.id
    )
    await harness.goals.endings.delete(harness.id, name, Login(IDP, "olga"))
    problem = await refused(harness.goals.sign_ins.claim(caller(harness, "bo"), secret))
    assert (problem.code, problem.path) == (ErrorCode.NOT_FOUND, ["secret"])
