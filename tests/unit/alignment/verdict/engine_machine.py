"""Any changes of a graph, one after the other, judged by the engine and by brute force."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from goldenthread.contracts.entities import Entity, Id, Link
from goldenthread.contracts.enums import LinkState, ObjectiveState, PurposeState, WhyState
from goldenthread.contracts.events.alignment import AlignmentState, Label, LabelsChanged, Transition, Verdict
from goldenthread.contracts.hypotheses import facts_of
from services.alignment.domain.transitions import commit_drafts
from services.alignment.domain.verdict import Changes, Graph
from tests.support.entities import key_result, link, objective, purpose, why
from tests.support.oracle import Oracle
from tests.unit.alignment.commits import commit_of, payload_of
from tests.unit.alignment.verdict.packed_rows import load, rows_of

WHYS = ["why_1", "why_2"]


OBJECTIVES = ["objective_1", "objective_2", "objective_3", "objective_4"]


KEY_RESULTS = ["keyresult_1", "keyresult_2"]


NODES = [*WHYS, *OBJECTIVES, *KEY_RESULTS]


ENDS = st.sampled_from([*NODES, "purpose_1", "objective_unheard_of"])


VERSIONS = st.sampled_from([1, 1, 1, 2])


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([usual] * (3 * len(others)) + list(others))


@st.composite
def links(draw: st.DrawFn) -> Link:
    child = draw(st.sampled_from(NODES) if draw(st.integers(0, 9)) else ENDS)
    return link(
        f"link_{draw(st.integers(1, 14))}",
        child,
        draw(ENDS),
        draw(st.none() | st.integers(1, 6)),
        draw(st.none() | VERSIONS),
        draw(mostly(LinkState.ACCEPTED, *LinkState)),
        measure=draw(mostly(False, True)),
    )


ENTITIES: st.SearchStrategy[Entity] = st.one_of(
    links(),
    links(),
    links(),
    st.builds(purpose, VERSIONS, mostly(PurposeState.PUBLISHED, PurposeState.RETIRED)),
    st.builds(why, st.sampled_from(WHYS), VERSIONS, mostly(WhyState.PUBLISHED, WhyState.RETIRED)),
    st.builds(objective, st.sampled_from(OBJECTIVES), mostly(ObjectiveState.ACTIVE, *list(ObjectiveState)), VERSIONS),
    st.builds(key_result, st.sampled_from(KEY_RESULTS), ENDS, mostly(False, True)),
)


BATCHES = st.lists(ENTITIES, min_size=1, max_size=6)


FIRST = st.lists(ENTITIES, min_size=10, max_size=40)


Told = dict[Id, tuple[Verdict | None, Verdict]]


class Engine(RuleBasedStateMachine):
    """Whatever is told in whatever commits, the engine says what brute force says, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.unsettled_limit = 512
        self.graph, self.oracle, self.sequence = Graph(), Oracle(), 0

    @initialize(unsettled_limit=st.sampled_from([0, 1, 2, 512]))
    def begun(self, unsettled_limit: int) -> None:
        """From how many unsettled nodes on everything is labelled afresh makes no difference."""
        self.unsettled_limit, self.graph = unsettled_limit, Graph(unsettled_limit)

    @rule(entities=FIRST)
    def plan_imported(self, entities: list[Entity]) -> None:
        self.changed(entities)

    @rule(entities=BATCHES)
    def changed(self, entities: list[Entity]) -> None:
        events = commit_of([payload_of(each) for each in entities], self.sequence + 1)
        for event, entity in zip(events, entities, strict=True):
            self.graph.apply(event.data, event.sequence)
            self.oracle.put(entity, event.sequence)
        self.sequence += len(events)
        changes, expected = self.graph.judge(), self.oracle.judge()
        assert said(changes) == expected
        assert list(said(changes)) == list(expected)
        assert dict(self.graph.verdicts()) == self.oracle.verdicts
        payloads = [each.payload for each in commit_drafts(events, changes)]
        assert [each for each in payloads if isinstance(each, LabelsChanged)] == labels(expected)
        moves = [(each.node, each.before, each.after) for each in payloads if isinstance(each, Transition)]
        assert moves == transitions(expected)

    @rule(entities=BATCHES)
    def asked_what_it_would_change(self, entities: list[Entity]) -> None:
        before = rows_of(self.graph)
        would = self.oracle.copy()
        for number, entity in enumerate(entities, self.sequence + 1):
            would.put(entity, number)
        changes = self.graph.impact([payload_of(each) for each in entities], self.sequence + 1)
        expected = would.judge()
        assert said(changes) == expected
        facts = [found for each in entities if (found := facts_of(each)) is not None]
        assert said(self.graph.copy().try_out(facts, self.sequence + 1)) == expected
        assert [sorted(each, key=lambda row: row.id) for each in rows_of(self.graph)] == [
            sorted(each, key=lambda row: row.id) for each in before
        ]

    @rule(shuffle=st.randoms(use_true_random=False))
    def reloaded(self, shuffle: Any) -> None:
        nodes, edges = rows_of(self.graph)
        shuffle.shuffle(nodes)
        shuffle.shuffle(edges)
        self.graph = load(nodes, edges, self.unsettled_limit)
        assert dict(self.graph.verdicts()) == self.oracle.verdicts


def said(changes: Changes) -> Told:
    return {each.node: (each.before, each.after) for each in changes.labels}


def labels(expected: Told) -> list[LabelsChanged]:
    return [LabelsChanged([Label(node, after) for node, (_, after) in expected.items()])] if expected else []


def transitions(expected: Told) -> list[tuple[Id, Verdict | None, Verdict]]:
    return [
        (node, before, after)
        for node, (before, after) in expected.items()
        if after.state is not AlignmentState.NOT_JUDGED
        and (
            before is None
            or before.state is not after.state
            or before.broken_at != after.broken_at
            or before.cause != after.cause
        )
    ]
