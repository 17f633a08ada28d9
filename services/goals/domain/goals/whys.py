"""The purpose and the whys: publish, revise, retire."""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts.commands import ProposeLink, PublishPurpose, PublishWhy, RetirePurpose, RetireWhy, ReviseWhy
from goldenthread.contracts.entities import Id, Purpose, Why
from goldenthread.contracts.enums import LinkKind, PurposeState, Role, WhyState
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import (
    PurposePublished,
    PurposeRetired,
    PurposeRevised,
    WhyPublished,
    WhyRetired,
    WhyRevised,
)
from goldenthread.contracts.texts import visible
from goldenthread.organization.why_cascade import addressed_unit, told_at
from services.goals.domain import permissions, validation
from services.goals.domain.cleared_fields import cleared
from services.goals.domain.decision import Case
from services.goals.domain.goals import succession
from services.goals.domain.links import graph_rules, link_commands, negotiation, open_proposals
from services.goals.domain.permissions import Action

_HEADLINE = 80


# -- the purpose -------------------------------------------------------------------------------------------------------


def publish_purpose(case: Case, command: PublishPurpose) -> None:
    """Publish the purpose, or publish it again; the same words once more change nothing."""
    permissions.require(case.org, case.actor, Action.PUBLISH_PURPOSE)
    statement, before = validation.text(command.statement, "statement"), case.org.purpose
    _expect(command.expected_version, before.version if before else 0, "the purpose")
    if before is None:
        purpose = Purpose(case.new_id("purpose"), statement, 1, PurposeState.PUBLISHED, case.actor, case.now)
        case.emit(PurposePublished(purpose))
        case.about(purpose.id)
        return
    case.about(before.id)
    published = before.state is PurposeState.PUBLISHED
    if published and statement == before.statement:
        return
    after = replace(
        before,
        statement=statement,
        title="",  # An import's title is taken from its statement, which this one replaces.
        version=before.version + (not command.editorial),
        state=PurposeState.PUBLISHED,
        published_by=case.actor,
        published_at=case.now,
    )
    case.emit(PurposeRevised(after, before, command.editorial) if published else PurposePublished(after))


def retire_purpose(case: Case, command: RetirePurpose) -> None:
    """Retire the published purpose; publishing again brings it back."""
    permissions.require(case.org, case.actor, Action.PUBLISH_PURPOSE)
    reason, purpose = validation.text(command.reason, "reason"), case.org.purpose
    if purpose is None or purpose.state is PurposeState.RETIRED:
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, "No purpose is published, so there is none to retire.")
    open_proposals.withdraw_all(case, purpose.id, "retired", reason)
    case.emit(PurposeRetired(replace(purpose, state=PurposeState.RETIRED), reason))
    case.about(purpose.id)


# -- whys --------------------------------------------------------------------------------------------------------------


def publish_why(case: Case, command: PublishWhy) -> None:
    """Publish a why of a unit and link it to what it serves: the purpose unless another why is named."""
    unit = _unit(case, command.unit)
    permissions.require(case.org, case.actor, Action.PUBLISH_WHY, unit, "unit")
    statement, because = validation.text(command.statement, "statement"), validation.text(command.because, "because")
    parent = _serves(case, command.serves)
    audience = validation.open_units(case.org, command.audience, "audience")
    why = Why(
        id=case.new_id("why"),
        title=validation.optional_line(command.title, "title") or _headline(statement),
        statement=statement,
        because=because,
        version=1,
        state=WhyState.PUBLISHED,
        sponsor=case.person,
        unit=unit,
        audience=audience,
        published_at=case.now,
        told=dict.fromkeys(audience, case.now),
    )
    case.emit(WhyPublished(why))
    case.about(why.id)
    link_commands.propose(case, ProposeLink(child=why.id, parent=parent, because=because, kind=LinkKind.SUPPORTS))


def revise_why(case: Case, command: ReviseWhy) -> None:
    """Change a why's statement, because or audience. Only a statement that is not merely reworded moves the version.

    A title that was taken from the statement follows it.
    """
    before = _published(case, command.why)
    permissions.require_change(case.org, case.actor, before.id, "why")
    cleared(command)
    _expect(command.expected_version, before.version, "this why")
    statement = before.statement if command.statement is None else validation.text(command.statement, "statement")
    because = before.because if command.because is None else validation.text(command.because, "because")
    units = (
        before.audience if command.audience is None else validation.open_units(case.org, command.audience, "audience")
    )
    moved = statement != before.statement and not command.editorial
    told = told_at(before)
    named_after = before.title == _headline(before.statement)
    after = replace(
        before,
        title=_headline(statement) if named_after else before.title,
        statement=statement,
        because=because,
        version=before.version + moved,
        audience=units,
        told={unit: case.now if moved else told.get(unit, case.now) for unit in units},
    )
    case.about(before.id)
    if after != before:
        case.emit(WhyRevised(after, before, editorial=not moved))
    link = negotiation.upward(case.org, before.id)
    if link is not None and because is not None and because != link.because:
        negotiation.restate(case, link, because)


def retire_why(case: Case, command: RetireWhy) -> None:
    """Retire a why. Its links stay, so that what hung on it can say what it lost, or go to the successor named.

    Proposals that do not are withdrawn.
    """
    why, reason = _published(case, command.why), validation.text(command.reason, "reason")
    permissions.require_change(case.org, case.actor, why.id, "why")
    if command.successor is not None:
        _succeed(case, why, validation.find(case.org, Why, command.successor, "successor"))
    open_proposals.withdraw_all(case, why.id, "retired", reason)
    retired = replace(why, state=WhyState.RETIRED, successor=command.successor)
    case.emit(WhyRetired(retired, reason, command.successor))
    case.about(why.id)


def _succeed(case: Case, why: Why, successor: Why) -> None:
    """Links and open questions go to the successor, and the units that were told the old why are told that one."""
    succession.hand_over(case, why.id, successor.id)
    heard = case.org.whys[successor.id]
    open_ = [unit for unit in why.audience if not case.org.units[unit].closed and unit != heard.unit]
    told = {unit: case.now for unit in open_ if addressed_unit(case.org, heard, unit) is None}
    if told:
        after = replace(heard, audience=[*heard.audience, *told], told={**told_at(heard), **told})
        case.emit(WhyRevised(after, heard, editorial=True))


# -- inside ------------------------------------------------------------------------------------------------------------


def _unit(case: Case, unit: Id | None) -> Id:
    """The unit of a new why: the one named, the root for an executive, else the only unit the actor leads."""
    if unit is not None:
        return validation.open_unit(case.org, unit, "unit").id
    if permissions.holds(case.org, case.actor, Role.EXECUTIVE):
        return case.root
    led = permissions.led_units(case.org, case.actor)
    if len(led) != 1:
        raise refuse(ErrorCode.INVALID, "Say which unit's why this is.", "unit")
    return led[0]


def _serves(case: Case, serves: Id | None) -> Id:
    """What a new why serves: the why (or purpose) named, else the published purpose."""
    purpose = case.org.purpose
    if serves is None:
        if purpose is None or purpose.state is PurposeState.RETIRED:
            message = "No purpose is published that this why could serve. Publish it first, or name the why it serves."
            raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "serves")
        return purpose.id
    if not isinstance(validation.goal(case.org, serves, "serves"), Purpose | Why):
        raise refuse(ErrorCode.INVALID, "A why serves the purpose or another why; name one of these.", "serves")
    graph_rules.require_live_parent(case.org, serves, "serves")
    return serves


def _published(case: Case, id: Id) -> Why:
    why = validation.find(case.org, Why, id, "why")
    if why.state is WhyState.RETIRED:
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, "This why is retired; publish a new one instead.", "why")
    return why


def _expect(expected: int | None, version: int, what: str) -> None:
    if expected is not None and expected != version:
        message = f"You read version {expected} of {what}, it is now at {version}; read it and try again."
        raise refuse(ErrorCode.STALE_VERSION, message, "expectedVersion")


def _headline(statement: str) -> str:
    """The first line of a statement that can be seen, shortened at a word: the title of a why that was given none."""
    line = next(line for line in statement.splitlines() if visible(line)).replace("\t", " ").strip()
    if len(line) <= _HEADLINE:
        return line
    return line[:_HEADLINE].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
