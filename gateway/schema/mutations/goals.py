"""Changes of the purpose, whys, objectives and key results."""

from __future__ import annotations

import strawberry

from gateway.request.context import Info
from gateway.schema.core.node import field
from gateway.schema.core.send import send
from gateway.schema.mutations import ending_inputs as ends
from gateway.schema.mutations import goal_inputs as i
from gateway.schema.mutations import payloads as p
from goldenthread.contracts import commands as c


@strawberry.type
class GoalMutations:
    """Changes of the purpose, whys, objectives and key results."""

    @field
    async def publish_purpose(self, info: Info, input: i.PublishPurposeInput) -> p.PurposePayload:
        """Publish the purpose, or its next version."""
        return p.PurposePayload(view=info.context.view, done=await send(info, c.PublishPurpose, input))

    @field
    async def retire_purpose(self, info: Info, input: i.RetirePurposeInput) -> p.PurposePayload:
        """Retire the purpose."""
        return p.PurposePayload(view=info.context.view, done=await send(info, c.RetirePurpose, input))

    @field
    async def publish_why(self, info: Info, input: i.PublishWhyInput) -> p.WhyPayload:
        """Publish a strategic why."""
        return p.WhyPayload(view=info.context.view, done=await send(info, c.PublishWhy, input))

    @field
    async def revise_why(self, info: Info, input: i.ReviseWhyInput) -> p.WhyPayload:
        """Revise a why: its links wait to be reaffirmed, unless it is wording only."""
        return p.WhyPayload(view=info.context.view, done=await send(info, c.ReviseWhy, input))

    @field
    async def retire_why(self, info: Info, input: i.RetireWhyInput) -> p.WhyPayload:
        """Retire a why."""
        return p.WhyPayload(view=info.context.view, done=await send(info, c.RetireWhy, input))

    @field
    async def create_objective(self, info: Info, input: i.CreateObjectiveInput) -> p.ObjectivePayload:
        """Create an objective, with its link and its key results."""
        return p.ObjectivePayload(view=info.context.view, done=await send(info, c.CreateObjective, input))

    @field
    async def update_objective(self, info: Info, input: i.UpdateObjectiveInput) -> p.ObjectivePayload:
        """Change an objective."""
        return p.ObjectivePayload(view=info.context.view, done=await send(info, c.UpdateObjective, input))

    @field
    async def decide_co_ownership(self, info: Info, input: i.DecideCoOwnershipInput) -> p.ObjectivePayload:
        """Accept or refuse being made a co-owner: one outcome will be recorded for all owners alike."""
        return p.ObjectivePayload(view=info.context.view, done=await send(info, c.DecideCoOwnership, input))

    @field
    async def carry_over(self, info: Info, input: ends.CarryOverInput) -> p.ObjectivesPayload:
        """Take open objectives over into another cycle, as they are or as copies that continue what closes.

        They keep their links to live parents. The payload has the copies; the originals are what they continue.
        """
        return p.ObjectivesPayload(view=info.context.view, done=await send(info, c.CarryOver, input))

    @field
    async def activate_objective(self, info: Info, input: i.ActivateObjectiveInput) -> p.ObjectivePayload:
        """Get a draft under way."""
        return p.ObjectivePayload(view=info.context.view, done=await send(info, c.ActivateObjective, input))

    @field
    async def close_objective(self, info: Info, input: ends.CloseObjectiveInput) -> p.ObjectivePayload:
        """Close an objective with its outcome, and say which promises were kept."""
        return p.ObjectivePayload(view=info.context.view, done=await send(info, c.CloseObjective, input))

    @field
    async def archive_objective(self, info: Info, input: i.ArchiveObjectiveInput) -> p.ObjectivePayload:
        """Put an objective away."""
        return p.ObjectivePayload(view=info.context.view, done=await send(info, c.ArchiveObjective, input))

    @field
    async def reopen_objective(self, info: Info, input: i.ReopenObjectiveInput) -> p.ObjectivePayload:
        """Take a closed objective up again."""
        return p.ObjectivePayload(view=info.context.view, done=await send(info, c.ReopenObjective, input))

    @field
    async def add_key_result(self, info: Info, input: i.AddKeyResultInput) -> p.KeyResultPayload:
        """Measure an objective or a why."""
        return p.KeyResultPayload(view=info.context.view, done=await send(info, c.AddKeyResult, input))

    @field
    async def update_key_result(self, info: Info, input: i.UpdateKeyResultInput) -> p.KeyResultPayload:
        """Change a key result."""
        return p.KeyResultPayload(view=info.context.view, done=await send(info, c.UpdateKeyResult, input))

    @field
    async def remove_key_result(self, info: Info, input: i.RemoveKeyResultInput) -> p.KeyResultPayload:
        """Remove a key result."""
        return p.KeyResultPayload(view=info.context.view, done=await send(info, c.RemoveKeyResult, input))

    @field
    async def check_in(self, info: Info, input: i.CheckInInput) -> p.CheckInPayload:
        """Record where a key result stands."""
        return p.CheckInPayload(view=info.context.view, done=await send(info, c.RecordCheckIn, input))

    @field
    async def acknowledge_check_in(self, info: Info, input: i.AcknowledgeCheckInInput) -> p.CheckInPayload:
        """Take note of a reading."""
        return p.CheckInPayload(view=info.context.view, done=await send(info, c.AcknowledgeCheckIn, input))
