"""Health is read once for all who ask in one answer, reflects what the answer shows, and is never made up."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from gateway.errors import Unavailable
from gateway.model import ALIGNMENT
from goldenthread.contracts.command import Command
from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.errors import ErrorCode, Problem
from goldenthread.contracts.events.alignment import AlignmentHealth
from goldenthread.contracts.events.goals import ObjectiveCreated, UnitCreated
from goldenthread.contracts.reading import HealthPoint
from goldenthread.contracts.replies import Accepted, ImportReport, RefusedAnswer
from tests.support.entities import link, objective, purpose, unit, why
from tests.unit.gateway.fakes import Client, accepted
from tests.unit.gateway.world import World

EVERYBODY = """{ organization { health { objectives aligned unexplained pending orphaned cascadeCoverage
        outsideInCoverage medianDepth medianAnswerHours } }
    units { nodes { id health { objectives aligned orphaned } } } }"""
HISTORY = """query($since: Date) { organization { health { history(since: $since) {
        on objectives aligned unexplained pending orphaned } } }
    units { nodes { id health { history(since: $since) { on aligned } } } } }"""
CREATE = """mutation($input: CreateObjectiveInput!) { createObjective(input: $input) {
    objective { owners { id health { objectives orphaned } } } errors { code } } }"""
IMPORT = """mutation($input: ImportPlanInput!) { importPlan(input: $input) {
    health { objectives aligned orphaned } errors { code } } }"""
INPUT = {"title": "Sell", "owners": ["unit_a"]}
PLAN = {"source": "sheet", "format": "JSON", "content": "{}"}


def threaded() -> World:
    """Purpose ← why ← objective 1; objective 2 hangs on nothing."""
    return World(
        purpose(), why("why_1"), objective("objective_1"), objective("objective_2"),
        link("link_1", "why_1", "purpose_1"), link("link_2", "objective_1", "why_1", 2),
    )  # fmt: skip


def create(world: World, _: Command) -> Accepted:
    return accepted(world, world.commit(ObjectiveCreated(objective("objective_9"))), "objective_9")


def import_(world: World, command: Command) -> Accepted:
    assert isinstance(command, ImportPlan)
    tried = command.dry_run
    events = world.commit(ObjectiveCreated(objective("objective_9")), write=not tried)
    return accepted(world, events, dry_run=tried, report=ImportReport(1, 1, 0, 0, [], []))


def point(day: int, unit: str | None, aligned: int, orphaned: int = 0) -> HealthPoint:
    health = AlignmentHealth(aligned + orphaned, aligned, 0, 0, orphaned, 1.0, 1.0, None, None)
    return HealthPoint(date(2026, 1, day), unit, health)


async def test_everybody_is_told_of_one_read() -> None:
    client = Client(threaded())
    found = await client.ask(EVERYBODY)
    assert found["organization"]["health"] == {
        "objectives": 2, "aligned": 1, "unexplained": 0, "pending": 0, "orphaned": 1,
        "cascadeCoverage": 1.0, "outsideInCoverage": 1.0, "medianDepth": 1.0, "medianAnswerHours": None,
    }  # fmt: skip
    by_unit = {each["id"]: each["health"] for each in found["units"]["nodes"]}
    assert len(by_unit) > 1
    assert by_unit["unit_a"] == {"objectives": 2, "aligned": 1, "orphaned": 1}
    assert client.sources.figures_asked == [(None, 0)]


async def test_a_unit_without_figures_stands_as_one_with_nothing_to_count() -> None:
    world = threaded()
    client = Client(world)
    await client.hub.get("org_1")
    client.hub.deliver_all(world.commit(UnitCreated(unit("unit_new"))))
    found = await client.ask("""{ node(id: "unit_new") { ... on OrgUnit { health {
        objectives cascadeCoverage medianDepth history { on } } } } }""")
    assert found["node"]["health"] == {"objectives": 0, "cascadeCoverage": 1.0, "medianDepth": None, "history": []}


async def test_a_payload_shows_health_after_what_it_wrote() -> None:
    client = Client(threaded(), create)
    found = (await client.ask(CREATE, input=INPUT))["createObjective"]
    assert found["objective"]["owners"][0]["health"] == {"objectives": 3, "orphaned": 2}
    assert client.sources.figures_asked == [(None, 1)]


async def test_days_are_read_only_when_they_are_asked_for_and_once_for_all() -> None:
    world = threaded()
    world.days = [point(5, None, 1), point(5, "unit_a", 1), point(6, None, 1, 1), point(6, "unit_a", 1, 1)]
    client = Client(world)
    found = await client.ask(HISTORY, since="2026-01-06")
    whole = {"on": "2026-01-06", "objectives": 2, "aligned": 1, "unexplained": 0, "pending": 0, "orphaned": 1}
    assert found["organization"]["health"]["history"] == [whole]
    days = {each["id"]: each["health"]["history"] for each in found["units"]["nodes"]}
    assert days["unit_a"] == [{"on": "2026-01-06", "aligned": 1}]
    assert days["unit_root"] == []
    assert client.sources.figures_asked == [(None, 0), (date(2026, 1, 6), 0)]
    every = await client.ask(HISTORY)
    assert [each["on"] for each in every["organization"]["health"]["history"]] == ["2026-01-05", "2026-01-06"]


async def test_what_alignment_cannot_say_in_time_is_an_error_that_says_what_to_do() -> None:
    world = threaded()
    client = Client(world)
    await client.hub.get("org_1")
    client.hub.deliver_all(world.commit(ObjectiveCreated(objective("objective_9"))))
    client.sources.slow = True
    late = await client.run(EVERYBODY)
    assert {each.extensions["code"] for each in late.errors} == {"UNAVAILABLE"}
    assert "do not reflect revision 1 yet: alignment is behind. Try again." in late.errors[0].message
    client.sources.down.add(ALIGNMENT)
    silent = await client.run(EVERYBODY)
    assert {each.extensions["code"] for each in silent.errors} == {"UNAVAILABLE"}
    assert "alignment does not answer. Try again." in silent.errors[0].message


async def test_one_reader_may_give_up_and_a_failure_is_not_remembered() -> None:
    world = threaded()
    client = Client(world)
    context = await client.context()
    first = asyncio.ensure_future(context.figures.standing())
    second = asyncio.ensure_future(context.figures.standing())
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).health("unit_a").aligned == 1
    assert len(client.sources.figures_asked) == 1
    client.hub.deliver_all(world.commit(ObjectiveCreated(objective("objective_9"))))
    client.sources.down.add(ALIGNMENT)
    with pytest.raises(Unavailable):
        await context.figures.standing()
    client.sources.down.clear()
    assert (await context.figures.standing()).health("unit_a").orphaned == 2
    assert (await context.figures.standing()).health(None).objectives == 3
    assert [through for _, through in client.sources.figures_asked] == [0, 1, 1]


async def test_an_import_answers_with_the_health_of_the_organisation_after_it() -> None:
    client = Client(threaded(), import_)
    found = (await client.ask(IMPORT, input=PLAN))["importPlan"]
    assert found == {"health": {"objectives": 3, "aligned": 1, "orphaned": 2}, "errors": []}


async def test_an_import_has_no_health_when_it_was_only_tried_refused_or_is_not_judged() -> None:
    client = Client(threaded(), import_)
    tried = await client.ask(IMPORT, input={**PLAN, "dryRun": True})
    assert tried["importPlan"] == {"health": None, "errors": []}
    client.sources.slow = True
    late = await client.ask(IMPORT, input=PLAN)
    assert late["importPlan"] == {"health": None, "errors": []}

    def refuse(_: World, __: Command) -> RefusedAnswer:
        return RefusedAnswer([Problem(ErrorCode.INVALID, "no")])

    refused = await Client(threaded(), refuse).ask(IMPORT, input=PLAN)
    assert refused["importPlan"] == {"health": None, "errors": [{"code": "INVALID"}]}
