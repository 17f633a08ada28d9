"""The organization itself, and its policy."""

from __future__ import annotations

import strawberry
from strawberry import Private

from gateway.errors import BadRequest
from gateway.live.organization_view import OrganizationView
from gateway.request.context import Info
from gateway.schema.core import enums
from gateway.schema.core.connection import Connection
from gateway.schema.core.node import field, own
from gateway.schema.core.registry import represents
from gateway.schema.types import refs
from gateway.schema.types.health import AlignmentHealth, health
from gateway.schema.types.recorded import Recorded
from gateway.schema.types.units import units_page
from goldenthread.contracts import entities as e


@strawberry.type
class Policy:
    """The organization's policy; days are calendar days."""

    row: Private[e.Policy]
    link_policy: enums.LinkPolicy = own()
    alignment_required: enums.Requirement = own()
    grace_days: int = own("Days from activation (or the cycle's start) before an unlinked objective alerts.")
    handover_days: int = own("Days from a cycle's end before what hung on it alerts.")
    reply_days: int = own("Days anyone has to answer a why, a link or a question.")
    fiscal_year_start: int = own(
        "The month, 1 to 12, in which its year begins: an import reads `FY26` and `Q1 2026` with it."
    )
    fiscal_year_named_by: enums.FiscalYearName = own(
        "The calendar year that its year is called after: FY26 ends in 2026 (END), or starts in 2026 (START)."
    )


@represents(e.OrganizationInfo)
@strawberry.type
class Organization(Recorded):
    """The organization this token is of."""

    row: Private[e.OrganizationInfo]
    name: str = own()

    @field
    def policy(self) -> Policy:
        """Its policy."""
        return Policy(row=self.row.policy)

    @field
    async def health(self, info: Info) -> AlignmentHealth:
        """How it stands; an objective of several units is counted once."""
        return await health(info.context, None)

    @field
    def revision(self) -> int:
        """The goals revision this answer shows."""
        return self.view.revision

    @field
    def units(self, first: int | None = None, after: str | None = None) -> Connection[refs.OrgUnit]:
        """All its units."""
        return units_page(self.view, self.view.org.units, first, after)


def organization(view: OrganizationView) -> Organization:
    """The organization itself."""
    if view.org.info is None:
        raise BadRequest("This organization has not been set up yet.", "NOT_FOUND")
    return Organization(view=view, row=view.org.info)
