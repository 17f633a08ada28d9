"""What goals publishes about objectives, key results and check-ins."""

from __future__ import annotations

from goldenthread.contracts.entities import CheckIn, Id, KeyResult, Objective
from goldenthread.contracts.events.goals.payload import GoalsPayload


class ObjectiveCreated(GoalsPayload, frozen=True):
    objective: Objective


class ObjectiveChanged(GoalsPayload, frozen=True):
    objective: Objective
    before: Objective
    editorial: bool = False


class ObjectiveActivated(GoalsPayload, frozen=True):
    objective: Objective


class ObjectiveClosed(GoalsPayload, frozen=True):
    objective: Objective


class ObjectiveArchived(GoalsPayload, frozen=True):
    objective: Objective
    reason: str | None = None


class ObjectiveReopened(GoalsPayload, frozen=True):
    objective: Objective
    reason: str


class ObjectiveCarriedOver(GoalsPayload, frozen=True):
    """An open objective goes on in another cycle, with its links to live parents."""

    objective: Objective
    before: Objective


class CoOwnerAccepted(GoalsPayload, frozen=True):
    """A unit that was invited owns the objective too."""

    objective: Objective
    unit_id: Id


class CoOwnerDeclined(GoalsPayload, frozen=True):
    """A unit that was invited does not want to own the objective."""

    objective: Objective
    unit_id: Id


class KeyResultAdded(GoalsPayload, frozen=True):
    key_result: KeyResult


class KeyResultChanged(GoalsPayload, frozen=True):
    key_result: KeyResult
    before: KeyResult


class KeyResultRemoved(GoalsPayload, frozen=True):
    key_result: KeyResult


class CheckInRecorded(GoalsPayload, frozen=True):
    """`key_result` carries the new current value, status and confidence."""

    check_in: CheckIn
    key_result: KeyResult


class CheckInAcknowledged(GoalsPayload, frozen=True):
    check_in: CheckIn
