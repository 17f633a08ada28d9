"""An organization in memory: the one fold of goals' events that every process uses.

goals decides commands on it, the gateway answers queries from it, notifications addresses alerts with it; so there is
one definition of what the events mean. Changes between `begin` and `rollback` can be taken back at the cost of what
changed, which is how a refused command or a dry run leaves no trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from goldenthread.contracts.entities import (
    CheckIn,
    CustomerFeedback,
    Cycle,
    Entity,
    GoalNode,
    Id,
    KeyResult,
    Link,
    Objective,
    OrganizationInfo,
    OrgUnit,
    Person,
    Purpose,
    Question,
    Why,
    WhyAnswer,
)
from goldenthread.contracts.enums import LinkState, ObjectiveState, PurposeState, WhyState
from goldenthread.contracts.events.goals import entities_of

OPEN_LINKS = (LinkState.PROPOSED, LinkState.COUNTERED)
LIVE_LINKS = (*OPEN_LINKS, LinkState.ACCEPTED)


class Organization:
    """Everything goals has published about one organization, by id.

    `apply` is idempotent: entities are whole states, the last one wins. Indexes (`up`, `down`, `measures_of`, ...) map
    to insertion-ordered dicts used as ordered sets and follow every change.
    """

    def __init__(self) -> None:
        self.info: OrganizationInfo | None = None
        self.purpose: Purpose | None = None
        self.units: dict[Id, OrgUnit] = {}
        self.people: dict[Id, Person] = {}
        self.cycles: dict[Id, Cycle] = {}
        self.whys: dict[Id, Why] = {}
        self.objectives: dict[Id, Objective] = {}
        self.key_results: dict[Id, KeyResult] = {}
        self.check_ins: dict[Id, CheckIn] = {}
        self.links: dict[Id, Link] = {}
        self.answers: dict[Id, WhyAnswer] = {}
        self.questions: dict[Id, Question] = {}
        self.feedback: dict[Id, CustomerFeedback] = {}
        self.up: dict[Id, dict[Id, None]] = {}
        """node → ids of its links to parents, in any state."""
        self.down: dict[Id, dict[Id, None]] = {}
        """node → ids of the links from children, in any state."""
        self.measures_of: dict[Id, dict[Id, None]] = {}
        """objective or why → ids of its key results, removed ones included."""
        self.check_ins_of: dict[Id, dict[Id, None]] = {}
        self.answers_to: dict[Id, dict[Id, None]] = {}
        """why → ids of the answers to it."""
        self.answers_of: dict[str, dict[Id, None]] = {}
        """"why unit" → the id of that unit's answer."""
        self.questions_about: dict[Id, dict[Id, None]] = {}
        """whatever was asked about → ids of the questions."""
        self.feedback_about: dict[Id, dict[Id, None]] = {}
        """goal → ids of what customers said about it."""
        self.continued_by: dict[Id, dict[Id, None]] = {}
        """objective or key result → ids of the copies that continue it."""
        self.units_below: dict[Id, dict[Id, None]] = {}
        """unit → ids of the units directly below it."""
        self.led_by: dict[Id, dict[Id, None]] = {}
        """person → ids of the units whose lead they are."""
        self.placed_in: dict[Id, dict[Id, None]] = {}
        """unit → ids of the people who hold a role in it, those who left included."""
        self._tables: dict[str, dict[Id, Any]] = {
            "unit": self.units,
            "person": self.people,
            "cycle": self.cycles,
            "why": self.whys,
            "objective": self.objectives,
            "keyresult": self.key_results,
            "checkin": self.check_ins,
            "link": self.links,
            "answer": self.answers,
            "question": self.questions,
            "feedback": self.feedback,
        }
        self._nodes: dict[str, dict[Id, Any]] = {kind: self._tables[kind] for kind in ("why", "objective", "keyresult")}
        self._journal: list[tuple[Entity, Entity | None]] | None = None

    def apply(self, payload: Struct | None) -> None:
        """Fold one goals payload in. An unknown one (None) and the clock's change nothing."""
        if payload is not None:
            for entity in entities_of(payload):
                self.put(entity)

    def put(self, entity: Entity) -> None:
        """Set an entity's state; its indexes follow."""
        before = self.get(entity.id) if not isinstance(entity, OrganizationInfo) else self.info
        if self._journal is not None:
            self._journal.append((entity, before))
        self._set(entity, before)

    def get(self, id: Id) -> Any:
        """The entity with this id, whatever it is, or None."""
        if self.purpose is not None and self.purpose.id == id:
            return self.purpose
        if self.info is not None and self.info.id == id:
            return self.info
        table = self._tables.get(id.partition("_")[0])
        return None if table is None else table.get(id)

    def node(self, id: Id) -> GoalNode | None:
        """The goal node with this id, or None."""
        table = self._nodes.get(id.partition("_")[0])
        if table is not None:
            return table.get(id)
        return self.purpose if self.purpose is not None and self.purpose.id == id else None

    @property
    def begun(self) -> bool:
        """True between `begin` and `commit` or `rollback`."""
        return self._journal is not None

    def begin(self) -> None:
        """Remember what `put` replaces from now on. Raises RuntimeError when already begun."""
        if self._journal is not None:
            raise RuntimeError("a change of this organization is under way")
        self._journal = []

    def commit(self) -> list[Entity]:
        """Keep what changed since `begin`; the changed entities, each once, in its last state."""
        journal, self._journal = self._journal or [], None
        return list({entity.id: entity for entity, _ in journal}.values())

    def rollback(self) -> None:
        """Take back everything since `begin`."""
        journal, self._journal = self._journal or [], None
        for entity, before in reversed(journal):
            if before is None:
                self._remove(entity)
            else:
                self._set(before, entity)

    @property
    def entity_count(self) -> int:
        """How many entities there are, save the organization itself and its purpose."""
        return sum(len(table) for table in self._tables.values())

    def entities(self) -> Iterator[Entity]:
        """Everything, parents of references first: putting them in this order gives an equal organization."""
        if self.info is not None:
            yield self.info
        yield from self.units.values()
        yield from self.people.values()
        yield from self.cycles.values()
        if self.purpose is not None:
            yield self.purpose
        yield from self.whys.values()
        yield from self.objectives.values()
        yield from self.key_results.values()
        yield from self.check_ins.values()
        yield from self.links.values()
        yield from self.answers.values()
        yield from self.questions.values()
        yield from self.feedback.values()

    @classmethod
    def of(cls, entities: Iterable[Entity]) -> Organization:
        """An organization holding `entities`."""
        made = cls()
        for entity in entities:
            made.put(entity)
        return made

    def copy(self) -> Organization:
        """An equal one, which changes apart from this. Raises RuntimeError while a change is under way here.

        Entities never change, and are shared; the tables and indexes are not.
        """
        if self._journal is not None:
            raise RuntimeError("a change of this organization is under way")
        made = Organization()
        made.info, made.purpose = self.info, self.purpose
        for name, table in self._tables.items():
            made._tables[name].update(table)
        for mine, other in zip(self._indexes(), made._indexes(), strict=True):
            other.update((key, found.copy()) for key, found in mine.items())
        return made

    # -- what everybody asks ------------------------------------------------------------------------------------------

    def live(self, id: Id) -> bool:
        """Live: the published purpose, a published why, an active objective, a key result of a live node."""
        node = self.node(id)
        seen = 0
        while isinstance(node, KeyResult):
            if node.removed or seen > len(self.key_results):
                return False
            node, seen = self.node(node.measures), seen + 1
        if isinstance(node, Purpose):
            return node.state is PurposeState.PUBLISHED
        if isinstance(node, Why):
            return node.state is WhyState.PUBLISHED
        return node is not None and node.state is ObjectiveState.ACTIVE

    def under_way(self, id: Id) -> bool:
        """Live, or a draft (or a measure of one): it may still be linked and talked about. False once it has ended."""
        node = self.node(id)
        for _ in range(len(self.key_results) + 1):  # imported data may measure in circles
            if not isinstance(node, KeyResult) or node.removed:
                break
            node = self.node(node.measures)
        return self.live(id) or (isinstance(node, Objective) and node.state is ObjectiveState.DRAFT)

    def owners(self, id: Id) -> list[Id]:
        """The owning units of a node, the primary first; empty for the purpose, and for a circle of measures."""
        node = self.node(id)
        for _ in range(len(self.key_results) + 1):
            if not isinstance(node, KeyResult):
                break
            node = self.node(node.measures)
        if isinstance(node, Why):
            return [node.unit]
        return list(node.owners) if isinstance(node, Objective) else []

    def continued(self, id: Id) -> Id | None:
        """The copy that goes on with an objective or key result: the first one that is under way, else the last."""
        seen, at = {id}, id
        while copies := [each for each in self.continued_by.get(at, {}) if each not in seen]:
            at = max(copies, key=lambda each: (self.under_way(each), each))
            if self.under_way(at):
                break
            seen.add(at)
        return at if at != id else None

    def parents(self, id: Id, *states: LinkState) -> list[Link]:
        """Links up from a node in `states` (ACCEPTED when none are named), the oldest accepted first."""
        return self._links(self.up.get(id, {}), states)

    def children(self, id: Id, *states: LinkState) -> list[Link]:
        """Links up to a node in `states` (ACCEPTED when none are named), the oldest accepted first."""
        return self._links(self.down.get(id, {}), states)

    def answer(self, why: Id, unit: Id) -> WhyAnswer | None:
        """What a unit said to a why, whatever version it spoke of."""
        found = self.answers_of.get(f"{why} {unit}")
        return self.answers[next(iter(found))] if found else None

    def explained(self, link: Link) -> bool:
        """Accepted, with a because written or reaffirmed against the parent's current version."""
        if link.state is not LinkState.ACCEPTED:
            return False
        parent = self.node(link.parent)
        return link.measure or (parent is not None and link.because_version == parent.version)

    def ancestors(self, unit: Id | None) -> Iterator[OrgUnit]:
        """`unit` itself and the units above it, nearest first."""
        seen: set[Id] = set()
        while unit is not None and unit in self.units and unit not in seen:
            seen.add(unit)
            yield self.units[unit]
            unit = self.units[unit].parent

    def subunits(self, unit: Id) -> Iterator[Id]:
        """`unit` itself and everything below it, breadth first."""
        queue, seen = [unit], {unit}
        for each in queue:
            yield each
            below = [u for u in self.units_below.get(each, {}) if u not in seen]
            seen.update(below)
            queue += below

    # -- inside -------------------------------------------------------------------------------------------------------

    def _links(self, ids: dict[Id, None], states: tuple[LinkState, ...]) -> list[Link]:
        wanted = states or (LinkState.ACCEPTED,)
        found = [link for id in ids if (link := self.links[id]).state in wanted]
        if len(found) > 1:
            found.sort(
                key=lambda link: (link.accepted_order is None, link.accepted_order or 0, link.proposed_at, link.id)
            )
        return found

    def _set(self, entity: Entity, before: Any) -> None:
        if isinstance(entity, OrganizationInfo):
            self.info = entity
        elif isinstance(entity, Purpose):
            self.purpose = entity
        else:
            self._unindex(before)
            self._tables[entity.id.partition("_")[0]][entity.id] = entity
            for index, key in self._keys(entity):
                index.setdefault(key, {})[entity.id] = None

    def _remove(self, entity: Entity) -> None:
        if isinstance(entity, OrganizationInfo):
            self.info = None
        elif isinstance(entity, Purpose):
            self.purpose = None
        else:
            self._unindex(entity)
            del self._tables[entity.id.partition("_")[0]][entity.id]

    def _unindex(self, entity: Any) -> None:
        if entity is not None:
            for index, key in self._keys(entity):
                bucket = index.get(key)
                if bucket is not None:
                    bucket.pop(entity.id, None)
                    if not bucket:
                        del index[key]

    def _indexes(self) -> list[dict[Id, dict[Id, None]]]:
        return [
            self.up,
            self.down,
            self.measures_of,
            self.check_ins_of,
            self.answers_to,
            self.answers_of,
            self.questions_about,
            self.feedback_about,
            self.continued_by,
            self.units_below,
            self.led_by,
            self.placed_in,
        ]

    def _keys(self, entity: Entity) -> list[tuple[dict[Id, dict[Id, None]], Id]]:
        if isinstance(entity, Link):
            return [(self.up, entity.child), (self.down, entity.parent)]
        if isinstance(entity, Objective):
            return [(self.continued_by, entity.continues)] if entity.continues is not None else []
        if isinstance(entity, KeyResult):
            measured = [(self.measures_of, entity.measures)]
            return measured + ([(self.continued_by, entity.continues)] if entity.continues is not None else [])
        if isinstance(entity, CheckIn):
            return [(self.check_ins_of, entity.key_result)]
        if isinstance(entity, WhyAnswer):
            return [(self.answers_to, entity.why), (self.answers_of, f"{entity.why} {entity.unit}")]
        if isinstance(entity, Question):
            return [(self.questions_about, entity.about)]
        if isinstance(entity, CustomerFeedback):
            return [(self.feedback_about, node) for node in entity.about]
        if isinstance(entity, OrgUnit):
            above = [(self.units_below, entity.parent)] if entity.parent is not None else []
            return above + ([(self.led_by, entity.lead)] if entity.lead is not None else [])
        if isinstance(entity, Person):
            return [(self.placed_in, unit) for unit in dict.fromkeys(grant.unit for grant in entity.roles) if unit]
        return []
