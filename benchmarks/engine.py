"""The alignment engine against what a user would pick instead, in one run, on the same graphs and the same events.

Peers (see `_compared_libraries.py`, `_recursive_cte.py`) keep their graph up to date edge by edge and recompute all
labels after every commit; ours judges what the commit changed. Before a peer is timed its answer, and after three
commits again, is compared with ours: reached or not, unexplained hops and hops of every node. Ours also says where and
why a chain broke, what it hung on, by which link, and what changed; the peers do not.

* realistic: an organization (`_graph_shapes.realistic`) at work (`_realistic_load`); the peers recompute after every
  commit, and are timed on those that change an edge: with the others they have one step less. "changes only" are these
  commits alone, which nobody could skip; they are about one in four.
* flip: the purpose is retired and published again: every label changes. A peer has next to nothing to do for the
  first of the two.
* chain, ring, dense: 10,000 deep, cut at the top; rings made, cut off and broken; 20 parents for each node (with
  peers not above 100,000 nodes; a million, with 20 million links, is seen with --alone).
* restore: from packed rows, as they come from the database, to a graph that judges on; a peer builds its graph from
  arrays of edges and finds all labels. PostgreSQL has nothing to restore.

"labels read" is ours with the verdict of every changed node handed out. Percentiles are of commits; nearly all are of
one event. A peer is timed for as many commits as a few seconds allow, three at least.
"""

from __future__ import annotations

import argparse
import random
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import accumulate
from pathlib import Path
from time import perf_counter, perf_counter_ns
from typing import NamedTuple

from benchmarks import _graph_shapes as shapes
from benchmarks._compared_libraries import ComparedLibrary, NetworkX, RustworkX
from benchmarks._garbage_collection import quiet
from benchmarks._graphs import Edges, FlatGraph, GraphCommit
from benchmarks._memory_per_node import held
from benchmarks._own_engine import OwnEngine, restored
from benchmarks._realistic_load import RealisticLoad
from benchmarks._recursive_cte import recursive_cte
from benchmarks._table import OURS, Row, row_of, say, show, with_ratios

SIZES = [1_000, 10_000, 100_000, 1_000_000]
SECONDS, PEER_SECONDS, ENDLESS = 6.0, 2.0, 1e6
CHECKED, AT_MOST = 3, 100


class Case(NamedTuple):
    """A graph, what happens in it, and how much of that is measured: whole rounds of `round` commits."""

    name: str
    shape: Callable[[int, random.Random], FlatGraph]
    events: Callable[[FlatGraph, random.Random], Iterator[GraphCommit]]
    commits: int
    round: int = 1
    most_nodes: int = SIZES[-1]
    longest: int | None = None


CASES = [
    Case("realistic", shapes.realistic, lambda world, chance: RealisticLoad(world, chance).commits(), 20_000),
    Case("flip", shapes.realistic, lambda world, _: shapes.flips(world), 20, 2),
    Case("chain", shapes.chain, shapes.cuts, 100, 2),
    Case("ring", shapes.ring, shapes.rings, 2_000, 4, longest=shapes.RING + 1),
    Case("dense", shapes.dense, shapes.blows, 2_000, 4, most_nodes=100_000),
]


def main(arguments: list[str]) -> None:
    """Run the cases that are asked for, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks engine", description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print a JSON list")
    parser.add_argument("--nodes", default=",".join(map(str, SIZES)), help="sizes, separated by commas")
    parser.add_argument("--cases", default=",".join(case.name for case in CASES), help="of: %(default)s")
    parser.add_argument("--alone", action="store_true", help="ours only, at sizes, too, at which peers are not tried")
    parser.add_argument("--plot", type=Path, metavar="SVG", help="draw time per event against size (realistic)")
    asked = parser.parse_args(arguments)
    rows, notes = measured([int(size) for size in asked.nodes.split(",")], asked.cases.split(","), asked.alone)
    show(rows, as_json=asked.json)
    for note in notes:
        (say if asked.json else print)(note)
    if asked.plot:
        from benchmarks._plot import draw

        draw(rows, CASES[0].name, asked.plot)


def measured(sizes: Sequence[int], names: Sequence[str], alone: bool = False) -> tuple[list[Row], list[str]]:
    """The rows of all these cases at all these sizes, and what else was found, in words."""
    rows: list[Row] = []
    notes: list[str] = []
    with ExitStack() as stack:
        cte = None if alone else stack.enter_context(recursive_cte())
        peers: list[ComparedLibrary] = [NetworkX(), RustworkX(), cte] if cte else []
        for case in (case for case in CASES if case.name in names):
            _warmed(case)
            if cte:
                cte.ends_after(case.longest)
            for nodes in sizes:
                if alone or nodes <= case.most_nodes:
                    rows += _run(case, nodes, peers, notes)
    cases = list(dict.fromkeys(row.case for row in rows))
    return with_ratios(sorted(rows, key=lambda row: (cases.index(row.case), row.nodes))), notes


def _warmed(case: Case) -> None:
    """What is compiled when it is first used is not measured."""
    world = case.shape(1000, random.Random(1))
    ours, events = OwnEngine(world), case.events(world, random.Random(2))
    ours.spent([next(events) for _ in range(50)], SECONDS, read=True)
    restored(ours.graph)


def _run(case: Case, nodes: int, peers: Sequence[ComparedLibrary], notes: list[str]) -> list[Row]:
    began = perf_counter()
    world = case.shape(nodes, random.Random(nodes))
    edges, ours = world.edges(), OwnEngine(world)
    say(f"{case.name}, {nodes:,} nodes: built in {perf_counter() - began:.1f} s")
    number = min(case.commits, 2 * nodes)
    events = case.events(world, random.Random(7))
    commits = [next(events) for _ in range(2 * number)]
    answers = [ours.keys(world)]
    restore = [restored(ours.graph)] if case is CASES[0] else []
    checked = list(accumulate(int(bool(commit.edits)) for commit in commits)).index(CHECKED) + 1
    with quiet():
        spent = ours.spent(commits[:checked], ENDLESS)
    answers.append(ours.keys(world))
    with quiet():
        spent += ours.spent(commits[checked:number], SECONDS)
        reading = ours.spent(commits[len(spent) : len(spent) + number], SECONDS, read=True)
    changes = [time for time, commit in zip(spent, commits, strict=False) if commit.edits]
    skips = len(changes) < len(spent)
    rows = _rows(case, nodes, OURS, spent, changes if skips else [], restore)
    rows.append(row_of(f"{case.name}, labels read", nodes, OURS, _whole(reading, case.round)))
    notes += _notes(case, nodes, ours.labels / len(reading))
    del ours
    for peer in peers:
        spent, first = _timed(peer, case.round, edges, commits, answers)
        restore = [first] if restore and peer.restores else []
        rows += _rows(case, nodes, peer.name, spent, spent if skips else [], restore)
        say(f"  {peer.name}: its answers are ours; {len(spent)} commits")
    return rows


def _rows(
    case: Case, nodes: int, engine: str, spent: Sequence[int], changes: Sequence[int], restore: Sequence[int]
) -> list[Row]:
    rows = [row_of(case.name, nodes, engine, _whole(spent, case.round))]
    if changes:
        rows.append(row_of(f"{case.name}, changes only", nodes, engine, changes))
    return rows + [row_of("restore", nodes, engine, [time]) for time in restore]


def _whole(spent: Sequence[int], round: int) -> Sequence[int]:
    """As many as make whole rounds: half of a round may be the easy half."""
    return spent[: len(spent) // round * round] or spent


def _timed(
    peer: ComparedLibrary, round: int, edges: Edges, commits: Sequence[GraphCommit], answers: Sequence[array[int]]
) -> tuple[list[int], int]:
    """The nanoseconds of each commit that changes an edge, and those of the first answer.

    RuntimeError when an answer is not ours.
    """
    with quiet():
        began = perf_counter_ns()
        peer.load(edges)
        loaded = perf_counter_ns() - began
    peer.choose()
    began = perf_counter_ns()
    peer.recompute()
    first = perf_counter_ns() - began + loaded
    _check(peer, answers[0])
    spent: list[int] = []
    with quiet():
        for commit in filter(lambda commit: commit.edits, commits):
            began = perf_counter_ns()
            peer.apply(commit.edits)
            peer.recompute()
            spent.append(perf_counter_ns() - began)
            if len(spent) == CHECKED:
                _check(peer, answers[1])
            enough = sum(spent) > PEER_SECONDS * 1e9 or len(spent) >= AT_MOST
            if enough and len(spent) >= CHECKED and len(spent) % round == 0:
                break
    peer.load(Edges(1, array("i"), array("i"), array("q")))
    return spent, first


def _check(peer: ComparedLibrary, ours: array[int]) -> None:
    theirs = peer.keys(len(ours))
    if theirs != ours:
        differing = [node for node, (mine, yours) in enumerate(zip(ours, theirs, strict=True)) if mine != yours]
        first = differing[0]
        raise RuntimeError(
            f"{peer.name} and our engine differ at {len(differing)} nodes; node {first}: {theirs[first]}, {ours[first]}"
        )


def _notes(case: Case, nodes: int, labels: float) -> Iterator[str]:
    yield f"{case.name}, {nodes:,} nodes: a commit changes {labels:,.1f} labels on average"
    if case is CASES[0] and nodes >= 10_000:
        for how, size in held(nodes).items():
            yield f"{case.name}, {nodes:,} nodes: {size:,.0f} bytes a node held ({how})"
