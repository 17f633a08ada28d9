"""The engine through long histories of graphs of any size, against labels computed anew after every commit.

The bounded form runs some ten thousand operations, the long one a million and more (`-m long`).
"""

from __future__ import annotations

from random import Random

import pytest

from goldenthread.contracts.entities import Id
from services.alignment.domain.transitions import AlignmentDraft, commit_drafts
from services.alignment.domain.verdict import Graph
from tests.support.oracle import Oracle
from tests.support.relaxation_oracle import RelaxationOracle
from tests.unit.alignment.commits import commit_of, payload_of
from tests.unit.alignment.verdict.histories import History, Tangle, Thicket
from tests.unit.alignment.verdict.packed_rows import LinkRow, NodeRow, load, unsaved_of


def live_through(seed: int, operations: int, kind: type[History] = History) -> int:
    """One history; how many operations it had. Two engines, and the oracle; one engine is now and then put together
    again from what it named for saving.
    """
    chance = Random(-seed)
    history = kind(seed, chance.choice([4, 10, 30, 100, 300]))
    unsettled_limit = chance.choice([0, 3, 20, 512])
    oracle, steady, reloaded, sequence = RelaxationOracle(), Graph(unsettled_limit), Graph(), 0
    node_rows: dict[Id, NodeRow] = {}
    link_rows: dict[Id, LinkRow] = {}
    while sequence < operations:
        entities = history.commit()
        events = commit_of([payload_of(each) for each in entities], sequence + 1)
        for event, entity in zip(events, entities, strict=True):
            steady.apply(event.data, event.sequence)
            reloaded.apply(event.data, event.sequence)
            oracle.put(entity, event.sequence)
        sequence += len(events)
        changes, others = steady.judge(), reloaded.judge()
        said = {each.node: (each.before, each.after) for each in changes.labels}
        expected = oracle.judge()
        assert said == expected, f"seed {seed}, commit to {sequence}"
        assert list(said) == list(expected), f"seed {seed}, commit to {sequence}: the order"
        assert comparable(commit_drafts(events, changes)) == comparable(commit_drafts(events, others)), (
            f"seed {seed}: reloading shows"
        )
        if chance.random() < 0.3:
            unsaved = unsaved_of(reloaded)
            node_rows |= {row.id: row for row in unsaved.nodes}
            link_rows |= {row.id: row for row in unsaved.links}
            if chance.random() < 0.2:
                nodes, links = [*node_rows.values()], [*link_rows.values()]
                chance.shuffle(nodes)
                chance.shuffle(links)
                reloaded = load(nodes, links, chance.choice([0, 512]))
    return sequence


def comparable(found: list[AlignmentDraft]) -> list[tuple[str, object]]:
    return [(each.id, each.payload) for each in found]


def test_through_any_history_the_engine_says_what_labels_computed_anew_say() -> None:
    for seed in range(30):
        live_through(seed, 400)


@pytest.mark.parametrize("kind", [Tangle, Thicket])
def test_through_tangles_and_thickets_the_engine_says_what_labels_computed_anew_say(kind: type[History]) -> None:
    for seed in range(40):
        live_through(seed, 150, kind)


@pytest.mark.long
def test_through_a_million_operations_the_engine_says_what_labels_computed_anew_say() -> None:
    done = 0
    for seed in range(10_000, 20_000):
        done += live_through(seed, 500, {0: Tangle, 1: Thicket}.get(seed % 6, History))
        if done > 1_000_000:
            break
    assert done > 1_000_000


def test_labels_relaxed_until_none_changes_are_those_of_every_path_written_down() -> None:
    for seed in range(60):
        history, one, other = History(seed, 8), Oracle(), RelaxationOracle()
        for sequence in range(1, 40):
            entity = history.entity()
            one.put(entity, sequence)
            other.put(entity, sequence)
            assert one.judge() == other.judge(), f"seed {seed} at {sequence}"
