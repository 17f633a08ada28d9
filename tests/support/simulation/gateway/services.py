"""Goals, alignment and notifications as the gateway knows them: streams, snapshots, heads; restored, rebuilt, away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct, structs

from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS
from goldenthread.contracts.enums import PersonField
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.alerts import AlertAcknowledged, AlertState
from goldenthread.contracts.events.goals import OrganizationDeleted, PersonJoined, PersonUpdated
from goldenthread.contracts.read_api import PersonName
from goldenthread.runtime.projection import START, Position
from tests.support.simulation.faults import Faults
from tests.support.simulation.gateway import payloads
from tests.support.simulation.gateway.history import History, Picture
from tests.support.simulation.streams import Stream, digest

ORGANIZATIONS = ("ash", "birch")
Publish = Callable[[Event], None]


class Service:
    """Streams of one source. `touched` is when an organization last changed, as far as the service itself knows."""

    source: str

    def __init__(self, history: History, faults: Faults, publish: Publish) -> None:
        self.streams = {organization: Stream(self.source, organization) for organization in ORGANIZATIONS}
        self.touched = dict.fromkeys(ORGANIZATIONS, 0)
        self.clock = 0
        self._taken_back: dict[str, list[tuple[float, str | None]]] = {each: [] for each in ORGANIZATIONS}
        self.history, self.faults, self.publish = history, faults, publish
        self.ids = 0
        self.deleted: set[str] = set()
        """Organizations of which it has nothing any more, and says so; also after a restore."""

    def picture(self, organization: str) -> Picture:
        """What the service itself has."""
        return self.history.picture(self.streams[organization].head.id)

    def written(self, organization: str, events: Sequence[Event]) -> None:
        self.history.note(events)
        self.touch(organization)

    def touch(self, organization: str) -> None:
        """Its head is another one, or says more."""
        self.clock += 1
        self.touched[organization] = self.clock

    def take_back(self, organization: str) -> None:
        """Its stream ends earlier than it did, and may go on as it did before."""
        self._taken_back[organization].append((_now(), self.streams[organization].head.id))

    def taken_back(self, organization: str, since: float) -> list[str | None]:
        """The events that its stream ended with after it was taken back, since then."""
        return [id for at, id in self._taken_back[organization] if at >= since]

    def forget(self, organization: str) -> None:
        """Delete an organization."""
        self.deleted.add(organization)
        self.touch(organization)

    def publish_all(self, events: Iterable[Event]) -> None:
        for event in events:
            self.publish(event)


class Goals(Service):
    """`names` is what no event says of people. A backup is of all organizations."""

    source = GOALS

    def __init__(self, history: History, faults: Faults, publish: Publish) -> None:
        super().__init__(history, faults, publish)
        self.names: dict[str, dict[str, PersonName]] = {organization: {} for organization in ORGANIZATIONS}
        for organization in ORGANIZATIONS:
            self._append(organization, payloads.created(organization))
        self.back_up()

    def write(self, organization: str, count: int) -> list[Event]:
        """One commit, not published yet."""
        text = f"title {self.ids + 1}"
        return self._append(organization, payloads.changes(self.picture(organization), count, text, self.faults.random))

    def delete(self, organization: str) -> list[Event]:
        """Its last event, not published yet."""
        events = self._append(organization, [OrganizationDeleted(organization)])
        self.forget(organization)
        return events

    def back_up(self) -> None:
        streams = {organization: list(stream.events) for organization, stream in self.streams.items()}
        self._backup = streams, {organization: dict(names) for organization, names in self.names.items()}

    def restore(self) -> None:
        """What is written next is another branch; nothing counts as changed."""
        streams, names = self._backup
        for organization in self.living:
            self.streams[organization].events = list(streams[organization])
            self.names[organization] = dict(names[organization])
            self.take_back(organization)

    @property
    def living(self) -> list[str]:
        """Organizations that were not deleted."""
        return [each for each in ORGANIZATIONS if each not in self.deleted]

    def _append(self, organization: str, made: Sequence[Struct]) -> list[Event]:
        rows: list[tuple[str, object]] = []
        for payload in made:
            self.ids += 1
            rows.append((f"g{self.ids}", payload))
            self._name(organization, payload)
        events = self.streams[organization].append(rows)
        self.written(organization, events)
        return events

    def _name(self, organization: str, payload: Struct) -> None:
        names, new = self.names[organization], f"n{self.ids}"
        if isinstance(payload, PersonJoined):
            names[payload.person.id] = PersonName(payload.person.id, new, new)
        elif isinstance(payload, PersonUpdated):
            field = "subject" if PersonField.LOGIN in payload.fields else "name"
            names[payload.person.id] = structs.replace(names[payload.person.id], **{field: new})


class Follower(Service):
    """Folds another service's stream commit by commit; folds from the first event again when that is another branch.

    The ids of its events follow from what they are about, from what comes before them, and from its version.
    """

    def __init__(self, first: Service, history: History, faults: Faults, publish: Publish) -> None:
        super().__init__(history, faults, publish)
        self.folded: dict[str, Position] = dict.fromkeys(ORGANIZATIONS, START)
        self.first, self.version = first, 1

    def derive(self, organization: str, before: Picture, after: Picture, commit: Sequence[Event]) -> list[Struct]:
        raise NotImplementedError

    async def run(self, away: set[str]) -> None:
        """Follow for ever, now and then late."""
        random = self.faults.random
        while True:
            await asyncio.sleep(random.choice((0.01, 0.05, 0.4)) if not self.faults.happens(0.05) else 3.0)
            if self.source not in away:
                for organization in ORGANIZATIONS:
                    self.publish_all(self.follow(organization, random.choice((1, 3, 100))))

    def follow(self, organization: str, most: int) -> list[Event]:
        """Fold some commits; the events that came of them. None of a deleted organization, of which all goes."""
        if organization in self.first.deleted:
            if organization not in self.deleted:
                self.streams[organization].events = []
                self.forget(organization)
            return []
        stream, at = self.first.streams[organization], self.folded[organization]
        if not self.history.leads_to(at.id, stream.head.id):
            return self.rebuild(organization)
        commits = [each for each in stream.commits() if each.end.sequence > at.sequence]
        written: list[Event] = []
        for commit in commits[:most]:
            written += self._fold(organization, commit.events)
        return written

    def rebuild(self, organization: str) -> list[Event]:
        """Fold again from the first event, and replace the stream."""
        self.streams[organization].events = []
        self.folded[organization] = START
        self.touch(organization)
        written = self.follow(organization, 10**9)
        self.take_back(organization)
        return written

    def restore(self, organization: str) -> None:
        """A backup takes it back by some commits, and it does not know."""
        if organization in self.deleted:
            return
        stream = self.streams[organization]
        if commits := stream.commits():
            keep = self.faults.random.randrange(len(commits))
            stream.events = [event for commit in commits[:keep] for event in commit.events]
            cause = stream.events[-1].causationid if keep else None
            self.folded[organization] = Position(self.history.event(cause).sequence, cause) if cause else START
            self.take_back(organization)

    def _fold(self, organization: str, commit: Sequence[Event]) -> list[Event]:
        before, after = self.history.picture(commit[0].previous), self.history.picture(commit[-1].id)
        self.folded[organization] = Position(commit[-1].sequence, commit[-1].id)
        self.touch(organization)
        made = self.derive(organization, before, after, commit)
        return self.append(organization, made, commit[-1]) if made else []

    def append(self, organization: str, made: Sequence[Struct], cause: Event, said: int = 0) -> list[Event]:
        """`said` numbers what follows from no event."""
        stream = self.streams[organization]
        ids = [digest(self.version, stream.head.id, cause.id, said, number) for number in range(len(made))]
        basis = cause.sequence if cause.basis is None else cause.basis
        events = stream.append(list(zip(ids, made, strict=True)), basis, cause.id)
        self.written(organization, events)
        return events


class Alignment(Follower):
    source = ALIGNMENT

    def derive(self, organization: str, before: Picture, after: Picture, commit: Sequence[Event]) -> list[Struct]:
        return payloads.judgement(before, after, commit)


class Notifications(Follower):
    source = ALERTS

    def derive(self, organization: str, before: Picture, after: Picture, commit: Sequence[Event]) -> list[Struct]:
        return payloads.alerts(self.picture(organization), commit)

    def acknowledge(self, organization: str) -> list[Event]:
        """Somebody acknowledges an alert; nothing where none is open."""
        found = [each for each in self.picture(organization).values() if each.state is AlertState.OPEN]
        at = self.folded[organization].id
        if not found or at is None or organization in self.deleted:
            return []
        alert = structs.replace(found[0], state=AlertState.ACKNOWLEDGED)
        self.ids += 1
        return self.append(organization, [AlertAcknowledged(alert)], self.history.event(at), self.ids)


def _now() -> float:
    return asyncio.get_running_loop().time()


class Services:
    """The three; `away` names those that neither work nor answer."""

    def __init__(self, faults: Faults, publish: Publish) -> None:
        self.history, self.away = History(), set[str]()
        self.goals = Goals(self.history, faults, publish)
        self.alignment = Alignment(self.goals, self.history, faults, publish)
        self.notifications = Notifications(self.alignment, self.history, faults, publish)
        self.of: dict[str, Service] = {GOALS: self.goals, ALIGNMENT: self.alignment, ALERTS: self.notifications}
        self.followers = (self.alignment, self.notifications)
