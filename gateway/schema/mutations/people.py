"""Changes of who can sign in, and how."""

from __future__ import annotations

import strawberry

from gateway.request.context import Info
from gateway.schema.core.node import field
from gateway.schema.core.send import send
from gateway.schema.mutations import people_inputs as i
from gateway.schema.mutations import people_payloads as p
from gateway.schema.mutations.organization_payloads import PersonPayload
from goldenthread.contracts import commands as c


@strawberry.type
class PeopleMutations:
    """Changes of who can sign in, and how."""

    @field
    async def invite_person(self, info: Info, input: i.InvitePersonInput) -> p.InvitePersonPayload:
        """Make a person of the organization who has no login yet. Who signs in and shows the secret within seven days,
        by POST to /invitations/claim, is this person from then on."""
        return p.InvitePersonPayload(view=info.context.view, done=await send(info, c.InvitePerson, input))

    @field
    async def revoke_invitation(self, info: Info, input: i.RevokeInvitationInput) -> PersonPayload:
        """Take an invitation back that nobody has claimed; the person stays, and can be invited anew."""
        return PersonPayload(view=info.context.view, done=await send(info, c.RevokeInvitation, input))

    @field
    async def confirm_invitation(self, info: Info, input: i.ConfirmInvitationInput) -> PersonPayload:
        """Say that the right person claimed the invitation: it is nobody's turn any more."""
        return PersonPayload(view=info.context.view, done=await send(info, c.ConfirmInvitation, input))

    @field
    async def undo_invitation(self, info: Info, input: i.UndoInvitationInput) -> PersonPayload:
        """Take the login away that claimed the invitation, at once; the person stays, and can be invited anew."""
        return PersonPayload(view=info.context.view, done=await send(info, c.UndoInvitation, input))

    @field
    async def move_logins(self, info: Info, input: i.MoveLoginsInput) -> p.MoveLoginsPayload:
        """Move the logins of one issuer to another, of people and service accounts, at most 5,000 at once."""
        return p.MoveLoginsPayload(view=info.context.view, done=await send(info, c.MoveLogins, input))
