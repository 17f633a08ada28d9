"""What people are called, where they read mail, how they sign in. Facts say which of it changed, never the values."""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts.commands import UpdatePerson
from goldenthread.contracts.entities import Person
from goldenthread.contracts.enums import InvitationState, PersonField
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import PersonUpdated
from goldenthread.contracts.read_api import PersonName, issuer_id
from goldenthread.organization.invitations import state_of
from services.goals.domain import permissions, validation
from services.goals.domain.cleared_fields import cleared
from services.goals.domain.decision import Case
from services.goals.domain.org_chart import emails

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
    after = _after(command, person, before, clear_email="email" in emptied)
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
    """The person once they were given a login: an open invitation to take another one ends with that."""
    invitation = person.invitation
    if invitation is not None and state_of(invitation, case.now) is InvitationState.OPEN:
        person = replace(person, invitation=replace(invitation, revoked_at=case.now))
    return replace(person, no_login=False)


def _after(command: UpdatePerson, person: Person, before: PersonName, *, clear_email: bool) -> PersonName:
    """What is kept from now on. Raises `Refused`."""
    after = before
    if command.name is not None:
        after = replace(after, name=validation.title(command.name, "name"))
    if command.subject is not None:
        after = replace(after, subject=validation.title(command.subject, "subject"))
    if command.issuer is not None:
        after = replace(after, issuer=validation.title(issuer_id(command.issuer), "issuer"))
    if command.email is not None:
        if person.service:
            raise refuse(ErrorCode.INVALID, "A service account reads no mail; leave the e-mail address out.", "email")
        after = replace(after, email=emails.email(command.email, "email"))
    return replace(after, email=None) if clear_email else after


def _changed(before: PersonName, after: PersonName) -> list[PersonField]:
    pairs = {
        PersonField.NAME: (before.name, after.name),
        PersonField.EMAIL: (before.email, after.email),
        PersonField.LOGIN: (before.login, after.login),
    }
    return [field for field, (old, new) in pairs.items() if old != new]
