"""Goals, alignment and notifications in one process, without databases: facts in, the events of all streams out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from goldenthread import exchange
from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events import alerts, alignment, goals
from goldenthread.contracts.events.goals import PersonSignedIn
from goldenthread.contracts.read_api import NO_LOGIN, Login, PersonName, StreamPosition
from goldenthread.organization.organization import Organization
from goldenthread.runtime.consumer.postgres_store import EventDraft
from goldenthread.runtime.streams.position import Commit
from services.alignment.handlers import AlignmentFold
from services.goals import facts_to_events
from services.goals.domain.decide import decide
from services.goals.domain.decision import Case, Decision, DecisionContext, Fact
from services.goals.domain.imports.import_plan import import_plan
from services.goals.domain.org_chart import invitations
from services.goals.domain.org_chart.bootstrap import bootstrap
from services.notifications.alert_events import acknowledgement_draft
from services.notifications.domain.acknowledgements import Acknowledgement, PlacedAcknowledgement, acknowledged
from services.notifications.handlers import AlertsFold

SOURCES = (goals.SOURCE, alignment.SOURCE, alerts.SOURCE)


class InProcessServices:
    """An organization and what goals, alignment and notifications publish about it."""

    def __init__(self, name: str, start: datetime) -> None:
        self.org, self.now = Organization(), start
        self.streams: dict[str, list[Event]] = {source: [] for source in SOURCES}
        self._numbers = count(1)
        self._named: PersonName | None = None
        self.id = self.new_id("org")
        self._graph, self._watch = AlignmentFold(), AlertsFold()
        self._judgement, self._alerts = self._graph.new(self.id), self._watch.new(self.id)
        begun = bootstrap(self.org, name, self.context(None), organization=self.id)
        self.root, self.founder = begun.ids[1], begun.ids[2]
        self.publish(begun.facts, None)

    @property
    def events(self) -> list[Event]:
        """Everything published, goals first."""
        return [event for source in SOURCES for event in self.streams[source]]

    def new_id(self, kind: str) -> Id:
        return f"{kind}_0197f2c4a00070008000{next(self._numbers):012x}"

    def context(self, actor: Id | None) -> DecisionContext:
        self.now += timedelta(minutes=7)
        head = len(self.streams[goals.SOURCE])
        return DecisionContext(actor=actor, now=self.now, new_id=self.new_id, next_sequence=head + 1, named=self._named)

    def do(self, command: c.AnyCommand, actor: Id | None = None) -> Id:
        """A command of `actor` (the founder), as goals runs it; the id of what it is about."""
        who = actor or self.founder
        self.org.begin()
        decision = self._decide(command, self.context(who))
        self.org.commit()
        self.publish(decision.facts, who)
        return decision.ids[0]

    def claim(self, person: Id, subject: str) -> None:
        """Somebody claims the invitation of `person`."""
        self._named = PersonName(person, "Somebody", "nobody", None, NO_LOGIN)
        self._case(person, lambda case: invitations.claim(case, self.org.people[person], Login("", subject)))
        self._named = None

    def sign_in(self, person: Id) -> None:
        """Somebody signs in for the first time."""
        self._case(person, lambda case: case.emit(PersonSignedIn(self.org.people[person])))

    def _case(self, actor: Id, rule: Callable[[Case], None]) -> None:
        self.org.begin()
        case = Case(self.org, self.context(actor))
        rule(case)
        self.org.commit()
        self.publish(case.facts, actor)

    def rename(self, command: c.UpdatePerson | c.UndoInvitation) -> None:
        """As `do`, of somebody of whom a name and a login are kept."""
        self._named = PersonName(command.person, "Somebody", "somebody")
        self.do(command)
        self._named = None

    def publish(self, facts: Sequence[Fact], actor: Id | None) -> None:
        """A commit of goals, and what follows from it in the other two streams."""
        stream = self.streams[goals.SOURCE]
        head = StreamPosition(stream[-1].sequence, stream[-1].id) if stream else StreamPosition()
        origin = facts_to_events.Origin(self.id, actor, self.now, _request(len(stream)))
        made = facts_to_events.events(facts, head, origin)
        stream += made
        if made:
            commit = Commit(goals.SOURCE, tuple(made))
            judged = self._append(alignment.SOURCE, self._graph.apply(self._judgement, commit))
            self._append(alerts.SOURCE, self._watch.apply(self._alerts, commit))
            if judged:
                further = Commit(alignment.SOURCE, tuple(judged))
                self._append(alerts.SOURCE, self._watch.apply(self._alerts, further))

    def acknowledge(self, alert: Id, by: Id, note: str) -> None:
        """Somebody tells notifications that they have seen an alert."""
        found = next(each for each in self._alerts.alerts.open.values() if each.id == alert)
        basis = self._alerts.alerts.basis
        seen = Acknowledgement(alert, by, self.now, basis, note, _request(len(self.streams[alerts.SOURCE])))
        self._append(
            alerts.SOURCE,
            [
                acknowledgement_draft(
                    self.id, PlacedAcknowledgement(seen, acknowledged(found, seen), basis), self._watch.version
                )
            ],
        )

    def of(self, type: str) -> list[Event]:
        """What was published of a type."""
        return [event for event in self.events if event.type == type]

    def _decide(self, command: c.AnyCommand, context: DecisionContext) -> Decision:
        if isinstance(command, c.ImportPlan):
            return import_plan(self.org, command, exchange.read(command.content or "", command.format), context)
        return decide(self.org, command, context)

    def _append(self, source: str, drafts: Sequence[EventDraft]) -> list[Event]:
        stream, made = self.streams[source], list[Event]()
        end = len(stream) + len(drafts)
        for draft in drafts:
            made.append(_event(draft, source, self.id, stream[-1] if stream else None, end))
            stream.append(made[-1])
        return made


def _request(number: int) -> str:
    return f"0197f2c4-a000-7000-9000-{number:012x}"


def _event(draft: Any, source: str, organization: Id, previous: Event | None, commit: int) -> Event:
    return Event(
        id=draft.id,
        source=source,
        type=draft.type,
        time=draft.time,
        subject=draft.subject,
        organization=organization,
        sequence=previous.sequence + 1 if previous else 1,
        previous=previous.id if previous else None,
        commit=commit,
        basis=draft.basis,
        actor=getattr(draft, "actor", None),
        causationid=draft.causationid,
        correlationid=draft.correlationid,
        data=draft.payload,
    )
