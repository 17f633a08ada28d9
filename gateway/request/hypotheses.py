"""What a dry run would write, in the form in which alignment is asked about it: facts of nodes and links, with short
names.

An id that is minted in a dry run means nothing to anybody, and is longer than all else that is said of its node. So
what is new is sent under a number, and named again in the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from msgspec import structs

from gateway.live.organization_view import OrganizationView
from goldenthread.contracts.entities import Entity, Id, KeyResult
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.alignment import AlignmentState, Verdict
from goldenthread.contracts.events.goals import ObjectiveCreated, entities_of
from goldenthread.contracts.hypotheses import Facts, facts_of
from goldenthread.contracts.read_api import VerdictChange

_ENDS = ("id", "child", "parent", "measures")

F = TypeVar("F", bound=Facts)


class Hypothesis:
    """The facts of a dry run at `revision`; events are given to it in order."""

    def __init__(self, view: OrganizationView, revision: int) -> None:
        self._view = view
        # A node that this process has not seen yet may be somebody else's, which alignment knows by its id.
        self._shortens = view.revision >= revision
        self._found: dict[Id, Facts] = {}
        self._names: dict[Id, Id] = {}
        self._ids: dict[Id, Id] = {}
        self._key_results: set[Id] = set()
        self._continues: dict[Id, Id] = {}

    def add(self, events: Iterable[Event]) -> None:
        """Take what events say of nodes and links: what they say last counts."""
        for event in events:
            self._continues |= continuing(event)
            for entity in entities_of(event.data) if event.data is not None else ():
                self._put(entity)

    @property
    def facts(self) -> list[Facts]:
        """The facts, in the order in which things first appear."""
        return list(self._found.values())

    def named(self, effects: Iterable[VerdictChange]) -> list[VerdictChange]:
        """The effects on goals, by their ids.

        A key result is as broken as what it measures: it raises no alert and counts in no share, and is left out. A
        copy is not there yet: the goal that it would continue stands in its place.
        """
        ids = self._ids
        named = (structs.replace(each, node=ids[each.node]) if each.node in ids else each for each in effects)
        copies = self._continues
        found = (
            structs.replace(each, node=copies.get(each.node, each.node))
            for each in of_copies(self._view, named, copies)
        )
        return [each for each in found if each.node not in self._key_results and not measured(self._view, each)]

    def _put(self, entity: Entity) -> None:
        facts = facts_of(entity)
        if facts is None:
            return
        if isinstance(entity, KeyResult):
            self._key_results.add(entity.id)
        self._found[entity.id] = self._shortened(facts)

    def _shortened(self, facts: F) -> F:
        if not self._shortens:
            return facts
        ends = {name: self._name(getattr(facts, name)) for name in _ENDS if hasattr(facts, name)}
        return structs.replace(facts, **ends)

    def _name(self, id: Id) -> Id:
        name = self._names.get(id)
        if name is None:
            new = self._view.get(id) is None
            name = self._names[id] = f"new_{len(self._ids)}" if new else id
            if new:
                self._ids[name] = id
        return name


def continuing(event: Event) -> dict[Id, Id]:
    """The goal that a copy continues which an event makes, by the copy; nothing for any other event."""
    made = event.data.objective if isinstance(event.data, ObjectiveCreated) else None
    return {made.id: made.continues} if made is not None and made.continues is not None else {}


def of_copies(
    view: OrganizationView, effects: Iterable[VerdictChange], continues: Mapping[Id, Id]
) -> Iterator[VerdictChange]:
    """A copy goes on with what a goal was: it is compared with that, and the goal that it `continues` is left out."""
    ended = {*continues.values()}
    for each in effects:
        if each.node in continues:
            verdict = view.judgement(continues[each.node]).verdict
            state = verdict.frozen or verdict.state
            yield structs.replace(each, before=None if state is AlignmentState.NOT_JUDGED else Verdict(state))
        elif each.node not in ended:
            yield each


def measured(view: OrganizationView, effect: VerdictChange) -> bool:
    """Whether an effect is on a key result."""
    return effect.node in view.org.key_results
