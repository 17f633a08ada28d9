"""The file of an import comes as a text or as bytes: workbooks, other encodings, and what is neither."""

from __future__ import annotations

import base64
import csv
import io
import logging
from collections.abc import AsyncIterator

import pytest

from goldenthread.contracts.commands.imports import ColumnWord
from goldenthread.contracts.enums import CellOutcome
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.plan import PlanFormat
from goldenthread.contracts.secret import Secret
from services.goals.imports.import_file import ImportFile
from tests.integration.goals.goals_harness import GoalsHarness
from tests.integration.goals.imports.importer import A, B, answer, cells, importing_harness, refused, report, rows
from tests.integration.goals.imports.processes import process
from tests.support.workbooks import xlsx

STRATML = "<StrategicPlan><Name>Plan</Name><StrategicPlanCore></StrategicPlanCore></StrategicPlan>"


@pytest.fixture
async def harness(database: Secret) -> AsyncIterator[GoalsHarness]:
    async with importing_harness(database) as made:
        yield made


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


def workbook(*texts: str) -> str:
    """A workbook that has a sheet for each text: `Q1`, `Q2`, …; numbers are numbers there."""
    named = enumerate(texts, 1)
    return base64_of(xlsx(*((f"Q{number}", map(_cells, csv.reader(io.StringIO(text)))) for number, text in named)))


def _cells(line: list[str]) -> list[str | int | None]:
    return [int(cell) if cell.isdigit() else cell or None for cell in line]


async def test_a_workbook_is_a_sheet_of_its_rows_and_again_changes_nothing(harness: GoalsHarness) -> None:
    first = await report(harness, None, content_base64=workbook(A), file_name="plan.xlsx")
    assert (first.source, first.created) == ("plan", 4)
    assert [row.line for row in first.rows] == ["row 2", "row 3", "row 4", "row 5"]
    before = await rows(harness)
    assert (await report(harness, None, content_base64=workbook(A), file_name="plan.xlsx")).unchanged == 4
    assert (await report(harness, A, file_name="plan.csv", goals=process(harness))).unchanged == 4, (
        "the same, as a text"
    )
    assert await rows(harness) == before
    changed = await report(harness, None, content_base64=workbook(B), file_name="plan (1).xlsx")
    assert cells(changed) == [("O", "title", CellOutcome.TAKEN)]


async def test_a_sheet_that_is_no_plan_is_refused_with_the_others_of_its_workbook(harness: GoalsHarness) -> None:
    book = workbook("Notes\nhello\n", A)
    assert (await refused(harness, None, content_base64=book)).message.startswith(
        "the sheet “Q1” was read; not read: “Q2”; name another to read it (`sheet`, `--sheet`). row 1: not an OKR sheet"
    )
    assert (await refused(harness, None, content_base64=book, sheet="Q1")).message.startswith("row 1: not an OKR sheet")


async def test_a_sheet_of_a_workbook_is_chosen_by_its_name(harness: GoalsHarness) -> None:
    assert (await report(harness, None, content_base64=workbook("Notes\nhello\n", A), sheet="Q2")).created == 4
    problem = await refused(harness, None, content_base64=workbook(A, B), sheet="Q3")
    assert (problem.code, problem.path, problem.candidates) == (ErrorCode.INVALID, ["sheet"], ["Q1", "Q2"])
    problem = await refused(harness, A, sheet="Q1")
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["sheet"])


async def test_a_text_may_come_as_bytes(harness: GoalsHarness) -> None:
    german = A.replace("Sell", "Größer werden")
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        found = await report(harness, None, content_base64=base64_of(german.encode(encoding)), dry_run=True)
        assert "Größer werden" in [row.title for row in found.rows]


async def test_an_encoding_that_was_recognised_is_said(harness: GoalsHarness) -> None:
    content = A.replace("Sell", "Größer werden für alle").encode("cp1252")
    found = await answer(harness, None, content_base64=base64_of(content))
    assert found.report is not None
    assert "Größer werden für alle" in [row.title for row in found.report.rows]
    assert "read as Windows-1252" in " ".join(each.message for each in found.warnings)


async def test_what_is_not_asked_of_this_kind_of_file_is_refused_where_it_stands(harness: GoalsHarness) -> None:
    problem = await refused(harness, None, content_base64=workbook(A), format=PlanFormat.STRATML)
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["format"])
    problem = await refused(harness, STRATML, columns=[ColumnWord(heading="Name", column="title")])
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["columns"])


@pytest.mark.parametrize(
    ("content", "encoded", "path"),
    [
        (None, None, ["content"]),
        (A, "", ["contentBase64"]),
        (None, "", ["content"]),
        (None, "not Base64!", ["contentBase64"]),
        (None, base64_of(b"PK\x03\x04" + b"\0" * 500), ["content"]),
        (None, base64_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 5_000), ["content"]),
        (None, base64_of(bytes(range(256)) * 20), ["content"]),
    ],
    ids=["no file", "two files", "empty", "not Base64", "no workbook", "no old workbook", "no text"],
)
async def test_what_is_no_file_is_refused_and_changes_nothing(
    harness: GoalsHarness, content: str | None, encoded: str | None, path: list[str]
) -> None:
    before = await rows(harness)
    problem = await refused(harness, content, content_base64=encoded)
    assert (problem.code, problem.path) == (ErrorCode.INVALID, path)
    assert await rows(harness) == before
    assert (await report(harness, A)).created == 4, "and others are read"


async def test_a_file_is_written_down_nowhere(harness: GoalsHarness, caplog: pytest.LogCaptureFixture) -> None:
    """Neither it nor its Base64: not in a log, an event, or the answer that is kept under a key."""
    encoded = workbook(A)
    with caplog.at_level(logging.DEBUG):
        await report(harness, None, content_base64=encoded, key="key")
    piece = encoded[100:140]
    assert piece not in caplog.text
    for table in ("outbox", "answers", "import_files", "import_rows", "import_runs"):
        found = await harness.pool.fetch(f"SELECT row_to_json(each)::text AS text FROM {table} AS each")
        assert found
        assert not any(piece in row["text"] for row in found)


async def test_whoever_may_not_import_has_no_file_read(harness: GoalsHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    async def opened(_: object) -> None:
        raise AssertionError("it was opened")

    monkeypatch.setattr(ImportFile, "opened", opened)
    _, login = await harness.unit("Sales")
    assert (await refused(harness, None, content_base64=workbook(A), login=login)).code is ErrorCode.FORBIDDEN
