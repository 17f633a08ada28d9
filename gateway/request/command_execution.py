"""One mutation: the command goes to the service that decides it; what it wrote is shown before the caller is answered.

A caller reads their own write: the events in the answer are applied at once, and alignment is asked (bounded) for what
it judged of them. When alignment does not answer in time, the verdict says which revision it waits for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from msgspec import UNSET, json, structs

from gateway.live.stream_upstream import folded_through, position_of
from gateway.request.command_outcome import CommandOutcome
from gateway.request.context import RequestContext
from gateway.request.hypotheses import Hypothesis, continuing, measured, of_copies
from gateway.upstream.ports import CommandCredentials, NotSent, QueryTooLarge, TokenRefused, Unreachable
from gateway.upstream.streams import ALIGNMENT, GOALS
from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.commands.base import Command
from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event, events_from_json
from goldenthread.contracts.errors import ErrorCode, Problem, Refused
from goldenthread.contracts.events.alignment import AlignmentState, Transition, Verdict
from goldenthread.contracts.idempotency import idempotency_key
from goldenthread.contracts.read_api import StreamPosition, VerdictChange
from goldenthread.contracts.replies import Accepted, RefusedAnswer

log = logging.getLogger(__name__)

_AT_ONCE = 200
"""Events of a large answer that are decoded or applied before others have a turn."""
JUDGED_WITHIN = 1.0
"""Seconds a mutation waits for the verdict on what it changed."""
IMPACT_WITHIN = 4.0
"""Seconds a dry run waits for what it would break: it computes, and the organization may have to be loaded first."""
_MOST_IMPACT_WITHIN = 60.0
_IMPACT_EVENTS = 500
"""Events for which it may take a second longer."""


async def execute(context: RequestContext, command: Command, key: str | None) -> CommandOutcome:
    """Have goals decide `command`, and show what it wrote."""
    view, judged_before = context.view, context.view.position(ALIGNMENT).sequence
    done = await _send(context, command, key)
    if done.accepted is None:
        return done
    try:
        if done.accepted.dry_run and done.accepted.logins is not UNSET:
            return done  # whoever signs in how, no thread hangs on it
        if done.accepted.dry_run:
            return await _tried(context, done.accepted)
        written = await _read(done.accepted)
        await _show(context, written, done.accepted.revision)
        if not view.verdicts_known:
            return done
        verdicts = await _judged(context, judged_before, _place(written, done.accepted.revision))
        judged = view.verdicts_known and view.judged >= done.accepted.revision
        continues = {copy: goal for event in written for copy, goal in continuing(event).items()}
        found = of_copies(view, _effects(verdicts, written), continues)
        effects = [each for each in found if not measured(view, each)]
        return CommandOutcome(done.accepted, effects=effects, up_to_date=judged)
    except (Unreachable, TimeoutError) as error:
        log.warning("the verdict on revision %s is late: %s", done.accepted.revision, error)
        return _without_verdict(done, error)


async def _tried(context: RequestContext, accepted: Accepted) -> CommandOutcome:
    """What a dry run would break. Raises `Unreachable`."""
    hypothesis = Hypothesis(context.view, accepted.revision)
    async for events in _in_slices(accepted):
        hypothesis.add(events)
    seconds = min(IMPACT_WITHIN + len(accepted.events) / _IMPACT_EVENTS, _MOST_IMPACT_WITHIN)
    found = await context.cache.upstreams.impact(context.view.id, hypothesis.facts, seconds=seconds)
    judged = StreamPosition(found.judged, found.judged_id)
    here = judged.sequence >= accepted.revision and context.view.agrees(judged)
    return CommandOutcome(accepted, effects=hypothesis.named(found.effects), up_to_date=here)


async def execute_alert_command(context: RequestContext, command: Command, key: str | None) -> CommandOutcome:
    """Have notifications decide `command`, and show what it wrote."""
    done = await _send(context, command, key)
    if done.accepted is not None and done.accepted.events:
        await context.cache.know_alerts(context.view)
        context.cache.deliver_all(events_from_json(json.encode(done.accepted.events)))
    return done


async def reached(context: RequestContext, revision: int, seconds: float) -> bool:
    """Wait until `revision` is shown and judged, `seconds` at most; whether it is."""
    try:
        async with asyncio.timeout(seconds):
            await context.view.reached(revision, judged=True)
        return True
    except TimeoutError:
        return False


async def _send(context: RequestContext, command: Command, key: str | None) -> CommandOutcome:
    try:
        sent_as = str(uuid4()) if key is None else idempotency_key(key)
        credentials = CommandCredentials(context.caller.token, sent_as, context.view.id)
    except Refused as refused:
        return CommandOutcome(problems=refused.problems)
    if isinstance(command, ImportPlan):
        context.cache.imports.begins(context.view.id)
    try:
        answer = await context.cache.upstreams.command(command, credentials)
    except (TokenRefused, Unreachable) as error:
        log.warning("%s was not decided: %s", type(command).__name__, error)
        return CommandOutcome(
            problems=[_undecided(error, again=key is not None, expired=context.caller.expired(context.now))]
        )
    return CommandOutcome(problems=answer.errors) if isinstance(answer, RefusedAnswer) else CommandOutcome(answer)


def _undecided(error: Exception, *, again: bool, expired: bool) -> Problem:
    """The error for a command that was not answered: it says what is known of its outcome."""
    if isinstance(error, TokenRefused) and expired:
        text = "Your token has expired. Nothing was changed; send this again with a new one."
        return Problem(ErrorCode.UNAUTHENTICATED, text)
    if isinstance(error, TokenRefused):
        text = (
            "The service that decides this does not accept your token, which is good here: their clocks or settings"
            " differ. Nothing was changed. Try again, or tell who runs this installation."
        )
    elif isinstance(error, NotSent):
        text = "The service that decides this cannot be reached. Nothing was changed; try again."
    else:
        what = "send it again with the same idempotencyKey" if again else "look before you send it again"
        text = f"It is not known whether this took effect: the service that decides it does not answer; {what}."
    return Problem(ErrorCode.UNAVAILABLE, text)


async def _read(accepted: Accepted) -> list[Event]:
    """The events that were written."""
    return [event async for events in _in_slices(accepted) for event in events]


async def _in_slices(accepted: Accepted) -> AsyncIterator[list[Event]]:
    """The events of an answer; others have turns while many are decoded."""
    for start in range(0, len(accepted.events), _AT_ONCE):
        if start:
            await asyncio.sleep(0)
        yield events_from_json(json.encode(accepted.events[start : start + _AT_ONCE]))


async def _deliver(context: RequestContext, events: list[Event]) -> None:
    """Take events in order; others have turns while there are many."""
    for start in range(0, len(events), _AT_ONCE):
        if start:
            await asyncio.sleep(0)
        context.cache.deliver_all(events[start : start + _AT_ONCE])


async def _show(context: RequestContext, events: list[Event], revision: int) -> None:
    """Apply what was written. Where something before it is missing, wait for the repair that starts."""
    await _deliver(context, events)
    async with asyncio.timeout(JUDGED_WITHIN):
        await context.view.reached(revision, id=_place(events, revision).id)
    await context.cache.named(context.view)


async def _judged(context: RequestContext, after: int, place: StreamPosition) -> list[Event]:
    """Alignment's events after `after`, once it has judged the goals commit at `place`; they are applied too.

    Where it was waited for in vain before, and is not that far yet, nobody waits again: alignment is behind.
    """
    found: list[Event] = []
    upstreams, view = context.cache.upstreams, context.view
    wait = JUDGED_WITHIN if view.overdue is None or view.judged >= view.overdue else 0.0
    while True:
        page = await upstreams.events(ALIGNMENT, view.id, after, through=place, wait=wait)
        await _deliver(context, page.events)
        if (through := folded_through(page.head)) is not None:
            view.judged_through(position_of(page.head), through)
        found += page.events
        if not page.events or page.events[-1].sequence >= page.head.sequence:
            break
        after = page.events[-1].sequence
    if wait and (page.head.judged or 0) > view.revision:
        with suppress(TimeoutError):  # what was judged since has not arrived here
            async with asyncio.timeout(JUDGED_WITHIN):
                await view.reached(place.sequence, judged=True)
    view.overdue = None if view.judged >= place.sequence else place.sequence
    return found


def _place(written: list[Event], revision: int) -> StreamPosition:
    """The revision a command made, with the event that made it; without the event where an answer repeats an old
    one.
    """
    return StreamPosition(revision, next((each.id for each in written if each.sequence == revision), None))


def _effects(verdicts: Iterable[Event], written: list[Event]) -> list[VerdictChange]:
    """The transitions that the commits of `written` caused."""
    commits = {event.commit for event in written if event.source == GOALS}
    return [
        VerdictChange(event.data.node, event.data.before, event.data.after)
        for event in verdicts
        if isinstance(event.data, Transition) and event.basis in commits
    ]


def _without_verdict(done: CommandOutcome, error: Exception) -> CommandOutcome:
    """A change that was made stands. A dry run that says nothing else is refused; that of an import has its rows."""
    if done.accepted is None or not done.accepted.dry_run:
        return done
    if isinstance(error, QueryTooLarge):
        text = "What it would break is not known: it changes more goals and links at once than can be tried."
    else:
        text = "What it would break cannot be said now: alignment does not answer."
    problem = Problem(ErrorCode.UNAVAILABLE, text)
    if done.accepted.report is not None:
        return replace(done, remarks=[problem])
    return CommandOutcome(problems=[structs.replace(problem, message=f"{text} Nothing was changed; try again.")])


@dataclass(frozen=True)
class SortedEffects:
    """The nodes a change breaks or mends."""

    orphaned: list[Id]
    unexplained: list[Id]
    mended: list[Id]


def sort_effects(effects: Iterable[VerdictChange]) -> SortedEffects:
    """What got worse by what it is now, what got better as mended; changes of cause only are neither."""
    found: dict[str, list[Id]] = {"orphaned": [], "unexplained": [], "mended": []}
    for effect in {each.node: each for each in effects}.values():
        was, now = _rank(effect.before), _rank(effect.after)
        if now is None or now == was:
            continue
        if was is not None and now < was:
            found["mended"].append(effect.node)
        elif now > 0:
            found["orphaned" if now == 2 else "unexplained"].append(effect.node)
    return SortedEffects(**found)


def _rank(verdict: Verdict | None) -> int | None:
    return None if verdict is None else _RANKS.get(verdict.state)


_RANKS: dict[Any, int] = {AlignmentState.ALIGNED: 0, AlignmentState.UNEXPLAINED: 1, AlignmentState.ORPHANED: 2}
