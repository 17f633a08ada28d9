"""What mutations of goals take: the commands of the contracts, under their GraphQL names."""

from __future__ import annotations

import strawberry
from strawberry import ID, UNSET

from gateway.schema.core.enums import Direction, LinkKind, ProgressStatus


@strawberry.input
class PublishPurposeInput:
    """The purpose, or its next version."""

    statement: str
    expected_version: int | None = None
    editorial: bool = False
    idempotency_key: str | None = None


@strawberry.input
class RetirePurposeInput:
    """The purpose ends."""

    reason: str
    dry_run: bool = False
    idempotency_key: str | None = None


@strawberry.input
class PublishWhyInput:
    """A new strategic why."""

    statement: str
    because: str
    serves: ID | None = strawberry.field(
        default=None, description="A why of a unit may serve another why; the purpose when omitted."
    )
    unit: ID | None = None
    audience: list[ID]
    title: str | None = None
    idempotency_key: str | None = None


@strawberry.input
class ReviseWhyInput:
    """Fields that are given change, and the version with them; fields that are left out stay. null is refused: a why
    always has all of them.
    """

    why: ID
    expected_version: int
    editorial: bool = strawberry.field(default=False, description="Wording only: answers and links stay as they are.")
    statement: str | None = UNSET
    because: str | None = UNSET
    audience: list[ID] | None = UNSET
    dry_run: bool = False
    idempotency_key: str | None = None


@strawberry.input
class RetireWhyInput:
    """A why ends."""

    why: ID
    reason: str
    successor: ID | None = strawberry.field(default=None, description="Live links move to it, to be reaffirmed.")
    dry_run: bool = False
    idempotency_key: str | None = None


@strawberry.input
class LinkTargetInput:
    """Where a new objective links up to."""

    parent: ID
    because: str
    kind: LinkKind | None = LinkKind.CONTRIBUTES
    weight: float | None = None


@strawberry.input
class KeyResultInput:
    """A measure to add."""

    title: str
    start_value: float | None = None
    target_value: float | None = None
    measure_unit: str | None = None
    direction: Direction | None = Direction.INCREASE


@strawberry.input
class CreateObjectiveInput:
    """A new objective, with its link and its measures."""

    title: str
    description: str | None = None
    owners: list[ID]
    cycle: ID | None = None
    accountable: ID | None = None
    activate: bool | None = True
    link_to: LinkTargetInput | None = None
    key_results: list[KeyResultInput] | None = None
    idempotency_key: str | None = None


@strawberry.input
class UpdateObjectiveInput:
    """Fields that are given change, fields that are left out stay. null takes the description, the accountable person
    or the cycle away, and is refused for fields that every objective has.
    """

    objective: ID
    title: str | None = UNSET
    description: str | None = UNSET
    accountable: ID | None = UNSET
    cycle: ID | None = UNSET
    owners: list[ID] | None = strawberry.field(
        default=UNSET, description="Co-owners take effect when their lead accepts."
    )
    editorial: bool = False
    idempotency_key: str | None = None


@strawberry.input(description="Accept or refuse being made a co-owner.")
class DecideCoOwnershipInput:
    """Accept or refuse being made a co-owner."""

    objective: ID
    unit: ID
    accept: bool
    idempotency_key: str | None = None


@strawberry.input
class ActivateObjectiveInput:
    """A draft gets under way."""

    objective: ID
    idempotency_key: str | None = None


@strawberry.input
class ArchiveObjectiveInput:
    """An objective is put away."""

    objective: ID
    reason: str | None = None
    dry_run: bool = False
    idempotency_key: str | None = None


@strawberry.input
class ReopenObjectiveInput:
    """A closed objective goes on: in its own cycle while that is open, else in the open one that is named here. A cycle
    of null goes on without one."""

    objective: ID
    reason: str
    cycle: ID | None = UNSET
    idempotency_key: str | None = None


@strawberry.input
class AddKeyResultInput:
    """A measure for an objective or a why."""

    measures: ID
    key_result: KeyResultInput
    idempotency_key: str | None = None


@strawberry.input
class UpdateKeyResultInput:
    """Fields that are given change, fields that are left out stay. null takes the start, the target or the measure
    unit away, and is refused for fields that every key result has.
    """

    key_result: ID
    title: str | None = UNSET
    start_value: float | None = UNSET
    target_value: float | None = UNSET
    measure_unit: str | None = UNSET
    direction: Direction | None = UNSET
    idempotency_key: str | None = None


@strawberry.input
class RemoveKeyResultInput:
    """Remove a key result."""

    key_result: ID
    dry_run: bool = False
    idempotency_key: str | None = None


@strawberry.input
class CheckInInput:
    """A reading of a key result. Its status and confidence stay as they were when left out; null takes them away."""

    key_result: ID
    value: float
    confidence: float | None = UNSET
    status: ProgressStatus | None = UNSET
    note: str | None = UNSET
    idempotency_key: str | None = None


@strawberry.input
class AcknowledgeCheckInInput:
    """Acknowledge a reading."""

    check_in: ID
    idempotency_key: str | None = None
