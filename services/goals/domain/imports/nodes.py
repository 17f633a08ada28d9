"""Purpose, why and objective rows."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from goldenthread.contracts.entities import Id, Objective, Purpose, Why
from goldenthread.contracts.enums import ObjectiveState, PurposeState, WhyState
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import (
    ObjectiveChanged,
    ObjectiveCreated,
    PurposePublished,
    PurposeRevised,
    WhyPublished,
    WhyRevised,
)
from goldenthread.contracts.organization import Organization
from goldenthread.contracts.plan import PlanRow
from services.goals.domain import checks
from services.goals.domain.imports.ledger import Ledger

_OPEN = (ObjectiveState.DRAFT, ObjectiveState.ACTIVE)


def purpose(ledger: Ledger, row: PlanRow) -> None:
    """Published where there is none; else matched to the published one, revised only when that was asked for."""
    case, before = ledger.case, ledger.case.org.purpose
    first = ledger.first_purpose
    if first is not None and first.row != row.row:
        raise refuse(ErrorCode.INVALID, f"An organisation has one purpose; row {first.row} is it. Make this one a why.")
    title = checks.line(row.title, "title", longest=checks.TEXT)
    statement = checks.text(f"{title}\n{row.description}" if row.description else title, "statement")
    if before is None or before.state is PurposeState.RETIRED:
        version, id = (before.version + 1, before.id) if before else (1, ledger.ids[row.row])
        made = Purpose(id, statement, version, PurposeState.PUBLISHED, case.actor, case.now, title[: checks.TITLE])
        case.emit(PurposePublished(replace(made, source_key=ledger.key(row.row))))
    elif ledger.command.replace_purpose and before.statement != statement:
        changed = replace(
            before,
            statement=statement,
            title=title[: checks.TITLE],
            version=before.version + 1,
            published_by=case.actor,
            published_at=case.now,
            source_key=ledger.key(row.row),
        )
        case.emit(PurposeRevised(changed, before))


def why(ledger: Ledger, row: PlanRow) -> None:
    """Published; a changed text revises it. Its because is its own, else that of the first link the file states."""
    case, before = ledger.case, ledger.existing(row)
    title = checks.title(row.title, "title")
    because = checks.optional(row.because or next((each.because for each in row.parents[:1]), None), "because")
    unit, audience = ledger.unit(row), ledger.units_of(row.audience, "audience")
    if before is None:
        case.emit(
            WhyPublished(
                Why(
                    id=ledger.ids[row.row],
                    title=title,
                    statement=checks.optional(row.description, "description") or title,
                    because=because,
                    version=1,
                    state=WhyState.PUBLISHED,
                    sponsor=case.person,
                    unit=unit,
                    audience=audience or [unit],
                    told=dict.fromkeys(audience or [unit], case.now),
                    published_at=case.now,
                    source_key=ledger.key(row.row),
                )
            )
        )
        return
    statement = checks.optional(row.description, "description") or title
    told = {each: before.told.get(each, case.now) for each in audience} if audience else before.told
    after = replace(
        before,
        title=title,
        statement=statement,
        because=because or before.because,
        unit=unit,
        audience=audience or before.audience,
        told=told,
    )
    if after != before:
        moved = (after.title, after.statement) != (before.title, before.statement)
        case.emit(WhyRevised(replace(after, version=before.version + moved), before, editorial=not moved))


def objective(ledger: Ledger, row: PlanRow) -> None:
    """Active (or a draft) from the start; with `close_past`, one whose last day is over comes in closed.

    Co-owners that the file names own it too; an active objective does not become a draft again.
    """
    case, before = ledger.case, ledger.existing(row)
    title, description = checks.title(row.title, "title"), checks.optional(row.description, "description")
    unit = ledger.unit(row)
    others = ledger.units_of(row.co_owners, "coOwners", unit)
    if before is None:
        state = _state(ledger, row)
        ended_with = _closed_cycle(ledger, row, state)
        case.emit(
            ObjectiveCreated(
                Objective(
                    id=ledger.ids[row.row],
                    title=title,
                    description=description,
                    state=state,
                    version=1,
                    owners=[unit, *others],
                    invited=ledger.units_of(row.invited, "invited", unit, *others),
                    cycle=ended_with or ledger.cycle(row),
                    accountable=None,
                    created_at=case.now,
                    activated_at=None if state is ObjectiveState.DRAFT else case.now,
                    ended_at=case.now if state is ObjectiveState.CLOSED else None,
                    starts_on=row.starts_on,
                    ends_on=row.ends_on,
                    status=row.status,
                    source_key=ledger.key(row.row),
                )
            )
        )
        return
    cycle = ledger.cycle(row) or before.cycle
    over = ledger.closed_cycle(row)
    if over is not None and over.id != cycle and before.state in _OPEN:
        ledger.problem(row, f"It stays where it is: the cycle {over.name} that it names is closed.")
    starts_on, ends_on = _days(case.org, row, before, cycle)
    after = replace(
        before,
        title=title,
        description=description,
        version=before.version + (title != before.title),
        owners=[unit, *(others or [each for each in before.owners[1:] if each != unit])],
        cycle=cycle,
        starts_on=starts_on,
        ends_on=ends_on,
        status=row.status or before.status,
    )
    if after != before:
        case.emit(ObjectiveChanged(after, before))


def _days(org: Organization, row: PlanRow, before: Objective, cycle: Id | None) -> tuple[date | None, date | None]:
    """The days of a row; a sheet repeats those of the cycle, which an objective without days of its own has anyway."""
    period = org.cycles.get(cycle) if cycle else None
    starts_on, ends_on = row.starts_on, row.ends_on
    if period is not None and before.starts_on is None and starts_on == period.starts_on:
        starts_on = None
    if period is not None and before.ends_on is None and ends_on == period.ends_on:
        ends_on = None
    return starts_on, ends_on


def _closed_cycle(ledger: Ledger, row: PlanRow, state: ObjectiveState) -> Id | None:
    """The closed cycle that a new objective is of, if any: only one that has ended itself may be."""
    over = ledger.closed_cycle(row)
    if over is not None and state in _OPEN:
        message = f"Its cycle {over.name} is closed here; name an open one, or none."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message)
    return over.id if over is not None else None


def _state(ledger: Ledger, row: PlanRow) -> ObjectiveState:
    if ledger.command.close_past and ledger.past(row.ends_on):
        return ObjectiveState.CLOSED
    if row.draft:
        return ObjectiveState.DRAFT
    return ledger.command.as_state
