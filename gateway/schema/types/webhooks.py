"""Where alerts are delivered to; read from notifications, which delivers them."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import ID, Private

from gateway.errors import BadRequest
from gateway.live.organization_view import OrganizationView
from gateway.request.context import RequestContext
from gateway.schema.core import enums
from gateway.schema.core.node import field, own
from gateway.schema.types import refs
from gateway.schema.types.lookups import person, unit
from goldenthread.contracts.read_api import WebhookStatus
from goldenthread.contracts.replies import RefusedAnswer


@strawberry.type(description="An address that alerts are delivered to, and how that fares.")
class Webhook:
    """An address that alerts are delivered to."""

    view: Private[OrganizationView]
    row: Private[WebhookStatus]
    id: ID = own()
    url: str = own("Its scheme and host alone while it cannot be decrypted.")
    added_at: datetime = own()
    disabled_at: datetime | None = own("Since when nothing is sent to it; null while messages are sent.")
    disabled_reason: enums.WebhookDisabledReason | None = own(
        "Why nothing is sent to it: its receiver said that it wants no more (410), or its stored URL and signing key"
        " cannot be decrypted. Then `problem` says what to do, what waits is kept for three days, and it is enabled by"
        " itself when they can be."
    )
    pending: int = own("Messages that wait to be delivered, or to be tried again.")
    delivered: int = own("Messages that the receiver took.")
    given_up: int = own("Messages that are not tried again.")
    problem: str | None = own("The latest trouble.")

    @field
    def unit(self) -> refs.OrgUnit | None:
        """Only alerts to this unit and those below it; null for all."""
        return unit(self.view, self.row.unit)

    @field
    def added_by(self) -> refs.Person | None:
        """Who added it."""
        return person(self.view, self.row.added_by)


async def webhooks(context: RequestContext) -> list[Webhook]:
    """The organization's webhooks. Raises `BadRequest` for callers who may not see them."""
    found = await context.cache.upstreams.webhooks(context.view.id, context.caller.token)
    if isinstance(found, RefusedAnswer):
        raise BadRequest(found.errors[0].message, found.errors[0].code.value)
    return [Webhook(view=context.view, row=row) for row in found]
