"""What goals remembers of imports decides what the next version of a file does: across processes and crashes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import CellOutcome, ConflictChoice, ImportStep, Role
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.secret import Secret
from tests.integration.goals.goals_harness import GoalsHarness
from tests.integration.goals.imports.importer import (
    HEAD,
    A,
    B,
    answer,
    cells,
    importing_harness,
    objective,
    refused,
    report,
    retitle,
    rows,
    state,
)
from tests.integration.goals.imports.processes import Slow, process
from tests.support.asgi_server import eventually


@pytest.fixture
async def harness(database: Secret) -> AsyncIterator[GoalsHarness]:
    async with importing_harness(database) as made:
        yield made


async def test_what_a_file_said_is_known_to_every_process(harness: GoalsHarness) -> None:
    assert (await report(harness, A)).created == 4
    await retitle(harness, "Sell here")
    other = process(harness)
    again = await report(harness, A, goals=other)
    assert (again.source, again.left, again.conflicts) == ("plan", 1, 0)
    edited = await report(harness, A.replace("0,10,4", "0,20,4"), goals=process(harness))
    assert ("K", "target_value", CellOutcome.TAKEN) in cells(edited)
    assert (await objective(harness)).title == "Sell here"
    conflict = await report(harness, B.replace("0,10,4", "0,20,4"), goals=process(harness))
    assert conflict.conflicts == 1
    assert (await objective(harness)).title == "Sell here"


async def test_a_dry_run_writes_nothing(harness: GoalsHarness) -> None:
    before = await rows(harness)
    assert (await report(harness, A, dry_run=True, key="key")).created == 4
    assert await rows(harness) == before
    await report(harness, A)
    before = await rows(harness)
    assert (await report(harness, B, dry_run=True)).updated == 1
    assert await rows(harness) == before


async def test_the_same_file_again_writes_nothing_and_waits_for_nobody(harness: GoalsHarness) -> None:
    await report(harness, A)
    before = await rows(harness)
    async with harness.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM streams WHERE organization = $1 FOR UPDATE", harness.id)
        assert (await report(harness, A)).unchanged == 4
    assert await rows(harness) == before


async def test_an_import_that_is_killed_while_it_writes_leaves_nothing(harness: GoalsHarness) -> None:
    before = await rows(harness)
    async with harness.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM streams WHERE organization = $1 FOR UPDATE", harness.id)
        running = asyncio.create_task(answer(harness, A))

        async def ended() -> bool:
            # It waits for the organization's row: what it remembers, and what is new, is written by then.
            ended: int = await harness.pool.fetchval(
                """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'"""
            )
            return ended > 0

        await eventually(ended)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await running
    assert await rows(harness) == before
    assert (await report(harness, A)).created == 4
    assert (await rows(harness))["import_rows"] == 4


async def test_a_new_source_for_the_rows_of_an_earlier_one_is_told(harness: GoalsHarness) -> None:
    await report(harness, A, source="sales")
    typo = await answer(harness, A, source="slaes", dry_run=True)
    assert [each.message for each in typo.warnings if "“sales” was imported with the same rows" in each.message]
    other = await answer(harness, A.replace("Sell", "Buy").replace("Grow", "Earn"), source="other", dry_run=True)
    known = await answer(harness, B, source="sales", dry_run=True)
    assert (other.warnings, known.warnings) == ([], [])


async def test_what_somebody_changes_while_an_import_computes_is_not_undone_by_it(
    harness: GoalsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also by an import that makes nothing new: it is computed again, and finds the cell changed on both sides."""
    await report(harness, A)
    slow, other = Slow(monkeypatch), process(harness)
    running = asyncio.create_task(answer(harness, B))
    await slow.reached(1)
    await retitle(harness, "Sell here", goals=other)
    slow.one(2)
    found = (await running).report
    assert found is not None
    assert (slow.calls, found.updated, found.conflicts) == (2, 0, 1)
    assert (await objective(harness)).title == "Sell here"


async def test_an_import_that_fails_at_its_last_write_leaves_nothing(
    harness: GoalsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await report(harness, A)
    before = await rows(harness)
    with monkeypatch.context() as patched:
        patched.setattr("services.goals.imports.import_handler.keep_answer", _fails)
        with pytest.raises(RuntimeError):
            await answer(harness, B)
    assert await rows(harness) == before
    assert (await report(harness, B)).updated == 1


async def _fails(*_: Any) -> None:
    raise RuntimeError("the machine is gone")


async def test_of_two_imports_of_a_source_at_once_the_second_takes_the_first_into_account(
    harness: GoalsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await report(harness, A)
    slow, other = Slow(monkeypatch), process(harness)
    one = asyncio.create_task(answer(harness, B, source="plan"))
    await slow.reached(1)
    two = asyncio.create_task(answer(harness, A.replace("0,10,4", "0,30,4"), source="plan", goals=other))
    await slow.reached(2)
    slow.one(3)
    first, second = await one, await two
    assert slow.calls == 3, "one of them was computed again"
    assert [each.report.conflicts for each in (first, second) if each.report] == [0, 0]
    target = next(iter((await state(harness)).key_results.values())).target_value
    expected = ("Sell more", 10) if first.revision > second.revision else ("Sell", 30)
    assert ((await objective(harness)).title, target) == expected, "all of the file that came second"
    assert await harness.pool.fetchval("SELECT max(number) FROM import_files") == 3


async def test_two_imports_at_once_that_only_remember_do_not_undo_each_other(
    harness: GoalsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await report(harness, A)
    await retitle(harness, "Sell here")
    slow, other = Slow(monkeypatch), process(harness)
    head = (await harness.events())[-1].sequence
    ours = asyncio.create_task(answer(harness, B, conflicts=ConflictChoice.OURS))
    await slow.reached(1)
    theirs = asyncio.create_task(answer(harness, B, goals=other))
    await slow.reached(2)
    slow.one(3)
    assert (await ours).revision == (await theirs).revision == head, "no goal has changed"
    slow.one()
    found = await report(harness, B)
    assert (found.conflicts, found.left) == (0, 1), "what was decided is remembered"


async def test_an_earlier_file_is_refused_with_who_and_when_until_it_is_said_again(harness: GoalsHarness) -> None:
    await report(harness, A)
    harness.now = harness.now.replace(day=6)
    await report(harness, B)
    for dry_run in (True, False):
        problem = await refused(harness, A, dry_run=dry_run)
        assert problem.code is ErrorCode.CONFLICT
        assert "Ada imported the same on 2026-01-05 at 09:00 UTC" in problem.message
        assert "--again" in problem.message
    shuffled = HEAD + "".join(reversed(A.removeprefix(HEAD).splitlines(keepends=True)))
    assert "Ada imported the same" in (await refused(harness, shuffled)).message, "the order of rows is no difference"
    await harness.pool.execute("DELETE FROM names WHERE person <> 'person_ada'")
    assert (await report(harness, B)).unchanged == 4
    assert (await report(harness, A, again=True)).updated == 1
    assert (await objective(harness)).title == "Sell"
    assert (await refused(harness, B)).code is ErrorCode.CONFLICT, "now that one is an earlier one"
    kept = await harness.pool.fetch("SELECT by, number FROM import_files ORDER BY number")
    assert [tuple(row) for row in kept] == [("person_ada", 1), ("person_ada", 2), ("person_ada", 3)]


async def test_whoever_imported_an_earlier_file_and_was_erased_is_not_named(harness: GoalsHarness) -> None:
    await harness.do(c.AddPerson(name="Grace", subject="grace", roles=[RoleGrant(Role.ADMIN)]))
    await report(harness, A, login="grace")
    await report(harness, B)
    await harness.pool.execute("DELETE FROM names WHERE name = 'Grace'")
    assert "somebody who left imported the same" in (await refused(harness, A)).message


async def test_a_file_is_of_the_source_that_it_shares_its_rows_with_and_of_several_one_is_chosen(
    harness: GoalsHarness,
) -> None:
    await report(harness, A)
    renamed = await report(harness, B, file_name="Plan of May (1).csv")
    assert (renamed.source, renamed.updated) == ("plan", 1)
    await report(harness, B, source="copy")
    problem = await refused(harness, B, file_name="plan.csv")
    assert (problem.code, problem.path, problem.candidates) == (ErrorCode.INVALID, ["source"], ["copy", "plan"])
    other = A.replace("Grow", "Save").replace("Sell", "Cook").replace("Revenue", "Meals")
    separate = await answer(harness, other.replace("P,purpose,Be useful,,,,\n", "").replace("Save,P", "Save,"))
    assert separate.report is not None
    assert separate.report.source == "plan 2"
    assert any("plan 2" in each.message for each in separate.warnings)


async def test_where_what_is_remembered_was_lost_there_are_conflicts_and_nothing_is_overwritten(
    harness: GoalsHarness,
) -> None:
    await report(harness, A)
    await retitle(harness, "Sell here")
    await report(harness, A.replace("0,10,4", "0,20,4"))
    await harness.pool.execute("TRUNCATE import_rows, import_names, import_files")
    found = await report(harness, A.replace("0,10,4", "0,30,4"), goals=process(harness))
    assert sorted(cell for _, cell, _ in cells(found)) == ["target_value", "title"]
    assert (found.conflicts, found.updated) == (2, 0)
    assert (await objective(harness)).title == "Sell here"


async def forget(harness: GoalsHarness) -> None:
    """Leave what an earlier release left: source keys, events, and nothing remembered."""
    await harness.pool.execute("TRUNCATE import_rows, import_names, import_files")
    await harness.pool.execute("INSERT INTO import_upgrades SELECT organization, sequence FROM streams")


async def test_after_the_upgrade_the_last_import_of_a_source_is_what_its_file_said(harness: GoalsHarness) -> None:
    await report(harness, A)
    await forget(harness)
    await retitle(harness, "Sell here")
    found = await report(harness, A.replace("0,10,4", "0,20,4"), goals=process(harness))
    assert (found.source, found.conflicts) == ("plan", 0)
    assert {("O", "title", CellOutcome.LEFT), ("K", "target_value", CellOutcome.TAKEN)} <= set(cells(found))
    again = await report(harness, A.replace("0,10,4", "0,20,4").replace("Grow", "Grow more"))
    assert (again.conflicts, again.updated, again.left) == (0, 1, 1), "it is remembered now, of every row"


async def test_after_the_upgrade_a_file_means_the_units_that_it_named_when_it_was_last_imported(
    harness: GoalsHarness,
) -> None:
    sheet = "Row ID,Type,Title,Entity\nO,objective,Sell,Sales\nS,objective,Serve,Sales\n"
    await report(harness, sheet)
    await forget(harness)
    (sales,) = [each.id for each in (await state(harness)).units.values() if each.name == "Sales"]
    await harness.do(c.UpdateUnit(unit=sales, name="Trade"))
    for content in (sheet, sheet.replace("Sell", "Sell more"), sheet + "N,objective,New,Sales\n"):
        await report(harness, content)
    now = await state(harness)
    assert {each.owners[0] for each in now.objectives.values()} == {sales}
    assert len(now.units) == 2


async def test_a_file_of_which_nothing_is_taken_is_none_of_its_source(harness: GoalsHarness) -> None:
    await report(harness, A)
    files = (await rows(harness))["import_files"]
    nothing = await report(harness, HEAD + "O,why,Sell,,,,\n", source="plan")
    assert (nothing.taken, len(nothing.skipped)) == (0, 1)
    assert (await rows(harness))["import_files"] == files
    assert (await report(harness, A)).unchanged == 4, "it is still the last file"


# -- how far it is -----------------------------------------------------------------------------------------------------


async def test_a_large_import_is_seen_while_it_runs(harness: GoalsHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(monkeypatch)
    running = asyncio.create_task(answer(harness, A, key="the key"))
    await slow.reached(1)

    async def compares() -> bool:
        return [each.step for each in await harness.goals.imports(harness.id)] == [ImportStep.COMPARING]

    await eventually(compares)
    run = (await harness.goals.imports(harness.id))[0]
    assert (run.id, run.file_name, run.source, run.by, run.total) == ("the key", "plan.csv", "plan", "person_ada", 4)
    slow.one()
    await running
    ended = await harness.goals.imports(harness.id)
    assert [(each.id, each.step) for each in ended] == [("the key", ImportStep.DONE)]
    await refused(harness, "Row ID,Type\n")
    assert [each.step for each in await harness.goals.imports(harness.id)] == [ImportStep.FAILED, ImportStep.DONE]
    assert await process(harness).imports("org_else") == []
