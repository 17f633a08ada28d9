"""Dry runs of imports that were answered within the last minute, so that their next pages are not computed again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import NamedTuple

from msgspec import json, structs

from gateway.budget.sized_cache import SizedCache
from gateway.request.command_outcome import CommandOutcome
from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.entities import Id
from goldenthread.contracts.idempotency import input_hash
from goldenthread.contracts.read_api import Login
from goldenthread.runtime.identity.caller import Caller

MOST_BYTES = 64 * 1024 * 1024
"""Of all answers that are kept, as JSON."""
KEPT_FOR = 60.0
"""Seconds that an answer is kept: a program reads its pages one after the other."""


class DryRunKey(NamedTuple):
    """Who asked, under which idempotency key, and the SHA-256 of what: nobody is answered with anything else."""

    organization: Id
    login: Login
    key: str
    input: bytes

    @classmethod
    def of(cls, caller: Caller, organization: Id, command: ImportPlan, key: str) -> DryRunKey:
        """`command` as `caller` sent it under `key`."""
        return cls(organization, caller.login, key, input_hash(command))


class ImportDryRuns:
    """Answers to dry runs of imports, bounded by their bytes and their age. `now` is a clock in seconds."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._answers: SizedCache[DryRunKey, tuple[CommandOutcome, float]] = SizedCache(MOST_BYTES)

    def get(self, asked: DryRunKey) -> CommandOutcome | None:
        """What was answered within the last minute, without its events."""
        found = self._answers.get(asked)
        return found[0] if found is not None and self._now() - found[1] < KEPT_FOR else None

    def keep(self, asked: DryRunKey, done: CommandOutcome) -> None:
        """Keep an answer that is complete: accepted, and what it would break is known."""
        if done.accepted is None or done.effects is None:
            return
        # The events served the verdict, which is known by now, and are most of the bytes.
        accepted = structs.replace(done.accepted, events=[])
        size = len(json.encode(accepted)) + len(json.encode(done.effects))
        self._answers.put(asked, (replace(done, accepted=accepted), self._now()), size)
