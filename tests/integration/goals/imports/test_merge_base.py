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
from tests.integration.goals.imports.importer import (
    HEAD,
    A,
    B,
    answer,
    cells,
    importing_office,
    objective,
    refused,
    report,
    retitle,
    rows,
    state,
)
from tests.integration.goals.imports.processes import Slow, process
from tests.integration.goals.office import Office
from tests.support.asgi_server import eventually


@pytest.fixture
async def office(database: Secret) -> AsyncIterator[Office]:
    async with importing_office(database) as made:
        yield made


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


async def test_a_new_source_for_the_rows_of_an_earlier_one_is_told(office: Office) -> None:
    await report(office, A, source="sales")
    typo = await answer(office, A, source="slaes", dry_run=True)
    assert [each.message for each in typo.warnings if "“sales” was imported with the same rows" in each.message]
    other = await answer(office, A.replace("Sell", "Buy").replace("Grow", "Earn"), source="other", dry_run=True)
    known = await answer(office, B, source="sales", dry_run=True)
    assert (other.warnings, known.warnings) == ([], [])


async def test_what_somebody_changes_while_an_import_computes_is_not_undone_by_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also by an import that makes nothing new: it is computed again, and finds the cell changed on both sides."""
    await report(office, A)
    slow, other = Slow(monkeypatch), process(office)
    running = asyncio.create_task(answer(office, B))
    await slow.reached(1)
    await retitle(office, "Sell here", goals=other)
    slow.one(2)
    found = (await running).report
    assert found is not None
    assert (slow.calls, found.updated, found.conflicts) == (2, 0, 1)
    assert (await objective(office)).title == "Sell here"


async def test_an_import_that_fails_at_its_last_write_leaves_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await report(office, A)
    before = await rows(office)
    with monkeypatch.context() as patched:
        patched.setattr("services.goals.imports.import_handler.keep_answer", _fails)
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


async def forget(office: Office) -> None:
    """Leave what an earlier release left: source keys, events, and nothing remembered."""
    await office.pool.execute("TRUNCATE import_rows, import_names, import_files")
    await office.pool.execute("INSERT INTO import_upgrades SELECT organization, sequence FROM streams")


async def test_after_the_upgrade_the_last_import_of_a_source_is_what_its_file_said(office: Office) -> None:
    await report(office, A)
    await forget(office)
    await retitle(office, "Sell here")
    found = await report(office, A.replace("0,10,4", "0,20,4"), goals=process(office))
    assert (found.source, found.conflicts) == ("plan", 0)
    assert {("O", "title", CellOutcome.LEFT), ("K", "target_value", CellOutcome.TAKEN)} <= set(cells(found))
    again = await report(office, A.replace("0,10,4", "0,20,4").replace("Grow", "Grow more"))
    assert (again.conflicts, again.updated, again.left) == (0, 1, 1), "it is remembered now, of every row"


async def test_after_the_upgrade_a_file_means_the_units_that_it_named_when_it_was_last_imported(office: Office) -> None:
    sheet = "Row ID,Type,Title,Entity\nO,objective,Sell,Sales\nS,objective,Serve,Sales\n"
    await report(office, sheet)
    await forget(office)
    (sales,) = [each.id for each in (await state(office)).units.values() if each.name == "Sales"]
    await office.do(c.UpdateUnit(unit=sales, name="Trade"))
    for content in (sheet, sheet.replace("Sell", "Sell more"), sheet + "N,objective,New,Sales\n"):
        await report(office, content)
    now = await state(office)
    assert {each.owners[0] for each in now.objectives.values()} == {sales}
    assert len(now.units) == 2


async def test_a_file_of_which_nothing_is_taken_is_none_of_its_source(office: Office) -> None:
    await report(office, A)
    files = (await rows(office))["import_files"]
    nothing = await report(office, HEAD + "O,why,Sell,,,,\n", source="plan")
    assert (nothing.taken, len(nothing.skipped)) == (0, 1)
    assert (await rows(office))["import_files"] == files
    assert (await report(office, A)).unchanged == 4, "it is still the last file"


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
