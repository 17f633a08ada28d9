"""The caller that a verified token stands for. What they may do is decided by goals."""

from __future__ import annotations

import math
from datetime import datetime

from msgspec import Struct

from goldenthread.contracts.read_api import Login
from goldenthread.contracts.secret import Secret


class Unauthenticated(Exception):
    """No token, or one that cannot be trusted: says why. Answered with 401."""


class KeysUnavailable(Exception):
    """No key that is known fits, and the issuer does not say now which keys there are. Answered with 503."""


class Caller(Struct, frozen=True):
    """Who a token speaks for: a person's login in an organization, or a service of ours (any organization).

    A service is whoever the issuer names, in the claim that the settings say, as one of the clients they list.

    `expires_at` is when it speaks no more, in seconds since 1970.
    """

    subject: str
    organization: str | None
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

    @property
    def login(self) -> Login:
        """The login: the same subject at another issuer is another person."""
        return Login(self.issuer, self.subject)

    @property
    def key(self) -> tuple[Login, str | None]:
        """What is counted of one caller is counted under this, whichever token they show."""
        return self.login, self.organization

    def permits(self, organization: str) -> bool:
        """Whether the token is one of `organization`; False for a service, which is in none."""
        return not self.service and organization == self.organization

    def expired(self, now: datetime) -> bool:
        """Whether the token has expired."""
        return now.timestamp() >= self.expires_at
