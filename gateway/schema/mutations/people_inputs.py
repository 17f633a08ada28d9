"""What mutations about signing in take: invitations, and logins that move to another issuer."""

from __future__ import annotations

import strawberry
from strawberry import ID

from gateway.schema.mutations.organization_inputs import RoleGrantInput


@strawberry.input
class InvitePersonInput:
    """Somebody new, with `name`, `email` and `roles`; or `person`, who is here: then without the others. Their earlier
    invitation ends with it, and a login that they have is theirs until this is claimed."""

    name: str | None = None
    email: str | None = strawberry.field(default=None, description="Where they read mail. It never finds a person.")
    roles: list[RoleGrantInput] = strawberry.field(default_factory=list)
    person: ID | None = None
    idempotency_key: str | None = None


@strawberry.input
class RevokeInvitationInput:
    """Whose newest invitation is taken back."""

    person: ID
    idempotency_key: str | None = None


@strawberry.input
class ConfirmInvitationInput:
    """Who claimed their invitation, and is who was meant."""

    person: ID
    idempotency_key: str | None = None


@strawberry.input
class UndoInvitationInput:
    """As whom somebody else signs in than was meant."""

    person: ID
    idempotency_key: str | None = None


@strawberry.input
class SubjectMoveInput:
    """What a login is called (the `sub` of its tokens) at the issuer before, and at the one after."""

    before: str
    after: str


@strawberry.input
class MoveLoginsInput:
    """Every login of `fromIssuer`, under the same subject; or with `subjects` those only, under the subjects that are
    named there. Issuers are named as in the `iss` of tokens."""

    from_issuer: str
    to_issuer: str
    subjects: list[SubjectMoveInput] = strawberry.field(default_factory=list)
    dry_run: bool = strawberry.field(default=False, description="Only say who would move, and who would not.")
    idempotency_key: str | None = None
