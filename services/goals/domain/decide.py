"""Decides commands: the table of rules, and the function that applies the rule of a command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.commands.base import Command
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.organization.organization import Organization
from services.goals.domain import permissions
from services.goals.domain.cycles import carry_over, closing_cycles, opening_cycles
from services.goals.domain.decision import Case, Decision, DecisionContext
from services.goals.domain.goals import co_ownership, key_results, objectives, whys
from services.goals.domain.links import link_commands
from services.goals.domain.listening import answers, feedback, questions
from services.goals.domain.org_chart import (
    closing_units,
    erasing_people,
    invitations,
    moving_logins,
    people,
    renaming_people,
    service_accounts,
    units,
)

Rule = Callable[[Case, Any], Any]

RULES: dict[type[Command], Rule] = {
    c.UpdateOrganization: units.update_organization,
    c.CreateUnit: units.create_unit,
    c.UpdateUnit: units.update_unit,
    c.MoveUnit: units.move_unit,
    c.AddPerson: people.add,
    c.UpdatePerson: renaming_people.update,
    c.SetRoles: people.set_roles,
    c.RemovePerson: people.remove,
    c.ErasePerson: erasing_people.erase,
    c.InvitePerson: invitations.invite,
    c.RevokeInvitation: invitations.revoke,
    c.ConfirmInvitation: invitations.confirm,
    c.UndoInvitation: invitations.undo,
    c.MoveLogins: moving_logins.move,
    c.CreateServiceAccount: service_accounts.create,
    c.RevokeServiceAccount: service_accounts.revoke,
    c.CloseUnit: closing_units.close_unit,
    c.OpenCycle: opening_cycles.open_cycle,
    c.CloseCycle: closing_cycles.close_cycle,
    c.ReopenCycle: opening_cycles.reopen_cycle,
    c.CarryOver: carry_over.carry_over,
    c.SetPolicy: units.set_policy,
    c.PublishPurpose: whys.publish_purpose,
    c.RetirePurpose: whys.retire_purpose,
    c.PublishWhy: whys.publish_why,
    c.ReviseWhy: whys.revise_why,
    c.RetireWhy: whys.retire_why,
    l.AnswerWhy: answers.answer_why,
    l.ConfirmAnswer: answers.confirm_answer,
    l.AskQuestion: questions.ask,
    l.AnswerQuestion: questions.answer,
    l.SettleQuestion: questions.settle,
    l.WithdrawQuestion: questions.withdraw,
    l.RecordFeedback: feedback.record,
    l.RecordFeedbackItems: feedback.record_items,
    l.LinkFeedback: feedback.link,
    l.RespondToFeedback: feedback.respond,
    c.CreateObjective: objectives.create,
    c.UpdateObjective: objectives.update,
    c.DecideCoOwnership: co_ownership.decide,
    c.ActivateObjective: objectives.activate,
    c.CloseObjective: objectives.close,
    c.ArchiveObjective: objectives.archive,
    c.ReopenObjective: objectives.reopen,
    c.AddKeyResult: key_results.add,
    c.UpdateKeyResult: key_results.update,
    c.RemoveKeyResult: key_results.remove,
    c.RecordCheckIn: key_results.check_in,
    c.AcknowledgeCheckIn: key_results.acknowledge,
    c.ProposeLink: link_commands.propose,
    c.AcceptLink: link_commands.accept,
    c.CounterLink: link_commands.counter,
    c.DeclineLink: link_commands.decline,
    c.WithdrawLink: link_commands.withdraw,
    c.ReaffirmLinks: link_commands.reaffirm,
}
"""Which rule decides which command. An import is a plan, not one rule: it is decided row by row, beside this table."""


def decide(org: Organization, command: c.AnyCommand, context: DecisionContext) -> Decision:
    """Decide `command` on `org` for the person who asks. Raises `Refused`.

    Facts are applied to `org` as they are emitted: call between `org.begin()` and `org.commit()`, or `org.rollback()`
    after a refusal or a dry run.
    """
    permissions.require_actor(org, context.actor)
    rule = RULES.get(type(command))
    if rule is None:
        raise refuse(ErrorCode.INVALID, f"{type(command).__name__} is not decided as a single command.", "type")
    case = Case(org, context)
    rule(case, command)
    return case.decision()
