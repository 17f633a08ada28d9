"""A gateway that joined late, at any moment of any history, equals one that was there from the start."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, structs

from gateway.live.organization_cache import OrganizationCache
from gateway.live.organization_view import OrganizationView
from gateway.upstream.streams import SOURCES
from gateway.views.progress import GoalProgress
from goldenthread.contracts.entities import KeyResult, Objective, Person, Why
from goldenthread.contracts.enums import LinkState, ObjectiveState, PurposeState, Side, WhyState
from goldenthread.contracts.events import goals
from goldenthread.contracts.events.alerts import Alert, AlertChanged, AlertKind, AlertRaised, AlertResolved, AlertState
from tests.support.entities import T0, key_result, link, objective, purpose, unit, why
from tests.unit.gateway.fakes import FakeUpstreams
from tests.unit.gateway.world import ORG, World


class History:
    """A world in which anything happens that the contract can say, whether goals would allow it or not."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.world = World(purpose(), why("why_0"), link("link_0", "why_0", "purpose_1"))
        self.count = 0

    def go_on(self) -> None:
        """One transaction of one producer."""
        match self.random.randrange(4):
            case 0:
                if self.world.written:
                    self.world.judge()
            case 1:
                self.world.alert(self._alert())
            case _:
                self.world.commit(*[self._change() for _ in range(self.random.randint(1, 4))])

    def _new(self, kind: str) -> str:
        self.count += 1
        return f"{kind}_{self.count}"

    def _nodes(self) -> list[str]:
        org = self.world.org
        return ["purpose_1", *org.whys, *org.objectives, *org.key_results]

    def _change(self) -> Struct:
        pick, some = self.random.choice, self._nodes()
        makers: list[Any] = [
            lambda: goals.ObjectiveCreated(objective(self._new("objective"), owner=pick(("unit_a", "unit_b")))),
            lambda: goals.WhyPublished(why(self._new("why"))),
            lambda: goals.KeyResultAdded(self._measure()),
            lambda: goals.LinkAccepted(link(self._new("link"), pick(some), pick(some), self.count)),
            lambda: goals.LinkProposed(link(self._new("link"), pick(some), pick(some), state=LinkState.PROPOSED)),
            lambda: goals.UnitCreated(unit(self._new("unit"), "unit_a")),
            lambda: goals.PersonJoined(Person(self._new("person"), [])),
            lambda: goals.PurposePublished(purpose(self.count + 1)),
            lambda: goals.PurposeRetired(structs.replace(purpose(), state=PurposeState.RETIRED), "done"),
            self._of_old,
        ]
        return pick(makers)()  # type: ignore[no-any-return]

    def _measure(self) -> KeyResult:
        made = key_result(self._new("keyresult"), self.random.choice(self._nodes()))
        return structs.replace(made, target_value=7.0, start_value=0.0, current_value=self.random.random() * 7)

    def _of_old(self) -> Struct:
        """A change of something there is."""
        org, pick = self.world.org, self.random.choice
        old: Any = pick([*org.whys.values(), *org.objectives.values(), *org.links.values()])
        if isinstance(old, Why):
            return goals.WhyRetired(structs.replace(old, state=WhyState.RETIRED), "done")
        if isinstance(old, Objective):
            return goals.ObjectiveArchived(structs.replace(old, state=ObjectiveState.ARCHIVED), "done")
        return goals.LinkWithdrawn(structs.replace(old, state=LinkState.WITHDRAWN), Side.CHILD)

    def _alert(self) -> Struct:
        known = list(self.world.alerts.values())
        if known and self.random.random() < 0.6:
            old = self.random.choice(known)
            if self.random.random() < 0.5:
                return AlertChanged(structs.replace(old, message=self._new("message")))
            return AlertResolved(structs.replace(old, state=AlertState.RESOLVED, resolved_at=T0))
        made = Alert(self._new("alert"), AlertKind.GOAL_ORPHANED, AlertState.OPEN, "why_0", "unit_a", [], "m", "n", T0)
        return AlertRaised(made)


def shown(view: OrganizationView) -> dict[str, Any]:
    progress = view.derived(GoalProgress)
    return {
        "entities": {each.id: each for each in view.org.entities()},
        "parents": {node: view.org.parents(node, *LinkState) for node in view.judgements},
        "children": {node: view.org.children(node, *LinkState) for node in view.judgements},
        "progress": {node: (progress.own(node), progress.contributed(node)) for node in view.judgements},
        "verdicts": {id: (each.verdict, each.since) for id, each in view.judgements.items()},
        "alerts": view.alerts,
        "positions": {source: view.position(source) for source in SOURCES},
        "shown": {source: view.shown(source) for source in SOURCES},
    }


async def live(seed: int, before: int, steps: int) -> tuple[OrganizationView, OrganizationView, OrganizationView]:
    """The views of a gateway from the start, of one that joined in the middle, and of one that joins at the end."""
    history = History(seed)
    upstreams = FakeUpstreams(history.world)
    early, middle, late = OrganizationCache(upstreams), OrganizationCache(upstreams), OrganizationCache(upstreams)
    await early.get(ORG)
    told = dict.fromkeys(SOURCES, 0)
    for step in range(steps):
        history.go_on()
        joining = asyncio.create_task(middle.get(ORG)) if step == before else None
        for source in history.random.sample(SOURCES, 3):
            news = history.world.written[source][told[source] :]
            taken = news[: history.random.randint(0, len(news))]
            told[source] += len(taken)
            for cache in (early, middle):
                cache.deliver_all(taken)
            if joining is not None:
                await asyncio.sleep(0)
        if joining is not None:
            await joining
    history.world.judge() if history.world.written else None
    for cache in (early, middle):
        for source in SOURCES:
            cache.deliver_all(history.world.written[source][told[source] :])
        await cache.settled()
    return await early.get(ORG), await middle.get(ORG), await late.get(ORG)


@given(seed=st.integers(0, 2**32), steps=st.integers(1, 25), before=st.integers(0, 24))
@settings(deadline=None, max_examples=150)
def test_whenever_a_gateway_joins_it_shows_what_the_others_show(seed: int, steps: int, before: int) -> None:
    early, middle, late = asyncio.run(live(seed, before, steps))
    assert shown(early) == shown(late)
    assert shown(middle) == shown(late)
