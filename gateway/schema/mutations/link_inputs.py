"""What mutations of links and alerts take: the commands of the contracts, under their GraphQL names."""

from __future__ import annotations

import strawberry
from strawberry import ID, UNSET

from gateway.schema.core.enums import LinkKind


@strawberry.input
class LinkInput:
    """Propose that `child` serves `parent`."""

    child: ID
    parent: ID
    because: str | None = strawberry.field(
        default=None,
        description="Why. Without it, the terms of the last link between these two that was withdrawn or declined "
        "(`formerLink`) are offered again: because, kind, weight and what is given in return.",
    )
    kind: LinkKind | None = strawberry.field(
        default=None, description="CONTRIBUTES, or the former kind where the former terms are offered again."
    )
    weight: float | None = None
    idempotency_key: str | None = None


@strawberry.input(
    description="`round` is the round you read: deciding on terms that changed since is refused with STALE_VERSION."
)
class AcceptLinkInput:
    """Accept the terms of a round."""

    link: ID
    round: int
    in_return: str | None = None
    idempotency_key: str | None = None


@strawberry.input
class CounterLinkInput:
    """Offer other terms. What is left out stays; `inReturn: null` offers that nothing is given in return."""

    link: ID
    round: int
    because: str | None = UNSET
    in_return: str | None = UNSET
    idempotency_key: str | None = None


@strawberry.input
class DeclineLinkInput:
    """Refuse a link."""

    link: ID
    round: int
    reason: str
    idempotency_key: str | None = None


@strawberry.input
class WithdrawLinkInput:
    """End an accepted link."""

    link: ID
    reason: str
    dry_run: bool = False
    idempotency_key: str | None = None


@strawberry.input
class ReaffirmLinksInput:
    """Reaffirm links: the because of each still holds against the parent's current version."""

    links: list[ID]
    because: str | None = None
    idempotency_key: str | None = None


@strawberry.input
class AcknowledgeAlertInput:
    """Acknowledge an alert: a person of the addressee has seen it."""

    alert: ID
    note: str | None = None
    idempotency_key: str | None = None


@strawberry.input(
    description="Deliver alerts (of `unit` and below, when given) to `url`, signed per Standard Webhooks."
)
class AddWebhookInput:
    """Where to deliver alerts."""

    url: str
    unit: ID | None = None
    idempotency_key: str | None = None


@strawberry.input
class RemoveWebhookInput:
    """Stop delivering."""

    webhook: ID
    idempotency_key: str | None = None
