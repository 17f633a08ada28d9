"""Small organizations."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec import structs

from gateway.live.organization_cache import OrganizationCache
from gateway.upstream.streams import SOURCES
from goldenthread.contracts.entities import CheckIn, Cycle, Person
from goldenthread.contracts.enums import ObjectiveState
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.goals import (
    PersonJoined,
)
from tests.support.entities import T0, key_result, link, objective, purpose, why
from tests.unit.gateway.world import ORG, World


def small_world() -> World:
    """Purpose ← why ← objective 1 ← key result; objective 2 is an orphan, objective 3 a draft."""
    return World(
        purpose(),
        why("why_1"),
        structs.replace(objective("objective_1"), cycle="cycle_1", accountable="person_a"),
        structs.replace(objective("objective_2", owner="unit_b"), description="Findable by its description"),
        objective("objective_3", ObjectiveState.DRAFT),
        structs.replace(key_result("keyresult_1", "objective_1"), target_value=4.0, current_value=1.0),
        Cycle("cycle_1", "2026 Q1", date(2026, 1, 1), date(2026, 3, 31)),
        link("link_1", "why_1", "purpose_1"),
        link("link_2", "objective_1", "why_1", 2),
        link("link_3", "keyresult_1", "objective_1", 3, measure=True),
        CheckIn("checkin_1", "keyresult_1", 0.5, T0, "person_a"),
        CheckIn("checkin_2", "keyresult_1", 1.0, T0 + timedelta(days=1), "person_a"),
    )


def small() -> World:
    return World(purpose(), why("why_1"), link("link_1", "why_1", "purpose_1"))


def joined(world: World, name: str = "person_new") -> list[Event]:
    return world.commit(PersonJoined(Person(name, [])))


def there(cache: OrganizationCache, world: World) -> bool:
    view = cache.organizations[ORG]
    return all(view.position(source) == world.position(source) for source in SOURCES)
