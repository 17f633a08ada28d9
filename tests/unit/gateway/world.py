"""An organization and the streams the three upstreams would write about it, for tests of the gateway."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct, structs

from gateway.live.organization_view import OrganizationView
from gateway.upstream.ports import OrganizationSnapshot
from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS
from goldenthread.contracts import registry
from goldenthread.contracts.entities import Entity, Id, Purpose
from goldenthread.contracts.enums import ObjectiveState, PersonField
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.alerts import Alert
from goldenthread.contracts.events.alignment import (
    TRANSITIONS,
    AlignmentHealth,
    AlignmentState,
    Cause,
    Label,
    LabelsChanged,
    OrphanCause,
    UnitHealth,
    UnitSiloed,
    Verdict,
)
from goldenthread.contracts.events.goals import PersonUpdated
from goldenthread.contracts.read_api import (
    AlertsSnapshot,
    AlignmentSnapshot,
    FiguresAnswer,
    Head,
    HealthPoint,
    NodeVerdict,
    PeopleSnapshot,
    PersonName,
    Reciprocity,
    StreamPosition,
)
from goldenthread.organization.organization import Organization
from tests.support.entities import T0, organization
from tests.support.snapshots import goals_snapshot

ORG = "org_1"
PEOPLE = [
    PersonName("person_root", "Rita Root", "rita", "rita@example.org"),
    PersonName("person_a", "Ada Alpha", "ada", "ada@example.org"),
]


def judge(org: Organization) -> dict[Id, Verdict]:
    """Verdicts by the definition: the smallest (unexplained, hops) over all paths; orphans break at themselves."""
    nodes = (org.purpose, *org.whys.values(), *org.objectives.values(), *org.key_results.values())
    found: dict[Id, Verdict] = {}
    best: list[tuple[int, int, int, Id, Id | None]] = []
    if org.purpose is not None and org.live(org.purpose.id):
        best = [(0, 0, 0, org.purpose.id, None)]
    while best:
        unexplained, hops, _, node, via = heapq.heappop(best)
        if node in found:
            continue
        state = AlignmentState.UNEXPLAINED if unexplained else AlignmentState.ALIGNED
        found[node] = Verdict(state, hops, unexplained, via)
        for link in org.children(node):
            if org.live(link.child):
                cost = unexplained + (not org.explained(link))
                heapq.heappush(best, (cost, hops + 1, link.accepted_order or 0, link.child, link.id))
    for each in nodes:
        if each is not None and each.id not in found:
            orphan = Verdict(AlignmentState.ORPHANED, cause=OrphanCause.NOT_LINKED, broken_at=each.id)
            found[each.id] = orphan if org.live(each.id) else Verdict(AlignmentState.NOT_JUDGED)
    return found


class World:
    """Writes events of all three upstreams as they would, and keeps the state they lead to."""

    def __init__(self, *entities: Entity) -> None:
        self.org = organization(*entities)
        self.written: dict[str, list[Event]] = defaultdict(list)
        self.judgements = {node: NodeVerdict(node, verdict, T0) for node, verdict in judge(self.org).items()}
        self.judged = 0
        self.judged_id: str | None = None
        self.alerts: dict[Id, Alert] = {}
        self.days: list[HealthPoint] = []
        self.people = list(PEOPLE)
        self.clock = T0
        self.silos: list[UnitSiloed] = []
        self.pairs: list[Reciprocity] = []
        self.first = self.loaded()

    def loaded(self) -> OrganizationSnapshot:
        """What the snapshots say now."""
        return OrganizationSnapshot(
            goals_snapshot(self.org, self.position(GOALS)),
            AlignmentSnapshot(self.position(ALIGNMENT), self.judged, list(self.judgements.values()), self.judged_id),
            AlertsSnapshot(self.position(ALERTS), self.judged, list(self.alerts.values())),
            PeopleSnapshot(self.position(GOALS), list(self.people)),
        )

    def view(self) -> OrganizationView:
        """The organization in memory, loaded from the snapshots."""
        return OrganizationView(ORG, self.loaded())

    def position(self, source: str) -> StreamPosition:
        """The last event written."""
        written = self.written[source]
        return StreamPosition(len(written), written[-1].id) if written else StreamPosition()

    def head(self, source: str) -> Head:
        """The upstream's head."""
        at = self.position(source)
        return Head(at.sequence, at.id, *((None, None) if source == GOALS else (self.judged, self.judged_id)))

    def commit(self, *payloads: Struct, actor: str | None = "person_root", write: bool = True) -> list[Event]:
        """Goals writes one transaction; with `write` False it only says what it would write."""
        events = self._events(GOALS, payloads, actor=actor)
        if write:
            self.written[GOALS] += events
            for payload in payloads:
                self.org.apply(payload)
        return events

    def rename(self, person: Id, **changes: Any) -> list[Event]:
        """Goals keeps something else of a person; its event says which of it."""
        at = next(number for number, each in enumerate(self.people) if each.id == person)
        before, self.people[at] = self.people[at], structs.replace(self.people[at], **changes)
        pairs = {PersonField.NAME: "name", PersonField.EMAIL: "email", PersonField.LOGIN: "login"}
        fields = [each for each, name in pairs.items() if getattr(before, name) != getattr(self.people[at], name)]
        return self.commit(PersonUpdated(self.org.people[person], fields))

    def judge(self) -> list[Event]:
        """Alignment judges what goals has written so far; a change of nothing writes nothing."""
        revision, payloads = len(self.written[GOALS]), []
        labels = []
        for node, verdict in judge(self.org).items():
            before = self.judgements.get(node)
            if before is not None and verdict.state is AlignmentState.NOT_JUDGED:
                was = before.verdict.state
                frozen = before.verdict.frozen if was is AlignmentState.NOT_JUDGED else was
                verdict = structs.replace(verdict, frozen=frozen)
            if before is not None and before.verdict == verdict:
                continue
            labels.append(Label(node, verdict))
            last = self.written[GOALS][-1]
            cause = Cause(last.id, last.sequence, last.type)
            since = before.since if before else None
            if (before is None or before.verdict.state != verdict.state) and verdict.state in TRANSITIONS:
                payloads.append(TRANSITIONS[verdict.state](node, verdict, cause, before.verdict if before else None))
                since = last.time
            self.judgements[node] = NodeVerdict(node, verdict, since, cause)
        self.judged, self.judged_id = revision, self.position(GOALS).id
        if not labels:
            return []
        events = self._events(ALIGNMENT, [*payloads, LabelsChanged(labels)], basis=revision)
        self.written[ALIGNMENT] += events
        return events

    def figures(self, since: date | None) -> FiguresAnswer:
        """How everybody stands by the verdicts there are; nobody is asked for anything but objectives here."""
        tallies: dict[Id | None, Counter[AlignmentState]] = {}
        for each in self.org.objectives.values():
            if each.state is ObjectiveState.ACTIVE and each.id in self.judgements:
                for unit in (None, *each.owners):
                    tallies.setdefault(unit, Counter())[self.judgements[each.id].verdict.state] += 1
        now = [UnitHealth(unit, _health(found)) for unit, found in tallies.items()]
        days = [each for each in self.days if since is not None and each.day >= since]
        return FiguresAnswer(self.judged, now, days, self.silos, self.judged_id)

    def alert(self, payload: Any) -> list[Event]:
        """Notifications writes an alert."""
        events = self._events(ALERTS, [payload], basis=len(self.written[GOALS]))
        self.written[ALERTS] += events
        self.alerts[payload.alert.id] = payload.alert
        return events

    def all(self) -> list[Event]:
        """Every event of all three streams, goals first."""
        return [event for source in (GOALS, ALIGNMENT, ALERTS) for event in self.written[source]]

    def _events(self, source: str, payloads: Any, actor: str | None = None, basis: int | None = None) -> list[Event]:
        start, made = len(self.written[source]), list[Event]()
        previous = self.position(source).id
        for number, payload in enumerate(payloads, start + 1):
            self.clock += timedelta(seconds=1)
            name = registry.name_of(payload)
            made.append(
                Event(
                    id=f"{source}-{number}",
                    source=source,
                    type=name,
                    time=_time(self, source),
                    subject=_subject(payload),
                    organization=ORG,
                    sequence=number,
                    previous=previous,
                    commit=start + len(payloads),
                    data=payload,
                    actor=actor,
                    basis=basis,
                )
            )
            previous = made[-1].id
        return made


def _health(found: Counter[AlignmentState]) -> AlignmentHealth:
    S = AlignmentState
    return AlignmentHealth(found.total(), found[S.ALIGNED], found[S.UNEXPLAINED], 0, found[S.ORPHANED], 1, 1, 1.0, None)


def _time(world: World, source: str) -> datetime:
    return world.written[GOALS][-1].time if source == ALIGNMENT and world.written[GOALS] else world.clock


def _subject(payload: Any) -> str:
    for field in payload.__struct_fields__:
        value = getattr(payload, field)
        if hasattr(value, "id"):
            return str(value.id)
    return getattr(payload, "node", ORG)


def purpose_of(org: Organization) -> Purpose:
    """The purpose, which must be there."""
    assert org.purpose is not None
    return org.purpose
