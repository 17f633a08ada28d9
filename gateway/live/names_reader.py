"""Reads, in the background, what events said has changed of people: no event carries a name."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from gateway.live.organization_view import OrganizationView
from gateway.upstream.ports import Unreachable, Upstreams
from goldenthread.contracts.entities import Id
from goldenthread.runtime.observability.failures import log_unforeseen

log = logging.getLogger(__name__)

_ALONE = 20
"""People who are read one by one; of more, everybody is read."""


class NamesReader:
    """Reads names until goals answers. `is_shown` says whether a view is still in memory; `renamed` is called before
    new names are shown.
    """

    def __init__(
        self,
        upstreams: Upstreams,
        is_shown: Callable[[OrganizationView], bool],
        renamed: Callable[[Id], None],
        *,
        again: float,
    ) -> None:
        self._upstreams, self._is_shown, self._renamed = upstreams, is_shown, renamed
        self._again = again
        self._reading: dict[Id, asyncio.Task[None]] = {}

    def follow(self, view: OrganizationView) -> None:
        """Events were shown: read the people whose names are outdated now."""
        if not view.people_names.outdated:
            return
        self._renamed(view.id)
        if view.id not in self._reading:
            self._reading[view.id] = asyncio.create_task(self._run(view), name="names")

    async def wait(self, organization: Id, seconds: float) -> None:
        """Wait until the names of an organization that are being read are read, so long at most."""
        if (reading := self._reading.get(organization)) is not None:
            await asyncio.wait([reading], timeout=seconds)

    async def until_read(self) -> None:
        """Wait for everything that is being read."""
        await asyncio.gather(*self._reading.values(), return_exceptions=True)

    def close(self) -> None:
        """Stop reading."""
        for reading in self._reading.values():
            reading.cancel()

    async def _run(self, view: OrganizationView) -> None:
        try:
            await self._read(view)
        except Unreachable as error:
            log.warning("names of %s were not read, trying again: %s", view.id, error)
        except Exception as error:
            log_unforeseen("gateway", f"names of {view.id} were not read, trying again", error, organization=view.id)
        finally:
            del self._reading[view.id]
        if view.people_names.outdated:
            asyncio.get_running_loop().call_later(self._again, self._follow_again, view)

    def _follow_again(self, view: OrganizationView) -> None:
        if self._is_shown(view):
            self.follow(view)

    async def _read(self, view: OrganizationView) -> None:
        """Read the people whose names are outdated; ends also when goals answers with what is no more recent than what
        is here.
        """
        before: dict[Id, int] = {}
        while (outdated := dict(view.people_names.outdated)) != before:
            people, before = view.people_names, outdated
            # A load meanwhile brings other names, and what is read for these is void.
            if len(outdated) > _ALONE:
                people.take_all(await self._upstreams.people(view.id))
                continue
            for person in outdated:
                answer = await self._upstreams.name(view.id, person)
                people.take(person, answer.person, answer.revision)
