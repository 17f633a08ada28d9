"""What an import answers: every row that is not simply unchanged, cell by cell, in pages that cost what they show."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from gateway.request.command_outcome import CommandOutcome
from gateway.request.import_dry_runs import KEPT_FOR, DryRunKey, ImportDryRuns
from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.commands.base import Command
from goldenthread.contracts.enums import CellOutcome, RowOutcome
from goldenthread.contracts.errors import ErrorCode, Problem
from goldenthread.contracts.plan import RowType
from goldenthread.contracts.replies import Accepted, ImportCell, ImportReport, ImportRow, RefusedAnswer
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import Caller
from tests.support.entities import link, objective, purpose, why
from tests.unit.gateway.fakes import Client
from tests.unit.gateway.world import World

FIELDS = """source conflictCount leftCount rows(first: $first, after: $after, outcomes: $outcomes) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { row place type title outcome goal { id } cellCount cells { cell outcome was here file note } notes } }
    errors { code message path candidates }"""
IMPORT = f"""mutation($first: Int = 100, $after: String, $outcomes: [RowOutcome!], $dry: Boolean = true) {{
    importPlan(input: {{content: "x", dryRun: $dry, idempotencyKey: "k"}}) {{ {FIELDS} }} }}"""

CELL = ImportCell("current_value", CellOutcome.CONFLICT, "10", "60", "20", "A person checked in.")
ROWS = [
    ImportRow("1", "line 2", RowType.WHY, "Trust", RowOutcome.LEFT, "why_1", [ImportCell("title", CellOutcome.LEFT)]),
    ImportRow("2", "line 3", RowType.KEY_RESULT, "Calls", RowOutcome.CONFLICT, "objective_1", [CELL], ["Look twice."]),
    ImportRow("3", "line 4", RowType.OBJECTIVE, "New", RowOutcome.CREATED, "objective_9"),
    ImportRow("4", "line 5", RowType.OBJECTIVE, "Gone", RowOutcome.MISSING, "objective_1"),
]


def client(*rows: ImportRow) -> Client:
    world = World(
        purpose(), why("why_1"), objective("objective_1"),
        link("link_1", "why_1", "purpose_1"), link("link_2", "objective_1", "why_1", 2),
    )  # fmt: skip
    report = ImportReport(3, 1, 0, 0, ["4"], [], "plan", list(rows or ROWS), conflicts=1, left=1)

    def decide(_: World, command: Command) -> Accepted:
        return Accepted(0, [], dry_run=getattr(command, "dry_run", False), report=report)

    return Client(world, decide)


async def asked(client: Client, **variables: Any) -> Any:
    return (await client.ask(IMPORT, **variables))["importPlan"]


async def test_every_row_is_named_with_its_place_its_goal_and_its_cells() -> None:
    found = await asked(client())
    assert (found["source"], found["conflictCount"], found["leftCount"]) == ("plan", 1, 1)
    assert found["rows"]["totalCount"] == 4
    _, conflict, created, _ = found["rows"]["nodes"]
    assert conflict == {
        "row": "2", "place": "line 3", "type": "KEY_RESULT", "title": "Calls", "outcome": "CONFLICT",
        "goal": {"id": "objective_1"}, "cellCount": 1, "notes": ["Look twice."],
        "cells": [{"cell": "current_value", "outcome": "CONFLICT", "was": "10", "here": "60", "file": "20",
                   "note": "A person checked in."}],
    }  # fmt: skip
    assert created["goal"] is None, "what a dry run would create is not there"


async def test_rows_come_in_pages_of_the_same_call() -> None:
    found: list[str] = []
    after, more, teller = None, True, client()
    while more:
        page = (await asked(teller, first=1, after=after))["rows"]
        found += [each["row"] for each in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == ["1", "2", "3", "4"]
    assert {credentials.key for _, credentials in teller.upstreams.requests} == {"k"}


def count(teller: Client) -> int:
    """How often goals was asked to decide."""
    return len(teller.upstreams.requests)


async def test_a_dry_run_is_computed_once_for_the_pages_of_one_key_and_caller() -> None:
    teller = client()
    first = await asked(teller, first=2)
    second = await asked(teller, first=2, after=first["rows"]["pageInfo"]["endCursor"])
    assert [each["row"] for each in (*first["rows"]["nodes"], *second["rows"]["nodes"])] == ["1", "2", "3", "4"]
    assert count(teller) == 1
    await asked(teller, dry=False)
    assert count(teller) == 2, "an import is decided"
    await teller.ask(IMPORT.replace('"k"', '"other"'))
    assert count(teller) == 3, "another key is another dry run"
    await teller.ask(IMPORT.replace('content: "x"', 'content: "y"'))
    assert count(teller) == 4, "and so is another file"
    await teller.ask(IMPORT.replace(', idempotencyKey: "k"', ""))
    await teller.ask(IMPORT.replace(', idempotencyKey: "k"', ""))
    assert count(teller) == 6, "without a key every one is computed"


def test_a_dry_run_is_kept_for_a_minute_and_only_when_what_it_breaks_is_known() -> None:
    seconds = 0.0
    tried = ImportDryRuns(lambda: seconds)
    caller = Caller("ada", "org_1", False, Secret("token"))
    plan = ImportPlan(content="x", dry_run=True)
    one, other = (DryRunKey.of(each, "org_1", plan, "k") for each in (caller, replace(caller, subject="bob")))
    tried.keep(one, CommandOutcome(Accepted(1, [], events=[{}], dry_run=True), effects=[]))
    tried.keep(other, CommandOutcome(Accepted(1, [], dry_run=True), effects=None))
    found = tried.get(one)
    assert found is not None
    assert found.accepted is not None
    assert (found.accepted.events, tried.get(other)) == ([], None)
    seconds = KEPT_FOR
    assert tried.get(one) is None


async def test_rows_are_told_by_what_became_of_them() -> None:
    found = await asked(client(), outcomes=["CONFLICT", "MISSING"])
    assert [each["row"] for each in found["rows"]["nodes"]] == ["2", "4"]
    assert found["rows"]["totalCount"] == 2


async def test_a_refused_import_has_no_rows_and_names_what_to_choose_from() -> None:
    unsure = Problem(ErrorCode.INVALID, "It is of one of two.", ["source"], candidates=["north", "south"])
    found = await asked(Client(World(purpose()), lambda *_: RefusedAnswer([unsure])))
    assert (found["source"], found["rows"]["totalCount"]) == (None, 0)
    assert [each["candidates"] for each in found["errors"]] == [["north", "south"]]


async def test_a_page_is_charged_for_what_it_shows_and_a_cell_cannot_be_used_to_multiply_it() -> None:
    many = [ImportRow(str(n), f"line {n}", RowType.WHY, "Why", RowOutcome.UPDATED, None, [CELL]) for n in range(5000)]
    whole = client(*many)
    assert len((await asked(whole, first=500))["rows"]["nodes"]) == 500
    for first, code in ((2000, "COST_LIMIT"), (2001, "INVALID")):
        result = await whole.run(IMPORT, first=first)
        assert [error.extensions["code"] for error in result.errors] == [code]
    wide = client(ImportRow("1", "line 2", RowType.WHY, "Why", RowOutcome.UPDATED, None, [CELL] * 30_000))
    (row,) = (await asked(wide))["rows"]["nodes"]
    assert (len(row["cells"]), row["cellCount"]) == (100, 30_000)


async def test_a_page_of_two_thousand_rows_can_be_had_of_few_fields() -> None:
    many = [ImportRow(str(n), f"line {n}", RowType.WHY, "Why", RowOutcome.CREATED) for n in range(5000)]
    few = 'mutation { importPlan(input: {content: "x"}) { rows(first: 2000) { nodes { row outcome title place } } } }'
    found = await client(*many).ask(few)
    assert len(found["importPlan"]["rows"]["nodes"]) == 2000


async def test_a_row_filter_over_the_longest_file_leaves_most_of_the_budget() -> None:
    many = [ImportRow(str(n), f"line {n}", RowType.WHY, "Why", RowOutcome.CREATED) for n in range(100_000)]
    found = await asked(client(*many), first=100, outcomes=["CREATED"])
    assert found["rows"]["totalCount"] == 100_000
