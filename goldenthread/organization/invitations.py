"""Which state an invitation is in: one definition for goals, which decides on it, and the gateway, which shows it."""

from __future__ import annotations

from datetime import datetime, timedelta

from goldenthread.contracts.entities import Person, PersonInvitation
from goldenthread.contracts.enums import InvitationState

VALID = timedelta(days=7)
"""How long an invitation can be claimed, and how long afterwards who invited is shown that it was."""


def state_of(invitation: PersonInvitation, now: datetime) -> InvitationState:
    """What became of an invitation. It can be claimed before the moment it expires at, and not at that moment."""
    if invitation.undone_at is not None:
        return InvitationState.UNDONE
    if invitation.revoked_at is not None:
        return InvitationState.REVOKED
    if invitation.claimed_at is not None:
        return InvitationState.CLAIMED
    return InvitationState.OPEN if now < invitation.expires_at else InvitationState.EXPIRED


def to_review(person: Person) -> PersonInvitation | None:
    """The invitation of a person that was claimed, when nobody has said yet whether the right person did."""
    found = person.invitation
    if found is None or person.left or found.claimed_at is None:
        return None
    return found if found.undone_at is None and found.confirmed_at is None else None
