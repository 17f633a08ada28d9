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
from tests.integration.goals.imports.importer import A, B, answer, cells, importing_office, refused, report, rows
from tests.integration.goals.imports.processes import process
from tests.integration.goals.office import Office
from tests.support.workbooks import xlsx

STRATML = "<StrategicPlan><Name>Plan</Name><StrategicPlanCore></StrategicPlanCore></StrategicPlan>"


@pytest.fixture
async def office(database: Secret) -> AsyncIterator[Office]:
    async with importing_office(database) as made:
        yield made


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


def workbook(*texts: str) -> str:
    """A workbook that has a sheet for each text: `Q1`, `Q2`, …; numbers are numbers there."""
    named = enumerate(texts, 1)
    return base64_of(xlsx(*((f"Q{number}", map(_cells, csv.reader(io.StringIO(text)))) for number, text in named)))


def _cells(line: list[str]) -> list[str | int | None]:
    return [int(cell) if cell.isdigit() else cell or None for cell in line]


async def test_a_workbook_is_a_sheet_of_its_rows_and_again_changes_nothing(office: Office) -> None:
    first = await report(office, None, content_base64=workbook(A), file_name="plan.xlsx")
    assert (first.source, first.created) == ("plan", 4)
    assert [row.line for row in first.rows] == ["row 2", "row 3", "row 4", "row 5"]
    before = await rows(office)
    assert (await report(office, None, content_base64=workbook(A), file_name="plan.xlsx")).unchanged == 4
    assert (await report(office, A, file_name="plan.csv", goals=process(office))).unchanged == 4, "the same, as a text"
    assert await rows(office) == before
    changed = await report(office, None, content_base64=workbook(B), file_name="plan (1).xlsx")
    assert cells(changed) == [("O", "title", CellOutcome.TAKEN)]


async def test_a_sheet_that_is_no_plan_is_refused_with_the_others_of_its_workbook(office: Office) -> None:
    book = workbook("Notes\nhello\n", A)
    assert (await refused(office, None, content_base64=book)).message.startswith(
        "the sheet “Q1” was read; not read: “Q2”; name another to read it (`sheet`, `--sheet`). row 1: not an OKR sheet"
    )
    assert (await refused(office, None, content_base64=book, sheet="Q1")).message.startswith("row 1: not an OKR sheet")


async def test_a_sheet_of_a_workbook_is_chosen_by_its_name(office: Office) -> None:
    assert (await report(office, None, content_base64=workbook("Notes\nhello\n", A), sheet="Q2")).created == 4
    problem = await refused(office, None, content_base64=workbook(A, B), sheet="Q3")
    assert (problem.code, problem.path, problem.candidates) == (ErrorCode.INVALID, ["sheet"], ["Q1", "Q2"])
    problem = await refused(office, A, sheet="Q1")
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["sheet"])


async def test_a_text_may_come_as_bytes(office: Office) -> None:
    german = A.replace("Sell", "Größer werden")
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        found = await report(office, None, content_base64=base64_of(german.encode(encoding)), dry_run=True)
        assert "Größer werden" in [row.title for row in found.rows]


async def test_an_encoding_that_was_recognised_is_said(office: Office) -> None:
    content = A.replace("Sell", "Größer werden für alle").encode("cp1252")
    found = await answer(office, None, content_base64=base64_of(content))
    assert found.report is not None
    assert "Größer werden für alle" in [row.title for row in found.report.rows]
    assert "read as Windows-1252" in " ".join(each.message for each in found.warnings)


async def test_what_is_not_asked_of_this_kind_of_file_is_refused_where_it_stands(office: Office) -> None:
    problem = await refused(office, None, content_base64=workbook(A), format=PlanFormat.STRATML)
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["format"])
    problem = await refused(office, STRATML, columns=[ColumnWord(heading="Name", column="title")])
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
    office: Office, content: str | None, encoded: str | None, path: list[str]
) -> None:
    before = await rows(office)
    problem = await refused(office, content, content_base64=encoded)
    assert (problem.code, problem.path) == (ErrorCode.INVALID, path)
    assert await rows(office) == before
    assert (await report(office, A)).created == 4, "and others are read"


async def test_a_file_is_written_down_nowhere(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    """Neither it nor its Base64: not in a log, an event, or the answer that is kept under a key."""
    encoded = workbook(A)
    with caplog.at_level(logging.DEBUG):
        await report(office, None, content_base64=encoded, key="key")
    piece = encoded[100:140]
    assert piece not in caplog.text
    for table in ("outbox", "answers", "import_files", "import_rows", "import_runs"):
        found = await office.pool.fetch(f"SELECT row_to_json(each)::text AS text FROM {table} AS each")
        assert found
        assert not any(piece in row["text"] for row in found)


async def test_whoever_may_not_import_has_no_file_read(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def opened(_: object) -> None:
        raise AssertionError("it was opened")

    monkeypatch.setattr(ImportFile, "opened", opened)
    _, login = await office.unit("Sales")
    assert (await refused(office, None, content_base64=workbook(A), login=login)).code is ErrorCode.FORBIDDEN
