"""Tells goals who has signed in for the first time: once for each person, and never while an answer is waited for."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable

from gateway.live.organization_view import OrganizationView
from gateway.upstream.ports import Unreachable, Upstreams
from goldenthread.contracts.entities import Id, Person
from goldenthread.runtime.observability.failures import log_unforeseen

log = logging.getLogger(__name__)

AGAIN_SECONDS = 60.0
"""After which somebody is told of again, whom goals has not said to have signed in."""
_MOST_TOLD = 10_000
_MOST_AT_ONCE = 4
"""Requests to goals that are under way: a thousand people who sign in at nine o'clock come one after the other."""


class FirstSignIns:
    """Sees every caller who is let in. Who is known to have signed in before costs a look into memory."""

    def __init__(self, upstreams: Upstreams, now: Callable[[], float] = time.monotonic) -> None:
        self._upstreams, self._now = upstreams, now
        self._told: OrderedDict[tuple[Id, Id], float] = OrderedDict()
        self._slots = asyncio.Semaphore(_MOST_AT_ONCE)
        self._telling: set[asyncio.Task[None]] = set()

    def saw(self, view: OrganizationView, person: Person) -> None:
        """`person` was let in."""
        if person.service or person.id not in view.names or view.people_names.signed_in_at(person.id) is not None:
            return
        key = view.id, person.id
        if self._now() - self._told.get(key, float("-inf")) < AGAIN_SECONDS:
            return
        self._told[key] = self._now()
        self._told.move_to_end(key)
        while len(self._told) > _MOST_TOLD:
            self._told.popitem(last=False)
        task = asyncio.create_task(self._tell(view, person.id), name="sign-ins")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def until_told(self) -> None:
        """Wait for what is being told."""
        await asyncio.gather(*self._telling, return_exceptions=True)

    def close(self) -> None:
        """Tell nothing more."""
        for task in self._telling:
            task.cancel()

    async def _tell(self, view: OrganizationView, person: Id) -> None:
        try:
            async with self._slots:
                name = view.names.get(person)
                if name is not None and view.people_names.signed_in_at(person) is None:
                    await self._upstreams.signed_in(view.id, name.login)
        except Unreachable as error:
            log.warning("goals was not told who has signed in to %s, and will be: %s", view.id, error)
        except Exception as error:
            log_unforeseen("gateway", "goals was not told who has signed in", error, organization=view.id)
