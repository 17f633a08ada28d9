"""The laws of the streams: folding every event again gives the state of every projection. Checked over HTTP.

Every integration and e2e test may end in them: `urls` has the services' addresses, `token` is one of a service's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, TypeVar

import httpx
import msgspec

from goldenthread.contracts import snapshots
from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event, events_from_json
from goldenthread.contracts.events.alignment import LabelsChanged, Transition
from goldenthread.contracts.read_api import (
    AlignmentSnapshot,
    EventsPage,
    FiguresAnswer,
    GoalsSnapshot,
    NodeVerdict,
    Reciprocity,
    ReciprocityAnswer,
)
from goldenthread.organization.organization import Organization
from goldenthread.runtime.outbox.store import MAX_COMMIT
from goldenthread.runtime.streams.position import Commit
from services.alignment.domain.figures.exchanges import Exchange, reciprocity
from services.alignment.handlers import AlignmentFold
from tests.support.asgi_server import eventually

T = TypeVar("T")


class ServiceReader:
    """Reads what the services say about one organization."""

    def __init__(self, http: httpx.AsyncClient, urls: Mapping[str, str], token: str, organization: Id) -> None:
        self._http, self._urls, self._organization = http, urls, organization
        self._headers = {"Authorization": f"Bearer {token}"}

    async def page(self, service: str, after: int = 0) -> EventsPage:
        """Events after a place, and the head."""
        return await self._get(service, "/v1/events", EventsPage, after=after, limit=5_000)

    async def events(self, service: str) -> list[Event]:
        """The whole stream."""
        found: list[Event] = []
        while more := events_from_json((await self.page(service, found[-1].sequence if found else 0)).events):
            found += more
        return found

    async def goals(self) -> GoalsSnapshot:
        """The state of goals."""
        return snapshots.goals().of(await self._body("goals", "/v1/snapshot"))

    async def alignment(self) -> AlignmentSnapshot:
        """Every verdict."""
        return snapshots.alignment().of(await self._body("alignment", "/v1/snapshot"))

    async def figures(self) -> FiguresAnswer:
        """How everybody stands, and who is a silo."""
        return await self._get("alignment", "/v1/figures", FiguresAnswer)

    async def reciprocity(self) -> ReciprocityAnswer:
        """What passed between units."""
        return await self._get("alignment", "/v1/reciprocity", ReciprocityAnswer)

    async def judged(self) -> None:
        """Wait until alignment has judged everything goals has written."""

        async def caught_up() -> bool:
            head = (await self.page("goals", 2**62)).head
            return (await self.page("alignment", 2**62)).head.judged == head.sequence

        await eventually(caught_up, 60)

    async def _get(self, service: str, path: str, kind: type[T], **query: int) -> T:
        return msgspec.json.decode(await self._body(service, path, **query), type=kind)

    async def _body(self, service: str, path: str, **query: int) -> bytes:
        params: dict[str, str | int] = {"organization": self._organization, **query}
        answer = await self._http.get(self._urls[service] + path, params=params, headers=self._headers)
        return answer.raise_for_status().content


async def assert_goals_are_the_fold(
    http: httpx.AsyncClient, urls: Mapping[str, str], token: str, organization: Id
) -> None:
    """Folding every event of goals gives the state it stores, at the head it says."""
    reader = ServiceReader(http, urls, token, organization)
    snapshot, events = await reader.goals(), await reader.events("goals")
    assert_unbroken(events)
    at = snapshot.position
    folded = Organization()
    for event in events[: at.sequence]:
        folded.apply(event.data)
    assert events[at.sequence - 1].id == at.id
    assert events[at.sequence - 1].closes_commit
    assert {each.id: each for each in folded.entities()} == {each.id: each for each in snapshot.entities()}


async def assert_alignment_is_the_fold(
    http: httpx.AsyncClient, urls: Mapping[str, str], token: str, organization: Id
) -> None:
    """Wait until alignment has judged all; judging goals' commits again gives its verdicts, figures and stream."""
    reader = ServiceReader(http, urls, token, organization)
    await reader.judged()
    snapshot, figures, pairs = await _still(reader)
    # In this order, so that what goals writes meanwhile is left out: alignment's snapshot says how far it is.
    own, events = await reader.events("alignment"), await reader.events("goals")
    events = [event for event in events if event.sequence <= snapshot.judged]
    own = own[: snapshot.position.sequence]
    assert_unbroken(own)
    fold = AlignmentFold()
    state = fold.new(organization)
    drafts = [draft for some in commits(events) for draft in fold.apply(state, some)]
    assert [_said(each) for each in own] == [
        (each.id, each.type, each.subject, each.time, each.basis, each.causationid, each.payload) for each in drafts
    ]
    assert {each.node: each for each in snapshot.labels} == {
        node: NodeVerdict(node, verdict, *_since(state.last_transitions.get(node)))
        for node, verdict in state.graph.verdicts()
    }
    assert_transitions_are_changes(own)
    assert {each.unit: each for each in figures.health} == {
        each.unit: state.figures.health(each.unit) for each in figures.health
    }
    # Before anything is counted, the organization has an empty tally and no figures yet.
    counted = state.figures.counters.keys() if len(state.figures.counters) > 1 else set()
    assert {None, *state.figures.org.units} >= {each.unit for each in figures.health} >= counted
    assert figures.silos == state.silos.now()
    passed: Counter[Exchange] = Counter()
    for each, number in state.figures.unsaved_exchanges.items():
        passed[Exchange(each.unit, each.other, each.act, each.seconds)] += number
    assert pairs == reciprocity(passed)


async def _still(reader: ServiceReader) -> tuple[AlignmentSnapshot, FiguresAnswer, list[Reciprocity]]:
    """Verdicts, figures and pairs as of the same goals revision."""
    found: list[Any] = []

    async def same() -> bool:
        found[:] = [await reader.alignment(), await reader.figures(), await reader.reciprocity()]
        return len({each.judged for each in found}) == 1

    await eventually(same)
    return found[0], found[1], found[2].pairs


def assert_unbroken(events: Sequence[Event]) -> None:
    """A stream has no hole, is chained, says no id twice, ends at a commit, and no commit is longer than allowed."""
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert [event.previous for event in events] == [None, *(event.id for event in events[:-1])][: len(events)]
    assert len({event.id for event in events}) == len(events)
    for end, some in groupby(events, key=lambda event: event.commit):
        commit = list(some)
        assert commit[-1].sequence == end
        assert commit[-1].source != "/goldenthread/goals" or len(commit) <= MAX_COMMIT


def assert_transitions_are_changes(own: Sequence[Event]) -> None:
    """No transition says again what the one before it said of a node, and each says what was before."""
    labels: dict[Id, Any] = {}
    for event in own:
        if isinstance(event.data, Transition):
            before, after = event.data.before, event.data.after
            assert labels.get(event.data.node) == before
            assert before is None or (before.state, before.broken_at, before.cause) != (
                after.state,
                after.broken_at,
                after.cause,
            )
        elif isinstance(event.data, LabelsChanged):
            labels.update({each.node: each.verdict for each in event.data.labels})


def commits(events: Sequence[Event]) -> list[Commit]:
    """The commits of a stream."""
    return [Commit(events[0].source, tuple(some)) for _, some in groupby(events, key=lambda event: event.commit)]


def _said(event: Event) -> tuple[Any, ...]:
    return (event.id, event.type, event.subject, event.time, event.basis, event.causationid, event.data)


def _since(since: Any) -> tuple[Any, Any]:
    return (since.at, since.caused_by) if since is not None else (None, None)
