"""An organisation's goal graph and the verdict on every node of it.

Fold events in with `apply`, then `judge` once per commit: the cost follows what changed. The verdicts are a pure
function of the commits, and any graph is survived: loops, self links, ids that name nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.events.alignment import Verdict
from goldenthread.contracts.events.goals import entities_of
from services.alignment.domain.verdict.facts import Facts, statuses, with_measures
from services.alignment.domain.verdict.keys import rekey
from services.alignment.domain.verdict.labels import break_of, verdict_of
from services.alignment.domain.verdict.nodes import Node, Round
from services.alignment.domain.verdict.rows import Changes, LabelChange, LinkRow, NodeRow
from services.alignment.domain.verdict.threads import next_hop, rethread


class Graph:
    """The goal graph of one organisation."""

    def __init__(self) -> None:
        self._facts = Facts()
        self._cause: int | None = None

    @classmethod
    def load(cls, nodes: Iterable[NodeRow], links: Iterable[LinkRow]) -> Graph:
        """The graph that gave these rows, in any order: it judges on exactly as that one would."""
        made = cls()
        facts = made._facts
        rows = list(nodes)
        for row in rows:
            facts.put_node(row.id, row.facts, row.born)
        for link in links:
            facts.put_link(link)
        for node, status in statuses(facts.nodes.values(), facts.nodes.get).items():
            node.status = status
        for row in rows:
            node = facts.nodes[row.id]
            node.key, node.verdict, node.brk = row.key, row.verdict, break_of(row.key, row.verdict)
        for row in rows:
            facts.nodes[row.id].via = next_hop(facts.nodes[row.id])
        facts.clear()
        return made

    def apply(self, payload: Struct | None, sequence: int) -> bool:
        """Fold one goals payload in; False when it changes nothing the verdicts rest on."""
        changed = False
        for entity in entities_of(payload) if payload is not None else ():
            changed |= self._facts.put(entity, sequence)
        if changed:
            self._cause = sequence
        return changed

    def judge(self) -> Changes:
        """Judge what was applied since the last judgement; what that changed."""
        facts, round = self._facts, Round()
        if self._cause is None:
            return Changes()
        if facts.undo is not None:
            facts.undo.append(lambda: _put_back(round))
        dirty = self._dirty(round)
        rethread(dirty, rekey(dirty, round), round)
        labels = self._conclude(dirty, round)
        nodes = {node.id for node in facts.nodes_put}
        nodes.update(node.id for node in round.before if node.facts is not None)
        changes = Changes(labels, sorted(nodes), sorted(facts.links_put), self._cause)
        self._cause = None
        facts.clear()
        return changes

    def begin(self) -> None:
        """Remember what changes from now on. RuntimeError when already begun, or when something waits to be judged."""
        if self._facts.undo is not None or self._cause is not None:
            raise RuntimeError("a change of this graph is under way")
        self._facts.undo = []

    def commit(self) -> None:
        """Keep what changed since `begin`."""
        self._facts.undo = None

    def rollback(self) -> None:
        """Take back everything since `begin`, judged or not."""
        undo, self._facts.undo = self._facts.undo or [], None
        for step in reversed(undo):
            step()
        self._facts.clear()
        self._cause = None

    def impact(self, payloads: Iterable[Struct | None], sequence: int) -> Changes:
        """What one commit of `payloads`, numbered from `sequence`, would change. The graph stays as it is."""
        self.begin()
        try:
            for number, payload in enumerate(payloads, sequence):
                self.apply(payload, number)
            return self.judge()
        finally:
            self.rollback()

    def verdict(self, node: Id) -> Verdict | None:
        """The verdict on a node as of the last judgement; None when it is unknown."""
        found = self._facts.nodes.get(node)
        return None if found is None else found.verdict

    def verdicts(self) -> Iterator[tuple[Id, Verdict]]:
        """Every judged node with its verdict, oldest first."""
        known = [node for node in self._facts.nodes.values() if node.verdict is not None]
        for node in sorted(known, key=lambda node: node.age):
            if node.verdict is not None:
                yield node.id, node.verdict

    def node_row(self, id: Id) -> NodeRow | None:
        """A node as persisted; None before it was judged first."""
        node = self._facts.nodes.get(id)
        if node is None or node.facts is None or node.verdict is None:
            return None
        return NodeRow(id, node.born, node.facts, node.key, node.verdict)

    def link_row(self, id: Id) -> LinkRow | None:
        """A link as persisted."""
        edge = self._facts.links.get(id)
        return None if edge is None else edge.row

    def rows(self) -> tuple[list[NodeRow], list[LinkRow]]:
        """Everything, as `load` takes it."""
        nodes = [row for id in self._facts.nodes if (row := self.node_row(id)) is not None]
        return nodes, [edge.row for edge in self._facts.links.values()]

    def _dirty(self, round: Round) -> list[Node]:
        """Bring the statuses up to date; every node whose own facts, links, or parents' facts changed."""
        facts = self._facts
        changed = dict(facts.nodes_put)
        for node, status in statuses(with_measures(facts.nodes_put), facts.nodes.get).items():
            if node.status is not status:
                round.keep(node)
                node.status = status
                changed[node] = None
        dirty = {**facts.loose, **changed}
        for node in changed:
            dirty.update(dict.fromkeys(edge.child for edge in node.down.values()))
        return [node for node in dirty if node.facts is not None]

    def _conclude(self, dirty: Iterable[Node], round: Round) -> list[LabelChange]:
        """The verdicts of everything that may have another one now."""
        found: list[tuple[tuple[int, Id], LabelChange]] = []
        for node in {**dict.fromkeys(dirty), **round.before}:
            before, after = node.verdict, verdict_of(node)
            if before != after:
                round.keep(node)
                node.verdict = after
                found.append((node.age, LabelChange(node.id, before, after)))
        return [change for _, change in sorted(found, key=lambda each: each[0])]


def _put_back(round: Round) -> None:
    for node, labels in round.before.items():
        labels.put_back(node)
