"""Logins that move to another issuer, all in one command: an administrator's, recorded person by person."""

from __future__ import annotations

from goldenthread.contracts.commands import MoveLogins
from goldenthread.contracts.enums import PersonField
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import PersonUpdated
from goldenthread.contracts.read_api import NO_LOGIN, issuer_id
from goldenthread.contracts.replies import LoginConflict, MovedLogins
from services.goals.domain import permissions, validation
from services.goals.domain.decision import Case
from services.goals.domain.org_chart import trust
from services.goals.domain.permissions import Action

MOST = 5_000
"""Logins that one command moves, or that it names: one transaction, and one commit of the stream."""
NAMED = 100
"""Conflicts that an answer names."""


def move(case: Case, command: MoveLogins) -> None:
    """Move those that belong to nobody else at the new issuer, as far as `context.moves` says that there are."""
    permissions.require(case.org, case.actor, Action.ADMINISTER)
    check(command)
    trust.require(case.context.issuers, issuer_id(command.to_issuer), "toIssuer")
    conflicts = []
    for each in case.context.moves.logins:
        person, holder = case.org.people.get(each.person), case.org.people.get(each.holder or "")
        if person is None or person.left:
            continue
        if holder is not None and not holder.left and holder.id != person.id:
            conflicts.append(LoginConflict(person.id, holder.id))
        elif len(case.moved) < MOST:
            case.emit(PersonUpdated(person, [PersonField.LOGIN]))
            case.about(person.id)
            case.moved.append(each)
    case.logins = MovedLogins(len(case.moved), case.context.moves.total - len(case.moved), conflicts[:NAMED])
    if any(each.person == case.actor for each in case.moved):
        message = "Your own login is among them: tokens of the issuer before read and change nothing from now on."
        case.warn(ErrorCode.FORBIDDEN, message, "fromIssuer")


def check(command: MoveLogins) -> None:
    """Raises `Refused` for what is no move."""
    before = validation.title(issuer_id(command.from_issuer), "fromIssuer")
    after = validation.title(issuer_id(command.to_issuer), "toIssuer")
    if NO_LOGIN in (before, after):
        message = f"{NO_LOGIN} stands for people who cannot sign in; invite them."
        raise refuse(ErrorCode.INVALID, message, "fromIssuer" if before == NO_LOGIN else "toIssuer")
    if before == after:
        message = "Both issuers are the same; change a single login by updatePerson."
        raise refuse(ErrorCode.INVALID, message, "toIssuer")
    if len(command.subjects) > MOST:
        message = f"subjects names {len(command.subjects)} logins; send at most {MOST} at a time."
        raise refuse(ErrorCode.INVALID, message, "subjects")
    for side in ("before", "after"):
        seen: set[str] = set()
        for index, each in enumerate(command.subjects):
            subject = validation.title(getattr(each, side), "subjects", str(index), side)
            if subject in seen:
                message = f"{side} is named twice; a login is one person's."
                raise refuse(ErrorCode.INVALID, message, "subjects", str(index), side)
            seen.add(subject)
