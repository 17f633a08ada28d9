"""Health is read once for all who ask in one answer, reflects what the answer shows, and is never made up."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from gateway.errors import Unavailable
from gateway.upstream.streams import ALIGNMENT
from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.commands.base import Command
from goldenthread.contracts.errors import ErrorCode, Problem
from goldenthread.contracts.events.alignment import AlignmentHealth, SiloEvidence, SiloKind, UnitSiloed
from goldenthread.contracts.events.goals import ObjectiveCreated, UnitCreated
from goldenthread.contracts.read_api import HealthPoint, Reciprocity
from goldenthread.contracts.replies import Accepted, ImportReport, RefusedAnswer
from tests.support.entities import T0, link, objective, purpose, unit, why
from tests.unit.gateway.fakes import NOW, Client, accepted
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
    assert client.upstreams.figures_asked == [(None, 0)]


async def test_a_unit_without_figures_stands_as_one_with_nothing_to_count() -> None:
    world = threaded()
    client = Client(world)
    await client.cache.get("org_1")
    client.cache.deliver_all(world.commit(UnitCreated(unit("unit_new"))))
    found = await client.ask("""{ node(id: "unit_new") { ... on OrgUnit { health {
        objectives cascadeCoverage medianDepth history { on } } } } }""")
    assert found["node"]["health"] == {"objectives": 0, "cascadeCoverage": 1.0, "medianDepth": None, "history": []}


async def test_a_payload_shows_health_after_what_it_wrote() -> None:
    client = Client(threaded(), create)
    found = (await client.ask(CREATE, input=INPUT))["createObjective"]
    assert found["objective"]["owners"][0]["health"] == {"objectives": 3, "orphaned": 2}
    assert client.upstreams.figures_asked == [(None, 1)]


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
    assert client.upstreams.figures_asked == [(None, 0), (date(2026, 1, 6), 0)]
    every = await client.ask(HISTORY)
    assert [each["on"] for each in every["organization"]["health"]["history"]] == ["2026-01-05", "2026-01-06"]


async def test_days_that_are_not_over_are_not_shown() -> None:
    """A clock that was ahead has closed them."""
    world = threaded()
    world.days = [HealthPoint(NOW.date() + timedelta(days=n), None, point(5, None, 1).health) for n in (-1, 0, 1, 99)]
    found = await Client(world).ask("{ organization { health { history { on } } } }")
    assert found["organization"]["health"]["history"] == [{"on": (NOW.date() - timedelta(days=1)).isoformat()}]


async def test_the_days_of_one_are_read_without_those_of_everybody() -> None:
    world = threaded()
    world.days = [point(5, None, 1), point(5, "unit_a", 1), point(6, "unit_a", 1, 1)]
    client = Client(world)
    whole = await client.ask("{ organization { health { history { on } } } }")
    assert whole["organization"]["health"]["history"] == [{"on": "2026-01-05"}]
    of_one = await client.ask("""{ node(id: "unit_a") { ... on OrgUnit { health { history { on } } } } }""")
    assert [each["on"] for each in of_one["node"]["health"]["history"]] == ["2026-01-05", "2026-01-06"]
    assert client.upstreams.figures_only == [None, "", None, "unit_a"]


async def test_what_alignment_cannot_say_in_time_is_an_error_that_says_what_to_do() -> None:
    world = threaded()
    client = Client(world)
    await client.cache.get("org_1")
    client.cache.deliver_all(world.commit(ObjectiveCreated(objective("objective_9"))))
    client.upstreams.slow = True
    late = await client.run(EVERYBODY)
    assert {each.extensions["code"] for each in late.errors} == {"UNAVAILABLE"}
    assert "do not reflect revision 1 yet: alignment is behind. Try again." in late.errors[0].message
    client.upstreams.down.add(ALIGNMENT)
    silent = await client.run(EVERYBODY)
    assert {each.extensions["code"] for each in silent.errors} == {"UNAVAILABLE"}
    assert "alignment does not answer. Try again." in silent.errors[0].message


async def test_one_reader_may_give_up_and_a_failure_is_not_remembered() -> None:
    world = threaded()
    client = Client(world)
    context = await client.context()
    first = asyncio.ensure_future(context.figures.current())
    second = asyncio.ensure_future(context.figures.current())
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).health("unit_a").aligned == 1
    assert len(client.upstreams.figures_asked) == 1
    client.cache.deliver_all(world.commit(ObjectiveCreated(objective("objective_9"))))
    client.upstreams.down.add(ALIGNMENT)
    with pytest.raises(Unavailable):
        await context.figures.current()
    client.upstreams.down.clear()
    assert (await context.figures.current()).health("unit_a").orphaned == 2
    assert (await context.figures.current()).health(None).objectives == 3
    assert [through for _, through in client.upstreams.figures_asked] == [0, 1, 1]


async def test_an_import_answers_with_the_health_of_the_organization_after_it() -> None:
    client = Client(threaded(), import_)
    found = (await client.ask(IMPORT, input=PLAN))["importPlan"]
    assert found == {"health": {"objectives": 3, "aligned": 1, "orphaned": 2}, "errors": []}


async def test_an_import_has_no_health_when_it_was_only_tried_refused_or_is_not_judged() -> None:
    client = Client(threaded(), import_)
    tried = await client.ask(IMPORT, input={**PLAN, "dryRun": True})
    assert tried["importPlan"] == {"health": None, "errors": []}
    client.upstreams.slow = True
    late = await client.ask(IMPORT, input=PLAN)
    assert late["importPlan"] == {"health": None, "errors": []}

    def refuse(_: World, __: Command) -> RefusedAnswer:
        return RefusedAnswer([Problem(ErrorCode.INVALID, "no")])

    refused = await Client(threaded(), refuse).ask(IMPORT, input=PLAN)
    assert refused["importPlan"] == {"health": None, "errors": [{"code": "INVALID"}]}


async def test_silos_say_what_shows_them_and_a_unit_says_whether_it_is_one() -> None:
    world = threaded()
    evidence = [SiloEvidence(SiloKind.UNANSWERED, T0, "why_1"), SiloEvidence(SiloKind.ISOLATED, T0)]
    world.silos = [UnitSiloed("unit_a", T0, evidence)]
    client = Client(world)
    shown = "unit { id } evidence { kind detail about { id } }"
    found = await client.ask(f"{{ silos {{ {shown} }} units {{ nodes {{ id silo {{ {shown} }} }} }} }}")
    of_a = {
        "unit": {"id": "unit_a"},
        "evidence": [
            {
                "kind": "UNANSWERED",
                "detail": "It owes an answer to a why, since 2026-01-05.",
                "about": {"id": "why_1"},
            },
            {
                "kind": "ISOLATED",
                "detail": ("No link connects it with a unit that is neither above nor below it, since 2026-01-05."),
                "about": None,
            },
        ],
    }
    assert found["silos"] == [of_a]
    assert {each["id"]: each["silo"] for each in found["units"]["nodes"]} == {
        "unit_a": of_a,
        "unit_b": None,
        "unit_root": None,
    }
    assert client.upstreams.figures_asked == [(None, 0)]


async def test_reciprocity_is_read_once_for_all_pairs_and_narrowed_to_one() -> None:
    world = threaded()
    world.pairs = [pair("unit_a", "unit_b", 3), pair("unit_a", "unit_root", 1), pair("unit_b", "unit_a", 2)]
    client = Client(world)
    found = await client.ask("""{ units { nodes { id reciprocity { unit { id } other { id } whysTold balance }
        one: reciprocity(with: "unit_b") { whysTold } } } }""")
    by_unit = {each["id"]: each for each in found["units"]["nodes"]}
    assert by_unit["unit_a"]["reciprocity"] == [
        {"unit": {"id": "unit_a"}, "other": {"id": "unit_b"}, "whysTold": 3, "balance": 0.5},
        {"unit": {"id": "unit_a"}, "other": {"id": "unit_root"}, "whysTold": 1, "balance": 0.5},
    ]
    assert by_unit["unit_a"]["one"] == [{"whysTold": 3}]
    assert by_unit["unit_root"]["reciprocity"] == []
    assert client.upstreams.pairs_asked == [(None, 0)]
    client.upstreams.down.add(ALIGNMENT)
    answer = await client.run('{ units { nodes { reciprocity(since: "2026-01-01") { whysTold } } } }')
    assert answer.errors[0].extensions["code"] == "UNAVAILABLE"


def pair(unit: str, other: str, told: int) -> Reciprocity:
    counts: dict[str, Any] = dict.fromkeys(Reciprocity.__struct_fields__[3:], 0) | {
        "median_answer_hours": None,
        "balance": 0.5,
    }
    return Reciprocity(unit=unit, other=other, whys_told=told, **counts)


async def test_a_socket_that_asks_for_ever_other_days_keeps_a_few_answers_only() -> None:
    client = Client(threaded())
    figures = (await client.context()).figures
    for day in range(1, 29):
        await asyncio.gather(*(figures.days(unit, date(2025, 1, day)) for unit in (None, "unit_a")))
    assert len(figures._asked) <= 16
    assert len(figures._whose) <= 16
    assert await figures.days(None, date(2025, 1, 28)) == []
