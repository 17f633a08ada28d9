"""The caller that a verified token stands for. What they may do is decided by goals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from goldenthread.contracts import texts
from goldenthread.contracts.read_api import Login
from goldenthread.contracts.secret import Secret

ORGANIZATION_HEADER = "Golden-Thread-Organization"
"""The header with which the bearer of a token for several organizations chooses one."""
_MOST_SHOWN = 20


class Unauthenticated(Exception):
    """No token, or one that cannot be trusted: says why. Answered with 401."""


class KeysUnavailable(Exception):
    """No key that is known fits, and the issuer does not say now which keys there are. Answered with 503."""


class NotPermitted(Exception):
    """The token is good, but it is for no organization, or not for the one that was chosen: says what to do. Answered
    with 403.
    """


class OrganizationChoiceNeeded(Exception):
    """The token is for several `organizations`, and none was chosen. Answered with 400, and their ids."""

    def __init__(self, organizations: Sequence[str]) -> None:
        listed = texts.first_of(organizations, _MOST_SHOWN)
        super().__init__(f"Choose an organization with the header {ORGANIZATION_HEADER}; this token is for {listed}.")
        self.organizations = list(organizations)


class Caller(Struct, frozen=True):
    """Who a token speaks for: a person's login in an organization, or a service of ours (any organization).

    A service is whoever the issuer names, in the claim that the settings say, as one of the clients they list.

    `expires_at` is when it speaks no more, in seconds since 1970.
    """

    subject: str
    organization: str | None
    """The organization that they act in: the one that the token is for, or was chosen of `organizations`; None where
    several are left to choose from, and for whoever has none.
    """
    service: bool
    token: Secret
    expires_at: float = math.inf
    issuer: str = ""
    installation_administrator: bool = False
    """Whether the token has one of the configured values in the configured claim, and is not a service's. It allows to
    create, list and rename organizations; in an organization it allows nothing.
    """
    email: str | None = None
    """What the issuer calls their e-mail address. It finds nobody: issuers let people change it."""
    email_verified: bool = False
    """Whether the issuer says that the address is verified."""
    organizations: tuple[str, ...] = ()
    """Those that the token is for."""

    @property
    def login(self) -> Login:
        """The login: the same subject at another issuer is another person."""
        return Login(self.issuer, self.subject)

    @property
    def key(self) -> tuple[Login, str | None]:
        """What is counted of one caller is counted under this, whichever token they show."""
        return self.login, self.organization

    def permits(self, organization: str) -> bool:
        """Whether the caller may act in `organization`, as far as their token says; False for a service, which is in
        none, and for another organization than the one that was chosen.
        """
        if self.service:
            return False
        return organization == self.organization or (self.organization is None and organization in self.organizations)

    def chosen_organization(self) -> str:
        """The organization they act in. Raises `OrganizationChoiceNeeded` and `NotPermitted`."""
        if self.service:
            raise NotPermitted("This token speaks for a service; take a token of an organization.")
        if self.organization is not None:
            return self.organization
        if self.organizations:
            raise OrganizationChoiceNeeded(self.organizations)
        raise NotPermitted("An administrator of the installation acts in no organization; take a token of one.")

    def expired(self, now: datetime) -> bool:
        """Whether the token has expired."""
        return now.timestamp() >= self.expires_at
