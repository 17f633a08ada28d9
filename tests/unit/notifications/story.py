"""A small organization told commit by commit, so that a test reads as what happened and what was alerted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, structs

from goldenthread.contracts import registry
from goldenthread.contracts.entities import Link, OrganizationInfo, Policy
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.alerts import Alert
from goldenthread.contracts.events.alignment import AlignmentState, Label, LabelsChanged, OrphanCause, Verdict
from goldenthread.contracts.events.goals import (
    LinkAccepted,
    LinkProposed,
    ObjectiveActivated,
    OrganizationCreated,
    PurposePublished,
    UnitCreated,
    WhyPublished,
    WhyRevised,
)
from goldenthread.contracts.events.goals.clock import DayClosed, Grace, GraceEnded, LinkOverdue
from services.notifications.domain.alerts import AlertPayload, Alerts, FoldResult
from tests.support import entities
from tests.support.entities import T0

ORG = "org_1"
ALIGNED = Verdict(AlignmentState.ALIGNED, depth=1)
UNEXPLAINED = Verdict(AlignmentState.UNEXPLAINED, depth=1, unexplained=1)
NOT_JUDGED = Verdict(AlignmentState.NOT_JUDGED)


def orphaned(cause: OrphanCause, broken_at: str, lost: str | None = None, link: str | None = None) -> Verdict:
    """An orphan's verdict."""
    return Verdict(AlignmentState.ORPHANED, cause=cause, broken_at=broken_at, lost_parent=lost, link=link)


def goals_event(data: Struct, sequence: int, commit: int) -> Event:
    """A goals event; its time tells its place."""
    return Event(
        id=f"goals-{sequence}",
        source="/goldenthread/goals",
        type=registry.name_of(data),
        time=T0 + timedelta(hours=sequence),
        subject="any",
        organization=ORG,
        sequence=sequence,
        previous=f"goals-{sequence - 1}" if sequence > 1 else None,
        commit=commit,
        data=data,
    )


def alignment_event(labels: dict[str, Verdict], basis: int) -> Event:
    """The labels a commit changed."""
    return judged_event(LabelsChanged([Label(node, verdict) for node, verdict in labels.items()]), basis)


def judged_event(data: Struct, basis: int) -> Event:
    """What alignment says of a commit."""
    return Event(
        id=f"alignment-{basis}",
        source="/goldenthread/alignment",
        type=registry.name_of(data),
        time=T0 + timedelta(hours=basis),
        subject=ORG,
        organization=ORG,
        sequence=basis,
        previous=None,
        commit=basis,
        basis=basis,
        data=data,
    )


class Story:
    """Commits told one after the other; what was kept of them; the alerts they came to."""

    def __init__(self) -> None:
        self.alerts = Alerts(ORG)
        self.sequence = 0
        self.kept: dict[str, Any] = {}
        self.commits: list[tuple[list[Event], list[Event]]] = []
        self.payloads: list[AlertPayload] = []

    def then(self, *happened: Struct, said: Sequence[Struct] = (), **verdicts: Verdict) -> list[AlertPayload]:
        """One commit, the verdicts it changed, what else alignment said of it; the alert payloads it came to."""
        first, last = self.sequence + 1, self.sequence + len(happened)
        goals = [goals_event(data, first + i, last) for i, data in enumerate(happened)]
        alignment = [alignment_event(verdicts, last)] if verdicts else []
        alignment += [judged_event(each, last) for each in said]
        self.sequence = last
        self.commits.append((goals, alignment))
        made = self.alerts.fold(goals, alignment)
        self.keep(made)
        self.payloads += made.payloads
        return made.payloads

    def verdicts(self, **verdicts: Verdict) -> list[AlertPayload]:
        """The verdicts of the last commit, come a step later."""
        made = self.alerts.fold([], [alignment_event(verdicts, self.sequence)])
        self.keep(made)
        self.payloads += made.payloads
        return made.payloads

    def judged(self, said: Struct) -> list[AlertPayload]:
        """A commit without further effect (a day is closed), and what alignment says of it."""
        self.then(DayClosed(T0.date()))
        made = self.alerts.fold([], [judged_event(said, self.sequence)])
        self.keep(made)
        self.payloads += made.payloads
        return made.payloads

    def keep(self, made: FoldResult) -> None:
        """Keep the facts, as a store does."""
        for key, fact in made.facts.items():
            if fact is None:
                self.kept.pop(key, None)
            else:
                self.kept[key] = fact

    def restored(self) -> Alerts:
        """The fold made anew from what was kept."""
        return Alerts.restored(ORG, self.sequence, self.kept.items(), self.alerts.open.values())

    def open(self) -> list[Alert]:
        """The open alerts."""
        return list(self.alerts.open.values())

    def at(self, sequence: int | None = None) -> datetime:
        """The time of the goals event with this sequence (the last one)."""
        return T0 + timedelta(hours=self.sequence if sequence is None else sequence)


def told() -> Story:
    """The root unit and A have leads, B below A has none. Purpose ← why_1 ← objective_1 (A) ← objective_2 (B)."""
    story = Story()
    story.then(OrganizationCreated(OrganizationInfo(ORG, "Example", "unit_root", Policy(), T0)))
    story.then(
        UnitCreated(entities.unit("unit_root", None, "person_root")),
        UnitCreated(entities.unit("unit_a", "unit_root", "person_a")),
        UnitCreated(entities.unit("unit_b", "unit_a")),
    )
    story.then(PurposePublished(entities.purpose()), WhyPublished(entities.why("why_1")))
    story.then(
        LinkAccepted(entities.link("link_w", "why_1", "purpose_1", 1)),
        ObjectiveActivated(entities.objective("objective_1")),
        LinkAccepted(entities.link("link_1", "objective_1", "why_1", 2)),
        ObjectiveActivated(entities.objective("objective_2", owner="unit_b")),
        LinkAccepted(entities.link("link_2", "objective_2", "objective_1", 3)),
        objective_1=ALIGNED,
        objective_2=ALIGNED,
    )
    return story


def revise_why(story: Story, *goals: str) -> list[AlertPayload]:
    """The why says something else; these goals lose their explanation."""
    before = story.alerts.facts.org.whys["why_1"]
    revised = structs.replace(before, version=before.version + 1)
    labels: dict[str, Any] = dict.fromkeys(goals, UNEXPLAINED)
    return story.then(WhyRevised(revised, before), **labels)


def grace(node: str, grace: Grace, ended: bool = True) -> GraceEnded:
    """The clock's word on a grace."""
    return GraceEnded(node, grace, T0, ended)


def overdue(link: str, round: int = 1) -> LinkOverdue:
    """The clock's word on a link."""
    return LinkOverdue(link, round, T0)


def proposed(link: Link) -> LinkProposed:
    """A link, proposed."""
    return LinkProposed(link)
