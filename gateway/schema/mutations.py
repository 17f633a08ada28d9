"""Every mutation."""

from __future__ import annotations

import strawberry

from gateway.schema.mutate_goals import GoalMutations
from gateway.schema.mutate_links import LinkMutations
from gateway.schema.mutate_listening import ListeningMutations
from gateway.schema.mutate_organisation import OrganisationMutations


@strawberry.type
class Mutation(OrganisationMutations, GoalMutations, LinkMutations, ListeningMutations):
    """Everything one can change. Refusals are data (`errors` of the payload) and change nothing."""
