"""Invitations: somebody is a person here before they have a login, and claims that with a secret.

An invitation is worth what who made it may hand out at the moment of the claim: it ends with their roles here, and a
role that an administrator gives the invited person meanwhile does not go to whoever has the secret of a lead.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from goldenthread.contracts.commands import ConfirmInvitation, InvitePerson, RevokeInvitation, UndoInvitation
from goldenthread.contracts.entities import Id, Person, PersonInvitation
from goldenthread.contracts.enums import InvitationState, PersonField
from goldenthread.contracts.errors import ErrorCode, Refused, refuse
from goldenthread.contracts.events.goals import (
    InvitationClaimed,
    InvitationConfirmed,
    InvitationRevoked,
    InvitationUndone,
    PersonInvited,
    PersonUpdated,
)
from goldenthread.contracts.read_api import NO_LOGIN, Login, PersonName
from goldenthread.organization import invitations
from services.goals.domain import permissions, validation
from services.goals.domain.decision import Case
from services.goals.domain.org_chart import people


def invite(case: Case, command: InvitePerson) -> None:
    """Invite somebody new as `people.add` adds them; or anew who is here, whose earlier invitation ends with it."""
    if command.person is None:
        person = _newcomer(case, command)
    else:
        person = validation.present_person(
            case.org, command.person, "person", instead="change its login by updatePerson"
        )
        permissions.require_invitation(case.org, case.actor, person)
        _only_the_person(command)
    at, by = case.now, case.actor
    if not by:
        raise RuntimeError("an invitation that nobody made would be the installation's")
    made = PersonInvitation(case.new_id("invitation"), by, at, at + invitations.VALID)
    case.emit(PersonInvited(replace(person, invitation=made)))
    case.about(person.id)


def invite_founder(case: Case, person: Id) -> None:
    """Invite the first administrator of a new organization, whom nobody of it can invite."""
    at = case.now
    made = PersonInvitation(case.new_id("invitation"), permissions.INSTALLATION, at, at + invitations.VALID)
    case.emit(PersonInvited(replace(case.org.people[person], no_login=True, invitation=made)))


def invite_founder_again(case: Case) -> None:
    """Invite the first administrator of an organization anew, as long as nobody has ever signed in to it.

    Before somebody claims, nobody sends a command, so the first administrator is the only person there ever was. Any
    other organization lives, and nobody from outside gives access to it.
    """
    everybody = list(case.org.people.values())
    founder = everybody[0] if len(everybody) == 1 else None
    invitation = founder.invitation if founder is not None else None
    untouched = invitation is not None and invitation.by == permissions.INSTALLATION and invitation.claimed_at is None
    if founder is None or not untouched or founder.left or not founder.no_login:
        message = (
            "This organization has, or has had, people who can sign in: its own administrators invite (invitePerson)."
            " Nobody outside gives access to it. If nobody of it can sign in, create another one."
        )
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message)
    invite_founder(case, founder.id)
    case.about(founder.id)


def revoke(case: Case, command: RevokeInvitation) -> None:
    """Take an invitation back that nobody has claimed."""
    person, invitation = _invited(case, command.person)
    permissions.require_invitation(case.org, case.actor, person, inviter=invitation.by)
    state = invitations.state_of(invitation, case.now)
    case.about(person.id)
    if state is InvitationState.REVOKED:
        return
    if state not in (InvitationState.OPEN, InvitationState.EXPIRED):
        raise _not_in(state, "only what nobody has claimed is revoked; take a login away by undoInvitation")
    case.emit(InvitationRevoked(_with(person, replace(invitation, revoked_at=case.now))))


def end_again(case: Case, person: Id, newest: Id, made_at: datetime, ended: bool) -> None:
    """Take back what a restored backup made open again: the invitation `newest`, made at `made_at`, if that had ended,
    and any that is older. What was made after the backup was restored is newer, and stays; so does what is not open.
    """
    found = case.org.people.get(person)
    invitation = found.invitation if found is not None else None
    if found is None or invitation is None or invitations.state_of(invitation, case.now) is not InvitationState.OPEN:
        return
    if invitation.made_at < made_at or (invitation.id == newest and ended):
        case.emit(InvitationRevoked(_with(found, replace(invitation, revoked_at=case.now))))


def confirm(case: Case, command: ConfirmInvitation) -> None:
    """Say that the right person claimed it: nobody is asked about it any more. Nobody says that of themselves."""
    person, invitation = _claimed(case, command.person)
    if person.id == case.actor:
        message = "You claimed this invitation yourself; another administrator, or who invited you, confirms that."
        raise refuse(ErrorCode.FORBIDDEN, message, "person")
    case.about(person.id)
    if invitation.confirmed_at is None:
        case.emit(InvitationConfirmed(_with(person, replace(invitation, confirmed_at=case.now))))


def undo(case: Case, command: UndoInvitation) -> None:
    """Take the login away that the claim gave, whatever it is now. The person stays, and can be invited anew.

    Once it was confirmed that the right person has it, only administrators do that.
    """
    person, invitation = _claimed(case, command.person)
    if invitation.confirmed_at is not None:
        permissions.require_review(case.org, case.actor, person, inviter=None)
    people.keep_an_admin(case, person, [], "person")
    before = _named(case)
    claimed = invitation.claimed_at
    first = before.signed_in_at
    only_now = first is not None and claimed is not None and first >= claimed
    undone = replace(_with(person, replace(invitation, undone_at=case.now)), no_login=True)
    case.emit(PersonUpdated(undone, [PersonField.LOGIN]))
    case.emit(InvitationUndone(undone))
    case.about(person.id)
    subject = case.new_id("nobody")
    case.renamed = replace(before, issuer=NO_LOGIN, subject=subject, signed_in_at=None if only_now else first)


def claim(case: Case, person: Person, login: Login) -> None:
    """The invitation of `person` is claimed by who signs in as `login`. Raises `Refused`: always the same."""
    invitation = person.invitation
    if person.left or invitation is None or case.context.named is None:
        raise unusable()
    open_ = invitations.state_of(invitation, case.now) is InvitationState.OPEN
    if not open_ or not permissions.may_be_claimed(case.org, invitation.by, person):
        raise unusable()
    before = case.context.named
    claimed = replace(person, no_login=False, invitation=replace(invitation, claimed_at=case.now))
    case.emit(PersonUpdated(claimed, [PersonField.LOGIN]))
    case.emit(InvitationClaimed(claimed))
    case.about(person.id)
    signed_in_at = before.signed_in_at or case.now
    case.renamed = replace(before, issuer=login.issuer, subject=login.subject, signed_in_at=signed_in_at)


def unusable() -> Refused:
    """The one answer to a secret that gives nobody a login. It does not say why, and says what to do in every case."""
    message = (
        "This invitation cannot be used. Invitations are for one person, once, within seven days, and may have been"
        " taken back; and this sign-in may be for another organization. Ask who invited you for a new one, or sign in"
        " for the organization you were invited to."
    )
    return refuse(ErrorCode.NOT_FOUND, message, "secret")


def _newcomer(case: Case, command: InvitePerson) -> Person:
    if command.name is None:
        message = "Say who is invited: the name of somebody new, or the person who is here."
        raise refuse(ErrorCode.INVALID, message, "name")
    people.check_name(command.name, command.email)
    return people.join(case, command.roles, no_login=True)


def _only_the_person(command: InvitePerson) -> None:
    for field, given in (("name", command.name), ("email", command.email), ("roles", command.roles or None)):
        if given is not None:
            message = f"{field} of a person who is here is changed by updatePerson and setRoles; leave it out."
            raise refuse(ErrorCode.INVALID, message, field)


def _invited(case: Case, id: Id) -> tuple[Person, PersonInvitation]:
    person = validation.present_person(case.org, id, "person", instead="name a person")
    invitation = person.invitation
    if invitation is None:
        message = "This person was not invited; a login is given and changed by updatePerson."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "person")
    return person, invitation


def _claimed(case: Case, id: Id) -> tuple[Person, PersonInvitation]:
    """Who claimed an invitation, for who may say whether that was right."""
    person, invitation = _invited(case, id)
    claimed = invitation.claimed_at
    recent = claimed is not None and case.now < claimed + invitations.VALID
    permissions.require_review(case.org, case.actor, person, inviter=invitation.by if recent else None)
    state = invitations.state_of(invitation, case.now)
    if state is not InvitationState.CLAIMED:
        raise _not_in(state, "nobody has a login by it; revoke it, or invite the person anew")
    return person, invitation


def _named(case: Case) -> PersonName:
    if case.context.named is None:
        message = "The name and login of this person have been erased; remove the person, and add them again."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "person")
    return case.context.named


def _with(person: Person, invitation: PersonInvitation) -> Person:
    return replace(person, invitation=invitation)


def _not_in(state: InvitationState, instead: str) -> Refused:
    return refuse(ErrorCode.STATE_NOT_ALLOWED, f"This invitation is {state.value.lower()}: {instead}.", "person")
