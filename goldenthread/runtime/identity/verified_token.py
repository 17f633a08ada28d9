"""What is known of a token once it is verified: all that is needed of its claims, and nothing of the token itself."""

from __future__ import annotations

from msgspec import Struct

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import ORGANIZATION_HEADER, Caller, NotPermitted, OrganizationChoiceNeeded


class VerifiedToken(Struct, frozen=True, kw_only=True):
    """The bearer of a verified token. `expires` is what the token says, `valid_until` allows for clocks that differ;
    both in seconds since 1970.
    """

    issuer: str
    subject: str
    organizations: tuple[str, ...]
    service: bool
    installation_administrator: bool
    email: str | None
    email_verified: bool
    expires: float
    valid_until: float

    def caller(self, token: str, chosen: str | None) -> Caller:
        """The caller who sends the token, and has `chosen` an organization of it, or none. Raises `NotPermitted` for
        an organization that the token is not for.
        """
        return Caller(
            self.subject,
            self._organization(chosen),
            self.service,
            Secret(token),
            self.valid_until,
            self.issuer,
            self.installation_administrator,
            self.email,
            self.email_verified,
            self.organizations,
        )

    def _organization(self, chosen: str | None) -> str | None:
        if chosen is None or self.service:  # a service names the organization in each request
            return self.organizations[0] if len(self.organizations) == 1 else None
        if chosen in self.organizations:
            return chosen
        raise NotPermitted(
            f"This token is not for the organization that the header {ORGANIZATION_HEADER} names. {self._advice()}"
        )

    def _advice(self) -> str:
        if len(self.organizations) > 1:
            return str(OrganizationChoiceNeeded(self.organizations))
        return f"It is for {self.organizations[0]}." if self.organizations else "It is for none."
