"""Who may read an organization: a live person or service account of it. A `CallerPresence` reports when that ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from gateway.errors import BadRequest, Unavailable
from gateway.live.commit_listeners import AppliedCommit
from gateway.live.organization_cache import OrganizationCache
from gateway.live.organization_view import OrganizationView
from gateway.upstream.ports import Unreachable
from gateway.upstream.streams import GOALS
from goldenthread.contracts.entities import Person
from goldenthread.contracts.errors import NO_SUCH_LOGIN
from goldenthread.runtime.identity.caller import Caller

_LOOK_SECONDS = 0.1
_NEWCOMER_SECONDS = 3.0
"""Seconds to wait for the event of a person who has just joined."""


def person_of(view: OrganizationView, caller: Caller) -> Person | None:
    """The live person or service account this login belongs to, as far as this process knows."""
    if caller.service:
        return None
    id = view.logins.get(caller.login)
    found = view.org.people.get(id) if id is not None else None
    return None if found is None or found.left else found


async def admit(cache: OrganizationCache, view: OrganizationView, caller: Caller) -> Person:
    """The live person a caller is. Where this process knows of none, goals is asked: they may have been added just now.

    Raises `BadRequest` (FORBIDDEN) for a caller who is none, and `Unavailable` when that cannot be found out now.
    """
    person = person_of(view, caller) or await _newcomer(cache, view, caller)
    if person is None:
        raise BadRequest(NO_SUCH_LOGIN, "FORBIDDEN")
    return person


async def _newcomer(cache: OrganizationCache, view: OrganizationView, caller: Caller) -> Person | None:
    try:
        answer = await cache.upstreams.login(view.id, caller.login)
    except Unreachable as error:
        raise Unavailable("Who you are cannot be looked up now. Try again.") from error
    if (name := answer.person) is None:
        return None
    view.people_names.take(name.id, name, answer.revision)
    try:
        async with asyncio.timeout(_NEWCOMER_SECONDS):
            while (person := person_of(view, caller)) is None and caller.login in view.logins:
                cache.repair(view.id)
                await view.changed()
                view.people_names.take(name.id, name, answer.revision)
    except TimeoutError as error:
        raise Unavailable("You are new here and not known to everybody yet. Try again in a moment.") from error
    return person  # None: while that was waited for, the login became another one


class CallerPresence:
    """Watches that a caller is still who they are: calls `left` once when their person leaves, or is not there after a
    reload, and when the login they showed is not that person's any more.

    Watches until `end` is called. Where that cannot be found out any more, `left` is called, too.
    """

    def __init__(self, view: OrganizationView, caller: Caller, left: Callable[[], None]) -> None:
        self._view, self._caller, self._left = view, caller, left
        self._person = person_of(view, caller)
        self._looking: asyncio.Handle | None = None
        view.listeners.add(self._hear, left)
        self._look()

    def end(self) -> None:
        """Watch no more."""
        self._view.listeners.discard(self._hear)
        if self._looking is not None:
            self._looking.cancel()

    def _hear(self, commit: AppliedCommit | None) -> None:
        if commit is None:
            self._look_later(0.0, _NEWCOMER_SECONDS)  # what arrived during the load is applied in this turn of the loop
        elif commit.source == GOALS and self._looking is None:
            self._look()

    def _look(self) -> None:
        person = person_of(self._view, self._caller)
        if person is None or self._person is None or person.id != self._person.id:
            self.end()
            self._left()

    def _look_later(self, seconds: float, patience: float) -> None:
        if self._looking is not None:
            self._looking.cancel()
        self._looking = asyncio.get_running_loop().call_later(seconds, self._look_after_load, patience)

    def _look_after_load(self, patience: float) -> None:
        """A person who joined during the load is here before their login is read again: that is waited for, bounded."""
        self._looking = None
        person = None if self._person is None else self._view.org.people.get(self._person.id)
        here = person is not None and not person.left
        unread = here and self._view.people_names.outdated and person_of(self._view, self._caller) is None
        if unread and patience > 0:
            self._look_later(_LOOK_SECONDS, patience - _LOOK_SECONDS)
        else:
            self._look()
