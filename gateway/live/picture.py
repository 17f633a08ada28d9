"""What is shown of one organization, apart from its places in the streams: entities, verdicts, alerts, and indexes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gateway.views.turn_index import TurnIndex
from goldenthread.contracts.entities import Id
from goldenthread.contracts.events.alerts import Alert
from goldenthread.contracts.events.alignment import AlignmentState, Verdict
from goldenthread.contracts.reading import Judged
from goldenthread.organization.organization import Organization
from goldenthread.runtime.slices import at_once, in_slices

if TYPE_CHECKING:
    from gateway.live.organization_view import Loaded

NOT_JUDGED = Verdict(AlignmentState.NOT_JUDGED)


class Picture:
    """Filled from what was loaded, and then kept current by its model."""

    def __init__(self) -> None:
        self.org = Organization()
        self.judgements: dict[Id, Judged] = {}
        self.alerts: dict[Id, Alert] = {}
        self.broken: dict[Id, int] = {}
        """Where chains end without reaching the purpose → how many nodes hang on that."""
        self.turns = TurnIndex(self)

    @classmethod
    def of(cls, loaded: Loaded) -> Picture:
        """The picture of what was loaded, at once; its index is worked out when it is asked."""
        made = cls()
        at_once(made._filling(loaded))
        return made

    @classmethod
    async def prepared(cls, loaded: Loaded) -> Picture:
        """The same in slices, with its index worked out: who asks first waits no longer than those after."""
        made = cls()
        await in_slices(made._filling(loaded))
        await in_slices(made.turns.catching_up())
        return made

    def judgement(self, node: Id) -> Judged:
        """The verdict on a node, NOT_JUDGED when there is none."""
        return self.judgements.get(node) or Judged(node, NOT_JUDGED)

    def judge(self, judged: Judged) -> None:
        """Take a verdict in place of the one before."""
        before = self.judgements.get(judged.node)
        self.judgements[judged.node] = judged
        if before is not None and (at := _broken_at(before)) is not None:
            self.broken[at] -= 1
            if not self.broken[at]:
                del self.broken[at]
        if (at := _broken_at(judged)) is not None:
            self.broken[at] = self.broken.get(at, 0) + 1

    def _filling(self, loaded: Loaded) -> Iterator[None]:
        for entity in loaded.goals.entities():
            self.org.put(entity)
            yield
        for judged in loaded.alignment.labels if loaded.alignment is not None else ():
            self.judge(judged)
            yield
        for alert in loaded.alerts.alerts if loaded.alerts is not None else ():
            self.alerts[alert.id] = alert
            yield
        self.turns.begin()


def _broken_at(judged: Judged) -> Id | None:
    verdict = judged.verdict
    return verdict.broken_at if verdict.state is AlignmentState.ORPHANED else None
