"""One stream of an organization as this process has received it: whole commits only, each exactly once, in order."""

from __future__ import annotations

from goldenthread.contracts.envelope import Event
from goldenthread.contracts.read_api import StreamPosition

RECENT = 256
"""Events whose ids are remembered: by them a branch that a backup took back is told from what is shown."""


class Gap(Exception):
    """Events between the last one received and this one are missing: fetch them from the upstream."""


class Forked(Exception):
    """The upstream's stream is not the one that was folded here (it was restored): load the organization anew."""


class Stream:
    """Collects events into commits. `position` is the last event of the last whole commit handed out."""

    def __init__(self, position: StreamPosition) -> None:
        self.position = position
        self._open: list[Event] = []
        self._recent = {} if position.id is None else {position.sequence: position.id}

    def take(self, event: Event) -> list[Event]:
        """The commit that `event` completes, else nothing: duplicates are dropped, open commits are kept back.

        Raises `Gap` or `Forked`, and then has taken nothing.
        """
        last = self._last
        if event.sequence <= last.sequence:
            known = self._recent.get(event.sequence)
            if known not in (None, event.id):
                raise Forked(f"{event.source}: {event.sequence} is {known} here and {event.id} there")
            return []
        if event.sequence > last.sequence + 1:
            raise Gap(f"{event.source}: {event.sequence} after {last.sequence}")
        if last.id is not None and event.previous != last.id:
            raise Forked(f"{event.source}: {event.sequence} follows {event.previous}, not {last.id}")
        self._open.append(event)
        self._remember(event)
        if not event.closes_commit:
            return []
        commit, self._open = self._open, []
        self.position = StreamPosition(event.sequence, event.id)
        return commit

    def forget_open(self) -> None:
        """Drop a commit of which only a part arrived: it will be fetched whole."""
        self._open = []

    def id_at(self, sequence: int) -> str | None:
        """The id of the event with this number; None where it is not remembered."""
        return self._recent.get(sequence)

    def remembers(self, id: str) -> bool:
        """Whether the event with this id is among the latest."""
        return id in self._recent.values()

    def _remember(self, event: Event) -> None:
        self._recent[event.sequence] = event.id
        if len(self._recent) > RECENT:
            del self._recent[next(iter(self._recent))]

    @property
    def _last(self) -> StreamPosition:
        return StreamPosition(self._open[-1].sequence, self._open[-1].id) if self._open else self.position
