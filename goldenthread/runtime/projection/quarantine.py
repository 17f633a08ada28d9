"""Organizations that cannot be folded further: stopped where they are, reported, never skipped over."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from goldenthread.runtime.streams.position import Position
from goldenthread.runtime.streams.upstream import Record

log = logging.getLogger(__name__)


class Poison(Exception):
    """The next commit of a stream cannot be folded. `end` is that commit's end, None when it cannot even be read."""

    def __init__(self, source: str, position: Position, end: Position | None, reason: str) -> None:
        super().__init__(f"{source} after {position.sequence}: {reason}")
        self.source = source
        self.position = position
        self.end = end
        self.reason = reason


class TooManyQuarantined(Exception):
    """So many organizations stopped that the code is likelier to be wrong than the data: consuming stops."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What a dead-letter record says of a stopped organization. `record`: the bytes from the broker, if any."""

    organization: str
    source: str
    position: Position
    reason: str
    record: Record | None = None


Reporter = Callable[[DeadLetter], Awaitable[None]]


class Quarantine:
    """The stopped organizations of one member. Assignment and restart give an organization another try."""

    def __init__(self, report: Reporter, limit: int) -> None:
        self._report = report
        self._limit = limit
        self._notices: dict[str, DeadLetter] = {}
        self._unreadable: dict[str, Record] = {}

    def __contains__(self, organization: str) -> bool:
        return organization in self._notices

    def __len__(self) -> int:
        return len(self._notices)

    @property
    def notices(self) -> list[DeadLetter]:
        """Why each organization stopped."""
        return list(self._notices.values())

    def keep_unreadable(self, record: Record) -> None:
        """Keep a record that cannot be decoded: it goes into the notice if the upstream's own copy is no better."""
        log.warning("unreadable record of %s for %s: %s", record.source, record.organization, record.reason)
        self._unreadable[record.organization] = record

    async def add(self, organization: str, poison: Poison) -> None:
        """Stop an organization and report it. Raises `TooManyQuarantined` beyond the limit."""
        record = self._unreadable.pop(organization, None)
        notice = DeadLetter(organization, poison.source, poison.position, poison.reason, record)
        self._notices[organization] = notice
        log.error("quarantined %s: %s", organization, poison)
        try:
            await self._report(notice)
        except Exception:
            log.exception("the notice on %s could not be sent", organization)
        if len(self._notices) > self._limit:
            raise TooManyQuarantined(f"{len(self._notices)} are quarantined, last {organization}: {poison}")

    def discard_unreadable(self, organization: str) -> None:
        """The upstream's copy was readable: the broken record does not matter."""
        self._unreadable.pop(organization, None)

    def release(self, organizations: Iterable[str]) -> None:
        """Give organizations another try."""
        for organization in organizations:
            self._notices.pop(organization, None)
            self._unreadable.pop(organization, None)
