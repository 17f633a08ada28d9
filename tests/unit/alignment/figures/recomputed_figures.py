"""The figures once more, worked out from scratch and as simply as they are defined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

from goldenthread.contracts.entities import Id, Link, OrgUnit, Question, Why
from goldenthread.contracts.enums import Kept, LinkState, ObjectiveState, QuestionState, WhyState
from goldenthread.contracts.events.alignment import AlignmentHealth, AlignmentState, OrphanCause, SiloKind, Verdict
from goldenthread.organization.organization import Organization
from goldenthread.organization.why_cascade import Addressed, CascadeRole, cascade
from services.alignment.domain.figures.exchanges import Act, Exchange

KEPT = (Kept.YES, Kept.PARTLY)


def health(org: Organization, verdicts: Mapping[Id, Verdict], unit: Id | None) -> AlignmentHealth:
    """How a unit, or (None) the organization, stands."""
    goals = [
        each.id
        for each in org.objectives.values()
        if each.state is ObjectiveState.ACTIVE
        and (unit is None or unit in each.owners)
        and each.id in verdicts
        and verdicts[each.id].state is not AlignmentState.NOT_JUDGED
    ]
    found = [verdicts[id] for id in goals]
    states = [each.state for each in found]
    pending = [each for each in found if each.cause is OrphanCause.LINK_PENDING]
    whys = [each for each in org.whys.values() if each.state is WhyState.PUBLISHED]
    shown = goals + [why.id for why in whys if unit in (None, why.unit)]
    debts = [debt for why in whys for debt in owed(org, why) if unit in (None, debt[0])]
    hours = [seconds / 3600 for _, answered, seconds in debts if answered]
    return AlignmentHealth(
        len(found),
        states.count(AlignmentState.ALIGNED),
        states.count(AlignmentState.UNEXPLAINED),
        len(pending),
        states.count(AlignmentState.ORPHANED) - len(pending),
        len(hours) / len(debts) if debts else 1.0,
        sum(evidence(org, node) for node in shown) / len(shown) if shown else 1.0,
        median([each.depth for each in found if each.depth is not None] or [None]),  # type: ignore[type-var]
        median(hours) if hours else None,
        median(waited) if (waited := responses(org, unit)) else None,
    )


def responses(org: Organization, unit: Id | None) -> list[float]:
    """The hours that customers waited for the first response, by this unit (by any)."""
    answered = [
        (each, min(each.responses, key=lambda said: said.at)) for each in org.feedback.values() if each.responses
    ]
    return [
        max(0, int((first.at - each.recorded_at).total_seconds())) / 3600
        for each, first in answered
        if unit in (None, first.unit)
    ]


def owed(org: Organization, why: Why) -> list[tuple[Id, bool, float]]:
    """(unit, has it answered, seconds it took) for every unit that a why asks for an answer."""
    parts = {each.unit: each for each in cascade(org, why)}
    asked = (CascadeRole.ANSWERED, CascadeRole.OWES, CascadeRole.WAITS)
    return [
        (each.unit, each.part is CascadeRole.ANSWERED, took(org, why, parts, each))
        for each in parts.values()
        if each.part in asked
    ]


def took(org: Organization, why: Why, parts: Mapping[Id, Addressed], one: Addressed) -> float:
    above = parts.get(org.units[one.unit].parent or "")
    if one.unit in why.audience:
        told = why.told.get(one.unit, why.published_at)
    elif above is not None and above.part in (CascadeRole.SPEAKS, CascadeRole.ANSWERED) and above.since is not None:
        told = above.since
    else:
        return 0
    placed = org.units[one.unit].placed_at
    since = max(told, placed) if placed is not None else told
    return max(0, (one.since - since).total_seconds()) if one.since is not None else 0


def evidence(org: Organization, node: Id) -> bool:
    """Does anybody outside speak of a goal, or of a measure of it?"""
    spoken_of = {about for each in org.feedback.values() for about in each.about}
    measures = {each.id for each in org.key_results.values() if each.measures == node and not each.removed}
    return bool(spoken_of & (measures | {node}))


# -- what passed between two units ------------------------------------------------------------------------------------


def passed(before: Organization, after: Organization) -> Counter[Exchange]:
    """What passed between units by a commit that made `after` of `before`."""
    found: Counter[Exchange] = Counter()
    for unit in after.units:
        for why in after.whys.values():
            was = _hears(before, before.whys.get(why.id), unit)
            now = _hears(after, why, unit)
            if now is None or now.teller == unit:
                continue
            again, old = was is None or was.version != now.version, before.answer(why.id, unit)
            if again and now.seconds is not None and old is not None and old.version == now.version:
                continue  # It is back where the why reaches it, and had answered before: it owes nothing.
            if again:
                found[Exchange(now.teller, unit, Act.WHY_TOLD)] += 1
            if now.seconds is not None and (again or (was is not None and was.seconds is None)):
                found[Exchange(now.teller, unit, Act.WHY_ANSWERED, now.seconds)] += 1
    for question in after.questions.values():
        found.update(_of_question(before.questions.get(question.id), question))
    for link in after.links.values():
        found.update(_of_link(after, before.links.get(link.id), link))
    return Counter({each: number for each, number in found.items() if each.unit != each.other})


class Hears(NamedTuple):
    """Who told a unit of which version of a why, and how long its answer took, if it answered."""

    teller: Id
    version: int
    seconds: int | None


def _hears(org: Organization, why: Why | None, unit: Id) -> Hears | None:
    parts = {each.unit: each for each in cascade(org, why)} if why is not None else {}
    if why is None or unit not in parts or parts[unit].part not in (CascadeRole.ANSWERED, CascadeRole.OWES):
        return None
    above = org.units[unit].parent or ""
    passes_on = (
        unit not in why.audience and above in parts and parts[above].part in (CascadeRole.ANSWERED, CascadeRole.SPEAKS)
    )
    answered = parts[unit].part is CascadeRole.ANSWERED
    return Hears(
        above if passes_on else why.unit, why.version, int(took(org, why, parts, parts[unit])) if answered else None
    )


def _of_question(before: Question | None, after: Question) -> list[Exchange]:
    if before is None:
        return [Exchange(after.unit, after.asked, Act.QUESTION_ASKED)]
    found = []
    if before.escalations < after.escalations or (after.unheard and not before.unheard):
        found.append(Exchange(after.unit, before.asked, Act.QUESTION_ESCALATED))
    if after.answers and (before.state, after.state).count(QuestionState.ANSWERED) == 1 and after.state == "ANSWERED":
        waited = int((after.answers[-1].at - after.asked_at).total_seconds())
        other = after.answers[-1].unit or after.asked
        found.append(Exchange(after.unit, other, Act.QUESTION_ANSWERED, max(0, waited)))
    return found


def _of_link(org: Organization, before: Link | None, after: Link) -> list[Exchange]:
    if after.measure:
        return []
    open_ = (LinkState.PROPOSED, LinkState.COUNTERED)
    was_open = before is not None and before.state in open_
    acts = {
        Act.LINK_PROPOSED: after.state in open_ and not was_open,
        Act.LINK_ACCEPTED: was_open and after.state is LinkState.ACCEPTED,
        Act.LINK_DECLINED: was_open and after.state is LinkState.DECLINED,
        Act.PROMISE_KEPT: before and after.kept in KEPT and before.kept not in KEPT,
        Act.PROMISE_BROKEN: before and after.kept is Kept.NO and before.kept is not Kept.NO,
    }
    others = org.owners(after.parent) or ["unit_root"]
    return [
        Exchange(one, other, act)
        for act, so in acts.items()
        if so
        for one in org.owners(after.child)
        for other in others
    ]


# -- silos ------------------------------------------------------------------------------------------------------------


class Watcher:
    """Looks at every unit after every commit, and knows since when each kind of evidence has held without a break."""

    def __init__(self) -> None:
        self.since: dict[tuple[Id, SiloKind], datetime] = {}
        self.about: dict[tuple[Id, SiloKind], Id | None] = {}
        self.silos: dict[Id, set[SiloKind]] = {}

    def look(self, org: Organization, verdicts: Mapping[Id, Verdict], at: datetime) -> None:
        """After a commit: what holds, and which silos have healed."""
        for unit in org.units.values():
            for kind in SiloKind:
                now = None if unit.parent is None or unit.closed else evidence_of(org, verdicts, unit.id, kind)
                if now is None:
                    self.since.pop((unit.id, kind), None)
                else:
                    self.since[unit.id, kind] = now[0] or self.since.get((unit.id, kind), at)
                    self.about[unit.id, kind] = now[1]
            self.silos[unit.id] = self._keep(self.silos.get(unit.id, set()) & self.lasting(org, verdicts, unit, at))

    def judge(self, org: Organization, verdicts: Mapping[Id, Verdict], now: datetime) -> None:
        """The clock: who is one."""
        for unit in org.units.values():
            self.silos[unit.id] = self._keep(self.lasting(org, verdicts, unit, now))

    def lasting(self, org: Organization, verdicts: Mapping[Id, Verdict], unit: OrgUnit, now: datetime) -> set[SiloKind]:
        """The kinds that have lasted for a unit that may be judged."""
        assert org.info is not None
        policy, young = org.info.policy, now - (unit.placed_at or org.info.created_at)
        if not health(org, verdicts, unit.id).objectives or young < timedelta(days=policy.grace_days):
            return set()
        held = {kind: self.since[unit.id, kind] for kind in SiloKind if (unit.id, kind) in self.since}
        return {kind for kind, since in held.items() if now - since >= timedelta(days=policy.reply_days)}

    def _keep(self, kinds: set[SiloKind]) -> set[SiloKind]:
        return kinds if len(kinds) >= 2 else set()


def evidence_of(
    org: Organization, verdicts: Mapping[Id, Verdict], unit: Id, kind: SiloKind
) -> tuple[datetime | None, Id | None] | None:
    """Does this kind hold for a unit? Since when and about what, where the state says so."""
    parts = [(each.id, part) for each in org.whys.values() for part in cascade(org, each) if part.unit == unit]
    match kind:
        case SiloKind.UNTOLD:
            told = any(part.part in (CascadeRole.ANSWERED, CascadeRole.OWES) for _, part in parts)
            return None if told else (None, None)
        case SiloKind.UNANSWERED:
            owed = [
                (part.since, why) for why, part in parts if part.part is CascadeRole.OWES and part.since is not None
            ]
            return min(owed, default=None)
        case SiloKind.ORPHANED:
            found = health(org, verdicts, unit)
            return (None, None) if found.objectives and not found.aligned + found.unexplained else None
        case SiloKind.ISOLATED:
            lineage = {each.id for each in org.ancestors(unit)} | set(org.subunits(unit))
            tied = [_ties(org, link) for link in org.links.values()]
            return None if any(unit in ties and ties - lineage for ties in tied) else (None, None)
        case _:
            open_ = (QuestionState.OPEN, QuestionState.ESCALATED)
            asked = [each for each in org.questions.values() if each.unit == unit and each.state in open_]
            return min(((each.asked_at, each.id) for each in asked), default=None)


def _ties(org: Organization, link: Link) -> set[Id]:
    live = link.state is LinkState.ACCEPTED and org.live(link.child) and org.live(link.parent) and not link.measure
    return {*org.owners(link.child), *org.owners(link.parent)} if live else set()
