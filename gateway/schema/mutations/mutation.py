"""Every mutation."""

from __future__ import annotations

import strawberry

from gateway.schema.mutations.goals import GoalMutations
from gateway.schema.mutations.links import LinkMutations
from gateway.schema.mutations.listening import ListeningMutations
from gateway.schema.mutations.organization import OrganizationMutations
from gateway.schema.mutations.people import PeopleMutations


@strawberry.type
class Mutation(OrganizationMutations, PeopleMutations, GoalMutations, LinkMutations, ListeningMutations):
    """Everything one can change. Refusals are data (`errors` of the payload) and change nothing."""
