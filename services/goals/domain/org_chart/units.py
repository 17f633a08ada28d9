"""The organization, its units and the policy: what administrators keep."""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts.commands import (
    CreateUnit,
    MoveUnit,
    SetPolicy,
    UpdateOrganization,
    UpdateUnit,
)
from goldenthread.contracts.entities import Id, OrganizationInfo, OrgUnit, Policy
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import (
    OrganizationUpdated,
    PolicyChanged,
    UnitChanged,
    UnitCreated,
    UnitMoved,
)
from goldenthread.contracts.texts import folded
from services.goals.domain import permissions, validation
from services.goals.domain.cleared_fields import cleared
from services.goals.domain.decision import Case
from services.goals.domain.org_chart import people
from services.goals.domain.permissions import Action


def update_organization(case: Case, command: UpdateOrganization) -> None:
    """Rename the organization; its root unit goes on under the same name where both had one."""
    permissions.require(case.org, case.actor, Action.ADMINISTER)
    cleared(command)
    rename_organization(case, command.name)


def rename_organization(case: Case, name: str | None) -> None:
    """The same, whoever asks: its administrator, or one of the installation. None leaves the name as it is."""
    before = _info(case)
    name = before.name if name is None else validation.title(name, "name")
    case.about(before.id)
    if name != before.name:
        case.emit(OrganizationUpdated(replace(before, name=name), before))
        root = case.org.units.get(before.root)
        if root is not None and root.name == before.name:
            case.emit(UnitChanged(replace(root, name=name), root))


def create_unit(case: Case, command: CreateUnit) -> None:
    """Add a unit below another (the root when none is named)."""
    permissions.require(case.org, case.actor, Action.ADMINISTER)
    parent = validation.open_unit(case.org, command.parent or case.root, "parent").id
    name = _free_name(case, validation.title(command.name, "name"), parent)
    unit = OrgUnit(case.new_id("unit"), name, command.function, parent, placed_at=case.now)
    case.emit(UnitCreated(unit))
    case.about(unit.id)
    if command.lead is not None:
        people.appoint(case, unit, validation.present_person(case.org, command.lead, "lead").id)


def update_unit(case: Case, command: UpdateUnit) -> None:
    """Rename a unit, change what kind of work it does, appoint another lead, or have it led from above."""
    permissions.require(case.org, case.actor, Action.ADMINISTER)
    emptied = cleared(command, "lead")
    before = validation.open_unit(case.org, command.unit, "unit")
    name = before.name if command.name is None else validation.title(command.name, "name")
    if folded(name) != folded(before.name):
        _free_name(case, name, before.parent)
    after = replace(before, name=name, function=command.function or before.function)
    case.about(before.id)
    if after != before:
        case.emit(UnitChanged(after, before))
    if emptied:
        people.dismiss(case, after)
    if command.lead is not None:
        people.appoint(case, after, validation.present_person(case.org, command.lead, "lead").id)


def move_unit(case: Case, command: MoveUnit) -> None:
    """Hang a unit (with all below it) under another; never under itself."""
    permissions.require(case.org, case.actor, Action.ADMINISTER)
    before = validation.open_unit(case.org, command.unit, "unit")
    parent = validation.open_unit(case.org, command.parent, "parent")
    if before.parent is None:
        message = "The root unit stays at the top; move another unit."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "unit")
    if parent.id in case.org.subunits(before.id):
        message = f"{parent.name} is {before.name} itself or below it; name a unit outside."
        raise refuse(ErrorCode.CONFLICT, message, "parent")
    case.about(before.id)
    if parent.id != before.parent:
        _free_name(case, before.name, parent.id, "parent")
        case.emit(UnitMoved(replace(before, parent=parent.id, placed_at=case.now), before))


def _free_name(case: Case, name: str, parent: Id | None, *path: str) -> str:
    """`name`, when no open unit under `parent` has it: imports match units by name."""
    for id in case.org.units_below.get(parent or "", {}):
        other = case.org.units[id]
        if not other.closed and folded(other.name) == folded(name):
            message = f"There is a unit {other.name} at this place already; choose another name."
            raise refuse(ErrorCode.CONFLICT, message, *(path or ("name",)))
    return name


def set_policy(case: Case, command: SetPolicy) -> None:
    """Change what the organization expects; what is not named stays. Links on their way keep their due time, and
    cycles their days.
    """
    permissions.require(case.org, case.actor, Action.ADMINISTER)
    info = _info(case)
    before = info.policy
    cleared(command)

    def patience(value: int | None, old: int, field: str) -> int:
        return old if value is None else validation.days(value, field)

    def month(value: int | None, old: int, field: str) -> int:
        return old if value is None else validation.month(value, field)

    after = Policy(
        link_policy=command.link_policy or before.link_policy,
        alignment_required=command.alignment_required or before.alignment_required,
        grace_days=patience(command.grace_days, before.grace_days, "graceDays"),
        handover_days=patience(command.handover_days, before.handover_days, "handoverDays"),
        reply_days=patience(command.reply_days, before.reply_days, "replyDays"),
        fiscal_year_start=month(command.fiscal_year_start, before.fiscal_year_start, "fiscalYearStart"),
        fiscal_year_named_by=command.fiscal_year_named_by or before.fiscal_year_named_by,
    )
    case.about(info.id)
    if after != before:
        case.emit(PolicyChanged(replace(info, policy=after), before))


def _info(case: Case) -> OrganizationInfo:
    if case.org.info is None:
        raise refuse(ErrorCode.NOT_FOUND, "There is no organization here yet; create it first.")
    return case.org.info
