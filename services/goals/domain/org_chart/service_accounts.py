"""Service accounts: programs that sign in. They read, do what their roles allow, and lead and answer for nothing."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from goldenthread.contracts.commands import CreateServiceAccount, RevokeServiceAccount
from goldenthread.contracts.entities import Person
from goldenthread.contracts.events.goals import PersonJoined, PersonLeft
from services.goals.domain import permissions, validation
from services.goals.domain.decision import Case
from services.goals.domain.org_chart import people, trust
from services.goals.domain.permissions import Action


def create(case: Case, command: CreateServiceAccount) -> None:
    """Make one. A LEAD role lets it act for a unit, and makes it the lead of none."""
    permissions.require(case.org, case.actor, Action.ADMINISTER)
    validation.title(command.name, "name")
    validation.title(command.subject, "subject")
    if command.issuer is not UNSET:
        trust.require(case.context.issuers, validation.login_issuer(command.issuer, "issuer"), "issuer")
    account = Person(case.new_id("person"), people.grants(case, command.roles), service=True)
    case.emit(PersonJoined(account))
    case.about(account.id)


def revoke(case: Case, command: RevokeServiceAccount) -> None:
    """End one: its token reads nothing from now on, and its name stays for the history."""
    permissions.require(case.org, case.actor, Action.ADMINISTER)
    account = validation.present_account(case.org, command.service_account, "serviceAccount")
    case.emit(PersonLeft(replace(account, roles=[], left=True)))
    case.about(account.id)
