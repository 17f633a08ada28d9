"""What the engine judges of copies: the thread of what is below holds, and the old goal keeps the verdict it had."""

from __future__ import annotations

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import Disposition
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict
from goldenthread.organization.organization import Organization
from goldenthread.organization.responsibility import golden_thread
from services.alignment.domain.verdict import Graph
from services.goals.domain.decision import Decision
from tests.unit.goals.quarter import Quarter


class Judged(Quarter):
    """Judged commit by commit, as alignment does."""

    def __init__(self) -> None:
        self.graph, self.head = Graph(), 0
        self.turned: set[Id] = set()
        """Nodes whose verdict changed by the last command."""
        super().__init__()

    def _run(self, decision: Decision) -> Decision:
        for fact in decision.facts:
            self.head += 1
            self.graph.apply(fact.payload, self.head)
        self.turned = {each.node for each in self.graph.judge().labels}
        return super()._run(decision)

    def verdict(self, node: Id) -> Verdict:
        found = self.graph.verdict(node)
        assert found is not None
        return found

    def fresh(self) -> dict[Id, Verdict]:
        """The verdicts of a graph that takes every fact in at once; what is frozen is known to who saw it end."""
        graph = Graph()
        for sequence, fact in enumerate(self.facts, start=1):
            graph.apply(fact.payload, sequence)
        graph.judge()
        return {id: each for id, each in graph.verdicts() if each.state is not AlignmentState.NOT_JUDGED}

    def judged(self) -> dict[Id, Verdict]:
        return {id: each for id, each in self.graph.verdicts() if each.state is not AlignmentState.NOT_JUDGED}


@pytest.fixture
def acme() -> Judged:
    acme = Judged()
    assert acme.verdict(acme.below) == Verdict(AlignmentState.ALIGNED, 4, 0, acme.down)
    return acme


def test_the_thread_of_what_is_below_holds_and_the_old_goal_keeps_the_verdict_it_had(acme: Judged) -> None:
    copy = acme.copy()
    assert acme.verdict(copy.id) == Verdict(AlignmentState.ALIGNED, 3, 0, acme.up)
    assert acme.verdict(acme.below) == Verdict(AlignmentState.ALIGNED, 4, 0, acme.down)
    assert acme.verdict(acme.goal) == Verdict(AlignmentState.NOT_JUDGED, frozen=AlignmentState.ALIGNED)
    assert acme.turned == {copy.id, acme.goal}, "nothing else turned"
    assert [each.id for each in golden_thread(acme.org, acme.below)][:3] == [acme.down, acme.up, acme.top]


@pytest.mark.parametrize("cause", [OrphanCause.LINK_WITHDRAWN, OrphanCause.LINK_DECLINED])
def test_a_copy_is_as_broken_as_its_original_and_for_the_same_reason(acme: Judged, cause: OrphanCause) -> None:
    other = acme.in_cycle(acme.tech, "Other")
    link = acme.propose(other, acme.parent).id
    if cause is OrphanCause.LINK_WITHDRAWN:
        acme.do(c.AcceptLink(link=link, round=1))
        acme.do(c.WithdrawLink(link=link, reason="r"))
    else:
        acme.do(c.DeclineLink(link=link, round=1, reason="r"))
    assert (acme.verdict(other).cause, acme.verdict(other).link) == (cause, link)
    copy = acme.copy(other)
    assert (acme.verdict(copy.id).cause, acme.verdict(copy.id).link) == (cause, link), "the same alert goes on"
    assert acme.verdict(copy.id).broken_at == copy.id
    assert acme.judged() == acme.fresh()


def test_a_whole_quarter_that_is_copied_leaves_every_thread_as_it_was(acme: Judged) -> None:
    acme.measure(0, 10, 4)
    outside = acme.id(c.CreateObjective(title="Outside", owners=[acme.sales]))
    acme.accepted(outside, acme.below)
    said = c.OthersOutcome(grade=0.5, note="n")
    acme.close_cycle(all_others=Disposition.COPY, others_outcome=said)
    three = [acme.parent, acme.goal, acme.below]
    assert [acme.verdict(acme.of(each)).depth for each in three] == [2, 3, 4]
    assert {acme.verdict(each).frozen for each in three} == {AlignmentState.ALIGNED}
    assert acme.verdict(outside) == Verdict(AlignmentState.ALIGNED, 5, 0, acme.org.parents(outside)[0].id)
    assert outside not in acme.turned
    assert acme.judged() == acme.fresh()


def test_the_copy_of_a_goal_whose_parent_closes_is_an_orphan_of_that_parent(acme: Judged) -> None:
    ends = c.OutcomeOf(objective=acme.parent, grade=1, note="n")
    said = c.OthersOutcome(grade=0.5, note="n")
    acme.close_cycle(close=[ends], all_others=Disposition.COPY, others_outcome=said)
    found = acme.verdict(acme.of(acme.below))
    assert (found.cause, found.lost_parent, found.broken_at) == (
        OrphanCause.PARENT_ENDED, acme.parent, acme.of(acme.goal),
    )  # fmt: skip
    assert acme.judged() == acme.fresh()


def test_another_text_unexplains_the_copy_and_what_is_below(acme: Judged) -> None:
    copy = acme.copy(title="Something else")
    assert [(acme.verdict(each).state, acme.verdict(each).unexplained) for each in (copy.id, acme.below)] == [
        (AlignmentState.UNEXPLAINED, 1),
        (AlignmentState.UNEXPLAINED, 2),
    ]
    assert acme.verdict(acme.goal).frozen is AlignmentState.ALIGNED


def test_an_organization_folded_from_the_facts_is_the_one_at_hand(acme: Judged) -> None:
    acme.copy()
    folded = Organization()
    for fact in acme.facts:
        folded.apply(fact.payload)
    assert folded.continued_by == acme.org.continued_by == {acme.goal: {acme.of(acme.goal): None}}
    assert {each.id: each for each in folded.entities()} == {each.id: each for each in acme.org.entities()}
