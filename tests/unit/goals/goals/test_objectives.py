"""Objectives and key results: from draft to outcome, and what the numbers may be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import Direction, Kept, LinkPolicy, ObjectiveState, ProgressStatus, Requirement
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import (
    CheckInRecorded,
    KeyResultAdded,
    LinkAccepted,
    LinkProposed,
    ObjectiveActivated,
    ObjectiveCreated,
    PromiseBroken,
    PromiseKept,
)
from tests.unit.goals.world import Acme

NAN, INF = float("nan"), float("inf")


@pytest.fixture
def acme() -> Acme:
    return Acme()


def test_an_objective_its_measures_and_its_link_come_in_one_commit(acme: Acme) -> None:
    parent = acme.objective(acme.sales)
    command = c.CreateObjective(
        title="Fast pages",
        owners=[acme.web],
        cycle=acme.cycle,
        key_results=[c.KeyResultSpec(title="p95", start_value=900, target_value=200, direction=Direction.DECREASE)],
        link_to=c.LinkTarget(parent=parent, because="buyers leave", weight=0.5),
    )
    decision = acme.do(command, acme.web_member)
    kinds = [ObjectiveCreated, KeyResultAdded, LinkAccepted, LinkProposed, ObjectiveActivated]
    assert [type(fact.payload) for fact in decision.facts] == kinds
    objective, key_result, link = decision.ids
    assert acme.org.objectives[objective].state is ObjectiveState.ACTIVE
    assert acme.org.live(key_result)
    assert acme.link(link).weight == 0.5


def test_a_refusal_inside_linkto_names_the_whole_path(acme: Acme) -> None:
    link = c.LinkTarget(parent="objective_x", because="b")
    problem = acme.refused(c.CreateObjective(title="t", owners=[acme.web], link_to=link))
    assert (problem.code, problem.path) == (ErrorCode.NOT_FOUND, ["linkTo", "parent"])
    spec = c.KeyResultSpec(title="k", target_value=INF)
    problem = acme.refused(c.CreateObjective(title="t", owners=[acme.web], key_results=[spec]))
    assert problem.path == ["keyResults", "0", "targetValue"]


def test_a_co_owner_owns_at_once_when_named_by_who_may_accept_for_it_and_is_invited_else(acme: Acme) -> None:
    shared = c.CreateObjective(title="t", owners=[acme.web, acme.sales])
    for actor in (acme.tech_lead, acme.web_member):
        invited = acme.org.objectives[acme.id(shared, actor)]
        assert (invited.owners, invited.invited) == ([acme.web], [acme.sales])
    both = acme.person(RoleGrant(R.MEMBER, acme.web), RoleGrant(R.LEAD, acme.sales))
    assert acme.org.owners(acme.id(shared, both)) == [acme.web, acme.sales]


def test_only_a_title_that_says_something_else_moves_the_version(acme: Acme) -> None:
    objective = acme.objective(acme.web)
    for change, version in [
        ({"description": "more"}, 1),
        ({"cycle": acme.cycle}, 1),
        ({"accountable": acme.web_member}, 1),
        ({"title": "Sell More", "editorial": True}, 1),
        ({"title": "Sell less"}, 2),
        ({"title": "Sell less"}, 2),
    ]:
        acme.do(c.UpdateObjective(objective=objective, **change))  # type: ignore[arg-type]
        assert acme.org.objectives[objective].version == version
    assert acme.do(c.UpdateObjective(objective=objective, title="Sell less")).facts == []


def test_closing_records_one_outcome_for_all_owners_and_the_promises(acme: Acme) -> None:
    acme.do(c.SetPolicy(link_policy=LinkPolicy.RECIPROCAL))
    objective = acme.objective(acme.web)
    links = [acme.propose(objective, acme.objective(acme.sales), acme.web_member) for _ in range(3)]
    for link, promise in zip(links, ("data", "money", None), strict=True):
        acme.do(c.AcceptLink(link=link.id, round=1, in_return=promise), acme.sales_lead)
    silent = c.KeptPromise(link=links[2].id, kept=Kept.YES)
    refused = c.CloseObjective(objective=objective, grade=0.7, note="n", kept=[silent])
    assert acme.refused(refused).path == ["kept", "0", "link"]
    kept = [c.KeptPromise(link=links[0].id, kept=Kept.PARTLY), c.KeptPromise(link=links[1].id, kept=Kept.NO)]
    close = c.CloseObjective(objective=objective, grade=0.7, note="good", kept=kept)
    assert acme.refused(close, acme.web_member).code is ErrorCode.FORBIDDEN
    half = acme.do(c.CloseObjective(objective=objective, grade=0.7, note="n", kept=kept[:1]), acme.tech_lead, True)
    assert [each.path for each in half.warnings] == [["kept"]]
    assert "what “Sell more” gave in return was kept" in half.warnings[0].message
    decision = acme.do(close, acme.tech_lead)
    assert decision.warnings == []
    assert [type(fact.payload) for fact in decision.facts][:2] == [PromiseKept, PromiseBroken]
    outcome = acme.org.objectives[objective].outcome
    assert outcome is not None
    assert (outcome.grade, outcome.owners, outcome.closed_by) == (0.7, [acme.web], acme.tech_lead)
    assert acme.link(links[1].id).kept is Kept.NO
    assert not acme.org.live(objective)


@pytest.mark.parametrize("grade", [-0.1, 1.1, NAN, INF])
def test_a_grade_lies_between_0_and_1(acme: Acme, grade: float) -> None:
    command = c.CloseObjective(objective=acme.objective(acme.web), grade=grade, note="n")
    assert acme.refused(command).path == ["grade"]


def test_an_ended_objective_can_be_reopened_and_only_then_changed(acme: Acme) -> None:
    objective = acme.objective(acme.web)
    acme.do(c.CloseObjective(objective=objective, grade=1, note="n"))
    assert acme.refused(c.UpdateObjective(objective=objective, title="x")).code is ErrorCode.STATE_NOT_ALLOWED
    acme.do(c.ReopenObjective(objective=objective, reason="too early"))
    reopened = acme.org.objectives[objective]
    assert (reopened.state, reopened.outcome, reopened.ended_at) == (ObjectiveState.ACTIVE, None, None)
    acme.do(c.ArchiveObjective(objective=objective))
    draft = acme.objective(acme.web, activate=False)
    acme.do(c.ArchiveObjective(objective=draft), acme.web_member)
    acme.do(c.ReopenObjective(objective=draft, reason="r"))
    assert acme.org.objectives[draft].state is ObjectiveState.DRAFT


def test_reopening_under_block_waits_for_a_link(acme: Acme) -> None:
    objective = acme.objective(acme.web)
    parent = acme.objective(acme.web)
    acme.do(c.ArchiveObjective(objective=objective))
    acme.do(c.SetPolicy(alignment_required=Requirement.BLOCK))
    decision = acme.do(c.ReopenObjective(objective=objective, reason="r"))
    assert [warning.code for warning in decision.warnings] == [ErrorCode.POLICY]
    acme.propose(objective, parent, acme.web_member)
    assert acme.org.objectives[objective].state is ObjectiveState.ACTIVE


def test_a_check_in_moves_the_key_result_and_not_its_version(acme: Acme) -> None:
    objective = acme.objective(acme.web)
    key_result = acme.id(c.AddKeyResult(measures=objective, key_result=c.KeyResultSpec(title="k", target_value=9)))
    status = ProgressStatus.AT_RISK
    first = c.RecordCheckIn(key_result=key_result, value=3, confidence=0.4, status=status)
    decision = acme.do(first, acme.web_member)
    assert isinstance(decision.facts[0].payload, CheckInRecorded)
    assert decision.facts[0].subject == decision.ids[0]
    acme.do(c.RecordCheckIn(key_result=key_result, value=4), acme.web_member)
    now = acme.org.key_results[key_result]
    assert (now.current_value, now.confidence, now.status, now.version) == (4, 0.4, status, 1)
    for bad, path in [
        (c.RecordCheckIn(key_result=key_result, value=NAN), ["value"]),
        (c.RecordCheckIn(key_result=key_result, value=1, confidence=2), ["confidence"]),
    ]:
        assert acme.refused(bad).path == path


def test_somebody_else_acknowledges_a_check_in_once(acme: Acme) -> None:
    key_result = acme.id(
        c.AddKeyResult(measures=acme.objective(acme.web), key_result=c.KeyResultSpec(title="k", target_value=9))
    )
    reading = acme.id(c.RecordCheckIn(key_result=key_result, value=3), acme.web_member)
    acknowledge = c.AcknowledgeCheckIn(check_in=reading)
    assert acme.refused(acknowledge, acme.web_member).code is ErrorCode.STATE_NOT_ALLOWED
    assert acme.refused(acknowledge, acme.viewer).code is ErrorCode.FORBIDDEN
    acme.do(acknowledge, acme.sales_lead)
    assert acme.do(acknowledge, acme.tech_lead).facts == []
    assert acme.org.check_ins[reading].acknowledged_by == acme.sales_lead


def test_numbers_of_a_key_result_do_not_move_its_version_and_go_its_way(acme: Acme) -> None:
    spec = c.KeyResultSpec(title="k", start_value=1, target_value=9)
    key_result = acme.id(c.AddKeyResult(measures=acme.objective(acme.web), key_result=spec))
    acme.do(c.UpdateKeyResult(key_result=key_result, target_value=12, measure_unit="%"))
    assert acme.org.key_results[key_result].version == 1
    assert acme.refused(c.UpdateKeyResult(key_result=key_result, target_value=0)).path == ["targetValue"]
    acme.do(c.UpdateKeyResult(key_result=key_result, title="other"))
    assert acme.org.key_results[key_result].version == 2


def test_a_removed_key_result_is_live_no_more_and_keeps_its_links(acme: Acme) -> None:
    key_result = acme.id(c.AddKeyResult(measures=acme.objective(acme.web), key_result=c.KeyResultSpec(title="k")))
    acme.do(c.RemoveKeyResult(key_result=key_result), acme.web_member)
    assert not acme.org.live(key_result)
    assert acme.org.parents(key_result)
    for command in (
        c.RemoveKeyResult(key_result=key_result),
        c.RecordCheckIn(key_result=key_result, value=1),
        c.UpdateKeyResult(key_result=key_result, title="x"),
    ):
        assert acme.refused(command).code is ErrorCode.STATE_NOT_ALLOWED


def test_a_why_is_measured_by_members_of_its_unit(acme: Acme) -> None:
    why = acme.id(c.PublishWhy(statement="s", because="b", audience=[acme.web], unit=acme.web))
    add = c.AddKeyResult(measures=why, key_result=c.KeyResultSpec(title="k"))
    assert acme.refused(add, acme.sales_member).code is ErrorCode.FORBIDDEN
    key_result = acme.id(add, acme.web_member)
    acme.later(days=1)
    acme.do(c.RecordCheckIn(key_result=key_result, value=1), acme.web_member)
    assert acme.refused(c.AddKeyResult(measures=key_result, key_result=add.key_result)).path == ["measures"]


def test_a_dry_run_says_what_would_happen_and_changes_nothing(acme: Acme) -> None:
    objective = acme.objective(acme.web)
    acme.now += timedelta(days=1)
    close = c.CloseObjective(objective=objective, grade=1, note="n", dry_run=True)
    assert acme.do(close, dry_run=True).facts
    assert acme.org.objectives[objective].state is ObjectiveState.ACTIVE
