"""What must hold of the gateway's picture of an organization, each law a function: None, or how it is broken."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import ParamSpec

from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS, SOURCES
from goldenthread.contracts.envelope import Event
from tests.support.simulation.gateway.history import History, picture_of
from tests.support.simulation.gateway.payloads import verdicts
from tests.support.simulation.gateway.process import Seen, names_of
from tests.support.simulation.gateway.services import Services

FOLLOWERS = (ALIGNMENT, ALERTS)
ASKED_WITHIN = LOADED_WITHIN = 20.0
"""Seconds: each of the snapshots may take four."""
P = ParamSpec("P")


class Violations(list[str]):
    """How laws were broken, with the law's name; `excused` are laws that are not looked at."""

    def __init__(self, excused: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self._excused = excused

    def check(self, law: Callable[P, str | None], *args: P.args, **kwargs: P.kwargs) -> None:
        if law.__name__ not in self._excused and (found := law(*args, **kwargs)) is not None:
            self.append(f"{law.__name__}: {found}")


def shown_id(history: History, seen: Seen, source: str) -> str | None:
    """The last event of a stream that is shown."""
    return history.at(seen.received[source].id, seen.shown[source])


def whole_commits_only(history: History, seen: Seen) -> str | None:
    """A picture is, per stream, exactly the fold of the stream's events up to the end of a commit."""
    for source in SOURCES:
        id, number = shown_id(history, seen, source), seen.shown[source]
        if id is None and number:
            return f"{source} is shown through {number}, which was not received"
        if id is not None and not history.event(id).closes_commit:
            return f"half a commit of {source} is shown, through {number}"
        if seen.pictures[source] != history.picture(id):
            return f"{source} at {number} ({id}) shows something else than its events"
    return None


def nothing_before_its_basis(services: Services, seen: Seen) -> str | None:
    """No commit of alignment or notifications is shown before the goals commit that it follows from.

    What follows from a goals commit that a backup took back waits for nothing.
    """
    goals = services.goals.streams[seen.organization].events
    for source in FOLLOWERS:
        id = shown_id(services.history, seen, source)
        basis = id and services.history.event(id).basis
        if not id or not basis or basis <= seen.shown[GOALS]:
            continue
        if basis <= len(goals) and goals[basis - 1].id == _goals_cause(services.history, id):
            return f"{source} at {seen.shown[source]} is shown, which follows from goals {basis}, without that"
    return None


def indexes_agree(seen: Seen) -> str | None:
    """An index is what is shown, in another order."""
    wrong = [source for source, picture in seen.indexed.items() if picture != seen.pictures[source]]
    return f"an index of {seen.organization} is not what is shown of {wrong}" if wrong else None


def never_empty(seen: Seen) -> str | None:
    """An organization that is in memory shows something."""
    return None if seen.pictures[GOALS] else f"{seen.organization} is empty"


def never_back(services: Services, before: Seen, now: Seen) -> str | None:
    """What is shown only goes forward, or to what its service has now in place of it: also while it is loaded anew.

    Where goals is another branch, all is new.
    """
    history = services.history
    for source in SOURCES:
        old, new = (shown_id(history, each, source) for each in (before, now))
        if history.leads_to(old, new) or source not in now.known:
            continue
        service = services.of[source]
        replaced = not history.leads_to(old, service.streams[now.organization].head.id)
        taken_back = service.taken_back(now.organization, before.at - LOADED_WITHIN)
        restored = any(history.leads_to(each, new) for each in taken_back)
        if history.leads_to(new, old) and not replaced and not restored:
            return f"{source} went back from {before.shown[source]} to {now.shown[source]}"
        if source == GOALS:
            return None
    return None


def never_unknown(services: Services, before: Seen, now: Seen) -> str | None:
    """Verdicts and alerts that are known stay known, also when the organization is loaded anew without them, unless
    goals is on another branch, or was lately.
    """
    old, new = (shown_id(services.history, each, GOALS) for each in (before, now))
    lost = before.known - now.known
    restored = services.goals.taken_back(now.organization, before.at - LOADED_WITHIN)
    if not lost or restored or not services.history.leads_to(old, new):
        return None
    return f"nothing is known any more of {sorted(lost)}, though goals is on the same branch"


def up_to_date_is_true(seen: Seen) -> str | None:
    """A view that says its verdicts are those of all it shows has the verdicts of all it shows."""
    if not seen.up_to_date:
        return None
    here = {id: each.verdict for id, each in seen.pictures[ALIGNMENT].items()}
    wrong = here != verdicts(seen.pictures[GOALS])
    return f"verdicts are not those of goals {seen.shown[GOALS]}, and count as up to date" if wrong else None


def each_event_once(last: Event | None, event: Event, start: int = 0) -> str | None:
    """A listener is told each event once, and none is left out: from `start` on, if nothing was told yet."""
    if last is None:
        return f"{event.source} {event.sequence} was told first, after {start}" if event.sequence > start + 1 else None
    if event.previous == last.id and event.sequence == last.sequence + 1:
        return None
    return f"{event.source} {event.sequence} (after {event.previous}) was told after {last.sequence} ({last.id})"


def each_event_given_once(last: Event | None, event: Event, start: int) -> str | None:
    """A subscription gives each event once and leaves none out, from its place on."""
    return each_event_once(last, event, start)


def shown_before_given(history: History, seen: Seen, event: Event) -> str | None:
    """What a subscription gives is shown already, on its own branch."""
    return shown_before_told(history, seen, event)


def shown_before_told(history: History, seen: Seen, event: Event) -> str | None:
    """What a listener is told is shown already, on its own branch."""
    told = event.sequence <= seen.shown[event.source]
    if told and history.at(seen.received[event.source].id, event.sequence) == event.id:
        return None
    return f"{event.source} {event.sequence} ({event.id}) was told and is not shown"


def every_listener_is_told(history: History, seen: Seen, last: Mapping[str, str | None]) -> str | None:
    """Nothing is shown that a listener was not told of, whatever another listener does."""
    for source in SOURCES:
        if shown_id(history, seen, source) != last[source]:
            return f"{source} is shown through {seen.shown[source]}, of which a listener knows {last[source]}"
    return None


def who_raised_is_told_no_more(raised: bool) -> str | None:
    """A listener that raised is told nothing any more."""
    return "a listener that raised is still told" if raised else None


def held_is_not_evicted(gone: Collection[str], held: Collection[str]) -> str | None:
    """What a socket holds, a listener hears or a repair works on is not evicted."""
    wrong = [each for each in gone if each in held]
    return f"evicted, though held: {wrong}" if wrong else None


def same_view_while_held(organization: str, held: object, served: object) -> str | None:
    """What a socket holds is what is served: also after it was loaded anew."""
    return None if held is served else f"another view of {organization} is served than the one that is held"


def a_branch_is_noticed_by_its_events(services: Services, seen: Seen) -> str | None:
    """In calm, an event of another branch is enough to go over to it, though its number is shown already."""
    head = services.goals.streams[seen.organization].head
    if seen.received[GOALS].id == head.id:
        return None
    return f"goals of {seen.organization} is at {seen.received[GOALS]}, not at {head}, which the broker told"


def nobody_waits_for_long(organization: str, seconds: float) -> str | None:
    """Who asks for an organization has it, or is refused, within a bounded time."""
    return f"{organization} was asked for during {seconds:g} seconds" if seconds > ASKED_WITHIN else None


def an_answer_is_shown_at_once(history: History, seen: Seen, answer: Sequence[Event]) -> str | None:
    """In calm, what a command's answer tells is shown without anybody else's help, also if it came during a load."""
    if history.leads_to(answer[-1].id, shown_id(history, seen, GOALS)):
        return None
    return f"goals {answer[-1].sequence} was answered, and {seen.organization} shows {seen.shown[GOALS]}"


def feeds_reach_the_head(
    services: Services, organization: str, source: str, last: Event | None, start: int
) -> str | None:
    """In calm, each subscription that was not ended has been given everything."""
    head = services.of[source].streams[organization].head
    at = start if last is None else last.sequence
    if at >= head.sequence and (last is None or last.id == head.id):
        return None
    return f"a feed of {source} of {organization} was told through {at}, not {head}"


def only_a_deletion_ends_listeners(deleted: bool) -> str | None:
    """A listener that does not raise hears everything, whatever others do, unless the organization is deleted."""
    return None if deleted else "a listener was ended that has not raised, of an organization that is there"


def nothing_is_left_of_it(organization: str, seen: Seen | None, listening: int) -> str | None:
    """In calm, a deleted organization is not in memory, and nobody listens to it any more."""
    if seen is not None:
        return f"{organization} was deleted, and is shown through {seen.shown[GOALS]}"
    return f"{organization} was deleted, and {listening} sockets and feeds wait for it" if listening else None


def like_a_fresh_fold(services: Services, seen: Seen | None, organization: str) -> str | None:
    """In calm, every stream is shown to its head, as a fresh fold shows it, and judged; and names are the latest."""
    if seen is None:
        return f"{organization} is not here"
    for source in SOURCES:
        stream = services.of[source].streams[organization]
        if seen.shown[source] != stream.head.sequence or seen.received[source].id != stream.head.id:
            return f"{source} of {organization} is at {seen.received[source]}, not at {stream.head}"
        if source not in seen.known:
            return f"nothing is known of {source} of {organization}"
        if seen.pictures[source] != picture_of(stream.events):
            return f"{source} of {organization} is not what a fresh fold shows"
    if not seen.up_to_date:
        return f"{organization} counts as judged through {seen.judged} of {seen.shown[GOALS]}"
    names: Mapping[str, object] = names_of(seen.view)
    return None if names == services.goals.names[organization] else f"names of {organization} are not the latest"


def _goals_cause(history: History, id: str) -> str | None:
    """The goals event that an event of a follower follows from."""
    event: Event | None = history.event(id)
    while event is not None and event.source != GOALS:
        event = None if event.causationid is None else history.event(event.causationid)
    return None if event is None else event.id
