"""The engine through long histories of graphs of any size, against labels computed anew after every commit.

The bounded form runs some ten thousand operations, the long one a million and more (`-m long`).
"""

from __future__ import annotations

from random import Random

import pytest

from goldenthread.contracts.entities import Entity, Id
from goldenthread.contracts.enums import LinkState, ObjectiveState, PurposeState, WhyState
from services.alignment.domain.transitions import Output, outputs
from services.alignment.domain.verdict import Graph
from tests.support.entities import key_result, link, objective, purpose, why
from tests.support.oracle import Oracle
from tests.support.relabelled import Relabelled
from tests.unit.alignment.commits import commit_of, payload_of


class History:
    """Entities at random, over few enough ids that they meet; every other id looks minted."""

    def __init__(self, seed: int, size: int) -> None:
        self.chance = Random(seed)
        whys, key_results = max(1, size // 10), size // 4
        self.whys = [self.id("why", n) for n in range(whys)]
        self.objectives = [self.id("objective", n) for n in range(max(1, size - whys - key_results))]
        self.key_results = [self.id("keyresult", n) for n in range(key_results)]
        self.nodes = [*self.whys, *self.objectives, *self.key_results]
        self.links = [self.id("link", n) for n in range(2 * size)]
        self.wild = self.chance.choice([0, 0.02, 0.3])
        """How often a link goes anywhere, and makes loops."""

    def id(self, kind: str, number: int) -> Id:
        if number % 2:
            return f"{kind}_{number}"
        chance = self.chance
        return f"{kind}_{chance.getrandbits(48):012x}7{chance.getrandbits(12):03x}8{chance.getrandbits(60):015x}"

    def usually(self, usual: object, others: list[object]) -> object:
        return usual if self.chance.random() < 0.7 else self.chance.choice(others)

    def entity(self) -> Entity:
        chance = self.chance
        what, version = chance.random(), chance.choice([1, 1, 1, 2])
        if what < 0.55:
            return self.link()
        if what < 0.58:
            return purpose(version, chance.choice([PurposeState.PUBLISHED] * 5 + [PurposeState.RETIRED]))
        if what < 0.66:
            return why(chance.choice(self.whys), version, chance.choice([WhyState.PUBLISHED] * 4 + [WhyState.RETIRED]))
        if what < 0.9 or not self.key_results:
            state = chance.choice([ObjectiveState.ACTIVE] * 6 + list(ObjectiveState))
            return objective(chance.choice(self.objectives), state, version)
        measured = chance.choice(self.key_results if chance.random() < self.wild else self.objectives)
        return key_result(chance.choice(self.key_results), measured, removed=chance.random() < 0.1)

    def link(self) -> Entity:
        chance = self.chance
        child = chance.randrange(len(self.nodes))
        above = chance.randrange(len(self.nodes)) if chance.random() < self.wild else chance.randrange(child + 1)
        parent = "purpose_1" if above == child else self.nodes[above]
        return link(
            chance.choice(self.links),
            self.nodes[child],
            parent,
            chance.choice([None, *range(1, 9)]),
            chance.choice([None, 1, 1, 1, 2]),
            chance.choice([LinkState.ACCEPTED] * 8 + list(LinkState)),
            measure=chance.random() < 0.1,
        )

    def commit(self) -> list[Entity]:
        return [self.entity() for _ in range(self.chance.choice([1, 1, 1, 2, 5, 30]))]


class Tangle(History):
    """Links in all directions among live objectives of one age and another, so that most threads run into loops."""

    def __init__(self, seed: int, size: int) -> None:
        super().__init__(seed, 4 + size % 7)

    def entity(self) -> Entity:
        chance = self.chance
        if chance.random() < 0.3:
            return objective(chance.choice(self.nodes), chance.choice([ObjectiveState.ACTIVE] * 9 + [*ObjectiveState]))
        state = chance.choice([LinkState.ACCEPTED] * 9 + [LinkState.WITHDRAWN])
        ends = chance.choice(self.nodes), chance.choice(self.nodes)
        return link(chance.choice(self.links), *ends, chance.choice([None, *range(1, 9)]), 1, state)

    def commit(self) -> list[Entity]:
        return [self.entity() for _ in range(self.chance.choice([1, 1, 2, 8]))]


def live_through(seed: int, operations: int, kind: type[History] = History) -> int:
    """One history; how many operations it had. Two engines, of which one is reloaded now and then, and the oracle."""
    chance = Random(-seed)
    history = kind(seed, chance.choice([4, 10, 30, 100, 300]))
    few = chance.choice([0, 3, 20, 512])
    oracle, steady, reloaded, sequence = Relabelled(), Graph(few), Graph(), 0
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
        assert told(outputs(events, changes)) == told(outputs(events, others)), f"seed {seed}: reloading shows"
        if chance.random() < 0.05:
            nodes, links = reloaded.rows()
            chance.shuffle(nodes)
            chance.shuffle(links)
            reloaded = Graph.load(nodes, links, chance.choice([0, 512]))
    return sequence


def told(found: list[Output]) -> list[tuple[str, object]]:
    return [(each.id, each.payload) for each in found]


def test_through_any_history_the_engine_says_what_labels_computed_anew_say() -> None:
    for seed in range(30):
        live_through(seed, 400)


def test_through_tangles_of_loops_the_engine_says_what_labels_computed_anew_say() -> None:
    for seed in range(40):
        live_through(seed, 150, Tangle)


@pytest.mark.long
def test_through_a_million_operations_the_engine_says_what_labels_computed_anew_say() -> None:
    done = 0
    for seed in range(10_000, 20_000):
        done += live_through(seed, 500, Tangle if seed % 5 == 0 else History)
        if done > 1_000_000:
            break
    assert done > 1_000_000


def test_labels_relaxed_until_none_changes_are_those_of_every_path_written_down() -> None:
    for seed in range(60):
        history, one, other = History(seed, 8), Oracle(), Relabelled()
        for sequence in range(1, 40):
            entity = history.entity()
            one.put(entity, sequence)
            other.put(entity, sequence)
            assert one.judge() == other.judge(), f"seed {seed} at {sequence}"
