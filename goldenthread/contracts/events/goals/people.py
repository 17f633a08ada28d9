"""What goals publishes about who can sign in as a person, and who has. No event carries a login or a secret."""

from __future__ import annotations

from goldenthread.contracts.entities import Person
from goldenthread.contracts.events.goals.payload import GoalsPayload


class PersonInvited(GoalsPayload, frozen=True):
    """Somebody may claim to be this person, with a secret that was shown to who invited them."""

    person: Person


class InvitationClaimed(GoalsPayload, frozen=True):
    """A login claimed the invitation, and is this person's; `person.updated` with LOGIN comes in the same commit."""

    person: Person


class InvitationConfirmed(GoalsPayload, frozen=True):
    """Who invited, or an administrator, said that the right person claimed the invitation."""

    person: Person


class InvitationRevoked(GoalsPayload, frozen=True):
    """The invitation was taken back before anybody claimed it."""

    person: Person


class InvitationUndone(GoalsPayload, frozen=True):
    """The login that claimed the invitation was taken away; `person.updated` with LOGIN comes in the same commit."""

    person: Person


class PersonSignedIn(GoalsPayload, frozen=True):
    """The person has signed in for the first time, at the time of the event; who reads the name (`GET /v1/name`) later
    reads that with it.
    """

    person: Person
