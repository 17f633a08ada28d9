"""Commands about who can sign in: invitations, and logins that move to another issuer."""

from __future__ import annotations

from msgspec import Struct

from goldenthread.contracts.commands.base import Command
from goldenthread.contracts.entities import Id, RoleGrant


class InvitePerson(Command, frozen=True, kw_only=True, tag=True):
    """Invite somebody new, by `name`; or `person`, who is here and cannot sign in (any more)."""

    name: str | None = None
    email: str | None = None
    roles: list[RoleGrant] = []
    person: Id | None = None


class RevokeInvitation(Command, frozen=True, kw_only=True, tag=True):
    person: Id


class ConfirmInvitation(Command, frozen=True, kw_only=True, tag=True):
    """The right person claimed the invitation."""

    person: Id


class UndoInvitation(Command, frozen=True, kw_only=True, tag=True):
    """Somebody else claimed the invitation than was meant: they lose the login."""

    person: Id


class SubjectMove(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What a login is called at the issuer before, and at the one after."""

    before: str
    after: str


class MoveLogins(Command, frozen=True, kw_only=True, tag=True):
    """The logins of `from_issuer` are those of `to_issuer` from now on: all, under the same subjects, or with
    `subjects` those only, under the subjects named there. Those that belong to others at the new issuer stay.
    """

    from_issuer: str
    to_issuer: str
    subjects: list[SubjectMove] = []
    dry_run: bool = False
