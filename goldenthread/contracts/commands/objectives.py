"""Commands about objectives, key results and check-ins."""

from __future__ import annotations

from msgspec import Struct

from goldenthread.contracts.commands.base import Change, Command
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import Direction, LinkKind, ProgressStatus


class LinkTarget(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Where a new objective links up to, in the same commit."""

    parent: Id
    because: str
    kind: LinkKind = LinkKind.CONTRIBUTES
    weight: float | None = None


class KeyResultSpec(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A key result to add."""

    title: str
    start_value: float | None = None
    target_value: float | None = None
    measure_unit: str | None = None
    direction: Direction = Direction.INCREASE


class CreateObjective(Command, frozen=True, kw_only=True, tag=True):
    title: str
    owners: list[Id]
    description: str | None = None
    cycle: Id | None = None
    accountable: Id | None = None
    activate: bool = True
    link_to: LinkTarget | None = None
    key_results: list[KeyResultSpec] = []


class UpdateObjective(Change, frozen=True, kw_only=True, tag=True):
    objective: Id
    title: str | None = None
    description: str | None = None
    accountable: Id | None = None
    cycle: Id | None = None
    owners: list[Id] | None = None
    editorial: bool = False


class DecideCoOwnership(Command, frozen=True, kw_only=True, tag=True):
    objective: Id
    unit: Id
    accept: bool


class ActivateObjective(Command, frozen=True, kw_only=True, tag=True):
    objective: Id


class ArchiveObjective(Command, frozen=True, kw_only=True, tag=True):
    objective: Id
    reason: str | None = None
    dry_run: bool = False


class ReopenObjective(Change, frozen=True, kw_only=True, tag=True):
    """`cycle`: where it goes on; needed where its own was closed. Clear it for an objective without a cycle."""

    objective: Id
    reason: str
    cycle: Id | None = None


class AddKeyResult(Command, frozen=True, kw_only=True, tag=True):
    measures: Id
    key_result: KeyResultSpec


class UpdateKeyResult(Change, frozen=True, kw_only=True, tag=True):
    key_result: Id
    title: str | None = None
    start_value: float | None = None
    target_value: float | None = None
    measure_unit: str | None = None
    direction: Direction | None = None


class RemoveKeyResult(Command, frozen=True, kw_only=True, tag=True):
    key_result: Id
    dry_run: bool = False


class RecordCheckIn(Change, frozen=True, kw_only=True, tag="CheckIn"):
    key_result: Id
    value: float
    confidence: float | None = None
    status: ProgressStatus | None = None
    note: str | None = None


class AcknowledgeCheckIn(Command, frozen=True, kw_only=True, tag=True):
    check_in: Id
