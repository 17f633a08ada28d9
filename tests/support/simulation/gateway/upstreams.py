"""The services as one process of the gateway reaches them: slow, failing, away, and silent once the process is dead."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from gateway.upstream.ports import OrganizationSnapshot, StreamPage, UnknownOrganization, Unreachable
from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS
from goldenthread.contracts.entities import Id
from goldenthread.contracts.read_api import (
    AlertsSnapshot,
    AlignmentSnapshot,
    Head,
    Heads,
    HeadsQuery,
    LoginAnswer,
    PeopleSnapshot,
    StreamPosition,
)
from goldenthread.organization.organization import Organization
from goldenthread.runtime.streams.position import GONE
from tests.support.simulation.faults import Faults
from tests.support.simulation.gateway.services import Services
from tests.support.simulation.streams import WHEN
from tests.support.snapshots import goals_snapshot

PAGE = 6
"""Events that a service gives at once, and those of the last commit."""


class SimulatedUpstreams:
    """What the cache asks of `gateway.upstream.ports.Upstreams`; whatever else is asked is an AttributeError."""

    def __init__(self, services: Services, faults: Faults) -> None:
        self._services, self._faults = services, faults
        self.dead = False

    async def load(self, organization: Id, *, judged: bool = False) -> OrganizationSnapshot:
        alignment, alerts = await asyncio.gather(self._verdicts(organization, judged), self._alerts(organization))
        await self._call_goals(organization)
        goals = goals_snapshot(
            Organization.of(self._services.goals.picture(organization).values()), self._at(GOALS, organization)
        )
        await self._faults.wait()
        return OrganizationSnapshot(goals, alignment, alerts, await self.people(organization))

    async def people(self, organization: Id) -> PeopleSnapshot:
        await self._call_goals(organization)
        names = self._services.goals.names[organization]
        answer = PeopleSnapshot(self._at(GOALS, organization), list(names.values()))
        await self._faults.wait()
        return answer

    async def name(self, organization: Id, person: Id) -> LoginAnswer:
        await self._call(GOALS)
        names = self._services.goals.names[organization]
        answer = LoginAnswer(names.get(person), self._at(GOALS, organization).sequence)
        await self._faults.wait()
        return answer

    async def events(
        self,
        source: str,
        organization: Id,
        after: int,
        *,
        limit: int = 5000,
        through: StreamPosition | None = None,
        wait: float = 0.0,
    ) -> StreamPage:
        await self._call(source)
        service = self._services.of[source]
        page = service.streams[organization].page(after, min(limit, PAGE))
        given = [] if organization in service.deleted else list(page.events)
        answer = StreamPage(given, self._head(source, organization))
        await self._faults.wait()
        return answer

    async def heads(self, source: str, query: HeadsQuery) -> Heads:
        """Pages of one head: those that changed, in their order."""
        await self._call(source)
        service = self._services.of[source]
        asked = -1 if query.changed_since is None else (query.changed_since - WHEN).total_seconds()
        changed = sorted((at, each) for each, at in service.touched.items() if at > asked)[: query.limit and 1]
        found = {each: self._head(source, each) for each in (*(each for _, each in changed), *query.organizations)}
        answer = Heads(WHEN + timedelta(seconds=service.clock), found)
        if changed:
            last = WHEN + timedelta(seconds=changed[-1][0])
            answer = Heads(last, found, next_change=last)
        await self._faults.wait()
        return answer

    async def _verdicts(self, organization: Id, needed: bool) -> AlignmentSnapshot | None:
        try:
            await self._call(ALIGNMENT)
        except Unreachable:
            if needed:
                raise
            return None
        alignment = self._services.alignment
        judged = alignment.folded[organization]
        labels = list(alignment.picture(organization).values())
        answer = AlignmentSnapshot(self._at(ALIGNMENT, organization), judged.sequence, labels, judged.id)
        await self._faults.wait()
        return answer

    async def _alerts(self, organization: Id) -> AlertsSnapshot | None:
        try:
            await self._call(ALERTS)
        except Unreachable:
            return None
        alerts = list(self._services.notifications.picture(organization).values())
        answer = AlertsSnapshot(self._at(ALERTS, organization), 0, alerts)
        await self._faults.wait()
        return answer

    def _at(self, source: str, organization: Id) -> StreamPosition:
        return StreamPosition(*self._services.of[source].streams[organization].head)

    def _head(self, source: str, organization: Id) -> Head:
        if organization in self._services.of[source].deleted:
            return Head(*GONE, deleted=True)
        at, judged = self._at(source, organization), self._services.alignment.folded[organization]
        return Head(at.sequence, at.id, *((judged.sequence, judged.id) if source == ALIGNMENT else (None, None)))

    async def _call_goals(self, organization: Id) -> None:
        """Reach goals, which says of a deleted organization that there is none."""
        await self._call(GOALS)
        if organization in self._services.goals.deleted:
            raise UnknownOrganization(organization)

    async def _call(self, source: str) -> None:
        """Reach a service, after a while or not at all."""
        await self._faults.wait()
        if self.dead:
            await asyncio.get_running_loop().create_future()
        if source in self._services.away or self._faults.happens(self._faults.error):
            raise Unreachable(f"{source} does not answer")
