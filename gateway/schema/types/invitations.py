"""Invitations: who may become whom, until when, and what became of it."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import ID, Private

from gateway.budget import cost
from gateway.errors import BadRequest
from gateway.live.organization_view import OrganizationView
from gateway.request.context import RequestContext
from gateway.schema.core import enums
from gateway.schema.core.connection import MOST, Connection, page
from gateway.schema.core.filters import any_of
from gateway.schema.core.node import field
from gateway.schema.types import refs
from gateway.schema.types.lookups import person
from goldenthread.contracts import entities as e
from goldenthread.contracts.enums import Role
from goldenthread.organization import responsibility
from goldenthread.organization.invitations import state_of


@strawberry.type(description="The newest invitation of a person. Its secret is shown once, where it is made.")
class Invitation:
    """The newest invitation of a person."""

    view: Private[OrganizationView]
    who: Private[e.Person]
    row: Private[e.PersonInvitation]
    now: Private[datetime]

    @field
    def id(self) -> ID:
        """Names it in the history of this installation."""
        return ID(self.row.id)

    @field
    def person(self) -> refs.Person | None:
        """Who was invited."""
        return person(self.view, self.who.id)

    @field
    def state(self) -> enums.InvitationState:
        """What became of it."""
        return state_of(self.row, self.now)

    @field
    def invited_by(self) -> refs.Person | None:
        """Who made it."""
        return person(self.view, self.row.by)

    @field
    def made_at(self) -> datetime:
        """When it was made."""
        return self.row.made_at

    @field
    def expires_at(self) -> datetime:
        """From when on it cannot be claimed."""
        return self.row.expires_at

    @field
    def claimed_at(self) -> datetime | None:
        """When somebody claimed it."""
        return self.row.claimed_at

    @field
    def confirmed_at(self) -> datetime | None:
        """When it was said that the right person did."""
        return self.row.confirmed_at

    @field
    def revoked_at(self) -> datetime | None:
        """When it was taken back."""
        return self.row.revoked_at

    @field
    def undone_at(self) -> datetime | None:
        """When the login was taken away that had claimed it."""
        return self.row.undone_at


def invitations_page(
    context: RequestContext, states: list[enums.InvitationState] | None, first: int | None, after: str | None
) -> Connection[Invitation]:
    """Invitations, the newest first: all for administrators; for leads those that they made, and those of the people
    of their units. Raises `BadRequest` for who may add nobody.
    """
    view, actor = context.view, context.actor
    admin = actor is not None and any(grant.role is Role.ADMIN for grant in actor.roles)
    if actor is None or not (admin or _leads_anything(view, actor)):
        message = "Who was invited is shown to administrators and leads, who invite; ask one of them."
        raise BadRequest(message, "FORBIDDEN")
    wanted, now = any_of(states), context.now
    rows = [
        (who, found)
        for who in cost.scan(view.org.people.values())
        if (found := who.invitation) is not None
        and not who.left
        and (wanted is None or state_of(found, now) in wanted)
        and (admin or found.by == actor.id or _of_their_units(view, actor, who))
    ]
    rows.sort(key=lambda row: (row[1].made_at, row[1].id), reverse=True)
    return page(
        rows,
        lambda row: Invitation(view=view, who=row[0], row=row[1], now=now),
        lambda row: row[1].id,
        first,
        after,
        MOST,
    )


def _leads_anything(view: OrganizationView, actor: e.Person) -> bool:
    return bool(view.org.led_by.get(actor.id)) or any(grant.role is Role.LEAD for grant in actor.roles)


def _of_their_units(view: OrganizationView, actor: e.Person, who: e.Person) -> bool:
    units = [grant.unit for grant in who.roles if grant.unit is not None]
    cost.rows(len(units))
    return any(responsibility.leads(view.org, actor.id, unit) for unit in units)
