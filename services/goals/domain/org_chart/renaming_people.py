"""What people are called, where they read mail, how they sign in. Facts say which of it changed, never the values."""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts.commands import UpdatePerson
from goldenthread.contracts.entities import Person
from goldenthread.contracts.enums import InvitationState, PersonField
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import PersonUpdated
from goldenthread.contracts.read_api import NO_LOGIN, PersonName
from goldenthread.organization.invitations import state_of, to_review
from services.goals.domain import permissions, validation
from services.goals.domain.cleared_fields import cleared
from services.goals.domain.decision import Case
from services.goals.domain.org_chart import emails, trust

_FIELDS = {
    "name": PersonField.NAME,
    "email": PersonField.EMAIL,
    "subject": PersonField.LOGIN,
    "issuer": PersonField.LOGIN,
}


def update(case: Case, command: UpdatePerson) -> None:
    """Change what is given of a person or service account. With another login the one before is nobody's."""
    emptied = cleared(command, "email")
    person = validation.present_actor(case.org, command.person, "person")
    asked = {field for name, field in _FIELDS.items() if name in emptied or getattr(command, name) is not None}
    permissions.require_person_change(case.org, case.actor, person.id, asked)
    before = case.context.named
    if before is None:
        message = "The name and login of this person have been erased; remove the person, and add them again."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "person")
    after = _after(case, command, person, before)
    if "email" in emptied:
        after = replace(after, email=None)
    case.about(person.id)
    if changed := _changed(before, after):
        case.emit(PersonUpdated(_signing_in(case, person) if PersonField.LOGIN in changed else person, changed))
        case.renamed = after
        if person.id == case.actor and PersonField.LOGIN in changed:
            message = (
                "This was your own login: its tokens read and change nothing from now on; sign in with the new one."
            )
            case.warn(ErrorCode.FORBIDDEN, message, "subject")


def _signing_in(case: Case, person: Person) -> Person:
    """The person once they were given a login: an open invitation to take another one ends with that. Of one that was
    claimed nobody is asked any more who it was: an administrator has said so, unless it was that person.
    """
    invitation = person.invitation
    if invitation is not None and state_of(invitation, case.now) is InvitationState.OPEN:
        person = replace(person, invitation=replace(invitation, revoked_at=case.now))
    elif (claimed := to_review(person)) is not None and case.actor != person.id:
        person = replace(person, invitation=replace(claimed, confirmed_at=case.now))
    return replace(person, no_login=False)


def _after(case: Case, command: UpdatePerson, person: Person, before: PersonName) -> PersonName:
    """What is kept from now on, where nothing is emptied. Raises `Refused`."""
    after = _with_login(case, command, before)
    if command.name is not None:
        after = replace(after, name=validation.title(command.name, "name"))
    if command.email is not None:
        if person.service:
            raise refuse(ErrorCode.INVALID, "A service account reads no mail; leave the e-mail address out.", "email")
        after = replace(after, email=emails.email(command.email, "email"))
    return after


def _with_login(case: Case, command: UpdatePerson, before: PersonName) -> PersonName:
    """With the login that is given. Who had none is given one of the issuer that is named, or of the usual one."""
    after, had_none = before, before.issuer == NO_LOGIN
    if command.subject is not None:
        after = replace(after, subject=validation.title(command.subject, "subject"))
        if had_none:
            after = replace(after, issuer=case.context.issuer)
    elif had_none and command.issuer is not None:
        message = "This person has no login yet; say the subject, too."
        raise refuse(ErrorCode.INVALID, message, "subject")
    if command.issuer is not None:
        after = replace(after, issuer=_issuer(case, command.issuer, before))
    return after


def _issuer(case: Case, named: str, before: PersonName) -> str:
    """The issuer that is named. The one that the person has already may be one that is not trusted any more."""
    issuer = validation.login_issuer(named, "issuer")
    if issuer != before.issuer:
        trust.require(case.context.issuers, issuer, "issuer")
    return issuer


def _changed(before: PersonName, after: PersonName) -> list[PersonField]:
    pairs = {
        PersonField.NAME: (before.name, after.name),
        PersonField.EMAIL: (before.email, after.email),
        PersonField.LOGIN: (before.login, after.login),
    }
    return [field for field, (old, new) in pairs.items() if old != new]
