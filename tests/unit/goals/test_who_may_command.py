"""Every command: who may give it, and what its answer names. Whoever else gives it is refused, and nothing changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple, get_args

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.entities import Id, RoleGrant
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode
from tests.unit.goals.everything import Everything

ACTORS = "admin executive tech_lead sales_lead web_member sales_member viewer"
"""Tech is above Web; what is nobody else's is the root's."""
RECORDS = "executive tech_lead sales_lead web_member sales_member"
OF_WEB = "executive tech_lead web_member"
OF_SALES = "executive sales_lead sales_member"
BY_ROW = {c.ImportPlan}
NOT_NOW = {(c.AcknowledgeCheckIn, "sales_lead"), (c.WithdrawLink, "sales_lead")}
"""Whose role allows it, but not in this state: it is their own check-in, or a link they have not accepted yet."""


class Row(NamedTuple):
    """A command, who of `ACTORS` may give it, and what its answer names first: by its name here, or by its kind."""

    command: c.AnyCommand
    may: str
    names: str


def with_ids(all_of_it: Everything) -> Iterator[Row]:
    """The examples with ids."""
    expected = [
        (c.CreateUnit, "admin", "unit_"),
        (c.UpdateUnit, "admin", "sales"),
        (c.MoveUnit, "admin", "web"),
        (c.UpdatePerson, "admin viewer", "viewer"),
        (c.SetRoles, "admin", "viewer"),
        (c.RemovePerson, "admin", "tech_lead"),
        (c.ErasePerson, "admin", "gone"),
        (c.RevokeServiceAccount, "admin", "program"),
        (c.InvitePerson, "admin tech_lead", "invited"),
        (c.RevokeInvitation, "admin tech_lead", "invited"),
        (c.ConfirmInvitation, "admin tech_lead", "claimed"),
        (c.UndoInvitation, "admin tech_lead", "claimed"),
        (c.CloseUnit, "admin", "web"),
        (c.CloseCycle, "admin", "cycle"),
        (c.CloseCycle, "admin", "cycle"),
        (c.CarryOver, OF_WEB, "of_cycle"),
        (c.ReopenCycle, "admin", "over"),
        (c.CarryOver, "tech_lead", "objective_"),
        (c.PublishWhy, "executive tech_lead", "why_"),
        (c.ReviseWhy, "executive", "why"),
        (c.RetireWhy, "executive", "why"),
        (l.AnswerWhy, "sales_lead", "answer_"),
        (l.ConfirmAnswer, "executive", "answer"),
        (l.AskQuestion, ACTORS, "question_"),
        (l.AnswerQuestion, "sales_lead", "question"),
        (l.SettleQuestion, "tech_lead", "answered"),
        (l.WithdrawQuestion, "tech_lead", "question"),
        (l.RecordFeedback, RECORDS, "feedback_"),
        (l.LinkFeedback, RECORDS, "said"),
        (l.RespondToFeedback, OF_SALES, "said"),
        (c.CreateObjective, OF_WEB, "objective_"),
        (c.UpdateObjective, "executive tech_lead", "child"),
        (c.DecideCoOwnership, "tech_lead", "offered"),
        (c.ActivateObjective, OF_WEB, "draft"),
        (c.CloseObjective, "sales_lead", "top"),
        (c.ArchiveObjective, "sales_lead", "top"),
        (c.ReopenObjective, "tech_lead", "ended"),
        (c.AddKeyResult, OF_SALES, "keyresult_"),
        (c.UpdateKeyResult, OF_SALES, "measure"),
        (c.RemoveKeyResult, OF_SALES, "measure"),
        (c.RecordCheckIn, OF_SALES, "checkin_"),
        (c.AcknowledgeCheckIn, "admin executive tech_lead web_member sales_member", "reading"),
        (c.ProposeLink, OF_WEB, "link_"),
        (c.AcceptLink, "sales_lead", "open"),
        (c.CounterLink, "sales_lead", "open"),
        (c.DeclineLink, "sales_lead", "open"),
        (c.WithdrawLink, "executive tech_lead", "open"),
        (c.ReaffirmLinks, "executive", "agreed"),
    ]
    for command, (kind, may, names) in zip(all_of_it.examples(), expected, strict=True):
        assert type(command) is kind
        yield Row(command, may, names)


def more(all_of_it: Complete) -> list[Row]:
    """Commands without ids, and what depends on the state of what they name."""
    copy_draft = [c.CopyObjective(objective=all_of_it.draft, grade=1, note="n")]
    return [
        Row(c.UpdateOrganization(name="New"), "admin", "org_"),
        Row(c.SetPolicy(grace_days=3), "admin", "org_"),
        Row(c.OpenCycle(name="Q", starts_on=date(2028, 1, 1), ends_on=date(2028, 1, 1)), "admin", "cycle_"),
        Row(c.AddPerson(name="N", subject="n"), "admin", "person_"),
        Row(c.AddPerson(name="N", subject="n", roles=[RoleGrant(R.VIEWER)]), "admin", "person_"),
        Row(c.AddPerson(name="N", subject="n", roles=[RoleGrant(R.LEAD, all_of_it.web)]), "admin", "person_"),
        Row(
            c.AddPerson(name="N", subject="n", roles=[RoleGrant(R.MEMBER, all_of_it.web)]),
            "admin tech_lead",
            "person_",
        ),
        Row(c.InvitePerson(name="N"), "admin", "person_"),
        Row(c.InvitePerson(name="N", roles=[RoleGrant(R.ADMIN)]), "admin", "person_"),
        Row(c.InvitePerson(name="N", roles=[RoleGrant(R.MEMBER, all_of_it.web)]), "admin tech_lead", "person_"),
        Row(c.InvitePerson(person=all_of_it.claimed), "admin", "claimed"),
        Row(c.MoveLogins(from_issuer="a", to_issuer="b"), "admin", "viewer"),
        Row(c.CreateServiceAccount(name="N", subject="n"), "admin", "person_"),
        Row(c.PublishPurpose(statement="x"), "executive", "purpose"),
        Row(c.RetirePurpose(reason="r"), "executive", "purpose"),
        Row(l.RecordFeedbackItems(items=[l.FeedbackItem(source="s", body="b")]), RECORDS, "feedback_"),
        Row(l.ConfirmAnswer(answer=all_of_it.team_answer), "tech_lead", "team_answer"),
        Row(c.ArchiveObjective(objective=all_of_it.draft), OF_WEB, "draft"),
        Row(c.CarryOver(to_cycle=all_of_it.next, copy=copy_draft), OF_WEB, "draft"),
        Row(c.AddKeyResult(measures=all_of_it.team_why, key_result=c.KeyResultSpec(title="k")), OF_WEB, "keyresult_"),
        Row(c.ReviseWhy(why=all_of_it.team_why, expected_version=1, because="x"), "executive tech_lead", "team_why"),
        Row(c.RetireWhy(why=all_of_it.team_why, reason="r"), "executive tech_lead", "team_why"),
    ]


class Complete(Everything):
    """With a why of Web, and one of Tech that Web has answered."""

    def __init__(self) -> None:
        super().__init__()
        self.team_why = self.id(c.PublishWhy(statement="w", because="b", audience=[self.web], unit=self.web))
        self.agreed_link = self.agreed()
        told = self.id(c.PublishWhy(statement="v", because="b", audience=[self.web], unit=self.tech))
        self.team_answer = self.id(l.AnswerWhy(why=told, version=1, unit=self.web, statement="we"))

    def rows(self) -> list[Row]:
        return [*with_ids(self), *more(self)]

    def known_as(self, name: str) -> Id:
        found: Id = self.agreed_link if name == "agreed" else getattr(self, name)
        return found


@pytest.fixture(scope="module")
def all_of_it() -> Complete:
    return Complete()


def test_every_command_has_a_row(all_of_it: Complete) -> None:
    assert {type(row.command) for row in all_of_it.rows()} == set(get_args(c.AnyCommand)) - BY_ROW


@pytest.mark.parametrize("number", range(len(Complete().rows())))
def test_who_may_gives_the_command_and_whoever_else_is_refused(all_of_it: Complete, number: int) -> None:
    command, may, _ = all_of_it.rows()[number]
    for name in ACTORS.split():
        actor = all_of_it.known_as(name)
        if name in may.split():
            assert all_of_it.do(command, actor, dry_run=True).ids
        else:
            code = ErrorCode.STATE_NOT_ALLOWED if (type(command), name) in NOT_NOW else ErrorCode.FORBIDDEN
            assert all_of_it.refused(command, actor).code is code, name


@pytest.mark.parametrize("number", range(len(Complete().rows())))
def test_the_answer_names_what_the_command_was_about(all_of_it: Complete, number: int) -> None:
    command, _, names = all_of_it.rows()[number]
    first = all_of_it.do(command, dry_run=True).ids[0]
    if names.endswith("_"):
        assert first.startswith(names)
    else:
        assert first == all_of_it.known_as(names)
