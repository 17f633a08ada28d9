"""What administrators of the installation send and are answered: organizations as a list shows them, and nothing in
them.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.secret import Secret


class NewOrganization(Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST /v1/organizations`. The same `id` again answers with what is there; without one an id is made.

    The first administrator signs in as `admin_subject`; without it they are invited. Without `admin_issuer` the issuer
    that goals is set up with vouches for that login.
    """

    name: str
    admin_name: str
    admin_subject: str | None = None
    id: str = ""
    admin_issuer: str = ""
    admin_email: str | None = None


class OrganizationName(Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `PATCH /v1/organizations/{id}`: what the organization is called from now on; and of `DELETE`: what it is
    called, so that no other one is deleted by mistake.
    """

    name: str


class OrganizationEntry(Struct, frozen=True, rename="camel", omit_defaults=True):
    """An organization in the list of an installation. One that was deleted has no name and no other time left."""

    id: Id
    name: str | None = None
    created_at: datetime | None = None
    deleted_at: datetime | None = None


class FirstInvitation(Struct, frozen=True, rename="camel"):
    """The invitation of an organization's first administrator. Its secret is in this one answer, and nowhere else."""

    secret: Secret
    expires_at: datetime


class CreatedOrganization(OrganizationEntry, frozen=True):
    """The answer to a creation. `existed`: there was an organization with this id, and nothing was changed; so nobody
    was invited.
    """

    existed: bool = False
    invitation: FirstInvitation | None = None


class OrganizationList(Struct, frozen=True, rename="camel"):
    """A page of the list, by id. `after` leads to the next page; None after the last one."""

    organizations: list[OrganizationEntry]
    after: Id | None = None
