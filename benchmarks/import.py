"""A plan that comes in, as a sheet: the first time, again unchanged, with a tenth of its rows edited, and as a dry run.

Everything runs, as `goldenthread up` starts it. *goals* is the time until goals has answered the command itself, its
processor time, and how much its memory grew at most beyond what it held before, as a multiple of the file's size,
beside the most that this file may take (`services/goals/imports/memory_bound.py`). Each import begins when the other
processes have read the one before. A workbook has the same rows, and is read in a child process, whose time is in the
seconds and in nothing else.
*gateway* is the same import through GraphQL, with 50 rows and what it breaks, asked as the command line asks it.
*csv and an upsert* is what a script does with the same rows; its processor time is its own, without the database's.
Every third row is an objective, the others are key results; 40 units own them.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import csv
import io
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import asyncpg
import httpx
import openpyxl
from msgspec import Struct, structs

from benchmarks._table import say
from benchmarks.telling import up
from goldenthread.cli.imports.import_documents import IMPORT_REPORT
from goldenthread.launcher import instance_file
from services.goals.imports.memory_bound import most_memory

_HEADER = "Row ID,Type,Title,Description,Parent,Entity,Because,Start Value,Target Value,Current Value"
_UPSERT = """INSERT INTO plan SELECT * FROM unnest($1::text[], $2::jsonb[])
             ON CONFLICT (id) DO UPDATE SET cells = excluded.cells"""
_UNITS = 40
_PATIENCE = 300.0
_IDLE = 0.3
"""Seconds of processor time in half a second, of all processes together: less is what they take while idle."""


class Row(Struct, frozen=True):
    """What one import took. `memory` and `most`, which it may be, are multiples of the file's size."""

    what: str
    seconds: float
    cpu: float
    memory: float
    most: float
    created: int
    updated: int
    unchanged: int


def main(arguments: list[str]) -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks import", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print a JSON list")
    parser.add_argument("--rows", type=int, default=20_000)
    asked = parser.parse_args(arguments)
    with up() as said:
        rows = asyncio.run(_measured(said, asked.rows))
    if asked.json:
        print(json.dumps([structs.asdict(row) for row in rows]))
        return
    print(f"{'':34}{'seconds':>9}{'CPU':>9}{'memory':>9}{'at most':>9}  created, updated, unchanged")
    for row in rows:
        most = f"{row.most:.0f}x" if row.most else ""
        print(
            f"{row.what:34}{row.seconds:9.2f}{row.cpu:9.2f}{row.memory:8.0f}x{most:>9}"
            f"  {row.created:,}, {row.updated:,}, {row.unchanged:,}"
        )


async def _measured(said: dict[str, Any], count: int) -> list[Row]:
    first, edited = "\n".join(_sheet(count, "")), "\n".join(_sheet(count, " (edited)"))
    instance = instance_file.find(Path(said["dataDir"]))
    assert instance is not None
    headers = {"Authorization": f"Bearer {said['token']}"}
    found = []
    async with httpx.AsyncClient(timeout=_PATIENCE, headers=headers) as http:
        small = {"content": "\n".join(_sheet(30, "")), "source": "small"}
        await _goals(http, instance, "", small)  # what is loaded and compiled once is no part of an import
        for what, content, more in (
            ("goals, dry run", first, {"dryRun": True}),
            ("goals, the first time", first, {}),
            ("goals, again", first, {}),
            ("goals, a tenth edited", edited, {}),
        ):
            say(what)
            await _settled(instance)
            found.append(await _goals(http, instance, what, {"content": content, "source": "plan", **more}))
        say("goals, again as a workbook")
        book = {"contentBase64": _workbook(edited), "source": "plan"}
        found.append(await _goals(http, instance, "goals, again as a workbook", book))
        for what, source in (("gateway, again", "plan"), ("gateway, dry run of another", "other")):
            say(what)
            asked = {"content": edited, "source": source, "dryRun": source == "other"}
            await _settled(instance)
            found.append(await _gateway(http, said, instance, what, asked))
        say("csv and an upsert")
        found += await _upserted(instance.databases["goals"].reveal(), first)
    return found


async def _settled(instance: Any) -> None:
    """Wait until the other processes have read what the import before has written: they share these cores. A minute at
    most.
    """
    spent = -_PATIENCE
    for _ in range(120):
        now = sum(map(_cpu, instance.pids.values()))
        if now - spent < _IDLE:
            return
        spent = now
        await asyncio.sleep(0.5)


async def _upserted(database: str, content: str) -> list[Row]:
    """What a script would do with the same sheet: read it by `csv`, and put every row into a table, twice. It compares
    nothing, and nobody reads what it does.
    """
    connection, found = await asyncpg.connect(database), []
    await connection.execute("CREATE TEMPORARY TABLE plan (id text PRIMARY KEY, cells jsonb NOT NULL)")
    for what in ("csv and an upsert, the first time", "csv and an upsert, again"):
        begun, cpu = perf_counter(), process_time()
        rows = [(row["Row ID"], json.dumps(row)) for row in csv.DictReader(io.StringIO(content))]
        await connection.execute(_UPSERT, *zip(*rows, strict=True))
        found.append(Row(what, perf_counter() - begun, process_time() - cpu, 0, 0, len(rows), 0, 0))
    await connection.close()
    return found


async def _goals(http: httpx.AsyncClient, instance: Any, what: str, asked: dict[str, Any]) -> Row:
    """The command itself."""

    async def send() -> Any:
        answer = await http.post(f"{instance.urls['goals']}/v1/commands", json={"type": "ImportPlan", **asked})
        return answer.raise_for_status().json()["report"]

    return await _watched(instance.pids["goals"], what, asked, send())


async def _gateway(http: httpx.AsyncClient, said: Any, instance: Any, what: str, asked: dict[str, Any]) -> Row:
    """The same as the command line sends it."""

    async def send() -> Any:
        body = {"query": IMPORT_REPORT, "variables": {"input": asked}}
        answer = (await http.post(said["graphql"], json=body)).json()
        if answer.get("errors") or answer["data"]["importPlan"]["errors"]:
            raise RuntimeError(str(answer)[:500])
        return answer["data"]["importPlan"]

    found = await _watched(instance.pids["gateway"], what, asked, send())
    return structs.replace(found, most=0)  # the bound is one of goals


async def _watched(pid: int, what: str, asked: dict[str, Any], sent: Any) -> Row:
    before, cpu, begun, peak = _resident(pid), _cpu(pid), perf_counter(), 0
    task = asyncio.ensure_future(sent)
    while not task.done():
        peak = max(peak, _resident(pid))
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(task), 0.02)
    report = task.result()
    grown = max(0, max(peak, _resident(pid)) - before) / _size(asked)
    counts = report["created"], report["updated"], report["unchanged"]
    rows = sum(counts)
    most = most_memory(rows, rows, _size(asked)) / _size(asked)  # every row has one parent
    return Row(what, perf_counter() - begun, _cpu(pid) - cpu, grown, most, *counts)


def _size(asked: dict[str, Any]) -> int:
    """Bytes of the file."""
    return len(asked["content"].encode()) if "content" in asked else len(asked["contentBase64"]) * 3 // 4


def _workbook(sheet: str) -> str:
    """The same rows as a workbook of Excel, in Base64; numbers are numbers there."""
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("Plan")
    for line in sheet.splitlines():
        page.append([float(cell) if cell.isdigit() else cell or None for cell in line.split(",")])
    kept = io.BytesIO()
    book.save(kept)
    return base64.b64encode(kept.getvalue()).decode()


def _sheet(rows: int, edit: str) -> Iterator[str]:
    """The lines of a plan, a tenth of its titles with `edit` behind them."""
    yield _HEADER
    yield "W,why,Arrive relaxed,,,,It pays,,,"
    parent = ""
    for number in range(rows - 1):
        title, unit = f"Item {number}{edit if number % 10 == 0 else ''}", f"Unit {number % _UNITS}"
        if number % 3:
            yield f"{number},key_result,{title},,{parent},{unit},,0,100,{number % 100}"
        else:
            parent = str(number)
            yield f"{number},objective,{title},What it is about,W,{unit},It helps,,,"


def _resident(pid: int) -> int:
    """Bytes of memory in use."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _cpu(pid: int) -> float:
    """Seconds of processor time spent."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
