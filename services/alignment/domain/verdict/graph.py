"""An organization's goal graph and the verdict on every node of it.

Fold events in with `apply`, then `judge` once per commit: the cost follows what changed. The verdicts are a pure
function of the commits, and any graph is survived: loops, self links, ids that name nothing.

**The algorithm.** Every verdict follows from shortest paths. A path's length is the pair (unexplained hops, hops),
compared in this order and kept as one number, the *key*. The published purpose has key 0; a live node without a live
accepted parent is a *break*, a source too, but of a second class above all keys of the first; what reaches neither
lies on the way into a loop. So a node's key says: aligned (class one, no unexplained hop), unexplained (class one),
or orphaned (class two, or a loop). Its *thread* takes the link that realises the key, the oldest accepted of several;
where an orphan's thread ends is `brokenAt`, and the cause belongs to that end.

A commit changes facts of a few nodes and links. Then, each at the cost of what changes (Ramalingam and Reps, *On the
computational complexity of dynamic graph problems*, 1996; Dijkstra 1959):

1. `facts`, `statuses`: which nodes count now. Dirty are those whose own facts, links, or parents' facts changed.
2. `path_keys`, *raise*: in the order of their old keys, dirty nodes whose key no parent supports any more lose it, and
   their children are looked at next. Parents come before children, so one look each is enough, loops included.
3. `path_keys`, *lower*: Dijkstra outward from what lost its key or may have a smaller one.
4. `threads`: the next link of what was dirty or has another key, and of its children; then the ends, in the order of
   keys, going on below a node only where its end changed. Loops have no order: there threads are followed until they
   return.
5. `judge`: the verdict on each touched node is compared with its before-image; differences are the changes.

If raising finds more than a share of the graph unsettled, it stops, and `full_recomputation` labels everything in one
pass over two queues. The numbers lie in `columns`, found by id through `id_index`; `compiled` says how the loops become
machine code, `array_addresses` how they are handed the columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from msgspec import Struct

from goldenthread.contracts.entities import Entity, Id, KeyResult, Link, Objective, Purpose, Why
from goldenthread.contracts.enums import ObjectiveState, PurposeState, WhyState
from goldenthread.contracts.events.alignment import Verdict
from goldenthread.contracts.events.goals import entities_of
from goldenthread.contracts.hypotheses import (
    Facts,
    KeyResultFacts,
    LinkFacts,
    ObjectiveFacts,
    PurposeFacts,
    WhyFacts,
)
from services.alignment.domain.verdict import columns as k
from services.alignment.domain.verdict import packed_state as p
from services.alignment.domain.verdict.array_addresses import addresses_of
from services.alignment.domain.verdict.changes import Changes, VerdictDecoder
from services.alignment.domain.verdict.columns import I64, Columns, copy_of, empty
from services.alignment.domain.verdict.encoded_verdicts import encode_all_verdicts, encoded_verdict_of
from services.alignment.domain.verdict.graph_edits import put_link, put_node
from services.alignment.domain.verdict.id_index import reindex
from services.alignment.domain.verdict.ids import Ids
from services.alignment.domain.verdict.judge import CHANGE_WIDTH, judge, label_all, mark_saved

UNSETTLED_LIMIT = 512
_STATUS = {ObjectiveState.DRAFT: k.IDLE, ObjectiveState.ACTIVE: k.LIVE}


class Graph:
    """The goal graph of one organization. One thread at a time."""

    def __init__(self, unsettled_limit: int = UNSETTLED_LIMIT) -> None:
        """With more unsettled nodes than `unsettled_limit`, and than a share of the graph, everything is labelled
        afresh: it is faster then, and the same."""
        self.ids = Ids()
        """The ids in it, as numbers and back."""
        self._cause: int | None = None
        self._nodes: list[I64] = []
        self._links: list[I64] = []
        self._set_columns(empty(16, 16))
        self._columns.used[k.UNSETTLED_LIMIT] = unsettled_limit

    @classmethod
    def restore(cls, packed: p.PackedGraph, ids: Ids, unsettled_limit: int = UNSETTLED_LIMIT) -> Graph:
        """The graph that was packed: it judges on exactly as that one would. `ids` knows the ids of it."""
        made = cls()
        made.ids = ids
        made._set_columns(empty(_with_slack(len(packed.nodes)), _with_slack(len(packed.links))))
        made._columns.used[k.UNSETTLED_LIMIT] = unsettled_limit
        ends = p.write_rows(made._addresses, packed.nodes, packed.links)
        if len(unknown := ends[ends < 0]) > 8:
            made._grow(len(unknown))
        p.tie(made._addresses, packed.nodes, packed.links, ends)
        label_all(made._addresses)
        return made

    def apply(self, payload: Struct | None, sequence: int) -> bool:
        """Fold one goals payload in; False when it changes nothing the verdicts rest on."""
        changed = False
        for entity in entities_of(payload) if payload is not None else ():
            changed |= self._put(entity, sequence)
        if changed:
            self._cause = sequence
        return changed

    def judge(self) -> Changes:
        """Judge what was applied since the last judgement; what that changed."""
        if self._cause is None:
            return Changes(_NOTHING, self._names, None)
        table, nodes, links = judge(self._addresses)
        if nodes is not None:
            self._nodes.append(nodes)
        if links is not None:
            self._links.append(links)
        cause, self._cause = self._cause, None
        return Changes(_NOTHING if table is None else table, self._names, cause)

    def impact(self, payloads: Iterable[Struct | None], sequence: int) -> Changes:
        """What one commit of `payloads`, numbered from `sequence`, would change: judged on a copy.

        Raises RuntimeError when something waits to be judged.
        """
        copy = self.copy()
        for number, payload in enumerate(payloads, sequence):
            copy.apply(payload, number)
        return copy.judge()

    def copy(self) -> Graph:
        """A graph to try changes on. Raises RuntimeError when something waits to be judged."""
        if self._cause is not None:
            raise RuntimeError("a change of this graph is under way")
        copy = Graph()
        copy.ids = Ids(over=self.ids)
        copy._set_columns(copy_of(self._columns))
        return copy

    def try_out(self, facts: Iterable[Facts], sequence: int) -> Changes:
        """Fold facts in, numbered from `sequence`; what that changed. For a copy."""
        for number, each in enumerate(facts, sequence):
            if self._put(each, number):
                self._cause = number
        return self.judge()

    def verdict(self, node: Id) -> Verdict | None:
        """The verdict on a node as of the last judgement; None when it is unknown."""
        return self._names.verdict(*encoded_verdict_of(self._addresses, *self.ids.number(node)))

    def verdicts(self) -> Iterator[tuple[Id, Verdict]]:
        """Every judged node with its verdict, oldest first."""
        names = VerdictDecoder(self._columns, self.ids)
        for node, *encoded in encode_all_verdicts(self._addresses).tolist():
            verdict = names.verdict(*encoded)
            if verdict is not None:
                yield names.node(node), verdict

    def take_unsaved(self) -> p.PackedGraph:
        """Every row that changed since this was last called."""
        nodes, links = _joined(self._nodes), _joined(self._links)
        self._nodes, self._links = [], []
        mark_saved(self._addresses, nodes, links)
        return p.PackedGraph(*p.pack(self._addresses, nodes, links))

    def packed(self) -> p.PackedGraph:
        """Every row, as `restore` takes it."""
        known = np.flatnonzero(self._columns.nodes8[: self._columns.used[k.NODES], k.KIND])
        return p.PackedGraph(*p.pack(self._addresses, known, np.arange(self._columns.used[k.LINKS])))

    def __len__(self) -> int:
        """How many nodes and links it holds."""
        return int(self._columns.used[k.NODES] + self._columns.used[k.LINKS])

    @property
    def nbytes(self) -> int:
        """The bytes it holds them in."""
        return sum(each.nbytes for each in self._columns)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _put(self, entity: Entity | Facts, sequence: int) -> bool:
        """Fold one entity in; False when that changes nothing the engine looks at."""
        if isinstance(entity, Link | LinkFacts):
            halves = self.ids.halves
            ends = *halves(entity.id), *halves(entity.child), *halves(entity.parent)
            self._make_room()
            return put_link(self._addresses, *ends, *p.link_numbers(entity), sequence)
        facts = node_numbers(entity)
        if facts is None:
            return False
        kind, own, version, measures = facts
        measured = (0, 0) if measures is None else self.ids.halves(measures)
        hi, lo = self.ids.halves(entity.id)
        self._make_room()
        return put_node(self._addresses, hi, lo, kind, own, version, measures is not None, *measured, sequence)

    def _set_columns(self, columns: Columns) -> None:
        self._columns, self._addresses = columns, addresses_of(columns)
        self._names = VerdictDecoder(columns, self.ids)
        self._room = 0

    def _make_room(self) -> None:
        """Let there be room for one entity more: two nodes, a link, and all of them to be judged."""
        if not self._room:
            self._room = self._left()
            if not self._room:
                self._grow()
                self._room = self._left()
        self._room -= 1

    def _left(self) -> int:
        c = self._columns
        nodes, links, pending_nodes, pending_links = c.used[: k.UNSETTLED_LIMIT].tolist()
        left: int = min(
            (len(c.nodes64) - nodes) // 2,
            len(c.links64) - links,
            (len(c.pending_nodes) - pending_nodes) // 2,
            len(c.pending_links) - pending_links,
        )
        return left

    def _grow(self, more: int = 0) -> None:
        """Half as large again, whatever is nearly full; and `more` nodes."""
        old = self._columns
        nodes, links, pending_nodes, pending_links = old.used[: k.UNSETTLED_LIMIT].tolist()
        made = empty(
            _larger(len(old.nodes64), nodes) + more,
            _larger(len(old.links64), links),
            max(_larger(len(old.pending_nodes), pending_nodes), _larger(len(old.pending_links), pending_links)),
        )
        for name in ("nodes8", "nodes32", "nodes64", "links8", "links32", "links64", "pending_nodes", "pending_links"):
            rows = getattr(old, name)
            getattr(made, name)[: len(rows)] = rows
        made.used[:] = old.used
        self._set_columns(made)
        reindex(self._addresses)


def node_numbers(entity: Entity | Facts) -> tuple[int, int, int, Id | None] | None:
    """Kind, own status, version and what it measures, as the loops take them; None for what is no node."""
    match entity:
        case KeyResult() | KeyResultFacts():
            return k.KEY_RESULT, k.ENDED if entity.removed else k.LIVE, entity.version, entity.measures
        case Objective() | ObjectiveFacts():
            return k.OBJECTIVE, _STATUS.get(entity.state, k.ENDED), entity.version, None
        case Why() | WhyFacts():
            return k.WHY, k.LIVE if entity.state is WhyState.PUBLISHED else k.ENDED, entity.version, None
        case Purpose() | PurposeFacts():
            return k.PURPOSE, k.LIVE if entity.state is PurposeState.PUBLISHED else k.ENDED, entity.version, None
        case _:
            return None


_NOTHING = np.empty((0, CHANGE_WIDTH), np.int64)


def _joined(parts: list[I64]) -> I64:
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def _with_slack(rows: int) -> int:
    """Room for a little more: else the first change after a load would copy everything."""
    return rows + rows // 128 + 8


def _larger(room: int, used: int) -> int:
    return room if used + 2 < room * 7 // 8 else room + room // 2 + 16
