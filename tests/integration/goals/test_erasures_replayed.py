"""goals is restored from an older backup, which knows a person who was erased since: the log erases them again."""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import InvitationState as I
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.read_api import Login, PersonName
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.databases import database_url
from goldenthread.organization.invitations import state_of
from goldenthread.organization.organization import Organization
from goldenthread.runtime.clock import utc_now
from goldenthread.runtime.outbox import tombstones
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.goals.erasure import log_file
from services.goals.migrations import MIGRATIONS
from services.goals.stores.erasures_store import Erasure
from tests.integration.goals.goals_harness import GoalsHarness
from tests.support.database_walk import places_of

NAME, EMAIL, SUBJECT = "Zebulon Quixworth", "zebulon.quixworth@quix.example", "zq-7731-login"
TEXTS = (NAME, EMAIL, SUBJECT)


OLGA = Login("https://issuer.example", "olga")


def nothing() -> dict[str, object]:
    """The report of a replay that found nothing to do."""
    return {"erased": 0, "already": 0, "unknown": 0, "withoutAdministrator": [], "deleted": 0, "revoked": 0}


@asynccontextmanager
async def goals_on(database: Secret) -> AsyncIterator[GoalsHarness]:
    """goals, on a database of which nobody else has a connection afterwards: PostgreSQL copies only such a database."""
    async with open_pool(database, 4, SHARED, MIGRATIONS) as pool:
        yield GoalsHarness(pool)


async def copied(database: Secret) -> Secret:
    """A copy of a database."""
    name, copy = urlsplit(database.reveal()).path[1:], f"test_{uuid.uuid4().hex}"
    connection = await asyncpg.connect(database_url(database, "postgres").reveal())
    try:
        await connection.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
    finally:
        await connection.close()
    return database_url(database, copy)


async def erasures(
    *arguments: str, goals: Secret | None = None, notifications: Secret | None = None
) -> tuple[int, str]:
    """Run the command; its exit code, and what it printed on stdout (stderr where it failed)."""
    urls = {"GOALS": goals, "NOTIFICATIONS": notifications}
    given = {f"GOLDENTHREAD_DATABASE_URL_{name}": url.reveal() for name, url in urls.items() if url is not None}
    command = (sys.executable, "-P", "-c", "from goldenthread.cli import main; main()", "erasures", *arguments)
    process = await asyncio.create_subprocess_exec(*command, env=given, stdout=PIPE, stderr=PIPE)
    out, err = await process.communicate()
    return process.returncode or 0, (err if process.returncode else out).decode()


async def person(harness: GoalsHarness, *roles: RoleGrant) -> str:
    return await harness.do(c.AddPerson(name=NAME, subject=SUBJECT, email=EMAIL, roles=list(roles)))


async def erased(harness: GoalsHarness, who: str) -> None:
    await harness.do(c.RemovePerson(person=who))
    await harness.do(c.ErasePerson(person=who))


async def test_a_restored_older_backup_is_erased_again_and_its_stream_goes_on(database: Secret, tmp_path: Path) -> None:
    log = str(tmp_path / "erasures.jsonl")
    async with goals_on(database) as harness:
        await harness.open()
        who = await person(harness, RoleGrant(R.LEAD, harness.root), RoleGrant(R.EXECUTIVE))
        await harness.do(c.PublishPurpose(statement="Be useful"), SUBJECT)
        await harness.objective(accountable=who)
        id, root = harness.id, harness.root
    backup = await copied(database)
    async with goals_on(database) as harness:
        harness.id, harness.root = id, root
        await erased(harness, who)
        at = (await harness.pool.fetchval("SELECT at FROM erasures"),)[0]
    assert await places_of(database, TEXTS) == set()
    code, said = await erasures("export", log, goals=database)
    assert (code, said.splitlines()[:3]) == (
        *(0, [f"written: {log}", "people who were erased: 1", "organizations that were deleted: 0"]),
    )
    assert [each for each in log_file.read(Path(log)) if isinstance(each, Erasure)] == [
        Erasure(id, who, at, "person_ada")
    ]

    assert "names.name" in await places_of(backup, TEXTS)
    code, said = await erasures("replay", log, "--json", goals=backup)
    assert (code, json.loads(said)) == (0, nothing() | {"erased": 1})
    assert await places_of(backup, TEXTS) == set()
    code, said = await erasures("replay", log, "--json", goals=backup)
    assert json.loads(said) == nothing() | {"already": 1}
    async with goals_on(backup) as harness:
        harness.id, harness.root = id, root
        await assert_the_chain_holds(harness)
        events = await harness.events()
        assert [each.type for each in events].count("person.erased") == 1
        assert await harness.pool.fetchval("SELECT at FROM erasures WHERE person = $1", who) == at
        org = await folded(harness)
        assert (org.people[who].erased, org.units[root].lead) == (True, "person_ada")
        assert next(iter(org.objectives.values())).accountable is None
        await harness.do(c.PublishPurpose(statement="Be kind", expected_version=1))
        await assert_the_chain_holds(harness)


async def folded(harness: GoalsHarness) -> Organization:
    org = Organization()
    for event in await harness.events():
        org.apply(event.data)
    return org


async def assert_the_chain_holds(harness: GoalsHarness) -> None:
    """Numbers without a hole, each with the event before; the head is the last; the state is the fold of all."""
    events = await harness.events()
    assert [each.sequence for each in events] == list(range(1, len(events) + 1))
    assert [each.previous for each in events] == [None, *(each.id for each in events[:-1])]
    head = await harness.pool.fetchrow("SELECT sequence, id FROM streams WHERE organization = $1", harness.id)
    assert head is not None
    assert tuple(head) == (len(events), events[-1].id)
    stored = await harness.pool.fetch("SELECT id, state FROM entities WHERE organization = $1", harness.id)
    assert {row["id"] for row in stored} == {each.id for each in (await folded(harness)).entities()}


async def test_who_is_unknown_in_the_backup_stays_in_the_log_and_organizations_may_be_unknown(
    database: Secret, tmp_path: Path
) -> None:
    log = tmp_path / "erasures.jsonl"
    async with goals_on(database) as harness:
        await harness.open()
        id = harness.id
    backup = await copied(database)
    async with goals_on(database) as harness:
        harness.id = id
        await erased(harness, await person(harness, RoleGrant(R.VIEWER)))
        other = GoalsHarness(harness.pool)
        await other.open()
        await erased(other, await person(other, RoleGrant(R.VIEWER)))
    assert (await erasures("export", str(log), goals=database))[0] == 0
    code, said = await erasures("replay", str(log), "--json", goals=backup)
    assert (code, json.loads(said)["unknown"]) == (0, 2)
    assert (await erasures("export", str(tmp_path / "again"), goals=backup))[0] == 0
    assert (tmp_path / "again").read_bytes() == log.read_bytes()


async def test_organizations_that_were_deleted_since_are_deleted_again_whatever_they_are_called(
    database: Secret, tmp_path: Path
) -> None:
    log = str(tmp_path / "erasures.jsonl")
    async with goals_on(database) as harness:
        await harness.open()
        id = harness.id
    backup = await copied(database)
    async with goals_on(database) as harness:
        later = GoalsHarness(harness.pool)
        await later.open()
        for each in (id, later.id):
            await harness.goals.endings.delete(each, "Acme", OLGA)
    async with goals_on(backup) as harness:
        harness.id = id
        await harness.goals.rename(id, "Acme Rail", OLGA)
    code, said = await erasures("export", log, "--json", goals=database)
    assert (code, json.loads(said)) == (0, {"file": log, "erasures": 0, "deletions": 2, "invitations": 0})
    for deleted in (1, 0):
        code, said = await erasures("replay", log, "--json", goals=backup)
        assert (code, json.loads(said)) == (0, nothing() | {"deleted": deleted})
    async with goals_on(backup) as harness:
        harness.id = id
        assert [each.type for each in await harness.events()] == []
        for each in (id, later.id):  # the second was made after the backup: its id is never used again, either
            assert await tombstones.is_deleted(harness.pool, each)
            with pytest.raises(Refused, match="was deleted"):
                await harness.goals.founding.create(each, "Back", PersonName("person_ada", "Ada", "ada"))


async def test_invitations_that_had_ended_or_were_made_anew_are_taken_back_and_others_stay(
    database: Secret, tmp_path: Path
) -> None:
    log = str(tmp_path / "erasures.jsonl")
    async with goals_on(database) as harness:
        harness.now = utc_now()
        await harness.open()
        id, now = harness.id, harness.now
        revoked, again, open_ = [
            await harness.do(c.InvitePerson(name=name, roles=[RoleGrant(R.VIEWER)])) for name in ("Ivy", "Ian", "Isa")
        ]
    backup = await copied(database)
    async with goals_on(database) as harness:
        harness.id, harness.now = id, now + timedelta(minutes=1)
        await harness.do(c.RevokeInvitation(person=revoked))
        await harness.do(c.InvitePerson(person=again))
    assert (await erasures("export", log, goals=database))[0] == 0
    code, said = await erasures("replay", log, "--json", goals=backup)
    assert (code, json.loads(said)) == (0, nothing() | {"revoked": 2})
    async with goals_on(backup) as harness:
        harness.id, harness.now = id, now + timedelta(minutes=2)
        people = (await folded(harness)).people
        states = {
            who: state_of(invitation, harness.now)
            for who in (revoked, again, open_)
            if (invitation := people[who].invitation)
        }
        assert states == {revoked: I.REVOKED, again: I.REVOKED, open_: I.OPEN}
        await harness.do(c.InvitePerson(person=again))
    code, said = await erasures("replay", log, "--json", goals=backup)
    assert (code, json.loads(said)) == (0, nothing())  # what was made after the restore stays
    async with goals_on(backup) as harness:
        harness.id = id
        await assert_the_chain_holds(harness)


def test_a_log_of_the_release_before_is_read(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text('{"erasures":1,"version":1}\n{"organization":"o","person":"p","at":"2026-01-05T09:00:00Z"}\n')
    assert list(log_file.read(file)) == [Erasure("o", "p", datetime(2026, 1, 5, 9, tzinfo=UTC))]


async def test_the_last_administrator_of_a_backup_is_erased_too_and_it_is_said(
    database: Secret, tmp_path: Path
) -> None:
    log = str(tmp_path / "erasures.jsonl")
    async with goals_on(database) as harness:
        await harness.open()
        id = harness.id
    backup = await copied(database)
    async with goals_on(database) as harness:
        harness.id = id
        await harness.do(c.AddPerson(name="Next", subject="next", roles=[RoleGrant(R.ADMIN)]))
        await harness.do(c.RemovePerson(person="person_ada"), "next")
        await harness.do(c.ErasePerson(person="person_ada"), "next")
    await erasures("export", log, goals=database)
    code, said = await erasures("replay", log, "--json", goals=backup)
    assert (code, json.loads(said)["withoutAdministrator"]) == (0, [id])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: this is no log of erasures"),
        ("name,email\n", "line 1: this is no log of erasures"),
        ('{"erasures":2}\n', "it ends after 0 of 2 entries"),
        ('{"erasures":0,"version":3}\n', "a newer release"),
        ('{"erasures":1}\n{"organization":"org_1"}\n', "line 2"),
        ('{"erasures":1}\n{"organization":"o","person":"p","at":"2026-01-05T09:00:00"}\n', "a time with its zone"),
        ('{"erasures":-1}\n', "line 1: a log has at most"),
        ('{"erasures":0,"deletions":1000001,"version":2}\n', "line 1: a log has at most"),
        ('{"erasures":0,"deletions":1,"version":2}\n', "it ends after 0 of 1 entries"),
        ('{"erasures":0,"deletions":1,"version":2}\n{"organization":"org_1"}\n', "line 2"),
        (
            '{"erasures":0,"deletions":1,"version":2}\n{"organization":"o","at":"2026-01-05T09:00:00"}\n',
            "with its zone",
        ),
        ('{"erasures":0,"invitations":1,"version":2}\n{"organization":"o","at":"2026-01-05T09:00:00Z"}\n', "line 2"),
    ],
)
async def test_a_file_that_is_no_whole_log_is_refused_before_anything_is_done(
    text: str, words: str, database: Secret, tmp_path: Path
) -> None:
    file = tmp_path / "log"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(log_file.BadLogFile, match=words):
        list(log_file.read(file))


async def test_each_way_to_fail_has_a_sentence_and_an_exit_code(database: Secret, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    damaged.write_text('{"erasures":2}\n', encoding="utf-8")
    code, said = await erasures("replay", str(damaged), goals=database)
    assert (code, "Nothing was done" in said) == (1, True)
    code, said = await erasures("replay", str(tmp_path / "none"), goals=database)
    assert (code, "none cannot be used: No such file" in said) == (1, True)
    code, said = await erasures("replay", str(damaged), notifications=database)
    assert (code, "GOLDENTHREAD_DATABASE_URL_GOALS is not set" in said) == (2, True)
    away = Secret("postgres://x@127.0.0.1:9/none")
    code, said = await erasures("export", str(tmp_path / "log"), goals=away)
    assert (code, "cannot be used" in said) == (1, True)
    assert not (tmp_path / "log").exists()
