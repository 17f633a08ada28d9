"""The folded state of one organization without its positions in the streams: entities, verdicts, alerts, and
indexes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from msgspec import Struct, structs

from gateway.upstream.ports import OrganizationSnapshot
from gateway.upstream.streams import ALIGNMENT, GOALS
from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.alerts import Alert
from goldenthread.contracts.events.alignment import AlignmentState, LabelsChanged, Transition, Verdict
from goldenthread.contracts.read_api import NodeVerdict
from goldenthread.organization.organization import Organization
from goldenthread.runtime.observability.failures import log_unforeseen
from goldenthread.runtime.slices import in_slices, run_without_pause
from goldenthread.runtime.streams.position import Commit

_FIXED_WEIGHT = 20
"""What an organization with nothing in it takes, in things."""
NOT_JUDGED = Verdict(AlignmentState.NOT_JUDGED)


class Index(Protocol):
    """An index: made from a state, and updated with every change of it, so that readers look up instead of
    searching.
    """

    def __init__(self, state: FoldedOrganization) -> None: ...

    def touched(self, payload: Struct | None) -> None:
        """A goals payload was folded in."""

    def judged(self, nodes: Iterable[Id]) -> None:
        """The verdicts on these nodes may have changed."""

    @property
    def backlog(self) -> int:
        """How much there is to be worked out before the next answer."""

    def catching_up(self) -> Iterator[None]:
        """Work out what there is to be done, step by step; between two steps anything may change."""


I = TypeVar("I", bound=Index)  # noqa: E741


class FoldedOrganization:
    """The folded state of an organization: filled from what was loaded, and then kept current by its view."""

    def __init__(self) -> None:
        self.org = Organization()
        self.judgements: dict[Id, NodeVerdict] = {}
        self.alerts: dict[Id, Alert] = {}
        self.broken: dict[Id, int] = {}
        """Where chains end without reaching the purpose → how many nodes hang on that."""
        self._indexes: dict[type[Any], Index] = {}

    @classmethod
    def of(cls, loaded: OrganizationSnapshot) -> FoldedOrganization:
        """The state that was loaded, folded at once; an index is made when it is asked for."""
        made = cls()
        run_without_pause(made._filling(loaded))
        return made

    @classmethod
    async def prepared(cls, loaded: OrganizationSnapshot, indexes: Iterable[type[Index]] = ()) -> FoldedOrganization:
        """The same in slices, with these indexes worked out: who asks first waits no longer than those after."""
        made = cls()
        await in_slices(made._filling(loaded))
        for kind in indexes:
            await in_slices(made.index(kind).catching_up())
        return made

    def index(self, kind: type[I]) -> I:
        """The index of this kind, which hears of every change from its making on."""
        found = self._indexes.get(kind)
        if found is None:
            found = self._indexes[kind] = kind(self)
        assert isinstance(found, kind)
        return found

    @property
    def indexes(self) -> Iterable[Index]:
        """Every index that is kept."""
        return self._indexes.values()

    def judgement(self, node: Id) -> NodeVerdict:
        """The verdict on a node, NOT_JUDGED when there is none."""
        return self.judgements.get(node) or NodeVerdict(node, NOT_JUDGED)

    @property
    def weight(self) -> int:
        """How many things it holds: about what it takes of memory."""
        return _FIXED_WEIGHT + self.org.entity_count + len(self.judgements) + len(self.alerts)

    def fold(self, commit: Commit) -> None:
        """Fold one commit in, all of it: where this raises, nothing of it is shown."""
        if commit.source == GOALS:
            self._fold_goals(commit)
        elif commit.source == ALIGNMENT:
            self._fold_verdicts(commit)
        else:
            alerts = [event.data.alert for event in commit.events if event.data is not None]
            self.alerts.update({alert.id: alert for alert in alerts})

    def _fold_goals(self, commit: Commit) -> None:
        self.org.begin()
        try:
            for event in commit.events:
                self.org.apply(event.data)
        except BaseException:
            self.org.rollback()
            raise
        self.org.commit()
        for kind, index in list(self._indexes.items()):
            with self._dropped_if_it_fails(kind):
                for event in commit.events:
                    index.touched(event.data)

    def _fold_verdicts(self, commit: Commit) -> None:
        judged = [each for event in commit.events for each in _judged_by(event)]
        for each in judged:
            before = self.judgements.get(each.node)
            if each.since is None and before is not None:
                self.judge(structs.replace(before, verdict=each.verdict))
            else:
                self.judge(each)
        for kind, index in list(self._indexes.items()):
            with self._dropped_if_it_fails(kind):
                index.judged([each.node for each in judged])

    @contextmanager
    def _dropped_if_it_fails(self, kind: type[Any]) -> Iterator[None]:
        """An index that fails keeps nothing from being shown: it is made again when it is asked for."""
        try:
            yield
        except Exception as error:
            del self._indexes[kind]
            log_unforeseen("gateway", f"{kind.__name__} failed, and is made again", error)

    def judge(self, judged: NodeVerdict) -> None:
        """Take a verdict in place of the one before."""
        before = self.judgements.get(judged.node)
        self.judgements[judged.node] = judged
        if before is not None and (at := _broken_at(before)) is not None:
            self.broken[at] -= 1
            if not self.broken[at]:
                del self.broken[at]
        if (at := _broken_at(judged)) is not None:
            self.broken[at] = self.broken.get(at, 0) + 1

    def _filling(self, loaded: OrganizationSnapshot) -> Iterator[None]:
        for entity in loaded.goals.entities():
            self.org.put(entity)
            yield
        for judged in loaded.alignment.labels if loaded.alignment is not None else ():
            self.judge(judged)
            yield
        for alert in loaded.alerts.alerts if loaded.alerts is not None else ():
            self.alerts[alert.id] = alert
            yield


def _judged_by(event: Event) -> list[NodeVerdict]:
    """The verdicts that an event of alignment gives; those of a label say nothing of since when."""
    data = event.data
    if isinstance(data, Transition):
        return [NodeVerdict(data.node, data.after, event.time, data.caused_by)]
    if isinstance(data, LabelsChanged):
        return [NodeVerdict(label.node, label.verdict) for label in data.labels]
    return []


def _broken_at(judged: NodeVerdict) -> Id | None:
    verdict = judged.verdict
    return verdict.broken_at if verdict.state is AlignmentState.ORPHANED else None
