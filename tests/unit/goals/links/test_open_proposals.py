"""A proposal to or from a goal that ends is withdrawn with the reason, so that nobody waits for ever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id, Link
from goldenthread.contracts.enums import LinkKind, LinkState, ObjectiveState, Side
from goldenthread.contracts.events.goals import LinkWithdrawn
from services.goals.domain.clock import timer_rules as clock
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.world import Acme

End = Callable[[Acme, Id], object]


def _close(acme: Acme, goal: Id) -> None:
    acme.do(c.CloseObjective(objective=goal, grade=1, note="All sold."))


def _archive(acme: Acme, goal: Id) -> None:
    acme.do(c.ArchiveObjective(objective=goal))


def _close_cycle(acme: Acme, goal: Id) -> None:
    acme.do(c.UpdateObjective(objective=goal, cycle=acme.cycle))
    acme.do(c.CloseCycle(cycle=acme.cycle, archive=[goal]))


ENDINGS: dict[str, End] = {"was closed": _close, "was archived.": _archive, "the cycle 2026 was closed": _close_cycle}


@pytest.fixture
def acme() -> Acme:
    return Acme()


def withdrawn(acme: Acme, link: Id) -> tuple[Link, Side]:
    """The link, and the side that its last event names; nothing of it waits any more."""
    found = acme.link(link)
    (said,) = [f.payload for f in acme.facts if isinstance(f.payload, LinkWithdrawn) and f.payload.link.id == link]
    assert (found.state, found.turn, found.due_at, found.decided_at) == (LinkState.WITHDRAWN, None, None, acme.now)
    assert clock.timers(acme.org, link, acme.now) == []
    return found, said.side


@pytest.mark.parametrize(("said", "end"), ENDINGS.items())
@pytest.mark.parametrize("side", Side)
def test_a_proposal_ends_with_the_objective_at_either_end(acme: Acme, said: str, end: End, side: Side) -> None:
    child, parent = acme.objective(acme.web, "Fast pages"), acme.objective(acme.sales)
    link = acme.propose(child, parent, acme.web_member).id
    acme.later(days=2)
    end(acme, child if side is Side.CHILD else parent)
    found, named = withdrawn(acme, link)
    assert (named, found.decided_by) == (side, acme.boss)
    assert found.reason is not None
    assert said in found.reason
    assert found.reason.startswith("“Fast pages”" if side is Side.CHILD else "“Sell more”")


def test_terms_that_were_countered_end_too(acme: Acme) -> None:
    child, parent = acme.objective(acme.web), acme.objective(acme.sales)
    link = acme.propose(child, parent, acme.web_member).id
    acme.do(c.CounterLink(link=link, round=1, in_return="x"), acme.sales_lead)
    _close(acme, child)
    withdrawn(acme, link)


def test_a_draft_that_is_put_away_takes_its_proposal_back(acme: Acme) -> None:
    draft = acme.objective(acme.web, activate=False)
    link = acme.propose(draft, acme.objective(acme.sales), acme.web_member).id
    acme.do(c.ArchiveObjective(objective=draft, reason="Not this year."), acme.web_member)
    assert (withdrawn(acme, link)[0].reason or "").endswith("was archived: Not this year.")


def test_a_proposal_to_or_from_a_key_result_ends_with_it_and_with_what_it_measures(acme: Acme) -> None:
    goal, other, third = acme.objective(acme.sales), acme.objective(acme.web), acme.objective(acme.tech)
    first, second = (
        acme.id(c.AddKeyResult(measures=goal, key_result=c.KeyResultSpec(title=name))) for name in ("k", "l")
    )
    to_first, to_second = (acme.propose(other, each, acme.web_member).id for each in (first, second))
    up = c.ProposeLink(child=second, parent=third, because="b", kind=LinkKind.SUPPORTS)
    from_second = acme.id(up, acme.sales_lead)
    acme.do(c.RemoveKeyResult(key_result=first))
    assert withdrawn(acme, to_first)[0].reason == "“k” was removed."
    assert acme.link(to_second).state is LinkState.PROPOSED
    _close(acme, goal)
    withdrawn(acme, to_second)
    assert withdrawn(acme, from_second)[1] is Side.CHILD


def test_a_proposal_to_or_from_a_why_ends_with_it_and_one_to_the_purpose_with_the_purpose(acme: Acme) -> None:
    served = acme.id(c.PublishWhy(statement="s", because="b", audience=[acme.web]), acme.executive)
    why = acme.id(c.PublishWhy(statement="t", because="b", audience=[acme.web], unit=acme.tech, serves=served))
    below = acme.propose(acme.objective(acme.web), why, acme.web_member).id
    above = next(link.id for link in acme.org.parents(why, LinkState.PROPOSED))
    to_purpose = acme.propose(acme.objective(acme.sales), acme.purpose, acme.sales_lead).id
    acme.do(c.RetireWhy(why=why, reason="It is over."))
    assert (withdrawn(acme, below)[1], withdrawn(acme, above)[1]) == (Side.PARENT, Side.CHILD)
    acme.do(c.RetirePurpose(reason="It is done."))
    assert withdrawn(acme, to_purpose)[0].reason == "The purpose was retired: It is done."


def test_what_a_successor_takes_over_is_not_withdrawn_and_what_it_has_already_is(acme: Acme) -> None:
    old, new = acme.objective(acme.sales, "Old"), acme.objective(acme.sales, "New")
    moving, both = acme.objective(acme.web, "Moving"), acme.objective(acme.web, "Both")
    moved, twice, kept = (acme.propose(*ends, acme.web_member).id for ends in ((moving, old), (both, old), (both, new)))
    acme.do(c.CloseObjective(objective=old, grade=1, note="n", successor=new))
    assert (acme.link(moved).parent, acme.link(moved).state) == (new, LinkState.PROPOSED)
    withdrawn(acme, twice)
    assert acme.link(kept).state is LinkState.PROPOSED


def test_what_is_carried_over_or_accepted_stays_as_it_is(acme: Acme) -> None:
    child, parent = acme.objective(acme.web), acme.objective(acme.sales)
    open_ = acme.propose(child, parent, acme.web_member).id
    accepted = acme.propose(acme.objective(acme.tech), parent, acme.tech_lead).id
    acme.do(c.AcceptLink(link=accepted, round=1), acme.sales_lead)
    following = acme.id(c.OpenCycle(name="2027", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31)))
    acme.do(c.UpdateObjective(objective=child, cycle=acme.cycle))
    acme.do(c.CloseCycle(cycle=acme.cycle, carry_over=[child], to_cycle=following))
    assert acme.link(open_).state is LinkState.PROPOSED
    _close(acme, parent)
    assert (acme.link(open_).state, acme.link(accepted).state) == (LinkState.WITHDRAWN, LinkState.ACCEPTED)


def test_a_dry_run_names_the_withdrawal_and_changes_nothing(acme: Acme) -> None:
    parent = acme.objective(acme.sales)
    link = acme.propose(acme.objective(acme.web), parent, acme.web_member).id
    decision = acme.do(c.CloseObjective(objective=parent, grade=1, note="n", dry_run=True), dry_run=True)
    assert isinstance(decision.facts[0].payload, LinkWithdrawn)
    assert acme.link(link).state is LinkState.PROPOSED


def test_an_offer_to_own_an_objective_together_ends_with_it(acme: Acme) -> None:
    goal = acme.id(c.CreateObjective(title="t", owners=[acme.sales, acme.web]), acme.sales_lead)
    assert acme.org.objectives[goal].invited == [acme.web]
    _archive(acme, goal)
    assert acme.org.objectives[goal].invited == []
    acme.do(c.ReopenObjective(objective=goal, reason="again"))
    assert acme.org.objectives[goal].invited == []


@pytest.mark.parametrize("side", Side)
def test_what_streams_of_before_left_waiting_is_withdrawn_by_the_clock_once(acme: Acme, side: Side) -> None:
    child, parent = acme.objective(acme.web), acme.objective(acme.sales)
    link = acme.propose(child, parent, acme.web_member).id
    live = acme.propose(acme.objective(acme.tech), acme.objective(acme.sales), acme.tech_lead).id
    ended = acme.org.objectives[child if side is Side.CHILD else parent]
    acme.org.put(replace(ended, state=ObjectiveState.CLOSED))
    (fact,) = clock.left_over(acme.org, acme.now)
    assert isinstance(fact.payload, LinkWithdrawn)
    assert (fact.subject, fact.payload.side, fact.payload.link.decided_by) == (link, side, None)
    assert (fact.payload.link.reason or "").endswith("is over.")
    acme.org.apply(fact.payload)
    assert clock.left_over(acme.org, acme.now) == []
    assert acme.link(live).state is LinkState.PROPOSED


def test_an_import_proposes_nothing_to_a_goal_that_has_ended() -> None:
    harness = ImportHarness()
    plan = (
        '{{"format": "JSON", "rows": [{{"row": "O", "line": "1", "type": "objective", "title": "Old"{end}}},'
        ' {{"row": "N", "line": "2", "type": "objective", "title": "New", "parents": [{{"row": "O", "because": "b",'
        ' "proposed": true}}]}}]}}'
    )
    decision = harness.load(plan.format(end=', "ends_on": "2020-01-01"'), close_past=True)
    assert decision.report is not None
    assert ["“Old” has ended" in each.message for each in decision.report.skipped] == [True]
    assert not harness.org.links
