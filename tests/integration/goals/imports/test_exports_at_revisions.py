"""An export that comes back is compared with what was here at its revision."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from msgspec import structs

from goldenthread import exchange
from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import ConflictChoice, RowOutcome, UnitFunction
from goldenthread.contracts.plan import PlanFormat
from goldenthread.contracts.read_api import StreamPosition
from goldenthread.contracts.secret import Secret
from goldenthread.organization.organization import Organization
from services.goals.imports.past_states import PastStates
from tests.integration.goals.goals_harness import GoalsHarness
from tests.integration.goals.imports.importer import (
    A,
    answer,
    cells,
    importing_harness,
    objective,
    report,
    retitle,
    state,
)
from tests.support.in_memory_export import export_plan


@pytest.fixture
async def harness(database: Secret) -> AsyncIterator[GoalsHarness]:
    async with importing_harness(database) as made:
        yield made


async def export(harness: GoalsHarness) -> str:
    """The organization as a sheet, as it is now."""
    plan = await asyncio.to_thread(export_plan, await state(harness))
    head = (await harness.events())[-1].sequence
    return exchange.write(structs.replace(plan, revision=head), PlanFormat.OKR_SHEET)


async def test_two_editors_of_exports_lose_nothing_of_each_other(harness: GoalsHarness) -> None:
    await report(harness, A)
    first = await export(harness)
    await retitle(harness, "B")
    await harness.objective(title="Another one")
    second = await export(harness)

    mine = first.replace(",10,4,", ",12,4,")
    one = await report(harness, mine)
    assert (one.conflicts, one.left, one.updated) == (0, 1, 1)
    assert (await objective(harness)).title == "B"
    two = await report(harness, second.replace(",B,", ",C,"))
    assert (two.conflicts, two.updated) == (0, 1)
    assert (await objective(harness)).title == "C"
    assert next(iter((await state(harness)).key_results.values())).target_value == 12
    head = (await harness.events())[-1].sequence
    again = await answer(harness, mine)
    assert again.report is not None
    assert (again.revision, again.report.conflicts, again.report.left) == (head, 0, 1)

    edited = mine.replace(",Sell,", ",D,")
    three = await report(harness, edited)
    assert (three.conflicts, (await objective(harness)).title) == (1, "C")
    assert [row.outcome for row in three.rows] == [RowOutcome.CONFLICT]
    four = await report(harness, edited, conflicts=ConflictChoice.THEIRS)
    assert (four.conflicts, (await objective(harness)).title) == (0, "D")
    assert one.source == four.source != two.source


async def test_of_two_copies_of_one_export_the_second_does_not_take_back_what_the_first_changed(
    harness: GoalsHarness,
) -> None:
    await report(harness, A)
    copy = await export(harness)
    assert (await report(harness, copy.replace(",Sell,", ",Mine,"))).updated == 1
    second = copy.replace(",10,4,", ",12,4,")
    found = await report(harness, second)
    assert (found.updated, found.left, found.conflicts) == (1, 1, 0)
    again = await report(harness, second, conflicts=ConflictChoice.THEIRS)
    assert (again.updated, again.left) == (0, 1)
    assert (await objective(harness)).title == "Mine"


async def test_an_unedited_export_changes_nothing_however_much_has_changed_since(harness: GoalsHarness) -> None:
    await report(harness, A)
    plan = await export(harness)
    await retitle(harness, "B")
    await harness.do(c.UpdateObjective(objective=(await objective(harness)).id, description="Described"))
    head = (await harness.events())[-1].sequence
    found = await answer(harness, plan)
    assert found.report is not None
    assert (found.revision, found.report.conflicts, found.report.updated) == (head, 0, 0)
    assert sorted(cell for _, cell, _ in cells(found.report)) == ["description", "title"]


async def test_a_later_export_of_a_source_is_compared_with_its_own_revision(harness: GoalsHarness) -> None:
    await report(harness, A)
    first = await export(harness)
    assert (await report(harness, first.replace(",Sell,", ",X,"), source="mine")).updated == 1
    await retitle(harness, "Y")
    second = await export(harness)
    found = await report(harness, second.replace(",Y,", ",Z,"), source="mine")
    assert (found.updated, found.conflicts) == (1, 0)
    assert (await objective(harness)).title == "Z"


@pytest.mark.parametrize("format", [PlanFormat.OKR_SHEET, PlanFormat.JSON, PlanFormat.STRATML])
async def test_an_unedited_export_means_the_units_that_it_named_then(harness: GoalsHarness, format: PlanFormat) -> None:
    sheet = "Row ID,Type,Title,Entity\n" + "".join(
        f"{name},objective,{name},{name}\n" for name in ("Renamed", "Closed", "Twice")
    )
    await report(harness, sheet)
    then = await asyncio.to_thread(export_plan, await state(harness))
    plan = exchange.write(structs.replace(then, revision=(await harness.events())[-1].sequence), format)
    units = {each.name: each.id for each in (await state(harness)).units.values()}
    await harness.do(c.UpdateUnit(unit=units["Renamed"], name="Other"))
    board = await harness.do(c.CreateUnit(name="Board", function=UnitFunction.BUSINESS))
    await harness.do(c.CloseUnit(unit=units["Closed"], successor=board))
    await harness.do(c.CreateUnit(name="Twice", function=UnitFunction.BUSINESS, parent=board))
    head = (await harness.events())[-1].sequence
    found = await answer(harness, plan, file_name="export")
    assert found.report is not None
    assert (found.revision, found.report.skipped, found.report.left) == (head, [], 0)


async def test_the_organization_at_a_revision_is_as_it_was_then(harness: GoalsHarness) -> None:
    now = await state(harness)
    steps: list[Callable[[], Awaitable[object]]] = [
        lambda: report(harness, A),
        lambda: harness.do(c.RecordCheckIn(key_result=next(iter(now.key_results)), value=7)),
        lambda: retitle(harness, "B"),
        lambda: harness.do(c.RetirePurpose(reason="done")),
        lambda: harness.do(c.PublishPurpose(statement="Be more useful")),
        lambda: harness.tick(days=3),
        lambda: harness.do(c.ArchiveObjective(objective=next(iter(now.objectives)))),
    ]
    states = dict[int, Organization]()
    for step in steps:
        await step()
        now = await state(harness)
        states[(await harness.events())[-1].sequence] = now
    past, head = PastStates(harness.pool, harness.id, page=3), StreamPosition(max(states))
    for revision, expected in states.items():
        then = await past.at(revision, now, head)
        assert {each.id: each for each in then.entities()} == {each.id: each for each in expected.entities()}
    assert await past.at(max(states), now, head) is now, "what has not changed is not folded"


@pytest.mark.parametrize("revision", [0, -1, 10**17])
async def test_a_revision_that_there_is_not_is_not_known(harness: GoalsHarness, revision: int) -> None:
    await report(harness, A)
    plan = (await export(harness)).replace(f",{(await harness.events())[-1].sequence}\n", f",{revision}\n")
    await retitle(harness, "B")
    found = await report(harness, plan)
    assert (found.conflicts, (await objective(harness)).title) == (1, "B")
