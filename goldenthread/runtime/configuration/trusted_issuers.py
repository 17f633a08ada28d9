"""The issuers whose tokens are trusted, and how the tokens of each are read."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from goldenthread.contracts.read_api import issuer_id
from goldenthread.runtime.configuration.variables import variable

SERVICE_CLAIM = "goldenthread_service"
SERVICE_CLIENTS = (
    "goldenthread-goals",
    "goldenthread-alignment",
    "goldenthread-notifications",
    "goldenthread-gateway",
    "goldenthread-operator",
)
"""The client ids that the issuer of `goldenthread up` gives to our processes and to the command line."""
ADMINISTRATOR_CLAIM, ADMINISTRATOR = "goldenthread_installation", "administrator"
"""The claim, and its value, with which the issuer of `goldenthread up` says who administers the installation."""
AUDIENCE, SUBJECT_CLAIM, ORGANIZATION_CLAIM = "goldenthread", "sub", "organization"

_VARIABLES = {"url": "issuer_url", "organization": "fixed_organization"}


class TrustedIssuer(Struct, frozen=True, kw_only=True):
    """An issuer whose tokens are trusted. Its claims are named as `runtime/identity/claim_values.py` says.

    A token belongs to `organization`, where one is named; else to those that `organizations` has for the values of
    `organization_claim`; else, without `organizations`, to the one whose id that claim is.
    """

    issuer: str
    """The `iss` of its tokens, as it was configured."""
    place: str = ""
    """The table of the file that says all this; empty where the variables do. For messages."""
    url: str = ""
    """Where its documents are read; the issuer itself unless given."""
    audience: str = AUDIENCE
    subject_claim: str = SUBJECT_CLAIM
    organization_claim: str = ORGANIZATION_CLAIM
    organization: str | None = None
    organizations: Mapping[str, str] | None = None
    """Value of the claim → organization."""
    services: bool = False
    """Whether it vouches for services of ours: whose `service_claim` is one of `service_clients`."""
    service_claim: str = SERVICE_CLAIM
    service_clients: tuple[str, ...] = SERVICE_CLIENTS
    administrator_claim: str | None = None
    """The claim in which one of `administrator_values` makes its bearer an administrator of the installation."""
    administrator_values: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The issuer, as it is kept in logins."""
        return issuer_id(self.issuer)

    @property
    def documents(self) -> str:
        """The address below which its documents are read."""
        return (self.url or self.issuer).rstrip("/")

    @property
    def documents_source(self) -> str:
        """What to correct where they cannot be read."""
        return self.source("url" if self.url else "issuer")

    def source(self, field: str) -> str:
        """Where that field is configured: the variable, or the key and its place in the file."""
        return f"{field} of {self.place}" if self.place else variable(_VARIABLES.get(field, field))

    @property
    def spellings(self) -> frozenset[str]:
        """What `iss` may be: the issuer with a slash at its end, or without."""
        return frozenset({self.issuer.strip(), self.id, f"{self.id}/"})
