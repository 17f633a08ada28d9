"""What mutations about signing in answer."""

from __future__ import annotations

import strawberry
from msgspec import UNSET
from strawberry import Private

from gateway.live.organization_view import OrganizationView
from gateway.schema.core.connection import MOST, Connection
from gateway.schema.core.node import field
from gateway.schema.mutations.organization_payloads import PersonPayload
from gateway.schema.mutations.payloads import MutationPayload
from gateway.schema.types import refs
from gateway.schema.types.lookups import person
from gateway.schema.types.people import Person, people_page
from goldenthread.contracts.replies import LoginConflict as LoginConflictRow
from goldenthread.contracts.replies import MovedLogins


@strawberry.type
class InvitePersonPayload(PersonPayload):
    """Who was invited, and what they claim it with."""

    @field
    def secret(self) -> str | None:
        """What claims the invitation, shown this once: pass it on to the person, and to nobody else.

        null when the same command is sent again under its idempotency key: then invite the person anew.
        """
        found = self.done.accepted.secret if self.done.accepted else None
        return None if found is None else found.reveal()


@strawberry.type
class LoginConflict:
    """A login that does not move: at the new issuer it is somebody else's."""

    view: Private[OrganizationView]
    row: Private[LoginConflictRow]

    @field
    def person(self) -> refs.Person | None:
        """Whose login stays where it is."""
        return person(self.view, self.row.person)

    @field
    def holder(self) -> refs.Person | None:
        """Who has that login at the new issuer."""
        return person(self.view, self.row.holder)


@strawberry.type
class MoveLoginsPayload(MutationPayload):
    """Whose logins moved, or would."""

    @property
    def _logins(self) -> MovedLogins | None:
        found = self.done.accepted.logins if self.done.accepted is not None else UNSET
        return None if found is UNSET else found

    @field
    def moved(self) -> int | None:
        """How many logins moved (for a dry run: would); null when it was refused. Programs are counted, too."""
        return None if self._logins is None else self._logins.moved

    @field
    def remaining(self) -> int | None:
        """How many are at the issuer before still: those in conflict, and what one command does not move at once."""
        return None if self._logins is None else self._logins.remaining

    @field
    def conflicts(self) -> list[LoginConflict]:
        """Logins that cannot move, the first hundred of them."""
        found = [] if self._logins is None else self._logins.conflicts
        return [LoginConflict(view=self.view, row=row) for row in found]

    @field
    def people(self, first: int | None = None, after: str | None = None) -> Connection[Person]:
        """The people whose logins moved (or would), by name."""
        ids = self.done.accepted.ids if self.done.accepted else []
        return people_page(self.view, [id for id in ids if id in self.view.org.people], first, after, MOST)
