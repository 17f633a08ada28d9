"""Notices a restored backup of goals after which erasures and deletions were not replayed (docs/backup.md).

notifications knows from before who was erased, which invitations had ended, and which organizations were deleted. Where
goals has them again, `goldenthread erasures replay` was forgotten: `/ready` says it, `goldenthread doctor`, a metric.
"""

from __future__ import annotations

from goldenthread.runtime.clock import Clock, utc_now
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.observability.health import NotReady
from goldenthread.runtime.postgres.database import Connection, Pool
from goldenthread.runtime.postgres.repeated_look import look_again_and_again
from goldenthread.runtime.streams.position import GONE
from goldenthread.runtime.streams.upstream import Upstream
from services.notifications import past_people_store

LOOK_SECONDS = 30.0
_MOST_ASKED = 1_000
"""Deleted organizations that goals is asked about: those that were deleted last."""
_TOMBSTONES = """
    SELECT organization FROM streams WHERE deleted_at IS NOT NULL ORDER BY deleted_at DESC, organization LIMIT $1
"""
KINDS = ("erased people", "ended invitations", "deleted organizations")
NEXT = "replay the log of erasures: `goldenthread erasures` (docs/backup.md)"


async def returned(connection: Connection | Pool, goals: Upstream, now: Clock = utc_now) -> dict[str, int]:
    """By `KINDS`, how many goals has again. Raises what says that the database or goals is away."""
    people = await past_people_store.returned(connection)
    deleted = [row["organization"] for row in await connection.fetch(_TOMBSTONES, _MOST_ASKED)]
    heads = (await goals.heads(now().isoformat(), deleted)).heads if deleted else {}
    back = sum(heads.get(each, GONE) != GONE for each in deleted)
    return dict(zip(KINDS, (people.erased, people.invitations, back), strict=True))


def sentence(found: dict[str, int]) -> str:
    """What is wrong, for an operator; empty where nothing is."""
    told = [f"{number} {kind}" for kind, number in found.items() if number]
    return f"goals has {', '.join(told)} again: its database was restored from a backup" if told else ""


class RestoreWatch:
    """The look of one process: `run` until cancelled. `check` is for `/ready`."""

    def __init__(self, pool: Pool, goals: Upstream) -> None:
        self._pool, self._goals = pool, goals
        self._found = dict.fromkeys(KINDS, 0)

    async def run(self) -> None:
        """Look every now and then; metrics and `check` show what the last look found."""
        for kind in KINDS:
            metrics.RETURNED.follow(lambda kind=kind: self._found[kind], kind)  # type: ignore[misc]
        try:
            await look_again_and_again(self.look, "erasures and deletions that were undone", LOOK_SECONDS)
        finally:
            for kind in KINDS:
                metrics.RETURNED.forget(kind)

    async def look(self) -> None:
        """Ask the database, and goals."""
        self._found = await returned(self._pool, self._goals)

    async def check(self) -> None:
        """Raises `NotReady` with a sentence while something is back that had ended."""
        if said := sentence(self._found):
            raise NotReady(f"{said}; {NEXT}")
