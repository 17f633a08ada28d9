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
from services.goals.imports import past_states
from services.goals.imports.past_states import PastStates
from tests.integration.goals.imports.importer import (
    A,
    answer,
    cells,
    importing_office,
    objective,
    report,
    retitle,
    state,
)
from tests.integration.goals.office import Office
from tests.support.in_memory_export import export_plan


@pytest.fixture
async def office(database: Secret) -> AsyncIterator[Office]:
    async with importing_office(database) as made:
        yield made


async def export(office: Office) -> str:
    """The organization as a sheet, as it is now."""
    plan = await asyncio.to_thread(export_plan, await state(office))
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


@pytest.mark.parametrize("format", [PlanFormat.OKR_SHEET, PlanFormat.JSON, PlanFormat.STRATML])
async def test_an_unedited_export_means_the_units_that_it_named_then(office: Office, format: PlanFormat) -> None:
    sheet = "Row ID,Type,Title,Entity\n" + "".join(
        f"{name},objective,{name},{name}\n" for name in ("Renamed", "Closed", "Twice")
    )
    await report(office, sheet)
    then = await asyncio.to_thread(export_plan, await state(office))
    plan = exchange.write(structs.replace(then, revision=(await office.events())[-1].sequence), format)
    units = {each.name: each.id for each in (await state(office)).units.values()}
    await office.do(c.UpdateUnit(unit=units["Renamed"], name="Other"))
    board = await office.do(c.CreateUnit(name="Board", function=UnitFunction.BUSINESS))
    await office.do(c.CloseUnit(unit=units["Closed"], successor=board))
    await office.do(c.CreateUnit(name="Twice", function=UnitFunction.BUSINESS, parent=board))
    head = (await office.events())[-1].sequence
    found = await answer(office, plan, file_name="export")
    assert found.report is not None
    assert (found.revision, found.report.skipped, found.report.left) == (head, [], 0)


async def test_the_organization_at_a_revision_is_as_it_was_then(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past_states, "_PAGE", 3)
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
    past, head = PastStates(office.pool, office.id), StreamPosition(max(states))
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
