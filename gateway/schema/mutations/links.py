"""The conversation about links, and what is said to alerts."""

from __future__ import annotations

import strawberry

from gateway.request.context import Info
from gateway.schema.core.node import field
from gateway.schema.core.send import send, send_alert
from gateway.schema.mutations import link_inputs as i
from gateway.schema.mutations import payloads as p
from goldenthread.contracts import commands as c
from goldenthread.contracts import read_api as r


@strawberry.type
class LinkMutations:
    """The conversation about links, and what is said to alerts."""

    @field
    async def link(self, info: Info, input: i.LinkInput) -> p.LinkPayload:
        """Propose that one node serves another, and say why; or offer the terms of the last time again."""
        return p.LinkPayload(view=info.context.view, done=await send(info, c.ProposeLink, input))

    @field
    async def accept_link(self, info: Info, input: i.AcceptLinkInput) -> p.LinkPayload:
        """Accept a link, and say what is given in return."""
        return p.LinkPayload(view=info.context.view, done=await send(info, c.AcceptLink, input))

    @field
    async def counter_link(self, info: Info, input: i.CounterLinkInput) -> p.LinkPayload:
        """Offer other terms: it is the other side's turn then."""
        return p.LinkPayload(view=info.context.view, done=await send(info, c.CounterLink, input))

    @field
    async def decline_link(self, info: Info, input: i.DeclineLinkInput) -> p.LinkPayload:
        """Decline a link, and say why."""
        return p.LinkPayload(view=info.context.view, done=await send(info, c.DeclineLink, input))

    @field
    async def withdraw_link(self, info: Info, input: i.WithdrawLinkInput) -> p.LinkPayload:
        """End an accepted link, and say why."""
        return p.LinkPayload(view=info.context.view, done=await send(info, c.WithdrawLink, input))

    @field
    async def reaffirm_links(self, info: Info, input: i.ReaffirmLinksInput) -> p.LinksPayload:
        """Reaffirm links: the because of each still holds against the parent's current version."""
        return p.LinksPayload(view=info.context.view, done=await send(info, c.ReaffirmLinks, input))

    @field
    async def acknowledge_alert(self, info: Info, input: i.AcknowledgeAlertInput) -> p.AlertPayload:
        """Acknowledge an alert: it was seen."""
        return p.AlertPayload(view=info.context.view, done=await send_alert(info, r.AcknowledgeAlert, input))

    @field
    async def add_webhook(self, info: Info, input: i.AddWebhookInput) -> p.WebhookPayload:
        """Deliver alerts to an address."""
        return p.WebhookPayload(view=info.context.view, done=await send_alert(info, r.AddWebhook, input))

    @field
    async def remove_webhook(self, info: Info, input: i.RemoveWebhookInput) -> p.WebhookPayload:
        """Stop delivering alerts to an address."""
        return p.WebhookPayload(view=info.context.view, done=await send_alert(info, r.RemoveWebhook, input))
