"""What a resolver needs besides the object it belongs to: who asks, the organisation, and the way to the producers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import strawberry

from gateway.budget.pace import Pace, Paces
from gateway.budget.replay_memory import Reader
from gateway.live.callers import known
from gateway.live.organization_cache import Hub
from gateway.live.organization_view import Model
from gateway.request.alignment_figures import Figures
from gateway.request.import_dry_runs import TriedImports
from goldenthread.contracts.entities import Id, Person
from goldenthread.contracts.enums import Role
from goldenthread.contracts.reading import HistoryEntry
from goldenthread.runtime.clock import Clock
from goldenthread.runtime.web.jwt import Caller


@dataclass
class Context:
    """One request (or one socket): everything in it is of the caller's organisation."""

    caller: Caller
    model: Model
    hub: Hub
    clock: Clock
    traceparent: str | None = None
    pace: Pace = field(default_factory=lambda: Paces().of(None))
    reader: Reader = field(default_factory=Reader)
    """Of the subscriptions on one socket."""
    import_dry_runs: TriedImports = field(default_factory=TriedImports)
    """Of all requests of this process."""
    figures: Figures = field(init=False)

    def __post_init__(self) -> None:
        self.figures = Figures(self.hub.sources, self.model, self.clock)

    @property
    def now(self) -> datetime:
        """The time now."""
        return self.clock()

    @property
    def actor(self) -> Person | None:
        """The person or service account that asks; None for one that left while this request was answered."""
        return known(self.model, self.caller)

    @property
    def me(self) -> Person | None:
        """The person who asks; None for a service account."""
        actor = self.actor
        return None if actor is None or actor.service else actor

    async def change(self, revision: int) -> HistoryEntry | None:
        """The change that made a revision, in words."""
        return await self.hub.change(self.model.id, revision)

    def my_units(self) -> set[Id]:
        """The units the caller belongs to or leads; the root unit too for an executive."""
        return units_of(self.model, self.me.id) if self.me else set()


Info = strawberry.Info[Context, None]


def units_of(model: Model, person: Id) -> set[Id]:
    """The units a person belongs to or leads; the root unit too for an executive."""
    who = model.org.people.get(person)
    grants = who.roles if who is not None else []
    found = {grant.unit for grant in grants if grant.unit is not None}
    found |= model.org.led_by.get(person, {}).keys()
    if model.org.info is not None and any(grant.role is Role.EXECUTIVE for grant in grants):
        found.add(model.org.info.root)
    return {id for id in found if id in model.org.units and not model.org.units[id].closed}
