"""The law for notifications: folding every event of goals and alignment gives the stored alerts, and so does folding
notifications' own stream. What people said is in that stream only, once for each alert.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

import httpx
import msgspec
from msgspec import structs

from goldenthread.contracts import snapshots
from goldenthread.contracts.envelope import Event, events_from_json
from goldenthread.contracts.events import goals
from goldenthread.contracts.events.alerts import Alert, AlertAcknowledged, AlertRaised, AlertState
from goldenthread.contracts.read_api import AlertsSnapshot, EventsPage, Head
from goldenthread.runtime.streams.position import Commit
from services.notifications.handlers import AlertsFold
from tests.support.asgi_server import eventually


async def assert_alerts_are_the_fold(
    http: httpx.AsyncClient, urls: Mapping[str, str], token: str, organization: str
) -> None:
    """Wait until everything is folded, then check. `urls` has goals, alignment and notifications; `token` reads all."""
    reader = _Reader(http, urls, token, organization)
    await eventually(reader.settled)
    assert reader.stored == follow(reader.own)


def fold(goals_events: list[Event], alignment_events: list[Event]) -> dict[str, Alert]:
    """The alerts a fresh fold comes to: each goals commit, then what alignment made of it."""
    commits = [*_commits(goals_events), *_commits(alignment_events)]
    folded, found = AlertsFold(), dict[str, Alert]()
    state = folded.new(goals_events[0].organization)
    for commit in sorted(commits, key=lambda each: (each.basis, each.source != goals.SOURCE)):
        folded.apply(state, commit)
        found.update(state.changed)
    return found


def follow(events: list[Event]) -> dict[str, Alert]:
    """What a reader of the alerts stream holds; asserts that it is unbroken, and that nothing is said twice."""
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert [event.previous for event in events] == [None, *(event.id for event in events[:-1])][: len(events)]
    assert all(events[event.commit - 1].closes_commit for event in events)
    assert len({event.id for event in events}) == len(events)
    found: dict[str, Alert] = {}
    for event in events:
        before, alert = found.get(event.subject), event.data.alert
        assert (before is None) == isinstance(event.data, AlertRaised)
        assert before is None or before.state is not AlertState.RESOLVED
        if before is not None and not isinstance(event.data, AlertAcknowledged):
            assert alert.acknowledged_at == before.acknowledged_at
        found[event.subject] = alert
    said = [event.subject for event in events if isinstance(event.data, AlertAcknowledged)]
    assert len(said) == len(set(said))
    return found


def _unsaid(alert: Alert) -> Alert:
    state = AlertState.OPEN if alert.state is AlertState.ACKNOWLEDGED else alert.state
    return structs.replace(alert, state=state, acknowledged_by=None, acknowledged_at=None, note=None)


def _commits(events: list[Event]) -> list[Commit]:
    return [Commit(events[0].source, tuple(some)) for _, some in groupby(events, key=lambda event: event.commit)]


class _Reader:
    def __init__(self, http: httpx.AsyncClient, urls: Mapping[str, str], token: str, organization: str) -> None:
        self._http, self._urls, self._organization = http, urls, organization
        self._headers = {"Authorization": f"Bearer {token}"}
        self.own: list[Event] = []
        self.stored: dict[str, Alert] = {}

    async def settled(self) -> bool:
        """Alignment and notifications reflect everything that goals has written, and the alerts are the fold of that.

        All of one look: the clock may add an event at any moment.
        """
        before = await self._heads()
        first, second, self.own = [await self.events(name) for name in ("goals", "alignment", "notifications")]
        self.stored = {alert.id: alert for alert in (await self.alerts()).alerts}
        if before["alignment"].judged != len(first) or before["notifications"].judged != len(first):
            return False
        unsaid = {id: _unsaid(alert) for id, alert in self.stored.items()}
        return unsaid == fold(first, second) and before == await self._heads()

    async def _heads(self) -> dict[str, Head]:
        return {name: (await self.page(name, 2**62)).head for name in ("goals", "alignment", "notifications")}

    async def alerts(self) -> AlertsSnapshot:
        return snapshots.alerts().of((await self._get("notifications", "/v1/snapshot")).content)

    async def page(self, name: str, after: int) -> EventsPage:
        answer = await self._get(name, "/v1/events", after=after, limit=5_000)
        return msgspec.json.decode(answer.content, type=EventsPage)

    async def events(self, name: str) -> list[Event]:
        found: list[Event] = []
        while more := events_from_json((await self.page(name, found[-1].sequence if found else 0)).events):
            found += more
        return found

    async def _get(self, name: str, path: str, **query: int) -> httpx.Response:
        params: dict[str, str | int] = {"organization": self._organization, **query}
        return (await self._http.get(self._urls[name] + path, params=params, headers=self._headers)).raise_for_status()
