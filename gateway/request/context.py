"""What a resolver needs besides the object it belongs to: who asks, the organization, and the way to the upstreams."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import strawberry

from gateway.budget.caller_pace import CallerPace, CallerPaces
from gateway.budget.replay_memory import SocketReader
from gateway.live.callers import person_of
from gateway.live.organization_cache import OrganizationCache
from gateway.live.organization_view import OrganizationView
from gateway.request.alignment_figures import FiguresReader
from gateway.request.import_dry_runs import ImportDryRuns
from goldenthread.contracts.entities import Id, Person
from goldenthread.contracts.enums import Role
from goldenthread.contracts.read_api import HistoryEntry
from goldenthread.runtime.clock import Clock
from goldenthread.runtime.identity.caller import Caller


@dataclass
class RequestContext:
    """One request (or one socket): everything in it is of the caller's organization."""

    caller: Caller
    view: OrganizationView
    cache: OrganizationCache
    clock: Clock
    pace: CallerPace = field(default_factory=lambda: CallerPaces().of(None))
    reader: SocketReader = field(default_factory=SocketReader)
    """Of the subscriptions on one socket."""
    import_dry_runs: ImportDryRuns = field(default_factory=ImportDryRuns)
    """Of all requests of this process."""
    figures: FiguresReader = field(init=False)

    def __post_init__(self) -> None:
        self.figures = FiguresReader(self.cache.upstreams, self.view, self.clock)

    @property
    def now(self) -> datetime:
        """The time now."""
        return self.clock()

    @property
    def actor(self) -> Person | None:
        """The person or service account that asks; None for one that left while this request was answered."""
        return person_of(self.view, self.caller)

    @property
    def me(self) -> Person | None:
        """The person who asks; None for a service account."""
        actor = self.actor
        return None if actor is None or actor.service else actor

    async def change(self, revision: int) -> HistoryEntry | None:
        """The change that made a revision, in words."""
        return await self.cache.change(self.view.id, revision)

    def my_units(self) -> set[Id]:
        """The units the caller belongs to or leads; the root unit too for an executive."""
        return units_of(self.view, self.me.id) if self.me else set()


Info = strawberry.Info[RequestContext, None]


def units_of(view: OrganizationView, person: Id) -> set[Id]:
    """The units a person belongs to or leads; the root unit too for an executive."""
    who = view.org.people.get(person)
    grants = who.roles if who is not None else []
    found = {grant.unit for grant in grants if grant.unit is not None}
    found |= view.org.led_by.get(person, {}).keys()
    if view.org.info is not None and any(grant.role is Role.EXECUTIVE for grant in grants):
        found.add(view.org.info.root)
    return {id for id in found if id in view.org.units and not view.org.units[id].closed}
