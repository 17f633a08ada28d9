"""One organization as this process shows it: the fold of all three upstreams' streams, at a position in each.

`apply` is the only way in after loading, whether an event came from Kafka, from the answer to a command or from a
replay. Whole commits only; duplicates change nothing; an event that reflects a goals commit (`basis`) waits until that
commit is here. So no reader sees half a command, nor a verdict on a graph that is not shown yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from msgspec import structs

from gateway.live.folded_organization import FoldedOrganization, Index
from gateway.live.people_names import PeopleNames
from gateway.live.stream import Stream
from gateway.upstream.ports import OrganizationSnapshot
from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS
from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event, encode_data
from goldenthread.contracts.events.alignment import LabelsChanged, Transition
from goldenthread.contracts.read_api import (
    AlertsSnapshot,
    AlignmentSnapshot,
    Head,
    Login,
    NodeVerdict,
    PersonName,
    StreamPosition,
)
from goldenthread.organization.organization import Organization
from goldenthread.runtime.slices import in_slices

T = TypeVar("T")
I = TypeVar("I", bound=Index)  # noqa: E741

MANY = 200
"""Changes that the reader of an index does not take in on the way, but in slices beforehand."""
_CLAIMS = 16
"""Places ahead of what is shown that are remembered, the latest."""


def is_alert(id: Id) -> bool:
    """Whether an id is that of an alert."""
    return id.startswith("alert_")


@dataclass(frozen=True)
class AppliedCommit:
    """What listeners hear: the events of one transaction of one upstream, already applied."""

    source: str
    events: list[Event]

    @property
    def revision(self) -> int:
        """The goals revision it made, or reflects."""
        last = self.events[-1]
        return last.commit if self.source == GOALS else last.basis or 0

    @cached_property
    def size(self) -> int:
        """Bytes of its payloads as JSON: measured once, however many listeners keep it."""
        return sum(len(encode_data(event.data)) for event in self.events)


Listener = Callable[[AppliedCommit | None], None]
"""Hears every commit after it was applied, and None when the organization was loaded anew: what it heard is void."""


class OrganizationView:
    """An organization in memory. `judged` is the goals revision its verdicts reflect, 0 while that is not known.

    `alerts_known` is False until its alerts have been read: nothing is said about them before. `verdicts_known` is
    False until its verdicts have been: nothing counts as judged before.
    """

    def __init__(self, id: Id, loaded: OrganizationSnapshot, state: FoldedOrganization | None = None) -> None:
        self.id = id
        self.listeners: set[Listener] = set()
        self._changed = asyncio.Event()
        self._indexing = asyncio.Lock()
        self.load(loaded, state)

    def load(self, loaded: OrganizationSnapshot, state: FoldedOrganization | None = None) -> None:
        """Replace everything with what was loaded; listeners stay, and are told.

        The state of a large organization is prepared beforehand, in slices (`FoldedOrganization.prepared`).
        """
        alerts = loaded.alerts or AlertsSnapshot(StreamPosition(), 0, [])
        alignment = loaded.alignment or AlignmentSnapshot(StreamPosition(), 0, [])
        self.state = state or FoldedOrganization.of(loaded)
        self.org, self.judgements, self.alerts = self.state.org, self.state.judgements, self.state.alerts
        self.alerts_known = loaded.alerts is not None
        self.verdicts_known = loaded.alignment is not None
        self.streams = {
            GOALS: Stream(loaded.goals.position),
            ALIGNMENT: Stream(alignment.position),
            ALERTS: Stream(alerts.position),
        }
        self._applied = {source: stream.position.sequence for source, stream in self.streams.items()}
        self.judged = 0
        self.overdue: int | None = None
        """A revision whose verdicts somebody waited for in vain."""
        self._claims: list[StreamPosition] = []
        """Goals commits that alignment says it has judged through, and that are not shown yet."""
        self._claimed(StreamPosition(alignment.judged, alignment.judged_id))
        self._held: dict[str, list[AppliedCommit]] = {ALIGNMENT: [], ALERTS: []}
        self._derived: dict[Any, Any] = {}
        self.people_names = PeopleNames(loaded.people)
        """What people are called and how they sign in: read from goals, as no event says it."""
        self._wake()
        for hear in list(self.listeners):
            hear(None)

    # -- reading ------------------------------------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        """The goals revision shown."""
        return self._applied[GOALS]

    @property
    def up_to_date(self) -> bool:
        """True while every change shown has been judged, as alignment itself has it: not on another branch of goals."""
        return self.verdicts_known and self.judged >= self.revision

    def index(self, kind: type[I]) -> I:
        """An index of what is shown, brought up to date when it is read."""
        return self.state.index(kind)

    def derived(self, kind: Callable[[Organization], T]) -> T:
        """What `kind` makes of the organization as it is now; made once, and forgotten when goals change."""
        found: T | None = self._derived.get(kind)
        if found is None:
            found = self._derived[kind] = kind(self.org)
        return found

    @property
    def names(self) -> Mapping[Id, PersonName]:
        """What is kept of people: not of those whose name was erased."""
        return self.people_names.of

    @property
    def logins(self) -> Mapping[Login, Id]:
        """Whose login is whose."""
        return self.people_names.logins

    def position(self, source: str) -> StreamPosition:
        """The last whole commit received of a stream, held ones included."""
        return self.streams[source].position

    def place(self, revision: int) -> StreamPosition:
        """A goals revision with the event that made it, where that is remembered."""
        return StreamPosition(revision, self.streams[GOALS].id_at(revision))

    def shown(self, source: str) -> int:
        """The last event of a stream that is shown: held ones are not."""
        return self._applied[source]

    def judgement(self, node: Id) -> NodeVerdict:
        """The verdict on a node, NOT_JUDGED when there is none."""
        return self.state.judgement(node)

    def get(self, id: Id) -> Any:
        """The entity or alert with this id, or None."""
        return self.alerts.get(id) if is_alert(id) else self.org.get(id)

    async def reached(self, revision: int, *, id: str | None = None, judged: bool = False) -> None:
        """Wait until `revision` is shown: the one with the event `id`, where that is given (and until it is judged)."""
        while not self.shows(StreamPosition(revision, id)) or (judged and self.judged < revision):
            await self._changed.wait()

    def shows(self, place: StreamPosition) -> bool:
        """Whether a goals commit is shown; one with its number and another event is of another branch."""
        known = self.streams[GOALS].id_at(place.sequence)
        return self.revision >= place.sequence and (place.id is None or known in (None, place.id))

    def agrees(self, place: StreamPosition) -> bool:
        """Whether a goals commit is, as far as can be told now, of the branch that is shown."""
        return place.sequence > self.revision or self.shows(place)

    async def meets(self, place: StreamPosition) -> bool:
        """Wait until the number of a goals commit is shown; whether it is that commit."""
        while self.revision < place.sequence:
            await self._changed.wait()
        return self.shows(place)

    async def judging(self) -> None:
        """Wait until verdicts are known."""
        while not self.verdicts_known:
            await self._changed.wait()

    async def indexed(self) -> None:
        """Bring indexes up to date in slices, where so much has changed that a reader would hold up everybody."""
        while late := [index for index in self.state.indexes if index.backlog > MANY]:
            async with self._indexing:
                for index in late:
                    await in_slices(index.catching_up())

    async def changed(self) -> None:
        """Wait until something is shown that was not, or the organization was loaded anew."""
        await self._changed.wait()

    # -- writing ------------------------------------------------------------------------------------------------------

    def apply(self, event: Event) -> None:
        """Take one event. Raises `Gap` or `Forked` when it does not follow what is here, and then changes nothing."""
        events = self.streams[event.source].take(event)
        if events:
            self._settle(AppliedCommit(event.source, events))

    def judged_through(self, source: str, head: Head) -> None:
        """An upstream says through which goals commit it has folded, and the last event that came of it."""
        here, at = self.position(ALIGNMENT), self._applied[ALIGNMENT]
        if source != ALIGNMENT or not self.verdicts_known or head.judged is None:
            return
        # Nothing is held back, and it is the stream that is shown: not one that was written anew.
        if at == here.sequence and here == StreamPosition(head.sequence, head.id):
            self._claimed(StreamPosition(head.judged, head.judged_id))

    def _claimed(self, place: StreamPosition) -> None:
        """Verdicts reflect a goals commit. One that is not here yet counts when it is; one of another branch never."""
        if place.sequence > self.revision:
            self._claims = [*self._claims, place][-_CLAIMS:]
        elif self.shows(place):
            self.judged = max(self.judged, place.sequence)
            self._wake()

    def _settle(self, commit: AppliedCommit) -> None:
        if commit.source in self._held and (self._held[commit.source] or commit.revision > self.revision):
            self._held[commit.source].append(commit)
            return
        self._fold(commit)
        if commit.source == GOALS:
            for ready in self._ready():
                self._fold(ready)
        self._wake()

    def _ready(self) -> Iterator[AppliedCommit]:
        for held in self._held.values():
            while held and held[0].revision <= self.revision:
                yield held.pop(0)

    def _fold(self, commit: AppliedCommit) -> None:
        for event in commit.events:
            _FOLDS[commit.source](self, event)
        self._applied[commit.source] = commit.events[-1].sequence
        if commit.source == ALIGNMENT and self._of_this_branch(commit.events[-1]):
            self.judged = max(self.judged, commit.revision)
        if commit.source == GOALS and self._claims:
            claims, self._claims = self._claims, []
            for place in claims:
                self._claimed(place)
        for hear in list(self.listeners):
            hear(commit)

    def _of_this_branch(self, verdict: Event) -> bool:
        """Whether what a verdict follows from is shown, as far as can be told."""
        goals = self.streams[GOALS]
        unknown = verdict.causationid is None or goals.id_at(verdict.basis or 0) is None
        return unknown or goals.remembers(verdict.causationid or "")

    def _fold_goals(self, event: Event) -> None:
        self.org.apply(event.data)
        self.people_names.follow(event.data, event.sequence)
        self._derived.clear()
        for index in self.state.indexes:
            index.touched(event.data)

    def _fold_alignment(self, event: Event) -> None:
        data = event.data
        if isinstance(data, Transition):
            self.state.judge(NodeVerdict(data.node, data.after, event.time, data.caused_by))
            self._judged([data.node])
        elif isinstance(data, LabelsChanged):
            for label in data.labels:
                before = self.judgements.get(label.node) or NodeVerdict(label.node, label.verdict)
                self.state.judge(structs.replace(before, verdict=label.verdict))
            self._judged([label.node for label in data.labels])

    def _judged(self, nodes: list[Id]) -> None:
        for index in self.state.indexes:
            index.judged(nodes)

    def _fold_alerts(self, event: Event) -> None:
        if event.data is not None:
            self.alerts[event.data.alert.id] = event.data.alert

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


_FOLDS: dict[str, Callable[[OrganizationView, Event], None]] = {
    GOALS: OrganizationView._fold_goals,
    ALIGNMENT: OrganizationView._fold_alignment,
    ALERTS: OrganizationView._fold_alerts,
}
