"""Objectives end, are reopened and owned together: the promises judged, what stays as it was, and what is warned of."""

from __future__ import annotations

from datetime import date

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id, Objective
from goldenthread.contracts.enums import Kept, LinkPolicy, ObjectiveState, Requirement
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import ObjectiveActivated, ObjectiveChanged
from tests.unit.goals.world import Acme


class Promised(Acme):
    """An objective of Web under one of Sales, which promised something in return."""

    def __init__(self) -> None:
        super().__init__()
        self.goal, self.parent = self.objective(self.web, "Goal"), self.objective(self.sales, "Parent")
        self.up = self.accepted(self.goal, "two people")

    def accepted(self, child: Id, in_return: str | None) -> Id:
        link = self.propose(child, self.parent, self.web_member).id
        self.do(c.AcceptLink(link=link, round=1, in_return=in_return), self.sales_lead)
        return link

    def close(self, *kept: Id) -> c.CloseObjective:
        said = [c.KeptPromise(link=each, kept=Kept.YES) for each in kept]
        return c.CloseObjective(objective=self.goal, grade=1, note="n", kept=said)

    def found(self, goal: Id | None = None) -> Objective:
        return self.org.objectives[goal or self.goal]


@pytest.fixture
def acme() -> Promised:
    return Promised()


# -- promises ----------------------------------------------------------------------------------------------------------


def test_a_promise_is_judged_once_and_only_by_the_goal_it_was_made_to(acme: Promised) -> None:
    theirs = acme.accepted(acme.objective(acme.web), "data")
    declined = acme.propose(acme.goal, acme.objective(acme.sales), acme.web_member).id
    acme.do(c.CounterLink(link=declined, round=1, in_return="money"), acme.sales_lead)
    acme.do(c.DeclineLink(link=declined, round=2, reason="r"), acme.tech_lead)
    silent = acme.propose(acme.goal, acme.objective(acme.sales), acme.web_member).id
    acme.do(c.AcceptLink(link=silent, round=1), acme.sales_lead)
    for kept, index, reason in [
        ([acme.up, acme.up], "1", "named twice"),
        ([acme.up, theirs], "1", "no accepted link up"),
        ([declined], "0", "no accepted link up"),
        ([silent], "0", "Nothing was promised"),
    ]:
        problem = acme.refused(acme.close(*kept))
        assert (problem.code, problem.path) == (ErrorCode.INVALID, ["kept", index, "link"])
        assert reason in problem.message
    acme.do(acme.close(acme.up))


# -- endings and reopening ---------------------------------------------------------------------------------------------


def test_a_closed_objective_that_is_put_away_ended_when_it_closed(acme: Promised) -> None:
    closed_at = acme.now
    acme.do(acme.close())
    acme.later(days=3)
    acme.do(c.ArchiveObjective(objective=acme.goal))
    assert (acme.found().state, acme.found().ended_at) == (ObjectiveState.ARCHIVED, closed_at)
    assert acme.refused(c.ArchiveObjective(objective=acme.goal)).code is ErrorCode.STATE_NOT_ALLOWED
    draft = acme.objective(acme.web, activate=False)
    acme.do(c.ArchiveObjective(objective=draft))
    assert acme.found(draft).ended_at == acme.now


def reopened(acme: Promised, goal: Id) -> tuple[ObjectiveState, list[str]]:
    acme.do(c.ArchiveObjective(objective=goal))
    decision = acme.do(c.ReopenObjective(objective=goal, reason="r"))
    return acme.found(goal).state, [each.message for each in decision.warnings]


def test_under_block_what_was_active_is_reopened_as_a_draft_that_waits_for_a_link(acme: Promised) -> None:
    unlinked = acme.objective(acme.web, "Alone")
    acme.do(c.SetPolicy(alignment_required=Requirement.BLOCK))
    state, (warning,) = reopened(acme, unlinked)
    assert (state, "stays a draft" in warning) == (ObjectiveState.DRAFT, True)
    assert reopened(acme, acme.goal) == (ObjectiveState.ACTIVE, [])


def test_under_warn_what_is_active_again_without_a_link_is_warned_of_and_a_draft_is_not(acme: Promised) -> None:
    acme.do(c.SetPolicy(alignment_required=Requirement.WARN))
    alone, draft = acme.objective(acme.web, "Alone"), acme.objective(acme.web, "Draft", activate=False)
    state, (warning,) = reopened(acme, alone)
    assert (state, "without an accepted link" in warning) == (ObjectiveState.ACTIVE, True)
    assert reopened(acme, draft) == (ObjectiveState.DRAFT, [])
    assert reopened(acme, acme.goal) == (ObjectiveState.ACTIVE, [])


def test_who_reopens_what_goes_on_as_a_copy_is_told_of_the_copy_as_long_as_it_is_under_way(acme: Promised) -> None:
    following = acme.id(c.OpenCycle(name="2027", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31)))
    acme.do(c.UpdateObjective(objective=acme.goal, cycle=acme.cycle))
    asked = c.CopyObjective(objective=acme.goal, grade=1, note="n")
    copy = acme.id(c.CarryOver(to_cycle=following, copy=[asked]))
    acme.do(c.SetPolicy(alignment_required=Requirement.OFF))
    (warning,) = acme.do(c.ReopenObjective(objective=acme.goal, reason="r"), dry_run=True).warnings
    assert (warning.code, warning.path) == (ErrorCode.STATE_NOT_ALLOWED, ["objective"])
    assert copy in warning.message
    acme.do(c.ArchiveObjective(objective=copy))
    assert acme.do(c.ReopenObjective(objective=acme.goal, reason="r")).warnings == []


# -- making and changing -----------------------------------------------------------------------------------------------


def test_what_is_not_said_of_an_objective_stays(acme: Promised) -> None:
    acme.do(c.UpdateObjective(objective=acme.goal, description="Fast", accountable=acme.viewer, cycle=acme.cycle))
    acme.do(c.UpdateObjective(objective=acme.goal, title="Faster"))
    found = acme.found()
    assert (found.title, found.description, found.accountable, found.cycle, found.owners) == (
        "Faster",
        "Fast",
        acme.viewer,
        acme.cycle,
        [acme.web],
    )


@pytest.mark.parametrize(
    ("changes", "editorial"),
    [({"title": "New"}, False), ({"title": "New", "editorial": True}, True), ({"description": "New"}, True)],
)
def test_only_another_title_is_a_change_of_what_it_says(
    acme: Promised, changes: dict[str, object], editorial: bool
) -> None:
    (fact,) = acme.do(c.UpdateObjective(objective=acme.goal, **changes)).facts  # type: ignore[arg-type]
    assert isinstance(fact.payload, ObjectiveChanged)
    assert fact.payload.editorial is editorial


def test_an_objective_that_is_to_stay_a_draft_stays_one_though_its_link_is_accepted_at_once(acme: Promised) -> None:
    acme.do(c.SetPolicy(alignment_required=Requirement.BLOCK, link_policy=LinkPolicy.AUTO_ACCEPT))
    to = c.LinkTarget(parent=acme.parent, because="b")
    for activate, state, times in ((False, ObjectiveState.DRAFT, 0), (True, ObjectiveState.ACTIVE, 1)):
        made = acme.do(c.CreateObjective(title="t", owners=[acme.web], link_to=to, activate=activate))
        assert acme.found(made.ids[0]).state is state
        assert sum(isinstance(fact.payload, ObjectiveActivated) for fact in made.facts) == times


def test_a_thousand_key_results_come_with_an_objective_and_no_more(acme: Promised) -> None:
    def made(specs: int) -> c.CreateObjective:
        return c.CreateObjective(title="t", owners=[acme.web], key_results=[c.KeyResultSpec(title="k")] * specs)

    assert len(acme.do(made(1_000), dry_run=True).ids) == 1_001
    problem = acme.refused(made(1_001))
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["keyResults"])
    assert "1000" in problem.message


# -- owning together ---------------------------------------------------------------------------------------------------


def test_who_may_change_an_objective_of_another_unit_may_not_accept_for_that_unit(acme: Promised) -> None:
    shared = acme.found(acme.id(c.CreateObjective(title="t", owners=[acme.web, acme.sales]), acme.executive))
    assert (shared.owners, shared.invited) == ([acme.web], [acme.sales])
    problem = acme.refused(c.UpdateObjective(objective=shared.id, owners=[acme.sales, acme.web]), acme.executive)
    assert (problem.code, problem.path) == (ErrorCode.FORBIDDEN, ["owners", "0"])


def test_a_co_owner_stays_one_whoever_names_the_owners_again(acme: Promised) -> None:
    shared = acme.id(c.CreateObjective(title="t", owners=[acme.web, acme.sales]))
    acme.do(c.UpdateObjective(objective=shared, owners=[acme.web, acme.sales, acme.root]), acme.web_member)
    assert (acme.found(shared).owners, acme.found(shared).invited) == ([acme.web, acme.sales], [acme.root])


def test_a_draft_is_owned_together_too_and_what_has_ended_is_not_any_more(acme: Promised) -> None:
    draft = acme.id(c.CreateObjective(title="t", owners=[acme.web, acme.sales], activate=False), acme.web_member)
    decide = c.DecideCoOwnership(objective=draft, unit=acme.sales, accept=True)
    acme.do(decide, acme.sales_lead)
    assert acme.found(draft).owners == [acme.web, acme.sales]
    acme.do(c.ArchiveObjective(objective=draft))
    problem = acme.refused(decide, acme.sales_lead)
    assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["objective"])
