"""What mutations of the organization take: the commands of the contracts, under their GraphQL names."""

from __future__ import annotations

from datetime import date

import strawberry
from strawberry import ID, UNSET

from gateway.schema.core.enums import (
    ConflictChoice,
    FiscalYearName,
    LinkPolicy,
    ObjectiveState,
    PlanFormat,
    Requirement,
    Role,
    RowType,
    UnitFunction,
)


@strawberry.input
class UpdateOrganizationInput:
    """What is given changes, what is left out stays. null is refused: an organization always has a name. Its root unit
    is renamed with it where both have one name."""

    name: str | None = UNSET
    idempotency_key: str | None = None


@strawberry.input
class CreateUnitInput:
    """A new unit below `parent` (the root when omitted)."""

    name: str
    function: UnitFunction
    parent: ID | None = None
    lead: ID | None = None
    idempotency_key: str | None = None


@strawberry.input
class UpdateUnitInput:
    """What is given changes, what is left out stays. `lead: null` takes the lead away: the nearest lead above answers
    for the unit. null is refused for what every unit has."""

    unit: ID
    name: str | None = UNSET
    function: UnitFunction | None = UNSET
    lead: ID | None = UNSET
    idempotency_key: str | None = None


@strawberry.input
class MoveUnitInput:
    """Hang a unit below another one."""

    unit: ID
    parent: ID
    dry_run: bool = False
    idempotency_key: str | None = None


@strawberry.input(description="`successor` takes over its objectives, debts and open questions.")
class CloseUnitInput:
    """A unit ends."""

    unit: ID
    successor: ID
    dry_run: bool = False
    idempotency_key: str | None = None


@strawberry.input
class RoleGrantInput:
    """A role; LEAD and MEMBER are held in a unit."""

    role: Role
    unit: ID | None = None


_ISSUER = "Who vouches for the login (the token's `iss`); the issuer of this installation unless given."


@strawberry.input(description="`subject` is the token's `sub`: how a login becomes a person.")
class AddPersonInput:
    """A new person."""

    name: str
    email: str | None = None
    subject: str
    issuer: str | None = strawberry.field(default=None, description=_ISSUER)
    roles: list[RoleGrantInput] = strawberry.field(default_factory=list)
    idempotency_key: str | None = None


@strawberry.input
class UpdatePersonInput:
    """What is given changes, what is left out stays. `email: null` takes the address away; null is refused for what
    everybody has. Whoever gets another login (`subject`, `issuer`) is nobody here with the one before, at once.
    The person's own name they change themselves; everything else an administrator does, of service accounts too."""

    person: ID
    name: str | None = UNSET
    email: str | None = UNSET
    subject: str | None = strawberry.field(default=UNSET, description="The `sub` of the person's tokens.")
    issuer: str | None = strawberry.field(default=UNSET, description="Who vouches for the login (the tokens' `iss`).")
    idempotency_key: str | None = None


@strawberry.input
class SetRolesInput:
    """All roles that a person or service account holds from now on."""

    person: ID
    roles: list[RoleGrantInput]
    idempotency_key: str | None = None


@strawberry.input
class RemovePersonInput:
    """Remove a person: they may do nothing any more; what they did stays under their name."""

    person: ID
    successor: ID | None = strawberry.field(default=None, description="Takes over what they answered for.")
    idempotency_key: str | None = None


@strawberry.input
class ErasePersonInput:
    """Erase what is kept of a person who was removed, or of a service account that was revoked: name, e-mail address,
    login, and what is remembered with them. It cannot be undone."""

    person: ID
    dry_run: bool = strawberry.field(default=False, description="Say what would be erased, and erase nothing.")
    idempotency_key: str | None = None


@strawberry.input(description="`subject` is the `sub` of its tokens. Without roles it only reads.")
class CreateServiceAccountInput:
    """A program that signs in."""

    name: str
    subject: str
    issuer: str | None = strawberry.field(default=None, description=_ISSUER)
    roles: list[RoleGrantInput] = strawberry.field(default_factory=list)
    idempotency_key: str | None = None


@strawberry.input
class RevokeServiceAccountInput:
    """A service account ends: it reads and does nothing any more; what it did stays under its name."""

    service_account: ID
    idempotency_key: str | None = None


@strawberry.input
class OpenCycleInput:
    """A new planning period."""

    name: str
    starts_on: date
    ends_on: date
    idempotency_key: str | None = None


@strawberry.input
class ReopenCycleInput:
    """The closing of a cycle is taken back. What ended with it stays ended; `reopenObjective` takes it up again."""

    cycle: ID
    reason: str
    dry_run: bool = False
    idempotency_key: str | None = None


@strawberry.input
class SetPolicyInput:
    """What is given changes, what is left out stays. null is refused: a policy always has them all."""

    link_policy: LinkPolicy | None = UNSET
    alignment_required: Requirement | None = UNSET
    grace_days: int | None = UNSET
    handover_days: int | None = UNSET
    reply_days: int | None = UNSET
    fiscal_year_start: int | None = strawberry.field(
        default=UNSET, description="A month, 1 to 12. A change moves no cycle; it is for periods that files name later."
    )
    fiscal_year_named_by: FiscalYearName | None = UNSET
    idempotency_key: str | None = None


@strawberry.input
class RowChoiceInput:
    """How the conflicts of one row are decided."""

    row: str = strawberry.field(description="Its id in the file.")
    take: ConflictChoice


@strawberry.input
class ColumnWordInput:
    """The column that a heading of the sheet means."""

    heading: str
    column: str | None = strawberry.field(
        default=None, description="A column of an OKR sheet: `Title`, `Target Value`, …; without one it is not read."
    )


@strawberry.input
class TypeWordInput:
    """What a word in the column of types means."""

    word: str
    type: RowType


@strawberry.input
class ImportPlanInput:
    """A file with a plan, as `content` or `contentBase64`."""

    source: str | None = strawberry.field(
        default=None,
        description="Names the file's row ids: two departments may both have a row 1. Without it: the earlier source "
        "that this file shares most of its rows with, else its `fileName`.",
    )
    file_name: str | None = strawberry.field(default=None, description="What a person calls the file.")
    conflicts: ConflictChoice | None = strawberry.field(
        default=None,
        description="Decides the conflicts, where a cell was changed in the file and here: THEIRS takes the file's "
        "values, OURS keeps those here. Without it both stay as they are, and every import says so.",
    )
    choices: list[RowChoiceInput] = strawberry.field(
        default_factory=list, description="The same for single rows, before `conflicts`."
    )
    again: bool = strawberry.field(
        default=False, description="Take a file that is the same as an earlier one of its source, which is refused."
    )
    format: PlanFormat | None = None
    unit: ID | None = strawberry.field(default=None, description="Owner of rows that name none.")
    cycle: ID | None = None
    as_state: ObjectiveState | None = strawberry.field(default=ObjectiveState.ACTIVE, name="as")
    replace_purpose: bool = strawberry.field(
        default=False, description="Otherwise the file's purpose row is matched to the published one."
    )
    close_past: bool = strawberry.field(default=False, description="Close what ended before today.")
    content: str | None = strawberry.field(default=None, description="The file's text.")
    content_base64: str | None = strawberry.field(
        default=None,
        description="The file's bytes as Base64 (RFC 4648, line breaks allowed), 8 MiB before that: a workbook (.xlsx, "
        ".xls, .ods), or a text in any encoding.",
    )
    sheet: str | None = strawberry.field(default=None, description="A sheet of a workbook; by default its first one.")
    columns: list[ColumnWordInput] = strawberry.field(
        default_factory=list,
        description="What headings of the sheet mean. Kept with the source, so that it need not be given again.",
    )
    types: list[TypeWordInput] = strawberry.field(
        default_factory=list, description="The same of the words in its column of types."
    )
    dry_run: bool = strawberry.field(default=False, description="Check and report, change nothing.")
    idempotency_key: str | None = None
