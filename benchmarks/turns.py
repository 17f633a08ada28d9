"""How long `myTurn` of a unit takes in an organization of 100,000 goals: at rest, after a change, and through GraphQL.

The organization: 1,111 units in four levels, each with a lead; a why of the root for everybody, and one of each unit
of the second level for all below it; 100,000 objectives, one in ten of them unlinked, one in ten linked without a
current why, one in twenty waiting for a decision; every other unit has answered; 1,000 open questions, 1,000 customers.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from statistics import quantiles
from time import perf_counter
from typing import Any, cast

from msgspec import structs

from gateway.live.organization_cache import OrganizationCache
from gateway.live.organization_view import OrganizationView
from gateway.request.context import RequestContext
from gateway.schema.build import make
from gateway.upstream.ports import OrganizationSnapshot, Upstreams
from gateway.views.turn_index import TurnIndex
from goldenthread.contracts import entities as e
from goldenthread.contracts import enums as n
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict
from goldenthread.contracts.events.goals import ObjectiveChanged, WhyAnswered
from goldenthread.contracts.read_api import (
    AlignmentSnapshot,
    NodeVerdict,
    PeopleSnapshot,
    PersonName,
    StreamPosition,
)
from goldenthread.contracts.secret import Secret
from goldenthread.organization.organization import Organization
from goldenthread.runtime.identity.caller import Caller
from tests.support.snapshots import goals_snapshot

GOALS, LISTENERS, ASKED = 100_000, 1_000, 500
NOW = datetime(2026, 6, 1, tzinfo=UTC)
TURN = "query($unit: ID) { myTurn(unit: $unit, first: 20) { totalCount nodes { kind subject { id } dueAt nextStep } } }"


def measure(goals: int = GOALS) -> dict[str, float]:
    """Milliseconds, median and 99th percentile over units asked at random."""
    chance = random.Random(7)
    view = OrganizationView("org_1", _loaded(chance, goals))
    units = chance.choices([id for id in view.org.units if id != "unit_0"], k=ASKED)
    started = perf_counter()
    view.index(TurnIndex).of([units[0]])
    found = {"goals": float(goals), "first question after loading, ms": (perf_counter() - started) * 1000}
    found |= _timed("of a unit", [partial(view.index(TurnIndex).of, [unit]) for unit in units])
    found |= _timed("of a unit after a change", [_after_a_change(view, unit) for unit in units])
    found |= _timed("of a unit after a why is answered", [_after_an_answer(view, unit) for unit in units])
    found |= _timed("of the root", [partial(view.index(TurnIndex).of, ["unit_0"])] * 20)
    found["turns of the root"] = float(len(view.index(TurnIndex).of(["unit_0"])))
    return found | asyncio.run(_through_graphql(view, units))


def _timed(what: str, calls: list[Callable[[], Any]]) -> dict[str, float]:
    spent = []
    for call in calls:
        started = perf_counter()
        call()
        spent.append((perf_counter() - started) * 1000)
    return _summed(what, spent)


def _summed(what: str, spent: list[float]) -> dict[str, float]:
    parts = quantiles(spent, n=100)
    return {f"{what}, p50 ms": parts[49], f"{what}, p99 ms": parts[98]}


def _after_a_change(view: OrganizationView, unit: e.Id) -> Callable[[], Any]:
    """An objective is renamed, folded in, and the unit asked for."""
    before = next(iter(view.org.objectives.values()))

    def call() -> Any:
        payload = ObjectiveChanged(structs.replace(before, title=f"for {unit}"), before)
        view.org.apply(payload)
        view.index(TurnIndex).touched(payload)
        return view.index(TurnIndex).of([unit])

    return call


def _after_an_answer(view: OrganizationView, unit: e.Id) -> Callable[[], Any]:
    """The unit answers the why of the root, and is asked for."""

    def call() -> Any:
        payload = WhyAnswered(_answer("why_0", unit))
        view.org.apply(payload)
        view.index(TurnIndex).touched(payload)
        return view.index(TurnIndex).of([unit])

    return call


async def _through_graphql(view: OrganizationView, units: list[e.Id]) -> dict[str, float]:
    """The whole query, executed: what an HTTP request adds to it is not measured here."""
    caller = Caller("rita", "org_1", False, Secret(""))
    context = RequestContext(caller, view, OrganizationCache(cast(Upstreams, None)), lambda: NOW)
    await make().execute(TURN, {"unit": units[0]}, context)
    spent = []
    for unit in units:
        started = perf_counter()
        result = await make().execute(TURN, {"unit": unit}, context)
        assert result.errors is None, result.errors
        spent.append((perf_counter() - started) * 1000)
    return _summed("query of a unit, 20 turns shown", spent)


# -- the organization --------------------------------------------------------------------------------------------------


def _loaded(chance: random.Random, count: int) -> OrganizationSnapshot:
    org = Organization()
    for entity in _around():
        org.put(entity)
    units = [id for id in org.units if id != "unit_0"]
    verdicts = [NodeVerdict("why_0", Verdict(AlignmentState.ALIGNED, 1), NOW)]
    for number in range(count):
        for entity in _goal(number, chance.choice(units), chance):
            org.put(entity)
        verdicts.append(_verdict(f"objective_{number}", number))
    for entity in _listening(units, chance, count):
        org.put(entity)
    goals, alignment = goals_snapshot(org, StreamPosition()), AlignmentSnapshot(StreamPosition(), 0, verdicts)
    return OrganizationSnapshot(
        goals, alignment, None, PeopleSnapshot(StreamPosition(), [PersonName("person_0", "Rita Root", "rita")])
    )


def _around() -> Iterator[e.Entity]:
    yield e.OrganizationInfo("org_1", "Example", "unit_0", e.Policy(), NOW)
    yield e.OrgUnit("unit_0", "Root", n.UnitFunction.EXECUTIVE, None, "person_0")
    yield e.Person("person_0", [e.RoleGrant(n.Role.LEAD, "unit_0")])
    for number in range(1, 1111):
        parent, function = f"unit_{(number - 1) // 10}", n.UnitFunction.BUSINESS
        yield e.OrgUnit(f"unit_{number}", f"Unit {number}", function, parent, f"person_{number}")
    yield e.Purpose("purpose_1", "Be useful", 1, n.PurposeState.PUBLISHED, None, NOW)
    for number in range(11):
        unit, id = f"unit_{number}", f"why_{number}"
        yield e.Why(id, id, id, "because", 2, n.WhyState.PUBLISHED, None, unit, [unit], NOW, told={unit: NOW})


def _goal(number: int, unit: e.Id, chance: random.Random) -> Iterator[e.Entity]:
    id, state = f"objective_{number}", n.ObjectiveState.ACTIVE
    yield e.Objective(id, f"Goal {number}", None, state, 1, [unit], None, None, NOW, NOW)
    if number % 10 == 0:
        return
    parent = f"why_{chance.randrange(11)}" if number < 1000 else f"objective_{chance.randrange(1, number)}"
    waits = number % 20 == 1
    because_version = None if number % 10 == 2 else 2 if parent.startswith("why") else 1
    yield e.Link(
        f"link_{number}", id, parent, n.LinkKind.CONTRIBUTES,
        n.LinkState.PROPOSED if waits else n.LinkState.ACCEPTED, 1, [], NOW,
        because="it helps" if because_version else None, because_version=because_version,
        accepted_order=number, turn=n.Side.PARENT if waits else None, due_at=NOW if waits else None,
    )  # fmt: skip


def _verdict(id: e.Id, number: int) -> NodeVerdict:
    if number % 10 == 0:
        return NodeVerdict(id, Verdict(AlignmentState.ORPHANED, cause=OrphanCause.NOT_LINKED, broken_at=id), NOW)
    return NodeVerdict(id, Verdict(AlignmentState.ALIGNED, 3), NOW)


def _listening(units: list[e.Id], chance: random.Random, goals: int) -> Iterator[e.Entity]:
    for unit in units[::2]:
        yield _answer("why_0", unit)
    for number in range(LISTENERS):
        about, asks, asked = f"objective_{chance.randrange(goals)}", chance.choice(units), chance.choice(units)
        yield e.Question(
            f"question_{number}", about, "By when?", None, asks, asked, n.QuestionState.OPEN, NOW, asked, NOW
        )
        yield e.CustomerFeedback(f"feedback_{number}", "A customer", "Too loud.", NOW, None, NOW, about=[about])


def _answer(why: e.Id, unit: e.Id) -> e.WhyAnswer:
    id = f"answer_{why}-{unit}"
    return e.WhyAnswer(id, why, unit, 2, n.AnswerStance.TAKES_PART, "we will", None, NOW, NOW)
