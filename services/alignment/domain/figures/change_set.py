"""What a commit may change of the figures, and what that contributed before: read before the graph folds the commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from goldenthread.contracts.entities import (
    CustomerFeedback,
    Id,
    KeyResult,
    Link,
    Objective,
    OrganizationInfo,
    OrgUnit,
    Purpose,
    Question,
    Why,
    WhyAnswer,
)
from goldenthread.contracts.enums import AnswerStance, ObjectiveState, PurposeState
from goldenthread.contracts.events.alignment import Verdict
from goldenthread.contracts.events.goals import PromiseBroken, PromiseKept, entities_of
from services.alignment.domain.figures.contributions import (
    UnitContribution,
    of_debt,
    of_feedback,
    of_objective,
    of_question,
    of_why,
)
from services.alignment.domain.figures.exchanges import LinkBefore
from services.alignment.domain.figures.facts import FigureFacts
from services.alignment.domain.figures.owner_lists import Units
from services.alignment.domain.figures.redaction import FigureEntity, redacted
from services.alignment.domain.verdict.columns import ENDED, KEY_RESULT, LIVE, OBJECTIVE, PURPOSE

Verdicts = Callable[[Id], Verdict | None]
Debt = tuple[Id, Id]
"""A why, and a unit that it addresses."""


class ChangeSet:
    """The changes of the commit that is being folded.

    Under `goals`, `debts`, `voices` and `ties` is what each contributed before it.
    """

    def __init__(self, facts: FigureFacts, verdicts: Verdicts) -> None:
        self._facts, self._verdicts = facts, verdicts
        self.goals: dict[Id, UnitContribution | None] = {}
        self.debts: dict[Debt, UnitContribution | None] = {}
        self.voices: dict[Id, UnitContribution | None] = {}
        """Of questions and of customers' feedback."""
        self.ties: dict[int, Units] = {}
        """By the link's row."""
        self.links: dict[Id, tuple[LinkBefore | None, Link]] = {}
        """Links that changed: how each stood before (None: there was none), and as it is now."""
        self.judged_promises: dict[Id, Link] = {}
        """Links whose promise was judged, as they were then: a copy may go on with one in the same commit."""
        self.questions: dict[Id, Question | None] = {}
        """Questions that changed, as they were."""
        self.answers: dict[Id, WhyAnswer | None] = {}
        """The same of answers to whys."""
        self.owners: dict[Id, Units] = {}
        """Goals that may have other owners now."""
        self.placed_units: set[Id] = set()
        """Units that are new, elsewhere or closed."""
        self.unsaved: dict[Id, FigureEntity] = {}
        """Facts that are new, to be stored."""

    @property
    def changed(self) -> bool:
        """May anything be other than before?"""
        return bool(self.unsaved or self.links or self.owners or self.goals or self.ties)

    def apply(self, payload: Any) -> None:
        """Look at what one goals payload may change; what is said is known then, goals and links are not yet."""
        if isinstance(payload, PromiseKept | PromiseBroken):
            self.judged_promises[payload.link.id] = payload.link
        for entity in entities_of(payload) if payload is not None else ():
            look = _LOOKS.get(type(entity))
            if look is not None:
                look(self, entity)

    def part_of_goal(self, id: Id) -> UnitContribution | None:
        """What a goal adds now."""
        why = self._facts.org.whys.get(id)
        return of_objective(self._facts, id, self._verdicts) if why is None else of_why(self._facts, why)

    def part_of_debt(self, debt: Debt) -> UnitContribution | None:
        """What a why adds for one unit now."""
        org, (why, unit) = self._facts.org, debt
        return of_debt(org, org.whys[why], unit) if unit in org.units and why in org.whys else None

    def part_of_voice(self, id: Id) -> UnitContribution | None:
        """What a question or feedback adds now."""
        question, feedback = self._facts.org.questions.get(id), self._facts.org.feedback.get(id)
        if question is not None:
            return of_question(question)
        return of_feedback(feedback) if feedback is not None else None

    # -- goals and links: known by the graph --------------------------------------------------------------------------

    def _purpose(self, after: Purpose) -> None:
        goals, row = self._facts.goals, self._facts.goals.node(after.id)
        was = goals.kind(row) == PURPOSE and goals.own_status(row) == LIVE
        if was != (after.state is PurposeState.PUBLISHED):
            self._links_of(row)

    def _objective(self, after: Objective) -> None:
        goals, row = self._facts.goals, self._facts.goals.node(after.id)
        known, owners = goals.kind(row) == OBJECTIVE, tuple(after.owners)
        same = known and (goals.own_status(row) == LIVE) == (after.state is ObjectiveState.ACTIVE)
        if not same or owners != self._facts.owners.of(row) or after.id in self.owners:
            self._goal(after.id)
            self._links_of(row)
            self.owners[after.id] = owners

    def _key_result(self, after: KeyResult) -> None:
        goals, row = self._facts.goals, self._facts.goals.node(after.id)
        measured = goals.node(after.measures)
        known = goals.kind(row) == KEY_RESULT
        before = goals.measured(row) if known else -1
        if not known or before != measured or (goals.own_status(row) == ENDED) != after.removed:
            if before >= 0:
                self._goal(goals.id(before))
            self._goal(after.measures)
            self._links_of(row)

    def _link(self, after: Link) -> None:
        goals, row = self._facts.goals, self._facts.goals.link(after.id)
        if row < 0:
            before = self.links[after.id][0] if after.id in self.links else None
        else:
            seen = goals.link_view(row)
            before = LinkBefore(seen.state, self._facts.promises.get(after.id))
            ends = seen.child, seen.parent
            same = before == (after.state, after.kept) and seen.measure == after.measure
            if same and ends == (goals.node(after.child), goals.node(after.parent)) and after.id not in self.links:
                return
            self._tie(row)
        self.links[after.id] = before, after

    # -- what is said: known here -------------------------------------------------------------------------------------

    def _why(self, entity: Why) -> None:
        after, before = redacted(entity), self._facts.org.whys.get(entity.id)
        if after == before or not isinstance(after, Why):
            return
        self._goal(after.id)
        tops = dict.fromkeys([*(before.audience if before else ()), *after.audience])
        for unit in (unit for top in tops for unit in self._facts.org.subunits(top)):
            self._debt((after.id, unit))
        if before is None or (before.state, before.unit) != (after.state, after.unit):
            self._links_of(self._facts.goals.node(after.id))
            self.owners[after.id] = (after.unit,)
        self._know(after)

    def _answer(self, entity: WhyAnswer) -> None:
        after, before = redacted(entity), self._facts.org.answers.get(entity.id)
        if after == before or not isinstance(after, WhyAnswer):
            return
        for unit in self._below(before, after):
            self._debt((after.why, unit))
        self.answers.setdefault(after.id, before)
        self._know(after)

    def _question(self, entity: Question) -> None:
        after, before = redacted(entity), self._facts.org.questions.get(entity.id)
        if after != before:
            self._voice(entity.id)
            self.questions.setdefault(entity.id, before)
            self._know(after)

    def _feedback(self, entity: CustomerFeedback) -> None:
        after, before = redacted(entity), self._facts.org.feedback.get(entity.id)
        if after == before:
            return
        self._voice(entity.id)
        goals = self._facts.goals
        for node in dict.fromkeys([*(before.about if before else ()), *entity.about]):
            self._goal(node)
            row = goals.node(node)
            if goals.kind(row) == KEY_RESULT and goals.measured(row) >= 0:
                self._goal(goals.id(goals.measured(row)))
        self._know(after)

    def _unit(self, after: OrgUnit) -> None:
        """A unit moved: the units below it are addressed by others, and it is near to other units."""
        org, before = self._facts.org, self._facts.org.units.get(after.id)
        if after == before:
            return
        placed = (after.parent, after.closed, after.placed_at)
        if before is None or placed != (before.parent, before.closed, before.placed_at):
            for debt in ((why, unit) for unit in org.subunits(after.id) for why in org.whys):
                self._debt(debt)
            self.placed_units.add(after.id)
        moved = before is None or before.parent != after.parent
        if moved:
            for link in self._facts.links_of_units({*org.subunits(after.id)}):
                self._tie(link)
        self._know(after)
        if moved:
            self._facts.rearrange()

    def _info(self, after: OrganizationInfo) -> None:
        if after != self._facts.org.info:
            self._know(after)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _know(self, entity: FigureEntity) -> None:
        self.unsaved[entity.id] = entity
        self._facts.org.put(entity)

    def _goal(self, id: Id) -> None:
        if id not in self.goals:
            self.goals[id] = self.part_of_goal(id)

    def _debt(self, debt: Debt) -> None:
        if debt not in self.debts:
            self.debts[debt] = self.part_of_debt(debt)

    def _voice(self, id: Id) -> None:
        if id not in self.voices:
            self.voices[id] = self.part_of_voice(id)

    def _tie(self, link: int) -> None:
        if link not in self.ties:
            self.ties[link] = self._facts.ties(link)

    def _links_of(self, node: int) -> None:
        """The links of a node, and of what measures it, connect others (or nobody) once its state or owners change."""
        for link in self._facts.links_of(node):
            self._tie(link)

    def _below(self, before: WhyAnswer | None, after: WhyAnswer) -> Iterable[Id]:
        """Whom an answer concerns: the unit, those next below, and all below when they are excused by it or no more."""
        org = self._facts.org
        if AnswerStance.NO_PART in (after.stance, before.stance if before else None):
            return org.subunits(after.unit)
        return (after.unit, *org.units_below.get(after.unit, {}))


_LOOKS: dict[type, Callable[[ChangeSet, Any], None]] = {
    OrganizationInfo: ChangeSet._info,
    OrgUnit: ChangeSet._unit,
    Purpose: ChangeSet._purpose,
    Why: ChangeSet._why,
    Objective: ChangeSet._objective,
    KeyResult: ChangeSet._key_result,
    WhyAnswer: ChangeSet._answer,
    CustomerFeedback: ChangeSet._feedback,
    Link: ChangeSet._link,
    Question: ChangeSet._question,
}
