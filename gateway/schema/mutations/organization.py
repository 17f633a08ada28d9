"""Changes of the organization around the goals, and imports."""

from __future__ import annotations

import strawberry

from gateway.request.context import Info
from gateway.schema.core.node import field
from gateway.schema.core.send import send, send_import
from gateway.schema.mutations import ending_inputs as ends
from gateway.schema.mutations import organization_inputs as i
from gateway.schema.mutations import organization_payloads as p
from gateway.schema.mutations.import_payloads import ImportPayload
from goldenthread.contracts import commands as c


@strawberry.type
class OrganizationMutations:
    """Changes of the organization around the goals, and imports."""

    @field
    async def update_organization(self, info: Info, input: i.UpdateOrganizationInput) -> p.OrganizationPayload:
        """Give the organization another name."""
        return p.OrganizationPayload(view=info.context.view, done=await send(info, c.UpdateOrganization, input))

    @field
    async def create_unit(self, info: Info, input: i.CreateUnitInput) -> p.UnitPayload:
        """Add a unit."""
        return p.UnitPayload(view=info.context.view, done=await send(info, c.CreateUnit, input))

    @field
    async def update_unit(self, info: Info, input: i.UpdateUnitInput) -> p.UnitPayload:
        """Change a unit's name, function or lead."""
        return p.UnitPayload(view=info.context.view, done=await send(info, c.UpdateUnit, input))

    @field
    async def move_unit(self, info: Info, input: i.MoveUnitInput) -> p.UnitPayload:
        """Hang a unit, and everything below it, below another one."""
        return p.UnitPayload(view=info.context.view, done=await send(info, c.MoveUnit, input))

    @field
    async def close_unit(self, info: Info, input: i.CloseUnitInput) -> p.UnitPayload:
        """Close a unit; its successor takes over its objectives, debts and open questions."""
        return p.UnitPayload(view=info.context.view, done=await send(info, c.CloseUnit, input))

    @field
    async def add_person(self, info: Info, input: i.AddPersonInput) -> p.PersonPayload:
        """Make a login a person of the organization."""
        return p.PersonPayload(view=info.context.view, done=await send(info, c.AddPerson, input))

    @field
    async def update_person(self, info: Info, input: i.UpdatePersonInput) -> p.PersonPayload:
        """Change a person's name, e-mail address or login; the history says which of them changed."""
        return p.PersonPayload(view=info.context.view, done=await send(info, c.UpdatePerson, input))

    @field
    async def set_roles(self, info: Info, input: i.SetRolesInput) -> p.PersonPayload:
        """Replace all roles of a person or service account."""
        return p.PersonPayload(view=info.context.view, done=await send(info, c.SetRoles, input))

    @field
    async def remove_person(self, info: Info, input: i.RemovePersonInput) -> p.PersonPayload:
        """Remove a person: they may do nothing any more; what they did stays under their name."""
        return p.PersonPayload(view=info.context.view, done=await send(info, c.RemovePerson, input))

    @field
    async def erase_person(self, info: Info, input: i.ErasePersonInput) -> p.PersonPayload:
        """Erase what is kept of a person who was removed, or of a service account that was revoked, for good. What they
        did stays, as done by a person who was erased; so do texts that people wrote. `warnings` say so."""
        return p.PersonPayload(view=info.context.view, done=await send(info, c.ErasePerson, input))

    @field
    async def create_service_account(self, info: Info, input: i.CreateServiceAccountInput) -> p.ServiceAccountPayload:
        """Let a program sign in; `setRoles` changes its roles."""
        return p.ServiceAccountPayload(view=info.context.view, done=await send(info, c.CreateServiceAccount, input))

    @field
    async def revoke_service_account(self, info: Info, input: i.RevokeServiceAccountInput) -> p.ServiceAccountPayload:
        """End a service account: it reads and does nothing any more; what it did stays under its name."""
        return p.ServiceAccountPayload(view=info.context.view, done=await send(info, c.RevokeServiceAccount, input))

    @field
    async def open_cycle(self, info: Info, input: i.OpenCycleInput) -> p.CyclePayload:
        """Open a planning period."""
        return p.CyclePayload(view=info.context.view, done=await send(info, c.OpenCycle, input))

    @field
    async def close_cycle(self, info: Info, input: ends.CloseCycleInput) -> p.CyclePayload:
        """Close a planning period, with a disposition for every open objective of it."""
        return p.CyclePayload(view=info.context.view, done=await send(info, c.CloseCycle, input))

    @field
    async def reopen_cycle(self, info: Info, input: i.ReopenCycleInput) -> p.CyclePayload:
        """Take the closing of a planning period back."""
        return p.CyclePayload(view=info.context.view, done=await send(info, c.ReopenCycle, input))

    @field
    async def set_policy(self, info: Info, input: i.SetPolicyInput) -> p.PolicyPayload:
        """Change the organization's policy."""
        return p.PolicyPayload(view=info.context.view, done=await send(info, c.SetPolicy, input))

    @field
    async def import_plan(self, info: Info, input: i.ImportPlanInput) -> ImportPayload:
        """Take over a plan from a file; the same file twice changes nothing."""
        return ImportPayload(view=info.context.view, done=await send_import(info, input))
