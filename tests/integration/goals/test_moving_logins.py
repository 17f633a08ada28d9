"""Many logins move to another issuer on a real database, with everything that was answered to them."""

from __future__ import annotations

import pytest
from msgspec import structs

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.read_api import Login
from goldenthread.contracts.replies import Accepted, LoginConflict, MovedLogins
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.clock import new_id
from goldenthread.runtime.identity.caller import Caller
from services.goals.handlers import Goals
from services.goals.head_state_cache import HeadStateCache
from services.goals.idempotent_answers import ReceivedCommand
from services.goals.stores import names_store
from tests.integration.goals.goals_harness import GoalsHarness

OLD, NEW = "https://old.example", "https://new.example"
MOVE = c.MoveLogins(from_issuer=OLD + "/", to_issuer=NEW)


async def send(
    harness: GoalsHarness, command: c.AnyCommand, login: Login | None = None, key: str | None = None
) -> Accepted:
    issuer, subject = login or Login("", "ada")
    caller = Caller(subject, harness.id, False, Secret(""), issuer=issuer)
    return await harness.goals.command(ReceivedCommand(caller, harness.id, command, key))


async def add(harness: GoalsHarness, subject: str, issuer: str = OLD, role: R = R.EXECUTIVE) -> str:
    return await harness.do(c.AddPerson(name=subject, subject=subject, issuer=issuer, roles=[RoleGrant(role)]))


async def owner(harness: GoalsHarness, issuer: str, subject: str) -> str | None:
    found = (await names_store.login_holder(harness.pool, harness.id, Login(issuer, subject))).person
    return None if found is None else found.id


async def test_everybody_of_an_issuer_moves_with_their_keys_and_programs_too(harness: GoalsHarness) -> None:
    bo, other = await add(harness, "bo"), await add(harness, "cy", "https://elsewhere.example")
    program = await harness.do(c.CreateServiceAccount(name="P", subject="p", issuer=OLD))
    publish = c.PublishPurpose(statement="Be useful")
    first = await send(harness, publish, Login(OLD, "bo"), "once")
    tried = await send(harness, c.MoveLogins(from_issuer=OLD, to_issuer=NEW, dry_run=True))
    assert (tried.dry_run, set(tried.ids), tried.logins) == (True, {bo, program}, MovedLogins(2, 0))
    assert await owner(harness, OLD, "bo") == bo, "a dry run moves nobody"
    moved = await send(harness, MOVE)
    assert (set(moved.ids), moved.logins) == ({bo, program}, MovedLogins(2, 0))
    assert [await owner(harness, NEW, each) for each in ("bo", "p", "cy")] == [bo, program, None]
    assert await owner(harness, "https://elsewhere.example", "cy") == other
    with pytest.raises(Refused) as caught:
        await send(harness, publish, Login(OLD, "bo"), "once")
    assert caught.value.problems[0].code is ErrorCode.FORBIDDEN
    again = await send(harness, publish, Login(NEW, "bo"), "once")
    assert again.revision == first.revision, "what was done under the old login is not done twice"
    nothing = await send(harness, MOVE)
    assert (nothing.ids, nothing.events, nothing.logins) == ([], [], MovedLogins(0, 0))


async def test_a_login_that_is_somebody_elses_stays_and_one_of_who_left_is_free(harness: GoalsHarness) -> None:
    bo, cy = await add(harness, "bo"), await add(harness, "cy")
    taken, gone = await add(harness, "bo", NEW), await add(harness, "cy", NEW)
    publish = c.PublishPurpose(statement="Be useful")
    await send(harness, publish, Login(NEW, "cy"), "once")
    await harness.do(c.RemovePerson(person=gone))
    moved = await send(harness, MOVE)
    assert (moved.ids, moved.logins) == ([cy], MovedLogins(1, 1, [LoginConflict(bo, taken)]))
    assert [await owner(harness, issuer, "bo") for issuer in (OLD, NEW)] == [bo, taken]
    assert await owner(harness, NEW, "cy") == cy
    own = await send(harness, c.PublishPurpose(statement="Be kind", expected_version=1), Login(NEW, "cy"), "once")
    assert own.events, "a key of who left is no key of theirs"


async def test_a_mapping_moves_those_it_names_under_their_new_names(harness: GoalsHarness) -> None:
    bo, cy, dee = [await add(harness, each) for each in ("bo", "cy", "dee")]
    subjects = [
        c.SubjectMove(before="bo", after="cy"),
        c.SubjectMove(before="cy", after="bo"),
        c.SubjectMove(before="nobody", after="x"),
    ]
    moved = await send(harness, c.MoveLogins(from_issuer=OLD, to_issuer=NEW, subjects=subjects))
    assert (set(moved.ids), moved.logins) == ({bo, cy}, MovedLogins(2, 0))
    assert [await owner(harness, NEW, each) for each in ("cy", "bo", "dee")] == [bo, cy, None]
    assert await owner(harness, OLD, "dee") == dee


async def test_who_moves_their_own_login_is_answered_again_under_the_new_one(harness: GoalsHarness) -> None:
    boss = await add(harness, "boss", OLD, R.ADMIN)
    moved = await send(harness, MOVE, Login(OLD, "boss"), "once")
    assert (moved.ids, [each.path for each in moved.warnings]) == ([boss], [["fromIssuer"]])
    again = await send(harness, MOVE, Login(NEW, "boss"), "once")
    assert (again.ids, again.revision, again.logins) == (moved.ids, moved.revision, moved.logins)


async def test_thousands_move_in_one_transaction(harness: GoalsHarness) -> None:
    await harness.pool.execute(
        """INSERT INTO names (organization, person, issuer, subject, name)
           SELECT $1, 'person_' || n, $2, 'subject ' || n, 'Name' FROM generate_series(1, 5200) AS n""",
        harness.id,
        OLD,
    )
    await harness.pool.execute(
        """INSERT INTO entities (organization, id, state)
           SELECT $1, 'person_' || n, jsonb_build_object('id', 'person_' || n, 'roles', '[]'::jsonb)
           FROM generate_series(1, 5200) AS n""",
        harness.id,
    )
    moved = await send(harness, MOVE)
    assert moved.logins == MovedLogins(5_000, 200)
    assert (await send(harness, MOVE)).logins == MovedLogins(200, 0)
    left = await harness.pool.fetchval(
        "SELECT count(*) FROM names WHERE organization = $1 AND issuer = $2", harness.id, OLD
    )
    assert left == 0


async def test_goals_knows_where_nobody_could_sign_in(harness: GoalsHarness) -> None:
    goals = Goals(harness.pool, HeadStateCache(10), lambda: None, lambda: harness.now, new_id, issuers=[NEW + "/"])
    typo = structs.replace(MOVE, to_issuer=NEW + ".typo")
    request = ReceivedCommand(Caller("ada", harness.id, False, Secret("")), harness.id, typo)
    with pytest.raises(Refused) as caught:
        await goals.command(request)
    assert caught.value.problems[0].code is ErrorCode.STATE_NOT_ALLOWED
    assert (await goals.command(structs.replace(request, command=MOVE))).logins is not None
