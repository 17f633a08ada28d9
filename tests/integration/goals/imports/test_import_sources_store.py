"""What is remembered of imports, on a real database: rows, spellings, files, runs and long reports."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from msgspec import structs

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import ImportStep, RowOutcome
from goldenthread.contracts.plan import RowType
from goldenthread.contracts.read_api import StreamPosition
from goldenthread.contracts.replies import Accepted, ImportReport, ImportRow
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.postgres.database import Connection, Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.goals import idempotent_answers
from services.goals.domain.merge_base import BaseCell, BaseRow, MergeBase, MergeBaseChanges, short
from services.goals.idempotent_answers import ReceivedCommand
from services.goals.imports import run_progress
from services.goals.imports.run_progress import STALE, ImportRunReporter, RunProgress
from services.goals.migrations import MIGRATIONS
from services.goals.stores import import_sources_store
from services.goals.stores.import_sources_store import ImportedFile, prepared
from tests.support.asgi_server import eventually

UUID = str(uuid.uuid4())
ORG, AT = "org_store", datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
async def pool(database: Secret) -> AsyncIterator[Pool]:
    async with open_pool(database, 4, SHARED, MIGRATIONS) as pool:
        yield pool


@pytest.fixture
async def connection(pool: Pool) -> AsyncIterator[Connection]:
    async with pool.acquire() as connection, connection.transaction():
        yield connection


def row(number: int, title: str = "Sell") -> BaseRow:
    return BaseRow(f"objective_{number}", {"title": BaseCell(title), "unit": BaseCell("unit_1", "Sales")})


async def any_of(runs: ImportRunReporter) -> bool:
    return bool(await runs.list(ORG))


async def put(connection: Connection, source: str, **rows: BaseRow | None) -> None:
    made = prepared(MergeBaseChanges(rows, {"sales": "unit_1"}), MergeBase())
    await import_sources_store.write(connection, ORG, source, made)


async def test_what_a_source_said_is_remembered_by_row_and_spelling_and_apart_from_other_sources(
    connection: Connection,
) -> None:
    await put(connection, "plan", O=row(1), K=row(2))
    await put(connection, "other", O=row(3))
    await put(connection, "plan", O=row(1, "Sell more"), K=None)
    found = await import_sources_store.load(connection, ORG, "plan")
    assert found == MergeBase({"O": row(1, "Sell more")}, {"sales": "unit_1"})
    assert (await import_sources_store.load(connection, ORG, "other")).rows == {"O": row(3)}
    assert await import_sources_store.load(connection, "org_else", "plan") == MergeBase()
    await import_sources_store.forget(connection, ORG, "plan")
    assert await import_sources_store.load(connection, ORG, "plan") == MergeBase()
    assert (await import_sources_store.load(connection, ORG, "other")).rows == {"O": row(3)}


async def test_many_rows_are_read_and_written_page_by_page(connection: Connection) -> None:
    rows: dict[str, BaseRow | None] = {f"R{number}": row(number) for number in range(2_500)}
    await import_sources_store.write(connection, ORG, "plan", prepared(MergeBaseChanges(rows), MergeBase()))
    assert (await import_sources_store.load(connection, ORG, "plan")).rows == rows
    gone = prepared(MergeBaseChanges(dict.fromkeys(rows)), MergeBase())
    await import_sources_store.write(connection, ORG, "plan", gone)
    assert (await import_sources_store.load(connection, ORG, "plan")).rows == {}


async def test_a_row_id_that_fits_into_no_index_is_not_remembered_and_the_others_are(connection: Connection) -> None:
    rows: dict[str, BaseRow | None] = {"😀" * 500: row(1), "O": row(2)}
    source = "𝔖" * 200
    await import_sources_store.write(connection, ORG, source, prepared(MergeBaseChanges(rows), MergeBase()))
    assert (await import_sources_store.load(connection, ORG, source)).rows == {"O": row(2)}


async def test_a_row_with_much_in_it_is_remembered_in_less_than_1200_bytes(connection: Connection) -> None:
    long, unit = BaseCell(short("é" * 10_000)), BaseCell(f"unit_{UUID}", "Night trains and buses of the valley")
    texts, days = ("title", "description", "co_owners"), ("starts_on", "ends_on", "status")
    parents = [f"objective_{UUID[1:]}{at}" for at in range(2)]
    cells = dict.fromkeys(texts, long) | dict.fromkeys(days, BaseCell("2026-01-01", "1 January 2026"))
    cells |= {"unit": unit, "cycle": unit}
    cells |= {f"parent:{each}": BaseCell(f"link_{UUID}", long.value) for each in parents}
    cells |= {f"because:{each}": long for each in parents}
    fat = BaseRow(f"objective_{UUID}", cells)
    await put(connection, "plan", O=fat)
    size = await connection.fetchval("SELECT pg_column_size(import_rows) FROM import_rows")
    assert size <= 1_200


async def test_titles_of_rows_are_found_in_all_sources(connection: Connection) -> None:
    for number, source in enumerate(("plan", "other")):
        await put(connection, source, O=row(number, f"Sell {source}"), K=row(9))
        file = ImportedFile(1, b"1", AT + timedelta(days=number), "person_ada", 5)
        await import_sources_store.put_file(connection, ORG, source, file)
    await put(connection, "plan", P=BaseRow("purpose_1", {"statement": BaseCell("Be useful")}))
    found = await import_sources_store.titles(connection, ORG, ["O", "P", "Q"])
    assert list(found.items()) == [
        ("other", {"K": "Sell", "O": "Sell other"}),
        ("plan", {"K": "Sell", "O": "Sell plan", "P": "Be useful"}),
    ]


async def test_the_last_files_of_a_source_are_kept(connection: Connection) -> None:
    assert await import_sources_store.last_file(connection, ORG, "plan") is None
    files = [ImportedFile(number, f"{number}".encode(), AT, None, number) for number in range(1, 203)]
    for file in files:
        await import_sources_store.put_file(connection, ORG, "plan", file)
    assert await import_sources_store.files(connection, ORG, "plan") == files[:1:-1]
    assert await import_sources_store.last_file(connection, ORG, "plan") == files[-1]


async def test_one_import_of_an_organization_writes_at_a_time(pool: Pool) -> None:
    async with pool.acquire() as one, pool.acquire() as two:
        async with one.transaction():
            await import_sources_store.lock(one, ORG)
            async with two.transaction():
                await import_sources_store.lock(two, "org_another")
            await two.execute("SET lock_timeout = 50")
            with pytest.raises(asyncpg.LockNotAvailableError):
                async with two.transaction():
                    await import_sources_store.lock(two, ORG)
        async with two.transaction():
            await import_sources_store.lock(two, ORG)


# -- how far imports are -----------------------------------------------------------------------------------------------


async def test_an_import_tells_how_far_it_is_and_how_it_ended(pool: Pool) -> None:
    runs, progress = ImportRunReporter(pool), RunProgress(ORG, "one", "plan.csv", "person_ada")

    async def shown(**expected: Any) -> bool:
        found = await runs.list(ORG)
        return bool(found) and all(getattr(found[0], name) == value for name, value in expected.items())

    async with runs.reporting(progress):
        await eventually(lambda: shown(step=ImportStep.READING, total=0, source="", by="person_ada"))
        progress.source = "plan"
        progress.begin(ImportStep.COMPARING, 10)
        progress.count()
        await eventually(lambda: shown(step=ImportStep.COMPARING, done=1, total=10, source="plan"))
    assert await shown(id="one", step=ImportStep.DONE, file_name="plan.csv")
    with pytest.raises(ValueError, match="no"):
        async with runs.reporting(RunProgress(ORG, "two", None, None)):
            raise ValueError("no")
    assert [(each.id, each.step) for each in await runs.list(ORG)] == [("two", "FAILED"), ("one", "DONE")]
    assert await runs.list("org_else") == []


async def test_a_run_whose_process_is_gone_has_failed(pool: Pool) -> None:
    runs = ImportRunReporter(pool)
    async with runs.reporting(RunProgress(ORG, "one", None, None)):
        await eventually(lambda: any_of(runs))
        await pool.execute("UPDATE import_runs SET updated_at = now() - $1::interval", timedelta(seconds=STALE + 1))
        assert [each.step for each in await runs.list(ORG)] == [ImportStep.FAILED]


async def test_an_import_goes_on_where_its_progress_cannot_be_written(pool: Pool) -> None:
    await pool.execute("DROP TABLE import_runs")
    done = []
    async with ImportRunReporter(pool).reporting(RunProgress(ORG, "one", "a\0b" * 1_000, None)):
        done.append(True)
    assert done


async def test_runs_that_ended_are_forgotten(pool: Pool) -> None:
    runs = ImportRunReporter(pool)
    for name in ("one", "two"):
        async with runs.reporting(RunProgress(ORG, name, None, None)):
            await eventually(lambda: any_of(runs))
        await pool.execute("UPDATE import_runs SET updated_at = now() - interval '11 minutes'")
    assert await runs.list(ORG) == []
    await run_progress.forget(pool)
    assert await pool.fetchval("SELECT count(*) FROM import_runs") == 0


# -- answers -----------------------------------------------------------------------------------------------------------


async def test_a_long_report_is_kept_compressed_and_answered_the_same(pool: Pool) -> None:
    rows = [ImportRow(f"R{n}", f"line {n}", RowType.WHY, f"Title {n}", RowOutcome.CREATED) for n in range(20_000)]
    report = ImportReport(20_000, 20_000, 0, 0, ["gone"], [], "plan", rows, 1, 2)
    answer = Accepted(7, ["objective_1"], report=report)
    request = ReceivedCommand(Caller("ada", ORG, False, Secret("")), ORG, c.ImportPlan(content="x"), "key")
    async with pool.acquire() as connection, connection.transaction():
        packed = idempotent_answers.compressed_report(report)
        await idempotent_answers.keep_answer(
            connection, request, answer, StreamPosition(7, "e"), 0, request.caller.login, packed
        )
        assert await idempotent_answers.earlier_answer(connection, request) == answer
        size = await connection.fetchval("SELECT length(answer) + length(report) FROM answers")
        assert size < 1_000_000
    brief = ImportReport(3, 3, 0, 0, [], [], "plan", rows[:3])
    assert idempotent_answers.compressed_report(brief) is None
    other = structs.replace(request, key="other")
    async with pool.acquire() as connection, connection.transaction():
        await idempotent_answers.keep_answer(
            connection, other, structs.replace(answer, report=brief), StreamPosition(7, "e"), 0, other.caller.login
        )
        assert await idempotent_answers.earlier_answer(connection, other) == structs.replace(answer, report=brief)
