"""A long import and the commands of others in the same organization: neither waits for the other's computing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from goldenthread import exchange
from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import Role, UnitFunction
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from goldenthread.runtime.postgres.transactions import Busy
from services.goals import handlers
from services.goals.domain.decide import decide
from services.goals.domain.decision import Decision
from services.goals.handlers import Goals
from services.goals.idempotent_answers import ReceivedCommand
from services.goals.migrations import MIGRATIONS
from services.goals.organization_sessions import OrganizationSessions
from tests.integration.goals.goals_harness import GoalsHarness
from tests.integration.goals.imports.processes import LIMITS, Slow, process
from tests.support.asgi_server import eventually

PLAN = "Row ID,Type,Title,Parent,Team\nP,purpose,Be useful,,\nW,why,Grow,P,\nO,objective,Sell,W,Crew\n"


@pytest.fixture
async def harness(database: Secret) -> AsyncIterator[GoalsHarness]:
    async with open_pool(database, 6, SHARED, MIGRATIONS, limits=LIMITS) as pool:
        made = GoalsHarness(pool)
        made.goals = process(made)
        await made.open()
        yield made
        made.goals = process(made)  # which loads everything from the database
        await made.do(c.CreateUnit(name="Afterwards", function=UnitFunction.BUSINESS))


async def unit(harness: GoalsHarness, goals: Goals, name: str) -> None:
    command = c.CreateUnit(name=name, function=UnitFunction.BUSINESS)
    await goals.command(ReceivedCommand(Caller("ada", harness.id, False, Secret("")), harness.id, command))


def importing_plan(harness: GoalsHarness, key: str | None = None, **more: Any) -> asyncio.Task[Any]:
    command = c.ImportPlan(source="file", content=PLAN, **more)
    request = ReceivedCommand(Caller("ada", harness.id, False, Secret("")), harness.id, command, key)
    return asyncio.create_task(harness.goals.command(request))


async def test_others_command_while_an_import_computes_which_then_takes_them_into_account(
    harness: GoalsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, other = Slow(monkeypatch), process(harness)
    running = importing_plan(harness)
    await slow.reached(1)
    await unit(harness, harness.goals, "Crew")
    await unit(harness, other, "Elsewhere")
    slow.one(2)
    answer = await running
    assert (answer.report.created, slow.calls) == (3, 2)
    events = await harness.events()
    created = [event.data.unit.name for event in events if event.type == "unit.created"]
    assert created.count("Crew") == 1, "the unit that was made meanwhile is the team of the plan"
    assert answer.revision == events[-1].sequence


async def test_an_import_ends_where_the_organization_changes_all_the_time(
    harness: GoalsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(monkeypatch)
    running = importing_plan(harness)
    for number in (1, 2):
        await slow.reached(number)
        await unit(harness, harness.goals, f"Busy {number}")
        slow.one()
    # The third time it computes under the lock; for longer than a transaction may be idle, since its process lives.
    await slow.reached(3)
    for goals in (harness.goals, process(harness)):
        with pytest.raises(asyncpg.LockNotAvailableError):
            await unit(harness, goals, "Locked out")
    slow.one()
    assert (await running).report.created == 3


async def test_a_dry_run_of_an_import_locks_nothing_and_is_computed_once(
    harness: GoalsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(monkeypatch)
    running = importing_plan(harness, dry_run=True)
    await slow.reached(1)
    before = len(await harness.events())
    await unit(harness, harness.goals, "Meanwhile")
    slow.one()
    answer = await running
    assert (answer.dry_run, answer.revision, answer.report.created, slow.calls) == (True, before, 3, 1)
    assert len(await harness.events()) == before + 1


async def test_an_import_that_was_answered_is_not_computed_again(
    harness: GoalsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await importing_plan(harness, "key")
    slow = Slow(monkeypatch)
    again = await importing_plan(harness, "key")
    assert (again.ids, again.revision, again.report) == (first.ids, first.revision, first.report)
    assert slow.calls == 0
    slow.one()
    unchanged = await importing_plan(harness, "other key")
    assert (unchanged.report.unchanged, unchanged.events) == (3, [])
    assert (await importing_plan(harness, "other key")).report == unchanged.report
    assert slow.calls == 1


async def test_an_import_that_two_processes_take_in_at_once_is_taken_in_once(
    harness: GoalsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, other = Slow(monkeypatch), process(harness)
    one = importing_plan(harness, "key")
    await slow.reached(1)
    harness.goals = other
    two = importing_plan(harness, "key")
    await slow.reached(2)
    slow.one(2)
    first, second = await one, await two
    assert (first.ids, first.revision) == (second.ids, second.revision)
    assert slow.calls == 2
    assert [event.type for event in await harness.events()].count("plan.imported") == 1


async def test_no_lock_is_kept_of_an_organization_that_nobody_works_on(harness: GoalsHarness) -> None:
    await importing_plan(harness)
    await unit(harness, harness.goals, "Any")
    await harness.goals.tick(harness.id)
    assert not harness.goals._sessions.cache._locks


async def test_a_command_that_waits_for_another_one_in_its_process_gives_up(harness: GoalsHarness) -> None:
    async with harness.goals._sessions.cache.command_lock(harness.id):
        with pytest.raises(Busy):
            await unit(harness, harness.goals, "Waiting")
    await unit(harness, harness.goals, "Not waiting")


async def test_a_command_that_computes_for_long_in_a_large_organization_is_not_taken_for_frozen(
    harness: GoalsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = harness.goals._sessions
    harness.goals._sessions = OrganizationSessions(known.pool, known.cache, known.limits, large=-1)
    decided, go_on = threading.Event(), threading.Event()

    def slow(*arguments: Any) -> Decision:
        decided.set()
        assert go_on.wait(60), "the event loop did not go on"
        return decide(*arguments)

    began = await harness.pool.fetchval("SELECT clock_timestamp()")
    with monkeypatch.context() as patched:
        patched.setattr(handlers, "decide", slow)
        running = asyncio.create_task(unit(harness, harness.goals, "Long"))
        await eventually(decided.is_set)
        later = "SELECT clock_timestamp() - $1 > interval '3 seconds'"
        await eventually(lambda: harness.pool.fetchval(later, began))
        go_on.set()
        await running
    assert (await harness.events())[-1].data.unit.name == "Long"


class Reading:
    """`exchange.read`, which counts how many files are read at a time, and may be held up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = self.now = self.most = 0
        self.go_on, self._lock, self._read = threading.Event(), threading.Lock(), exchange.read
        monkeypatch.setattr(exchange, "read", self)

    def __call__(self, *arguments: Any) -> Any:
        with self._lock:
            self.calls, self.now = self.calls + 1, self.now + 1
            self.most = max(self.most, self.now)
        assert self.go_on.wait(60), "nobody let it go on"
        with self._lock:
            self.now -= 1
        return self._read(*arguments)


async def test_a_file_of_whoever_may_not_import_is_not_read(
    harness: GoalsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await harness.do(c.AddPerson(name="Member", subject="member", roles=[RoleGrant(Role.MEMBER, harness.root)]))
    reading = Reading(monkeypatch)
    reading.go_on.set()
    command = c.ImportPlan(source="file", content=PLAN)
    for login in ("member", "nobody"):
        with pytest.raises(Refused) as caught:
            await harness.goals.command(
                ReceivedCommand(Caller(login, harness.id, False, Secret("")), harness.id, command)
            )
        assert caught.value.problems[0].code is ErrorCode.FORBIDDEN
    assert reading.calls == 0


async def test_one_file_of_an_organization_is_read_at_a_time(
    harness: GoalsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Reading(monkeypatch)
    running = [importing_plan(harness, dry_run=True) for _ in range(3)]
    await eventually(lambda: reading.calls == 1)
    await eventually(lambda: sum(task.done() for task in running) == 2)
    told = [task for task in running if task.done()]
    assert [type(task.exception()) for task in told] == [Busy, Busy], "the others are told to come back"
    assert reading.calls == 1
    reading.go_on.set()
    answers = [await task for task in running if task not in told]
    assert [each.report.created for each in answers] == [3]
    assert reading.most == 1
