"""What customers said, as a plan brings it along: recorded once, about the rows it names."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from goldenthread.contracts.entities import CustomerFeedback, Id
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.events.goals import FeedbackLinked, FeedbackReceived
from goldenthread.contracts.plan import PlanFeedback, PlanProblem
from services.goals.domain import validation
from services.goals.domain.imports.import_state import ImportState
from services.goals.domain.imports.successors import origins
from services.goals.domain.listening import feedback


def import_feedback(state: ImportState) -> None:
    """Every item of the plan; one that was recorded before is only linked to what it was not about yet.

    Each is what was recorded before of one item at most: many customers say the same, and a survey knows only days.
    """
    before = _Before(state.case.org.feedback.values())
    said: dict[int, CustomerFeedback] = {}
    for at, item in enumerate(state.plan.feedback, 1):
        with _noted(state, at):
            said[at] = _said(state, item)
    originals = {at: _originals(state, state.plan.feedback[at - 1]) for at in said}
    # First of all items: by its words alone one could be another's. And what the rows became at first before what has
    # succeeded that: the same words may have been said about the successor, too.
    same = {at for at, each in said.items() if before.whole(_at_first(each, originals[at])) or before.whole(each)}
    for at, each in said.items():
        with _noted(state, at):
            state.items.append("unchanged" if at in same else _item(state, each, before.alike(each), originals[at]))


@contextmanager
def _noted(state: ImportState, at: int) -> Iterator[None]:
    """What is refused is a problem of the item."""
    try:
        yield
    except Refused as refused:
        state.problems.append(PlanProblem(f"feedback {at}", str(refused)))


class _Before:
    """What was recorded before, each once: by all it says, and by its source, body and time."""

    def __init__(self, recorded: Iterable[CustomerFeedback]) -> None:
        self._whole: defaultdict[Hashable, deque[Id]] = defaultdict(deque)
        self._alike: defaultdict[Hashable, dict[Id, CustomerFeedback]] = defaultdict(dict)
        for each in recorded:
            self._whole[_all(each)].append(each.id)
            self._alike[_words(each)][each.id] = each

    def whole(self, said: CustomerFeedback) -> bool:
        """Is there one that says all of this? It is found once."""
        found = self._whole[_all(said)]
        if found:
            del self._alike[_words(said)][found.popleft()]
            return True
        return False

    def alike(self, said: CustomerFeedback) -> CustomerFeedback | None:
        """The oldest left with these words. It is found once."""
        found = self._alike[_words(said)]
        return found.pop(next(iter(found))) if found else None


def _words(said: CustomerFeedback) -> Hashable:
    return said.source, said.body, said.received_at


def _all(said: CustomerFeedback) -> Hashable:
    return _words(said), said.segment, said.sentiment, frozenset(said.about)


def _said(state: ImportState, item: PlanFeedback) -> CustomerFeedback:
    """What an item would be recorded as; it has no id yet. Raises `Refused`."""
    case, about = state.case, _about(state, item)
    return CustomerFeedback(
        id="",
        source=validation.title(item.source, "source"),
        body=validation.text(item.body, "body"),
        received_at=feedback.received(case, item.received_at, "receivedAt"),
        recorded_by=case.actor,
        recorded_at=case.now,
        segment=validation.optional_line(item.segment, "segment"),
        sentiment=item.sentiment,
        about=about,
    )


def _originals(state: ImportState, item: PlanFeedback) -> dict[Id, list[Id]]:
    """By goal that an item is about, what the rows that it names became at first: another goal may have succeeded that,
    and several rows may have come to one goal.
    """
    found: defaultdict[Id, list[Id]] = defaultdict(list)
    for row in item.about:
        if (target := state.target(row)) is not None:
            found[target].append(state.original(row) or target)
    return found


def _at_first(said: CustomerFeedback, originals: dict[Id, list[Id]]) -> CustomerFeedback:
    """The same about the goals that the rows became, whatever has succeeded those since."""
    return replace(said, about=[first for id in said.about for first in originals[id]])


def _item(
    state: ImportState, said: CustomerFeedback, before: CustomerFeedback | None, originals: dict[Id, list[Id]]
) -> str:
    """What became of one item: created, updated or unchanged. What was about a goal is about its copy, too. Raises
    `Refused`.
    """
    case = state.case
    if before is None:
        case.emit(FeedbackReceived(replace(said, id=case.new_id("feedback"))))
        return "created"
    about = {*before.about}
    added = [id for id in said.about if not about.issuperset(originals[id]) and about.isdisjoint(origins(case.org, id))]
    if not added:
        return "unchanged"
    case.emit(FeedbackLinked(replace(before, about=validation.bulk([*before.about, *added], "about")), added))
    return "updated"


def _about(state: ImportState, said: PlanFeedback) -> list[Id]:
    """The goals an item is about; a row that was not taken is named as a problem, and the item kept without it."""
    found: dict[Id, None] = {}
    for row in said.about:
        target = state.target(row)
        if target is None:
            where = f"feedback of {said.received_at.date()} from {said.source[:60]}"
            state.problems.append(PlanProblem(where, f"It was not linked to {row!r}, which was not taken."))
        else:
            found[target] = None
    return validation.bulk(found, "about") if found else []
