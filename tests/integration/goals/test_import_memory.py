"""What goals remembers of imports decides what the next version of a file does: across processes and crashes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from msgspec import structs

from goldenthread import exchange
from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Objective, RoleGrant
from goldenthread.contracts.enums import CellOutcome, ConflictChoice, ImportStep, Role, RowOutcome
from goldenthread.contracts.errors import ErrorCode, Problem, Refused
from goldenthread.contracts.organization import Organization
from goldenthread.contracts.plan import PlanFormat
from goldenthread.contracts.reading import Position
from goldenthread.contracts.replies import Accepted, ImportReport
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.auth import Caller
from goldenthread.runtime.database import open_pool
from goldenthread.runtime.migrations import SHARED
from services.goals import at_revision
from services.goals.at_revision import PastStates
from services.goals.handlers import Goals
from services.goals.migrations import MIGRATIONS
from services.goals.requests import Request
from tests.integration.goals.office import Office
from tests.integration.goals.test_import_beside_others import LIMITS, Slow, process
from tests.support.exported import exported
from tests.support.serving import eventually

HEAD = "Row ID,Type,Title,Parent,Start Value,Target Value,Current Value\n"
A = HEAD + "P,purpose,Be useful,,,,\nW,why,Grow,P,,,\nO,objective,Sell,W,,,\nK,key_result,Revenue,O,0,10,4\n"
B = A.replace("Sell", "Sell more")
TABLES = ("import_rows", "import_names", "import_files", "answers", "outbox", "entities", "timers")


@pytest.fixture
async def office(database: Secret) -> AsyncIterator[Office]:
    async with open_pool(database, 8, SHARED, MIGRATIONS, limits=LIMITS) as pool:
        made = Office(pool)
        made.goals = process(made)
        await made.open()
        yield made
        await assert_fold_equals_state(made)


async def assert_fold_equals_state(office: Office) -> None:
    folded, stored = Organization(), Organization()
    for event in await office.events():
        folded.apply(event.data)
    async with process(office)._benches.look(office.id) as bench:
        stored = bench.org.copy()
    assert {each.id: each for each in folded.entities()} == {each.id: each for each in stored.entities()}


async def answer(
    office: Office, content: str, key: str | None = None, goals: Goals | None = None, login: str = "ada", **more: Any
) -> Accepted:
    command = c.ImportPlan(content=content, **{"file_name": "plan.csv", **more})
    request = Request(Caller(login, office.id, False, Secret("")), office.id, command, key)
    return await (goals or office.goals).command(request)


async def report(office: Office, content: str, **more: Any) -> ImportReport:
    found = (await answer(office, content, **more)).report
    assert found is not None
    return found


async def refused(office: Office, content: str, **more: Any) -> Problem:
    with pytest.raises(Refused) as caught:
        await answer(office, content, **more)
    return caught.value.problems[0]


def cells(found: ImportReport) -> list[tuple[str, str, CellOutcome]]:
    return [(row.row, cell.cell, cell.outcome) for row in found.rows for cell in row.cells]


async def rows(office: Office) -> dict[str, int]:
    """How many rows every table has."""
    return {table: await office.pool.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}


async def state(office: Office) -> Organization:
    async with office.goals._benches.look(office.id) as bench:
        return bench.org.copy()


async def objective(office: Office) -> Objective:
    return next(iter((await state(office)).objectives.values()))


async def retitle(office: Office, title: str) -> None:
    await office.do(c.UpdateObjective(objective=(await objective(office)).id, title=title))


async def test_what_a_file_said_is_known_to_every_process(office: Office) -> None:
    assert (await report(office, A)).created == 4
    await retitle(office, "Sell here")
    other = process(office)
    again = await report(office, A, goals=other)
    assert (again.source, again.left, again.conflicts) == ("plan", 1, 0)
    edited = await report(office, A.replace("0,10,4", "0,20,4"), goals=process(office))
    assert ("K", "target_value", CellOutcome.TAKEN) in cells(edited)
    assert (await objective(office)).title == "Sell here"
    conflict = await report(office, B.replace("0,10,4", "0,20,4"), goals=process(office))
    assert conflict.conflicts == 1
    assert (await objective(office)).title == "Sell here"


async def test_a_dry_run_writes_nothing(office: Office) -> None:
    before = await rows(office)
    assert (await report(office, A, dry_run=True, key="key")).created == 4
    assert await rows(office) == before
    await report(office, A)
    before = await rows(office)
    assert (await report(office, B, dry_run=True)).updated == 1
    assert await rows(office) == before


async def test_the_same_file_again_writes_nothing_and_waits_for_nobody(office: Office) -> None:
    await report(office, A)
    before = await rows(office)
    async with office.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM streams WHERE organization = $1 FOR UPDATE", office.id)
        assert (await report(office, A)).unchanged == 4
    assert await rows(office) == before


async def test_an_import_that_is_killed_while_it_writes_leaves_nothing(office: Office) -> None:
    before = await rows(office)
    async with office.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM streams WHERE organization = $1 FOR UPDATE", office.id)
        running = asyncio.create_task(answer(office, A))

        async def ended() -> bool:
            # It waits for the organization's row: what it remembers, and what is new, is written by then.
            ended: int = await office.pool.fetchval(
                """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'"""
            )
            return ended > 0

        await eventually(ended)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await running
    assert await rows(office) == before
    assert (await report(office, A)).created == 4
    assert (await rows(office))["import_rows"] == 4


async def test_an_import_that_fails_at_its_last_write_leaves_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await report(office, A)
    before = await rows(office)
    with monkeypatch.context() as patched:
        patched.setattr("services.goals.importing.remember", _fails)
        with pytest.raises(RuntimeError):
            await answer(office, B)
    assert await rows(office) == before
    assert (await report(office, B)).updated == 1


async def _fails(*_: Any) -> None:
    raise RuntimeError("the machine is gone")


async def test_of_two_imports_of_a_source_at_once_the_second_takes_the_first_into_account(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await report(office, A)
    slow, other = Slow(monkeypatch), process(office)
    one = asyncio.create_task(answer(office, B, source="plan"))
    await slow.reached(1)
    two = asyncio.create_task(answer(office, A.replace("0,10,4", "0,30,4"), source="plan", goals=other))
    await slow.reached(2)
    slow.one(3)
    first, second = await one, await two
    assert slow.calls == 3, "one of them was computed again"
    assert [each.report.conflicts for each in (first, second) if each.report] == [0, 0]
    target = next(iter((await state(office)).key_results.values())).target_value
    expected = ("Sell more", 10) if first.revision > second.revision else ("Sell", 30)
    assert ((await objective(office)).title, target) == expected, "all of the file that came second"
    assert await office.pool.fetchval("SELECT max(number) FROM import_files") == 3


async def test_two_imports_at_once_that_only_remember_do_not_undo_each_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await report(office, A)
    await retitle(office, "Sell here")
    slow, other = Slow(monkeypatch), process(office)
    head = (await office.events())[-1].sequence
    ours = asyncio.create_task(answer(office, B, conflicts=ConflictChoice.OURS))
    await slow.reached(1)
    theirs = asyncio.create_task(answer(office, B, goals=other))
    await slow.reached(2)
    slow.one(3)
    assert (await ours).revision == (await theirs).revision == head, "no goal has changed"
    slow.one()
    found = await report(office, B)
    assert (found.conflicts, found.left) == (0, 1), "what was decided is remembered"


async def test_an_earlier_file_is_refused_with_who_and_when_until_it_is_said_again(office: Office) -> None:
    await report(office, A)
    office.now = office.now.replace(day=6)
    await report(office, B)
    for dry_run in (True, False):
        problem = await refused(office, A, dry_run=dry_run)
        assert problem.code is ErrorCode.CONFLICT
        assert "Ada imported the same on 2026-01-05 at 09:00 UTC" in problem.message
        assert "--again" in problem.message
    shuffled = HEAD + "".join(reversed(A.removeprefix(HEAD).splitlines(keepends=True)))
    assert "Ada imported the same" in (await refused(office, shuffled)).message, "the order of rows is no difference"
    await office.pool.execute("DELETE FROM names WHERE person <> 'person_ada'")
    assert (await report(office, B)).unchanged == 4
    assert (await report(office, A, again=True)).updated == 1
    assert (await objective(office)).title == "Sell"
    assert (await refused(office, B)).code is ErrorCode.CONFLICT, "now that one is an earlier one"
    kept = await office.pool.fetch("SELECT by, number FROM import_files ORDER BY number")
    assert [tuple(row) for row in kept] == [("person_ada", 1), ("person_ada", 2), ("person_ada", 3)]


async def test_whoever_imported_an_earlier_file_and_was_erased_is_not_named(office: Office) -> None:
    await office.do(c.AddPerson(name="Grace", subject="grace", roles=[RoleGrant(Role.ADMIN)]))
    await report(office, A, login="grace")
    await report(office, B)
    await office.pool.execute("DELETE FROM names WHERE name = 'Grace'")
    assert "somebody who left imported the same" in (await refused(office, A)).message


async def test_a_file_is_of_the_source_that_it_shares_its_rows_with_and_of_several_one_is_chosen(
    office: Office,
) -> None:
    await report(office, A)
    renamed = await report(office, B, file_name="Plan of May (1).csv")
    assert (renamed.source, renamed.updated) == ("plan", 1)
    await report(office, B, source="copy")
    problem = await refused(office, B, file_name="plan.csv")
    assert (problem.code, problem.path, problem.candidates) == (ErrorCode.INVALID, ["source"], ["copy", "plan"])
    other = A.replace("Grow", "Save").replace("Sell", "Cook").replace("Revenue", "Meals")
    separate = await answer(office, other.replace("P,purpose,Be useful,,,,\n", "").replace("Save,P", "Save,"))
    assert separate.report is not None
    assert separate.report.source == "plan 2"
    assert any("plan 2" in each.message for each in separate.warnings)


async def test_where_what_is_remembered_was_lost_there_are_conflicts_and_nothing_is_overwritten(office: Office) -> None:
    await report(office, A)
    await retitle(office, "Sell here")
    await report(office, A.replace("0,10,4", "0,20,4"))
    await office.pool.execute("TRUNCATE import_rows, import_names, import_files")
    found = await report(office, A.replace("0,10,4", "0,30,4"), goals=process(office))
    assert sorted(cell for _, cell, _ in cells(found)) == ["target_value", "title"]
    assert (found.conflicts, found.updated) == (2, 0)
    assert (await objective(office)).title == "Sell here"


async def test_after_the_upgrade_the_last_import_of_a_source_is_what_its_file_said(office: Office) -> None:
    await report(office, A)
    # What an earlier release left: source keys, events, and nothing remembered.
    await office.pool.execute("TRUNCATE import_rows, import_names, import_files")
    await office.pool.execute("INSERT INTO import_upgrades SELECT organization, sequence FROM streams")
    await retitle(office, "Sell here")
    found = await report(office, A.replace("0,10,4", "0,20,4"), goals=process(office))
    assert (found.source, found.conflicts) == ("plan", 0)
    assert {("O", "title", CellOutcome.LEFT), ("K", "target_value", CellOutcome.TAKEN)} <= set(cells(found))
    again = await report(office, A.replace("0,10,4", "0,20,4").replace("Grow", "Grow more"))
    assert (again.conflicts, again.updated, again.left) == (0, 1, 1), "it is remembered now, of every row"


# -- exports -----------------------------------------------------------------------------------------------------------


async def export(office: Office) -> str:
    """The organization as a sheet, as it is now."""
    plan = await asyncio.to_thread(exported, await state(office))
    head = (await office.events())[-1].sequence
    return exchange.write(structs.replace(plan, revision=head), PlanFormat.OKR_SHEET)


async def test_two_editors_of_exports_lose_nothing_of_each_other(office: Office) -> None:
    await report(office, A)
    first = await export(office)
    await retitle(office, "B")
    await office.objective(title="Another one")
    second = await export(office)

    mine = first.replace(",10,4,", ",12,4,")
    one = await report(office, mine)
    assert (one.conflicts, one.left, one.updated) == (0, 1, 1)
    assert (await objective(office)).title == "B"
    two = await report(office, second.replace(",B,", ",C,"))
    assert (two.conflicts, two.updated) == (0, 1)
    assert (await objective(office)).title == "C"
    assert next(iter((await state(office)).key_results.values())).target_value == 12
    head = (await office.events())[-1].sequence
    again = await answer(office, mine)
    assert again.report is not None
    assert (again.revision, again.report.conflicts, again.report.left) == (head, 0, 1)

    edited = mine.replace(",Sell,", ",D,")
    three = await report(office, edited)
    assert (three.conflicts, (await objective(office)).title) == (1, "C")
    assert [row.outcome for row in three.rows] == [RowOutcome.CONFLICT]
    four = await report(office, edited, conflicts=ConflictChoice.THEIRS)
    assert (four.conflicts, (await objective(office)).title) == (0, "D")
    assert one.source == four.source != two.source


async def test_of_two_copies_of_one_export_the_second_does_not_take_back_what_the_first_changed(office: Office) -> None:
    await report(office, A)
    copy = await export(office)
    assert (await report(office, copy.replace(",Sell,", ",Mine,"))).updated == 1
    second = copy.replace(",10,4,", ",12,4,")
    found = await report(office, second)
    assert (found.updated, found.left, found.conflicts) == (1, 1, 0)
    again = await report(office, second, conflicts=ConflictChoice.THEIRS)
    assert (again.updated, again.left) == (0, 1)
    assert (await objective(office)).title == "Mine"


async def test_an_unedited_export_changes_nothing_however_much_has_changed_since(office: Office) -> None:
    await report(office, A)
    plan = await export(office)
    await retitle(office, "B")
    await office.do(c.UpdateObjective(objective=(await objective(office)).id, description="Described"))
    head = (await office.events())[-1].sequence
    found = await answer(office, plan)
    assert found.report is not None
    assert (found.revision, found.report.conflicts, found.report.updated) == (head, 0, 0)
    assert sorted(cell for _, cell, _ in cells(found.report)) == ["description", "title"]


async def test_a_later_export_of_a_source_is_compared_with_its_own_revision(office: Office) -> None:
    await report(office, A)
    first = await export(office)
    assert (await report(office, first.replace(",Sell,", ",X,"), source="mine")).updated == 1
    await retitle(office, "Y")
    second = await export(office)
    found = await report(office, second.replace(",Y,", ",Z,"), source="mine")
    assert (found.updated, found.conflicts) == (1, 0)
    assert (await objective(office)).title == "Z"


async def test_the_organization_at_a_revision_is_as_it_was_then(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_revision, "_PAGE", 3)
    now = await state(office)
    steps: list[Callable[[], Awaitable[object]]] = [
        lambda: report(office, A),
        lambda: office.do(c.RecordCheckIn(key_result=next(iter(now.key_results)), value=7)),
        lambda: retitle(office, "B"),
        lambda: office.do(c.RetirePurpose(reason="done")),
        lambda: office.do(c.PublishPurpose(statement="Be more useful")),
        lambda: office.tick(days=3),
        lambda: office.do(c.ArchiveObjective(objective=next(iter(now.objectives)))),
    ]
    states = dict[int, Organization]()
    for step in steps:
        await step()
        now = await state(office)
        states[(await office.events())[-1].sequence] = now
    past, head = PastStates(office.pool, office.id), Position(max(states))
    for revision, expected in states.items():
        then = await past.at(revision, now, head)
        assert {each.id: each for each in then.entities()} == {each.id: each for each in expected.entities()}
    assert await past.at(max(states), now, head) is now, "what has not changed is not folded"


@pytest.mark.parametrize("revision", [0, -1, 10**17])
async def test_a_revision_that_there_is_not_is_not_known(office: Office, revision: int) -> None:
    await report(office, A)
    plan = (await export(office)).replace(f",{(await office.events())[-1].sequence}\n", f",{revision}\n")
    await retitle(office, "B")
    found = await report(office, plan)
    assert (found.conflicts, (await objective(office)).title) == (1, "B")


# -- how far it is -----------------------------------------------------------------------------------------------------


async def test_a_large_import_is_seen_while_it_runs(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(monkeypatch)
    running = asyncio.create_task(answer(office, A, key="the key"))
    await slow.reached(1)

    async def compares() -> bool:
        return [each.step for each in await office.goals.imports(office.id)] == [ImportStep.COMPARING]

    await eventually(compares)
    run = (await office.goals.imports(office.id))[0]
    assert (run.id, run.file_name, run.source, run.by, run.total) == ("the key", "plan.csv", "plan", "person_ada", 4)
    slow.one()
    await running
    ended = await office.goals.imports(office.id)
    assert [(each.id, each.step) for each in ended] == [("the key", ImportStep.DONE)]
    await refused(office, "Row ID,Type\n")
    assert [each.step for each in await office.goals.imports(office.id)] == [ImportStep.FAILED, ImportStep.DONE]
    assert await process(office).imports("org_else") == []
