"""What passes between two units, and what that comes to: reciprocity.

Each thing that passed is counted once, on the day it did; so a period is the sum of its days, and a median comes from
counts that can be added up.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from goldenthread.contracts.entities import Id, Link, Question
from goldenthread.contracts.enums import Kept, LinkState, QuestionState
from goldenthread.contracts.read_api import Reciprocity
from goldenthread.organization.organization import OPEN_LINKS
from services.alignment.domain.figures.counters import Contribution, hours
from services.alignment.domain.figures.facts import FigureFacts


class Act(StrEnum):
    """The kinds of acts between units: something that one unit sends another, or the reply to it."""

    WHY_TOLD = "WHY_TOLD"
    WHY_ANSWERED = "WHY_ANSWERED"
    QUESTION_ASKED = "QUESTION_ASKED"
    QUESTION_ANSWERED = "QUESTION_ANSWERED"
    QUESTION_ESCALATED = "QUESTION_ESCALATED"
    LINK_PROPOSED = "LINK_PROPOSED"
    LINK_ACCEPTED = "LINK_ACCEPTED"
    LINK_DECLINED = "LINK_DECLINED"
    PROMISE_KEPT = "PROMISE_KEPT"
    PROMISE_BROKEN = "PROMISE_BROKEN"


TOLD = (Act.WHY_TOLD, Act.QUESTION_ASKED, Act.LINK_PROPOSED)
"""Acts that begin an exchange."""
HEARD = (Act.WHY_ANSWERED, Act.QUESTION_ANSWERED, Act.LINK_ACCEPTED, Act.LINK_DECLINED)
"""Acts of the other unit in reply."""


class Exchange(NamedTuple):
    """Something of `unit` that `other` was told, or answered, after `seconds` when it is an answer."""

    unit: Id
    other: Id
    act: Act
    seconds: int = 0


class DatedExchange(NamedTuple):
    """The same, and the day it passed on."""

    unit: Id
    other: Id
    act: Act
    seconds: int
    day: date


def acts_of_debt(unit: Id, before: Contribution | None, after: Contribution, *, fresh: bool) -> Iterator[Exchange]:
    """A why that reached a unit, and the unit's first answer to that version; `fresh`: this commit brought the answer.

    A unit that comes back to where the why reaches it, and had answered before, owes nothing: it is told nothing.
    """
    if after.told is None or after.told.by == unit:
        return
    notice = before.told if before is not None else None
    if notice is None or notice.version != after.told.version:
        if after.answered and not fresh:
            return
        yield Exchange(after.told.by, unit, Act.WHY_TOLD)
        notice = None
    if after.answered and not (notice is not None and before is not None and before.answered):
        yield Exchange(after.told.by, unit, Act.WHY_ANSWERED, after.seconds or 0)


class LinkBefore(NamedTuple):
    """The state of a link before a commit, and of the promise in return for it."""

    state: LinkState
    kept: Kept | None


def acts_of_link(facts: FigureFacts, before: LinkBefore | None, after: Link, judged: Link) -> Iterator[Exchange]:
    """What passed by a change of a link; `judged` is how it was when its promise was judged, else how it is now."""
    if not after.measure:
        yield from _each(facts, after, _of_link(before, after))
        yield from _each(facts, judged, _of_promise(before, judged))


def acts_of_question(before: Question | None, after: Question) -> Iterator[Exchange]:
    """What passed by a change of a question."""
    return (each for each in _of_question(before, after) if each.unit != each.other)


def reciprocity(exchanges: Mapping[Exchange, int]) -> list[Reciprocity]:
    """Both directions of every pair of units between which something passed, in the order of their ids."""
    counts: dict[tuple[Id, Id], Counter[Act]] = defaultdict(Counter)
    seconds: dict[tuple[Id, Id], Counter[int]] = defaultdict(Counter)
    for each, number in exchanges.items():
        counts[each.unit, each.other][each.act] += number
        if each.act in (Act.WHY_ANSWERED, Act.QUESTION_ANSWERED):
            seconds[each.unit, each.other][each.seconds] += number
    pairs = sorted({*counts, *((other, unit) for unit, other in counts)})
    return [_pair(pair, counts[pair], counts[pair[::-1]], hours(seconds[pair])) for pair in pairs]


def _pair(pair: tuple[Id, Id], counts: Counter[Act], back: Counter[Act], waited: float | None) -> Reciprocity:
    return Reciprocity(
        unit=pair[0],
        other=pair[1],
        whys_told=counts[Act.WHY_TOLD],
        whys_answered=counts[Act.WHY_ANSWERED],
        questions_asked=counts[Act.QUESTION_ASKED],
        questions_answered=counts[Act.QUESTION_ANSWERED],
        questions_escalated=counts[Act.QUESTION_ESCALATED],
        links_proposed=counts[Act.LINK_PROPOSED],
        links_accepted=counts[Act.LINK_ACCEPTED],
        links_declined=counts[Act.LINK_DECLINED],
        promises_kept=counts[Act.PROMISE_KEPT],
        promises_broken=counts[Act.PROMISE_BROKEN],
        median_answer_hours=waited,
        balance=_balance(counts, back),
    )


def _balance(counts: Counter[Act], back: Counter[Act]) -> float | None:
    """The smaller by the greater of what either unit said to the other, first words and answers alike."""
    one = sum(counts[act] for act in TOLD) + sum(back[act] for act in HEARD)
    other = sum(back[act] for act in TOLD) + sum(counts[act] for act in HEARD)
    return min(one, other) / max(one, other) if one or other else None


def _of_question(before: Question | None, after: Question) -> Iterator[Exchange]:
    """Who asks whom; it went past, or stayed unheard with, the unit asked before; who answered first, how late."""
    if before is None:
        yield Exchange(after.unit, after.asked, Act.QUESTION_ASKED)
        return
    if after.escalations > before.escalations or (after.unheard and not before.unheard):
        yield Exchange(after.unit, before.asked, Act.QUESTION_ESCALATED)
    if after.state is QuestionState.ANSWERED and before.state is not QuestionState.ANSWERED and after.answers:
        answer = after.answers[-1]
        waited = max(0, int((answer.at - after.asked_at).total_seconds()))
        yield Exchange(after.unit, answer.unit or after.asked, Act.QUESTION_ANSWERED, waited)


def _of_link(before: LinkBefore | None, after: Link) -> Iterator[Act]:
    """What became of a link. One that is accepted by the very command that proposed it was put to nobody."""
    was_open = before is not None and before.state in OPEN_LINKS
    if after.state in OPEN_LINKS and not was_open:
        yield Act.LINK_PROPOSED
    if was_open and after.state is LinkState.ACCEPTED:
        yield Act.LINK_ACCEPTED
    if was_open and after.state is LinkState.DECLINED:
        yield Act.LINK_DECLINED


def _of_promise(before: LinkBefore | None, after: Link) -> Iterator[Act]:
    """What was made of the promise in return."""
    judged = _judged(after.kept)
    if before is not None and judged is not None and judged is not _judged(before.kept):
        yield judged


def _each(facts: FigureFacts, link: Link, acts: Iterable[Act]) -> Iterator[Exchange]:
    """Acts of every unit that owns the child, towards every unit that owns the parent."""
    found = list(acts)
    if found:
        root = facts.org.info.root if facts.org.info else None
        parents = facts.owners_of(link.parent) or ((root,) if root is not None else ())
        for unit in facts.owners_of(link.child):
            yield from (Exchange(unit, other, act) for act in found for other in parents if other != unit)


def _judged(kept: Kept | None) -> Act | None:
    """What the child's side said of the promise in return; kept in part is kept."""
    if kept is None:
        return None
    return Act.PROMISE_BROKEN if kept is Kept.NO else Act.PROMISE_KEPT
