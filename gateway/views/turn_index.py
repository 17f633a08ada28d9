"""Every turn of an organization, kept by the unit that owes it, so that asking for one unit's costs what it lists.

A change only marks what it touched; the next reader works out anew what hangs on that. So the index equals one made
from nothing at any time (a test compares them after any history), and a change costs no reader more than it moved.
Debts of answers are not kept: one answer moves them for a whole level. They are read off the cascades of a unit's whys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from gateway.budget import cost
from gateway.live.folded_organization import FoldedOrganization
from gateway.views import turns as t
from gateway.views.turns import Turn
from goldenthread.contracts.entities import (
    CustomerFeedback,
    Cycle,
    Id,
    KeyResult,
    Link,
    Objective,
    OrganizationInfo,
    Person,
    Purpose,
    Question,
    Why,
    WhyAnswer,
)
from goldenthread.contracts.enums import WhyState
from goldenthread.contracts.events.goals import entities_of
from goldenthread.organization import why_cascade
from goldenthread.organization.organization import Organization
from goldenthread.runtime.slices import run_without_pause

FEW = 20
"""Units that are looked at one by one; where more speak through one lead, whole cascades are walked instead."""
_Subject = Person | Purpose | Why | Objective | KeyResult | Link | WhyAnswer | Question | CustomerFeedback


class TurnIndex:
    """The turns of one organization. `touched` and `judged` say what changed, from the beginning; `of` answers.

    What is to be done may be done in slices (`catching_up`), and things may change between two of them: what comes too
    late for its slice is worked out once more.
    """

    def __init__(self, state: FoldedOrganization) -> None:
        self._state = state
        self.begin()

    def begin(self) -> None:
        """Work out everything anew, when it is asked for."""
        self._turns: dict[Id, list[Turn]] = {}
        self._by_side: dict[Id, dict[str, Turn]] = {}
        self._by_person: dict[Id, dict[str, Turn]] = {}
        self._personal: dict[str, Turn] = {}
        """Those of no unit, which administrators see beside the person who owes them."""
        self._orphans_of_dependency: dict[Id, dict[Id, None]] = {}
        """what an orphan's turn depends on besides itself → those orphans."""
        self._dependencies: dict[Id, list[Id]] = {}
        self._whys_of_unit: dict[Id, dict[Id, None]] = {}
        """unit → the whys that have it in their audience."""
        self._audiences: dict[Id, list[Id]] = {}
        org = self._state.org
        self._first = [org.purpose.id] if org.purpose is not None else []
        """What was not worked out yet since it was begun; what hangs on that is in here as well."""
        for table in (org.whys, org.objectives, org.key_results, org.links, org.answers, org.questions, org.feedback):
            self._first.extend(table)
        self._first.extend(person.id for person in org.people.values() if person.invitation is not None)
        self._stale: dict[Id, None] = {}
        self._again = False

    # -- what changed --------------------------------------------------------------------------------------------------

    def touched(self, payload: Struct | None) -> None:
        """A goals payload was folded in."""
        for entity in entities_of(payload) if payload is not None else []:
            if isinstance(entity, OrganizationInfo | Cycle):
                self._again = True  # terms and days of everything may have moved
            elif isinstance(entity, _Subject):
                self._stale[entity.id] = None

    def judged(self, nodes: Iterable[Id]) -> None:
        """The verdicts on these nodes may have changed."""
        self._stale.update(dict.fromkeys(nodes))

    @property
    def backlog(self) -> int:
        """How much there is to be worked out before the next answer."""
        return len(self._first) + len(self._stale) if not self._again else len(self._turns) + 1_000_000

    def catching_up(self) -> Iterator[None]:
        """Work out what there is to be done, one thing after the other; between two of them anything may change."""
        org = self._state.org
        while self._again or self._first or self._stale:
            if self._again:
                self.begin()
            elif self._first:
                self._work_out(org, self._first.pop())
            else:
                subject, _ = self._stale.popitem()
                for id in list(dict.fromkeys(self._hanging_on(org, subject))):
                    self._work_out(org, id)
            yield

    # -- what is asked -------------------------------------------------------------------------------------------------

    def of(self, units: Iterable[Id], person: Id | None = None, *, administers: bool = False) -> list[Turn]:
        """The turns of some units, and those a person answers for, who perhaps `administers`; the longest due first.
        Nobody says of themselves whether the right person claimed an invitation.
        """
        run_without_pause(self.catching_up())
        org = self._state.org
        sides = {side for unit in units for side in heard_at(org, unit)}
        cost.rows(2 * sum(len(self._by_side.get(side, {})) for side in sides))
        found = {key: turn for side in sides for key, turn in self._by_side.get(side, {}).items()}
        if person is not None:
            found |= self._by_person.get(person, {})
        if administers:
            cost.rows(2 * len(self._personal))
            found |= {key: turn for key, turn in self._personal.items() if turn.subject != person}
        return sorted([*found.values(), *self._owed(sides)], key=lambda turn: turn.order)

    def _owed(self, sides: set[Id]) -> Iterator[Turn]:
        org = self._state.org
        above = {each.id for side in sides for each in org.ancestors(side)}
        for id in {why: None for unit in above for why in self._whys_of_unit.get(unit, {})}:
            why = org.whys[id]
            for addressed in _parts(org, why, sides):
                turn = t.owed(org, addressed, why)
                if turn is not None:
                    yield turn

    # -- inside --------------------------------------------------------------------------------------------------------

    def _hanging_on(self, org: Organization, id: Id) -> Iterator[Id]:
        """`id` itself and everything whose turns read its state."""
        row = org.get(id)
        yield id
        yield from self._orphans_of_dependency.get(id, {})
        yield from org.questions_about.get(id, {})
        if isinstance(row, Question):
            yield row.about
        if isinstance(row, Why):
            yield from org.answers_to.get(id, {})
        if isinstance(row, Purpose | Why | Objective | KeyResult):
            for node in _and_measures(org, id):
                yield node
                yield from org.up.get(node, {})
                yield from org.down.get(node, {})
                yield from org.questions_about.get(node, {})
                yield from org.feedback_about.get(node, {})

    def _work_out(self, org: Organization, id: Id) -> None:
        for turn in self._turns.pop(id, []):
            _drop(self._by_side, turn.side, turn.key)
            self._personal.pop(turn.key, None)
            _drop(self._by_person, turn.accountable, turn.key)
        row = org.get(id)
        made = list(t.of_subject(self._state, row))
        if made:
            self._turns[id] = made
        for turn in made:
            if turn.personal:
                self._personal[turn.key] = turn
            else:
                self._by_side.setdefault(turn.side, {})[turn.key] = turn
            if turn.accountable is not None:
                self._by_person.setdefault(turn.accountable, {})[turn.key] = turn
        if isinstance(row, Why):
            _replace(self._whys_of_unit, self._audiences, id, row.audience if row.state is WhyState.PUBLISHED else [])
        if isinstance(row, Purpose | Why | Objective | KeyResult):
            _replace(self._orphans_of_dependency, self._dependencies, id, self._depends_on(org, id) if made else [])

    def _depends_on(self, org: Organization, node: Id) -> list[Id]:
        """What can change an orphan's turn: what it was linked to, the link that broke, and their owners."""
        verdict = self._state.judgement(node).verdict
        link = org.links.get(verdict.link or "")
        ends = [verdict.lost_parent, link.child if link is not None else None]
        found = [verdict.link, *ends, *(t.owner_node(org, end) for end in ends)]
        return [id for id in dict.fromkeys(found) if id]


def heard_at(org: Organization, unit: Id) -> list[Id]:
    """The units whose turns are moved at `unit`: it, and those below it that have no lead of their own."""
    row, root = org.units.get(unit), org.info.root if org.info else None
    if row is None or (unit != root and (row.closed or row.lead is None)):
        return []
    found = {unit: None}
    for each in (queue := [unit]):
        cost.rows(1 + len(org.units_below.get(each, {})))
        for id in org.units_below.get(each, {}):
            below = org.units[id]
            if id not in found and (below.closed or below.lead is None):
                found[id] = None
                queue.append(id)
    return list(found)


def _parts(org: Organization, why: Why, sides: set[Id]) -> Iterator[why_cascade.Addressed]:
    cost.rows(len(org.units) if len(sides) > FEW else 5 * len(sides))
    if len(sides) > FEW:
        yield from (each for each in why_cascade.cascade(org, why) if each.unit in sides)
    else:
        yield from (found for side in sides if (found := why_cascade.addressed_unit(org, why, side)) is not None)


def _and_measures(org: Organization, node: Id) -> list[Id]:
    """A node, its key results, theirs, and so on."""
    found = {node: None}
    for each in (queue := [node]):
        fresh = [id for id in org.measures_of.get(each, {}) if id not in found]
        found.update(dict.fromkeys(fresh))
        queue += fresh
    return list(found)


def _replace(index: dict[Id, dict[Id, None]], kept: dict[Id, list[Id]], id: Id, keys: list[Id]) -> None:
    """Index `id` under `keys`, and under nothing else."""
    for key in kept.pop(id, []):
        _drop(index, key, id)
    if keys:
        kept[id] = list(keys)
    for key in keys:
        index.setdefault(key, {})[id] = None


def _drop(index: dict[Id, dict[Id, Any]], key: Id | None, id: Id) -> None:
    bucket = index.get(key) if key is not None else None
    if bucket is not None:
        bucket.pop(id, None)
        if not bucket:
            del index[key]  # type: ignore[arg-type]
