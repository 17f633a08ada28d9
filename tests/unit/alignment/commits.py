"""Goals commits made of entities, so that tests speak of nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct

from goldenthread.contracts.entities import Entity, KeyResult, Link, Objective, Purpose
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events import goals
from goldenthread.contracts.events.alignment import Verdict
from goldenthread.contracts.registry import name_of
from services.alignment.domain.verdict import Changes, Graph
from tests.support.entities import T0


def payload_of(entity: Entity) -> Struct:
    """An event that carries the entity; the engine reads nothing else of it."""
    if isinstance(entity, Link):
        return goals.LinkAccepted(entity)
    if isinstance(entity, Objective):
        return goals.ObjectiveActivated(entity)
    if isinstance(entity, KeyResult):
        return goals.KeyResultAdded(entity)
    return goals.PurposePublished(entity) if isinstance(entity, Purpose) else goals.WhyPublished(entity)  # type: ignore[arg-type]


def commit_of(payloads: Sequence[Struct], first: int = 1) -> list[Event]:
    """One transaction of goals; event n is of minute n."""
    last = first + len(payloads) - 1
    return [
        Event(
            id=f"event-{number}",
            source=goals.SOURCE,
            type=name_of(payload),
            time=T0 + timedelta(minutes=number),
            subject="any",
            organization="org_1",
            sequence=number,
            previous=None,
            commit=last,
            data=payload,
        )
        for number, payload in enumerate(payloads, first)
    ]


class JudgedGraph:
    """A graph that takes entities in commit by commit; each judgement must report exactly what changed."""

    def __init__(self, *entities: Entity) -> None:
        self.graph = Graph()
        self.sequence = 0
        if entities:
            self.commit(*entities)

    def commit(self, *entities: Entity) -> Changes:
        before = dict(self.graph.verdicts())
        for entity in entities:
            self.put(entity)
        changes, after = self.graph.judge(), dict(self.graph.verdicts())
        differ = {node: (before.get(node), now) for node, now in after.items() if before.get(node) != now}
        assert {each.node: (each.before, each.after) for each in changes.labels} == differ
        return changes

    def put(self, entity: Entity) -> None:
        self.sequence += 1
        self.graph.apply(payload_of(entity), self.sequence)

    def verdict(self, node: str) -> Verdict:
        found = self.graph.verdict(node)
        assert found is not None
        return found
