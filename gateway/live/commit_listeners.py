"""The listeners that get every commit of an organization: in order, and none at the cost of another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from gateway.upstream.streams import GOALS
from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event, encode_data
from goldenthread.runtime.observability.failures import log_unforeseen


@dataclass(frozen=True)
class AppliedCommit:
    """What listeners get: the events of one transaction of one upstream, already applied."""

    source: str
    events: tuple[Event, ...]

    @property
    def revision(self) -> int:
        """The goals revision it made, or reflects."""
        last = self.events[-1]
        return last.commit if self.source == GOALS else last.basis or 0

    @cached_property
    def size(self) -> int:
        """Bytes of its payloads as JSON: measured once, however many listeners keep it."""
        return sum(len(encode_data(event.data)) for event in self.events)


Listener = Callable[[AppliedCommit | None], None]
"""Called with every commit after it was applied, and with None when the organization was loaded again: what it got
before is void.
"""


class CommitListeners:
    """Listeners, in the order in which they were added. When one raises, its `failed` is called, and it is removed."""

    def __init__(self, organization: Id) -> None:
        self._organization = organization
        self._listeners: dict[Listener, Callable[[], None]] = {}
        self.ended = False
        """Whether there will be no commit any more."""

    def __iter__(self) -> Iterator[Listener]:
        return iter(self._listeners)

    def __len__(self) -> int:
        return len(self._listeners)

    def add(self, hear: Listener, failed: Callable[[], None]) -> None:
        """Call `hear` with every commit from now on; when it raises, `failed` is called, and the other listeners go
        on. Where all has ended, `failed` is called at once.
        """
        if self.ended:
            self._tell_of_failure(failed)
        else:
            self._listeners[hear] = failed

    def discard(self, hear: Listener) -> None:
        """Remove a listener."""
        self._listeners.pop(hear, None)

    def end(self) -> None:
        """Remove all listeners, each of which is told that it ends; also those that come later."""
        self.ended = True
        listeners, self._listeners = self._listeners, {}
        for failed in listeners.values():
            self._tell_of_failure(failed)

    def tell(self, commit: AppliedCommit | None) -> None:
        """Call every listener. Raises nothing."""
        for hear, failed in list(self._listeners.items()):
            if hear not in self._listeners:
                continue  # ended by what another heard
            try:
                hear(commit)
            except Exception as error:
                self.discard(hear)
                self._log(error)
                self._tell_of_failure(failed)

    def _tell_of_failure(self, failed: Callable[[], None]) -> None:
        try:
            failed()
        except Exception as error:
            self._log(error)

    def _log(self, error: Exception) -> None:
        message = f"a listener of {self._organization} failed and hears no more"
        log_unforeseen("gateway", message, error, organization=self._organization)
