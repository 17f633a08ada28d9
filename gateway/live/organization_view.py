"""One organization as this process shows it: the fold of all three upstreams' streams, at a position in each.

`apply` is the only way in after loading, whether an event came from Kafka or from the answer to a command; pages of a
replay come by `take`. What is due is folded at once, commit by commit (`OrganizationStreams`): no reader sees half a
command, nor a verdict on a graph that is not shown yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from gateway.live.commit_listeners import AppliedCommit, CommitListeners
from gateway.live.folded_organization import FoldedOrganization, Index
from gateway.live.people_names import PeopleNames
from gateway.upstream.ports import OrganizationSnapshot
from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS
from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.read_api import (
    AlertsSnapshot,
    AlignmentSnapshot,
    Login,
    NodeVerdict,
    PersonName,
    StreamPosition,
)
from goldenthread.organization.organization import Organization
from goldenthread.runtime.slices import in_slices
from goldenthread.runtime.streams.merge import Merge
from goldenthread.runtime.streams.organization_streams import OrganizationStreams
from goldenthread.runtime.streams.position import Commit, Position
from goldenthread.runtime.streams.sequencer import OfferOutcome
from goldenthread.runtime.streams.upstream import Page

T = TypeVar("T")
I = TypeVar("I", bound=Index)  # noqa: E741

MERGE = Merge(GOALS, (ALIGNMENT, ALERTS), strict=False)
"""Commits of goals do not wait for their verdicts: a reader sees their own write, and that it is not judged yet."""
ROOM = 1_000
"""Commits, and early events, of a stream that wait in memory; more are fetched when these are shown."""
REMEMBERED = 256
"""Events of a stream whose ids are remembered: by them a branch that a restored backup took back is recognized."""
MANY = 200
"""Changes that the reader of an index does not take in on the way, but in slices beforehand."""
_CLAIMS = 16
"""Places ahead of what is shown that are remembered, the latest."""


def is_alert(id: Id) -> bool:
    """Whether an id is that of an alert."""
    return id.startswith("alert_")


class OrganizationView:
    """An organization in memory. `judged` is the goals revision its verdicts reflect, 0 while that is not known.

    `alerts_known` is False until its alerts have been read: nothing is said about them before. `verdicts_known` is
    False until its verdicts have been: nothing counts as judged before.

    The view stays the same object while the organization is in memory; what it shows is replaced as a whole (`load`).
    """

    def __init__(self, id: Id, loaded: OrganizationSnapshot, state: FoldedOrganization | None = None) -> None:
        self.id = id
        self.listeners = CommitListeners(id)
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
        places = {GOALS: loaded.goals.position, ALIGNMENT: alignment.position, ALERTS: alerts.position}
        positions = {source: Position(place.sequence, place.id) for source, place in places.items()}
        self.streams = OrganizationStreams(MERGE, positions, ROOM, REMEMBERED)
        self.failed = False
        """A commit cannot be shown: nothing more is until the organization is loaded anew."""
        self.goals_must_be_asked = False
        """A verdict was shown that follows from other goals than are shown: goals must be asked."""
        self.judged = 0
        self.overdue: int | None = None
        """A revision whose verdicts a caller waited for in vain."""
        self._folded_through = (Position(0, None), Position(0, None))
        """The last head of alignment: the end of its stream, and the goals commit that it has folded there."""
        self._claims: list[Position] = []
        """Goals commits that alignment says it has judged through, and that are not shown yet."""
        self._claimed(Position(alignment.judged, alignment.judged_id))
        self._derived: dict[Any, Any] = {}
        self.people_names = PeopleNames(loaded.people)
        """What people are called and how they sign in: read from goals, as no event says it."""
        for each in self.org.people.values():
            if each.erased:  # names may have been read before the rest
                self.people_names.erase(each.id, loaded.goals.position.sequence)
        self._wake()
        self.listeners.tell(None)

    # -- reading ------------------------------------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        """The goals revision shown."""
        return self.streams.applied[GOALS].sequence

    @property
    def up_to_date(self) -> bool:
        """True while every change shown has been judged, as alignment itself has it: not on another branch of goals."""
        return self.verdicts_known and self.judged >= self.revision

    @property
    def weight(self) -> int:
        """How many things are shown of it: about what it takes of memory."""
        return self.state.weight

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
        """The last whole commit received of a stream, waiting ones included."""
        return StreamPosition(*self.streams.received(source))

    def place(self, revision: int) -> StreamPosition:
        """A goals revision with the event that made it, where that is remembered."""
        return StreamPosition(revision, self.id_at(GOALS, revision))

    def id_at(self, source: str, sequence: int) -> Id | None:
        """The id of an event that was received; None where it was not, or is not remembered."""
        return self.streams.id_at(source, sequence)

    def shown(self, source: str) -> int:
        """The last event of a stream that is shown: waiting ones are not."""
        return self.streams.applied[source].sequence

    def judgement(self, node: Id) -> NodeVerdict:
        """The verdict on a node, NOT_JUDGED when there is none."""
        return self.state.judgement(node)

    def get(self, id: Id) -> Any:
        """The entity or alert with this id, or None."""
        return self.alerts.get(id) if is_alert(id) else self.org.get(id)

    async def reached(self, revision: int, *, id: str | None = None, judged: bool = False) -> None:
        """Wait until `revision` is shown: the one with the event `id`, where that is given (and until it is judged)."""
        while not self.shows(Position(revision, id)) or (judged and self.judged < revision):
            await self._changed.wait()

    def shows(self, place: Position | StreamPosition, source: str = GOALS) -> bool:
        """Whether an event (without a source: a goals commit) is shown; another one with its number is of another
        branch.
        """
        known = self.id_at(source, place.sequence)
        return self.shown(source) >= place.sequence and (place.id is None or known in (None, place.id))

    def agrees(self, place: StreamPosition) -> bool:
        """Whether a goals commit is, as far as can be told now, of the branch that is shown."""
        return place.sequence > self.revision or self.shows(place)

    async def meets(self, place: StreamPosition) -> bool:
        """Wait until the number of a goals commit is shown; whether it is that commit."""
        while self.revision < place.sequence:
            await self._changed.wait()
        return self.shows(place)

    async def judging(self) -> None:
        """Wait until verdicts are known, or never will be, because the organization is not here any more (`end`)."""
        while not (self.verdicts_known or self.listeners.ended):
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

    def end(self) -> None:
        """The organization is not here any more: whoever listens or waits is told, also who comes later with this."""
        self.listeners.end()
        self._wake()

    # -- writing ------------------------------------------------------------------------------------------------------

    def apply(self, event: Event) -> OfferOutcome:
        """Take one event in, and show what is due then. What it raises comes of a commit that cannot be shown."""
        outcome = self.streams.offer(event.source, event)
        if outcome is OfferOutcome.KEPT:
            self._show_due()
        return outcome

    def take(self, source: str, asked: Position, page: Page) -> None:
        """Take in a page that continues what was received. Raises `BrokenPage`, and what `apply` does."""
        self.streams.take(source, asked, page)
        self._show_due()

    def caught_up(self, source: str) -> None:
        """Everything that the upstream had written was taken in."""
        self.alerts_known |= source == ALERTS
        if source == GOALS:
            self.goals_must_be_asked = False
        self._wake()

    def shown_verdicts(self) -> AlignmentSnapshot | None:
        """What is shown of alignment, as a snapshot; None while nothing is known. It is judged through a goals commit
        that is remembered, or through none: the next head of alignment tells it.
        """
        if not self.verdicts_known:
            return None
        position = StreamPosition(*self.streams.applied[ALIGNMENT])
        id = self.id_at(GOALS, self.judged)
        return AlignmentSnapshot(position, 0 if id is None else self.judged, list(self.judgements.values()), id)

    def shown_alerts(self) -> AlertsSnapshot | None:
        """What is shown of alerts, as a snapshot; None while nothing is known."""
        if not self.alerts_known:
            return None
        return AlertsSnapshot(StreamPosition(*self.streams.applied[ALERTS]), self.revision, list(self.alerts.values()))

    def judged_through(self, at: Position, through: Position) -> None:
        """Alignment says through which goals commit it has folded, and the last event (`at`) that came of it. That
        counts once that event is shown.
        """
        if self.verdicts_known:
            self._folded_through = at, through
            self._claim_folded()

    def _claim_folded(self) -> None:
        """Nothing waits, and it is the stream that is shown, not one that was written anew: then it counts."""
        at, through = self._folded_through
        if at == self.streams.applied[ALIGNMENT] == self.streams.received(ALIGNMENT):
            self._claimed(through)

    def _claimed(self, place: Position) -> None:
        """Verdicts reflect a goals commit. One that is not here yet counts when it is; one of another branch never."""
        if place.sequence > self.revision:
            self._claims = [*self._claims, place][-_CLAIMS:]
        elif self.shows(place):
            self.judged = max(self.judged, place.sequence)
            self._wake()

    def _show_due(self) -> None:
        if self.failed:
            return
        shown = False
        while (commit := self.streams.due()) is not None:
            self._show(commit)
            shown = True
        if shown:
            self._wake()

    def _show(self, commit: Commit) -> None:
        try:
            self.state.fold(commit)
        except BaseException:
            self.failed = True
            raise
        self.streams.advance(commit)
        if commit.source == GOALS:
            self._goals_shown(commit)
        elif commit.source == ALIGNMENT:
            self._verdicts_shown(commit)
        if len(self.listeners):
            self.listeners.tell(AppliedCommit(commit.source, commit.events))

    def _verdicts_shown(self, commit: Commit) -> None:
        """They reflect the goals commit of their basis, if it is the one that is shown; where that cannot be told, the
        next head of alignment tells it. What alignment had judged already is judged again only on another branch.
        """
        of_this_branch = self._of_this_branch(commit.events[-1])
        if commit.basis <= self.judged or of_this_branch is False:
            self.judged, self.goals_must_be_asked = 0, True
        elif of_this_branch:
            self.judged = commit.basis
            self._claim_folded()

    def _goals_shown(self, commit: Commit) -> None:
        for event in commit.events:
            self.people_names.follow(event.data, event.sequence, event.time)
        self._derived.clear()
        claims, self._claims = self._claims, []
        for place in claims:
            self._claimed(place)

    def _of_this_branch(self, verdict: Event) -> bool | None:
        """Whether the goals event from which a verdict follows is shown; None where its commit is not remembered as a
        whole.
        """
        goals, basis = self.streams.sequencers[GOALS], verdict.basis or 0
        if verdict.causationid is None or goals.remembers(verdict.causationid) or goals.id_at(basis) is None:
            return True
        return False if goals.remembers_commit(basis) else None

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
