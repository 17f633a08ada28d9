"""Links as an import makes them: their terms, who decided on them, and what they explain."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Link
from goldenthread.contracts.enums import LinkKind, LinkState, Side
from goldenthread.contracts.events.goals import LinkAccepted, LinkProposed
from goldenthread.contracts.plan import PlanParent
from services.goals.domain.decision import Decision
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import O1, THEIRS, V, W, load, told, up

TO_V = replace(O1, parents=[*O1.parents, PlanParent("V", "it earns us")])
ASKS = replace(TO_V, parents=[*O1.parents, PlanParent("V", "it earns us", proposed=True)])


def made(decision: Decision) -> tuple[type, Link]:
    """The only link that an import makes, with its event."""
    (fact,) = [each.payload for each in decision.facts if isinstance(each.payload, LinkAccepted | LinkProposed)]
    return type(fact), fact.link


def test_a_link_of_a_file_is_accepted_and_explained_against_what_its_parent_says_now(harness: ImportHarness) -> None:
    harness.do(c.ReviseWhy(why=harness.row("V").id, expected_version=1, statement="Earn, or end"))
    event, link = made(load(harness, TO_V))
    assert (event, link.state, link.because_version) == (LinkAccepted, LinkState.ACCEPTED, 2)
    assert (link.decided_by, link.decided_at) == (harness.admin, harness.time)
    assert link.accepted_order is not None
    (first,) = link.rounds
    assert (first.round, first.unit, first.by, first.because) == (
        1,
        harness.row("O").owners[0],
        harness.admin,
        "it earns us",
    )


def test_a_because_that_the_file_calls_out_of_date_or_does_not_have_explains_nothing(harness: ImportHarness) -> None:
    for because, stale in (("it earns us", True), (None, False)):
        other = ImportHarness()
        load(other)
        said = PlanParent("V", because, stale=stale)
        _, link = made(load(other, replace(O1, parents=[*O1.parents, said])))
        assert (link.because, link.because_version) == (because, None)


def test_a_proposal_of_a_file_waits_for_the_parent_and_nobody_has_decided_on_it(harness: ImportHarness) -> None:
    event, link = made(load(harness, ASKS))
    assert (event, link.state, link.turn) == (LinkProposed, LinkState.PROPOSED, Side.PARENT)
    assert (link.accepted_order, link.decided_by, link.decided_at) == (None, None, None)
    assert link.due_at is not None


@pytest.mark.parametrize("ended", ["child", "parent"])
def test_a_proposal_to_or_from_what_has_ended_is_not_made(harness: ImportHarness, ended: str) -> None:
    if ended == "parent":
        harness.do(c.RetireWhy(why=harness.row("V").id, reason="Over"))
    else:
        harness.do(c.CloseObjective(objective=harness.row("O").id, grade=1, note="Done"))
    decision = load(harness, ASKS, conflicts=THEIRS)
    assert up(harness, "O") == [harness.row("W").id]
    assert any("has ended, so nobody can decide on the proposal" in each for each in told(decision))


def test_a_link_has_the_kind_and_the_weight_that_the_file_says_else_that_of_its_child(harness: ImportHarness) -> None:
    said = PlanParent("V", kind=LinkKind.SUPPORTS, weight=0.5)
    _, link = made(load(harness, replace(O1, parents=[*O1.parents, said])))
    assert (link.kind, link.weight) == (LinkKind.SUPPORTS, 0.5)
    other = ImportHarness()
    load(other, W, replace(V, parents=[PlanParent("W", "it earns us")]))
    kinds = {link.child.partition("_")[0]: link.kind for link in other.org.links.values() if not link.measure}
    assert kinds == {"objective": LinkKind.CONTRIBUTES, "why": LinkKind.SUPPORTS}
